/* "Why did this one get 7?": each number behind an allocation with its sentence, then the model's
   own text. Follows calls.js in one script. */
const root = element.querySelector('.sx-why');
root.tabIndex = -1;
const hint = () => root.replaceChildren(el('h2', 'sx-title', 'Why did this one get 7?'),
  el('p', 'sx-muted', 'Click a candidate, a step, an arm or a cell (or Tab and Enter). Here you will read every number '
    + 'that decided how many rollouts it got, with one sentence each, and what an equal split would have given.'));
const factors = (rows) => {
  const list = el('dl', 'sx-factors');
  rows.forEach(([name, value, text]) => {
    list.append(S.add(el('div', name === 'given' ? 'is-given' : ''), el('dt', '', name), el('dd', 'sx-f-v', value), el('dd', 'sx-f-t', text)));
  });
  return list;
};
const table = (t) => {
  const { body, scroll } = S.table('', t.head);
  body.append(...t.rows.map((cells) => S.add(el('tr'), ...cells.map((text) => el('td', '', text)))));
  const box = S.add(el('div', 'sx-mini'), el('h3', 'sx-label', t.title), scroll);
  if (t.more) box.append(el('p', 'sx-muted', t.more + ' more are in the download.'));
  return box;
};
let shown = null, wanted = null;
const draw = () => {
  const v = props.value;
  if (!v || !v.lane) { shown = null; return hint(); }
  const key = v.lane + ' ' + v.id, same = shown === key;
  const open = same ? [...root.querySelectorAll('details')].map((d) => d.open) : null;
  const top = same ? root.scrollTop : 0;
  shown = key;
  root.replaceChildren(el('h2', 'sx-why-title', v.title));
  if (v.lead) root.append(el('p', 'sx-why-lead', v.lead));
  if (v.rows.length) root.append(factors(v.rows));
  if (v.table) root.append(table(v.table));
  if (v.facts.length) root.append(facts(v.facts));
  if (v.calls.length) root.append(el('h3', 'sx-label', 'What the model was asked and wrote'));
  v.calls.forEach((c, i) => root.append(call(c, open && i < open.length ? open[i] : false)));
  root.scrollTop = top;
  if (!same) S.tell('opened', { lane: v.lane, id: v.id });
  if (wanted === key && !same) reveal();
};
/* Bring the card into view if it was opened by hand and is out of sight. */
const reveal = () => {
  wanted = null;
  const box = root.getBoundingClientRect();
  if (box.top > window.innerHeight - 160 || box.bottom < 120) {
    root.closest('.sx-card').scrollIntoView({ block: 'nearest', behavior: S.calm() ? 'auto' : 'smooth' });
  }
};
const want = (what) => { wanted = what ? what.lane + ' ' + what.id : null; if (!what) { shown = null; hint(); } else if (shown === wanted) reveal(); };
S.hear('why', want);
S.hear('pick', want);
draw();
watch('value', draw);
