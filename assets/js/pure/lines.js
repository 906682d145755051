/* Paths of SVG. */

/* A soft line from a to b, along. */
export const bend = (a, b) => {
  const c = (a.x + b.x) / 2;
  return `M${a.x},${a.y}C${c},${a.y} ${c},${b.y} ${b.x},${b.y}`;
};

/* A soft line from a to b, downwards. */
export const bendDown = (a, b) => {
  const c = (a.y + b.y) / 2;
  return `M${a.x},${a.y}C${a.x},${c} ${b.x},${c} ${b.x},${b.y}`;
};

/* What was spent by when: it stays, then rises at once. */
export const steps = (points, x, y) => points.map(([t, n], k) => {
  const [px, py] = [x(t).toFixed(1), y(n).toFixed(1)];
  return k ? `H${px}V${py}` : `M${px},${py}`;
}).join('');

/* The band between two such lines: xs, and the lower and the upper line's ys. */
export const stepBand = (xs, lows, highs) => {
  const at = (n) => n.toFixed(1), last = xs.length - 1;
  const over = xs.map((x, k) => k ? `H${at(x)}V${at(highs[k])}` : `M${at(x)},${at(highs[k])}`);
  const back = xs.map((_, k) => k === last ? `V${at(lows[k])}` : `V${at(lows[k])}H${at(xs[k])}`).reverse();
  return xs.length ? over.join('') + back.join('') + 'Z' : '';
};

export const diamond = (x, y, r) => `M${x},${y - r}L${x + r},${y}L${x},${y + r}L${x - r},${y}Z`;

export const straight = (points) => 'M' + points.map((point) => point.map((n) => n.toFixed(1)).join(',')).join('L');
