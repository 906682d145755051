/* A bandit's arms and a vote's answers as rows. Precedes lanes.js in one script. */
const STATES = {
  solved: ['●', 'solved'], taken: ['◌', 'best so far'], active: ['▸', 'active'], blocked: ['○', 'waits'], waiting: ['○', 'waits'],
  capped: ['■', 'capped'], unaffordable: ['–', 'no budget'], failed: ['✕', 'failed'], pruned: ['–', 'dropped'], planned: ['○', 'waits'],
};
const bar = () => S.add(S.el('span', 'sx-arm-bar'), S.el('i'));
const drawArms = (holder, g, most, open, chosen) => {
  let list = holder.querySelector('.sx-arms');
  if (!list) {
    list = S.el('div', 'sx-arms');
    holder.replaceChildren(list);
  }
  const top = Math.max(1, ...g.rows.map((r) => r.n), most);
  const rows = g.more ? [...g.rows, { id: 'more', more: g.more }] : g.rows;
  S.keyed(list, rows, (r) => r.id, (r) => {
    if (r.more) return S.el('p', 'sx-muted');
    const head = S.add(S.el('span', 'sx-arm-head'), S.el('i', 'sx-sw'), S.el('b'), S.el('span', 'sx-arm-text'), S.el('span', 'sx-arm-state'));
    return S.add(S.button('sx-arm', null, () => open(r.id)), head, S.add(S.el('span', 'sx-arm-foot'), bar(), S.el('span', 'sx-num')));
  }, (row, r) => {
    if (r.more) return S.put(row, '+' + r.more + ' more');
    row.className = 'sx-arm st-' + r.state + (r.id === chosen ? ' is-chosen' : '');
    const [swatch, name, text, state] = row.firstChild.children;
    swatch.className = 'sx-sw ' + (r.s === null ? 'lv-none' : 'lv' + r.s);
    S.put(name, r.name);
    S.put(text, r.v ? '= ' + r.v : r.label);
    const [sign, said] = STATES[r.state] || ['', r.state];
    S.put(state, sign + ' ' + said);
    const [part, number] = row.lastChild.children;
    part.firstChild.style.width = 100 * r.n / top + '%';
    S.put(number, [S.many(r.n, 'pull'), r.index === null ? '' : 'index ' + r.index.toFixed(2), r.index === null ? r.agreed : ''].filter(Boolean).join(' · '));
    const difficulty = r.d === null ? '' : ', difficulty ' + r.d.toFixed(2);
    row.title = 'step ' + r.name + ', ' + r.label + difficulty;
    S.attr(row, 'aria-label', 'step ' + r.name + ', ' + r.label + difficulty + ', ' + S.many(r.n, 'pull') + ', '
      + said + (r.index === null ? '' : ', index ' + r.index) + (r.v ? ', result ' + r.v : ''));
  });
};
const drawVotes = (holder, g, most, open) => {
  let box = holder.querySelector('.sx-votes');
  if (!box) {
    box = S.add(S.el('div', 'sx-votes'), S.el('p', 'sx-votes-n'), S.el('div', 'sx-votes-list'));
    holder.replaceChildren(box);
  }
  S.put(box.firstChild, g.n ? S.many(g.n, 'whole chain') + (g.rows.length ? ', and what they answered' : ' so far, not counted yet') : 'waiting for the first chain');
  const top = Math.max(1, ...g.rows.map((r) => r[1]));
  S.keyed(box.lastChild, g.rows, (r) => r[0], () => S.add(S.button('sx-vote', null, () => open('whole')), S.el('b'), bar(), S.el('span', 'sx-num')), (row, r) => {
    S.put(row.children[0], r[0]);
    row.children[1].firstChild.style.width = 100 * r[1] / top + '%';
    S.put(row.children[2], '×' + r[1] + (r[2] ? ' elected' : ''));
    row.classList.toggle('is-won', r[2]);
  });
};
