/* One lane's allocation, round by round: each column is a round, each piece one receiver. */
const root = element.querySelector('.sx-rounds');
const el = S.el;
const pick = S.segments('Lane');
const head = S.add(el('div', 'sx-card-head'), el('h2', 'sx-title', 'Who was given what, round by round'));
const area = el('div', 'sx-rounds-area');
area.tabIndex = 0;
area.setAttribute('role', 'group');
area.setAttribute('aria-label', 'Rounds of allocation');
const hint = el('p', 'sx-muted sx-heat-hint');
root.replaceChildren(head, pick, area, hint);
const FIRST = ['dora', 'bandit', 'rebase', 'dvts', 'beam', 'optimal', 'scale'];
let lane = null;
const column = (r, most, height) => {
  const stack = el('div', 'sx-round-stack');
  stack.style.height = height + 'px';
  const pieces = r.rest ? [...r.pieces, ['', '+' + r.rest, r.rest, '']] : r.pieces;
  pieces.forEach(([id, name, n, letter]) => {
    const piece = S.button('sx-piece');
    const tall = Math.max(16, height * n / Math.max(1, most));
    piece.style.height = tall + 'px';
    if (tall > 52) piece.classList.add('is-tall');
    piece.append(el('b', '', n), el('span', '', name), el('i', '', letter));
    piece.title = name + ': ' + n + (letter ? ', direction ' + letter : '');
    piece.setAttribute('aria-label', 'round ' + r.name + ', ' + piece.title);
    if (id && id !== 'root') piece.onclick = () => { const what = { lane, id }; S.tell('pick', what); trigger('select', what); };
    else piece.disabled = true;
    stack.append(piece);
  });
  return S.add(el('div', 'sx-round'), stack, el('span', 'sx-round-name', r.name), el('span', 'sx-round-of', r.budget + (r.effective === null ? '' : ' in ' + r.effective + ' dir.')));
};
const draw = () => {
  const lanes = ((props.value || {}).lanes || []).filter((x) => x.rounds.length);
  const known = ((props.value || {}).lanes || []).map((x) => x.lane);
  if (!known.includes(lane)) lane = FIRST.find((name) => known.includes(name)) || known[0] || null;
  S.keyed(pick, lanes, (x) => x.lane, (x) => S.button('', x.label, () => { lane = x.lane; draw(); }), (b, x) => S.attr(b, 'aria-pressed', x.lane === lane));
  pick.hidden = lanes.length < 2;
  const shown = lanes.find((x) => x.lane === lane);
  const rounds = shown ? shown.rounds : [];
  const most = Math.max(1, ...rounds.map((r) => r.budget));
  const sign = JSON.stringify([lane, rounds]);
  if (area.dataset.sign !== sign) {
    const at = area.scrollLeft, focus = [...area.querySelectorAll('button')].indexOf(document.activeElement);
    area.dataset.sign = sign;
    area.replaceChildren(...rounds.map((r) => column(r, most, 150)));
    area.scrollLeft = at;
    if (focus >= 0) area.querySelectorAll('button')[focus]?.focus();
  }
  S.put(hint, !rounds.length ? 'Rounds of allocation appear here: who got how many rollouts, and when.'
    : 'Height: rollouts. Click a piece for the reason.' + (shown.more ? ' The first ' + rounds.length + ' of ' + (rounds.length + shown.more) + ' rounds.' : ''));
};
const turn = (what) => { if (((props.value || {}).lanes || []).some((x) => x.lane === what.lane && x.rounds.length)) { lane = what.lane; draw(); } };
S.hear('pick', turn);
S.hear('opened', turn);
draw();
watch('value', draw);
