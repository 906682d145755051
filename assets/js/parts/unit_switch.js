/* The switch between units: all on the page move together. */
import { attr, button, segments } from './dom.js';
import { hear, tell } from './signals.js';

/* `pick` hears the unit that is chosen anywhere; one that is not among `names` is the first. */
export const unitSwitch = (names, label, pick) => {
  const group = segments(label);
  const show = (unit) => [...group.children].forEach((b) => attr(b, 'aria-pressed', b.textContent === unit));
  group.append(...names.map((name) => button('', name, () => tell('unit', name))));
  show(names[0]);
  hear('unit', (name) => {
    const unit = names.includes(name) ? name : names[0];
    show(unit);
    pick(unit);
  });
  return group;
};

/* For what has no switch of its own; where rollouts are chosen, what cannot count them counts tokens. */
export const followUnit = (pick) => hear('unit', (name) => pick(name === 'rollouts' ? 'tokens' : name));
