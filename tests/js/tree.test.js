import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fitted, hasRoom, planLabel, planLayout, radius, treeLabel, treeLayout } from '../../assets/js/pure/tree.js';

const node = (id, x, n, more = {}) => ({ id, x, n, k: null, v: id, p: 'root', won: false, cut: false, p2: null, g: '', ...more });
const many = (count) => Array.from({ length: count }, (_, i) => node('n' + i, 1, i + 1));

test('a column that fits is drawn as it is, evenly around the middle', () => {
  const nodes = fitted({ nodes: many(3), more: [], columns: ['#1'] }, 200);
  assert.deepEqual(nodes.map((n) => [n.id, n.y]), [['n0', 48], ['n1', 100], ['n2', 152]]);
});

test('of a full column those with most rollouts are kept, and no rollout is lost', () => {
  const graph = { nodes: many(12), more: [], columns: ['#1'] }, nodes = fitted(graph, 200), rest = nodes.at(-1);
  assert.equal(nodes.length, Math.floor((200 - 6) / 31));
  assert.deepEqual(nodes.slice(0, -1).map((n) => n.n), [8, 9, 10, 11, 12]);
  assert.equal(rest.more, 12 - 5);
  assert.equal(nodes.reduce((sum, n) => sum + n.n, 0), graph.nodes.reduce((sum, n) => sum + n.n, 0));
  nodes.slice(1).forEach((n, i) => assert.ok(n.y - nodes[i].y >= 31));
});

test('what led to the answer is kept, however few its rollouts', () => {
  const nodes = many(12).map((n) => ({ ...n, won: n.id === 'n0' }));
  assert.ok(fitted({ nodes, more: [], columns: ['#1'] }, 200).some((n) => n.id === 'n0'));
});

test('what the server left out is counted with what has no room', () => {
  const rest = fitted({ nodes: many(3), more: [[1, 40, 90]], columns: ['#1'] }, 400).at(-1);
  assert.deepEqual([rest.more, rest.n], [40, 90]);
  assert.equal(treeLabel(rest, '#1'), '40 more values at #1, reached by 90 rollouts');
});

test('each edge of a tree begins at its parent, or at what stands for it', () => {
  const hidden = many(12), child = node('c', 2, 2, { p: 'n0' });
  const tree = treeLayout({ nodes: [...hidden, child], more: [], columns: ['#1', '#2'] }, 260, 200, 12);
  const { d } = tree.edges.find((e) => e.id === 'c'), from = tree.spots.get('more1'), to = tree.spots.get('c');
  assert.ok(d.startsWith(`M${from.x},${from.y}C`) && d.endsWith(` ${to.x},${to.y}`));
  assert.ok(tree.edges.find((e) => e.id === 'n11').d.startsWith(`M${tree.root.x},${tree.root.y}C`));
  assert.ok(tree.edges.find((e) => e.id === 'n11').width > tree.edges.find((e) => e.id === 'c').width);
});

test('a plan stays inside its picture, whatever its shape', () => {
  const step = (id, x, y) => ({ id, x, y, n: 1 });
  const nodes = [step('1', 1, -1.5), step('2', 1, -0.5), step('3', 1, 0.5), step('4', 1, 1.5), step('5', 2, 0)];
  const plan = planLayout({ nodes, edges: [['root', '1'], ['1', '5']] }, 260, 190, 4);
  for (const { x, y } of plan.spots.values()) assert.ok(x > 0 && x <= 220 && y >= 26 && y <= 164);
  assert.ok(plan.edges[0].d.startsWith(`M${plan.root.x},${plan.root.y}`));
});

test('a disc grows with the root of its rollouts', () => {
  assert.deepEqual([radius(0, 4), radius(1, 4), radius(4, 4)], [9, 10.75, 12.5]);
});

test('a value is written where it has room', () => {
  assert.deepEqual([hasRoom('1776', 40), hasRoom('1776', 28), hasRoom('1234567', 40), hasRoom(null, 99)], [true, false, false, false]);
});

test('a node says what its picture shows', () => {
  const said = treeLabel(node('1776', 1, 4, { k: 0, p2: 0.875, g: 'A', won: true }), '#1');
  assert.equal(said, 'value 1776 at #1, reached by 4 rollouts, pruned, score 0.88, direction A, led to the answer');
  assert.equal(treeLabel(node('x', 1, 1, { v: null }), '#1'), 'unreadable at #1, reached by 1 rollout');
  const step = { name: '#2', label: '125 × 16', n: 1, m: 2, d: 0.9, up: true, state: 'solved', v: '2000' };
  assert.equal(planLabel(step), 'step #2, 125 × 16, 1 rollout, System 2, difficulty 0.90, escalated, solved, result 2000');
});
