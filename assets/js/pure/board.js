/* The graph of a run: where nodes and edges are, and what a node says. Columns go along and rows
   across; on a narrow screen (`down`) the other way round. */
import { bend, bendDown } from './lines.js';
import { amount, said, spent, tokens } from './units.js';
import { marked, spokenOf } from './writing.js';

const SIZE = { plan: [98, 60], step: [142, 66], answer: [118, 66] };
const GAP = { along: 48, down: 40, across: 34, beside: 14 };
const SMALLEST = { along: 0.74, down: 0.8 }; /* below, the graph scrolls */

/* Where columns start, and where the last one ends. */
const columnsOf = (nodes, down) => {
  const sizes = [];
  nodes.forEach((n) => {
    const size = SIZE[n.kind][down ? 1 : 0];
    sizes[n.at[0]] = Math.max(sizes[n.at[0]] || 0, size);
  });
  const gap = down ? GAP.down : GAP.along, starts = [];
  let along = 0;
  sizes.forEach((size, i) => { starts[i] = along; along += size + gap; });
  return { sizes, starts, end: along - gap };
};

/* A spot ({ x, y, w, h }) for each node's id, and the size of the whole. */
export const layout = (nodes, down) => {
  const { sizes, starts, end } = columnsOf(nodes, down);
  const rows = nodes.map((n) => n.at[1]);
  const low = Math.min(0, ...rows), high = Math.max(0, ...rows);
  const row = down ? SIZE.step[0] + GAP.beside : SIZE.step[1] + GAP.across;
  const spots = new Map();
  nodes.forEach((n) => {
    const [w, h] = SIZE[n.kind];
    const along = starts[n.at[0]] + (sizes[n.at[0]] - (down ? h : w)) / 2;
    const across = (n.at[1] - low + 0.5) * row - (down ? w : h) / 2;
    spots.set(n.id, down ? { x: across, y: along, w, h } : { x: along, y: across, w, h });
  });
  const across = (high - low + 1) * row;
  return { spots, down, w: down ? across : end, h: down ? end : across };
};

/* How much a layout is shrunk to fit into width × height pixels; downwards it may be taller. */
export const shrunk = ({ down, w, h }, width, height) => {
  const least = down ? SMALLEST.down : SMALLEST.along;
  return Math.min(1, Math.max(least, Math.min(width / w, down ? 1 : height / h)));
};

/* An edge's path, and where its label stands. */
export const edge = (a, b, down) => {
  if (down) {
    const from = { x: a.x + a.w / 2, y: a.y + a.h }, to = { x: b.x + b.w / 2, y: b.y };
    return { d: bendDown(from, to), x: (from.x + to.x) / 2 + 8, y: (from.y + to.y) / 2 };
  }
  const from = { x: a.x + a.w, y: a.y + a.h / 2 }, to = { x: b.x, y: b.y + b.h / 2 };
  return { d: bend(from, to), x: from.x + GAP.along / 2, y: 0.85 * from.y + 0.15 * to.y };
};

const MODES = ['', '①', '②'], MODE_WORDS = ['mode not assigned', 'System 1', 'System 2'];

/* A node for who cannot see it. words: what is being written of it, if anything is. */
export const spoken = (n, unit, currency, words) => [
  n.kind === 'step' ? 'step ' + n.name : n.kind, n.kind === 'step' ? n.label : '',
  n.kind === 'step' ? MODE_WORDS[n.mode] : '', n.state, words ? spokenOf(words) : '',
  n.d !== null && n.d !== undefined ? 'difficulty ' + n.d.toFixed(2) + (n.hollow ? ' provisional' : '') : '',
  n.escalated ? 'escalated' : '', n.doubted ? 'doubted' : '', n.unsure ? 'not sure that the problem was understood' : '',
  n.tries ? n.tries + ' retries' : '',
  n.value ? 'result ' + n.value : '', n.verdict ? 'verdict ' + n.verdict : '',
  n.tokens !== undefined ? tokens(n.tokens) : '',
  unit !== 'tokens' && n.costs ? said(n.costs[unit], unit, currency) : '',
].filter(Boolean).join(', ');

/* Its mode and what it cost. */
export const costOf = (n, unit) => {
  if (n.kind === 'plan') return '';
  const cost = spent(n, unit);
  const text = cost === undefined || cost === 0 ? '' : amount(cost, unit) + (unit === 'tokens' && cost !== null ? ' tok' : '');
  return [MODES[n.mode || 0], text].filter(Boolean).join(' ');
};

const MARKS = {
  failed: ['✕ failed', 'is-bad'], stopped: ['■ stopped', 'is-bad'],
  doubted: ['? doubted', ''], escalated: ['↑ escalated', ''], unsure: ['? not sure', ''],
};
const NOTED = ['unsure', 'doubted', 'escalated'];
const VERDICTS = { equal: '✓ right', different: '✗ wrong', 'could not tell': '? could not tell' };

/* What stands under it: a text and its class. */
export const markOf = (n, words) => {
  const [word, cls] = words ? [marked(words), 'is-writing']
    : MARKS[n.state] || MARKS[NOTED.find((mark) => n[mark])] || ['', ''];
  const retry = n.tries ? '↻ ' + n.tries + (n.tries === 1 ? ' retry' : ' retries') : '';
  const text = [word, retry, VERDICTS[n.verdict]].filter(Boolean).join(' · ');
  return [text, n.verdict === 'equal' ? 'is-right' : n.verdict === 'different' ? 'is-bad' : cls];
};
