/* The graph, drawn in place from the view model; then the ruler (ruler.js follows this file). */
const root = element.querySelector('.sx-board');
const SIZE = { plan: [98, 60], step: [142, 66], answer: [118, 66] };
const GAP = { along: 48, down: 40, across: 34 };
const MARK = {
  failed: ['✕ failed', 'is-bad'], stopped: ['■ stopped', 'is-bad'],
  doubted: ['? doubted', ''], escalated: ['↑ escalated', ''],
};
const el = S.el;

const head = el('div', 'sx-card-head');
head.append(el('h2', 'sx-title', 'Decomposition'));
head.append(S.legend('', [['sx-k-ramp', 'easy to hard'], ['sx-k-1', '① System 1'], ['sx-k-2', '② System 2'],
  ['sx-k-e', 'escalated'], ['sx-k-f', 'failed', '✕']]));
const area = el('div', 'sx-area');
area.tabIndex = -1;
const plane = el('div', 'sx-plane');
const wires = S.svg('svg', { class: 'sx-wires', 'aria-hidden': 'true' });
const nodes = el('div', 'sx-nodes');
plane.append(wires, nodes);
const sizer = el('div', 'sx-sizer');
sizer.append(plane);
const empty = el('div', 'sx-empty');
empty.append(el('b', '', 'What you will see'),
  el('p', '', 'The model splits your problem into steps, rates how hard each one is, answers the '
    + 'easy ones at once (System 1, round) and works the hard ones out (System 2, square). '
    + 'Every step appears here as it happens, with what it cost.'),
  el('p', '', 'Type a problem or pick an example, then press Run.'));
area.append(sizer, empty);
root.replaceChildren(head, area);

let chosen = null, run = null, shown = 0, timer = null, scrolled = false;

/* ---- where things are: columns along, rows across; on a narrow screen the other way round */
const tall = () => area.clientWidth < 520;
const measure = (items) => {
  const down = tall(), columns = [];
  items.forEach((n) => {
    const size = SIZE[n.kind][down ? 1 : 0];
    columns[n.at[0]] = Math.max(columns[n.at[0]] || 0, size);
  });
  const starts = [];
  let along = 0;
  columns.forEach((size, i) => { starts[i] = along; along += size + (down ? GAP.down : GAP.along); });
  const rows = items.map((n) => n.at[1]);
  const low = Math.min(0, ...rows), high = Math.max(0, ...rows);
  const step = (down ? SIZE.step[0] + 14 : SIZE.step[1] + GAP.across);
  const spots = new Map();
  items.forEach((n) => {
    const [w, h] = SIZE[n.kind];
    const a = starts[n.at[0]] + (columns[n.at[0]] - (down ? h : w)) / 2;
    const c = (n.at[1] - low + 0.5) * step - (down ? w : h) / 2;
    spots.set(n.id, down ? { x: c, y: a, w, h } : { x: a, y: c, w, h });
  });
  const across = (high - low + 1) * step;
  along -= down ? GAP.down : GAP.along;
  return { spots, down, w: down ? across : along, h: down ? along : across };
};
const fit = (m) => {
  const room = [area.clientWidth - 28, area.clientHeight - 36];
  const least = m.down ? 0.8 : 0.74;
  const k = Math.min(1, Math.max(least, Math.min(room[0] / m.w, m.down ? 1 : room[1] / m.h)));
  sizer.style.width = m.w * k + 'px';
  sizer.style.height = m.h * k + 'px';
  plane.style.transform = 'scale(' + k + ')';
  plane.classList.toggle('is-down', m.down);
};

/* ---- nodes */
const create = (n) => {
  const top = S.add(el('span', 'sx-n1'), el('em'), el('span'));
  const low = S.add(el('span', 'sx-n2'), el('span', 'sx-val'), el('span', 'sx-tok'));
  return S.add(S.button('sx-node', null, () => choose(n.id)), top, low, el('span', 'sx-mark'));
};
let unit = 'tokens';
const MODES = ['', '①', '②'], MODE_WORDS = ['mode not assigned', 'System 1', 'System 2'];
const speak = (n) => [
  n.kind === 'step' ? 'step ' + n.name : n.kind, n.kind === 'step' ? n.label : '',
  n.kind === 'step' ? MODE_WORDS[n.mode] : '', n.state,
  n.d !== null && n.d !== undefined ? 'difficulty ' + n.d.toFixed(2) + (n.hollow ? ' provisional' : '') : '',
  n.escalated ? 'escalated' : '', n.doubted ? 'doubted' : '', n.tries ? n.tries + ' retries' : '',
  n.value ? 'result ' + n.value : '', n.verdict ? 'verdict ' + n.verdict : '',
  n.tokens !== undefined ? S.tokens(n.tokens) : '', unit !== 'tokens' && n.costs ? S.said(n.costs[unit], unit, (props.value || {}).currency) : '',
].filter(Boolean).join(', ');
const update = (b, n, m) => {
  const spot = m.spots.get(n.id);
  b.className = ['sx-node', 'is-' + n.kind, 'st-' + n.state, 'm' + (n.mode || 0),
    n.level === null || n.level === undefined ? 'lv-none' : 'lv' + n.level,
    n.escalated ? 'is-escalated' : '', n.id === chosen ? 'is-chosen' : ''].join(' ');
  b.style.left = spot.x + 'px';
  b.style.top = spot.y + 'px';
  b.style.width = spot.w + 'px';
  b.style.height = spot.h + 'px';
  S.put(b.querySelector('em'), n.name);
  S.put(b.querySelector('.sx-n1 > span'), n.label);
  const waiting = n.state === 'running' ? '…' : n.kind === 'answer' ? '?' : '';
  S.put(b.querySelector('.sx-val'), n.value ? (n.kind === 'step' ? '= ' : '') + n.value : waiting);
  const amount = S.spent(n, unit);
  const spent = amount === undefined ? '' : S.amount(amount, unit) + (unit === 'tokens' && amount !== null ? ' tok' : '');
  S.put(b.querySelector('.sx-tok'),
    n.kind === 'plan' ? '' : [MODES[n.mode || 0], amount === 0 ? '' : spent].filter(Boolean).join(' '));
  const [word, cls] = MARK[n.state] || (n.doubted ? MARK.doubted : n.escalated ? MARK.escalated : ['', '']);
  const right = { equal: '✓ right', different: '✗ wrong', 'could not tell': '? could not tell' }[n.verdict];
  const retry = n.tries ? '↻ ' + n.tries + (n.tries === 1 ? ' retry' : ' retries') : '';
  const mark = b.querySelector('.sx-mark');
  S.put(mark, [word, retry, right].filter(Boolean).join(' · '));
  mark.className = 'sx-mark ' + (n.verdict === 'equal' ? 'is-right' : n.verdict === 'different' ? 'is-bad' : cls);
  S.attr(b, 'aria-label', speak(n));
  S.attr(b, 'data-state', n.state);
  b.title = n.label;
};

