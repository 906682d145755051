/* Everything about one node: facts, what went wrong, outlines, and every call with its tokens. */
import { call } from '../parts/calls.js';
import { add, el, facts, put } from '../parts/dom.js';
import { hear } from '../parts/signals.js';
import { createWords, followWords } from '../parts/words.js';
import { readable, writtenOf } from '../pure/writing.js';

const HINT = 'Open a node of the graph (click, or Tab and Enter) to read exactly what the model was asked, '
  + 'what it wrote and how sure it was of every token.';
const SIGNS = { chosen: '✓', valid: '○', refused: '✕' };

const note = (n) => add(el('li', n.kind === 'failed' ? 'is-bad' : ''), el('b', '', n.kind), ' ' + n.text);

const outline = (o) => {
  const item = el('li', 'is-' + (o.mark === 'chosen' ? 'chosen' : o.mark === 'refused' ? 'bad' : 'plain'));
  item.append(el('b', '', o.index + ' ' + (SIGNS[o.mark] || '≡') + ' ' + o.mark), el('code', '', o.text));
  if (o.reason) item.append(el('span', 'sx-muted', o.reason));
  return item;
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-inspector');
  const title = el('h2', 'sx-title'), live = createWords();
  let shown = null, run = null, words = { run: null };
  const hint = () => { shown = null; put(title, 'Inspector'); root.replaceChildren(title, el('p', 'sx-muted', HINT)); };
  const fill = (v, opened) => {
    put(title, v.title);
    root.replaceChildren(title);
    if (v.result !== null) root.append(el('div', 'sx-result', '= ' + v.result));
    root.append(facts(v.facts));
    if (v.notes.length) root.append(add(el('ul', 'sx-notes'), ...v.notes.map(note)));
    if (v.outlines.length) root.append(add(el('ol', 'sx-outlines'), ...v.outlines.map(outline)));
    const main = v.calls.findLastIndex((c) => c.main);
    root.append(...v.calls.map((c, i) => call(c, opened?.[i] ?? i === main)));
    if (v.more) root.append(el('p', 'sx-muted', v.more + ' earlier calls are in the download.'));
  };
  /* Where nothing is open, whatever is being written can be read. Words that have ended stand until what
     became of them is here, and no longer than their run. */
  const write = () => {
    if (words.run !== run) return;
    const nodes = writtenOf(words, run, !words.ended), now = shown ? nodes[shown] : readable(nodes)?.[1];
    if (now) {
      live.show(now);
      if (!shown) put(title, now.name);
      if (!live.element.isConnected) title.after(live.element);
    } else if (words.ended) {
      live.element.remove();
      if (!shown) put(title, 'Inspector');
    } else live.end();
  };
  /* The same node again keeps what was unfolded, and where it was scrolled to. */
  const draw = () => {
    const v = props.value;
    if (!v || !v.id) return hint();
    const same = shown === v.id, top = same ? root.scrollTop : 0;
    const opened = same ? [...root.querySelectorAll('details')].map((d) => d.open) : null;
    shown = v.id;
    fill(v, opened);
    write();
    root.scrollTop = top;
  };
  followWords((now) => { words = now; write(); });
  hear('run', (name) => { run = name; hint(); write(); });
  draw();
  watch('value', draw);
};
