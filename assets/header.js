const root = element.querySelector('.sx-header');
const side = S.el('div', 'sx-engine');
const name = S.el('div', 'sx-brand');
name.append(S.el('h1', '', 'SCALE Explorer'),
  S.el('p', 'sx-muted', 'Watch a small model decide what to think hard about.'));
root.replaceChildren(name, side);
let seed = null;
const draw = () => {
  const v = props.value || {};
  const parts = [...(v.parts || []), 'seed ' + (seed === null ? v.seed : seed)];
  side.replaceChildren(S.el('span', v.ok ? 'sx-dot' : 'sx-dot sx-off'),
    S.el('span', '', parts.join(' · ')));
  side.title = (v.notes || []).join(' ');
};
S.hear('seed', (s) => { seed = s; draw(); });
draw();
watch('value', draw);
