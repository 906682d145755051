/* "Why did this one get 7?": each number behind an allocation with its sentence, then the model's
   own text. */
import { call } from '../parts/calls.js';
import { add, calm, el, facts, put, table } from '../parts/dom.js';
import { hear, tell } from '../parts/signals.js';
import { createWords, followWords } from '../parts/words.js';
import { writtenOf } from '../pure/writing.js';

const HINT = 'Click a candidate, a step, an arm or a cell (or Tab and Enter). Here you will read every number '
  + 'that decided how many rollouts it got, with one sentence each, and what an equal split would have given.';

const factors = (rows) => add(el('dl', 'sx-factors'), ...rows.map(([name, value, text]) => add(
  el('div', name === 'given' ? 'is-given' : ''), el('dt', '', name), el('dd', 'sx-f-v', value), el('dd', 'sx-f-t', text),
)));

const comparison = (t) => {
  const { body, scroll } = table('', t.head);
  body.append(...t.rows.map((cells) => add(el('tr'), ...cells.map((text) => el('td', '', text)))));
  const box = add(el('div', 'sx-mini'), el('h3', 'sx-label', t.title), scroll);
  if (t.more) box.append(el('p', 'sx-muted', t.more + ' more are in the download.'));
  return box;
};

/* Bring the card into view if it is out of sight. */
const reveal = (root) => {
  const box = root.getBoundingClientRect();
  if (box.top <= window.innerHeight - 160 && box.bottom >= 120) return;
  root.closest('.sx-card').scrollIntoView({ block: 'nearest', behavior: calm() ? 'auto' : 'smooth' });
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-why');
  root.tabIndex = -1;
  /* wanted: what was opened by hand and is not shown yet; own: it was opened by hand, and the one
     that a duel offers at its end, which may come later, does not take its place */
  let shown = null, wanted = null, own = false, what = null, duel = null, words = { run: null };
  const title = el('h2', 'sx-why-title'), live = createWords();

  const hint = () => {
    shown = what = null;
    own = false;
    root.replaceChildren(el('h2', 'sx-title', 'Why did this one get 7?'), el('p', 'sx-muted', HINT));
  };
  const fill = (v, opened) => {
    put(title, v.title);
    root.replaceChildren(title);
    if (v.lead) root.append(el('p', 'sx-why-lead', v.lead));
    if (v.rows.length) root.append(factors(v.rows));
    if (v.table) root.append(comparison(v.table));
    if (v.facts.length) root.append(facts(v.facts));
    if (v.calls.length) root.append(el('h3', 'sx-label', 'What the model was asked and wrote'));
    root.append(...v.calls.map((c, i) => call(c, opened?.[i] ?? false)));
  };
  /* Words that have ended stand until what became of them is here, and no longer than their duel. */
  const write = () => {
    if (words.run !== duel) return;
    const now = what && writtenOf(words, duel, !words.ended, what.lane)[what.id];
    if (now) {
      live.show(now);
      if (!live.element.isConnected) title.after(live.element);
    } else if (words.ended) live.element.remove();
    else live.end();
  };
  const arrive = () => { wanted = null; reveal(root); };
  /* The same one again keeps what was unfolded, and where it was scrolled to. */
  const draw = () => {
    const v = props.value;
    if (!v || !v.lane) return hint();
    if (v.offered && own) return;
    const key = v.lane + ' ' + v.id, same = shown === key, top = same ? root.scrollTop : 0;
    const opened = same ? [...root.querySelectorAll('details')].map((d) => d.open) : null;
    shown = key;
    what = { lane: v.lane, id: v.id };
    fill(v, opened);
    write();
    root.scrollTop = top;
    if (same) return;
    tell('opened', { lane: v.lane, id: v.id });
    if (wanted === key) arrive();
  };
  const want = (asked) => {
    wanted = asked ? asked.lane + ' ' + asked.id : null;
    own = !!asked;
    if (!asked) hint();
    else if (shown === wanted) arrive();
  };
  followWords((now) => { words = now; write(); });
  hear('duel', (name) => { duel = name; });
  hear('why', want);
  hear('pick', want);
  draw();
  watch('value', draw);
};
