/* Playing a run again: how fast, and where it is. Pure. */

export const SPEEDS = [0.25, 0.5, 1, 2, 5, 20, 100];
const LONGEST = 15; /* seconds that a run takes to play, until told otherwise */

/* As it was, or faster if that takes too long. */
export const speedFor = (total) => SPEEDS.find((s) => s >= 1 && total / s <= LONGEST) || SPEEDS.at(-1);

/* Where a film is after some milliseconds; at its end it stays. */
export const onward = (t, ms, speed, total) => Math.min(total, t + speed * ms / 1000);

/* Where a slider stands: its last stop is the end, which it may miss by a hair. */
export const stopAt = (value, total) => value > total - total / 1000 ? total : value;

/* "3.2 of 8.4 s", with as many decimals as the whole needs. */
export const position = (t, total) => {
  const decimals = total < 10 ? 2 : total < 1000 ? 1 : 0;
  return t.toFixed(decimals) + ' of ' + total.toFixed(decimals) + ' s';
};

/* The last moment that has passed. */
export const lastOf = (moments, t) => moments.findLast((m) => m.t <= t + 1e-9) || null;
