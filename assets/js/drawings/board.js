/* The graph, drawn in place from the view model; under it the ruler of the threshold. */
import { add, attr, button, calm, el, keyed, legend, put, svg, tagged } from '../parts/dom.js';
import { saver } from '../parts/opener.js';
import { createRuler } from '../parts/ruler.js';
import { tell } from '../parts/signals.js';
import { followUnit } from '../parts/unit_switch.js';
import { followWords } from '../parts/words.js';
import { costOf, edge, layout, markOf, shrunk, spoken } from '../pure/board.js';
import { cut } from '../pure/units.js';
import { outlived, writtenOf } from '../pure/writing.js';

const NARROW = 520; /* pixels */
const APPEARS = 70; /* ms between two nodes that are new */
const AGAIN = 1000; /* ms between two looks at an open node that changes, at least */
const LEGEND = [['sx-k-ramp', 'easy to hard'], ['sx-k-1', '① System 1'], ['sx-k-2', '② System 2'],
  ['sx-k-e', 'escalated'], ['sx-k-f', 'failed', '✕']];

const createEmpty = () => add(el('div', 'sx-empty'), el('b', '', 'What you will see'),
  el('p', '', 'The model splits your problem into steps, rates how hard each one is, answers the '
    + 'easy ones at once (System 1, round) and works the hard ones out (System 2, square). '
    + 'Every step appears here as it happens, with what it cost.'),
  el('p', '', 'Type a problem or pick an example, then press Run.'));

const createNode = (n, open) => {
  const top = add(el('span', 'sx-n1'), el('em'), el('span'));
  const low = add(el('span', 'sx-n2'), el('span', 'sx-val'), el('span', 'sx-tok'));
  return add(button('sx-node', null, () => open(n.id)), top, low, el('span', 'sx-mark'));
};

const result = (n) => n.value ? (n.kind === 'step' ? '= ' : '') + n.value
  : n.state === 'running' ? '…' : n.kind === 'answer' ? '?' : '';

const updateNode = (node, n, spot, { unit, currency, chosen, written }) => {
  node.className = ['sx-node', 'is-' + n.kind, 'st-' + n.state, 'm' + (n.mode || 0), 'lv' + (n.level ?? '-none'),
    n.escalated ? 'is-escalated' : '', n.id === chosen ? 'is-chosen' : ''].join(' ');
  Object.assign(node.style, { left: spot.x + 'px', top: spot.y + 'px', width: spot.w + 'px', height: spot.h + 'px' });
  const [top, low, mark] = node.children, words = written[n.id], [text, cls] = markOf(n, words);
  put(top.firstChild, n.name);
  put(top.lastChild, n.label);
  put(low.firstChild, result(n));
  put(low.lastChild, costOf(n, unit));
  put(mark, text);
  mark.className = 'sx-mark ' + cls;
  attr(node, 'aria-label', spoken(n, unit, currency, words));
  attr(node, 'data-state', n.state);
  node.title = n.label;
};

const drawWires = (wires, edges, plan) => {
  attr(wires, 'width', plan.w);
  attr(wires, 'height', plan.h);
  const known = edges.filter((e) => plan.spots.has(e.from) && plan.spots.has(e.to));
  keyed(wires, known, (e) => e.from + '>' + e.to, tagged, (g, e) => {
    const path = edge(plan.spots.get(e.from), plan.spots.get(e.to), plan.down), text = g.lastChild;
    attr(g, 'class', e.value === null ? 'sx-wire' : 'sx-wire is-used');
    attr(g.firstChild, 'd', path.d);
    put(text, e.to === 'answer' ? '' : cut(e.value, 7));
    attr(text, 'text-anchor', plan.down ? 'start' : 'middle');
    attr(text, 'x', path.x);
    attr(text, 'y', path.y - (plan.down ? -4 : 7));
  });
};

/* The graph's window: it fits a layout into its place, and follows what runs until it is scrolled by
   hand. */
