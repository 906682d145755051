/* The threshold sweep: what tau buys, from all System 2 to all System 1. */
import { add, attr, el, keyed, legend, put, svg, table } from '../parts/dom.js';
import { drawn, openable } from '../parts/opener.js';
import { axes, fitScales, names, plotBox } from '../parts/plot.js';
import { placeLabels } from '../pure/labels.js';
import { straight } from '../pure/lines.js';
import { pinned } from '../pure/ruler.js';
import { clamp } from '../pure/scales.js';
import { proportion } from '../pure/units.js';

const LAYERS = ['sx-p-grid', 'sx-w-rated', 'sx-w-line', 'sx-f-bars', 'sx-w-dots', 'sx-f-names'];
const LEGEND = [['sx-k-w', 'an interval of τ, with its 95% interval'], ['sx-k-now', 'the τ in force'],
  ['sx-k-rated', 'with what ratings cost']];
const HEADS = ['threshold', 'thinking slowly', ...['tokens', 'right', '95%'].map((name) => [name, 'sx-r'])];
const percent = (share) => 100 * share + '%';

/* ---- the ruler of tau under the plot */
const rulerPart = (p, cls) => {
  const part = el('i', 'sx-tau-part ' + cls), low = clamp(p.low, 0, 1);
  part.style.left = percent(low);
  part.style.width = percent(clamp(p.high, 0, 1) - low);
  return part;
};
const rulerPin = (s) => {
  const pin = add(el('span', 'sx-tau-pin row' + s.row), el('i', s.s === null ? 'lv-none' : 'lv' + s.s), el('span', '', s.name));
  pin.style.left = percent(s.d);
  pin.title = s.name + ': difficulty ' + s.d.toFixed(2);
  return pin;
};
const rulerHand = (tau) => {
  const hand = add(el('span', 'sx-tau-hand'), el('span', '', 'τ = ' + tau.toFixed(2)));
  hand.style.left = percent(clamp(tau, 0, 1));
  return hand;
};
const drawRuler = (rule, v, cls) => {
  const said = v.ruler.map((s) => s.name + ' ' + s.d.toFixed(2)).join(', ');
  attr(rule, 'aria-label', 'Difficulties on the ruler of τ: ' + said + '; τ in force ' + v.tau.toFixed(2));
  rule.replaceChildren(
    el('span', 'sx-tau-track'), ...v.points.map((p, i) => rulerPart(p, cls(p, i))),
    ...pinned(v.ruler, rule.clientWidth).map(rulerPin), rulerHand(v.tau),
  );
};

/* ---- the plot */
const scalesOf = (v, plot) => {
  const costs = v.points.flatMap((p) => [p.x, p.rated ?? p.x]), low = Math.min(...costs), high = Math.max(...costs);
  const room = Math.max(10, (high - low) * 0.12);
  return fitScales(plot, Math.max(0, low - room), high + room, Math.max(...v.points.map((p) => p.range[1])));
};

const ratedPath = (p, [x, y], sc) => p.rated === null ? null : `M${x},${y}H${sc.x(p.rated)}m0,-4v8`;

const eachPath = (layer, points, cls, path) => keyed(layer, points, (_, i) => i, () => svg('path'), (g, p, i) => {
  attr(g, 'd', path(p, i));
  attr(g, 'class', cls(p, i));
});

const createDot = (i, light) => hovered(add(svg('g'), svg('circle', { r: 11 }), svg('circle', { r: 6 }), svg('title')), i, light);
const hovered = (node, i, light) => {
  node.addEventListener('mouseenter', () => light(i));
  node.addEventListener('mouseleave', () => light(null));
  return node;
};

/* What labels must not hide: intervals, and the lines to what ratings cost. */
const obstacles = (points, places, sc) => points.flatMap((p, i) => {
  const [x, y] = places[i], bar = [x - 2, sc.y(p.range[1]), x + 2, sc.y(p.range[0])];
  return p.rated === null ? [bar] : [bar, [x, y - 3, sc.x(p.rated), y + 3]];
});

/* ---- the table */
const createRow = (i, light) => hovered(add(el('tr'), ...['', '', 'sx-r', 'sx-r', 'sx-r'].map((cls) => el('td', cls))), i, light);
const updateRow = (row, p, rating) => {
  const tokens = p.tokens + (p.rated === null ? '' : ' + ' + rating);
  const range = proportion(p.range[0]) + ' to ' + proportion(p.range[1]);
  [(p.chosen ? '▸ ' : '') + p.tau, p.slow, tokens, p.share, range].forEach((text, i) => put(row.children[i], text));
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-sweep'), plot = plotBox(LAYERS, 'sx-sweep-box');
  const [grid, rated, line, bars, dots, labels] = plot.layers;
  const title = el('h3', 'sx-title'), rule = el('div', 'sx-tau-rule'), said = el('div', 'sx-sweep-said');
  const { heads, body, scroll } = table('sx-sweep-table', HEADS);
  rule.setAttribute('role', 'img');
  const { head, there } = openable('sweep', title);
  const left = add(el('div', 'sx-sweep-plot'), head, legend('sx-look-legend', LEGEND), plot.frame, rule);
  root.replaceChildren(left, add(el('div', 'sx-sweep-side sx-mini'), said, scroll));
  let lit = null;

  const cls = (p, i) => (p.chosen ? 'is-now' : '') + (lit === i ? ' is-lit' : '');
  const light = (i) => { lit = i; draw(); };
  const drawPlot = (v) => {
    const sc = scalesOf(v, plot), places = v.points.map((p) => [sc.x(p.x), sc.y(p.y)]);
    axes(grid, sc, 'tokens, the plan included');
    keyed(line, [1], () => 'line', () => svg('path'), (path) => attr(path, 'd', straight(places)));
    eachPath(bars, v.points, cls, (p, i) => `M${places[i][0]},${sc.y(p.range[0])}V${sc.y(p.range[1])}`);
    eachPath(rated, v.points, cls, (p, i) => ratedPath(p, places[i], sc));
    keyed(dots, v.points, (_, i) => i, (_, i) => createDot(i, light), (g, p, i) => {
      attr(g, 'transform', `translate(${places[i]})`);
      attr(g, 'class', cls(p, i));
      put(g.lastChild, p.tau + ': ' + p.slow + ', ' + p.tokens + ' tokens, ' + p.share);
    });
    const wanted = v.points.map((p, i) => ({ p, i, text: p.short, x: places[i][0], y: places[i][1] }));
    names(labels, placeLabels(wanted, places, sc, obstacles(v.points, places, sc)), (t) => t.i, (t) => cls(t.p, t.i));
  };
  const draw = () => {
    const v = props.value;
    root.hidden = !v;
    if (!v) return;
    const right = v.measure === 'right', what = right ? 'Accuracy' : 'Agreement with all System 2';
    put(title, what + ' against tokens as τ rises from below 0 to 1');
    put(heads[3], right ? 'right' : 'agree');
    drawPlot(v);
    there(true);
    const points = v.points.map((p) => p.tau + ' ' + p.tokens + ' tokens ' + p.share).join('; ');
    attr(plot.picture, 'aria-label', title.textContent + ': ' + points);
    drawRuler(rule, v, cls);
    keyed(body, v.points, (_, i) => i, (_, i) => createRow(i, light), (row, p, i) => {
      row.className = cls(p, i);
      updateRow(row, p, v.rating);
    });
    keyed(said, v.sentences, (t) => t, (t) => el('p', '', t), () => {});
  };
  new ResizeObserver(draw).observe(plot.frame);
  draw();
  watch('value', () => { draw(); drawn('sweep'); });
};
