/* The list of runs in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dayOf, ending, range, tagsOf, when } from '../../assets/js/pure/runs.js';

const at = (...parts) => new Date(...parts).getTime() / 1000;

test('today and yesterday are said by name, whatever the hour', () => {
  const now = at(2026, 2, 1, 0, 5);
  assert.match(when(at(2026, 2, 1, 0, 1), now, 'en-GB'), /^today 0?0:01$/);
  assert.match(when(at(2026, 1, 28, 23, 59), now, 'en-GB'), /^yesterday 23:59$/);
  assert.equal(when(at(2026, 1, 27, 23, 59), now, 'en-GB'), '27 Feb 2026');
});

test('a day of a date field reaches to the next one', () => {
  assert.equal(dayOf('2026-03-01', true) - dayOf('2026-03-01', false), 86400);
  assert.equal(dayOf('2026-03-01', false), at(2026, 2, 1));
  assert.deepEqual(['', null, 'soon', '2026-3-1'].map((text) => dayOf(text, false)), [null, null, null, null]);
});

test('a solved run is told by its verdict, any other by how it ended', () => {
  assert.deepEqual(ending({ status: 'solved', verdict: 'equal' }), ['✓', 'right', 'is-right']);
  assert.deepEqual(ending({ status: 'stopped', verdict: 'equal' }).slice(0, 2), ['■', 'stopped']);
  assert.deepEqual(ending({ status: 'interrupted', verdict: null }), ['✕', 'interrupted', 'is-bad']);
  assert.deepEqual(ending({ status: 'solved', verdict: null }), ['', '', '']);
  assert.equal(ending({ status: 'of a newer release', verdict: null })[1], 'of a newer release');
});

test('tags stand between commas', () => {
  assert.deepEqual(tagsOf(' lesson, class 7,, '), ['lesson', 'class 7']);
});

test('where one is in a long list', () => {
  assert.equal(range({ count: 0, page: 0, pages: 1, rows: [] }, 50), 'No runs');
  assert.equal(range({ count: 1, page: 0, pages: 1, rows: [1] }, 50), '1 run');
  assert.equal(range({ count: 120, page: 2, pages: 3, rows: Array(20) }, 50), '101–120 of 120 runs');
});
