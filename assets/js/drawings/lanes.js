/* The lanes side by side: a card each, in place. */
import { drawArms, drawVotes } from '../parts/arms.js';
import { add, attr, button, el, keyed, legend, put } from '../parts/dom.js';
import { createLaneWords, updateLaneWords } from '../parts/lane_words.js';
import { hear, tell } from '../parts/signals.js';
import { drawPlan, drawTree } from '../parts/tree.js';
import { followUnit } from '../parts/unit_switch.js';
import { followWords } from '../parts/words.js';
import { amount, count, said, spent } from '../pure/units.js';
import { outlived, writtenOf } from '../pure/writing.js';

const LEGEND = [
  ['sx-k-n', 'number and line width: rollouts', '3'], ['sx-k-score', 'score: doubtful to sure'],
  ['sx-k-dir', 'outline: direction'], ['sx-k-cut', 'faded: pruned'], ['sx-k-ramp', 'steps: easy to hard'],
  ['sx-k-1', 'System 1'], ['sx-k-2', 'System 2'],
];
const EMPTY = [
  ['One plan', 'The model splits the problem into steps once. Every lane gets the same steps and the same budget.'],
  ['Many lanes', 'Uniform tries every step equally often. SCALE saves on easy steps. DORA follows several lines of thought '
    + 'and feeds the good ones. A bandit tries a step until it is sure.'],
  ['One picture', 'You see each lane decide where its attempts go, what that costs and whether its answer is right. '
    + 'Click any number to read why it is what it is.'],
];
const VERDICT = {
  equal: ['✓', 'right', 'is-right'], different: ['✗', 'wrong', 'is-wrong'], 'could not tell': ['?', 'could not tell', 'is-open'],
};
const STATE = {
  waiting: 'waiting', running: 'running', solved: '', unsolved: '✕ no answer', stopped: '■ stopped', failed: '✕ failed',
  refused: '✕ not run', lacking: '? not recorded',
};
const DRAW = { tree: drawTree, plan: drawPlan, arms: drawArms, votes: drawVotes };
const AGAIN = { running: 1000, ended: 30 }; /* ms until an open reason that changed is asked for again */

const createEmpty = () => add(
  el('div', 'sx-card sx-lanes-empty'),
  ...EMPTY.map(([title, text], i) => add(el('div'), el('span', 'sx-step-no', i + 1), el('b', '', title), el('p', '', text))),
);

/* Signs, which its label says in words. */
const createVerdict = () => {
  const verdict = el('span', 'sx-lane-verdict');
  verdict.setAttribute('role', 'img');
  return verdict;
};

/* press: open(lane, node) and widen(lane). */
const createCard = (lane, press, resized) => {
  const title = add(el('h3'), button('sx-lane-name', null, () => press.open(lane.name, '')));
  const grow = button('sx-grow', '⤢', () => press.widen(lane.name));
  const head = add(el('header', 'sx-lane-head'), title, createVerdict(), grow);
  const about = add(el('p', 'sx-lane-about'), el('span'), el('em', 'sx-tag', 'adaptation'));
  const graph = el('div', 'sx-lane-graph'), meter = add(el('div', 'sx-meter'), el('i'));
  meter.setAttribute('role', 'img');
  const foot = add(el('div', 'sx-lane-foot'), el('span', 'sx-used'), el('span', 'sx-spent'));
  const card = add(el('article', 'sx-card sx-lane'), head, about, graph, meter, foot, createLaneWords(), el('p', 'sx-lane-note'));
  new ResizeObserver(resized).observe(graph);
  card.addEventListener('mouseenter', () => tell('lane', lane.name));
  card.addEventListener('mouseleave', () => tell('lane', null));
  return card;
};

