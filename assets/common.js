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
  const put = (node, text) => {
    text = text === null || text === undefined ? '' : String(text);
    if (node.textContent !== text) node.textContent = text;
  };
  const attr = (node, name, value) => {
    if (value === null || value === undefined) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  };
  const count = (n) => n === null || n === undefined
    ? 'unknown' : String(n).replace(/\B(?=(\d{3})+(?!\d))/g, '\u2009');
  const tokens = (n) => count(n) + (n === 1 ? ' token' : ' tokens');
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
  const calm = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const tell = (name, detail) => window.dispatchEvent(new CustomEvent('scale:' + name, { detail }));
  const hear = (name, fn) => window.addEventListener('scale:' + name, (e) => fn(e.detail));
  return { el, svg, put, attr, count, tokens, keyed, calm, tell, hear };
})());
