/* Where labels go, so that they hide neither points nor one another. Boxes: left, top, right,
   bottom. */
const LETTER = 6.9, TALL = 15; /* pixels */
const SIDES = [[1, 0], [1, -1], [1, 1], [-1, 0], [-1, -1], [-1, 1], [0, -1], [0, 1]];
const DISTANCES = [12, 22, 34, 48, 64];

const common = (from, to, low, high) => Math.max(0, Math.min(to, high) - Math.max(from, low));
const overlap = (a, b) => common(a[0], a[2], b[0], b[2]) * common(a[1], a[3], b[1], b[3]);

/* How far a box stands out of the plot. */
const outside = ([x0, y0, x1, y1], sc) => [sc.left - x0, x1 - sc.w + 2, 2 - y0, y1 - sc.y(0) + 2]
  .reduce((sum, much) => sum + Math.max(0, much), 0);

const candidates = (label) => {
  const wide = LETTER * label.text.length + 4;
  return DISTANCES.flatMap((far) => SIDES.map(([dx, dy], i) => {
    const cx = label.x + dx * far * (dy ? 0.8 : 1), cy = label.y + dy * far * (dx ? 0.8 : 1);
    const x0 = dx > 0 ? cx : dx < 0 ? cx - wide : cx - wide / 2;
    return { box: [x0, cy - TALL / 2, x0 + wide, cy + TALL / 2], cy, far, cost: far + 0.3 * i };
  }));
};

/* Each label near its point, clear of the `points`, of other labels, of `boxes` and of the edges.
   tx, ty: where its text starts; near: it needs no line to its point; else lx, ly: where that
   line ends. */
export const placeLabels = (labels, points, sc, boxes = []) => {
  const taken = [...points.map(([x, y]) => [x - 9, y - 9, x + 9, y + 9]), ...boxes];
  return labels.map((label) => {
    let best = null, least = Infinity;
    candidates(label).forEach((candidate) => {
      const hits = taken.reduce((sum, box) => sum + overlap(candidate.box, box), 0);
      const worth = hits + 60 * outside(candidate.box, sc) + candidate.cost;
      if (worth < least) { best = candidate; least = worth; }
    });
    const [x0, y0, x1, y1] = best.box;
    taken.push(best.box);
    return {
      ...label, tx: x0 + 2, ty: best.cy + 4, near: best.far <= DISTANCES[0],
      lx: Math.min(Math.max(label.x, x0), x1), ly: Math.min(Math.max(label.y, y0 + 2), y1 - 2),
    };
  });
};

/* Names in a column keep apart: each is pushed down until it is clear of the one above, and up again
   where the column ends. Gives the items with `ty`, in their order. */
export const spread = (items, low, high) => {
  const order = items.map((_, i) => i).sort((a, b) => items[a].y - items[b].y), ty = [];
  order.forEach((at, i) => { ty[at] = Math.max(items[at].y, i ? ty[order[i - 1]] + TALL : low); });
  for (let i = order.length - 1; i >= 0; i -= 1) {
    const limit = i === order.length - 1 ? high : ty[order[i + 1]] - TALL;
    ty[order[i]] = Math.min(ty[order[i]], limit);
  }
  return items.map((item, i) => ({ ...item, ty: ty[i] }));
};
