/* The four stages: a bar that fills, a cost and a line each; under them where the run is. */
const NAMES = { decompose: '1 Decompose', assess: '2 Assess', assign: '3 Assign', execute: '4 Execute' };
const HINTS = {
  decompose: 'split the problem into steps', assess: 'rate how hard each step is',
  assign: 'choose fast or slow for each', execute: 'solve them in order',
};
const root = element.querySelector('.sx-strip');
const list = S.el('ol', 'sx-stages');
const line = S.el('p', 'sx-line');
line.setAttribute('role', 'status');
root.replaceChildren(list, line);
const blank = () => Object.keys(NAMES).map((phase) => ({ phase, state: 'idle' }));
let unit = 'tokens';
const cost = (s) => {
  if (s.state === 'idle') return '';
  if (s.phase === 'assign') return 'no tokens';
  const spent = S.spent(s, unit);
  return spent === undefined ? '' : S.said(spent, unit, (props.value || {}).currency);
};
const create = () => {
  const head = S.add(S.el('div', 'sx-stage-head'), S.el('b'), S.el('span', 'sx-num'));
  return S.add(S.el('li'), S.add(S.el('div', 'sx-bar'), S.el('i')), head, S.el('div', 'sx-stage-text'));
};
const WORDS = { idle: 'not started', running: 'running', done: 'done', broken: 'not finished' };
const update = (item, s) => {
  item.className = 'sx-stage is-' + s.state;
  const share = s.state === 'done' ? 1 : s.total ? s.done / s.total : 0;
  const fill = item.querySelector('i');
  fill.style.width = (s.state === 'running' ? Math.max(6, 100 * share) : 100 * share) + '%';
  S.put(item.querySelector('b'), NAMES[s.phase] + (s.state === 'broken' ? ' ✕' : ''));
  S.put(item.querySelector('.sx-num'), cost(s));
  S.put(item.querySelector('.sx-stage-text'), s.text || HINTS[s.phase]);
  S.attr(item, 'aria-label', NAMES[s.phase] + ', ' + WORDS[s.state]);
};
const draw = () => {
  const v = props.value || {};
  S.keyed(list, v.stages || blank(), (s) => s.phase, create, update);
  const at = (v.stages || []).findIndex((s) => s.state === 'running');
  S.put(line, v.status === 'running'
    ? (at < 0 ? 'Starting' : 'Stage ' + (at + 1) + ' of 4: ' + (v.line || '…'))
    : v.status === 'empty' || !v.status ? 'Ready' : v.line_end || '');
};
S.follow((name) => { unit = name; draw(); });
draw();
watch('value', draw);
