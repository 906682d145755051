/* Examples by family: a chip opens a short list, a line of it fills the problem box. */
const root = element.querySelector('.sx-chips');
let open = null;
const close = (focus) => {
  if (!open) return;
  open.menu.remove();
  open.chip.setAttribute('aria-expanded', 'false');
  if (focus) open.chip.focus();
  open = null;
};
const show = (chip, family) => {
  const again = open && open.chip === chip;
  close(false);
  if (again) return;
  const menu = S.el('div', 'sx-menu');
  menu.setAttribute('role', 'group');
  menu.setAttribute('aria-label', family.family);
  family.problems.forEach((problem) => {
    const line = S.el('button', '', problem.text);
    line.type = 'button';
    line.addEventListener('click', () => { close(true); trigger('pick', problem); });
    menu.appendChild(line);
  });
  chip.parentElement.appendChild(menu);
  chip.setAttribute('aria-expanded', 'true');
  open = { chip, menu };
};
const draw = () => {
  root.replaceChildren(S.el('span', 'sx-muted', 'Try'));
  (props.value || []).forEach((family) => {
    const holder = S.el('span', 'sx-holder');
    const chip = S.el('button', 'sx-chip', family.family);
    chip.type = 'button';
    chip.setAttribute('aria-expanded', 'false');
    chip.addEventListener('click', () => show(chip, family));
    holder.appendChild(chip);
    root.appendChild(holder);
  });
};
document.addEventListener('click', (e) => { if (!root.contains(e.target)) close(false); });
root.addEventListener('keydown', (e) => { if (e.key === 'Escape') close(true); });
draw();
watch('value', draw);