const updateHead = (head, lane, wide) => {
  const [title, verdict, grow] = head.children, [sign, word, cls] = VERDICT[lane.verdict] || ['', '', ''];
  const answered = lane.answer !== null, bad = ['unsolved', 'failed', 'refused'].includes(lane.state);
  const text = answered ? [sign, lane.answer].filter(Boolean).join(' ') : STATE[lane.state] || '';
  put(title.firstChild, lane.label);
  attr(title.firstChild, 'aria-label', lane.label + ': details of this lane');
  put(verdict, text);
  verdict.className = 'sx-lane-verdict ' + (answered ? cls : bad ? 'is-wrong' : 'is-state');
  verdict.title = answered ? 'answer ' + lane.answer + (word ? ', ' + word : '') : text;
  attr(verdict, 'aria-label', verdict.title || 'no answer yet');
  attr(grow, 'aria-pressed', wide);
  attr(grow, 'aria-label', (wide ? 'Shrink ' : 'Enlarge ') + lane.label);
};

const updateAbout = (row, lane) => {
  const [about, tag] = row.children;
  put(about, lane.about);
  row.title = lane.about;
  tag.hidden = !lane.adapted;
  tag.title = 'An adaptation of the published method; the name of the lane tells how';
};

const isBlank = (graph) => graph.kind !== 'votes' && !(graph.columns || graph.nodes || graph.rows || []).length;

const updateGraph = (holder, lane, most, open, { chosen, written }) => {
  const { graph } = lane;
  if (holder.dataset.kind !== graph.kind) {
    holder.dataset.kind = graph.kind;
    holder.replaceChildren();
  }
  if (isBlank(graph)) {
    const waits = lane.state === 'running' || lane.state === 'waiting';
    holder.replaceChildren(el('p', 'sx-muted sx-wait', waits ? 'waiting for the plan' : ''));
    return;
  }
  holder.querySelector('.sx-wait')?.remove();
  DRAW[graph.kind](holder, graph, most, open, { chosen, written });
};

const updateMeter = (meter, used, lane) => {
  const part = lane.limit ? (lane.used || 0) / lane.limit : 0;
  const words = lane.limit === null ? 'no budget yet' : count(lane.used) + ' of ' + count(lane.limit) + ' ' + lane.unit;
  meter.firstChild.style.width = Math.min(100, 100 * part) + '%';
  put(used, words);
  attr(meter, 'aria-label', words + ' used');
};

/* A lane's cost in a unit, and how long it took. */
const costOf = (v, lane, unit, seconds) => {
  const cost = spent(lane, unit);
  const text = unit === 'tokens' ? count(lane.tokens) + ' tok'
    : said(cost, unit, v.currency) + (unit === 'time' && cost !== null ? ' of requests' : '');
  return text + (v.recorded ? '' : ' · ' + amount(seconds, 'time'));
};

const countedIn = (graph) => [...(graph.nodes || []), ...(graph.kind === 'arms' ? graph.rows : [])];
const mostRollouts = (lanes) => Math.max(1, ...lanes.flatMap((lane) => countedIn(lane.graph)).map((n) => n.n || 0));

/* What is open: it is asked for when it is opened, and again when its lane has changed. */
const createOpened = (value, trigger) => {
  let what = null, asked = '', timer = null;
  const sign = () => {
    const v = value(), lane = what && v.lanes.find((x) => x.name === what.lane);
    const state = lane ? [v.duel, v.recorded, lane.state, lane.rollouts, lane.tokens, lane.answer] : [];
    return what ? [what.lane, what.id, ...state].join() : '';
  };
  const ask = () => { asked = sign(); trigger('select', what); };
  return {
    at: (lane) => what && what.lane === lane ? what.id : null,
    close: () => { what = null; },
    follow: (opened) => { what = opened; asked = sign(); },
    open: (opened) => { what = opened; ask(); },
    again: () => {
      if (!what || asked === sign() || timer) return;
      timer = setTimeout(() => { timer = null; if (what) ask(); }, value().status === 'running' ? AGAIN.running : AGAIN.ended);
    },
  };
};

