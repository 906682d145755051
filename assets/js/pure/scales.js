/* From values to places: bounds, round marks of an axis, and the scales of a plot of success against
   tokens. */
import { count } from './units.js';

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/* Round values from low to high, about `most` of them. */
export const ticks = (low, high, most) => {
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 2.5, 5, 10].map((k) => k * power).find((s) => s >= rough) || 1;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
};

/* A plot of w × h pixels: x from tokens, y from a share. `most`: the largest share that must be
   shown; the axis ends at the next round one. */
export const plotScales = (w, h, from, to, most) => {
  const left = 46, right = 18, top = 26, bottom = 42;
  const peak = [0.1, 0.25, 0.5, 1].find((share) => share >= most) || 1;
  const x = (t) => left + (w - left - right) * (t - from) / Math.max(1e-9, to - from);
  const y = (s) => top + (h - top - bottom) * (1 - s / peak);
  const tokensAt = (px) => from + (px - left) / (w - left - right) * (to - from);
  return { w, h, left, right, top, bottom, x, y, tokensAt, from, to, peak };
};

/* The marks of its axes: lines and texts as `marks` of parts/dom.js draws them. */
export const axisMarks = (sc, unit) => {
  const shares = ticks(0, sc.peak, sc.peak === 0.5 ? 5 : 4).map((s) => ({
    id: 'y' + s, d: `M${sc.left},${sc.y(s)}H${sc.w - sc.right}`, x: sc.left - 8, y: sc.y(s) + 4,
    text: +(100 * s).toFixed(1) + '%', end: 'end',
  }));
  const along = ticks(sc.from, sc.to, Math.max(3, Math.floor((sc.w - sc.left) / 110))).map((t) => ({
    id: 'x' + t, d: `M${sc.x(t)},${sc.y(0)}v5`, x: sc.x(t), y: sc.y(0) + 19,
    text: count(Math.round(t)), end: 'middle',
  }));
  return [...shares, ...along, { id: 'unit', d: '', x: sc.w - sc.right, y: sc.h - 4, text: unit, end: 'end' }];
};

/* A plot of amounts against time: `texts` beside the axis need room, and so do names after the lines, if there
   are some: `right` pixels. */
export const timeScales = (w, h, tMost, yMost, texts, right = Math.min(118, Math.max(84, w * 0.28))) => {
  const left = Math.max(44, 14 + 7 * Math.max(0, ...texts.map((text) => text.length)));
  const top = 24, bottom = 34;
  const x = (t) => left + (w - left - right) * t / tMost, y = (n) => top + (h - top - bottom) * (1 - n / yMost);
  const timeAt = (px) => clamp((px - left) / (w - left - right) * tMost, 0, tMost);
  return { w, h, left, right, top, bottom, x, y, timeAt, tMost };
};
