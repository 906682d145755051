/* Success against tokens: the frontier, each lane with its intervals, what its tokens could have
   bought. Follows plot.js in one script. */
const root = element.querySelector('.sx-frontier');
const el = S.el, NS = S.svg;
const plot = P.box(['sx-p-grid', 'sx-f-plan', 'sx-f-line', 'sx-f-regret', 'sx-f-bars', 'sx-f-best', 'sx-f-dots', 'sx-f-names', 'sx-p-cursor'], 'sx-frontier-box');
const [grid, plan, line, regrets, bars, bests, dots, names, cursor] = plot.layers;
const legend = S.legend('sx-look-legend', [['sx-k-line', 'frontier: the most that tokens can buy'], ['sx-k-dot', 'a lane, on average, with its intervals'], ['sx-k-best', 'the best plan for its tokens'], ['sx-k-much', 'what it gave away (one lane at a time)']]);
const key = el('div', 'sx-legend sx-look-key'); /* full names, where there is no room for them */
root.replaceChildren(el('h3', 'sx-title', 'How far was each lane from the best possible?'), legend, plot.frame, key);
let light = null, chosen = null, at = null, sc = null;
/* Lanes on one spot stand beside each other. */
const spots = (lanes) => {
  const groups = [];
  lanes.forEach((lane) => {
    const x = sc.x(lane.x[0]), y = sc.y(lane.y[0]);
    const group = groups.find((g) => Math.abs(g.x - x) < 8 && Math.abs(g.y - y) < 8);
    if (group) group.lanes.push(lane); else groups.push({ x, y, lanes: [lane] });
  });
  const found = new Map();
  groups.forEach((g) => g.lanes.forEach((lane, i) => found.set(lane.lane, [g.x + 12 * (i - (g.lanes.length - 1) / 2), g.y])));
  return found;
};
const curve = (v) => {
  const points = v.line.map(([c, s]) => [sc.x(c), sc.y(s)]);
  if (!points.length) return '';
  return `M${points[0][0]},${sc.y(0)}V${points[0][1]}` + points.slice(1).map(([x, y]) => `H${x.toFixed(1)}V${y.toFixed(1)}`).join('') + `H${sc.w - sc.right}`;
};
const cls = (lane) => 'ln-' + lane.colour + (light && light !== lane.lane ? ' is-dim' : light === lane.lane ? ' is-lit' : '');
/* Drawn like measures, of one lane at a time: across, what it spent too much; upwards, what its
   tokens could have bought. */