/* How long each running lane has run, between two frames of the server as well. */
const createClock = (tick) => {
  let began = new Map(), timer = null;
  const seconds = (lane) => Math.max(lane.t, (performance.now() - began.get(lane.name)) / 1000);
  return {
    seconds,
    reset: () => { began = new Map(); },
    start: (lanes) => {
      const running = lanes.filter((lane) => lane.state === 'running');
      running.forEach((lane) => { if (!began.has(lane.name)) began.set(lane.name, performance.now() - 1000 * lane.t); });
      if (running.length && !timer) timer = setInterval(() => { if (!tick()) { clearInterval(timer); timer = null; } }, 100);
    },
  };
};

export const mount = ({ element, props, watch, trigger }) => {
  const root = element.querySelector('.sx-lanes'), grid = el('div', 'sx-lane-grid');
  const key = legend('sx-lanes-legend', LEGEND), empty = createEmpty(), wide = new Set();
  root.replaceChildren(key, grid, empty);
  let duel = null, unit = 'tokens', words = null;

  const value = () => ({ lanes: [], ...props.value });
  const opened = createOpened(value, trigger);
  const clock = createClock(() => {
    const v = value(), running = v.still ? [] : v.lanes.filter((lane) => lane.state === 'running');
    running.forEach((lane) => {
      const card = [...grid.children].find((c) => c.dataset.key === lane.name);
      if (card) put(card.querySelector('.sx-spent'), costOf(v, lane, unit, clock.seconds(lane)));
    });
    return running.length > 0;
  });
  const open = (lane, id) => {
    tell('why', { lane, id });
    opened.open({ lane, id });
    draw();
  };
  const widen = (lane) => {
    if (!wide.delete(lane)) wide.add(lane);
    draw();
  };
  const update = (card, lane, most, v) => {
    const [head, about, graph, meter, foot, line, note] = card.children, [used, cost] = foot.children;
    const written = writtenOf(words, v.duel, v.status === 'running', lane.name);
    card.className = 'sx-card sx-lane ln-' + lane.colour + ' st-' + lane.state + (wide.has(lane.name) ? ' is-wide' : '');
    updateHead(head, lane, wide.has(lane.name));
    updateAbout(about, lane);
    updateGraph(graph, lane, most, (id) => open(lane.name, id), { chosen: opened.at(lane.name), written });
    updateLaneWords(line, written);
    updateMeter(meter, used, lane);
    if (lane.state !== 'running' || v.still) put(cost, lane.state === 'waiting' ? '' : costOf(v, lane, unit, lane.t));
    put(note, lane.note);
    note.title = lane.note;
  };
  const begin = (v) => {
    duel = v.duel;
    tell('duel', duel);
    if (!v.recorded) clock.reset();
    if (!v.lanes.length) { opened.close(); tell('why', null); }
  };
  const draw = () => {
    const v = value(), most = mostRollouts(v.lanes);
    if (v.duel !== duel) begin(v);
    if (outlived(words, duel, v.status === 'running')) tell('words', { run: duel, lanes: {}, ended: true });
    root.dataset.recorded = v.recorded ? 'yes' : '';
    empty.hidden = v.lanes.length > 0;
    key.hidden = v.lanes.length === 0;
    const create = (lane) => createCard(lane, { open, widen }, draw);
    keyed(grid, v.lanes, (lane) => lane.name, create, (card, lane) => update(card, lane, most, v));
    grid.dataset.count = v.lanes.length;
    clock.start(v.still ? [] : v.lanes);
    opened.again();
  };
  const follow = (what) => { opened.follow(what); draw(); };
  followUnit((name) => { unit = name; draw(); });
  followWords((now) => {
    words = now;
    if (now.run === duel) draw();
  });
  hear('opened', follow);
  hear('pick', follow);
  draw();
  watch('value', draw);
};
