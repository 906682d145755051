/* The switch between units over the run's charts; the server draws them. */
const root = element.querySelector('.sx-units');
let unit = 'tokens';
const title = S.el('h2', 'sx-title', S.title(unit));
const head = S.el('div', 'sx-card-head');
head.append(title, S.switched(['tokens', 'money', 'FLOPs', 'time'], 'What the charts count', (name) => {
  if (name === unit) return;
  unit = name;
  S.put(title, S.title(unit));
  trigger('pick', { unit });
}));
root.replaceChildren(head);
