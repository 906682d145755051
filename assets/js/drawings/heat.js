/* Where each lane put its compute: steps across, lanes down, difficulty on top. */
import { add, attr, button, el, keyed, put } from '../parts/dom.js';
import { saver } from '../parts/opener.js';
import { hear, tell } from '../parts/signals.js';
import { unitSwitch } from '../parts/unit_switch.js';
import { level } from '../pure/heat.js';
import { amount } from '../pure/units.js';

const UNITS = ['tokens', 'rollouts', 'money', 'FLOPs', 'time'];
const EMPTY = 'A table of steps and lanes: the stronger a cell, the more a lane spent there. Above it, how hard the model '
  + 'thinks each step is.';
const written = (n, unit) => amount(n, unit, '');

/* What must be known of a unit: of those that some amount lacks, why it is not known. */
const about = (v, unit) => {
  const gap = unit !== 'rollouts' && v.rows.some((r) => r[unit].at(-1) === null);
  const text = (gap ? v.unknown : v.about)[unit] || '', currency = 'In ' + v.currency + '.';
  return (unit === 'money' && v.currency && text !== currency ? currency + ' ' : '') + (text ? text + ' ' : '');
};

const hintOf = (v, unit) => {
  const more = v.left_out ? ' ' + v.left_out + ' further steps are in the table below.' : '';
  if (!v.rows.length) return EMPTY;
  if (v.recorded && unit === 'rollouts') return 'Small numbers: against the live run.' + more;
  return 'Top: difficulty, as the model rates it. The stronger a cell, the more ' + unit + '. '
    + about(v, unit) + 'Click one for the reason.' + more;
};

const stepHead = (s) => {
  const cell = el('th'), difficulty = s.d === null ? '–' : s.d.toFixed(2);
  cell.scope = 'col';
  cell.title = s.label + (s.d === null ? '' : ', difficulty ' + difficulty);
  const strip = el('span', 'sx-strip-d ' + (s.s === null ? 'lv-none' : 'lv' + s.s), difficulty);
  return add(cell, strip, el('span', 'sx-step-name', s.name), el('span', 'sx-step-text', s.label));
};

const header = (steps) => add(
  el('tr'), el('th', 'sx-corner', 'difficulty'), el('th', 'sx-side', 'plan'), ...steps.map(stepHead), el('th', 'sx-side', 'all'),
);

const fillCell = (td, row, i, v, unit, open) => {
  const value = row[unit][i], step = i === 0 ? null : v.steps[i - 1];
  const count = value === null ? '?' : written(value, unit), change = row.change && unit === 'rollouts' ? row.change[i] : 0;
  const cell = td.firstChild || td.appendChild(button('sx-cell'));
  cell.className = 'sx-cell hv' + level(value, v.most[unit]) + (value ? '' : ' is-none');
  put(cell, value || value === null ? count : change ? '0' : '·');
  if (change) cell.append(el('small', '', change > 0 ? '+' + change : '−' + -change));
  attr(cell, 'aria-label', row.label + ', ' + (step ? step.name : 'the plan') + ': ' + (value === null ? 'unknown' : count)
    + ' ' + unit + (change ? ', ' + change + ' against the live run' : ''));
  cell.onclick = () => open(row.lane, step ? step.id : 'plan');
};

const fillWhole = (td, row, total, open) => {
  const cell = td.firstChild || td.appendChild(button('sx-cell is-whole'));
  put(cell, 'the whole problem at once: ' + total);
  cell.onclick = () => open(row.lane, 'whole');
};

/* A row's cells, made anew where their number is another. */
const shapeRow = (tr, row, steps, unit) => {
  const shape = row.whole + ',' + steps;
  if (tr.dataset.shape === shape) return;
  tr.dataset.shape = shape;
  const name = add(el('th', 'sx-lane-th'), el('i', 'sx-lane-sw'), el('span'));
  name.scope = 'row';
  const cells = row.whole ? [el('td')] : row[unit].slice(0, -1).map(() => el('td'));
  if (row.whole) cells[0].colSpan = steps + 1;
  tr.replaceChildren(name, ...cells, el('td', 'sx-total'));
};

const fillRow = (tr, row, v, unit, open) => {
  const total = written(row[unit].at(-1), unit);
  shapeRow(tr, row, v.steps.length, unit);
  put(tr.firstChild.lastChild, row.label);
  if (row.whole) fillWhole(tr.children[1], row, total, open);
  else row[unit].slice(0, -1).forEach((_, i) => fillCell(tr.children[i + 1], row, i, v, unit, open));
  put(tr.lastChild, total);
};

export const mount = ({ element, props, watch, trigger }) => {
  const root = element.querySelector('.sx-heat');
  let unit = 'tokens', light = null, steps = '';
  const pick = unitSwitch(UNITS, 'What the cells count', (name) => { unit = name; draw(); });
  const thead = el('thead'), tbody = el('tbody'), table = add(el('table', 'sx-heat-table'), thead, tbody);
  const hint = el('p', 'sx-muted sx-heat-hint');
  const title = el('h2', 'sx-title', 'Where each lane put its compute'), picture = saver('heat', title, () => root);
  const head = add(el('div', 'sx-card-head'), title, pick, picture.press);
  root.replaceChildren(head, add(el('div', 'sx-heat-scroll'), table), hint);

  const open = (lane, id) => { tell('pick', { lane, id }); trigger('select', { lane, id }); };
  const draw = () => {
    const v = { steps: [], rows: [], most: {}, about: {}, unknown: {}, ...props.value };
    const now = JSON.stringify(v.steps);
    if (now !== steps) { steps = now; thead.replaceChildren(header(v.steps)); }
    table.hidden = !v.rows.length || !v.steps.length && !v.rows.some((r) => r.whole);
    keyed(tbody, v.rows, (r) => r.lane, () => el('tr'), (tr, row) => {
      tr.className = 'ln-' + row.colour + (light === row.lane ? ' is-lit' : '');
      fillRow(tr, row, v, unit, open);
    });
    picture.there(v.rows.length > 0);
    put(hint, hintOf(v, unit));
  };
  hear('lane', (name) => {
    light = name;
    [...tbody.children].forEach((tr) => tr.classList.toggle('is-lit', tr.dataset.key === name));
  });
  draw();
  watch('value', draw);
};
