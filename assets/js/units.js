/* The switch between units over the run's charts; the server draws them. */
const root = element.querySelector('.sx-units');
const TITLES = S.TITLES;
let unit = 'tokens';
const title = S.el('h2', 'sx-title', TITLES[unit]);
const head = S.el('div', 'sx-card-head');
head.append(title, S.switched(Object.keys(TITLES), 'What the charts count', (name) => {
  if (name === unit) return;
  unit = name;
  S.put(title, TITLES[unit]);
  trigger('pick', { unit });
}));
root.replaceChildren(head);
