/* One lane's allocation, round by round: each column is a round, each piece one receiver. */
import { add, attr, button, el, keyed, put, segments } from '../parts/dom.js';
import { drawn as changed, openable } from '../parts/opener.js';
import { hear, tell } from '../parts/signals.js';

const FIRST = ['dora', 'bandit', 'rebase', 'dvts', 'beam', 'optimal', 'scale'];
const HIGH = 150, LEAST = 16, TALL = 52; /* pixels: of a whole round, of a piece, of one with its words below */

const createPiece = (round, [id, name, n, letter], most, open) => {
  const piece = button('sx-piece'), high = Math.max(LEAST, HIGH * n / Math.max(1, most));
  piece.style.height = high + 'px';
  if (high > TALL) piece.classList.add('is-tall');
  piece.append(el('b', '', n), el('span', '', name), el('i', '', letter));
  piece.title = name + ': ' + n + (letter ? ', direction ' + letter : '');
  piece.setAttribute('aria-label', 'round ' + round + ', ' + piece.title);
  piece.disabled = !id || id === 'root';
  if (!piece.disabled) piece.addEventListener('click', () => open(id));
  return piece;
};

const createRound = (r, most, open) => {
  const stack = el('div', 'sx-round-stack');
  stack.style.height = HIGH + 'px';
  const pieces = r.rest ? [...r.pieces, ['', '+' + r.rest, r.rest, '']] : r.pieces;
  stack.append(...pieces.map((piece) => createPiece(r.name, piece, most, open)));
  const directions = r.effective === null ? '' : ' in ' + r.effective + ' dir.';
  return add(el('div', 'sx-round'), stack, el('span', 'sx-round-name', r.name), el('span', 'sx-round-of', r.budget + directions));
};

const createArea = () => {
  const area = el('div', 'sx-rounds-area');
  area.tabIndex = 0;
  area.setAttribute('role', 'group');
  area.setAttribute('aria-label', 'Rounds of allocation');
  return area;
};

/* Drawn anew, but scrolled and focused as it was. */
const refill = (area, rounds) => {
  const left = area.scrollLeft, focus = [...area.querySelectorAll('button')].indexOf(document.activeElement);
  area.replaceChildren(...rounds);
  area.scrollLeft = left;
  if (focus >= 0) area.querySelectorAll('button')[focus]?.focus();
};

const hintOf = (rounds, more) => {
  if (!rounds.length) return 'Rounds of allocation appear here: who got how many rollouts, and when.';
  const part = more ? ' The first ' + rounds.length + ' of ' + (rounds.length + more) + ' rounds.' : '';
  return 'Height: rollouts. Click a piece for the reason.' + part;
};

export const mount = ({ element, props, watch, trigger }) => {
  const root = element.querySelector('.sx-rounds');
  const pick = segments('Lane'), area = createArea(), hint = el('p', 'sx-muted sx-heat-hint');
  let lane = null, drawn = '';
  const { head, there } = openable('rounds', el('h2', 'sx-title', 'Who was given what, round by round'), () => lane);
  root.replaceChildren(head, pick, area, hint);

  const lanes = () => (props.value || {}).lanes || [];
  const choose = (name) => { lane = name; draw(); };
  const open = (id) => { tell('pick', { lane, id }); trigger('select', { lane, id }); };
  const drawPick = (filled) => keyed(pick, filled, (x) => x.lane, (x) => button('', x.label, () => choose(x.lane)),
    (b, x) => attr(b, 'aria-pressed', x.lane === lane));
  const draw = () => {
    const known = lanes().map((x) => x.lane), filled = lanes().filter((x) => x.rounds.length);
    if (!known.includes(lane)) lane = FIRST.find((name) => known.includes(name)) || known[0] || null;
    drawPick(filled);
    pick.hidden = filled.length < 2;
    const { rounds, more } = filled.find((x) => x.lane === lane) || { rounds: [] };
    const most = Math.max(1, ...rounds.map((r) => r.budget)), sign = JSON.stringify([lane, rounds]);
    if (drawn !== sign) { drawn = sign; refill(area, rounds.map((r) => createRound(r, most, open))); }
    put(hint, hintOf(rounds, more));
    there(rounds.length > 0);
  };
  const turn = (what) => { if (lanes().some((x) => x.lane === what.lane && x.rounds.length)) choose(what.lane); };
  hear('pick', turn);
  hear('opened', turn);
  draw();
  watch('value', () => { draw(); changed('rounds'); });
};
