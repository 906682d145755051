/* A run or a duel as a file of its own: the page's drawings with values that stay as they are.
   ui/sheet.py writes the values and joins this module and what it imports into the file. */
import { mount as answer } from './drawings/answer.js';
import { mount as board } from './drawings/board.js';
import { mount as course } from './drawings/course.js';
import { mount as heat } from './drawings/heat.js';
import { mount as inspector } from './drawings/inspector.js';
import { mount as lanes } from './drawings/lanes.js';
import { mount as nodes } from './drawings/nodes.js';
import { mount as race } from './drawings/race.js';
import { mount as rounds } from './drawings/rounds.js';
import { mount as spend } from './drawings/spend.js';
import { mount as split } from './drawings/split.js';
import { mount as strip } from './drawings/strip.js';
import { mount as why } from './drawings/why.js';
import { add, attr, button, el, facts, put, table } from './parts/dom.js';

const DRAWINGS = { answer, board, course, heat, inspector, lanes, nodes, race, rounds, spend, split, strip, why };
const MATHML = 'http://www.w3.org/1998/Math/MathML';
const { head, drawings: values } = JSON.parse(document.getElementById('values').textContent);

/* ---- the head ------------------------------------------------------------------------------ */

const formula = ([tag, attributes, children]) => {
  const node = document.createElementNS(MATHML, tag);
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  return add(node, ...children.map((child) => typeof child === 'string' ? child : formula(child)));
};

const written = (node, pieces) => add(node, ...pieces.map((piece) => {
  if (typeof piece === 'string') return piece;
  const made = formula(piece.tree);
  made.setAttribute('aria-label', piece.tex);
  return made;
}));

const isDark = () => document.documentElement.classList.contains('dark');

const themeSwitch = () => {
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const press = button('sx-chip', '', () => show(!isDark()));
  const show = (dark) => {
    document.documentElement.classList.toggle('dark', dark);
    put(press, dark ? 'Light' : 'Dark');
    attr(press, 'aria-label', dark ? 'show in light colours' : 'show in dark colours');
  };
  show(system.matches);
  system.addEventListener('change', (e) => show(e.matches));
  return press;
};

const header = () => {
  const brand = add(el('div', 'sx-sheet-brand'), el('b', '', 'SCALE Explorer'), themeSwitch());
  const title = written(el('h1', 'sx-sheet-problem'), head.problem);
  const said = el('p', 'sx-sheet-answer');
  if (head.answer) written(add(said, 'Answer: '), head.answer);
  if (head.expected) written(add(said, head.answer ? ' · expected: ' : 'Expected: '), head.expected);
  return add(el('header', 'sx-card sx-sheet-head'), brand, title, said, facts(head.facts));
};

/* ---- the drawings -------------------------------------------------------------------------- */

/* A drawing in a card of its own; `set` gives it another value. */
const place = (name, { id = '', cls = 'sx-card', tag = 'div', trigger = () => {} } = {}) => {
  const card = el('div', cls), element = add(el('div'), el(tag, 'sx-' + name));
  const props = { value: values[name] }, watchers = [];
  if (id) card.id = id;
  card.append(element);
  try {
    DRAWINGS[name]({ element, props, watch: (_, draw) => watchers.push(draw), trigger });
  } catch (error) {
    console.error(error);
    element.append('This part could not be drawn.');
  }
  return { card, set: (value) => { props.value = value; watchers.forEach((draw) => draw()); } };
};

const CHART = { cls: 'sx-card sx-third' };
const row = (...cards) => add(el('div', 'sx-row'), ...cards);

const opener = (drawing, key) => (_, what) => {
  const found = values.opened[key(what)];
  drawing.set(found || null);
};

const sheetTable = ({ title, headers, rows }) => {
  const { body, scroll } = table('sx-mini', headers);
  const cell = (value) => el('td', '', value ?? '–');
  body.append(...rows.map((cells) => add(el('tr'), ...cells.map(cell))));
  return add(el('details', 'sx-card sx-sheet-table'), el('summary', '', title), scroll);
};

const runPage = () => {
  const side = place('inspector', { id: 'sx-side', tag: 'section' });
  const open = opener(side, (what) => what.node);
  const main = place('board', { id: 'sx-main', trigger: open });
  if (values.first !== null) open('select', { node: values.first });
  return [
    place('strip').card,
    row(main.card, side.card),
    row(place('answer', { id: 'sx-answer' }).card, ...['course', 'nodes'].map((name) => place(name, CHART).card)),
  ];
};

const duelPage = () => {
  const side = place('why', { id: 'sx-why-card', tag: 'section' });
  const open = opener(side, ({ lane, id }) => lane + '\n' + id);
  const pages = [
    place('race').card,
    place('lanes', { cls: '', id: 'sx-lanes', tag: 'section', trigger: open }).card,
    row(place('heat', { id: 'sx-heat-card', trigger: open }).card, side.card),
    row(...['spend', 'split'].map((name) => place(name, CHART).card), place('rounds', { ...CHART, trigger: open }).card),
  ];
  if (values.first !== null && values.opened[values.first]) side.set(values.opened[values.first]);
  return pages;
};

const page = document.getElementById('sheet');
page.append(header());
page.append(...(values.several ? duelPage() : runPage()), ...values.tables.map(sheetTable));
