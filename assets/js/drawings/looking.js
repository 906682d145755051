/* How far looking back is, or why it cannot be done. */
import { add, el, put } from '../parts/dom.js';
import { followUnit } from '../parts/unit_switch.js';

const ONLY_TOKENS = 'What follows counts tokens wherever the switch stands: it is computed from the mean tokens of each '
  + 'mode, and a mean does not tell how many were prompt, cached or written, which have prices of their own.';

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-looking');
  const bar = add(el('div', 'sx-bar'), el('i')), line = el('p', 'sx-look-line');
  const note = el('p', 'sx-muted sx-look-unit', ONLY_TOKENS);
  line.setAttribute('role', 'status');
  note.hidden = true;
  root.replaceChildren(line, bar, note);
  const draw = () => {
    const v = { state: 'idle', ...props.value };
    root.dataset.state = v.state;
    put(line, v.text);
    line.className = 'sx-look-line is-' + v.state;
    bar.hidden = v.state !== 'running';
    bar.className = 'sx-bar is-running';
    bar.firstChild.style.width = Math.max(2, 100 * (v.part || 0)) + '%';
  };
  followUnit((name) => { note.hidden = name === 'tokens'; });
  draw();
  watch('value', draw);
};
