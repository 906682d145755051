/* Examples by family: a chip opens a short list, a line of it fills the problem box. */
import { add, button, el, segments } from '../parts/dom.js';

export const mount = ({ element, props, watch, trigger }) => {
  const root = element.querySelector('.sx-chips');
  let open = null;
  const close = (focus) => {
    if (!open) return;
    open.menu.remove();
    open.chip.setAttribute('aria-expanded', 'false');
    if (focus) open.chip.focus();
    open = null;
  };
  const pick = (problem) => { close(true); trigger('pick', problem); };
  const toggle = (chip, family) => {
    const again = open && open.chip === chip;
    close(false);
    if (again) return;
    const menu = segments(family.family);
    menu.className = 'sx-menu';
    menu.append(...family.problems.map((problem) => button('', problem.text, () => pick(problem))));
    chip.parentElement.appendChild(menu);
    chip.setAttribute('aria-expanded', 'true');
    open = { chip, menu };
  };
  const createChip = (family) => {
    const chip = button('sx-chip', family.family, () => toggle(chip, family));
    chip.setAttribute('aria-expanded', 'false');
    return add(el('span', 'sx-holder'), chip);
  };
  const draw = () => root.replaceChildren(el('span', 'sx-muted', 'Try'), ...(props.value || []).map(createChip));
  document.addEventListener('click', (e) => { if (!root.contains(e.target)) close(false); });
  root.addEventListener('keydown', (e) => { if (e.key === 'Escape') close(true); });
  draw();
  watch('value', draw);
};
