/* The switch between units over the run's charts; the server draws them. */
const root = element.querySelector('.sx-units');
let unit = 'tokens';
root.replaceChildren(S.switched(['tokens', 'money', 'FLOPs', 'time'], 'What the charts count', (name) => {
  if (name === unit) return;
  unit = name;
  trigger('pick', { unit });
}));