const measures = (lane, x) => {
  const y = sc.y(lane.y[0]), found = [];
  if (lane.needed !== null && Math.abs(lane.needed - lane.x[0]) > 0.5) {
    const at = y + 18 > sc.y(0) - 3 ? y - 18 : y + 18, to = sc.x(lane.needed), much = Math.round(Math.abs(lane.x[0] - lane.needed));
    found.push({ id: 'tokens', d: `M${x},${y}V${at}H${to}M${to},${at - 4}v8`, x: (x + to) / 2, y: at > y ? at + 15 : at - 6, end: 'middle', text: S.tokens(much) + (lane.needed < lane.x[0] ? ' too many' : ' fewer'), box: [Math.min(x, to), at - 4, Math.max(x, to), at + 4] });
  }
  if (lane.best && Math.abs(lane.could - lane.y[0]) > 0.005) {
    const to = sc.y(lane.could);
    const right = x > sc.w - 120, text = lane.apart + (lane.could > lane.y[0] ? ' short' : ' above');
    const beside = { x: x + (right ? -9 : 9), y: (y + to) / 2 + 4, end: right ? 'end' : 'start' };
    /* A small gap has no room for words at its side: they go below, under the other measure's. */
    const above = found[0], under = above && above.y > y
      ? { x: above.x, y: above.y + 14, end: above.end } : { x, y: y + 24, end: right ? 'end' : 'middle' };
    const words = Math.abs(to - y) < 24 ? under : beside;
    found.push({ id: 'points', d: `M${x},${y}V${to}M${x - 4},${to}h8`, ...words, text, box: [x - 2, Math.min(y, to), x + 2, Math.max(y, to)] });
  }
  return found;
};
const diamond = (x, y, r) => `M${x},${y - r}L${x + r},${y}L${x},${y + r}L${x - r},${y}Z`;
const draw = () => {
  const v = props.value;
  root.hidden = !v;
  if (!v) return;
  const most = v.most * 1.06;
  sc = P.scales(plot.frame, 0, most, Math.max(v.line[v.line.length - 1][1], ...v.lanes.map((lane) => lane.y[2])));
  S.attr(plot.svg, 'viewBox', `0 0 ${sc.w} ${sc.h}`);
  P.axes(grid, sc, 'tokens, the plan included');
  const wide = sc.x(v.planning) - sc.x(0);
  S.keyed(plan, v.planning > 0 ? [1] : [], () => 'plan', () => S.add(NS('g'), NS('rect'), NS('text')), (g) => {
    ['x', 'y', 'width', 'height'].forEach((name, i) => S.attr(g.firstChild, name, [sc.x(0), sc.top, wide, sc.y(0) - sc.top][i]));
    S.put(g.lastChild, wide > 76 ? 'the plan alone' : wide > 34 ? 'plan' : '');
    S.attr(g.lastChild, 'x', sc.x(0) + wide / 2);
    S.attr(g.lastChild, 'y', sc.top + 16);
  });
  const d = curve(v);
  S.keyed(line, [['sx-f-area', d ? d + `V${sc.y(0)}Z` : ''], ['sx-f-curve', d]], (p) => p[0], (p) => NS('path', { class: p[0] }), (p, [, path]) => S.attr(p, 'd', path));
  const where = spots(v.lanes);
  const shown = v.lanes.filter((lane) => lane.lane === (light || chosen));
  const measured = shown.flatMap((lane) => measures(lane, where.get(lane.lane)[0]).map((m) => ({ ...m, cls: 'ln-' + lane.colour, text: sc.w < 480 ? '' : m.text })));
  const written = measured.map((m) => { const wide = 6.6 * m.text.length, x = m.x - (m.end === 'middle' ? wide / 2 : m.end === 'end' ? wide : 0); return [x, m.y - 13, x + wide, m.y + 4]; });
  S.marks(regrets, measured);
  S.keyed(bars, v.lanes, (x) => x.lane, () => NS('path'), (p, lane) => {
    const [x, y] = where.get(lane.lane), [xs, ys] = [lane.x.map(sc.x), lane.y.map(sc.y)];
    S.attr(p, 'd', `M${xs[1]},${y}H${xs[2]}M${x},${ys[1]}V${ys[2]}`);
    S.attr(p, 'class', cls(lane));
  });
  S.keyed(bests, shown.filter((x) => x.best), (x) => x.lane, () => NS('path'), (p, lane) => { S.attr(p, 'd', diamond(sc.x(lane.best[0]), sc.y(lane.best[1]), 5.5)); S.attr(p, 'class', cls(lane)); });
  S.keyed(dots, v.lanes, (x) => x.lane, (lane) => {
    const c = NS('circle', { r: 6.5 });
    c.append(NS('title'));
    c.addEventListener('mouseenter', () => S.tell('lane', lane.lane));
    c.addEventListener('mouseleave', () => S.tell('lane', null));
    return c;
  }, (c, lane) => {
    const [x, y] = where.get(lane.lane);
    S.attr(c, 'cx', x);
    S.attr(c, 'cy', y);
    S.attr(c, 'class', cls(lane) + ' is-' + lane.side);
    S.put(c.firstChild, lane.sentence);
  });
  const narrow = sc.w < 480, called = (lane) => narrow ? lane.label.slice(0, 2) : lane.label;
  key.hidden = !narrow;
  S.keyed(key, v.lanes, (x) => x.lane, () => S.add(el('span'), el('b'), el('span')), (item, x) => {
    item.className = 'ln-' + x.colour;
    S.put(item.firstChild, called(x));
    S.put(item.lastChild, x.label);
  });
  const labels = v.lanes.map((lane) => ({ lane, text: called(lane), x: where.get(lane.lane)[0], y: where.get(lane.lane)[1] }));
  const marks = [...where.values(), ...shown.filter((x) => x.best).map((x) => [sc.x(x.best[0]), sc.y(x.best[1])])];
  const lines = [...v.lanes.map((lane) => { const [x] = where.get(lane.lane); return [x - 2, sc.y(lane.y[2]), x + 2, sc.y(lane.y[1])]; }), ...measured.map((m) => m.box), ...written];
  P.names(names, P.place(labels, marks, sc, lines), (t) => t.lane.lane, (t) => cls(t.lane));
  mark();
  S.attr(plot.svg, 'aria-label', 'Success against tokens. The frontier ends at ' + S.proportion(v.line[v.line.length - 1][1]) + ' for ' + Math.round(v.line[v.line.length - 1][0]) + ' tokens. ' + v.lanes.map((x) => x.label + ': ' + x.spent + ' tokens, right ' + x.right).join('. '));
};
/* The point of the frontier that the card beside tells of. */
const mark = () => {
  const v = props.value;
  if (!sc || !v || !at) return cursor.replaceChildren();
  cursor.replaceChildren(NS('path', { d: `M${sc.x(at[0])},${sc.y(0)}V${sc.y(at[1])}` }), NS('path', { class: 'sx-f-at', d: diamond(sc.x(at[0]), sc.y(at[1]), 8) }));
};
plot.svg.addEventListener('pointermove', (e) => {
  const v = props.value;
  if (!v || !sc) return;
  const box = plot.svg.getBoundingClientRect(), t = (e.clientX - box.left - sc.left) / (sc.w - sc.left - sc.right) * sc.to;
  const i = v.line.findLastIndex ? v.line.findLastIndex((p) => p[0] <= t) : -1;
  plot.tip.hidden = i < 0;
  if (i < 0) return;
  const [c, s] = v.line[i];
  plot.tip.replaceChildren(el('b', '', S.proportion(s) + ' for ' + S.tokens(Math.round(c))), ...v.steps.map((step, k) => el('span', 'sx-f-tip', step.name + ': ' + v.policies[i][k])));
  const left = e.clientX - box.left;
  plot.tip.style.left = Math.max(0, left > sc.w / 2 ? left - 258 : left + 14) + 'px';
  plot.tip.style.top = Math.max(0, Math.min(e.clientY - box.top + 14, sc.h - 40 - 19 * v.steps.length)) + 'px';
});
plot.svg.addEventListener('pointerleave', () => { plot.tip.hidden = true; });
plot.svg.addEventListener('click', (e) => {
  if (!props.value || !sc) return;
  const t = (e.clientX - plot.svg.getBoundingClientRect().left - sc.left) / (sc.w - sc.left - sc.right) * sc.to;
  S.tell('spend', t);
});
S.hear('lane', (name) => { light = name; draw(); });
S.hear('best', (best) => { at = best.at; chosen = best.lane; draw(); });
new ResizeObserver(() => draw()).observe(plot.frame);
draw();
watch('value', draw);
