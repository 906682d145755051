/* Each lane's regret in tokens and in success, and a sentence for each. */
const root = element.querySelector('.sx-regrets');
const el = S.el;
const NUMBERS = ['right', 'tokens', 'too many', 'points short'];
const { body, scroll } = S.table('sx-regret-table', ['lane', ...NUMBERS.map((name) => [name, 'sx-r']), ['in words', 'sx-words']]);
const items = el('ul'), notes = S.add(el('details', 'sx-look-notes'), el('summary', '', 'What this rests on'), items);
root.replaceChildren(el('h3', 'sx-title', 'Regret: what each lane gave away'), scroll, notes);
root.classList.add('sx-mini');
const MARK = { above: '▲ ', below: '', on: '✓ ', left: '' };
let light = null;
const draw = () => {
  const v = props.value;
  root.hidden = !v;
  if (!v) return;
  S.keyed(body, v.lanes, (x) => x.lane, (x) => {
    const name = S.add(el('th'), el('i', 'sx-lane-sw'), el('span'));
    name.scope = 'row';
    const row = S.add(el('tr'), name, ...['sx-r', 'sx-r', 'sx-r', 'sx-r', 'sx-words'].map((cls) => el('td', cls)));
    NUMBERS.forEach((text, i) => row.children[i + 1].setAttribute('data-name', text));
    [1, 2].forEach((i) => row.children[i].append(el('span', 'sx-num'), el('small', 'sx-muted')));
    row.addEventListener('mouseenter', () => S.tell('lane', x.lane));
    row.addEventListener('mouseleave', () => S.tell('lane', null));
    return row;
  }, (row, x) => {
    row.className = 'ln-' + x.colour + (light === x.lane ? ' is-lit' : '');
    S.put(row.children[0].lastChild, x.label);
    S.put(row.children[1].firstChild, x.right);
    S.put(row.children[1].lastChild, x.right_range);
    S.put(row.children[2].firstChild, x.spent);
    S.put(row.children[2].lastChild, x.x[2] - x.x[1] >= 1 ? Math.round(x.x[1]) + ' to ' + Math.round(x.x[2]) : 'each time');
    S.put(row.children[3], x.tokens);
    S.put(row.children[4], x.points);
    S.put(row.children[5], MARK[x.side] + x.sentence);
  });
  S.keyed(items, v.notes, (n) => n, (n) => el('li', '', n), () => {});
};
S.hear('lane', (name) => { light = name; [...body.children].forEach((row) => row.classList.toggle('is-lit', row.dataset.key === name)); });
draw();
watch('value', draw);
