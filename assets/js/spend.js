/* What each lane had spent by when, in the unit of the switch, named at the end of its line. */
const root = element.querySelector('.sx-spend');
const el = S.el, NS = S.svg;
const svg = NS('svg', { class: 'sx-plot', role: 'img' });
const box = el('div', 'sx-plot-box');
const told = el('div', 'sx-plot-tip'), none = el('p', 'sx-plot-none');
told.hidden = none.hidden = true;
box.append(svg, none, told);
const title = el('h2', 'sx-title', S.title('tokens')), hint = el('p', 'sx-muted sx-heat-hint');
root.replaceChildren(title, box, hint);
const layers = ['sx-p-grid', 'sx-p-lines', 'sx-p-names', 'sx-p-cursor'].map((name) => svg.appendChild(NS('g', { class: name })));
const [grid, lines, names, cursor] = layers;
const DASHES = ['', '6 3', '2 3', '9 3 2 3', '4 2', '12 4'];
const UNCACHED = 'FLOPs uncached';
let light = null, scale = null, unit = 'tokens';
const short = (n) => unit === 'FLOPs' ? S.amount(n, unit) : unit === 'tokens' && n >= 10000 ? Math.round(n / 1000) + 'k' : S.plain(n);
const axis = (v) => ({ tokens: 'tokens', money: v.currency || 'money', FLOPs: 'FLOPs', time: 'seconds of requests' })[unit];
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
/* A lane's points in a unit, up to the first that is not known: a line ends there. */
const course = (s, name) => {
  const all = name === 'tokens' ? s.points.map((p) => p[1]) : s.costs[name];
  const end = all.findIndex((n) => n === null);
  return { points: s.points.slice(0, end < 0 ? all.length : end).map((p, i) => [p[0], all[i]]), open: end >= 0 };
};
const seen = (s) => {
  const pale = unit === 'FLOPs' ? course(s, UNCACHED).points : [];
  const own = course(s, unit), last = (points) => points.length ? points[points.length - 1][1] : 0;
  return { ...s, ...own, pale: last(pale) === last(own.points) && !own.open ? [] : pale };
};
const step = (points, x, y) => points.map(([t, n], k) => k ? `H${x(t).toFixed(1)}V${y(n).toFixed(1)}` : `M${x(t).toFixed(1)},${y(n).toFixed(1)}`).join('');
/* Why there is no line at all, and what must be known of those there are. */
const nothing = (v, series) => series.some((s) => [...s.points, ...s.pale].some((p) => p[1])) || !series.length ? ''
  : series.some((s) => s.open) ? v.unknown[unit] : series.some((s) => s.points.length > 1) ? (v.about || {})[unit] || '' : '';
