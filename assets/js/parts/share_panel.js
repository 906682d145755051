/* A run that is shared: its link, and the way back. */
import { add, button, el } from './dom.js';
import { createLinks } from './links.js';

const ABOUT = 'Whoever has this link can look at this run: no more, and nobody else’s, and only until you unshare it.';

/* unshare(): no longer. Gives the panel's element, and show(link, space). */
export const createSharePanel = (unshare) => {
  const links = createLinks('this run');
  const foot = add(el('p', 'sx-share-foot'), el('span', 'sx-muted', ABOUT), button('sx-runs-act', 'Unshare', unshare));
  return {
    element: add(el('div', 'sx-share-panel'), links.element, foot),
    show: (link, space) => links.show('run=' + encodeURIComponent(link), space),
  };
};
