/* What tests/views/test_units.py does not compare with Python. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cut, elapsed, many, spent, title } from '../../assets/js/pure/units.js';

test('a word follows its number', () => {
  assert.deepEqual([0, 1, 2].map((n) => many(n, 'step')), ['0 steps', '1 step', '2 steps']);
});

test('a time that goes on has whole seconds, and minutes once there are some', () => {
  assert.deepEqual([0, 0.99, 59.9, 60, 105.2, 3725].map(elapsed), ['0 s', '0 s', '59 s', '1 min 0 s', '1 min 45 s', '62 min 5 s']);
});

test('a text is cut to a length, the sign of the cut included', () => {
  assert.equal(cut('1234567', 7), '1234567');
  assert.equal(cut('12345678', 7), '123456…');
  assert.equal(cut(null, 7), null);
});

test('what was spent is found in its unit, and is undefined where there is none', () => {
  const node = { tokens: 5, costs: { money: 0, time: null } };
  assert.deepEqual(['tokens', 'money', 'time', 'FLOPs'].map((unit) => spent(node, unit)), [5, 0, null, undefined]);
  assert.equal(spent({}, 'money'), undefined);
});

test('each unit of a chart has a title', () => {
  for (const unit of ['tokens', 'money', 'FLOPs', 'time']) assert.match(title(unit), /spent$/);
});
