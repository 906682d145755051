/* What a replay changed, lane by lane, and what it would need that was not recorded. */
const root = element.querySelector('.sx-lab');
const el = S.el;
const line = el('p', 'sx-lab-line');
line.setAttribute('role', 'status');
const badge = el('span', 'sx-badge', 'recorded');
const top = el('div', 'sx-lab-top');
top.append(badge, line);
const { heads, body, scroll } = S.table('', ['lane', 'rollouts that went elsewhere', 'answer', 'rollouts', 'tokens']);
let unit = 'tokens';
const lacking = el('p', 'sx-lab-missing');
root.replaceChildren(top, scroll, lacking);
root.classList.add('sx-mini');
const written = (n) => S.amount(n, unit, props.value.currency);
const signed = (n) => n > 0 ? '+' + written(n) : n === 0 ? '±0' : written(n);
const cost = (r) => {
  const [now, more] = unit === 'tokens' ? [r.tokens, r.more] : r.costs[unit];
  return now === null ? written(now) : written(now) + ' (' + signed(more) + ')';
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
  S.keyed(body, (v && v.rows) || [], (r) => r.label, () => S.add(el('tr'), ...heads.map(() => el('td'))), (row, r) => {
    const mark = { equal: '✓ ', different: '✗ ' }[r.verdict] || '';
    S.put(row.children[0], r.label);
    S.put(row.children[1], r.moved === null ? 'not recorded' : r.moved || 'none');
    S.put(row.children[2], mark + (r.answer === null ? 'none' : r.answer) + (r.same ? '' : ' (was ' + (r.was === null ? 'none' : r.was) + ')'));
    S.put(row.children[3], r.rollouts);
    S.put(row.children[4], cost(r));
  });
  lacking.hidden = !missing.length;
  S.put(lacking, missing.length ? 'Not recorded: at least ' + S.many(count, 'sample') + ' that this decision needs ('
    + missing.slice(0, 6).map((m) => m.n + ' of ' + m.stage + ' at ' + m.name).join(', ') + (missing.length > 6 ? ', …' : '')
    + '). A lane that lacks one stops there.' : '');
};
S.follow((name) => { unit = name; draw(); });
draw();
watch('value', draw);
