/* Where each lane put its compute: steps across, lanes down, difficulty on top. */
const root = element.querySelector('.sx-heat');
const el = S.el;
const head = el('div', 'sx-card-head');
let unit = 'tokens', light = null;
const UNITS = ['tokens', 'rollouts', 'money', 'FLOPs', 'time'];
const pick = S.switched(UNITS, 'What the cells count', (name) => { unit = name; draw(); });
const said = (n) => S.amount(n, unit, '');
head.append(el('h2', 'sx-title', 'Where each lane put its compute'), pick);
const scroll = el('div', 'sx-heat-scroll');
const table = el('table', 'sx-heat-table');
const thead = el('thead'), tbody = el('tbody');
table.append(thead, tbody);
scroll.append(table);
const hint = el('p', 'sx-muted sx-heat-hint');
root.replaceChildren(head, scroll, hint);
const level = (n, most) => n ? Math.min(20, Math.max(1, Math.round(20 * Math.sqrt(n / Math.max(n, most))))) : 0;
const about = (v) => {
  const gap = unit !== 'rollouts' && v.rows.some((r) => r[unit][r[unit].length - 1] === null);
  const text = (gap ? v.unknown : v.about)[unit] || '';
  const plain = 'In ' + v.currency + '.';
  return (unit === 'money' && v.currency && text !== plain ? plain + ' ' : '') + (text ? text + ' ' : '');
};
const header = (v) => {
  const row = el('tr');
  row.append(el('th', 'sx-corner', 'difficulty'), el('th', 'sx-side', 'plan'));
  v.steps.forEach((s) => {
    const cell = el('th');
    cell.scope = 'col';
    const strip = el('span', 'sx-strip-d ' + (s.s === null ? 'lv-none' : 'lv' + s.s), s.d === null ? '–' : s.d.toFixed(2));
    cell.append(strip, el('span', 'sx-step-name', s.name), el('span', 'sx-step-text', s.label));
    cell.title = s.label + (s.d === null ? '' : ', difficulty ' + s.d.toFixed(2));
    row.append(cell);
  });
  row.append(el('th', 'sx-side', 'all'));
  thead.replaceChildren(row);
};
const cell = (td, row, i, v) => {
  const value = row[unit][i], id = i === 0 ? 'plan' : v.steps[i - 1].id;
  const button = td.firstChild || td.appendChild(el('button', 'sx-cell'));
  button.type = 'button';
  const count = value === null ? '?' : said(value);
  button.className = 'sx-cell hv' + level(value, v.most[unit]) + (value ? '' : ' is-none');
  const change = row.change && unit === 'rollouts' ? row.change[i] : 0;
  S.put(button, value || value === null ? count : change ? '0' : '·');
  if (change) button.append(el('small', '', change > 0 ? '+' + change : '−' + -change));
  const name = i === 0 ? 'the plan' : v.steps[i - 1].name;
  S.attr(button, 'aria-label', row.label + ', ' + name + ': ' + (value === null ? 'unknown' : count) + ' ' + unit + (change ? ', ' + change + ' against the live run' : ''));
  button.onclick = () => { S.tell('pick', { lane: row.lane, id }); trigger('select', { lane: row.lane, id }); };
};
const fill = (tr, row, v) => {
  tr.className = 'ln-' + row.colour + (light === row.lane ? ' is-lit' : '');
  const total = row[unit][row[unit].length - 1];
  const shape = row.whole + ',' + v.steps.length;
  if (tr.dataset.shape !== shape) {
    tr.dataset.shape = shape;
    const name = el('th', 'sx-lane-th');
    name.scope = 'row';
    name.append(el('i', 'sx-lane-sw'), el('span'));
    const cells = row.whole ? [el('td')] : row[unit].slice(0, -1).map(() => el('td'));
    if (row.whole) cells[0].colSpan = v.steps.length + 1;
    tr.replaceChildren(name, ...cells, el('td', 'sx-total'));
  }
  S.put(tr.firstChild.lastChild, row.label);
  if (row.whole) {
    const td = tr.children[1];
    const button = td.firstChild || td.appendChild(el('button', 'sx-cell is-whole'));
    button.type = 'button';
    S.put(button, 'the whole problem at once: ' + said(total));
    button.onclick = () => { S.tell('pick', { lane: row.lane, id: 'whole' }); trigger('select', { lane: row.lane, id: 'whole' }); };
  } else row[unit].slice(0, -1).forEach((_, i) => cell(tr.children[i + 1], row, i, v));
  S.put(tr.lastChild, said(total));
};
let shape = '';
const draw = () => {
  const v = { steps: [], rows: [], most: {}, about: {}, unknown: {}, ...(props.value || {}) };
  const now = JSON.stringify(v.steps);
  if (now !== shape) { shape = now; header(v); }
  table.hidden = !v.rows.length || !v.steps.length && !v.rows.some((r) => r.whole);
  S.keyed(tbody, v.rows, (r) => r.lane, () => el('tr'), (tr, r) => fill(tr, r, v));
  const more = v.left_out ? ' ' + v.left_out + ' further steps are in the table below.' : '';
  S.put(hint, !v.rows.length ? 'A table of steps and lanes: the stronger a cell, the more a lane spent there. Above it, how hard the model thinks each step is.'
    : v.recorded && unit === 'rollouts' ? 'Small numbers: against the live run.' + more
      : 'Top: difficulty, as the model rates it. The stronger a cell, the more ' + unit + '. ' + about(v) + 'Click one for the reason.' + more);
};
S.hear('lane', (name) => {
  light = name;
  [...tbody.children].forEach((tr) => tr.classList.toggle('is-lit', tr.dataset.key === name));
});
draw();
watch('value', draw);
