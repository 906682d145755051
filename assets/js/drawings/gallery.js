/* Recorded runs and duels to open, as cards: a small picture, and a sentence on what to look at. The
   cards of a model stand together. */
import { add, attr, button, el, keyed, put, svg } from '../parts/dom.js';
import { hear } from '../parts/signals.js';

const W = 18, H = 12, GAP = 4, MARK = { equal: ['✓', 'is-right'], different: ['✗', 'is-wrong'] };

/* A mark of one step: round for System 1, a dashed ring where it escalated. */
const step = (m, x, y, wide, ramp) => {
  const at = { x, y, width: wide, height: H, rx: m.round ? H / 2 : 2, class: ramp + m.level };
  const ring = { x: x - 2.5, y: y - 2.5, width: wide + 5, height: H + 5, rx: 4, class: 'sx-gal-ring' };
  return m.escalated ? [svg('rect', at), svg('rect', ring)] : [svg('rect', at)];
};

const picture = (card) => {
  const rows = card.picture, steps = Math.max(1, ...rows.map((row) => row.marks.length));
  const big = rows.length === 1, w = big ? 2.4 * W : W, all = steps * (w + GAP) - GAP;
  const drawn = svg('svg', { viewBox: `-4 -4 ${all + 24} ${rows.length * (H + GAP) - GAP + 8}`, class: 'sx-gal-picture' });
  attr(drawn, 'aria-hidden', 'true');
  rows.forEach((row, i) => {
    const y = i * (H + GAP), wide = row.marks.length === 1 && !big ? all : w;
    const [sign, cls] = MARK[row.verdict] || ['', ''], end = svg('text', { x: all + 6, y: y + H - 2, class: cls });
    put(end, sign);
    drawn.append(...row.marks.flatMap((m, k) => step(m, k * (w + GAP), y, wide, big ? 'lv' : 'hv')), end);
  });
  return drawn;
};

const createCard = (card, open) => {
  const made = button('sx-card sx-gal-card', null, () => open(card));
  const words = add(el('span', 'sx-gal-words'), el('b', '', card.title), el('span', 'sx-gal-problem', card.problem),
    el('span', 'sx-muted', card.look), el('span', 'sx-gal-foot', card.what + ' · ' + card.outcome));
  return add(made, add(el('span', 'sx-gal-box'), picture(card)), words);
};

/* The cards of one model, below its name. */
const createShelf = ([name]) => add(el('section', 'sx-gal-shelf'), el('h3', 'sx-gal-model', name), el('div', 'sx-gal-grid'));

const shelves = (cards) => {
  const found = new Map();
  for (const card of cards) found.set(card.model, [...(found.get(card.model) || []), card]);
  return [...found];
};

export const mount = ({ element, props, watch, trigger }) => {
  const root = element.querySelector('.sx-gallery'), all = el('div'), said = el('p', 'sx-gal-said');
  const title = el('h2', 'sx-title', 'Recorded: look at one, nothing has to run');
  said.setAttribute('role', 'status');
  said.hidden = true;
  root.replaceChildren(title, all, said);
  let asked = false;
  const open = (card) => {
    asked = true;
    if (card.duel) trigger('showduel', { name: card.name });
    else trigger('showrun', { name: card.name });
  };
  const draw = () => {
    const cards = (props.value || {}).cards || [];
    root.hidden = cards.length === 0;
    keyed(all, shelves(cards), ([name]) => name, createShelf, (shelf, [, those]) => {
      keyed(shelf.lastElementChild, those, (card) => card.name, (card) => createCard(card, open), () => {});
    });
  };
  /* the cards stand below what they open */
  hear('opened-run', (problem) => {
    put(said, problem);
    said.hidden = !problem;
    if (asked && !problem) requestAnimationFrame(() => window.scrollTo({ top: 0 }));
    asked = false;
  });
  draw();
  watch('value', draw);
};
