import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bend, bendDown, diamond, stepBand, steps, straight } from '../../assets/js/pure/lines.js';
import { level } from '../../assets/js/pure/heat.js';
import { axisName, course, described, inUnit, nothing, remarks, short, spentAt } from '../../assets/js/pure/spending.js';

const SERIES = {
  lane: 'scale', label: 'SCALE', points: [[0, 0], [1, 100], [3, 250]],
  costs: { money: [0, 0.1, null], FLOPs: [0, 1e9, 2e9], 'FLOPs uncached': [0, 2e9, 3e9], time: [0, 1, 2] },
};
const VALUE = { about: { time: 'Seconds of requests.' }, unknown: { money: 'No price.' } };

test('a line ends where an amount is not known', () => {
  assert.deepEqual(course(SERIES, 'tokens'), { points: [[0, 0], [1, 100], [3, 250]], open: false });
  assert.deepEqual(course(SERIES, 'money'), { points: [[0, 0], [1, 0.1]], open: true });
});

test('the line without a cache is there where it is another', () => {
  assert.deepEqual(inUnit(SERIES, 'FLOPs').pale, [[0, 0], [1, 2e9], [3, 3e9]]);
  const same = { ...SERIES, costs: { ...SERIES.costs, 'FLOPs uncached': SERIES.costs.FLOPs } };
  assert.deepEqual(inUnit(same, 'FLOPs').pale, []);
  assert.deepEqual(inUnit(SERIES, 'tokens').pale, []);
});

test('what was spent by a time stays until more is spent', () => {
  const lane = inUnit(SERIES, 'tokens');
  assert.deepEqual([-1, 0, 0.9, 1, 2.9, 9].map((t) => spentAt(lane, lane.points, t)), [null, 0, 0, 100, 100, 250]);
});

test('after the end of an open line nothing is known', () => {
  const lane = inUnit(SERIES, 'money');
  assert.deepEqual([0.5, 1, 1.1].map((t) => spentAt(lane, lane.points, t)), [0, 0.1, null]);
});

test('why there is no line is told, and else what must be known of it', () => {
  const open = inUnit({ ...SERIES, costs: { ...SERIES.costs, money: [null, null, null] } }, 'money');
  assert.equal(nothing(VALUE, [open], 'money'), 'No price.');
  assert.equal(nothing(VALUE, [inUnit(SERIES, 'tokens')], 'tokens'), '');
  assert.equal(nothing(VALUE, [], 'money'), '');
  assert.equal(remarks(VALUE, [inUnit(SERIES, 'money')], 'money'), 'Unknown from the end of its line on: SCALE. No price.');
  assert.match(remarks(VALUE, [inUnit(SERIES, 'FLOPs')], 'FLOPs'), /pale/);
  assert.equal(remarks(VALUE, [inUnit(SERIES, 'time')], 'time'), 'Seconds of requests.');
});

test('amounts beside an axis are short', () => {
  assert.deepEqual([9000, 12345].map((n) => short(n, 'tokens')), ['9\u2009000', '12k']);
  assert.deepEqual([short(2e9, 'FLOPs'), short(0.5, 'money')], ['2 G', '0.5']);
  assert.deepEqual(['tokens', 'money', 'FLOPs', 'time'].map((u) => axisName(u, 'EUR')), ['tokens', 'EUR', 'FLOPs', 'seconds of requests']);
});

test('the picture is told', () => {
  assert.equal(described([inUnit(SERIES, 'tokens')], '', 'tokens', ''), 'Tokens as they were spent: SCALE 250 tokens');
  assert.equal(described([], '', 'tokens', ''), 'Tokens as they were spent: nothing yet');
  assert.match(described([inUnit(SERIES, 'money')], '', 'money', 'EUR'), /SCALE money unknown$/);
});

test('lines', () => {
  const same = (n) => n;
  assert.equal(steps([[0, 0], [1, 2]], same, same), 'M0.0,0.0H1.0V2.0');
  assert.equal(straight([[0, 1], [2, 3]]), 'M0.0,1.0L2.0,3.0');
  assert.equal(bend({ x: 0, y: 0 }, { x: 10, y: 4 }), 'M0,0C5,0 5,4 10,4');
  assert.equal(bendDown({ x: 0, y: 0 }, { x: 4, y: 10 }), 'M0,0C0,5 4,5 4,10');
  assert.equal(diamond(10, 10, 2), 'M10,8L12,10L10,12L8,10Z');
});

test('a cell of the heat map is as strong as the root of its part', () => {
  assert.deepEqual([0, 1, 25, 100].map((n) => level(n, 100)), [0, 2, 10, 20]);
  assert.equal(level(1e-6, 100), 1);
  assert.equal(level(null, 100), 0);
});

test('a band lies between two lines of steps', () => {
  assert.equal(stepBand([0, 10, 20], [9, 9, 8], [9, 5, 1]), 'M0.0,9.0H10.0V5.0H20.0V1.0V8.0V9.0H10.0V9.0H0.0Z');
  assert.equal(stepBand([], [], []), '');
});
