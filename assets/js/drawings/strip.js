/* The four stages: a bar that fills, a cost and a line each; under them where the run is. */
import { clockBox } from '../parts/clock.js';
import { add, attr, el, keyed, put } from '../parts/dom.js';
import { followUnit } from '../parts/unit_switch.js';
import { said, spent } from '../pure/units.js';

const STAGES = {
  decompose: ['1 Decompose', 'split the problem into steps'],
  assess: ['2 Assess', 'rate how hard each step is'],
  assign: ['3 Assign', 'choose fast or slow for each'],
  execute: ['4 Execute', 'solve them in order'],
};
const IDLE = Object.keys(STAGES).map((phase) => ({ phase, state: 'idle' }));
const WORDS = { idle: 'not started', running: 'running', done: 'done', broken: 'not finished' };

const costOf = (s, unit, currency) => {
  if (s.state === 'idle') return '';
  if (s.phase === 'assign') return 'no tokens';
  const cost = spent(s, unit);
  return cost === undefined ? '' : said(cost, unit, currency);
};

const percentDone = (s) => {
  const share = s.state === 'done' ? 1 : s.total ? s.done / s.total : 0;
  return s.state === 'running' ? Math.max(6, 100 * share) : 100 * share;
};

const createStage = () => {
  const head = add(el('div', 'sx-stage-head'), el('b'), el('span', 'sx-num'));
  return add(el('li'), add(el('div', 'sx-bar'), el('i')), head, el('div', 'sx-stage-text'));
};
const updateStage = (item, s, cost) => {
  const [bar, head, text] = item.children, [name, hint] = STAGES[s.phase];
  item.className = 'sx-stage is-' + s.state;
  bar.firstChild.style.width = percentDone(s) + '%';
  put(head.firstChild, name + (s.state === 'broken' ? ' ✕' : ''));
  put(head.lastChild, cost);
  put(text, s.text || hint);
  attr(item, 'aria-label', name + ', ' + WORDS[s.state]);
};

const lineOf = (v) => {
  if (v.status === 'empty') return 'Ready';
  if (v.status !== 'running') return v.line_end || '';
  const at = v.stages.findIndex((s) => s.state === 'running');
  return at < 0 ? 'Starting' : 'Stage ' + (at + 1) + ' of 4: ' + (v.line || '…');
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-strip');
  const list = el('ol', 'sx-stages'), line = el('p', 'sx-line'), time = clockBox();
  line.setAttribute('role', 'status');
  root.replaceChildren(list, add(el('div', 'sx-line-top'), line, time.box));
  let unit = 'tokens';
  const draw = () => {
    const v = { status: 'empty', stages: IDLE, ...props.value };
    keyed(list, v.stages, (s) => s.phase, createStage, (item, s) => updateStage(item, s, costOf(s, unit, v.currency)));
    put(line, lineOf(v));
    time.follow(v, v.run);
  };
  followUnit((name) => { unit = name; draw(); });
  draw();
  watch('value', draw);
};
