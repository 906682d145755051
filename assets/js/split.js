/* What each lane spent, by what it was spent on, on one scale: tokens, or what they cost. */
const root = element.querySelector('.sx-split');
const el = S.el;
const legend = el('div', 'sx-legend'), list = el('div', 'sx-stack-list');
let light = null, unit = 'tokens';
const pick = S.switched(['tokens', 'money', 'FLOPs', 'time'], 'What the bars count', (name) => { unit = name; draw(); });
const hint = el('p', 'sx-muted sx-heat-hint');
root.replaceChildren(el('h2', 'sx-title', 'What they were spent on'), pick, legend, list, hint);
/* A row in the unit that is shown. */
const seen = (r) => unit === 'tokens' ? r : { ...r, parts: [], total: null, ...(r.costs || {})[unit] };
const draw = () => {
  const v = { rows: [], stages: [], about: {}, unknown: {}, ...(props.value || {}) };
  const rows = v.rows.map(seen), said = (n) => unit === 'tokens' ? S.tokens(n) : S.amount(n, unit, v.currency);
  const names = new Map(v.stages.map((s) => [s[0], s]));
  S.keyed(legend, v.stages, (s) => s[0], (s) => S.add(el('span'), el('i', 'sx-k-stage'), s[1]), (item, s) => { item.firstChild.style.background = s[2]; });
  const most = Math.max(unit === 'tokens' ? 1 : 1e-12, ...rows.map((r) => r.total || r.parts.reduce((a, p) => a + p[1], 0)));
  S.keyed(list, rows, (r) => r.lane, () => {
    const head = S.add(el('div', 'sx-stack-head'), el('i', 'sx-lane-sw'), el('span'), el('span', 'sx-num'));
    const row = S.add(el('div'), head, el('div', 'sx-stack'));
    row.lastChild.setAttribute('role', 'img');
    return row;
  }, (row, r) => {
    row.className = 'sx-stack-row ln-' + r.colour + (light && light !== r.lane ? ' is-dim' : '');
    S.put(row.firstChild.children[1], r.label);
    S.put(row.firstChild.lastChild, r.total === null ? (unit === 'tokens' ? 'not all counted' : 'unknown') : S.amount(r.total, unit, v.currency));
    S.keyed(row.lastChild, r.parts, (p) => p[0], () => el('i'), (part, p) => {
      part.style.width = 100 * p[1] / most + '%';
      part.style.background = names.get(p[0])[2];
      part.title = names.get(p[0])[1] + ': ' + said(p[1]);
    });
    S.attr(row.lastChild, 'aria-label', r.label + ': ' + r.parts.map((p) => names.get(p[0])[1] + ' ' + said(p[1])).join(', '));
  });
  const gap = rows.some((r) => r.total === null);
  S.put(hint, !rows.length ? '' : gap ? v.unknown[unit] : unit !== 'tokens' ? v.about[unit] : '');
};
S.hear('lane', (name) => { light = name; draw(); });
draw();
watch('value', draw);
