/* The answer, whether it is right (a mark and a word), and what the run cost. */
import { clock } from '../parts/clock.js';
import { add, el, keyed, put } from '../parts/dom.js';
import { doubtBox } from '../parts/doubt.js';
import { followUnit } from '../parts/unit_switch.js';
import { amount, count } from '../pure/units.js';

const VERDICT = {
  equal: ['✓', 'equals the expected ', 'is-right'],
  different: ['✗', 'differs from the expected ', 'is-wrong'],
  'could not tell': ['?', 'could not tell against ', 'is-open'],
};
const STATUS = {
  empty: 'No run yet', running: 'Running', solved: 'Solved', unsolved: '✕ No answer found',
  stopped: '■ Stopped', failed: '✕ Failed', refused: '✕ Not run',
};
const NONE = '–', LONG = 12; /* characters */

/* One row more where the switch is at another unit; how long the run took is said anyway. */
const costRows = (v, unit) => {
  if (unit === 'tokens') return [];
  const spent = v.costs && v.costs[unit], free = unit === 'money' && spent === 0 && !v.currency;
  const text = v.status === 'empty' || !v.costs ? NONE : free ? 'nothing billed' : amount(spent, unit, v.currency);
  return [[unit === 'time' ? 'engine time' : unit, text]];
};

const factRows = (v, unit, seconds) => {
  const none = v.status === 'empty';
  return [
    ['status', STATUS[v.status] || v.status],
    ['tokens', none || v.tokens === undefined ? NONE : count(v.tokens)],
    ['prompt + reply', none ? NONE : count(v.prompt) + ' + ' + count(v.completion)],
    ...(v.reckoned ? [['reckoned', count(v.reckoned) + ' not reported']] : []),
    ['time', none ? NONE : amount(seconds, 'time')],
    ...costRows(v, unit),
  ];
};

const below = (v) => {
  const votes = (v.votes || []).map(([answer, n]) => answer + ' ×' + n).join(', ');
  return v.message || (votes ? 'votes: ' + votes : '');
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-answer');
  const big = el('div', 'sx-big'), verdict = el('div', 'sx-verdict');
  const list = el('dl', 'sx-facts'), note = el('p', 'sx-muted');
  const doubt = doubtBox();
  root.replaceChildren(el('h2', 'sx-title', 'Answer'), big, verdict, doubt.box, list, note);
  let unit = 'tokens', seconds = null;

  const value = () => ({ status: 'empty', ...props.value });
  const fill = (v) => keyed(list, factRows(v, unit, seconds), (r) => r[0],
    (r) => add(el('div'), el('dt', '', r[0]), el('dd')), (row, r) => put(row.lastChild, r[1]));
  const follow = clock((now) => { seconds = now; fill(value()); });
  const judge = (v) => {
    const [sign, word, cls] = VERDICT[v.verdict] || ['', '', ''];
    verdict.className = 'sx-verdict ' + cls;
    put(verdict, v.verdict ? sign + ' ' + word + v.expected : v.text ? 'no expected answer given' : '\u00a0');
    verdict.title = v.why || '';
  };
  const draw = () => {
    const v = value();
    put(big, v.text ?? NONE);
    big.classList.toggle('is-long', String(v.text || '').length > LONG);
    judge(v);
    doubt.show(v.doubt);
    put(note, below(v));
    follow(v, v.run);
  };
  followUnit((name) => { unit = name; fill(value()); });
  draw();
  watch('value', draw);
};
