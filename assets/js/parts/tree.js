/* Graphs of a lane as SVG: a search's tree, or the plan. */
import { add, attr, keyed, put, svg } from './dom.js';
import { cut } from '../pure/units.js';
import { short, spokenOf } from '../pure/writing.js';
import { hasRoom, planLabel, planLayout, radius, treeLabel, treeLayout } from '../pure/tree.js';

const DASHES = ['', '5 2.5', '1.5 2.5', '7 2 1.5 2', '3 1.5', '9 3'];

const press = (node, act) => {
  node.addEventListener('click', act);
  node.addEventListener('keydown', (e) => {
    if (e.key !== 'Enter' && e.key !== ' ') return;
    e.preventDefault();
    act();
  });
};

/* The picture in a holder, made once; h: without the names of the axis. */
const canvas = (holder) => {
  let picture = holder.querySelector('svg');
  if (!picture) {
    const layers = ['axis', 'edges', 'nodes'].map((name) => svg('g', { class: 'sx-g-' + name }));
    layers.slice(0, 2).forEach((layer) => attr(layer, 'aria-hidden', 'true'));
    picture = add(svg('svg', { class: 'sx-graph' }), ...layers);
    holder.replaceChildren(picture);
  }
  const w = holder.clientWidth || 260, h = holder.clientHeight || 210;
  attr(picture, 'viewBox', `0 0 ${w} ${h}`);
  attr(picture, 'width', w);
  attr(picture, 'height', h);
  const [axis, edges, nodes] = picture.children;
  return { axis, edges, nodes, w, h: h - 20 };
};

/* written: the nodes that are being written, whose names are marked. */
const axisNames = (c, names, at, written) => keyed(c.axis, names, (_, i) => i, () => svg('text'), (text, name, i) => {
  const words = Object.values(written).find((w) => w.name === name);
  put(text, words ? '✎ ' + name : name);
  attr(text, 'class', words ? 'is-writing' : null);
  attr(text, 'x', at(i + 1));
  attr(text, 'y', c.h + 15);
});

const drawEdges = (c, edges) => keyed(c.edges, edges, (e) => e.id, () => svg('path'), (path, e) => {
  attr(path, 'd', e.d);
  attr(path, 'stroke-width', e.width.toFixed(1));
  attr(path, 'class', e.cls);
});

/* The root and the nodes at their spots, each a button but for what stands for several. */
const drawNodes = (c, nodes, { root, spots }, shapes, open, update) => {
  const create = (n) => {
    if (n.root) return add(svg('g'), svg('circle', { r: 4.5, class: 'sx-root' }));
    const group = add(svg('g'), ...shapes());
    if (n.more) return group;
    attr(group, 'tabindex', 0);
    attr(group, 'role', 'button');
    press(group, () => open(n.id));
    return group;
  };
  keyed(c.nodes, [{ id: 'root', root: true }, ...nodes], (n) => n.id, create, (group, n) => {
    const spot = n.root ? root : spots.get(n.id);
    group.style.transform = `translate(${spot.x}px,${spot.y}px)`;
    if (!n.root) update(group, n);
  });
};

const named = (group, title, label) => {
  put(title, label);
  attr(group, 'aria-label', label);
};

const place = (text, x, y, anchor) => {
  attr(text, 'x', x);
  attr(text, 'y', y);
  if (anchor) attr(text, 'text-anchor', anchor);
};

const treeShapes = () => [
  svg('circle', { class: 'sx-hit', r: 16 }), svg('circle'), svg('text', { class: 'sx-n', dy: '.35em' }),
  svg('text', { class: 'sx-v' }), svg('text', { class: 'sx-d' }), svg('title'),
];

const treeNode = (group, n, { columns, step, most, chosen }) => {
  const [, disc, number, value, direction, title] = group.children, last = n.x === columns.length;
  attr(group, 'class', ['sx-tnode', n.more ? 'is-more' : n.s === null ? 'sv-none' : 'sv' + n.s, n.cut ? 'is-cut' : '',
    n.won ? 'is-won' : '', n.bad ? 'is-bad' : '', n.id === chosen ? 'is-chosen' : ''].join(' '));
  attr(disc, 'r', n.more ? 11 : radius(n.n, most));
  attr(disc, 'stroke-dasharray', n.g ? DASHES[(n.g.charCodeAt(0) - 65) % DASHES.length] : null);
  attr(disc, 'stroke-width', n.g ? 2.5 : 1.5);
  put(number, n.more ? '+' + n.more : n.bad ? '✕' : n.n);
  put(value, n.more || !last && !hasRoom(n.v, step) ? '' : n.v);
  place(value, last ? 17 : 0, last ? 4 : 25, last ? 'start' : 'middle');
  put(direction, step >= 36 && n.g ? n.g : '');
  place(direction, 13, -9);
  named(group, title, treeLabel(n, columns[n.x - 1] || n.x));
};

export const drawTree = (holder, graph, most, open, { chosen, written }) => {
  const c = canvas(holder), tree = treeLayout(graph, c.w, c.h, most);
  axisNames(c, graph.columns, tree.at, written);
  drawEdges(c, tree.edges);
  const about = { columns: graph.columns, step: tree.step, most, chosen };
  drawNodes(c, tree.nodes, tree, treeShapes, open, (group, n) => treeNode(group, n, about));
};

const planShapes = () => [
  svg('rect', { class: 'sx-up' }), svg('rect', { class: 'sx-box' }), svg('text', { class: 'sx-n', dy: '.35em' }),
  svg('text', { class: 'sx-v', 'text-anchor': 'middle' }), svg('text', { class: 'sx-d', 'text-anchor': 'middle' }), svg('title'),
];

/* A box of w × h around a spot, `grow` larger on each side; round for System 1. */
const box = (rect, w, h, grow, round) => {
  attr(rect, 'x', -w / 2 - grow);
  attr(rect, 'y', -h / 2 - grow);
  attr(rect, 'width', w + 2 * grow);
  attr(rect, 'height', h + 2 * grow);
  attr(rect, 'rx', (round ? h / 2 : 4) + grow);
};

const planNode = (group, n, roomy, chosen, words) => {
  const [ring, inner, number, value, name, title] = group.children;
  const w = roomy ? 32 : 26, h = 26;
  attr(group, 'class', ['sx-tnode is-step', n.s === null ? 'sv-none' : 'lv' + n.s, 'st-' + n.state,
    n.id === chosen ? 'is-chosen' : '', words ? 'is-writing' : ''].join(' '));
  box(inner, w, h, 0, n.m === 1);
  box(ring, w, h, 4, n.m === 1);
  attr(ring, 'visibility', n.up ? 'visible' : 'hidden');
  put(number, n.state === 'failed' ? '✕' : n.n || (n.state === 'running' ? '…' : ''));
  put(value, words ? (roomy ? short(words) : '✎') : roomy ? cut(n.v, 7) : '');
  attr(value, 'y', h / 2 + (n.up ? 18 : 15));
  put(name, n.name);
  attr(name, 'y', -h / 2 - (n.up ? 9 : 6));
  named(group, title, planLabel(n) + (words ? ', ' + spokenOf(words) : ''));
};

export const drawPlan = (holder, graph, most, open, { chosen, written }) => {
  const c = canvas(holder), plan = planLayout(graph, c.w, c.h, most);
  axisNames(c, [], () => 0, written);
  drawEdges(c, plan.edges);
  drawNodes(c, graph.nodes, plan, planShapes, open, (group, n) => planNode(group, n, plan.step >= 38, chosen, written[n.id]));
};
