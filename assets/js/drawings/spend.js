/* What each lane had spent by when, in the unit of the switch, named at the end of its line. */
import { add, attr, el, keyed, put, svg, tagged } from '../parts/dom.js';
import { drawn, openable } from '../parts/opener.js';
import { follow, timeAxes } from '../parts/plot.js';
import { hear } from '../parts/signals.js';
import { followUnit } from '../parts/unit_switch.js';
import { spread } from '../pure/labels.js';
import { steps } from '../pure/lines.js';
import { ticks, timeScales } from '../pure/scales.js';
import { axisName, described, inUnit, nothing, remarks, short, spentAt } from '../pure/spending.js';
import { amount, cut, title as titleOf } from '../pure/units.js';

const LAYERS = ['sx-p-grid', 'sx-p-lines', 'sx-p-names', 'sx-p-cursor'];
const DASHES = ['', '6 3', '2 3', '9 3 2 3', '4 2', '12 4'];
const LETTER = 6.6; /* pixels */

/* What is drawn: the lanes in a unit, why there is no line (''), and the scales of w × h pixels. */
const modelOf = (v, unit, w, h) => {
  const lanes = v.series.filter((s) => s.points.length).map((s) => inUnit(s, unit)), along = v.unit || 'seconds';
  const tMost = Math.max(along === 'calls' ? 1 : 0.1, ...v.series.map((s) => s.points.length ? s.points.at(-1)[0] : 0));
  const yMost = Math.max(unit === 'tokens' ? 10 : 1e-12, ...lanes.flatMap((s) => [...s.points, ...s.pale]).map((p) => p[1]));
  const amounts = ticks(0, yMost, 4).map((n) => [n, short(n, unit)]);
  const sc = timeScales(w, h, tMost, yMost, amounts.map((m) => m[1]));
  return { lanes, along, amounts, sc, why: nothing(v, lanes, unit) };
};

const drawLines = (layer, { lanes, sc }, dim) => {
  const all = lanes.flatMap((s, i) => [{ ...s, i, key: s.lane, line: s.points, cls: '' },
    ...(s.pale.length ? [{ ...s, i, key: s.lane + ' pale', line: s.pale, cls: ' is-pale' }] : [])]);
  keyed(layer, all, (s) => s.key, () => svg('path'), (path, s) => {
    attr(path, 'd', s.line.length ? steps(s.line, sc.x, sc.y) : null);
    attr(path, 'class', 'sx-line ln-' + s.colour + s.cls + dim(s.lane));
    attr(path, 'stroke-dasharray', DASHES[s.i % DASHES.length] || null);
  });
};

const drawNames = (layer, { lanes, sc }, dim) => {
  const room = Math.floor((sc.right - 14) / LETTER), beside = sc.w - sc.right;
  const ends = lanes.map((s) => {
    const [t, n] = s.points.at(-1) || [0, 0];
    return { lane: s.lane, label: s.open ? s.label + ' ?' : s.label, colour: s.colour, x: sc.x(t), y: sc.y(n) + 4 };
  });
  keyed(layer, spread(ends, sc.top + 6, sc.h - sc.bottom), (t) => t.lane, tagged, (g, t) => {
    attr(g, 'class', 'ln-' + t.colour + dim(t.lane));
    attr(g.firstChild, 'd', `M${t.x},${t.y - 4}L${beside + 8},${t.ty - 4}`);
    put(g.lastChild, cut(t.label, room));
    attr(g.lastChild, 'x', beside + 12);
    attr(g.lastChild, 'y', t.ty);
  });
};

const tipText = (s, t, unit, currency) => {
  const text = amount(spentAt(s, s.points, t), unit, currency);
  return s.pale.length ? text + ' (' + amount(spentAt(s, s.pale, t), unit) + ' without a cache)' : text;
};

/* The lanes at a time, those that had spent most first. */
const tipRows = (lanes, t, unit, currency) => {
  const sorted = [...lanes].sort((a, b) => spentAt(b, b.points, t) - spentAt(a, a.points, t));
  return sorted.map((s) => add(
    el('div', 'ln-' + s.colour), el('i', 'sx-lane-sw'), el('span', '', s.label), el('span', 'sx-num', tipText(s, t, unit, currency)),
  ));
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-spend');
  const picture = svg('svg', { class: 'sx-plot', role: 'img' });
  const told = el('div', 'sx-plot-tip'), none = el('p', 'sx-plot-none');
  const box = add(el('div', 'sx-plot-box'), picture, none, told);
  const title = el('h2', 'sx-title'), hint = el('p', 'sx-muted sx-heat-hint');
  const { head, there } = openable('spend', title);
  root.replaceChildren(head, box, hint);
  const [grid, lines, names, cursor] = LAYERS.map((name) => picture.appendChild(svg('g', { class: name })));
  let light = null, model = null, unit = 'tokens';

  const value = () => ({ about: {}, unknown: {}, series: [], ...props.value });
  const dim = (lane) => light && light !== lane ? ' is-dim' : '';
  const draw = () => {
    const v = value();
    model = modelOf(v, unit, box.clientWidth || 380, box.clientHeight || 236);
    put(title, titleOf(unit));
    put(none, model.why);
    none.hidden = !model.why;
    picture.style.visibility = model.why ? 'hidden' : '';
    put(hint, model.why || !model.lanes.length ? '' : remarks(v, model.lanes, unit));
    attr(picture, 'viewBox', `0 0 ${model.sc.w} ${model.sc.h}`);
    timeAxes(grid, model, axisName(unit, v.currency));
    drawLines(lines, model, dim);
    drawNames(names, model, dim);
    attr(picture, 'aria-label', described(model.lanes, model.why, unit, v.currency));
    there(v.series.length > 0);
  };
  const rows = (t) => {
    const when = model.along === 'calls' ? 'call ' + Math.floor(t) : t.toFixed(2) + ' s';
    return [el('b', '', when), ...tipRows(model.lanes, t, unit, value().currency)];
  };
  const leave = follow({ box, picture, cursor, tip: told }, () => model.why || !model.lanes.length ? null : model, rows);
  hear('lane', (name) => { light = name; draw(); });
  followUnit((name) => { unit = name; leave(); draw(); });
  new ResizeObserver(draw).observe(box);
  draw();
  watch('value', () => { draw(); drawn('spend'); });
};
