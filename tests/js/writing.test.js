import assert from 'node:assert/strict';
import { test } from 'node:test';

import { markOf, spoken } from '../../assets/js/pure/board.js';
import { count } from '../../assets/js/pure/units.js';
import { counted, follows, lastLine, marked, outlived, readable, short, spokenOf, writtenOf } from '../../assets/js/pure/writing.js';

const written = (more = {}) => ({ name: '#1', stage: 'System 2', sample: 0, tokens: 34, others: 0, thought: '', reply: '', ...more });
const WORDS = { run: 'a', lanes: { scale: { 1: written(), 2: written({ reply: 'so 42' }) }, dora: { 1: written({ thought: 'hm' }) } } };

test('words are of their own run, while it runs', () => {
  assert.deepEqual(Object.keys(writtenOf(WORDS, 'a', true)), ['1', '2']);
  assert.equal(writtenOf(WORDS, 'a', true, 'dora')[1].thought, 'hm');
  assert.deepEqual(writtenOf(WORDS, 'a', true, 'beam'), {});
  assert.deepEqual(writtenOf(WORDS, 'b', true), {});
  assert.deepEqual(writtenOf(WORDS, 'a', false), {}, 'a run that has ended, or was stopped, is not being written');
  for (const none of [null, undefined, { run: 'a', lanes: {} }, { run: 'a' }]) assert.deepEqual(writtenOf(none, 'a', true), {});
});

test('words do not outlive their run', () => {
  assert.ok(outlived(WORDS, 'a', false));
  assert.equal(outlived(WORDS, 'a', true), false);
  assert.equal(outlived(WORDS, 'b', false), false);
  assert.equal(outlived({ ...WORDS, ended: true }, 'a', false), false);
  assert.equal(outlived(null, 'a', false), false);
});

test('what comes after a run has ended is void, and another run begins anew', () => {
  const ended = { run: 'a', lanes: {}, ended: true };
  assert.equal(follows(ended, WORDS), false);
  assert.equal(follows(ended, ended), false);
  assert.ok(follows(ended, { ...WORDS, run: 'b' }));
  assert.ok(follows(WORDS, WORDS) && follows(null, WORDS) && follows(WORDS, ended));
});

test('the node that can be read is the one whose words are there', () => {
  assert.equal(readable(writtenOf(WORDS, 'a', true))[0], '2');
  assert.equal(readable(writtenOf(WORDS, 'a', true, 'dora'))[0], '1');
  assert.equal(readable({ 1: written() }), null);
  assert.equal(readable({}), null);
});

test('the count, and how many others run', () => {
  assert.equal(counted(written()), '34 tokens');
  assert.equal(counted(written({ tokens: 1, others: 1 })), '1 token · 1 other');
  assert.equal(marked(written({ tokens: 1234, others: 63 })), '✎ ' + count(1234) + ' tok · 63 others');
  assert.equal(short(written()), '✎ 34');
});

test('a count that is not known is not nought', () => {
  const unknown = written({ tokens: 0, others: 2 });
  assert.equal(counted(unknown), 'tokens not counted · 2 others');
  assert.equal(marked(unknown), '✎ … · 2 others');
});

test('who listens is told in steps, not of every token', () => {
  const told = new Set(Array.from({ length: 1000 }, (_, i) => spokenOf(written({ tokens: i }))));
  assert.ok(told.size <= 20, [...told].join());
  assert.equal(spokenOf(written({ tokens: 7 })), 'being written');
  assert.equal(spokenOf(written({ tokens: 34 })), 'being written, 30 tokens or more');
});

test('a node shows and says that it is written', () => {
  const node = { id: '1', kind: 'step', name: '#1', label: 'x', state: 'running', mode: 2, d: null, tries: 1, tokens: 9 };
  assert.deepEqual(markOf(node, written({ others: 3 })), ['✎ 34 tok · 3 others · ↻ 1 retry', 'is-writing']);
  assert.deepEqual(markOf(node), ['↻ 1 retry', '']);
  assert.match(spoken(node, 'tokens', '', written()), /running, being written, 30 tokens or more/);
});

test('a line has the last words of the reply, or of the thought before there is one', () => {
  assert.equal(lastLine(written({ thought: 'a\n b', reply: '' })), 'a b');
  assert.equal(lastLine(written({ thought: 'a', reply: 'so\n\n42' })), 'so 42');
});
