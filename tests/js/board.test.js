import assert from 'node:assert/strict';
import { test } from 'node:test';

import { costOf, edge, layout, markOf, shrunk, spoken } from '../../assets/js/pure/board.js';

const step = (id, column, row, more = {}) => ({
  id, kind: 'step', name: '#' + id, label: '37 × 48', at: [column, row], state: 'solved', mode: 2, d: 0.97, tokens: 61, ...more,
});
const NODES = [
  { id: 'plan', kind: 'plan', name: 'plan', label: '4 outlines', at: [0, 0], state: 'done' },
  step('1', 1, -0.5), step('2', 1, 0.5), step('3', 2, 0),
  { id: 'answer', kind: 'answer', name: 'answer', label: '', at: [3, 0], state: 'solved' },
];

for (const down of [false, true]) {
  test('nodes do not meet and fill the picture ' + (down ? 'downwards' : 'along'), () => {
    const plan = layout(NODES, down), spots = NODES.map((n) => plan.spots.get(n.id));
    spots.forEach((a, i) => spots.slice(i + 1).forEach((b) => {
      assert.ok(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y);
    }));
    for (const s of spots) assert.ok(s.x >= 0 && s.y >= 0 && s.x + s.w <= plan.w && s.y + s.h <= plan.h);
    const end = down ? (s) => s.y + s.h : (s) => s.x + s.w;
    assert.equal(Math.max(...spots.map(end)), down ? plan.h : plan.w);
  });

  test('an edge goes from the side of one node to the side of the other ' + (down ? 'downwards' : 'along'), () => {
    const { spots } = layout(NODES, down), a = spots.get('1'), b = spots.get('3'), { d } = edge(a, b, down);
    const [from, to] = down ? [[a.x + a.w / 2, a.y + a.h], [b.x + b.w / 2, b.y]] : [[a.x + a.w, a.y + a.h / 2], [b.x, b.y + b.h / 2]];
    assert.ok(d.startsWith('M' + from.join(',') + 'C') && d.endsWith(' ' + to.join(',')));
  });
}

test('a graph is never enlarged, and shrinks no further than can be read', () => {
  assert.equal(shrunk({ w: 400, h: 200, down: false }, 800, 400), 1);
  assert.equal(shrunk({ w: 1000, h: 200, down: false }, 900, 400), 0.9);
  assert.equal(shrunk({ w: 5000, h: 200, down: false }, 900, 400), 0.74);
  assert.equal(shrunk({ w: 400, h: 5000, down: true }, 390, 500), 0.975);
});

test('a node says all that its picture shows', () => {
  const said = spoken(step('1', 1, 0, { value: '1776', tries: 2, doubted: true, costs: { money: 0.5 } }), 'money', 'EUR');
  assert.equal(said, 'step #1, 37 × 48, System 2, solved, difficulty 0.97, doubted, 2 retries, result 1776, 61 tokens, EUR 0.5');
  assert.equal(spoken(NODES[0], 'tokens', ''), 'plan, done');
});

test('a cost is written where there is one', () => {
  assert.equal(costOf(step('1', 1, 0), 'tokens'), '② 61 tok');
  assert.equal(costOf(step('1', 1, 0, { mode: 1, tokens: null }), 'tokens'), '① unknown');
  assert.equal(costOf(step('1', 1, 0, { tokens: 0 }), 'tokens'), '②');
  assert.equal(costOf(NODES[0], 'tokens'), '');
});

test('the mark under a node tells what went wrong before what is right', () => {
  assert.deepEqual(markOf({ state: 'failed', tries: 1 }), ['✕ failed · ↻ 1 retry', 'is-bad']);
  assert.deepEqual(markOf({ state: 'solved', doubted: true, escalated: true }), ['? doubted', '']);
  assert.deepEqual(markOf({ state: 'solved', verdict: 'equal' }), ['✓ right', 'is-right']);
  assert.deepEqual(markOf({ state: 'solved', unsure: true, verdict: 'different' }), ['? not sure · ✗ wrong', 'is-bad']);
  assert.deepEqual(markOf({ state: 'solved' }), ['', '']);
});
