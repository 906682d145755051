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
  const menu = S.segments(family.family);
  menu.className = 'sx-menu';
  menu.append(...family.problems.map((problem) => S.button('', problem.text, () => { close(true); trigger('pick', problem); })));
  chip.parentElement.appendChild(menu);
  chip.setAttribute('aria-expanded', 'true');
  open = { chip, menu };
};
const draw = () => {
  root.replaceChildren(S.el('span', 'sx-muted', 'Try'));
  (props.value || []).forEach((family) => {
    const chip = S.button('sx-chip', family.family, () => show(chip, family));
    chip.setAttribute('aria-expanded', 'false');
    root.append(S.add(S.el('span', 'sx-holder'), chip));
  });
};
document.addEventListener('click', (e) => { if (!root.contains(e.target)) close(false); });
root.addEventListener('keydown', (e) => { if (e.key === 'Escape') close(true); });
draw();
watch('value', draw);
