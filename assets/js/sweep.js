/* The threshold sweep: what tau buys, from all System 2 to all System 1. Follows plot.js in one
   script. */
const root = element.querySelector('.sx-sweep');
const el = S.el, NS = S.svg;
const plot = P.box(['sx-p-grid', 'sx-w-rated', 'sx-w-line', 'sx-f-bars', 'sx-w-dots', 'sx-f-names'], 'sx-sweep-box');
const [grid, rated, line, bars, dots, names] = plot.layers;
const legend = S.legend('sx-look-legend', [['sx-k-w', 'an interval of τ, with its 95% interval'], ['sx-k-now', 'the τ in force'], ['sx-k-rated', 'with what ratings cost']]);
const title = el('h3', 'sx-title');
const rule = el('div', 'sx-tau-rule');
rule.setAttribute('role', 'img');
const { heads, body, scroll } = S.table('sx-sweep-table', ['threshold', 'thinking slowly', ...['tokens', 'right', '95%'].map((name) => [name, 'sx-r'])]);
const said = el('div', 'sx-sweep-said');
root.replaceChildren(S.add(el('div', 'sx-sweep-plot'), title, legend, plot.frame, rule), S.add(el('div', 'sx-sweep-side sx-mini'), said, scroll));
let sc = null, lit = null;
const cls = (p, i) => (p.chosen ? 'is-now' : '') + (lit === i ? ' is-lit' : '');
const light = (i) => { lit = i; draw(); };
const ruler = (v) => {
  S.attr(rule, 'aria-label', 'Difficulties on the ruler of τ: ' + v.ruler.map((s) => s.name + ' ' + s.d.toFixed(2)).join(', ') + '; τ in force ' + v.tau.toFixed(2));
  const marks = [...v.ruler].sort((a, b) => a.d - b.d);
  const near = 40 / Math.max(120, rule.clientWidth || 500);
  let before = -1, row = 0;
  const pins = marks.map((s) => { row = s.d - before < near ? (row + 1) % 3 : 0; before = s.d; return { ...s, row }; });
  const parts = [el('span', 'sx-tau-track'), ...v.points.map((p, i) => {
    const part = el('i', 'sx-tau-part ' + cls(p, i));
    part.style.left = 100 * Math.max(0, Math.min(1, p.low)) + '%';
    part.style.width = 100 * Math.max(0, Math.min(1, p.high) - Math.max(0, p.low)) + '%';
    return part;
  }), ...pins.map((s) => {
    const pin = el('span', 'sx-tau-pin row' + s.row), dot = el('i', s.s === null ? 'lv-none' : 'lv' + s.s);
    pin.style.left = 100 * s.d + '%';
    pin.title = s.name + ': difficulty ' + s.d.toFixed(2);
    pin.append(dot, el('span', '', s.name));
    return pin;
  })];
  const hand = el('span', 'sx-tau-hand');
  hand.style.left = 100 * Math.max(0, Math.min(1, v.tau)) + '%';
  hand.append(el('span', '', 'τ = ' + v.tau.toFixed(2)));
  rule.replaceChildren(...parts, hand);
};
function draw() {
  const v = props.value;
  root.hidden = !v;
  if (!v) return;
  const right = v.measure === 'right';
  S.put(title, right ? 'Accuracy against tokens as τ rises from below 0 to 1' : 'Agreement with all System 2 against tokens as τ rises from below 0 to 1');
  S.put(heads[3], right ? 'right' : 'agree');
  const ends = v.points.flatMap((p) => [p.x, p.rated === null ? p.x : p.rated]);
  const low = Math.min(...ends), high = Math.max(...ends), room = Math.max(10, (high - low) * 0.12);
  sc = P.scales(plot.frame, Math.max(0, low - room), high + room, Math.max(...v.points.map((p) => p.range[1])));
  S.attr(plot.svg, 'viewBox', `0 0 ${sc.w} ${sc.h}`);
  P.axes(grid, sc, 'tokens, the plan included');
  const places = v.points.map((p) => [sc.x(p.x), sc.y(p.y)]);
  S.keyed(line, [1], () => 'line', () => NS('path'), (p) => S.attr(p, 'd', 'M' + places.map((q) => q.map((n) => n.toFixed(1)).join(',')).join('L')));
  S.keyed(bars, v.points, (_, i) => i, () => NS('path'), (g, p, i) => { S.attr(g, 'd', `M${places[i][0]},${sc.y(p.range[0])}V${sc.y(p.range[1])}`); S.attr(g, 'class', cls(p, i)); });
  S.keyed(rated, v.points, (_, i) => i, () => NS('path'), (g, p, i) => {
    S.attr(g, 'd', p.rated === null ? null : `M${places[i][0]},${places[i][1]}H${sc.x(p.rated)}m0,-4v8`);
    S.attr(g, 'class', cls(p, i));
  });
  S.keyed(dots, v.points, (_, i) => i, (_, i) => {
    const g = S.add(NS('g'), NS('circle', { r: 11 }), NS('circle', { r: 6 }), NS('title'));
    g.addEventListener('mouseenter', () => light(i));
    g.addEventListener('mouseleave', () => light(null));
    return g;
  }, (g, p, i) => {
    S.attr(g, 'transform', `translate(${places[i]})`);
    S.attr(g, 'class', cls(p, i));
    S.put(g.lastChild, p.tau + ': ' + p.slow + ', ' + p.tokens + ' tokens, ' + p.share);
  });
  const labels = v.points.map((p, i) => ({ p, i, text: p.short, x: places[i][0], y: places[i][1] }));
  const lines = v.points.flatMap((p, i) => {
    const [x, y] = places[i], bar = [[x - 2, sc.y(p.range[1]), x + 2, sc.y(p.range[0])]];
    return p.rated === null ? bar : [...bar, [x, y - 3, sc.x(p.rated), y + 3]];
  });
  P.names(names, P.place(labels, places, sc, lines), (t) => t.i, (t) => cls(t.p, t.i));
  S.attr(plot.svg, 'aria-label', title.textContent + ': ' + v.points.map((p) => p.tau + ' ' + p.tokens + ' tokens ' + p.share).join('; '));
  ruler(v);
  S.keyed(body, v.points, (_, i) => i, (_, i) => {
    const row = S.add(el('tr'), ...['', '', 'sx-r', 'sx-r', 'sx-r'].map((cls) => el('td', cls)));
    row.addEventListener('mouseenter', () => light(i));
    row.addEventListener('mouseleave', () => light(null));
    return row;
  }, (row, p, i) => {
    row.className = cls(p, i);
    S.put(row.children[0], (p.chosen ? '▸ ' : '') + p.tau);
    S.put(row.children[1], p.slow);
    S.put(row.children[2], p.tokens + (p.rated === null ? '' : ' + ' + v.rating));
    S.put(row.children[3], p.share);
    S.put(row.children[4], S.proportion(p.range[0]) + ' to ' + S.proportion(p.range[1]));
  });
  S.keyed(said, v.sentences, (t) => t, (t) => el('p', '', t), () => {});
}
new ResizeObserver(() => draw()).observe(plot.frame);
draw();
watch('value', draw);
