/* What the form has to say about a problem or a run. */
import { attr, button, el } from '../parts/dom.js';

const SIGN = { error: '✕', warn: '!', ok: '✓', info: 'i' };

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-notice');
  const draw = () => {
    const v = props.value || {};
    root.className = 'sx-notice ' + (v.kind ? 'sx-' + v.kind : 'sx-none');
    root.replaceChildren();
    if (v.kind) root.append(el('b', '', SIGN[v.kind] || ''), el('span', '', v.text));
    if (!v.closes) return;
    const close = button('sx-notice-close', '✕', () => { root.className = 'sx-notice sx-none'; root.replaceChildren(); });
    attr(close, 'aria-label', 'Close this note');
    root.append(close);
  };
  draw();
  watch('value', draw);
};
