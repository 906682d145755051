/* The address that sets the form to what it is set to now. Nothing runs by it. */
import { add, button, el, put } from '../parts/dom.js';
import { createLinks } from '../parts/links.js';

export const mount = ({ element, props, watch, trigger }) => {
  const root = element.querySelector('.sx-address'), said = el('p', 'sx-link-told'), links = createLinks('these settings');
  let asked = 0;
  const ask = button('sx-quiet', 'Copy link to these settings', () => { asked += 1; trigger('ask', { number: asked }); });
  said.setAttribute('role', 'status');
  said.hidden = links.element.hidden = true;
  root.replaceChildren(add(el('div', 'sx-link-in'), ask, links.element, said));
  watch('value', () => {
    const v = props.value || {};
    if (v.number !== asked) return;
    said.hidden = !v.problem;
    put(said, v.problem);
    links.element.hidden = !v.query;
    if (!v.query) return;
    links.show(v.query, v.space);
    links.copy();
  });
};
