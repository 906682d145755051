/* A bandit's arms and a vote's answers as rows. */
import { add, attr, button, el, keyed, put } from './dom.js';
import { many } from '../pure/units.js';
import { marked, short, spokenOf } from '../pure/writing.js';

const STATES = {
  solved: ['●', 'solved'], taken: ['◌', 'best so far'], active: ['▸', 'active'], blocked: ['○', 'waits'], waiting: ['○', 'waits'],
  capped: ['■', 'capped'], unaffordable: ['–', 'no budget'], failed: ['✕', 'failed'], pruned: ['–', 'dropped'], planned: ['○', 'waits'],
};

const bar = () => add(el('span', 'sx-arm-bar'), el('i'));

/* The holder's only child, made once. */
const only = (holder, selector, create) => {
  const found = holder.querySelector(selector);
  if (found) return found;
  const made = create();
  holder.replaceChildren(made);
  return made;
};

const createArm = (r, open) => {
  if (r.more) return el('p', 'sx-muted');
  const head = add(el('span', 'sx-arm-head'), el('i', 'sx-sw'), el('b'), el('span', 'sx-arm-text'), el('span', 'sx-arm-state'));
  return add(button('sx-arm', null, () => open(r.id)), head, add(el('span', 'sx-arm-foot'), bar(), el('span', 'sx-num')));
};

const updateArm = (row, r, top, chosen, words) => {
  row.className = 'sx-arm st-' + r.state + (r.id === chosen ? ' is-chosen' : '');
  const [swatch, name, text, state] = row.firstChild.children, [part, number] = row.lastChild.children;
  const [sign, said] = STATES[r.state] || ['', r.state];
  const rest = r.index === null ? r.agreed : 'index ' + r.index.toFixed(2), pulls = many(r.n, 'pull');
  swatch.className = 'sx-sw ' + (r.s === null ? 'lv-none' : 'lv' + r.s);
  put(name, r.name);
  put(text, r.v ? '= ' + r.v : r.label);
  put(state, words ? short(words) + (words.tokens ? ' tok' : '') : sign + ' ' + said);
  state.classList.toggle('is-writing', Boolean(words));
  part.firstChild.style.width = 100 * r.n / top + '%';
  put(number, [pulls, rest].filter(Boolean).join(' · '));
  const title = 'step ' + r.name + ', ' + r.label + (r.d === null ? '' : ', difficulty ' + r.d.toFixed(2));
  row.title = title;
  const index = r.index === null ? '' : ', index ' + r.index, result = r.v ? ', result ' + r.v : '';
  attr(row, 'aria-label', title + ', ' + pulls + ', ' + (words ? spokenOf(words) : said) + index + result);
};

export const drawArms = (holder, graph, most, open, { chosen, written }) => {
  const list = only(holder, '.sx-arms', () => el('div', 'sx-arms'));
  const top = Math.max(1, ...graph.rows.map((r) => r.n), most);
  const rows = graph.more ? [...graph.rows, { id: 'more', more: graph.more }] : graph.rows;
  keyed(list, rows, (r) => r.id, (r) => createArm(r, open), (row, r) => {
    if (r.more) put(row, '+' + r.more + ' more');
    else updateArm(row, r, top, chosen, written[r.id]);
  });
};

const counted = (graph, words) => words ? marked(words) : graph.n
  ? many(graph.n, 'whole chain') + (graph.rows.length ? ', and what they answered' : ' so far, not counted yet')
  : 'waiting for the first chain';

export const drawVotes = (holder, graph, most, open, { written }) => {
  const box = only(holder, '.sx-votes', () => add(el('div', 'sx-votes'), el('p', 'sx-votes-n'), el('div', 'sx-votes-list')));
  const [heading, list] = box.children, top = Math.max(1, ...graph.rows.map((r) => r[1]));
  put(heading, counted(graph, Object.values(written)[0]));
  const create = () => add(button('sx-vote', null, () => open('whole')), el('b'), bar(), el('span', 'sx-num'));
  keyed(list, graph.rows, (r) => r[0], create, (row, [answer, n, elected]) => {
    const [name, part, number] = row.children;
    put(name, answer);
    part.firstChild.style.width = 100 * n / top + '%';
    put(number, '×' + n + (elected ? ' elected' : ''));
    row.classList.toggle('is-won', elected);
  });
};
