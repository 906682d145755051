/* Amounts as text, in any unit: the twin of views/units.py, driven by the same table. A test
   compares both. */
import TABLE from '../units_table.js';

const grouped = (size, decimals) => {
  const [whole, rest] = (size < 1e21 ? size.toFixed(decimals) : String(BigInt(size))).split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, TABLE.thousands) + (rest ? '.' + rest : '');
};

/* With as many decimals as telling digits need, and no noughts at the end. */
export const plain = (size) => {
  let decimals = 0;
  while (decimals < TABLE.decimals && size * 10 ** decimals < 10 ** (TABLE.telling - 1) - 0.05) decimals += 1;
  const text = grouped(size, decimals);
  return decimals ? text.replace(/\.?0+$/, '') : text;
};

const prefixed = (size) => {
  const [sign, power] = TABLE.prefixes.find(([, of]) => size / of < 999.5) || TABLE.prefixes.at(-1);
  return plain(size / power) + sign;
};

const ROUND = {
  whole: (n) => grouped(n, 0),
  telling: plain,
  prefixed,
  seconds: (n) => grouped(n, n < 10 ? 2 : n < 1000 ? 1 : 0) + ' s',
};

const unknown = (n) => n === null || n === undefined;

export const amount = (n, unit, currency) => {
  if (unknown(n)) return TABLE.unknown;
  const text = ROUND[TABLE.units[unit][0]](Math.abs(n));
  return (n < 0 && /[1-9]/.test(text) ? '−' : '') + (currency && unit === 'money' ? currency + ' ' : '') + text;
};

export const count = (n) => amount(n, 'tokens');

export const tokens = (n) => count(n) + (n === 1 ? ' token' : ' tokens');

/* An amount that stands alone, in any unit. */
export const said = (n, unit, currency) => {
  if (unknown(n)) return unit + ' ' + TABLE.unknown;
  if (unit === 'tokens') return tokens(n);
  if (unit === 'money' && !n && !currency) return 'nothing billed';
  const text = amount(n, unit, currency);
  return unit !== 'FLOPs' ? text : text.includes(' ') ? text + 'FLOPs' : text + ' FLOPs';
};

export const proportion = (s) => s > 0 && s < 0.005 ? '<1%' : s >= 0.995 && s < 1 ? '>99%' : Math.floor(100 * s + 0.5) + '%';

/* The title of a unit's chart. */
export const title = (unit) => TABLE.units[unit][1];

/* What something spent in a unit: its `tokens`, or one of its `costs`; undefined where nothing. */
export const spent = (thing, unit) => unit === 'tokens' ? thing.tokens : (thing.costs || {})[unit];

/* A time that goes on, in whole seconds. */
export const elapsed = (seconds) => {
  const whole = Math.floor(seconds), minutes = Math.floor(whole / 60);
  return (minutes ? count(minutes) + ' min ' : '') + whole % 60 + ' s';
};

export const many = (n, word) => n + ' ' + word + (n === 1 ? '' : 's');

/* A text cut to `length` characters, the last of them a sign of the cut. */
export const cut = (text, length) => text && text.length > length ? text.slice(0, length - 1) + '…' : text;
