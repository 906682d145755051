/* The list of runs in words: when, how it ended, how long it took. Pure. */
import { many } from './units.js';

const DAY = 86400000;
const VERDICT = {
  equal: ['✓', 'right', 'is-right'], different: ['✗', 'wrong', 'is-bad'], 'could not tell': ['?', 'could not tell', ''],
};
const STATUS = {
  solved: ['', '', ''], unsolved: ['✕', 'no answer', ''], stopped: ['■', 'stopped', ''], failed: ['✕', 'failed', 'is-bad'],
  refused: ['✕', 'not run', ''], running: ['▸', 'running', 'is-running'], interrupted: ['✕', 'interrupted', 'is-bad'],
};

/* [sign, word, class] of how a run ended. */
export const ending = (row) => {
  if (row.status === 'solved' && row.verdict) return VERDICT[row.verdict];
  return STATUS[row.status] || ['', row.status, ''];
};

/* "today 14:05", "yesterday 9:30", "3 Mar 2026" ...; times in seconds. */
export const when = (created, now, locale = undefined) => {
  const date = new Date(1000 * created), day = (t) => new Date(t).setHours(0, 0, 0, 0);
  const days = Math.round((day(1000 * now) - day(date)) / DAY);
  const time = date.toLocaleTimeString(locale, { hour: 'numeric', minute: '2-digit' });
  if (days === 0) return 'today ' + time;
  if (days === 1) return 'yesterday ' + time;
  return date.toLocaleDateString(locale, { day: 'numeric', month: 'short', year: 'numeric' });
};

/* A day of a date field as seconds: its begin, or the begin of the next one. */
export const dayOf = (text, next) => {
  const [, y, m, d] = /^(\d{4,6})-(\d\d)-(\d\d)$/.exec(text || '') || [];
  return y ? new Date(+y, m - 1, +d + (next ? 1 : 0)).getTime() / 1000 : null;
};

/* Tags as they are typed, between commas. */
export const tagsOf = (text) => text.split(',').map((tag) => tag.trim()).filter(Boolean);

export const range = (v, size) => {
  if (!v.count) return 'No runs';
  const first = v.page * size + 1, last = first + v.rows.length - 1;
  return v.pages > 1 ? first + '–' + last + ' of ' + many(v.count, 'run') : many(v.count, 'run');
};
