/* A call of the model: its prompt and its replies with their tokens. */
import { add, el } from './dom.js';

const percent = (p) => p === null ? 'unknown' : (100 * p).toFixed(p > 0.995 && p < 1 ? 1 : 0) + '%';
const visible = (text) => text.replace(/\n/g, '⏎\n').replace(/^ | $/g, '·');

/* One token, shaded by surprise. */
const tokenSpan = ([text, p], first) => {
  const span = el('span', 'sx-token', visible(text));
  span.style.setProperty('--doubt', p === null ? 0 : Math.round(100 * (1 - p)) + '%');
  if (p !== null && p < 0.5) span.classList.add('is-unsure');
  span.tabIndex = first ? 0 : -1;
  span.title = percent(p);
  return span;
};

const alternatives = ([text, p, others]) => {
  const instead = others.filter(([other]) => other !== text).map(([other, q]) => other + ' ' + percent(q)).join(', ');
  return '“' + text.replace(/\n/g, '⏎') + '” ' + percent(p) + (instead ? ' · instead: ' + instead : '');
};

/* One tab stop; arrows move, and the line below tells the alternatives. */
const tokensBox = (items) => {
  const told = el('p', 'sx-told', 'Point at a token for its alternatives.');
  const text = el('div', 'sx-text');
  text.setAttribute('role', 'group');
  text.setAttribute('aria-label', 'reply, token by token');
  const spans = items.map((item, i) => tokenSpan(item, i === 0));
  const move = (from, to) => {
    if (!to || to === from) return false;
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
    return true;
  };
  spans.forEach((span, i) => {
    const say = () => { told.textContent = alternatives(items[i]); };
    span.addEventListener('mouseenter', say);
    span.addEventListener('focus', say);
    span.addEventListener('keydown', (e) => {
      if (move(span, spans[i + ({ ArrowRight: 1, ArrowLeft: -1 }[e.key] || 0)])) e.preventDefault();
    });
  });
  text.append(...spans);
  return add(el('div'), text, told);
};

const sample = (s, several) => {
  const box = el('div', 'sx-sample');
  const title = [several ? 'sample ' + (s.index + 1) : '', s.end].filter(Boolean).join(' · ');
  if (title) box.append(el('div', 'sx-muted', title));
  if (s.thinking) box.append(el('div', 'sx-label', 'thinking'), el('pre', '', s.thinking));
  box.append(s.tokens.length && !s.more ? tokensBox(s.tokens) : el('pre', '', s.text));
  return box;
};

export const call = (c, open) => {
  const box = el('details', 'sx-call'), several = c.samples.length > 1;
  box.open = open;
  box.append(
    add(el('summary'), el('b', '', c.heading), el('span', 'sx-num', c.cost)),
    el('div', 'sx-label', 'prompt'), el('pre', '', c.prompt),
    el('div', 'sx-label', several ? 'replies' : 'reply'), ...c.samples.map((s) => sample(s, several)),
  );
  if (c.more) box.append(el('p', 'sx-muted', c.more + ' more samples are in the download.'));
  box.append(el('p', 'sx-muted', c.how));
  return box;
};
