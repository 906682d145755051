/* What a run had spent by when, in steps, stage upon stage, in the unit of the switch. */
import { add, attr, el, keyed, put, svg } from '../parts/dom.js';
import { drawn, openable } from '../parts/opener.js';
import { follow, timeAxes } from '../parts/plot.js';
import { stackKey } from '../parts/stacks.js';
import { unitSwitch } from '../parts/unit_switch.js';
import { stepBand } from '../pure/lines.js';
import { ticks, timeScales } from '../pure/scales.js';
import { axisName, short } from '../pure/spending.js';
import { spentBy, stacked, told } from '../pure/stages.js';
import { amount, title as titleOf } from '../pure/units.js';

const LAYERS = ['sx-p-grid', 'sx-c-bands', 'sx-p-cursor'];
const RIGHT = 14; /* pixels: nothing stands beside the steps */
const AFTER = 1.05; /* the axis goes on a little, for the last step would have no width at its end */

/* The bands in a unit, and the scales of w × h pixels. */
const modelOf = (v, unit, w, h) => {
  const bands = stacked(v, unit), tMost = Math.max(0.1, AFTER * (v.times.at(-1) || 0));
  const yMost = Math.max(unit === 'tokens' ? 10 : 1e-12, ...(bands.at(-1)?.high || []));
  const amounts = ticks(0, yMost, 4).map((n) => [n, short(n, unit)]);
  return { bands, amounts, along: 'seconds', sc: timeScales(w, h, tMost, yMost, amounts.map((m) => m[1]), RIGHT) };
};

const drawBands = (layer, v, { bands, sc }) => keyed(layer, bands, (b) => b.stage, () => svg('path'), (path, b) => {
  const on = (values) => [...values, values.at(-1)].map(sc.y);
  attr(path, 'd', stepBand([...v.times, sc.tMost].map(sc.x), on(b.low), on(b.high)));
  attr(path, 'fill', b.fill);
});

const keyOf = (band, text) => {
  const swatch = el('i', 'sx-lane-sw');
  swatch.style.background = band.fill;
  return add(el('div'), swatch, el('span', '', band.label), el('span', 'sx-num', text));
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-course');
  const picture = svg('svg', { class: 'sx-plot', role: 'img' }), tip = el('div', 'sx-plot-tip'), none = el('p', 'sx-plot-none');
  const box = add(el('div', 'sx-plot-box'), picture, none, tip), title = el('h2', 'sx-title'), key = el('div', 'sx-legend');
  let unit = 'tokens', model = null;
  const pick = unitSwitch(['tokens', 'money', 'FLOPs', 'time'], 'What the charts count', (name) => { unit = name; draw(); });
  const { head, there } = openable('course', title);
  root.replaceChildren(head, pick, key, box);
  const [grid, layer, cursor] = LAYERS.map((name) => picture.appendChild(svg('g', { class: name })));

  const value = () => ({ times: [], series: [], notes: {}, ...props.value });
  const draw = () => {
    const v = value();
    model = modelOf(v, unit, box.clientWidth || 380, box.clientHeight || 236);
    const { bands, sc } = model, note = v.notes[unit] || '';
    put(title, titleOf(unit));
    stackKey(key, bands.map((b) => [b.stage, b.label, b.fill]));
    put(none, note);
    none.hidden = !note;
    none.classList.toggle('is-above', bands.length > 0);
    attr(picture, 'viewBox', `0 0 ${sc.w} ${sc.h}`);
    picture.style.visibility = note && !bands.length ? 'hidden' : '';
    timeAxes(grid, model, axisName(unit, v.currency));
    drawBands(layer, v, model);
    attr(picture, 'aria-label', told(v, bands, unit));
    there(v.series.length > 0);
  };
  follow({ box, picture, cursor, tip }, () => model.bands.length ? model : null, (t) => {
    const v = value(), rows = spentBy(v, model.bands, t, unit), k = v.times.findLastIndex((at) => at <= t);
    const all = k < 0 ? 0 : model.bands.at(-1).high[k];
    return [el('b', '', t.toFixed(2) + ' s: ' + amount(all, unit, v.currency)), ...rows.map((r) => keyOf(r, r.text))];
  });
  new ResizeObserver(draw).observe(box);
  draw();
  watch('value', () => { draw(); drawn('course'); });
};
