/* Shared by the inspector and the why card: facts as rows, and calls with their tokens. */
const el = S.el;
const facts = (rows) => {
  const list = el('dl', 'sx-facts');
  rows.forEach(([name, value]) => {
    list.append(S.add(el('div'), el('dt', '', name), el('dd', '', value)));
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
  return S.add(box, text, told);
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
  box.append(S.add(el('summary'), el('b', '', c.heading), el('span', 'sx-num', c.cost)), el('div', 'sx-label', 'prompt'), el('pre', '', c.prompt), el('div', 'sx-label', c.samples.length > 1 ? 'replies' : 'reply'));
  c.samples.forEach((s) => box.append(sample(s, c.samples.length > 1)));
  if (c.more) box.append(el('p', 'sx-muted', c.more + ' more samples are in the download.'));
  box.append(el('p', 'sx-muted', c.how));
  return box;
};
