/* Optimal (hindsight), like a lane: what the best plan would have done with each step, for as many
   tokens as one chooses. Follows plot.js in one script. */
const root = element.querySelector('.sx-optimum');
const el = S.el;
const big = el('p', 'sx-optimum-big'), pick = S.segments('At the cost of which lane');
const head = S.add(el('header', 'sx-optimum-head'), el('h3', 'sx-optimum-title', 'Optimal (hindsight)'), big);
const slide = el('input', 'sx-optimum-slide');
slide.type = 'range';
slide.setAttribute('aria-label', 'Along the frontier, from few tokens to many');
const list = el('div', 'sx-optimum-steps');
const hint = el('p', 'sx-muted sx-heat-hint', 'p: how often a sample of System 1 (round) or System 2 (square) is right; c: its tokens. Both are known only in hindsight.');
root.replaceChildren(head, el('p', 'sx-label', 'for as many tokens as'), pick, slide, list, hint);
let lane = null, at = null, shown = null;
const rate = (mode) => {
  const bar = S.add(el('span', 'sx-optimum-bar'), el('i'));
  return S.add(el('div', 'sx-optimum-rate'), el('i', 'sx-k-' + mode), bar, el('span', 'sx-num'), el('span', 'sx-num sx-muted'));
};
const now = (v) => {
  const chosen = v.lanes.find((x) => x.lane === lane && x.best);
  if (chosen) return { tokens: chosen.best[0], success: chosen.best[1], policies: chosen.best_policies };
  const i = Math.min(at === null ? v.line.length - 1 : at, v.line.length - 1);
  return { tokens: v.line[i][0], success: v.line[i][1], policies: v.policies[i] };
};
const draw = () => {
  const v = props.value;
  root.hidden = !v;
  if (!v) return;
  if (shown !== v) { shown = v; lane = v.first; at = null; }
  const best = now(v);
  S.put(big, S.proportion(best.success) + ' right for ' + S.tokens(Math.round(best.tokens)));
  slide.max = String(v.line.length - 1);
  slide.hidden = v.line.length < 2;
  const nearest = v.line.findLastIndex((p) => p[0] <= best.tokens + 0.01);
  slide.value = String(Math.max(0, nearest));
  S.attr(slide, 'aria-valuetext', big.textContent);
  S.keyed(pick, v.lanes.filter((x) => x.best), (x) => x.lane, (x) => S.button('', x.label, () => { lane = x.lane; draw(); }), (b, x) => S.attr(b, 'aria-pressed', x.lane === lane));
  S.keyed(list, v.steps, (s) => s.name, () => {
    const title = S.add(el('div', 'sx-optimum-what'), el('b'), el('span'), el('span', 'sx-num'));
    return S.add(el('div', 'sx-optimum-step'), title, el('div', 'sx-optimum-policy'), rate(1), rate(2));
  }, (row, s, i) => {
    const [name, text, right] = row.firstChild.children;
    S.put(name, s.name);
    S.put(text, s.label);
    S.put(right, '= ' + s.right);
    S.put(row.children[1], best.policies[i]);
    [0, 1].forEach((m) => {
      const [, bar, p, c] = row.children[2 + m].children;
      bar.firstChild.style.width = 100 * s.p[m] + '%';
      S.put(p, S.proportion(s.p[m]));
      S.put(c, s.c[m] + ' tok');
      S.attr(row.children[2 + m], 'title', 'System ' + (m + 1) + ': right in ' + S.proportion(s.p[m]) + ' of samples, ' + s.c[m] + ' tokens each');
    });
  });
  S.tell('best', { at: [best.tokens, best.success], lane });
};
slide.addEventListener('input', () => { lane = null; at = Number(slide.value); draw(); });
S.hear('spend', (tokens) => {
  const v = props.value;
  const i = v ? v.line.findLastIndex((p) => p[0] <= tokens) : -1;
  if (i >= 0) { lane = null; at = i; draw(); }
});
draw();
watch('value', draw);
