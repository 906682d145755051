/* Elements, and what every drawing does with them. Text always goes in as text, never as markup. */

export const el = (tag, cls, text) => {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
};

export const svg = (tag, attrs = {}) => {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  Object.entries(attrs).forEach(([name, value]) => node.setAttribute(name, value));
  return node;
};

export const add = (node, ...kids) => { node.append(...kids); return node; };

export const put = (node, text) => {
  const wanted = text === null || text === undefined ? '' : String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
};

export const attr = (node, name, value) => {
  if (value === null || value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
};

export const button = (cls, text, press) => {
  const made = el('button', cls, text);
  made.type = 'button';
  if (press) made.addEventListener('click', press);
  return made;
};

/* A row of buttons of which one is pressed. */
export const segments = (label) => {
  const group = el('div', 'sx-seg');
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', label);
  return group;
};

/* items: [class of the key, text, sign in the key]. */
export const legend = (cls, items) => add(
  el('div', 'sx-legend ' + cls),
  ...items.map(([key, text, sign]) => add(el('span'), el('i', key, sign), text)),
);

/* A table that scrolls sideways; heads: names, or [name, class]. */
export const table = (cls, heads) => {
  const cells = heads.map((head) => {
    const th = Array.isArray(head) ? el('th', head[1], head[0]) : el('th', '', head);
    th.scope = 'col';
    return th;
  });
  const body = el('tbody');
  const made = add(el('table', cls), add(el('thead'), add(el('tr'), ...cells)), body);
  return { body, heads: cells, scroll: add(el('div', 'sx-mini-scroll'), made) };
};

/* Facts as rows: a name and a value. */
export const facts = (rows) => {
  const list = el('dl', 'sx-facts');
  list.append(...rows.map(([name, value]) => add(el('div'), el('dt', '', name), el('dd', '', value))));
  return list;
};

/* Keeps one child for each item, by key, in place: focus and scroll survive updates. */
export const keyed = (parent, items, key, create, update) => {
  const have = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item, i) => {
    const k = String(key(item, i));
    let child = have.get(k);
    if (!child) {
      child = create(item, i);
      child.dataset.key = k;
      parent.appendChild(child);
    }
    have.delete(k);
    update(child, item, i);
    return child;
  });
  have.forEach((child) => child.remove());
  wanted.forEach((child, i) => { /* one that is in its place keeps the focus */
    if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] || null);
  });
};

/* A line and a text in an SVG group. */
export const tagged = () => add(svg('g'), svg('path'), svg('text'));

/* One such group for each mark: id, d, x, y, text, end and, if it has one, cls. */
export const marks = (group, items) => keyed(group, items, (m) => m.id, tagged, (g, m) => {
  attr(g, 'class', m.cls);
  attr(g.firstChild, 'd', m.d || null);
  put(g.lastChild, m.text);
  attr(g.lastChild, 'x', m.x);
  attr(g.lastChild, 'y', m.y);
  attr(g.lastChild, 'text-anchor', m.end);
});

/* Whether the visitor asked for less motion. */
export const calm = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;
