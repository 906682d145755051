/* What is drawn on the page as an SVG file of its own: boxes, texts and drawings at their places, in their colours.
   Knows what a drawing is made of here; what only works on the page (controls, notes at the pointer) is left out. */
import { attr, svg } from './dom.js';

const PAINT = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'fill-opacity', 'stroke-opacity', 'opacity',
  'font-family', 'font-size', 'font-weight', 'text-anchor', 'dominant-baseline', 'paint-order'];
const COLOURS = new Set(['fill', 'stroke']);
const LEFT_OUT = '.sx-open, .sx-save-svg, .sx-seg, .sx-plot-tip, select, input, canvas, [hidden]';
const COLOUR = /(?:rgba?|color|oklch|oklab|lab|hsl)\([^)]*\)/g;
const SIDES = ['Top', 'Right', 'Bottom', 'Left'];
const EDGE = 12; /* pixels around it */

const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const known = new Map();

/* A colour as every viewer reads it; '' for one that cannot be seen. */
const plain = (colour) => {
  if (!known.has(colour)) {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = '#0000';
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    known.set(colour, a ? `rgba(${r},${g},${b},${Math.round(a / 2.55) / 100})` : '');
  }
  return known.get(colour);
};

const seen = (style) => style.display !== 'none' && style.visibility !== 'hidden' && style.opacity !== '0';
const round = (n) => Math.round(100 * n) / 100;

/* ---- a drawing */

/* A copy that needs no style sheet. */
const copied = (picture, at) => {
  const made = picture.cloneNode(true), box = picture.getBoundingClientRect();
  const olds = [picture, ...picture.querySelectorAll('*')], news = [made, ...made.querySelectorAll('*')];
  olds.forEach((old, i) => {
    const style = getComputedStyle(old), node = news[i];
    if (style.display === 'none') node.setAttribute('display', 'none');
    PAINT.forEach((name) => {
      const value = style.getPropertyValue(name);
      node.setAttribute(name, COLOURS.has(name) && value !== 'none' && !value.startsWith('url') ? plain(value) || 'none' : value);
    });
    ['class', 'style', 'tabindex', 'role', 'data-key'].forEach((name) => node.removeAttribute(name));
  });
  if (!made.getAttribute('viewBox')) attr(made, 'viewBox', `0 0 ${picture.clientWidth} ${picture.clientHeight}`);
  Object.entries({ x: at.x(box.left), y: at.y(box.top), width: round(box.width), height: round(box.height), overflow: 'visible' })
    .forEach(([name, value]) => made.setAttribute(name, value));
  return made;
};

/* ---- a box and its texts */

/* Colours that go over into each other from left to right, as the ramps do. */
const rampOf = (style, defs) => {
  const colours = style.backgroundImage.startsWith('linear-gradient') ? style.backgroundImage.match(COLOUR) || [] : [];
  if (colours.length < 2) return '';
  const id = 'r' + defs.childNodes.length, ramp = svg('linearGradient', { id });
  const stop = (colour, i) => svg('stop', { offset: round(i / (colours.length - 1)), 'stop-color': plain(colour) || '#0000' });
  ramp.append(...colours.map(stop));
  defs.append(ramp);
  return `url(#${id})`;
};

const boxOf = (style, box, at, scale, defs) => {
  const widths = SIDES.map((side) => parseFloat(style['border' + side + 'Width']) * scale);
  const fill = rampOf(style, defs) || plain(style.backgroundColor);
  const even = widths[0] > 0 && widths.every((w) => w === widths[0]), half = even ? widths[0] / 2 : 0, found = [];
  const stroke = even ? plain(style.borderTopColor) : '';
  if (fill || stroke) {
    const radius = Math.min(parseFloat(style.borderTopLeftRadius) * scale || 0, box.width / 2, box.height / 2);
    found.push(svg('rect', {
      x: at.x(box.left + half), y: at.y(box.top + half), width: round(box.width - 2 * half), height: round(box.height - 2 * half),
      rx: round(style.borderTopLeftRadius.endsWith('%') ? Math.min(box.width, box.height) / 2 : radius), fill: fill || 'none',
      ...(stroke ? { stroke, 'stroke-width': round(widths[0]) } : {}),
      ...(stroke && style.borderTopStyle !== 'solid' ? { 'stroke-dasharray': `${round(2 * widths[0])} ${round(1.5 * widths[0])}` } : {}),
    }));
  }
  const edge = !even && widths[0] > 0 ? plain(style.borderTopColor) : '';
  if (edge) {
    found.push(svg('rect', { x: at.x(box.left), y: at.y(box.top), width: round(box.width), height: round(widths[0]), fill: edge }));
  }
  return found;
};

