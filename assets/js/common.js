/* Shared by every drawing of the page. Text always goes in as textContent, never as markup. */
const S = (window.ScaleUI = window.ScaleUI || (() => {
  const el = (tag, cls, text) => {
    const node = document.createElement(tag);
    if (cls) node.className = cls;
    if (text !== undefined && text !== null) node.textContent = text;
    return node;
  };
  const svg = (tag, attrs) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const name in attrs) node.setAttribute(name, attrs[name]);
    return node;
  };
  const add = (node, ...kids) => { node.append(...kids); return node; };
  const button = (cls, text, press) => {
    const b = el('button', cls, text);
    b.type = 'button';
    if (press) b.addEventListener('click', press);
    return b;
  };
  /* A row of buttons of which one is pressed. */
  const segments = (label) => {
    const group = el('div', 'sx-seg');
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', label);
    return group;
  };
  const legend = (cls, items) => add(el('div', 'sx-legend ' + cls), ...items.map(([key, text, sign]) => add(el('span'), el('i', key, sign), text)));
  /* A table that scrolls sideways; heads: names, or [name, class]. */
  const table = (cls, heads) => {
    const cells = heads.map((head) => {
      const th = Array.isArray(head) ? el('th', head[1], head[0]) : el('th', '', head);
      th.scope = 'col';
      return th;
    });
    const body = el('tbody');
    return { body, heads: cells, scroll: add(el('div', 'sx-mini-scroll'), add(el('table', cls), add(el('thead'), add(el('tr'), ...cells)), body)) };
  };
  const many = (n, word) => n + ' ' + word + (n === 1 ? '' : 's');
  const put = (node, text) => {
    text = text === null || text === undefined ? '' : String(text);
    if (node.textContent !== text) node.textContent = text;
  };
  const attr = (node, name, value) => {
    if (value === null || value === undefined) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  };
  /* ---- amounts as text: the twin of views/units.py, driven by its table; a test compares both */
  const U = window.ScaleUnits;
  const fixed = (size, decimals) => {
    const [whole, rest] = (size < 1e21 ? size.toFixed(decimals) : String(BigInt(size))).split('.');
    return whole.replace(/\B(?=(\d{3})+$)/g, U.thousands) + (rest ? '.' + rest : '');
  };
  const plain = (size) => {
    let decimals = 0;
    while (decimals < U.decimals && size * 10 ** decimals < 10 ** (U.telling - 1) - 0.05) decimals += 1;
    const text = fixed(size, decimals);
    return decimals ? text.replace(/\.?0+$/, '') : text;
  };
  const prefixed = (size) => {
    const at = U.prefixes.find(([, of]) => size / of < 999.5) || U.prefixes[U.prefixes.length - 1];
    return plain(size / at[1]) + at[0];
  };
  const ROUND = { whole: (n) => fixed(n, 0), telling: plain, prefixed, seconds: (n) => fixed(n, n < 10 ? 2 : n < 1000 ? 1 : 0) + ' s' };
  const amount = (n, unit, currency) => {
    if (n === null || n === undefined) return U.unknown;
    const text = ROUND[U.units[unit][0]](Math.abs(n));
    return (n < 0 && /[1-9]/.test(text) ? '−' : '') + (currency && unit === 'money' ? currency + ' ' : '') + text;
  };
  const count = (n) => amount(n, 'tokens');
  const tokens = (n) => count(n) + (n === 1 ? ' token' : ' tokens');
  /* An amount that stands alone, in any unit. */
  const said = (n, unit, currency) => {
    if (n === null || n === undefined) return unit + ' ' + U.unknown;
    if (unit === 'tokens') return tokens(n);
    if (unit === 'money' && !n && !currency) return 'nothing billed';
    const text = amount(n, unit, currency);
    return unit !== 'FLOPs' ? text : text.includes(' ') ? text + 'FLOPs' : text + ' FLOPs';
  };
  const proportion = (s) => s > 0 && s < 0.005 ? '<1%' : s >= 0.995 && s < 1 ? '>99%' : Math.floor(100 * s + 0.5) + '%';
  const title = (unit) => U.units[unit][1];
  /* What something spent in a unit: `tokens`, or one of its `costs`; undefined where nothing. */
  const spent = (thing, unit) => (unit === 'tokens' ? thing.tokens : (thing.costs || {})[unit]);
  /* The switch between units: all on the page move together, and `pick` hears it. */
  const switched = (names, label, pick) => {
    const group = segments(label);
    const show = (unit) => [...group.children].forEach((b) => attr(b, 'aria-pressed', b.textContent === unit));
    group.append(...names.map((name) => button('', name, () => tell('unit', name))));
    show(names[0]);
    hear('unit', (name) => {
      const unit = names.includes(name) ? name : names[0];
      show(unit);
      pick(unit);
    });
    return group;
  };
  /* Keeps one child for each item, by key, in place: focus and scroll survive updates. */
  const keyed = (parent, items, key, create, update) => {
    const have = new Map([...parent.children].map((c) => [c.dataset.key, c]));
    items.forEach((item, i) => {
      const k = String(key(item, i));
      let child = have.get(k);
      if (!child) {
        child = create(item, i);
        child.dataset.key = k;
        parent.appendChild(child);
      }
      have.delete(k);
      update(child, item, i);
    });
    have.forEach((child) => child.remove());
  };
  const tagged = () => add(svg('g'), svg('path'), svg('text'));
  /* A line and a text in an SVG group for each mark: id, d, x, y, text, end and, if it has one, cls. */
  const marks = (group, items) => keyed(group, items, (m) => m.id, tagged, (g, m) => {
    attr(g, 'class', m.cls);
    attr(g.firstChild, 'd', m.d || null);
    put(g.lastChild, m.text);
    attr(g.lastChild, 'x', m.x);
    attr(g.lastChild, 'y', m.y);
    attr(g.lastChild, 'text-anchor', m.end);
  });
  /* Round values from low to high, about `count` of them. */
  const ticks = (low, high, count) => {
    const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough || 1));
    const step = [1, 2, 2.5, 5, 10].map((k) => k * power).find((s) => s >= rough) || 1;
    const first = Math.ceil(low / step - 1e-9);
    return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
  };
  const calm = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const tell = (name, detail) => window.dispatchEvent(new CustomEvent('scale:' + name, { detail }));
  const hear = (name, fn) => window.addEventListener('scale:' + name, (e) => fn(e.detail));
  /* `draw` hears the unit that is chosen anywhere; where rollouts are, what cannot count them counts
     tokens. */
  const follow = (draw) => hear('unit', (name) => draw(name === 'rollouts' ? 'tokens' : name));
  return {
    el, svg, add, button, segments, legend, table, many, put, attr, count, tokens, plain, amount,
    said, proportion, title, spent,
    switched, follow, keyed, tagged, marks, ticks, calm, tell, hear,
  };
})());
