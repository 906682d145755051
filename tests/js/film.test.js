/* Playing a run again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lastOf, onward, position, SPEEDS, speedFor, stopAt } from '../../assets/js/pure/film.js';

test('a short run plays as it was, a long one in a quarter of a minute', () => {
  assert.equal(speedFor(0.5), 1);
  assert.equal(speedFor(15), 1);
  assert.equal(speedFor(60), 5);
  assert.equal(speedFor(1e6), SPEEDS.at(-1));
});

test('time goes on at its speed and stays at the end', () => {
  assert.equal(onward(1, 500, 2, 10), 2);
  assert.equal(onward(9.9, 500, 2, 10), 10);
});

test('a position has the decimals that the whole needs', () => {
  assert.equal(position(1.234, 8.4), '1.23 of 8.40 s');
  assert.equal(position(1.234, 84), '1.2 of 84.0 s');
  assert.equal(position(100.4, 2000), '100 of 2000 s');
});

test('the last moment that has passed', () => {
  const moments = [{ t: 1, text: 'a' }, { t: 2, text: 'b' }];
  assert.equal(lastOf(moments, 0.5), null);
  assert.equal(lastOf(moments, 1).text, 'a');
  assert.equal(lastOf(moments, 9).text, 'b');
  assert.equal(lastOf([], 9), null);
});

test('the last stop of a slider is the end', () => {
  assert.equal(stopAt(16.269999999999996, 16.27), 16.27);
  assert.equal(stopAt(16.23746, 16.27), 16.23746);
  assert.equal(stopAt(0, 16.27), 0);
});
