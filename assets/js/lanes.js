/* The lanes side by side: a card each, in place. tree.js and arms.js precede this in one script. */
const root = element.querySelector('.sx-lanes');
const el = S.el;
const legend = S.legend('sx-lanes-legend', [
  ['sx-k-n', 'number and line width: rollouts', '3'], ['sx-k-score', 'score: doubtful to sure'],
  ['sx-k-dir', 'outline: direction'], ['sx-k-cut', 'faded: pruned'], ['sx-k-ramp', 'steps: easy to hard'],
  ['sx-k-1', 'System 1'], ['sx-k-2', 'System 2'],
]);
const grid = el('div', 'sx-lane-grid');
const empty = el('div', 'sx-card sx-lanes-empty');
const EMPTY = [
  ['One plan', 'The model splits the problem into steps once. Every lane gets the same steps and the same budget.'],
  ['Many lanes', 'Uniform tries every step equally often. SCALE saves on easy steps. DORA follows several lines of thought and feeds the good ones. A bandit tries a step until it is sure.'],
  ['One picture', 'You see each lane decide where its attempts go, what that costs and whether its answer is right. Click any number to read why it is what it is.'],
];
empty.append(...EMPTY.map(([title, text], i) => S.add(el('div'), el('span', 'sx-step-no', i + 1), el('b', '', title), el('p', '', text))));
root.replaceChildren(legend, grid, empty);

const VERDICT = { equal: ['✓', 'right', 'is-right'], different: ['✗', 'wrong', 'is-wrong'], 'could not tell': ['?', 'could not tell', 'is-open'] };
const STATE = { waiting: 'waiting', running: 'running', solved: '', unsolved: '✕ no answer', stopped: '■ stopped', failed: '✕ failed', refused: '✕ not run', lacking: '? not recorded' };
const DRAW = { tree: drawTree, plan: drawPlan, arms: drawArms, votes: drawVotes };
const wide = new Set();
let chosen = null, duel = null, began = new Map(), timer = null;

const create = (lane) => {
  const card = el('article', 'sx-card sx-lane');
  const title = S.add(el('h3'), S.button('sx-lane-name', null, () => choose(lane.name, '')));
  const grow = S.button('sx-grow', '⤢', () => {
    if (wide.has(lane.name)) wide.delete(lane.name); else wide.add(lane.name);
    draw();
  });
  const head = S.add(el('header', 'sx-lane-head'), title, el('span', 'sx-lane-verdict'), grow);
  const about = S.add(el('p', 'sx-lane-about'), el('span'), el('em', 'sx-tag', 'adaptation'));
  const graph = el('div', 'sx-lane-graph'), meter = S.add(el('div', 'sx-meter'), el('i'));
  meter.setAttribute('role', 'img');
  const foot = S.add(el('div', 'sx-lane-foot'), el('span', 'sx-used'), el('span', 'sx-spent'));
  card.append(head, about, graph, meter, foot, el('p', 'sx-lane-note'));
  new ResizeObserver(() => draw()).observe(graph);
  card.addEventListener('mouseenter', () => S.tell('lane', lane.name));
  card.addEventListener('mouseleave', () => S.tell('lane', null));
  return card;
};
let unit = 'tokens';
/* A lane's cost in the unit that is chosen, and how long it took. */
const spent = (lane, t) => {
  const v = props.value || {};
  const cost = unit === 'tokens' ? S.count(lane.tokens) + ' tok'
    : S.said(S.spent(lane, unit), unit, v.currency) + (unit === 'time' && S.spent(lane, unit) !== null ? ' of requests' : '');
  return cost + (v.recorded ? '' : ' · ' + S.amount(t, 'time'));
};
const update = (card, lane, most) => {
  card.className = 'sx-card sx-lane ln-' + lane.colour + ' st-' + lane.state + (wide.has(lane.name) ? ' is-wide' : '');
  const [title, verdict, grow] = card.children[0].children;
  S.put(title.firstChild, lane.label);
  S.attr(title.firstChild, 'aria-label', lane.label + ': details of this lane');
  const [sign, said, cls] = VERDICT[lane.verdict] || ['', '', ''];
  const text = lane.answer !== null ? [sign, lane.answer].filter(Boolean).join(' ') : STATE[lane.state] || '';
  S.put(verdict, text);
  verdict.className = 'sx-lane-verdict ' + (lane.answer !== null ? cls : ['unsolved', 'failed', 'refused'].includes(lane.state) ? 'is-wrong' : 'is-state');
  verdict.title = lane.answer !== null ? 'answer ' + lane.answer + (said ? ', ' + said : '') : text;
  S.attr(verdict, 'aria-label', verdict.title || 'no answer yet');
  S.attr(grow, 'aria-pressed', wide.has(lane.name));
  S.attr(grow, 'aria-label', (wide.has(lane.name) ? 'Shrink ' : 'Enlarge ') + lane.label);
  const [about, tag] = card.children[1].children;
  S.put(about, lane.about);
  card.children[1].title = lane.about;
  tag.hidden = !lane.adapted;
  tag.title = 'An adaptation of the published method; the name of the lane tells how';
  const graph = card.children[2], kind = lane.graph.kind;
  if (graph.dataset.kind !== kind) {
    graph.dataset.kind = kind;
    graph.replaceChildren();
  }
  const blank = kind !== 'votes' && !(lane.graph.columns || lane.graph.nodes || lane.graph.rows || []).length;
  if (blank) graph.replaceChildren(el('p', 'sx-muted sx-wait', lane.state === 'running' || lane.state === 'waiting' ? 'waiting for the plan' : ''));
  else {
    const wait = graph.querySelector('.sx-wait');
    if (wait) wait.remove();
    DRAW[kind](graph, lane.graph, most, (id) => choose(lane.name, id), chosen && chosen.lane === lane.name ? chosen.id : null);
  }
  const meter = card.children[3], part = lane.limit ? (lane.used || 0) / lane.limit : 0;
  meter.firstChild.style.width = Math.min(100, 100 * part) + '%';
  const [used, cost] = card.children[4].children;
  const words = lane.limit === null ? 'no budget yet' : S.count(lane.used) + ' of ' + S.count(lane.limit) + ' ' + lane.unit;
  S.put(used, words);
  S.attr(meter, 'aria-label', words + ' used');
  if (lane.state !== 'running') S.put(cost, lane.state === 'waiting' ? '' : spent(lane, lane.t));
  const note = card.children[5];
  S.put(note, lane.note);
  note.title = lane.note;
};

