/* What a run had spent by when, stage upon stage, and what each of its nodes spent, in a unit. */
import { amount, said, title } from './units.js';

/* The stages that spent something, each from the sums of those below it up to its own. */
export const stacked = (v, unit) => {
  let below = v.times.map(() => 0);
  return v.series.flatMap((series) => {
    const amounts = unit === 'tokens' ? series.tokens : series.costs[unit];
    if (!amounts.some(Boolean)) return [];
    const low = below;
    below = low.map((n, i) => n + amounts[i]);
    return [{ ...series, amounts, low, high: below }];
  });
};

/* What each stage had spent by a time, the last one first, as it lies. */
export const spentBy = (v, bands, t, unit) => {
  const k = v.times.findLastIndex((at) => at <= t);
  return [...bands].reverse().map((band) => ({ ...band, text: amount(k < 0 ? 0 : band.amounts[k], unit) }));
};

export const told = (v, bands, unit) => {
  const parts = bands.map((band) => band.label + ' ' + said(band.amounts.at(-1), unit, v.currency));
  return title(unit) + ': ' + (parts.join(', ') || v.notes[unit] || 'nothing yet');
};

/* A node's parts and its total: tokens by kind, other units by stage. */
export const nodeIn = (row, unit) => unit === 'tokens' ? row : { ...row, ...row.costs[unit] };

/* What the parts are: their names and colours. */
export const partsOf = (v, unit) => unit === 'tokens' ? v.kinds : v.stages;

/* What must be known of the bars; '' where they say all. */
export const remark = (v, rows, unit) => {
  const gap = rows.some((row) => row.total === null);
  return [gap ? v.unknown[unit] : unit !== 'tokens' ? v.about[unit] : '', v.more ? `${v.more} more are in the table below.` : '']
    .filter(Boolean).join(' ');
};
