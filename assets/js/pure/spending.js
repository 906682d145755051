/* What lanes had spent by when, in a unit: lines that end where an amount is not known. */
import { amount, plain, said, title } from './units.js';

const UNCACHED = 'FLOPs uncached';

/* A lane's points in a unit, up to the first that is not known: a line ends there. */
export const course = (series, name) => {
  const all = name === 'tokens' ? series.points.map((p) => p[1]) : series.costs[name];
  const end = all.findIndex((n) => n === null);
  return { points: series.points.slice(0, end < 0 ? all.length : end).map((p, i) => [p[0], all[i]]), open: end >= 0 };
};

/* A lane in a unit. pale: the line without a cache, where it is another. */
export const inUnit = (series, unit) => {
  const own = course(series, unit), pale = unit === 'FLOPs' ? course(series, UNCACHED).points : [];
  const last = (points) => points.length ? points.at(-1)[1] : 0;
  return { ...series, ...own, pale: last(pale) === last(own.points) && !own.open ? [] : pale };
};

/* What was spent by a time; null after the end of a line that is not known to its end. */
export const spentAt = (series, points, t) => {
  const k = points.findLastIndex((p) => p[0] <= t);
  const unknown = series.open && points === series.points && k === points.length - 1 && k >= 0 && t > points[k][0];
  return k < 0 || unknown ? null : points[k][1];
};

/* Why there is no line at all; '' where there is one. */
export const nothing = (v, lanes, unit) => {
  if (!lanes.length || lanes.some((s) => [...s.points, ...s.pale].some((p) => p[1]))) return '';
  if (lanes.some((s) => s.open)) return v.unknown[unit];
  return lanes.some((s) => s.points.length > 1) ? v.about[unit] || '' : '';
};

/* What must be known of the lines that there are. */
export const remarks = (v, lanes, unit) => {
  const open = lanes.filter((s) => s.open).map((s) => s.label);
  return [
    open.length ? 'Unknown from the end of its line on: ' + open.join(', ') + '. ' + v.unknown[unit] : '',
    unit !== 'FLOPs' ? '' : lanes.some((s) => s.pale.length) ? 'What came from a cache is left out; pale: as if there were no cache.'
      : open.length ? '' : 'None of it came from a cache.',
    unit === 'time' && !open.length ? v.about.time : '',
  ].filter(Boolean).join(' ');
};

/* An amount beside the axis. */
export const short = (n, unit) => unit === 'FLOPs' ? amount(n, unit)
  : unit === 'tokens' && n >= 10000 ? Math.round(n / 1000) + 'k' : plain(n);

export const axisName = (unit, currency) => unit === 'money' ? currency || unit : unit === 'time' ? 'seconds of requests' : unit;

export const described = (lanes, why, unit, currency) => {
  const last = (s) => s.open ? null : (s.points.at(-1) || [0, 0])[1];
  const text = lanes.map((s) => s.label + ' ' + said(last(s), unit, currency)).join(', ');
  return title(unit) + ': ' + (why || text || 'nothing yet');
};
