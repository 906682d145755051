import assert from 'node:assert/strict';
import { test } from 'node:test';

import { nodeIn, partsOf, remark, spentBy, stacked, told } from '../../assets/js/pure/stages.js';

const VALUE = {
  times: [0, 1, 2], currency: 'EUR', notes: { tokens: '', money: 'No price.' },
  series: [
    { stage: 'plan', label: 'outline', fill: '#111', tokens: [0, 50, 50], costs: { money: [0, 0, 0], FLOPs: [0, 1e9, 1e9] } },
    { stage: 'solve', label: 'System 2', fill: '#222', tokens: [0, 0, 30], costs: { money: [0, 0, 0], FLOPs: [0, 0, 2e9] } },
  ],
};

test('stages lie upon one another, and one that spent nothing is left out', () => {
  const bands = stacked(VALUE, 'tokens');
  assert.deepEqual(bands.map((b) => [b.stage, b.low, b.high]), [['plan', [0, 0, 0], [0, 50, 50]], ['solve', [0, 50, 50], [0, 50, 80]]]);
  assert.deepEqual(stacked(VALUE, 'FLOPs')[1].high, [0, 1e9, 3e9]);
  assert.deepEqual(stacked(VALUE, 'money'), []);
});

test('what was spent by a time is told from the top', () => {
  const bands = stacked(VALUE, 'tokens'), by = (t) => spentBy(VALUE, bands, t, 'tokens').map((b) => b.label + ' ' + b.text);
  assert.deepEqual(by(1.5), ['System 2 0', 'outline 50']);
  assert.deepEqual(by(7), ['System 2 30', 'outline 50']);
  assert.deepEqual(by(-1), ['System 2 0', 'outline 0']);
});

test('the chart is told in words', () => {
  assert.equal(told(VALUE, stacked(VALUE, 'tokens'), 'tokens'), 'Tokens as they were spent: outline 50 tokens, System 2 30 tokens');
  assert.equal(told(VALUE, [], 'money'), 'Money as it was spent: No price.');
  assert.equal(told({ ...VALUE, notes: {} }, [], 'tokens'), 'Tokens as they were spent: nothing yet');
});

test('a node has kinds of tokens, and stages of what they cost', () => {
  const row = { node: '1', parts: [['prompt', 5]], total: 5, costs: { money: { parts: [['solve', 0.1]], total: null } } };
  const v = {
    kinds: ['k'], stages: ['s'], more: 2, unknown: { tokens: 'Not counted.', money: 'No price.' }, about: { money: 'In EUR.' },
  };
  assert.equal(nodeIn(row, 'tokens'), row);
  assert.deepEqual([nodeIn(row, 'money').parts, nodeIn(row, 'money').node], [[['solve', 0.1]], '1']);
  assert.deepEqual([partsOf(v, 'tokens'), partsOf(v, 'money')], [['k'], ['s']]);
  assert.equal(remark(v, [nodeIn(row, 'money')], 'money'), 'No price. 2 more are in the table below.');
  assert.equal(remark({ ...v, more: 0 }, [{ total: 1 }], 'money'), 'In EUR.');
  assert.equal(remark({ ...v, more: 0 }, [row], 'tokens'), '');
});