/* What a style sheet puts before or after it: a ring, a bar. */
const addedTo = (element, box, at, scale, defs) => ['::before', '::after'].flatMap((name) => {
  const style = getComputedStyle(element, name);
  const [left, top, width, height] = ['left', 'top', 'width', 'height'].map((side) => parseFloat(style[side]));
  if (style.content !== '""' || style.position !== 'absolute' || !(width > 0)) return [];
  const wide = style.boxSizing === 'border-box' ? 0 : 1, edges = (a, b) => wide * (parseFloat(style[a]) + parseFloat(style[b]));
  return boxOf(style, {
    left: box.left + scale * (element.clientLeft + left), top: box.top + scale * (element.clientTop + top),
    width: scale * (width + edges('borderLeftWidth', 'borderRightWidth')),
    height: scale * (height + edges('borderTopWidth', 'borderBottomWidth')),
  }, at, scale, defs);
});

/* The lines that a text is broken into: [text, rectangle]. */
const linesOf = (node) => {
  const range = document.createRange(), lines = [], text = node.data;
  for (const { index, 0: word } of text.matchAll(/\S+\s*/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.trimEnd().length);
    const box = range.getBoundingClientRect(), last = lines.at(-1);
    if (last && Math.abs(last.box.top - box.top) < 2) Object.assign(last, { text: last.text + word, right: box.right });
    else lines.push({ text: word, box, right: box.right });
  }
  return lines;
};

const textOf = (node, style, at, scale) => linesOf(node).filter(({ box }) => box.width > 0).map(({ text, box, right }) => {
  pen.font = style.font;
  const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = pen.measureText('x'), size = parseFloat(style.fontSize) * scale;
  const made = svg('text', {
    x: at.x(box.left), y: at.y(box.top + box.height * up / (up + down)), fill: plain(style.color) || 'none',
    'font-family': style.fontFamily, 'font-size': round(size), 'font-weight': style.fontWeight,
    textLength: round(right - box.left), lengthAdjust: 'spacingAndGlyphs', /* as wide where there is another font */
  });
  made.textContent = text.trimEnd();
  return made;
});

/* ---- everything */

const painted = (element, at, defs) => {
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  if (element.matches(LEFT_OUT) || !seen(style)) return [];
  if (element instanceof SVGSVGElement) return box.width && box.height ? [copied(element, at)] : [];
  const scale = element.offsetWidth ? box.width / element.offsetWidth : 1;
  const inside = [...element.childNodes].flatMap((node) => node instanceof Text ? textOf(node, style, at, scale)
    : node instanceof Element ? painted(node, at, defs) : []);
  const own = [...(box.width ? boxOf(style, box, at, scale, defs) : []), ...addedTo(element, box, at, scale, defs)];
  const all = [...own, ...clipped(inside, style, box, at, defs)];
  if (style.opacity === '1' || !all.length) return all;
  const group = svg('g', { opacity: style.opacity });
  group.append(...all);
  return [group];
};

/* What does not show on the page because it is cut off does not show in the file. */
const clipped = (inside, style, box, at, defs) => {
  if (style.overflowX === 'visible' || !inside.length || !box.width) return inside;
  const clip = svg('clipPath', { id: 'c' + defs.childNodes.length }), group = svg('g', { 'clip-path': `url(#c${defs.childNodes.length})` });
  clip.append(svg('rect', { x: at.x(box.left), y: at.y(box.top), width: round(box.width), height: round(box.height) }));
  defs.append(clip);
  group.append(...inside);
  return [group];
};

const paper = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = plain(getComputedStyle(at).backgroundColor);
    if (colour) return colour;
  }
  return '#fff';
};

/* The text of an SVG file that shows what this element shows now. */
export const pictureOf = (element, title) => {
  const box = element.getBoundingClientRect(), w = round(box.width + 2 * EDGE), h = round(box.height + 2 * EDGE);
  const at = { x: (x) => round(x - box.left + EDGE), y: (y) => round(y - box.top + EDGE) };
  const root = svg('svg', { width: w, height: h, viewBox: `0 0 ${w} ${h}` }), name = svg('title'), defs = svg('defs');
  name.textContent = title;
  root.append(name, defs, svg('rect', { width: w, height: h, fill: paper(element) }), ...painted(element, at, defs));
  return new XMLSerializer().serializeToString(root);
};
