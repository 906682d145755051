/* What is true of all lanes: where the duel is, the budget, the totals, whether they balance. */
const root = element.querySelector('.sx-race');
const el = S.el;
const line = el('p', 'sx-race-line');
line.setAttribute('role', 'status');
const badge = el('span', 'sx-badge', 'recorded');
badge.title = 'Decided anew from recorded samples; no model was asked';
const top = el('div', 'sx-race-top');
top.append(line, badge);
const bar = el('div', 'sx-bar');
bar.append(el('i'));
const tiles = el('dl', 'sx-tiles');
const notes = el('ul', 'sx-race-notes');
root.replaceChildren(bar, top, tiles, notes);
const status = (v) => {
  if (!v.status || v.status === 'empty') return 'Ready: choose the lanes and a budget, then press Run all';
  if (v.recorded) return 'Decided anew from the recorded samples, without the model';
  if (v.status !== 'running') return v.line_end || 'Done';
  return v.steps ? 'Running: ' + v.done + ' of ' + v.lanes + ' lanes done' : 'Planning, once for all lanes';
};
let unit = 'tokens';
const total = (v, which) => unit === 'tokens' ? v[which] : v.costs[which][unit];
/* The part of the lanes' cost that was generated for another lane already. */
const share = (v) => {
  if (unit === 'tokens') return v.shared;
  const [all, real] = [total(v, 'logical'), total(v, 'physical')];
  return v.recorded || !all || real === null || real > all ? null : 1 - real / all;
};
const cells = (v) => {
  const ran = v.status && v.status !== 'empty';
  const plan = v.steps ? S.many(v.steps, 'step') : '–';
  const part = ran ? share(v) : null;
  const shared = part === null || part === undefined ? '' : Math.round(100 * part) + '% shared between lanes';
  const of = (which) => S.said(total(v, which), unit, v.currency);
  const why = ran && total(v, 'logical') === null ? (v.unknown || {})[unit] || '' : '';
  const b = v.balance;
  return [
    ['Plan', plan, v.steps ? 'the same for every lane' : 'shared by all lanes that plan'],
    ['Budget', ran && v.budget ? v.budget : '–', ran && v.budget_from ? v.budget_from : 'equal for every lane'],
    ['Charged to the lanes', ran ? of('logical') : '–', why || 'as if each had run alone'],
    ['Really generated', v.recorded ? 'nothing' : ran ? of('physical') : '–', v.recorded ? 'all of it was recorded' : shared || 'shared samples count once'],
    ['Ledger', !b ? '–' : b.ok === null ? '? not all counted' : b.ok ? '✓ balances' : '✕ differs', b ? b.text : 'sum over steps = what was generated', b && b.ok === false],
  ];
};
const draw = () => {
  const v = props.value || {};
  root.dataset.duel = v.duel || '';
  root.dataset.status = v.status || 'empty';
  S.put(line, status(v));
  badge.hidden = !v.recorded;
  const done = v.lanes ? v.done / v.lanes : 0;
  bar.firstChild.style.width = (v.status === 'running' ? Math.max(4, 100 * done) : v.status && v.status !== 'empty' ? 100 : 0) + '%';
  bar.className = 'sx-bar is-' + (v.status || 'empty');
  S.keyed(tiles, cells(v), (c) => c[0], (c) => S.add(el('div', 'sx-tile'), el('dt', '', c[0]), el('dd', 'sx-tile-v'), el('dd', 'sx-tile-s')), (box, c) => {
    S.put(box.children[1], c[1]);
    S.put(box.children[2], c[2]);
    box.children[2].title = c[2];
    box.classList.toggle('is-bad', Boolean(c[3]));
  });
  S.keyed(notes, v.notes || [], (n) => n, (n) => S.add(el('li'), el('b', '', 'Budgets differ: '), n), () => {});
  notes.hidden = !(v.notes || []).length;
};
S.follow((name) => { unit = name; draw(); });
draw();
watch('value', draw);
