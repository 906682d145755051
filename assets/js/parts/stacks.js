/* Bars below each other on one scale, each split into parts. */
import { add, attr, el, keyed, put } from './dom.js';
import { amount, tokens } from '../pure/units.js';

const sum = (row) => row.total || row.parts.reduce((all, [, n]) => all + n, 0);

const createRow = () => {
  const head = add(el('div', 'sx-stack-head'), el('i', 'sx-lane-sw'), el('span'), el('span', 'sx-num'));
  const stack = el('div', 'sx-stack');
  stack.setAttribute('role', 'img');
  return add(el('div'), head, stack);
};

const updateRow = (row, r, most, named, currency, unit) => {
  const [head, stack] = row.children, [, name, total] = head.children;
  const said = (n) => unit === 'tokens' ? tokens(n) : amount(n, unit, currency);
  put(name, r.label);
  put(total, r.total === null ? (unit === 'tokens' ? 'not all counted' : 'unknown') : amount(r.total, unit, currency));
  keyed(stack, r.parts, (p) => p[0], () => el('i'), (part, [id, n]) => {
    const [, word, colour] = named.get(id);
    part.style.width = 100 * n / most + '%';
    part.style.background = colour;
    part.title = word + ': ' + said(n);
  });
  attr(stack, 'aria-label', r.label + ': ' + r.parts.map(([id, n]) => named.get(id)[1] + ' ' + said(n)).join(', '));
};

/* rows: key, label, cls, total, and parts as [id, amount]; parts: [id, word, colour]. */
export const drawStacks = (list, rows, parts, currency, unit) => {
  const most = Math.max(unit === 'tokens' ? 1 : 1e-12, ...rows.map(sum)), named = new Map(parts.map((p) => [p[0], p]));
  keyed(list, rows, (r) => r.key, createRow, (row, r) => {
    row.className = 'sx-stack-row ' + r.cls;
    updateRow(row, r, most, named, currency, unit);
  });
};

/* What the colours are: parts as above. */
export const stackKey = (key, parts) => keyed(
  key, parts, (p) => p[0], () => add(el('span'), el('i', 'sx-k-stage'), el('span')),
  (item, [, word, colour]) => { item.firstChild.style.background = colour; put(item.lastChild, word); },
);
