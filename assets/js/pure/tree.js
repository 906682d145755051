/* A lane's graph in w × h pixels: where the nodes of a search's tree or of a plan are, and what
   they say. */
import { bend } from './lines.js';
import { many } from './units.js';

const ROW = 31; /* pixels that a node of a tree needs */
const LEFT = 12;

/* As many nodes of a column as there is room for: those that led to the answer, then those with most
   rollouts; the rest is one dotted node. `cut`: the nodes and rollouts that were left out before. */
const fittedColumn = (column, x, cut, h) => {
  const room = Math.max(2, Math.floor((h - 6) / ROW));
  if (column.length <= room && !cut[1]) return column;
  const weight = (n) => n.n + (n.k || 0);
  const keep = [...column].sort((a, b) => (b.won - a.won) || weight(b) - weight(a)).slice(0, room - 1);
  const hidden = column.filter((n) => !keep.includes(n));
  const rest = { id: 'more' + x, x, more: hidden.length + cut[1], n: hidden.reduce((sum, n) => sum + n.n, cut[2]), p: '' };
  return [...column.filter((n) => keep.includes(n)), rest];
};

/* The nodes of a tree that are drawn, each with its `y`. */
export const fitted = (graph, h) => {
  const columns = new Map();
  graph.nodes.forEach((n) => columns.set(n.x, [...(columns.get(n.x) || []), n]));
  return [...columns].flatMap(([x, column]) => {
    const shown = fittedColumn(column, x, graph.more.find((m) => m[0] === x) || [x, 0, 0], h);
    const step = Math.min(h > 240 ? 84 : 52, h / Math.max(1, shown.length));
    return shown.map((n, i) => ({ ...n, y: h / 2 + (i - (shown.length - 1) / 2) * step }));
  });
};

/* A width for a line or a radius, of one that has n of at most `most` rollouts. */
export const width = (n, most) => 1.5 + 7.5 * n / Math.max(1, most);
export const radius = (n, most) => 9 + 3.5 * Math.sqrt(n / Math.max(1, most));

/* A tree: its nodes with their spots, its edges, and where each column is. */
export const treeLayout = (graph, w, h, most) => {
  const step = (w - LEFT - 50) / Math.max(1, graph.columns.length), at = (x) => LEFT + x * step;
  const nodes = fitted(graph, h), root = { x: LEFT, y: h / 2 };
  const spots = new Map(nodes.map((n) => [n.id, { x: at(n.x), y: n.y }]));
  const from = (n) => n.p === 'root' || n.x === 1 ? root
    : spots.get(n.p) || spots.get('more' + (n.x - 1)) || { x: at(n.x - 1), y: h / 2 };
  const joined = nodes.filter((n) => !n.more || n.x === 1 || spots.has('more' + (n.x - 1)));
  const edges = joined.map((n) => ({
    id: n.id, d: bend(from(n), spots.get(n.id)), width: width(n.n, most),
    cls: (n.cut ? 'is-cut' : '') + (n.won ? ' is-won' : ''),
  }));
  return { nodes, edges, spots, root, at, step };
};

/* A plan: the spots of its steps and its edges. */
export const planLayout = (graph, w, h, most) => {
  const rows = graph.nodes.map((n) => n.y), low = Math.min(0, ...rows), high = Math.max(0, ...rows);
  const step = (w - LEFT - 40) / Math.max(1, ...graph.nodes.map((n) => n.x));
  const down = Math.min(78, (h - 62) / Math.max(1, high - low));
  const root = { x: LEFT, y: h / 2 }, byId = new Map(graph.nodes.map((n) => [n.id, n]));
  const spots = new Map(graph.nodes.map((n) => [n.id, { x: LEFT + n.x * step, y: h / 2 + (n.y - (low + high) / 2) * down }]));
  const edges = graph.edges.map(([a, b]) => ({
    id: a + '>' + b, d: bend(spots.get(a) || root, spots.get(b)), cls: byId.get(b).n ? '' : 'is-cut',
    width: width(byId.get(b).n, most),
  }));
  return { edges, spots, root, step };
};

/* Whether a text has room under a node. */
export const hasRoom = (text, step) => text !== null && step >= 36 && text.length * 6.6 < step - 2;

export const treeLabel = (n, name) => n.more
  ? many(n.more, 'more value') + ' at ' + name + ', reached by ' + many(n.n, 'rollout')
  : [(n.v === null ? 'unreadable' : 'value ' + n.v) + ' at ' + name, 'reached by ' + many(n.n, 'rollout'),
    n.k === null ? '' : n.k ? 'given ' + n.k : 'pruned', n.p2 === null ? '' : 'score ' + n.p2.toFixed(2),
    n.g ? 'direction ' + n.g : '', n.won ? 'led to the answer' : ''].filter(Boolean).join(', ');

const MODES = ['mode not known', 'System 1', 'System 2'];
export const planLabel = (n) => ['step ' + n.name, n.label, many(n.n, 'rollout'), MODES[n.m],
  n.d === null ? '' : 'difficulty ' + n.d.toFixed(2), n.up ? 'escalated' : '', n.state,
  n.v === null ? '' : 'result ' + n.v].filter(Boolean).join(', ');
