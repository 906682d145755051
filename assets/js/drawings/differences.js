/* Two runs held against each other, node by node: what differs is marked by a sign, and by itself if
   asked for. */
import { add, attr, button, el, put } from '../parts/dom.js';
import { many } from '../pure/units.js';

const CELLS = ['difficulty', 'mode', 'result', 'rollouts', 'tokens', 'state'];

const side = (name, text) => add(el('span', 'sx-diff-side'), el('i', '', name), el('span', '', text));

/* One value where both are the same, else both. */
const values = (row, only) => {
  const cell = el('div', row.differs ? 'sx-diff-v is-diff' : 'sx-diff-v');
  if (only) cell.append(el('span', '', only === 'A' ? row.a : row.b));
  else if (row.differs) cell.append(el('b', 'sx-diff-sign', '≠'), add(el('span', 'sx-diff-two'), side('A', row.a), side('B', row.b)));
  else cell.append(el('span', 'sx-diff-same', row.a));
  return cell;
};

const factList = (rows, cls) => {
  const list = el('dl', cls);
  list.append(...rows.map((row) => {
    const line = add(el('div', row.differs ? 'is-diff' : ''), el('dt', '', row.name), add(el('dd'), values(row)));
    return line;
  }));
  return list;
};

const nodeRow = (node) => {
  const head = el('th');
  head.scope = 'row';
  const name = el('b', '', (node.differs ? '≠ ' : '') + node.name);
  const text = node.only ? el('span', 'sx-diff-only', 'only in ' + node.only + ': ' + (node.only === 'A' ? node.text.a : node.text.b))
    : values(node.text);
  const cells = node.cells.map((cell) => add(el('td'), values(cell, node.only)));
  const row = add(el('tr', node.differs ? 'is-diff' : ''), add(head, name, text), ...cells);
  cells.forEach((cell, i) => { cell.dataset.label = CELLS[i]; });
  return row;
};

const nodeTable = (lane) => {
  const heads = ['node', ...CELLS].map((name) => { const th = el('th', '', name); th.scope = 'col'; return th; });
  const body = add(el('tbody'), ...lane.nodes.map(nodeRow));
  const made = add(el('table', 'sx-diff-table'), add(el('thead'), add(el('tr'), ...heads)), body);
  return add(el('div', 'sx-mini-scroll'), made);
};

const laneBox = (lane) => {
  const box = el('section', 'sx-diff-lane' + (lane.differs ? ' is-diff' : ''));
  const differ = lane.nodes.filter((node) => node.differs).length;
  const counted = differ ? many(differ, 'node') + (differ === 1 ? ' differs' : ' differ') : 'no node differs';
  const head = add(el('header'), el('h3', '', lane.label), el('span', 'sx-muted', lane.only ? 'only in ' + lane.only : counted));
  box.append(head, factList(lane.facts, 'sx-diff-facts is-short'), nodeTable(lane));
  if (lane.more) box.append(el('p', 'sx-muted', many(lane.more, 'more node') + ' are not shown.'));
  return box;
};

const headOf = (name, row) => add(el('p', 'sx-diff-head'), el('i', '', name), el('b', '', row.title),
  el('span', 'sx-muted', row.how + (row.budget ? ' · ' + row.budget : '')));

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-differences');
  let closed = null, few = false;
  const shut = button('sx-runs-act', 'Close', () => { closed = props.value.at; draw(); });
  const less = button('sx-runs-act', 'Only what differs', () => { few = !few; draw(); });
  const title = el('h2', 'sx-diff-title', 'Two runs, node by node'), body = el('div');
  title.tabIndex = -1;
  root.replaceChildren(add(el('div', 'sx-diff-bar'), title, less, shut), body);
  root.addEventListener('keydown', (e) => { if (e.key === 'Escape') shut.click(); });
  const fill = (v) => {
    if (v.problem) { body.replaceChildren(el('p', 'sx-runs-told is-bad', v.problem)); return; }
    body.replaceChildren(add(el('div', 'sx-diff-heads'), headOf('A', v.a), headOf('B', v.b)),
      factList(v.facts, 'sx-diff-facts'), ...v.lanes.map(laneBox));
  };
  const draw = () => {
    const v = props.value;
    root.hidden = !v || v.at === closed;
    root.classList.toggle('is-few', few);
    attr(less, 'aria-pressed', few);
    put(less, few ? 'Show everything' : 'Only what differs');
  };
  const follow = () => {
    if (props.value) fill(props.value);
    draw();
    if (root.hidden) return;
    root.scrollIntoView({ block: 'start' });
    title.focus({ preventScroll: true });
  };
  draw();
  watch('value', follow);
};
