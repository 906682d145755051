/* The name, the pages, and the engine's line. A page is a hash in the address: #compare. */
import { add, el, put } from '../parts/dom.js';
import { hear } from '../parts/signals.js';

const PAGES = {
  explore: ['Explore', 'Watch a model decide what to think hard about.'],
  compare: ['Compare', 'Strategies side by side: one plan, one budget, and where each one spends it.'],
  runs: ['Runs', 'Everything that you ran here, to find, open, play again and compare.'],
};

const createLink = (name, word) => {
  const link = el('a', '', word);
  link.href = '#' + name;
  link.dataset.page = name;
  /* by hand: the page may stand under a base address or have a query, which the link would drop */
  link.addEventListener('click', (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    location.hash = name;
  });
  return link;
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-header');
  const side = el('div', 'sx-engine'), line = el('p', 'sx-muted sx-what'), nav = el('nav', 'sx-nav');
  const links = Object.entries(PAGES).map(([name, [word]]) => createLink(name, word));
  nav.setAttribute('aria-label', 'Pages');
  nav.append(...links);
  const brand = add(el('div', 'sx-brand'), el('h1', '', 'SCALE Explorer'));
  root.replaceChildren(add(el('div', 'sx-start'), brand, nav), side, line);
  let seed = null;

  const draw = () => {
    const v = props.value || {};
    const parts = [...(v.parts || []), 'seed ' + (seed ?? v.seed)];
    side.replaceChildren(el('span', v.ok ? 'sx-dot' : 'sx-dot sx-off'), el('span', '', parts.join(' · ')));
    side.title = (v.notes || []).join(' ');
  };
  const turn = () => {
    const asked = location.hash.slice(1), page = Object.hasOwn(PAGES, asked) ? asked : 'explore';
    document.documentElement.dataset.sxPage = page;
    links.forEach((link) => {
      if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    });
    put(line, PAGES[page][1]);
    /* charts drawn while hidden have no size: let them measure again */
    requestAnimationFrame(() => window.dispatchEvent(new Event('resize')));
  };
  window.addEventListener('hashchange', turn);
  hear('seed', (value) => { seed = value; draw(); });
  turn();
  draw();
  watch('value', draw);
};
