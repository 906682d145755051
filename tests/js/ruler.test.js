import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hundredths, moved, pinned, stacked, tally } from '../../assets/js/pure/ruler.js';

const at = (...difficulties) => difficulties.map((d, i) => ({ id: i, d }));

test('steps that lie close stand on top of each other, three at most', () => {
  const rows = stacked(at(0.5, 0.1, 0.51, 0.52, 0.53)).map((n) => [n.d, n.row]);
  assert.deepEqual(rows, [[0.1, 0], [0.5, 0], [0.51, 1], [0.52, 2], [0.53, 2]]);
});

test('two on one row never lie closer than their width, while there are rows', () => {
  const items = stacked(at(...Array.from({ length: 12 }, (_, i) => i * 0.02)));
  const low = items.filter((n) => n.row === 0);
  low.slice(1).forEach((n, i) => assert.ok(n.d - low[i].d >= 0.045));
});

test('on a narrow ruler more pins have to make way', () => {
  const rows = (width) => pinned(at(0.3, 0.4, 0.5), width).map((n) => n.row);
  assert.deepEqual(rows(500), [0, 0, 0]);
  assert.deepEqual(rows(200), [0, 1, 2]);
  assert.deepEqual(rows(0), [0, 0, 0]);
});

test('keys move the threshold by hundredths and tenths, and not past its ends', () => {
  assert.equal(moved('ArrowRight', 0.12), 0.13);
  assert.equal(moved('ArrowDown', 0.12), 0.11);
  assert.equal(moved('PageUp', 0.95), 1);
  assert.equal(moved('PageDown', 0.05), 0);
  assert.deepEqual([moved('Home', 0.4), moved('End', 0.4), moved('Tab', 0.4)], [0, 1, null]);
  assert.equal(hundredths(0.123456), 0.12);
});

test('what lies above the threshold is counted', () => {
  assert.equal(tally([0.1, 0.4, 0.9], 0.4), '1 of 3 steps in System 2');
  assert.equal(tally([0.9], 0.4), '1 of 1 step in System 2');
  assert.equal(tally([], 0.4), 'no steps yet');
});
