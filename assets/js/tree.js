/* Graphs of a lane as SVG: a search's tree, or the plan. Precedes lanes.js in one script. */
const NS = S.svg;
const ROW = 31;
const DASH = ['', '5 2.5', '1.5 2.5', '7 2 1.5 2', '3 1.5', '9 3'];
const press = (node, fn) => {
  node.addEventListener('click', fn);
  node.addEventListener('keydown', (e) => {
    if (e.key !== 'Enter' && e.key !== ' ') return;
    e.preventDefault();
    fn();
  });
};
const canvas = (holder) => {
  let svg = holder.querySelector('svg');
  if (!svg) {
    const layers = ['axis', 'edges', 'nodes'].map((name) => NS('g', { class: 'sx-g-' + name }));
    layers.slice(0, 2).forEach((layer) => S.attr(layer, 'aria-hidden', 'true'));
    svg = S.add(NS('svg', { class: 'sx-graph' }), ...layers);
    holder.replaceChildren(svg);
  }
  const w = holder.clientWidth || 260, h = holder.clientHeight || 210;
  S.attr(svg, 'viewBox', `0 0 ${w} ${h}`);
  S.attr(svg, 'width', w);
  S.attr(svg, 'height', h);
  const [axis, edges, nodes] = svg.children;
  return { svg, axis, edges, nodes, w, h: h - 20 };
};
const bend = (a, b) => {
  const c = (a.x + b.x) / 2;
  return `M${a.x},${a.y}C${c},${a.y} ${c},${b.y} ${b.x},${b.y}`;
};
const axisNames = (c, names, at) => S.keyed(c.axis, names, (n, i) => i, () => NS('text'), (t, n, i) => {
  S.put(t, n);
  S.attr(t, 'x', at(i + 1));
  S.attr(t, 'y', c.h + 15);
});
const edge = (c, list) => S.keyed(c.edges, list, (e) => e.id, () => NS('path'), (p, e) => {
  S.attr(p, 'd', e.d);
  S.attr(p, 'stroke-width', e.width.toFixed(1));
  S.attr(p, 'class', e.cls);
});
/* The root and the nodes at their spots, each a button but for what stands for several. */
const placed = (c, nodes, at, shapes, open, update) => S.keyed(c.nodes, [{ id: 'root', root: true }, ...nodes], (n) => n.id, (n) => {
  if (n.root) return S.add(NS('g'), NS('circle', { r: 4.5, class: 'sx-root' }));
  const group = S.add(NS('g'), ...shapes());
  if (n.more) return group;
  S.attr(group, 'tabindex', 0);
  S.attr(group, 'role', 'button');
  press(group, () => open(n.id));
  return group;
}, (group, n) => {
  group.style.transform = `translate(${at(n).x}px,${at(n).y}px)`;
  if (!n.root) update(group, n);
});
/* Which nodes of each column are drawn: as many as there is room for; the rest is one dotted node. */
const fitted = (g, c) => {
  const room = Math.max(2, Math.floor((c.h - 6) / ROW));
  const columns = new Map();
  g.nodes.forEach((n) => columns.set(n.x, [...(columns.get(n.x) || []), n]));
  const out = [];
  columns.forEach((column, x) => {
    const told = (g.more.find((m) => m[0] === x) || [x, 0, 0]);
    const fits = column.length <= room && !told[1];
    const keep = fits ? column : [...column].sort((a, b) => (b.won - a.won) || (b.n + (b.k || 0)) - (a.n + (a.k || 0))).slice(0, room - 1);
    const kept = column.filter((n) => keep.includes(n));
    const hidden = column.filter((n) => !keep.includes(n));
    if (!fits) {
      kept.push({ id: 'more' + x, x, more: hidden.length + told[1], n: hidden.reduce((s, n) => s + n.n, told[2]), p: '' });
    }
    kept.forEach((n, i) => out.push({ ...n, y: c.h / 2 + (i - (kept.length - 1) / 2) * Math.min(c.h > 240 ? 84 : 52, c.h / Math.max(1, kept.length)) }));
  });
  return out;
};
const treeLabel = (n, name) => n.more ? S.many(n.more, 'more value') + ' at ' + name + ', reached by ' + S.many(n.n, 'rollout')
  : [(n.v === null ? 'unreadable' : 'value ' + n.v) + ' at ' + name, 'reached by ' + S.many(n.n, 'rollout'),
    n.k === null ? '' : n.k ? 'given ' + n.k : 'pruned', n.p2 === null ? '' : 'score ' + n.p2.toFixed(2),
    n.g ? 'direction ' + n.g : '', n.won ? 'led to the answer' : ''].filter(Boolean).join(', ');
