/* The ruler of the threshold: which steps lie where, and what its keys do. */
import { clamp } from './scales.js';
import { many } from './units.js';

const NEAR = 0.045, ROWS = 3;

/* Steps at almost the same difficulty stand on top of each other: each with its `row`. */
export const stacked = (items) => {
  const placed = [];
  return [...items].sort((a, b) => a.d - b.d).map((n) => {
    let row = 0;
    while (placed.some((p) => p.row === row && Math.abs(p.d - n.d) < NEAR)) row += 1;
    placed.push({ d: n.d, row });
    return { ...n, row: Math.min(row, ROWS - 1) };
  });
};

/* The same on a ruler of `width` pixels whose pins have their names beside them. */
export const pinned = (items, width) => {
  const near = 40 / Math.max(120, width || 500);
  let before = -1, row = 0;
  return [...items].sort((a, b) => a.d - b.d).map((item) => {
    row = item.d - before < near ? (row + 1) % ROWS : 0;
    before = item.d;
    return { ...item, row };
  });
};

const MOVES = { ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1 };

/* Where a key moves the threshold to; null for any other key. */
export const moved = (key, tau) => {
  if (key === 'Home') return 0;
  if (key === 'End') return 1;
  return MOVES[key] === undefined ? null : hundredths(tau + MOVES[key]);
};

export const hundredths = (tau) => Math.round(100 * clamp(tau, 0, 1)) / 100;

/* How many of the difficulties lie above the threshold. */
export const tally = (difficulties, tau) => difficulties.length
  ? difficulties.filter((d) => d > tau).length + ' of ' + many(difficulties.length, 'step') + ' in System 2'
  : 'no steps yet';
