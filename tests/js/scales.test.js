import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axisMarks, clamp, plotScales, ticks, timeScales } from '../../assets/js/pure/scales.js';

test('marks of an axis are round, evenly apart, within it, and not too many', () => {
  for (const [low, high, most] of [[0, 1, 4], [0, 0.25, 5], [137, 4211, 6], [0, 1e9, 4], [3, 3.0004, 4], [0, 1e-12, 4]]) {
    const found = ticks(low, high, most), step = found[1] - found[0];
    assert.ok(found.length >= 2 && found.length <= most + 1, `${found.length} of ${low} to ${high}`);
    assert.ok(found[0] >= low - step * 1e-6 && found.at(-1) <= high + step * 1e-6);
    const digits = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
    assert.ok([1, 2, 2.5, 5].some((d) => Math.abs(d - digits) < 1e-6), `step ${step}`);
    found.forEach((tick, i) => assert.ok(Math.abs(tick - found[0] - i * step) < step * 1e-6));
  }
});

test('a plot ends at the next round share, and a pixel tells its tokens', () => {
  const sc = plotScales(600, 320, 100, 1100, 0.3);
  assert.equal(sc.peak, 0.5);
  assert.deepEqual([sc.x(100), sc.x(1100)], [sc.left, 600 - sc.right]);
  assert.deepEqual([sc.y(0), sc.y(0.5)], [320 - sc.bottom, sc.top]);
  for (const tokens of [100, 333, 1100]) assert.ok(Math.abs(sc.tokensAt(sc.x(tokens)) - tokens) < 1e-9);
  assert.equal(plotScales(600, 320, 0, 0, 0).x(0), 46);
});

test('the marks of a plot stand inside it', () => {
  const sc = plotScales(400, 300, 0, 2000, 1), marks = axisMarks(sc, 'tokens');
  assert.deepEqual(marks.filter((m) => m.id.startsWith('y')).map((m) => m.text), ['0%', '25%', '50%', '75%', '100%']);
  assert.equal(new Set(marks.map((m) => m.id)).size, marks.length);
  for (const { x, y } of marks) assert.ok(x >= 0 && x <= 400 && y >= 0 && y <= 300);
});

test('a plot against time leaves room for its texts, and stays in time', () => {
  const sc = timeScales(380, 236, 12, 900, ['0', '1 000 000 000']);
  assert.equal(sc.left, 14 + 7 * 13);
  assert.deepEqual([sc.x(0), sc.x(12)], [sc.left, 380 - sc.right]);
  assert.deepEqual([-50, sc.x(6), 5000].map((px) => Math.round(1e6 * sc.timeAt(px)) / 1e6), [0, 6, 12]);
});

test('a value is kept between two bounds', () => {
  assert.deepEqual([-1, 0.3, 7].map((n) => clamp(n, 0, 1)), [0, 0.3, 1]);
});