const remarks = (v, series) => {
  const open = series.filter((s) => s.open).map((s) => s.label);
  return [open.length ? 'Unknown from the end of its line on: ' + open.join(', ') + '. ' + v.unknown[unit] : '',
    unit !== 'FLOPs' ? '' : series.some((s) => s.pale.length) ? 'What came from a cache is left out; pale: as if there were no cache.'
      : open.length ? '' : 'None of it came from a cache.',
    unit === 'time' && !open.length ? v.about.time : ''].filter(Boolean).join(' ');
};
const draw = () => {
  const v = { about: {}, unknown: {}, ...(props.value || {}) };
  const series = (v.series || []).filter((s) => s.points.length).map(seen);
  const why = nothing(v, series);
  S.put(title, S.title(unit));
  S.put(none, why);
  none.hidden = !why;
  svg.style.visibility = why ? 'hidden' : '';
  S.put(hint, why || !series.length ? '' : remarks(v, series));
  const w = box.clientWidth || 380, h = box.clientHeight || 236;
  S.attr(svg, 'viewBox', `0 0 ${w} ${h}`);
  const along = v.unit || 'seconds', lasts = series.map((s) => s.points[s.points.length - 1] || [0, 0]);
  const every = series.flatMap((s) => [...s.points, ...s.pale]);
  const tMost = Math.max(along === 'calls' ? 1 : 0.1, ...(v.series || []).map((s) => s.points.length ? s.points[s.points.length - 1][0] : 0));
  const yMost = Math.max(unit === 'tokens' ? 10 : 1e-12, ...every.map((p) => p[1]));
  const high = S.ticks(0, yMost, 4).map((n) => [n, short(n)]);
  const left = Math.max(44, 14 + 7 * Math.max(...high.map((m) => m[1].length))), right = Math.min(118, Math.max(84, w * 0.28)), top = 24, bottom = 34;
  const x = (t) => left + (w - left - right) * t / tMost, y = (n) => top + (h - top - bottom) * (1 - n / yMost);
  scale = { x, tMost, left, right, top, w, series: why ? [] : series, along, currency: v.currency };
  const marks = [...high.map(([n, text]) => ({ id: 'y' + n, d: `M${left},${y(n)}H${w - right}`, x: left - 7, y: y(n) + 4, text, end: 'end' })),
    ...S.ticks(0, tMost, 4).map((t) => ({ id: 'x' + t, d: '', x: x(t), y: h - bottom + 17, text: S.plain(t), end: 'middle' })),
    { id: 'unit', d: '', x: (left + w - right) / 2, y: h - 3, text: along === 'calls' ? 'calls' : 'seconds since the start', end: 'middle' },
    { id: 'axis', d: '', x: 0, y: 10, text: axis(v), end: 'start' }];
  S.marks(grid, marks);
  const drawn = series.flatMap((s, i) => [{ ...s, i, key: s.lane, line: s.points }, ...(s.pale.length ? [{ ...s, i, key: s.lane + ' pale', line: s.pale, cls: ' is-pale' }] : [])]);
  S.keyed(lines, drawn, (s) => s.key, () => NS('path'), (p, s) => {
    S.attr(p, 'd', s.line.length ? step(s.line, x, y) : null);
    S.attr(p, 'class', 'sx-line ln-' + s.colour + (s.cls || '') + (light && light !== s.lane ? ' is-dim' : ''));
    S.attr(p, 'stroke-dasharray', DASHES[s.i % DASHES.length] || null);
  });
  const tags = spread(series.map((s, i) => ({ lane: s.lane, label: s.open ? s.label + ' ?' : s.label, colour: s.colour, y: y(lasts[i][1]) + 4, x: x(lasts[i][0]) })), top + 6, h - bottom);
  S.keyed(names, tags, (t) => t.lane, S.tagged, (g, t) => {
    S.attr(g, 'class', 'ln-' + t.colour + (light && light !== t.lane ? ' is-dim' : ''));
    S.attr(g.firstChild, 'd', `M${t.x},${t.y - 4}L${w - right + 8},${t.ty - 4}`);
    const room = Math.floor((right - 14) / 6.6);
    S.put(g.lastChild, t.label.length > room ? t.label.slice(0, room - 1) + '…' : t.label);
    S.attr(g.lastChild, 'x', w - right + 12);
    S.attr(g.lastChild, 'y', t.ty);
  });
  S.attr(svg, 'aria-label', S.title(unit) + ': ' + (why || (series.length ? series.map((s, i) => s.label + ' ' + S.said(s.open ? null : lasts[i][1], unit, v.currency)).join(', ') : 'nothing yet')));
};
/* What was spent by a time; null after the end of a line that is not known to its end. */
const at = (s, points, t) => {
  const k = points.findLastIndex((p) => p[0] <= t);
  return k < 0 || s.open && points === s.points && k === points.length - 1 && t > points[k][0] ? null : points[k][1];
};
const tip = (s, t) => {
  const text = S.amount(at(s, s.points, t), unit, scale.currency);
  return s.pale.length ? text + ' (' + S.amount(at(s, s.pale, t), unit) + ' without a cache)' : text;
};
const move = (e) => {
  if (!scale || !scale.series.length) return;
  const px = e.clientX - svg.getBoundingClientRect().left;
  const t = Math.min(scale.tMost, Math.max(0, (px - scale.left) / (scale.w - scale.left - scale.right) * scale.tMost));
  cursor.replaceChildren(NS('path', { d: `M${scale.x(t)},${scale.top - 2}V${box.clientHeight - 34}` }));
  told.hidden = false;
  told.replaceChildren(el('b', '', scale.along === 'calls' ? 'call ' + Math.floor(t) : t.toFixed(2) + ' s'));
  [...scale.series].sort((a, b) => at(b, b.points, t) - at(a, a.points, t)).forEach((s) => {
    told.append(S.add(el('div', 'ln-' + s.colour), el('i', 'sx-lane-sw'), el('span', '', s.label), el('span', 'sx-num', tip(s, t))));
  });
  told.style.left = Math.max(0, Math.min(px + 12, box.clientWidth - told.offsetWidth - 4)) + 'px';
};
svg.addEventListener('pointermove', move);
svg.addEventListener('pointerleave', () => { cursor.replaceChildren(); told.hidden = true; });
S.hear('lane', (name) => { light = name; draw(); });
S.follow((name) => { unit = name; told.hidden = true; draw(); });
new ResizeObserver(() => draw()).observe(box);
draw();
watch('value', draw);
