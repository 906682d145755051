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
  const name = unit === 'time' ? 'engine time' : unit, spent = v.costs && v.costs[unit];
  const free = unit === 'money' && spent === 0 && !v.currency;
  return [[name, v.status === 'empty' || !v.costs ? '–' : free ? 'nothing billed' : S.amount(spent, unit, v.currency)]];
};
let began = 0, run = null, timer = null, shown = null;
const rows = (v) => [
  ['status', STATUS[v.status] || v.status],
  ['tokens', v.tokens === undefined || v.status === 'empty' ? '–' : S.count(v.tokens)],
  ['prompt + reply', v.status === 'empty' ? '–' : S.count(v.prompt) + ' + ' + S.count(v.completion)],
  ...(v.reckoned ? [['reckoned', S.count(v.reckoned) + ' not reported']] : []),
  ['time', v.status === 'empty' ? '–' : S.amount(shown, 'time')],
  ...cost(v),
];
const fill = (v) => S.keyed(facts, rows(v), (r) => r[0], (r) => S.add(S.el('div'), S.el('dt', '', r[0]), S.el('dd')), (row, r) => S.put(row.lastChild, r[1]));
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
