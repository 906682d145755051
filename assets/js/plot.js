/* Axes, legends and labels of the plots of success against tokens. Before them in one script. */
const P = (() => {
  const el = S.el, NS = S.svg;
  /* A box that fills its place: layers in order, scales, and a note that follows the pointer. */
  const box = (layers, name) => {
    const frame = el('div', 'sx-plot-box ' + name), svg = NS('svg', { class: 'sx-plot', role: 'img' });
    const tip = el('div', 'sx-plot-tip');
    tip.hidden = true;
    frame.append(svg, tip);
    const made = layers.map((cls) => svg.appendChild(NS('g', { class: cls })));
    return { frame, svg, tip, layers: made };
  };
  /* most: the largest share that must be shown; the axis ends at the next round one. */
  const scales = (frame, from, to, most) => {
    const w = frame.clientWidth || 600, h = frame.clientHeight || 320, peak = [0.1, 0.25, 0.5, 1].find((s) => s >= most) || 1;
    const left = 46, right = 18, top = 26, bottom = 42;
    const x = (t) => left + (w - left - right) * (t - from) / Math.max(1e-9, to - from);
    const y = (s) => top + (h - top - bottom) * (1 - s / peak);
    return { w, h, left, right, top, bottom, x, y, from, to, peak };
  };
  const axes = (grid, sc, unit) => {
    const marks = S.ticks(0, sc.peak, sc.peak === 0.5 ? 5 : 4).map((s) => ({ id: 'y' + s, d: `M${sc.left},${sc.y(s)}H${sc.w - sc.right}`, x: sc.left - 8, y: sc.y(s) + 4, text: +(100 * s).toFixed(1) + '%', end: 'end' }));
    S.ticks(sc.from, sc.to, Math.max(3, Math.floor((sc.w - sc.left) / 110))).forEach((t) => marks.push({ id: 'x' + t, d: `M${sc.x(t)},${sc.y(0)}v5`, x: sc.x(t), y: sc.y(0) + 19, text: S.count(Math.round(t)), end: 'middle' }));
    marks.push({ id: 'unit', d: '', x: sc.w - sc.right, y: sc.h - 4, text: unit, end: 'end' });
    S.marks(grid, marks);
  };
  /* Where each label goes: near its point, clear of the points, of other labels, of `lines` (boxes:
     left, top, right, bottom) and of the edges. */
  const SPOTS = [[1, 0], [1, -1], [1, 1], [-1, 0], [-1, -1], [-1, 1], [0, -1], [0, 1]];
  const place = (labels, points, sc, lines = []) => {
    const taken = [...points.map((p) => [p[0] - 9, p[1] - 9, p[0] + 9, p[1] + 9]), ...lines];
    const hits = (a) => taken.reduce((n, b) => n + Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1])), 0);
    return labels.map((label) => {
      const wide = 6.9 * label.text.length + 4, tall = 15;
      let best = null;
      [12, 22, 34, 48, 64].forEach((far) => SPOTS.forEach(([dx, dy], i) => {
        const cx = label.x + dx * far * (dy ? 0.8 : 1), cy = label.y + dy * far * (dx ? 0.8 : 1);
        const x0 = dx > 0 ? cx : dx < 0 ? cx - wide : cx - wide / 2;
        const area = [x0, cy - tall / 2, x0 + wide, cy + tall / 2];
        const out = Math.max(0, sc.left - area[0]) + Math.max(0, area[2] - sc.w + 2) + Math.max(0, 2 - area[1]) + Math.max(0, area[3] - sc.y(0) + 2);
        const worth = hits(area) + 60 * out + far + 0.3 * i;
        if (!best || worth < best.worth) best = { worth, area, far, cx, cy };
      }));
      taken.push(best.area);
      return { ...label, tx: best.area[0] + 2, ty: best.cy + 4, near: best.far <= 12, lx: Math.min(Math.max(label.x, best.area[0]), best.area[2]), ly: Math.min(Math.max(label.y, best.area[1] + 2), best.area[3] - 2) };
    });
  };
  /* Labels at their places, with a line to the point of each that had to stand further off. */
  const names = (layer, placed, key, cls) => S.keyed(layer, placed, key, S.tagged, (g, t) => {
    S.attr(g, 'class', cls(t));
    S.attr(g.firstChild, 'd', t.near ? null : `M${t.x},${t.y}L${t.lx},${t.ly}`);
    S.put(g.lastChild, t.text);
    S.attr(g.lastChild, 'x', t.tx);
    S.attr(g.lastChild, 'y', t.ty);
  });
  return { box, scales, axes, place, names };
})();
