/* Success against tokens: the frontier, each lane with its intervals, what its tokens could have
   bought. */
import { add, attr, el, keyed, legend, marks, put, svg } from '../parts/dom.js';
import { drawn, openable } from '../parts/opener.js';
import { axes, fitScales, names, plotBox } from '../parts/plot.js';
import { hear, tell } from '../parts/signals.js';
import { affordable, curve, described, measures, spots, writtenBox } from '../pure/frontier.js';
import { placeLabels } from '../pure/labels.js';
import { diamond } from '../pure/lines.js';
import { proportion, tokens } from '../pure/units.js';

const LAYERS = ['sx-p-grid', 'sx-f-plan', 'sx-f-line', 'sx-f-regret', 'sx-f-bars', 'sx-f-best', 'sx-f-dots', 'sx-f-names', 'sx-p-cursor'];
const LEGEND = [['sx-k-line', 'frontier: the most that tokens can buy'], ['sx-k-dot', 'a lane, on average, with its intervals'],
  ['sx-k-best', 'the best plan for its tokens'], ['sx-k-much', 'what it gave away (one lane at a time)']];
const NARROW = 480; /* pixels: full names stand in a key below */

/* The tokens that the plan alone cost. */
const drawPlan = (layer, planning, sc) => {
  const wide = sc.x(planning) - sc.x(0), box = { x: sc.x(0), y: sc.top, width: wide, height: sc.y(0) - sc.top };
  keyed(layer, planning > 0 ? [1] : [], () => 'plan', () => add(svg('g'), svg('rect'), svg('text')), (g) => {
    Object.entries(box).forEach(([name, value]) => attr(g.firstChild, name, value));
    put(g.lastChild, wide > 76 ? 'the plan alone' : wide > 34 ? 'plan' : '');
    attr(g.lastChild, 'x', sc.x(0) + wide / 2);
    attr(g.lastChild, 'y', sc.top + 16);
  });
};

const drawCurve = (layer, line, sc) => {
  const d = curve(line, sc), paths = [['sx-f-area', d ? d + `V${sc.y(0)}Z` : ''], ['sx-f-curve', d]];
  keyed(layer, paths, (p) => p[0], (p) => svg('path', { class: p[0] }), (path, p) => attr(path, 'd', p[1]));
};

const drawBars = (layer, lanes, where, sc, cls) => keyed(layer, lanes, (x) => x.lane, () => svg('path'), (path, lane) => {
  const [x, y] = where.get(lane.lane);
  attr(path, 'd', `M${sc.x(lane.x[1])},${y}H${sc.x(lane.x[2])}M${x},${sc.y(lane.y[1])}V${sc.y(lane.y[2])}`);
  attr(path, 'class', cls(lane));
});

const drawBests = (layer, lanes, sc, cls) => keyed(layer, lanes, (x) => x.lane, () => svg('path'), (path, lane) => {
  attr(path, 'd', diamond(sc.x(lane.best[0]), sc.y(lane.best[1]), 5.5));
  attr(path, 'class', cls(lane));
});

const createDot = (lane) => {
  const dot = add(svg('circle', { r: 6.5 }), svg('title'));
  dot.addEventListener('mouseenter', () => tell('lane', lane.lane));
  dot.addEventListener('mouseleave', () => tell('lane', null));
  return dot;
};
const drawDots = (layer, lanes, where, cls) => keyed(layer, lanes, (x) => x.lane, createDot, (dot, lane) => {
  const [x, y] = where.get(lane.lane);
  attr(dot, 'cx', x);
  attr(dot, 'cy', y);
  attr(dot, 'class', cls(lane) + ' is-' + lane.side);
  put(dot.firstChild, lane.sentence);
});

const drawKey = (key, lanes, called) => keyed(key, lanes, (x) => x.lane, () => add(el('span'), el('b'), el('span')), (item, lane) => {
  item.className = 'ln-' + lane.colour;
  put(item.firstChild, called(lane));
  put(item.lastChild, lane.label);
});

