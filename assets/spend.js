/* Cumulative tokens of each lane over time, named at the end of its line. */
const root = element.querySelector('.sx-spend');
const el = S.el, NS = S.svg;
const svg = NS('svg', { class: 'sx-plot', role: 'img' });
const box = el('div', 'sx-plot-box');
const told = el('div', 'sx-plot-tip');
told.hidden = true;
box.append(svg, told);
root.replaceChildren(el('h2', 'sx-title', 'Tokens as they were spent'), box);
const layers = ['sx-p-grid', 'sx-p-lines', 'sx-p-names', 'sx-p-cursor'].map((name) => svg.appendChild(NS('g', { class: name })));
const [grid, lines, names, cursor] = layers;
const DASHES = ['', '6 3', '2 3', '9 3 2 3', '4 2', '12 4'];
let light = null, scale = null;
const ticks = (most, count) => {
  const rough = most / count, power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 2.5, 5, 10].map((k) => k * power).find((s) => s >= rough) || 1;
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => i * step);
};
const short = (n) => n >= 10000 ? Math.round(n / 1000) + 'k' : String(n);
/* Names keep apart: each is pushed down until it is clear of the one above. */
const spread = (items, low, high) => {
  const sorted = [...items].sort((a, b) => a.y - b.y);
  sorted.forEach((item, i) => { item.ty = Math.max(item.y, i ? sorted[i - 1].ty + 15 : low); });
  for (let i = sorted.length - 1; i >= 0; i -= 1) {
    const limit = i === sorted.length - 1 ? high : sorted[i + 1].ty - 15;
    sorted[i].ty = Math.min(sorted[i].ty, limit);
  }
  return items;
};
const draw = () => {
  const series = ((props.value || {}).series || []).filter((s) => s.points.length);
  const w = box.clientWidth || 380, h = box.clientHeight || 236;
  S.attr(svg, 'viewBox', `0 0 ${w} ${h}`);
  const left = 44, right = Math.min(118, Math.max(84, w * 0.28)), top = 10, bottom = 34;
  const ends = series.map((s) => s.points[s.points.length - 1]);
  const unit = (props.value || {}).unit || 'seconds';
  const tMost = Math.max(unit === 'calls' ? 1 : 0.1, ...ends.map((p) => p[0])), yMost = Math.max(10, ...ends.map((p) => p[1]));
  const x = (t) => left + (w - left - right) * t / tMost, y = (n) => top + (h - top - bottom) * (1 - n / yMost);
  scale = { x, tMost, left, right, w, series, unit };
  const marks = [...ticks(yMost, 4).map((n) => ({ id: 'y' + n, d: `M${left},${y(n)}H${w - right}`, x: left - 7, y: y(n) + 4, text: short(n), end: 'end' })),
    ...ticks(tMost, 4).map((t) => ({ id: 'x' + t, d: '', x: x(t), y: h - bottom + 17, text: String(t), end: 'middle' })),
    { id: 'unit', d: '', x: (left + w - right) / 2, y: h - 3, text: unit, end: 'middle' }];
  S.keyed(grid, marks, (m) => m.id, () => { const g = NS('g', {}); g.append(NS('path', {}), NS('text', {})); return g; }, (g, m) => {
    S.attr(g.firstChild, 'd', m.d || null);
    S.put(g.lastChild, m.text);
    S.attr(g.lastChild, 'x', m.x);
    S.attr(g.lastChild, 'y', m.y);
    S.attr(g.lastChild, 'text-anchor', m.end);
  });
  S.keyed(lines, series, (s) => s.lane, () => NS('path', {}), (p, s, i) => {
    const d = s.points.map(([t, n], k) => k ? `H${x(t).toFixed(1)}V${y(n).toFixed(1)}` : `M${x(t).toFixed(1)},${y(n).toFixed(1)}`).join('');
    S.attr(p, 'd', d);
    S.attr(p, 'class', 'sx-line ln-' + s.colour + (light && light !== s.lane ? ' is-dim' : ''));
    S.attr(p, 'stroke-dasharray', DASHES[i % DASHES.length] || null);
  });
  const tags = spread(series.map((s, i) => ({ lane: s.lane, label: s.label, colour: s.colour, y: y(ends[i][1]) + 4, x: x(ends[i][0]) })), top + 6, h - bottom);
  S.keyed(names, tags, (t) => t.lane, () => { const g = NS('g', {}); g.append(NS('path', {}), NS('text', {})); return g; }, (g, t) => {
    S.attr(g, 'class', 'ln-' + t.colour + (light && light !== t.lane ? ' is-dim' : ''));
    S.attr(g.firstChild, 'd', `M${t.x},${t.y - 4}L${w - right + 8},${t.ty - 4}`);
    const room = Math.floor((right - 14) / 6.6);
    S.put(g.lastChild, t.label.length > room ? t.label.slice(0, room - 1) + '…' : t.label);
    S.attr(g.lastChild, 'x', w - right + 12);
    S.attr(g.lastChild, 'y', t.ty);
  });
  S.attr(svg, 'aria-label', series.length ? 'Tokens over time: ' + series.map((s, i) => s.label + ' ' + ends[i][1]).join(', ') : 'Tokens over time: nothing yet');
};
const at = (s, t) => { let n = 0; s.points.forEach((p) => { if (p[0] <= t) n = p[1]; }); return n; };
const move = (e) => {
  if (!scale || !scale.series.length) return;
  const px = e.clientX - svg.getBoundingClientRect().left;
  const t = Math.min(scale.tMost, Math.max(0, (px - scale.left) / (scale.w - scale.left - scale.right) * scale.tMost));
  cursor.replaceChildren(NS('path', { d: `M${scale.x(t)},8V${box.clientHeight - 34}` }));
  told.hidden = false;
  told.replaceChildren(el('b', '', scale.unit === 'calls' ? 'call ' + Math.floor(t) : t.toFixed(2) + ' s'));
  [...scale.series].sort((a, b) => at(b, t) - at(a, t)).forEach((s) => {
    const row = el('div', 'ln-' + s.colour);
    row.append(el('i', 'sx-lane-sw'), el('span', '', s.label), el('span', 'sx-num', S.count(at(s, t))));
    told.append(row);
  });
  told.style.left = Math.min(px + 12, box.clientWidth - 170) + 'px';
};
svg.addEventListener('pointermove', move);
svg.addEventListener('pointerleave', () => { cursor.replaceChildren(); told.hidden = true; });
S.hear('lane', (name) => { light = name; draw(); });
new ResizeObserver(() => draw()).observe(box);
draw();
watch('value', draw);