/* ---- time runs on between frames */
const tick = () => {
  const lanes = (props.value && props.value.lanes) || [];
  let busy = false;
  [...grid.children].forEach((card) => {
    const lane = lanes.find((x) => x.name === card.dataset.key);
    if (!lane || lane.state !== 'running') return;
    busy = true;
    S.put(card.children[4].children[1], spent(lane, Math.max(lane.t, (performance.now() - began.get(lane.name)) / 1000)));
  });
  if (!busy) { clearInterval(timer); timer = null; }
};

/* ---- opening something; while it changes, it is asked for again, at most once a second */
let asked = '', askTimer = null;
const sign = () => {
  const lane = chosen && (props.value.lanes || []).find((x) => x.name === chosen.lane);
  return lane ? [props.value.duel, props.value.recorded, lane.state, lane.rollouts, lane.tokens, lane.answer].join() : '';
};
const choose = (lane, id) => {
  chosen = { lane, id };
  S.tell('why', chosen);
  asked = lane + id + sign();
  draw();
  trigger('select', chosen);
};
const again = () => {
  if (!chosen || asked === chosen.lane + chosen.id + sign() || askTimer) return;
  askTimer = setTimeout(() => {
    askTimer = null;
    if (!chosen) return;
    asked = chosen.lane + chosen.id + sign();
    trigger('select', chosen);
  }, props.value.status === 'running' ? 1000 : 30);
};

function draw() {
  const v = props.value || {};
  const lanes = v.lanes || [];
  if (v.duel !== duel) {
    duel = v.duel;
    if (!v.recorded) began = new Map();
    if (!lanes.length) { chosen = null; S.tell('why', null); }
  }
  lanes.forEach((lane) => {
    if (lane.state === 'running' && !began.has(lane.name)) began.set(lane.name, performance.now() - 1000 * lane.t);
  });
  root.dataset.recorded = v.recorded ? 'yes' : '';
  empty.hidden = lanes.length > 0;
  legend.hidden = lanes.length === 0;
  const most = Math.max(1, ...lanes.flatMap((lane) => [...(lane.graph.nodes || []), ...(lane.graph.kind === 'arms' ? lane.graph.rows : [])].map((n) => n.n || 0)));
  S.keyed(grid, lanes, (lane) => lane.name, create, (card, lane) => update(card, lane, most));
  grid.dataset.count = lanes.length;
  if (lanes.some((lane) => lane.state === 'running') && !timer) timer = setInterval(tick, 100);
  again();
}
S.follow((name) => { unit = name; draw(); });
const follow = (what) => { chosen = what; asked = what.lane + what.id + sign(); draw(); };
S.hear('opened', follow);
S.hear('pick', follow);
draw();
watch('value', draw);
