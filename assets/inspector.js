/* Everything about one node: facts, what went wrong, outlines, and every call with its tokens. */
const root = element.querySelector('.sx-inspector');
const el = S.el;
const hint = () => {
  root.replaceChildren(el('h2', 'sx-title', 'Inspector'),
    el('p', 'sx-muted', 'Open a node of the graph (click, or Tab and Enter) to read exactly what the '
      + 'model was asked, what it wrote and how sure it was of every token.'));
};
const facts = (rows) => {
  const list = el('dl', 'sx-facts');
  rows.forEach(([name, value]) => {
    const row = el('div');
    row.append(el('dt', '', name), el('dd', '', value));
    list.append(row);
  });
  return list;
};
const notes = (items) => {
  const list = el('ul', 'sx-notes');
  items.forEach((n) => {
    const item = el('li', n.kind === 'failed' ? 'is-bad' : '');
    item.append(el('b', '', n.kind), document.createTextNode(' ' + n.text));
    list.append(item);
  });
  return list;
};
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
const percent = (p) => p === null ? 'unknown' : (100 * p).toFixed(p > 0.995 && p < 1 ? 1 : 0) + '%';
const visible = (text) => text.replace(/\n/g, '⏎\n').replace(/^ | $/g, '·');
/* Tokens shaded by surprise; one tab stop, arrows move, the line below tells the alternatives. */
const tokens = (items) => {
  const box = el('div', 'sx-tokens'), told = el('p', 'sx-told', 'Point at a token for its alternatives.');
  const text = el('div', 'sx-text');
  text.setAttribute('role', 'group');
  text.setAttribute('aria-label', 'reply, token by token');
  const say = (span, t) => {
    const others = t[2].filter(([a]) => a !== t[0]).map(([a, p]) => a + ' ' + percent(p)).join(', ');
    told.textContent = '“' + t[0].replace(/\n/g, '⏎') + '” ' + percent(t[1]) + (others ? ' · instead: ' + others : '');
  };
  const spans = items.map((t, i) => {
    const span = el('span', 'sx-token', visible(t[0]));
    const p = t[1];
    span.style.setProperty('--doubt', p === null ? 0 : Math.round(100 * (1 - p)) + '%');
    if (p !== null && p < 0.5) span.classList.add('is-unsure');
    span.tabIndex = i === 0 ? 0 : -1;
    span.title = percent(p);
    span.addEventListener('mouseenter', () => say(span, t));
    span.addEventListener('focus', () => say(span, t));
    span.addEventListener('keydown', (e) => {
      const to = spans[i + ({ ArrowRight: 1, ArrowLeft: -1 }[e.key] || 0)];
      if (!to || to === span) return;
      e.preventDefault();
      span.tabIndex = -1;
      to.tabIndex = 0;
      to.focus();
    });
    text.append(span);
    return span;
  });
  box.append(text, told);
  return box;
};
const sample = (s, several) => {
  const box = el('div', 'sx-sample');
  const title = [several ? 'sample ' + (s.index + 1) : '', s.end].filter(Boolean).join(' · ');
  if (title) box.append(el('div', 'sx-muted', title));
  if (s.thinking) box.append(el('div', 'sx-label', 'thinking'), el('pre', '', s.thinking));
  if (s.tokens.length && !s.more) box.append(tokens(s.tokens));
  else box.append(el('pre', '', s.text));
  return box;
};
const call = (c, open) => {
  const box = el('details', 'sx-call');
  box.open = open;
  const top = el('summary');
  top.append(el('b', '', c.heading), el('span', 'sx-num', c.cost));
  box.append(top, el('div', 'sx-label', 'prompt'), el('pre', '', c.prompt), el('div', 'sx-label', c.samples.length > 1 ? 'replies' : 'reply'));
  c.samples.forEach((s) => box.append(sample(s, c.samples.length > 1)));
  if (c.more) box.append(el('p', 'sx-muted', c.more + ' more samples are in the download.'));
  box.append(el('p', 'sx-muted', c.how));
  return box;
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
  const main = v.calls.findLastIndex((c) => /^system|^chain|^outline/.test(c.stage));
  v.calls.forEach((c, i) => root.append(call(c, before && i < before.length ? before[i] : i === main)));
  if (v.more) root.append(el('p', 'sx-muted', v.more + ' earlier calls are in the download.'));
  root.scrollTop = top;
};
S.hear('run', () => { shown = null; hint(); });
draw();
watch('value', draw);
