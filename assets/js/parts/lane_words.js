/* A lane's line of what is being written: which node, how long it is, and its last words. */
import { add, attr, el, put } from './dom.js';
import { counted, lastLine, readable, short } from '../pure/writing.js';

export const createLaneWords = () => {
  const line = add(el('p', 'sx-lane-words'), el('b'), add(el('span'), el('span')));
  line.setAttribute('aria-live', 'off');
  return line;
};

export const updateLaneWords = (line, nodes) => {
  const [about, window] = line.children, found = readable(nodes), w = found && found[1];
  put(about, w ? short(w) + (w.tokens ? ' tok' : '') + ' · ' + w.name : '');
  put(window.firstChild, w ? lastLine(w) : '');
  line.classList.toggle('is-thinking', Boolean(w && !w.reply));
  attr(line, 'title', w ? w.stage + ', ' + counted(w) : null);
};