/* ---- edges */
const path = (a, b, down) => {
  if (down) {
    const [x1, y1, x2, y2] = [a.x + a.w / 2, a.y + a.h, b.x + b.w / 2, b.y];
    const c = (y1 + y2) / 2;
    return { d: `M${x1},${y1}C${x1},${c} ${x2},${c} ${x2},${y2}`, x: (x1 + x2) / 2 + 8, y: c };
  }
  const [x1, y1, x2, y2] = [a.x + a.w, a.y + a.h / 2, b.x, b.y + b.h / 2];
  const c = (x1 + x2) / 2;
  return { d: `M${x1},${y1}C${c},${y1} ${c},${y2} ${x2},${y2}`, x: x1 + GAP.along / 2, y: 0.85 * y1 + 0.15 * y2 };
};
const wire = (edges, m) => {
  S.attr(wires, 'width', m.w);
  S.attr(wires, 'height', m.h);
  const known = edges.filter((e) => m.spots.has(e.from) && m.spots.has(e.to));
  S.keyed(wires, known, (e) => e.from + '>' + e.to, S.tagged, (g, e) => {
    const p = path(m.spots.get(e.from), m.spots.get(e.to), m.down);
    S.attr(g, 'class', e.value === null ? 'sx-wire' : 'sx-wire is-used');
    S.attr(g.firstChild, 'd', p.d);
    const short = e.value && e.value.length > 7 ? e.value.slice(0, 6) + '…' : e.value;
    const toAnswer = e.to === 'answer';
    S.put(g.lastChild, toAnswer ? '' : short);
    S.attr(g.lastChild, 'text-anchor', m.down ? 'start' : 'middle');
    S.attr(g.lastChild, 'x', p.x);
    S.attr(g.lastChild, 'y', p.y - (m.down ? -4 : 7));
  });
};

/* ---- opening a node; while it changes, what is open is asked for again, at most once a second */
let asked = '', askTimer = null;
const sign = (n) => n && [n.state, n.tokens, n.d, n.value, n.tries].join();
const choose = (id) => {
  chosen = id;
  draw();
  ask(true);
};
const ask = (now) => {
  const n = (props.value && props.value.nodes || []).find((x) => x.id === chosen);
  if (!n || (!now && asked === chosen + sign(n))) return;
  if (!now) {
    if (!askTimer) askTimer = setTimeout(() => { askTimer = null; ask(true); }, 1000);
    return;
  }
  asked = chosen + sign(n);
  trigger('select', { node: chosen });
};

const follow = (items, m) => {
  if (scrolled || area.scrollWidth <= area.clientWidth + 4 && area.scrollHeight <= area.clientHeight + 4) return;
  const busy = items.filter((n) => n.state === 'running').pop();
  if (!busy) return;
  const button = [...nodes.children].find((b) => b.dataset.key === busy.id);
  if (!button) return;
  const box = button.getBoundingClientRect(), frame = area.getBoundingClientRect();
  const smooth = S.calm() ? 'auto' : 'smooth';
  if (box.right > frame.right - 20 || box.left < frame.left || box.bottom > frame.bottom - 20 || box.top < frame.top) {
    area.scrollBy({ left: box.left - frame.left - frame.width / 3, top: box.top - frame.top - frame.height / 3, behavior: smooth });
  }
};
area.addEventListener('wheel', () => { scrolled = true; }, { passive: true });
area.addEventListener('touchmove', () => { scrolled = true; }, { passive: true });

function draw() {
  const v = props.value || {};
  const items = v.nodes || [];
  if (v.run !== run) {
    run = v.run; root.dataset.run = run || ''; chosen = null; shown = 0; scrolled = false; asked = '';
    nodes.replaceChildren(); wires.replaceChildren();
    S.tell('run', run);
  }
  empty.hidden = items.length > 0;
  if (items.length) {
    const limit = S.calm() ? items.length : Math.min(items.length, Math.max(shown, 1) + (shown ? 1 : 0));
    const now = items.slice(0, limit);
    const m = measure(items);
    fit(m);
    const there = { ...m, spots: new Map(now.map((n) => [n.id, m.spots.get(n.id)])) };
    wire(v.edges || [], there);
    S.keyed(nodes, now, (n) => n.id, create, (b, n) => update(b, n, m));
    shown = limit;
    if (limit < items.length && !timer) timer = setTimeout(() => { timer = null; draw(); }, 70);
    follow(now, m);
    ask(false);
  }
  drawRuler(items, v);
}
S.follow((name) => { unit = name; draw(); });
new ResizeObserver(() => draw()).observe(area);
