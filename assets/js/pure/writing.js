/* What is being written: whose it is, and how it is said. Provisional: the run's events come after it
   and replace it. */
import { count, tokens } from './units.js';

/* The nodes of a lane that are being written, by id. words: what came last, of whichever run; run: the
   one that asks, which has none once it has ended. No lane: of the only one. */
export const writtenOf = (words, run, running, lane) => {
  if (!running || !words || words.run !== run) return {};
  const lanes = words.lanes || {};
  return (lane === undefined ? Object.values(lanes)[0] : lanes[lane]) || {};
};

/* Whether words are still there of a run that has ended: the page's parts do not hear of its end at once. */
export const outlived = (words, run, running) => !running && Boolean(words) && words.run === run && !words.ended;

/* Whether words may follow others: those of a run that has ended are late, and void. */
export const follows = (last, now) => !(last && last.ended && last.run === now.run);

/* The node whose words are here in full, or none: [id, its words]. */
export const readable = (nodes) => Object.entries(nodes).find(([, w]) => w.thought || w.reply) || null;

const others = (w) => w.others ? ' · ' + count(w.others) + (w.others === 1 ? ' other' : ' others') : '';

/* For the inspector: all that is known. */
export const counted = (w) => (w.tokens ? tokens(w.tokens) : 'tokens not counted') + others(w);

/* Where there is little room. */
export const short = (w) => '✎ ' + (w.tokens ? count(w.tokens) : '…');
export const marked = (w) => short(w) + (w.tokens ? ' tok' : '') + others(w);

/* For who cannot see it: in steps, so that a screen reader is not told of every token. */
export const spokenOf = (w) => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, w.tokens)));
  const about = Math.floor(w.tokens / power) * power;
  return 'being written' + (about >= 10 ? ', ' + count(about) + ' tokens or more' : '');
};

/* The last words in one line. */
export const lastLine = (w) => (w.reply || w.thought).replace(/\s+/g, ' ');
