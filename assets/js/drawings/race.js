/* What is true of all lanes: where the duel is, the budget, the totals, whether they balance. */
import { clockBox } from '../parts/clock.js';
import { add, el, keyed, put } from '../parts/dom.js';
import { doubtBox } from '../parts/doubt.js';
import { followUnit } from '../parts/unit_switch.js';
import { many, said } from '../pure/units.js';

const NONE = '–';

const statusOf = (v) => {
  if (v.status === 'empty') return 'Ready: choose the lanes and a budget, then press Run all';
  if (v.recorded) return 'Decided anew from the recorded samples, without the model';
  if (v.status !== 'running') return v.line_end || 'Done';
  return v.steps ? 'Running: ' + v.done + ' of ' + v.lanes + ' lanes done' : 'Planning, once for all lanes';
};

const total = (v, which, unit) => unit === 'tokens' ? v[which] : v.costs[which][unit];

/* The part of the lanes' cost that was generated for another lane already; null: not known. */
const sharedPart = (v, unit) => {
  if (unit === 'tokens') return v.shared ?? null;
  const all = total(v, 'logical', unit), real = total(v, 'physical', unit);
  return v.recorded || !all || real === null || real > all ? null : 1 - real / all;
};

/* Tiles: a name, what it is, a remark, and whether it is bad. */
const ledgerTile = (b) => ['Ledger', !b ? NONE : b.ok === null ? '? not all counted' : b.ok ? '✓ balances' : '✕ differs',
  b ? b.text : 'sum over steps = what was generated', b && b.ok === false];

const tilesOf = (v, unit) => {
  const ran = v.status !== 'empty', part = ran ? sharedPart(v, unit) : null;
  const of = (which) => said(total(v, which, unit), unit, v.currency);
  const unknown = ran && total(v, 'logical', unit) === null ? (v.unknown || {})[unit] || '' : '';
  const shared = part === null ? 'shared samples count once' : Math.round(100 * part) + '% shared between lanes';
  return [
    ['Plan', v.steps ? many(v.steps, 'step') : NONE, v.steps ? 'the same for every lane' : 'shared by all lanes that plan'],
    ['Budget', ran && v.budget ? v.budget : NONE, ran && v.budget_from ? v.budget_from : 'equal for every lane'],
    ['Charged to the lanes', ran ? of('logical') : NONE, unknown || 'as if each had run alone'],
    ['Really generated', v.recorded ? 'nothing' : ran ? of('physical') : NONE, v.recorded ? 'all of it was recorded' : shared],
    ledgerTile(v.balance),
  ];
};

const createTile = ([name]) => add(el('div', 'sx-tile'), el('dt', '', name), el('dd', 'sx-tile-v'), el('dd', 'sx-tile-s'));
const updateTile = (box, [, value, remark, bad]) => {
  put(box.children[1], value);
  put(box.children[2], remark);
  box.children[2].title = remark;
  box.classList.toggle('is-bad', Boolean(bad));
};

const percentDone = (v) => {
  if (v.status === 'running') return Math.max(4, v.lanes ? 100 * v.done / v.lanes : 0);
  return v.status === 'empty' ? 0 : 100;
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-race');
  const line = el('p', 'sx-race-line'), time = clockBox(), badge = el('span', 'sx-badge', 'recorded');
  const bar = add(el('div', 'sx-bar'), el('i')), tiles = el('dl', 'sx-tiles'), notes = el('ul', 'sx-race-notes');
  line.setAttribute('role', 'status');
  badge.title = 'Decided anew from recorded samples; no model was asked';
  const doubt = doubtBox();
  root.replaceChildren(bar, add(el('div', 'sx-race-top'), line, time.box, badge), doubt.box, tiles, notes);
  let unit = 'tokens';

  const draw = () => {
    const v = { status: 'empty', notes: [], ...props.value };
    root.dataset.duel = v.duel || '';
    root.dataset.status = v.status;
    put(line, statusOf(v));
    time.follow(v, v.duel);
    badge.hidden = !v.recorded;
    bar.firstChild.style.width = percentDone(v) + '%';
    bar.className = 'sx-bar is-' + v.status;
    keyed(tiles, tilesOf(v, unit), (t) => t[0], createTile, updateTile);
    keyed(notes, v.notes, (n) => n, (n) => add(el('li'), el('b', '', 'Budgets differ: '), n), () => {});
    notes.hidden = !v.notes.length;
    doubt.show(v.doubt);
  };
  followUnit((name) => { unit = name; draw(); });
  draw();
  watch('value', draw);
};