const createArea = () => {
  const wires = svg('svg', { class: 'sx-wires', 'aria-hidden': 'true', width: 0, height: 0 }), nodes = el('div', 'sx-nodes');
  const plane = add(el('div', 'sx-plane'), wires, nodes), sizer = add(el('div', 'sx-sizer'), plane);
  const area = add(el('div', 'sx-area'), sizer);
  let scrolled = false;
  const hold = () => { scrolled = true; };
  area.tabIndex = -1;
  area.addEventListener('wheel', hold, { passive: true });
  area.addEventListener('touchmove', hold, { passive: true });

  const fit = (plan) => {
    const k = shrunk(plan, area.clientWidth - 28, area.clientHeight - 36);
    sizer.style.width = plan.w * k + 'px';
    sizer.style.height = plan.h * k + 'px';
    plane.style.transform = 'scale(' + k + ')';
    plane.classList.toggle('is-down', plan.down);
  };
  const overflows = () => area.scrollWidth > area.clientWidth + 4 || area.scrollHeight > area.clientHeight + 4;
  const follow = (items) => {
    const busy = items.findLast((n) => n.state === 'running');
    const node = busy && [...nodes.children].find((b) => b.dataset.key === busy.id);
    if (scrolled || !node || !overflows()) return;
    const box = node.getBoundingClientRect(), frame = area.getBoundingClientRect();
    if (box.right <= frame.right - 20 && box.left >= frame.left && box.bottom <= frame.bottom - 20 && box.top >= frame.top) return;
    area.scrollBy({
      left: box.left - frame.left - frame.width / 3, top: box.top - frame.top - frame.height / 3,
      behavior: calm() ? 'auto' : 'smooth',
    });
  };
  const clear = () => {
    scrolled = false;
    nodes.replaceChildren();
    wires.replaceChildren();
    attr(wires, 'width', 0); /* else an empty drawing would have the area scroll */
    attr(wires, 'height', 0);
  };
  return { area, wires, nodes, fit, follow, clear };
};

/* Asks for an open node again while it changes, but not too often. */
const createAsker = (nodeOf, trigger) => {
  let asked = '', at = -AGAIN, timer = null;
  const sign = (n) => [n.id, n.state, n.tokens, n.d, n.value, n.tries].join();
  const ask = (now) => {
    const n = nodeOf();
    if (!n || (!now && asked === sign(n))) return;
    if (now) {
      asked = sign(n);
      at = performance.now();
      trigger('select', { node: n.id });
    } else if (!timer) timer = setTimeout(() => { timer = null; ask(true); }, Math.max(0, at + AGAIN - performance.now()));
  };
  return ask;
};

export const mount = ({ element, props, watch, trigger }) => {
  const root = element.querySelector('.sx-board'), empty = createEmpty(), graph = createArea();
  const ruler = createRuler((tau) => trigger('tau', { tau }));
  graph.area.append(empty);
  const title = el('h2', 'sx-title', 'Decomposition'), picture = saver('plan', title, () => root);
  const head = add(el('div', 'sx-card-head'), title, legend('', LEGEND), picture.press);
  root.replaceChildren(head, graph.area, ruler.element);
  let chosen = null, run = null, shown = 0, timer = null, unit = 'tokens', words = null;

  const items = () => (props.value || {}).nodes || [];
  const ask = createAsker(() => items().find((n) => n.id === chosen), trigger);
  const open = (id) => { chosen = id; draw(); ask(true); };
  const begin = (name) => {
    run = name;
    root.dataset.run = name || '';
    chosen = null;
    shown = 0;
    graph.clear();
    tell('run', run);
  };
  /* New nodes appear one by one. */
  const grow = (v) => {
    const all = v.nodes, now = all.slice(0, calm() ? all.length : Math.max(shown, 1) + (shown ? 1 : 0));
    const plan = layout(all, graph.area.clientWidth < NARROW), written = writtenOf(words, run, v.status === 'running');
    const look = { unit, currency: v.currency, chosen, written };
    graph.fit(plan);
    const there = new Map(now.map((n) => [n.id, plan.spots.get(n.id)]));
    drawWires(graph.wires, v.edges || [], { ...plan, spots: there });
    keyed(graph.nodes, now, (n) => n.id, (n) => createNode(n, open), (node, n) => updateNode(node, n, there.get(n.id), look));
    shown = now.length;
    if (shown < all.length && !timer) timer = setTimeout(() => { timer = null; draw(); }, APPEARS);
    graph.follow(now);
    ask(false);
  };
  const draw = () => {
    const v = { nodes: [], ...props.value };
    if (v.run !== run) begin(v.run);
    if (outlived(words, run, v.status === 'running')) tell('words', { run, lanes: {}, ended: true });
    empty.hidden = v.nodes.length > 0;
    picture.there(v.nodes.length > 0);
    if (v.nodes.length) grow(v);
    ruler.draw(v.nodes, v.tau);
  };
  followUnit((name) => { unit = name; draw(); });
  followWords((now) => {
    words = now;
    if (now.run === run) draw();
  });
  new ResizeObserver(draw).observe(graph.area);
  draw();
  watch('value', draw);
};
