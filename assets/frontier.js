/* Success against tokens: the frontier, each lane with its intervals, what its tokens could have
   bought. Follows plot.js in one script. */
const root = element.querySelector('.sx-frontier');
const el = S.el, NS = S.svg;
const plot = P.box(['sx-p-grid', 'sx-f-plan', 'sx-f-line', 'sx-f-regret', 'sx-f-bars', 'sx-f-best', 'sx-f-dots', 'sx-f-names', 'sx-p-cursor'], 'sx-frontier-box');
const [grid, plan, line, regrets, bars, bests, dots, names, cursor] = plot.layers;
const legend = el('div', 'sx-legend sx-look-legend');
[['sx-k-line', 'frontier: the most that tokens can buy'], ['sx-k-dot', 'a lane, on average, with its intervals'], ['sx-k-best', 'the best plan for a lane’s tokens'], ['sx-k-much', 'what it could have saved or gained']].forEach(([cls, text]) => {
  const item = el('span');
  item.append(el('i', cls), document.createTextNode(text));
  legend.append(item);
});
root.replaceChildren(el('h3', 'sx-title', 'How far was each lane from the best possible?'), legend, plot.frame);
let light = null, at = null, sc = null;
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
const regret = (lane) => {
  const x = sc.x(lane.x[0]), y = sc.y(lane.y[0]);
  let d = '';
  if (lane.needed !== null && Math.abs(lane.needed - lane.x[0]) > 0.5) d += `M${x},${y}H${sc.x(lane.needed)}`;
  if (lane.best && Math.abs(lane.could - lane.y[0]) > 0.005) d += `M${x},${y}V${sc.y(lane.could)}`;
  return d;
};
const diamond = (x, y, r) => `M${x},${y - r}L${x + r},${y}L${x},${y + r}L${x - r},${y}Z`;
const draw = () => {
  const v = props.value;
  root.hidden = !v;
  if (!v) return;
  const most = v.most * 1.06;
  sc = P.scales(plot.frame, 0, most);
  S.attr(plot.svg, 'viewBox', `0 0 ${sc.w} ${sc.h}`);
  P.axes(grid, sc, 'tokens, the plan included');
  const wide = sc.x(v.planning) - sc.x(0);
  S.keyed(plan, v.planning > 0 ? [1] : [], () => 'plan', () => { const g = NS('g', {}); g.append(NS('rect', {}), NS('text', {})); return g; }, (g) => {
    ['x', 'y', 'width', 'height'].forEach((name, i) => S.attr(g.firstChild, name, [sc.x(0), sc.top, wide, sc.y(0) - sc.top][i]));
    S.put(g.lastChild, wide > 76 ? 'the plan alone' : wide > 34 ? 'plan' : '');
    S.attr(g.lastChild, 'x', sc.x(0) + wide / 2);
    S.attr(g.lastChild, 'y', sc.y(0) - 9);
  });
  const d = curve(v);
  S.keyed(line, [['sx-f-area', d ? d + `V${sc.y(0)}Z` : ''], ['sx-f-curve', d]], (p) => p[0], (p) => NS('path', { class: p[0] }), (p, [, path]) => S.attr(p, 'd', path));
  const where = spots(v.lanes);
  S.keyed(regrets, v.lanes, (x) => x.lane, () => NS('path', {}), (p, lane) => { S.attr(p, 'd', regret(lane) || null); S.attr(p, 'class', cls(lane)); });
  S.keyed(bars, v.lanes, (x) => x.lane, () => NS('path', {}), (p, lane) => {
    const [x, y] = where.get(lane.lane), [xs, ys] = [lane.x.map(sc.x), lane.y.map(sc.y)];
    S.attr(p, 'd', `M${xs[1]},${y}H${xs[2]}M${x},${ys[1]}V${ys[2]}`);
    S.attr(p, 'class', cls(lane));
  });
  S.keyed(bests, v.lanes.filter((x) => x.best), (x) => x.lane, () => NS('path', {}), (p, lane) => { S.attr(p, 'd', diamond(sc.x(lane.best[0]), sc.y(lane.best[1]), 5.5)); S.attr(p, 'class', cls(lane)); });
  S.keyed(dots, v.lanes, (x) => x.lane, (lane) => {
    const c = NS('circle', { r: 6.5 });
    c.append(NS('title', {}));
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
  const labels = v.lanes.map((lane) => ({ lane, text: lane.label, x: where.get(lane.lane)[0], y: where.get(lane.lane)[1] }));
  const marks = [...where.values(), ...v.lanes.filter((x) => x.best).map((x) => [sc.x(x.best[0]), sc.y(x.best[1])])];
  S.keyed(names, P.place(labels, marks, sc), (t) => t.lane.lane, () => { const g = NS('g', {}); g.append(NS('path', {}), NS('text', {})); return g; }, (g, t) => {
    S.attr(g, 'class', cls(t.lane));
    S.attr(g.firstChild, 'd', t.near ? null : `M${t.x},${t.y}L${t.lx},${t.ly}`);
    S.put(g.lastChild, t.text);
    S.attr(g.lastChild, 'x', t.tx);
    S.attr(g.lastChild, 'y', t.ty);
  });
  mark();
  S.attr(plot.svg, 'aria-label', 'Success against tokens. The frontier ends at ' + P.percent(v.line[v.line.length - 1][1]) + ' for ' + Math.round(v.line[v.line.length - 1][0]) + ' tokens. ' + v.lanes.map((x) => x.label + ': ' + x.spent + ' tokens, right ' + x.right).join('. '));
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
  plot.tip.replaceChildren(el('b', '', P.percent(s) + ' for ' + S.tokens(Math.round(c))), ...v.steps.map((step, k) => el('span', 'sx-f-tip', step.name + ': ' + v.policies[i][k])));
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
S.hear('best', (point) => { at = point; mark(); });
new ResizeObserver(() => draw()).observe(plot.frame);
draw();
watch('value', draw);
