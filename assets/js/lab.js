/* What a replay changed, lane by lane, and what it would need that was not recorded. */
const root = element.querySelector('.sx-lab');
const el = S.el;
const line = el('p', 'sx-lab-line');
line.setAttribute('role', 'status');
const badge = el('span', 'sx-badge', 'recorded');
const top = el('div', 'sx-lab-top');
top.append(badge, line);
const scroll = el('div', 'sx-mini-scroll'), table = el('table'), thead = el('thead'), tbody = el('tbody');
const head = el('tr');
const heads = ['lane', 'rollouts that went elsewhere', 'answer', 'rollouts', 'tokens'].map((name) => head.appendChild(el('th', '', name)));
let unit = 'tokens';
thead.append(head);
table.append(thead, tbody);
scroll.append(table);
const lacking = el('p', 'sx-lab-missing');
root.replaceChildren(top, scroll, lacking);
root.classList.add('sx-mini');
const STAGE = { system1: 'System 1', system2: 'System 2', verify: 'verifier', rate: 'rating', chain: 'whole chain', outline: 'outline', choose: 'choice' };
const written = (n) => unit === 'tokens' ? S.count(n) : S.amount(n, unit, props.value.currency);
const signed = (n) => n === null ? 'unknown' : n > 0 ? '+' + written(n) : n < 0 ? '−' + written(-n) : '±0';
const cost = (r) => {
  const [now, more] = unit === 'tokens' ? [r.tokens, r.more] : r.costs[unit];
  return now === null ? 'unknown' : written(now) + ' (' + signed(more) + ')';
};
const draw = () => {
  const v = props.value;
  badge.hidden = !v || !v.recorded;
  const missing = (v && v.missing) || [];
  const count = missing.reduce((a, m) => a + m.n, 0);
  S.put(line, !v ? 'After a duel, move a slider: the lanes above are decided anew from its recorded samples, at once and without the model.'
    : v.problem ? v.problem
      : v.recorded ? 'The lanes above show the recorded decision, not the live run.' + (v.message ? ' ' + v.message : '')
        : 'Move a slider: the lanes above are decided anew from the recorded samples, at once and without the model.');
  S.put(heads[4], unit);
  scroll.hidden = !v || !v.rows.length;
  S.keyed(tbody, (v && v.rows) || [], (r) => r.label, () => {
    const row = el('tr');
    for (let i = 0; i < 5; i += 1) row.append(el('td'));
    return row;
  }, (row, r) => {
    const mark = { equal: '✓ ', different: '✗ ' }[r.verdict] || '';
    S.put(row.children[0], r.label);
    S.put(row.children[1], r.moved === null ? 'not recorded' : r.moved || 'none');
    S.put(row.children[2], mark + (r.answer === null ? 'none' : r.answer) + (r.same ? '' : ' (was ' + (r.was === null ? 'none' : r.was) + ')'));
    S.put(row.children[3], r.rollouts);
    S.put(row.children[4], cost(r));
  });
  lacking.hidden = !missing.length;
  S.put(lacking, missing.length ? 'Not recorded: at least ' + count + (count === 1 ? ' sample' : ' samples') + ' that this decision needs ('
    + missing.slice(0, 6).map((m) => m.n + ' of ' + (STAGE[m.stage] || m.stage) + ' at ' + m.name).join(', ') + (missing.length > 6 ? ', …' : '')
    + '). A lane that lacks one stops there.' : '');
};
S.follow((name) => { unit = name; draw(); });
draw();
watch('value', draw);
