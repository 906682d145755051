/* The parts that plots share: those of success against tokens, and those of amounts against time. */
import { attr, el, keyed, marks, put, svg, tagged } from './dom.js';
import { axisMarks, clamp, plotScales, ticks } from '../pure/scales.js';
import { plain } from '../pure/units.js';

/* A box that fills its place: layers in order, and a note that follows the pointer. */
export const plotBox = (layers, name) => {
  const frame = el('div', 'sx-plot-box ' + name), picture = svg('svg', { class: 'sx-plot', role: 'img' });
  const tip = el('div', 'sx-plot-tip');
  tip.hidden = true;
  frame.append(picture, tip);
  return { frame, picture, tip, layers: layers.map((cls) => picture.appendChild(svg('g', { class: cls }))) };
};

/* The scales of a box as wide and high as it is now. */
export const fitScales = ({ frame, picture }, from, to, most) => {
  const sc = plotScales(frame.clientWidth || 600, frame.clientHeight || 320, from, to, most);
  attr(picture, 'viewBox', `0 0 ${sc.w} ${sc.h}`);
  return sc;
};

export const axes = (grid, sc, unit) => marks(grid, axisMarks(sc, unit));

/* Labels at their places, with a line to the point of each that had to stand further off. */
export const names = (layer, placed, key, cls) => keyed(layer, placed, key, tagged, (g, label) => {
  attr(g, 'class', cls(label));
  attr(g.firstChild, 'd', label.near ? null : `M${label.x},${label.y}L${label.lx},${label.ly}`);
  put(g.lastChild, label.text);
  attr(g.lastChild, 'x', label.tx);
  attr(g.lastChild, 'y', label.ty);
});

/* ---- amounts against time */

/* amounts: the marks of the axis as [amount, text]; along: what passes; name: of the axis. */
export const timeAxes = (grid, { sc, amounts, along }, name) => marks(grid, [
  ...amounts.map(([n, text]) => ({
    id: 'y' + n, d: `M${sc.left},${sc.y(n)}H${sc.w - sc.right}`, x: sc.left - 7, y: sc.y(n) + 4, text, end: 'end',
  })),
  ...ticks(0, sc.tMost, 4).map((t) => ({
    id: 'x' + t, d: '', x: sc.x(t), y: sc.h - sc.bottom + 17, text: plain(t), end: 'middle',
  })),
  {
    id: 'unit', d: '', x: (sc.left + sc.w - sc.right) / 2, y: sc.h - 3,
    text: along === 'calls' ? 'calls' : 'seconds since the start', end: 'middle',
  },
  { id: 'axis', d: '', x: 0, y: 10, text: name, end: 'start' },
]);

/* A line and a note that follow the pointer. model(): with its scales, or null where there is nothing to tell;
   rows(t): what the note says of a time. Gives what hides them. */
export const follow = ({ box, picture, cursor, tip }, model, rows) => {
  const leave = () => { cursor.replaceChildren(); tip.hidden = true; };
  const move = (e) => {
    const now = model();
    if (!now) return;
    const { sc } = now, px = e.clientX - picture.getBoundingClientRect().left, t = sc.timeAt(px);
    cursor.replaceChildren(svg('path', { d: `M${sc.x(t)},${sc.top - 2}V${sc.h - sc.bottom}` }));
    tip.hidden = false;
    tip.replaceChildren(...rows(t));
    tip.style.left = clamp(px + 12, 0, Math.max(0, box.clientWidth - tip.offsetWidth - 4)) + 'px';
  };
  leave();
  picture.addEventListener('pointermove', move);
  picture.addEventListener('pointerleave', leave);
  return leave;
};
