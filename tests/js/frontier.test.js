import assert from 'node:assert/strict';
import { test } from 'node:test';

import { affordable, bestPlan, curve, described, measures, spots, writtenBox } from '../../assets/js/pure/frontier.js';
import { plotScales } from '../../assets/js/pure/scales.js';

const sc = plotScales(700, 320, 0, 1000, 1);
const lane = (name, tokens, right, more = {}) => ({
  lane: name, label: name, x: [tokens, tokens - 20, tokens + 20], y: [right, right - 0.1, right + 0.1],
  needed: null, best: null, could: null, apart: '', ...more,
});

test('lanes on one spot stand beside each other, others where they belong', () => {
  const found = spots([lane('a', 500, 0.5), lane('b', 501, 0.5), lane('c', 900, 0.5)], sc);
  assert.equal(found.get('b')[0] - found.get('a')[0], 12);
  assert.equal((found.get('a')[0] + found.get('b')[0]) / 2, sc.x(500));
  assert.deepEqual(found.get('c'), [sc.x(900), sc.y(0.5)]);
});

test('the frontier rises where tokens buy more, and goes on to the edge', () => {
  const path = curve([[100, 0.25], [400, 0.75]], sc), [x, y] = [sc.x(400).toFixed(1), sc.y(0.75).toFixed(1)];
  assert.equal(path, `M${sc.x(100)},${sc.y(0)}V${sc.y(0.25)}H${x}V${y}H${sc.w - sc.right}`);
  assert.equal(curve([], sc), '');
});

test('a lane that gave nothing away has no measures', () => {
  assert.deepEqual(measures(lane('a', 500, 0.5, { needed: 500, best: [500, 0.5], could: 0.5 }), sc.x(500), sc), []);
});

test('measures tell of tokens across and of points upwards', () => {
  const found = measures(lane('a', 500, 0.4, { needed: 200, best: [500, 0.9], could: 0.9, apart: '50 points' }), sc.x(500), sc);
  assert.deepEqual(found.map((m) => [m.id, m.text]), [['tokens', '300 tokens too many'], ['points', '50 points short']]);
  assert.deepEqual(found[0].box.slice(0, 3).filter((_, i) => i !== 1), [sc.x(200), sc.x(500)]);
  assert.deepEqual([found[1].box[1], found[1].box[3]], [sc.y(0.9), sc.y(0.4)]);
  const [left, , right] = writtenBox(found[0]);
  assert.ok(Math.abs((left + right) / 2 - found[0].x) < 1e-9);
});

test('words of a small gap go below those of the measure across', () => {
  const found = measures(lane('a', 500, 0.5, { needed: 200, best: [500, 0.53], could: 0.53, apart: '3 points' }), sc.x(500), sc);
  assert.ok(found[1].y > found[0].y && found[1].x === found[0].x);
});

const LOOK = {
  line: [[100, 0.2], [300, 0.6], [800, 0.9]], policies: [['none'], ['once'], ['twice']],
  lanes: [lane('a', 500, 0.5, { best: [300, 0.6], best_policies: ['once'], spent: 500, right: '50%' }), lane('b', 50, 0.1)],
};

test('the most that tokens can buy', () => {
  assert.deepEqual([99, 100, 299, 5000].map((most) => affordable(LOOK.line, most)), [-1, 0, 0, 2]);
});

test('the best plan is that of a lane, of a place, or of the end', () => {
  assert.deepEqual(bestPlan(LOOK, 'a', null), { tokens: 300, success: 0.6, policies: ['once'] });
  assert.deepEqual(bestPlan(LOOK, 'b', 0).policies, ['none']);
  assert.deepEqual(bestPlan(LOOK, null, null), { tokens: 800, success: 0.9, policies: ['twice'] });
});

test('the picture is told', () => {
  assert.match(described({ ...LOOK, lanes: LOOK.lanes.slice(0, 1) }), /ends at 90% for 800 tokens\. a: 500 tokens, right 50%$/);
});
