/* A bandit's arms and a vote's answers as rows. Precedes lanes.js in one script. */
const STATES = {
  solved: '● solved', taken: '◌ best so far', active: '▸ active', blocked: '○ waits', waiting: '○ waits', capped: '■ capped',
  unaffordable: '– no budget', failed: '✕ failed', pruned: '– dropped', planned: '○ waits',
};
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
    const row = S.el('button', 'sx-arm');
    row.type = 'button';
    const head = S.el('span', 'sx-arm-head'), foot = S.el('span', 'sx-arm-foot');
    head.append(S.el('i', 'sx-sw'), S.el('b'), S.el('span', 'sx-arm-text'), S.el('span', 'sx-arm-state'));
    const bar = S.el('span', 'sx-arm-bar');
    bar.append(S.el('i'));
    foot.append(bar, S.el('span', 'sx-num'));
    row.append(head, foot);
    row.addEventListener('click', () => open(r.id));
    return row;
  }, (row, r) => {
    if (r.more) return S.put(row, '+' + r.more + ' more');
    row.className = 'sx-arm st-' + r.state + (r.id === chosen ? ' is-chosen' : '');
    const [swatch, name, text, state] = row.firstChild.children;
    swatch.className = 'sx-sw ' + (r.s === null ? 'lv-none' : 'lv' + r.s);
    S.put(name, r.name);
    S.put(text, r.v ? '= ' + r.v : r.label);
    S.put(state, STATES[r.state] || r.state);
    const [bar, number] = row.lastChild.children;
    bar.firstChild.style.width = 100 * r.n / top + '%';
    S.put(number, [word(r.n, 'pull'), r.index === null ? '' : 'index ' + r.index.toFixed(2), r.index === null ? r.agreed : ''].filter(Boolean).join(' · '));
    const difficulty = r.d === null ? '' : ', difficulty ' + r.d.toFixed(2);
    row.title = 'step ' + r.name + ', ' + r.label + difficulty;
    S.attr(row, 'aria-label', 'step ' + r.name + ', ' + r.label + difficulty + ', ' + word(r.n, 'pull') + ', '
      + (STATES[r.state] || r.state).slice(2) + (r.index === null ? '' : ', index ' + r.index) + (r.v ? ', result ' + r.v : ''));
  });
};
const drawVotes = (holder, g, most, open) => {
  let box = holder.querySelector('.sx-votes');
  if (!box) {
    box = S.el('div', 'sx-votes');
    box.append(S.el('p', 'sx-votes-n'), S.el('div', 'sx-votes-list'));
    holder.replaceChildren(box);
  }
  S.put(box.firstChild, g.n ? word(g.n, 'whole chain') + (g.rows.length ? ', and what they answered' : ' so far, not counted yet') : 'waiting for the first chain');
  const top = Math.max(1, ...g.rows.map((r) => r[1]));
  S.keyed(box.lastChild, g.rows, (r) => r[0], () => {
    const row = S.el('button', 'sx-vote');
    row.type = 'button';
    const bar = S.el('span', 'sx-arm-bar');
    bar.append(S.el('i'));
    row.append(S.el('b'), bar, S.el('span', 'sx-num'));
    row.addEventListener('click', () => open('whole'));
    return row;
  }, (row, r) => {
    S.put(row.children[0], r[0]);
    row.children[1].firstChild.style.width = 100 * r[1] / top + '%';
    S.put(row.children[2], '×' + r[1] + (r[2] ? ' elected' : ''));
    row.classList.toggle('is-won', r[2]);
  });
};