/* What labels must not hide: the lanes' intervals, the measures and their words. */
const obstacles = (lanes, measured, where, sc) => {
  const bars = lanes.map((lane) => {
    const [x] = where.get(lane.lane);
    return [x - 2, sc.y(lane.y[2]), x + 2, sc.y(lane.y[1])];
  });
  return [...bars, ...measured.map((m) => m.box), ...measured.map(writtenBox)];
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-frontier'), plot = plotBox(LAYERS, 'sx-frontier-box');
  const [grid, plan, line, regrets, bars, bests, dots, labels, cursor] = plot.layers;
  const key = el('div', 'sx-legend sx-look-key');
  const title = el('h3', 'sx-title', 'How far was each lane from the best possible?');
  const { head, there } = openable('frontier', title);
  root.replaceChildren(head, legend('sx-look-legend', LEGEND), plot.frame, key);
  let light = null, chosen = null, at = null, sc = null;

  const cls = (lane) => 'ln-' + lane.colour + (light && light !== lane.lane ? ' is-dim' : light === lane.lane ? ' is-lit' : '');
  /* Measures are drawn of one lane at a time. */
  const measured = (lanes, where) => lanes.flatMap((lane) => measures(lane, where.get(lane.lane)[0], sc)
    .map((m) => ({ ...m, cls: 'ln-' + lane.colour, text: sc.w < NARROW ? '' : m.text })));
  const drawLanes = (v) => {
    const where = spots(v.lanes, sc), shown = v.lanes.filter((lane) => lane.lane === (light || chosen));
    const best = shown.filter((lane) => lane.best), found = measured(shown, where), narrow = sc.w < NARROW;
    const called = (lane) => narrow ? lane.label.slice(0, 2) : lane.label;
    marks(regrets, found);
    drawBars(bars, v.lanes, where, sc, cls);
    drawBests(bests, best, sc, cls);
    drawDots(dots, v.lanes, where, cls);
    key.hidden = !narrow;
    drawKey(key, v.lanes, called);
    const wanted = v.lanes.map((lane) => ({ lane, text: called(lane), x: where.get(lane.lane)[0], y: where.get(lane.lane)[1] }));
    const points = [...where.values(), ...best.map((lane) => [sc.x(lane.best[0]), sc.y(lane.best[1])])];
    const placed = placeLabels(wanted, points, sc, obstacles(v.lanes, found, where, sc));
    names(labels, placed, (t) => t.lane.lane, (t) => cls(t.lane));
  };
  /* The point of the frontier that the card beside tells of. */
  const mark = () => {
    if (!sc || !props.value || !at) return cursor.replaceChildren();
    const x = sc.x(at[0]), y = sc.y(at[1]);
    cursor.replaceChildren(svg('path', { d: `M${x},${sc.y(0)}V${y}` }), svg('path', { class: 'sx-f-at', d: diamond(x, y, 8) }));
  };
  const draw = () => {
    const v = props.value;
    root.hidden = !v;
    if (!v) return;
    const most = Math.max(v.line.at(-1)[1], ...v.lanes.map((lane) => lane.y[2]));
    sc = fitScales(plot, 0, v.most * 1.06, most);
    axes(grid, sc, 'tokens, the plan included');
    drawPlan(plan, v.planning, sc);
    drawCurve(line, v.line, sc);
    drawLanes(v);
    mark();
    attr(plot.picture, 'aria-label', described(v));
    there(true);
  };
  const tokensUnder = (e) => sc.tokensAt(e.clientX - plot.picture.getBoundingClientRect().left);
  const tip = (e) => {
    const v = props.value;
    if (!v || !sc) return;
    const i = affordable(v.line, tokensUnder(e)), box = plot.picture.getBoundingClientRect();
    plot.tip.hidden = i < 0;
    if (i < 0) return;
    const [cost, success] = v.line[i], left = e.clientX - box.left;
    plot.tip.replaceChildren(
      el('b', '', proportion(success) + ' for ' + tokens(Math.round(cost))),
      ...v.steps.map((step, k) => el('span', 'sx-f-tip', step.name + ': ' + v.policies[i][k])),
    );
    plot.tip.style.left = Math.max(0, left > sc.w / 2 ? left - 258 : left + 14) + 'px';
    plot.tip.style.top = Math.max(0, Math.min(e.clientY - box.top + 14, sc.h - 40 - 19 * v.steps.length)) + 'px';
  };
  plot.picture.addEventListener('pointermove', tip);
  plot.picture.addEventListener('pointerleave', () => { plot.tip.hidden = true; });
  plot.picture.addEventListener('click', (e) => { if (props.value && sc) tell('spend', tokensUnder(e)); });
  hear('lane', (name) => { light = name; draw(); });
  hear('best', (best) => { at = best.at; chosen = best.lane; draw(); });
  new ResizeObserver(draw).observe(plot.frame);
  draw();
  watch('value', () => { draw(); drawn('frontier'); });
};
