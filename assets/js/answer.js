/* The answer, whether it is right (a mark and a word), and what the run cost. */
const root = element.querySelector('.sx-answer');
const big = S.el('div', 'sx-big');
const verdict = S.el('div', 'sx-verdict');
const facts = S.el('dl', 'sx-facts');
const say = S.el('p', 'sx-muted');
root.replaceChildren(S.el('h2', 'sx-title', 'Answer'), big, verdict, facts, say);
const VERDICT = {
  equal: ['✓', 'equals the expected ', 'is-right'],
  different: ['✗', 'differs from the expected ', 'is-wrong'],
  'could not tell': ['?', 'could not tell against ', 'is-open'],
};
const STATUS = {
  empty: 'No run yet', running: 'Running', solved: 'Solved', unsolved: '✕ No answer found',
  stopped: '■ Stopped', failed: '✕ Failed', refused: '✕ Not run',
};
let unit = 'tokens';
/* One row more where the switch is at another unit; how long the run took is said anyway. */
const cost = (v) => {
  if (unit === 'tokens') return [];
  const name = { money: 'money', FLOPs: 'FLOPs', time: 'engine time' }[unit];
  return [[name, v.status === 'empty' || !v.costs ? '–' : S.said(v.costs[unit], unit, v.currency).replace(unit + ' ', '').replace(/FLOPs$/, '')]];
};
let began = 0, run = null, timer = null, shown = null;
const seconds = (s) => (s < 10 ? s.toFixed(2) : s.toFixed(1)) + ' s';
const rows = (v) => [
  ['status', STATUS[v.status] || v.status],
  ['tokens', v.tokens === undefined || v.status === 'empty' ? '–' : S.count(v.tokens)],
  ['prompt + reply', v.status === 'empty' ? '–' : S.count(v.prompt) + ' + ' + S.count(v.completion)],
  ['time', v.status === 'empty' ? '–' : seconds(shown)],
  ...cost(v),
];
const fill = (v) => S.keyed(facts, rows(v), (r) => r[0], (r) => {
  const row = S.el('div');
  row.append(S.el('dt', '', r[0]), S.el('dd'));
  return row;
}, (row, r) => S.put(row.lastChild, r[1]));
const tick = () => {
  const v = props.value || {};
  if (v.status !== 'running') { clearInterval(timer); timer = null; return; }
  shown = Math.max(v.t || 0, (performance.now() - began) / 1000);
  fill(v);
};
const draw = () => {
  const v = { status: 'empty', ...(props.value || {}) };
  if (v.run !== run) { run = v.run; began = performance.now() - 1000 * (v.t || 0); }
  shown = v.t || 0;
  S.put(big, v.text === null || v.text === undefined ? '–' : v.text);
  big.classList.toggle('is-long', String(v.text || '').length > 12);
  const [sign, word, cls] = VERDICT[v.verdict] || ['', '', ''];
  verdict.className = 'sx-verdict ' + cls;
  S.put(verdict, v.verdict ? sign + ' ' + word + v.expected
    : v.text ? 'no expected answer given' : '\u00a0');
  verdict.title = v.why || '';
  const votes = (v.votes || []).map(([a, n]) => a + ' ×' + n).join(', ');
  S.put(say, v.message || (votes ? 'votes: ' + votes : ''));
  fill(v);
  if (v.status === 'running' && !timer) timer = setInterval(tick, 100);
};
S.follow((name) => { unit = name; fill({ status: 'empty', ...(props.value || {}) }); });
draw();
watch('value', draw);
