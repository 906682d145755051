import assert from 'node:assert/strict';
import { test } from 'node:test';

import { placeLabels, spread } from '../../assets/js/pure/labels.js';
import { plotScales } from '../../assets/js/pure/scales.js';

const sc = plotScales(600, 320, 0, 1000, 1);
const boxOf = (label) => [label.tx - 2, label.ty - 4 - 7.5, label.tx + 2 + 6.9 * label.text.length, label.ty - 4 + 7.5];
const meet = (a, b) => Math.min(a[2], b[2]) - Math.max(a[0], b[0]) > 0.01 && Math.min(a[3], b[3]) - Math.max(a[1], b[1]) > 0.01;

test('a label alone stands to the right of its point, without a line', () => {
  const [label] = placeLabels([{ text: 'SCALE', x: 300, y: 150 }], [[300, 150]], sc);
  assert.deepEqual([label.tx, label.ty, label.near], [314, 154, true]);
});

test('labels of points that lie close do not meet, and have lines to their points', () => {
  const points = [[300, 150], [306, 152], [296, 149], [302, 157], [300, 145]];
  const placed = placeLabels(points.map(([x, y], i) => ({ text: 'Lane ' + i, x, y })), points, sc);
  const boxes = placed.map(boxOf);
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => assert.ok(!meet(a, b))));
  assert.ok(placed.some((label) => !label.near));
});

test('labels stay inside the plot and clear of what is in their way', () => {
  const corner = { text: 'Self-consistency', x: sc.x(1000), y: sc.y(1) };
  const [label] = placeLabels([corner], [[corner.x, corner.y]], sc), box = boxOf(label);
  assert.ok(box[2] <= sc.w && box[1] >= 0);
  const wall = [310, 100, 600, 200];
  const [other] = placeLabels([{ text: 'DORA', x: 300, y: 150 }], [[300, 150]], sc, [wall]);
  assert.ok(!meet(boxOf(other), wall));
});

test('names in a column keep apart, in order and within it', () => {
  const items = [{ y: 100, name: 'c' }, { y: 20, name: 'a' }, { y: 98, name: 'b' }, { y: 99, name: 'd' }];
  const found = spread(items, 30, 105);
  assert.deepEqual(found.map((item) => item.name), ['c', 'a', 'b', 'd']);
  assert.ok(items.every((item) => item.ty === undefined));
  const sorted = [...found].sort((a, b) => a.ty - b.ty);
  assert.deepEqual(sorted.map((item) => item.name), ['a', 'b', 'd', 'c']);
  sorted.slice(1).forEach((item, i) => assert.ok(item.ty - sorted[i].ty >= 15));
  assert.ok(sorted[0].ty >= 30 && sorted.at(-1).ty <= 105);
});
