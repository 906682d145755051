/* The name, the pages, and the engine's line. A page is a hash in the address: #compare. */
const root = element.querySelector('.sx-header');
const PAGES = [['explore', 'Explore'], ['compare', 'Compare']];
const side = S.el('div', 'sx-engine');
const brand = S.el('div', 'sx-brand');
brand.append(S.el('h1', '', 'SCALE Explorer'));
const nav = S.el('nav', 'sx-nav');
nav.setAttribute('aria-label', 'Pages');
const links = PAGES.map(([name, word]) => {
  const link = S.el('a', '', word);
  link.href = '#' + name;
  link.dataset.page = name;
  /* by hand: the page may stand under a base address or have a query, which the link would drop */
  link.addEventListener('click', (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    location.hash = name;
  });
  nav.append(link);
  return link;
});
const start = S.el('div', 'sx-start');
start.append(brand, nav);
const line = S.el('p', 'sx-muted sx-what');
const WHAT = {
  explore: 'Watch a model decide what to think hard about.',
  compare: 'Strategies side by side: one plan, one budget, and where each one spends it.',
};
root.replaceChildren(start, side, line);
let seed = null;
const draw = () => {
  const v = props.value || {};
  const parts = [...(v.parts || []), 'seed ' + (seed === null ? v.seed : seed)];
  side.replaceChildren(S.el('span', v.ok ? 'sx-dot' : 'sx-dot sx-off'),
    S.el('span', '', parts.join(' · ')));
  side.title = (v.notes || []).join(' ');
};
const turn = () => {
  const asked = location.hash.slice(1);
  const page = PAGES.some(([name]) => name === asked) ? asked : 'explore';
  document.documentElement.dataset.sxPage = page;
  links.forEach((link) => {
    if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  });
  S.put(line, WHAT[page]);
  /* charts drawn while hidden have no size: let them measure again */
  requestAnimationFrame(() => window.dispatchEvent(new Event('resize')));
};
window.addEventListener('hashchange', turn);
S.hear('seed', (s) => { seed = s; draw(); });
turn();
draw();
watch('value', draw);
