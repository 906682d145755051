/* Everything about one node: facts, what went wrong, outlines, and every call with its tokens.
   Follows calls.js in one script. */
const root = element.querySelector('.sx-inspector');
const hint = () => {
  root.replaceChildren(el('h2', 'sx-title', 'Inspector'),
    el('p', 'sx-muted', 'Open a node of the graph (click, or Tab and Enter) to read exactly what the '
      + 'model was asked, what it wrote and how sure it was of every token.'));
};
const notes = (items) => S.add(el('ul', 'sx-notes'), ...items.map((n) => S.add(el('li', n.kind === 'failed' ? 'is-bad' : ''), el('b', '', n.kind), ' ' + n.text)));
const SIGNS = { chosen: '✓', valid: '○', refused: '✕' };
const outlines = (items) => {
  const list = el('ol', 'sx-outlines');
  items.forEach((o) => {
    const item = el('li', 'is-' + (o.mark === 'chosen' ? 'chosen' : o.mark === 'refused' ? 'bad' : 'plain'));
    item.append(el('b', '', o.index + ' ' + (SIGNS[o.mark] || '≡') + ' ' + o.mark), el('code', '', o.text));
    if (o.reason) item.append(el('span', 'sx-muted', o.reason));
    list.append(item);
  });
  return list;
};
let shown = null;
const draw = () => {
  const v = props.value;
  if (!v || !v.id) { shown = null; return hint(); }
  const before = shown === v.id ? [...root.querySelectorAll('details')].map((d) => d.open) : null;
  const top = shown === v.id ? root.scrollTop : 0;
  shown = v.id;
  root.replaceChildren(el('h2', 'sx-title', v.title));
  if (v.result !== null) root.append(el('div', 'sx-result', '= ' + v.result));
  root.append(facts(v.facts));
  if (v.notes.length) root.append(notes(v.notes));
  if (v.outlines.length) root.append(outlines(v.outlines));
  const main = v.calls.findLastIndex((c) => c.main);
  v.calls.forEach((c, i) => root.append(call(c, before && i < before.length ? before[i] : i === main)));
  if (v.more) root.append(el('p', 'sx-muted', v.more + ' earlier calls are in the download.'));
  root.scrollTop = top;
};
S.hear('run', () => { shown = null; hint(); });
draw();
watch('value', draw);