const drawTree = (holder, g, most, open, chosen) => {
  const c = canvas(holder);
  const count = Math.max(1, g.columns.length);
  const left = 12, right = 50, step = (c.w - left - right) / count;
  const at = (x) => left + x * step;
  const fits = (text) => text !== null && step >= 36 && text.length * 6.6 < step - 2;
  const nodes = fitted(g, c);
  const spots = new Map(nodes.map((n) => [n.id, { x: at(n.x), y: n.y }]));
  const rootSpot = { x: left, y: c.h / 2 };
  const from = (n) => n.p === 'root' || n.x === 1 ? rootSpot : spots.get(n.p) || spots.get('more' + (n.x - 1)) || { x: at(n.x - 1), y: c.h / 2 };
  axisNames(c, g.columns, at);
  edge(c, nodes.filter((n) => !n.more || n.x === 1 || spots.has('more' + (n.x - 1))).map((n) => ({
    id: n.id, d: bend(from(n), { x: at(n.x), y: n.y }), width: 1.5 + 7.5 * n.n / Math.max(1, most),
    cls: (n.cut ? 'is-cut' : '') + (n.won ? ' is-won' : ''),
  })));
  const shapes = () => [NS('circle', { class: 'sx-hit', r: 16 }), NS('circle'), NS('text', { class: 'sx-n', dy: '.35em' }), NS('text', { class: 'sx-v' }), NS('text', { class: 'sx-d' }), NS('title')];
  placed(c, nodes, (n) => n.root ? rootSpot : spots.get(n.id), shapes, open, (group, n) => {
    const [, disc, number, value, direction, title] = group.children;
    const last = n.x === g.columns.length;
    S.attr(group, 'class', ['sx-tnode', n.more ? 'is-more' : n.s === null ? 'sv-none' : 'sv' + n.s, n.cut ? 'is-cut' : '',
      n.won ? 'is-won' : '', n.bad ? 'is-bad' : '', n.id === chosen ? 'is-chosen' : ''].join(' '));
    S.attr(disc, 'r', n.more ? 11 : 9 + 3.5 * Math.sqrt(n.n / Math.max(1, most)));
    const letter = n.g ? n.g.charCodeAt(0) - 65 : 0;
    S.attr(disc, 'stroke-dasharray', n.g ? DASH[letter % DASH.length] : null);
    S.attr(disc, 'stroke-width', n.g ? 2.5 : 1.5);
    S.put(number, n.more ? '+' + n.more : n.bad ? '✕' : n.n);
    S.put(value, n.more || !last && !fits(n.v) ? '' : n.v);
    S.attr(value, 'x', last ? 17 : 0);
    S.attr(value, 'y', last ? 4 : 25);
    S.attr(value, 'text-anchor', last ? 'start' : 'middle');
    S.put(direction, step >= 36 && n.g ? n.g : '');
    S.attr(direction, 'x', 13);
    S.attr(direction, 'y', -9);
    const label = treeLabel(n, g.columns[n.x - 1] || n.x);
    S.put(title, label);
    S.attr(group, 'aria-label', label);
  });
};

/* ---- the plan: what each step was given */
const MODE = ['mode not known', 'System 1', 'System 2'];
const planLabel = (n) => ['step ' + n.name, n.label, S.many(n.n, 'rollout'), MODE[n.m], n.d === null ? '' : 'difficulty ' + n.d.toFixed(2),
  n.up ? 'escalated' : '', n.state, n.v === null ? '' : 'result ' + n.v].filter(Boolean).join(', ');
const drawPlan = (holder, g, most, open, chosen) => {
  const c = canvas(holder);
  const columns = Math.max(1, ...g.nodes.map((n) => n.x)), rows = g.nodes.map((n) => n.y);
  const left = 12, right = 40, step = (c.w - left - right) / columns;
  const low = Math.min(0, ...rows), high = Math.max(0, ...rows);
  const down = Math.min(78, (c.h - 62) / Math.max(1, high - low));
  const at = (n) => ({ x: left + n.x * step, y: c.h / 2 + (n.y - (low + high) / 2) * down });
  const spots = new Map(g.nodes.map((n) => [n.id, at(n)]));
  const rootSpot = { x: left, y: c.h / 2 };
  const roomy = step >= 38;
  axisNames(c, [], () => 0);
  const byId = new Map(g.nodes.map((n) => [n.id, n]));
  edge(c, g.edges.map(([a, b]) => ({
    id: a + '>' + b, d: bend(spots.get(a) || rootSpot, spots.get(b)), cls: byId.get(b).n ? '' : 'is-cut',
    width: 1.5 + 7.5 * byId.get(b).n / Math.max(1, most),
  })));
  const shapes = () => [NS('rect', { class: 'sx-up' }), NS('rect', { class: 'sx-box' }), NS('text', { class: 'sx-n', dy: '.35em' }), NS('text', { class: 'sx-v', 'text-anchor': 'middle' }), NS('text', { class: 'sx-d', 'text-anchor': 'middle' }), NS('title')];
  placed(c, g.nodes, (n) => n.root ? rootSpot : spots.get(n.id), shapes, open, (group, n) => {
    const [ring, box, number, value, name, title] = group.children;
    const w = roomy ? 32 : 26, h = 26;
    S.attr(group, 'class', ['sx-tnode is-step', n.s === null ? 'sv-none' : 'lv' + n.s, 'st-' + n.state, n.id === chosen ? 'is-chosen' : ''].join(' '));
    [[box, 0], [ring, 4]].forEach(([r, grow]) => {
      S.attr(r, 'x', -w / 2 - grow);
      S.attr(r, 'y', -h / 2 - grow);
      S.attr(r, 'width', w + 2 * grow);
      S.attr(r, 'height', h + 2 * grow);
      S.attr(r, 'rx', n.m === 1 ? h / 2 + grow : 4 + grow);
    });
    S.attr(ring, 'visibility', n.up ? 'visible' : 'hidden');
    S.put(number, n.state === 'failed' ? '✕' : n.n || (n.state === 'running' ? '…' : ''));
    const short = n.v && n.v.length > 7 ? n.v.slice(0, 6) + '…' : n.v;
    S.put(value, roomy ? short : '');
    S.attr(value, 'y', h / 2 + (n.up ? 18 : 15));
    S.put(name, n.name);
    S.attr(name, 'y', -h / 2 - (n.up ? 9 : 6));
    const label = planLabel(n);
    S.put(title, label);
    S.attr(group, 'aria-label', label);
  });
};
