import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkOnSpace, linkTo, plainQuery } from '../../assets/js/pure/address.js';

test('a link keeps the path below which a proxy serves the page, and nothing else', () => {
  const place = new URL('https://example.org/lab/scale/?__theme=dark&run=old#runs');
  assert.equal(linkTo(place, 'run=abc'), 'https://example.org/lab/scale/?run=abc');
  assert.equal(linkTo(place, ''), 'https://example.org/lab/scale/');
});

test('on a Space it is the address of its page on the Hub', () => {
  assert.equal(linkOnSpace('https://huggingface.co/spaces/a/b', 'run=abc'), 'https://huggingface.co/spaces/a/b?run=abc');
});

test('what was asked for is forgotten, what others put there is not', () => {
  assert.equal(plainQuery('?run=abc&__theme=dark&problem=1'), '?__theme=dark');
  assert.equal(plainQuery('?problem=a%26b&beam=4'), '');
  assert.equal(plainQuery(''), '');
});
