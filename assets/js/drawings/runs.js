/* The list of runs: found, chosen, named, tagged, deleted; a click opens one on its page. */
import { createFilters } from '../parts/run_filters.js';
import { createRow, updateRow } from '../parts/run_row.js';
import { add, button, el, keyed, put } from '../parts/dom.js';
import { hear, tell } from '../parts/signals.js';
import { range } from '../pure/runs.js';
import { many } from '../pure/units.js';

const SIZE = 50, AGAIN = 2000; /* ms between two looks while something runs */
const EMPTY = 'Nothing here yet. Whatever you run on Explore or Compare is kept and listed here.';
const NONE = 'No run fits. Search for fewer words, or clear the filters.';

const onPage = () => location.hash === '#runs';

/* Arrows go from title to title, Delete deletes, Space on a title chooses. */
const walk = (list, press) => list.addEventListener('keydown', (e) => {
  const row = e.target.classList.contains('sx-run-title') && e.target.closest('.sx-run-row');
  if (!row) return;
  const to = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[e.key];
  if (to) to.querySelector('.sx-run-title').focus();
  else if (e.key === 'Delete') press.remove([row.dataset.key]);
  else if (e.key === ' ') press.choose(row.dataset.key);
  else return;
  e.preventDefault();
});

const createBar = (press) => {
  const count = el('p', 'sx-runs-count'), back = button('sx-runs-act', '‹ Newer', () => press.turn(-1));
  const on = button('sx-runs-act', 'Older ›', () => press.turn(1)), acts = el('div', 'sx-runs-acts');
  const chosen = el('span', 'sx-muted');
  const remove = button('sx-runs-act', 'Delete', press.removeChosen), none = button('sx-runs-act', 'Choose none', press.chooseNone);
  const compare = button('sx-runs-act', 'Compare node by node', press.compare);
  count.setAttribute('role', 'status');
  back.setAttribute('aria-label', 'The page before');
  on.setAttribute('aria-label', 'The next page');
  acts.append(chosen, compare, remove, none);
  const element = add(el('div', 'sx-runs-bar'), count, acts, add(el('div', 'sx-runs-pager'), back, on));
  return { element, draw: (v, keys) => {
    put(count, v.rows ? range(v, SIZE) : '');
    acts.hidden = keys.size === 0;
    put(chosen, many(keys.size, 'run') + ' chosen' + (keys.size === 1 ? ', choose another one to compare' : ''));
    compare.hidden = keys.size !== 2;
    back.parentElement.hidden = !(v.pages > 1);
    back.disabled = !(v.page > 0);
    on.disabled = !(v.page + 1 < v.pages);
  } };
};

/* What was done, with a way back, or why something was not. */
const createTold = (undo) => {
  const text = el('span'), back = button('sx-runs-act', 'Undo', undo), element = add(el('p', 'sx-runs-told'), text, back);
  element.setAttribute('role', 'status');
  element.hidden = true;
  return { element, say: (words, bad, canUndo) => {
    element.hidden = !words;
    element.classList.toggle('is-bad', Boolean(bad));
    put(text, words);
    back.hidden = !canUndo;
  } };
};

export const mount = ({ element, props, watch, trigger }) => {
  const root = element.querySelector('.sx-runs'), list = el('ol', 'sx-run-list'), empty = el('p', 'sx-runs-empty sx-muted');
  const chosen = new Set();
  let page = 0, removed = [], editing = null, sharing = null, timer = null, number = 0;

  const value = () => props.value || {};
  /* whatever is done, the list as it is asked for comes back */
  const listed = (data = {}) => {
    number += 1;
    return { ...data, query: { ...filters.query(), page, number } };
  };
  const ask = () => { if (onPage()) trigger('ask', listed()); };
  const press = {
    open: (row) => {
      told.say('Opening …');
      if (row.duel) trigger('openduel', { key: row.key });
      else trigger('openrun', { key: row.key });
    },
    choose: (key) => { if (!chosen.delete(key)) chosen.add(key); draw(); },
    chooseNone: () => { chosen.clear(); draw(); },
    edit: (key) => { editing = key; draw(); },
    save: (row, name, tags) => {
      editing = null;
      if (name !== row.name) trigger('rename', listed({ key: row.key, name }));
      if (tags.join() !== row.tags.join()) trigger('tag', listed({ key: row.key, tags }));
      draw();
    },
    share: (row) => {
      sharing = row.shared && sharing === row.key ? null : row.key;
      if (!row.shared) trigger('publish', listed({ key: row.key }));
      draw();
    },
    unshare: (row) => trigger('withdraw', listed({ key: row.key })),
    remove: (keys) => {
      const next = list.querySelector('.sx-run-row[data-key="' + keys[0] + '"]');
      const to = next && (next.nextElementSibling || next.previousElementSibling);
      if (to) to.querySelector('.sx-run-title').focus();
      keys.forEach((key) => chosen.delete(key));
      trigger('delete', listed({ keys }));
    },
    compare: () => trigger('compare', { keys: [...chosen] }),
    removeChosen: () => press.remove([...chosen]),
    turn: (by) => { page += by; ask(); root.scrollIntoView({ block: 'start' }); },
    tag: (tag) => { filters.set('tag', tag); },
  };
  const filters = createFilters(() => { page = 0; ask(); });
  const bar = createBar(press), told = createTold(() => trigger('restore', listed({ keys: removed })));
  walk(list, press);
  root.replaceChildren(add(el('div', 'sx-card sx-runs-find'), filters.element), bar.element, told.element, list, empty);

  const drawRows = (v) => {
    const rows = v.rows || [], look = { chosen, editing, sharing, space: v.space, now: Date.now() / 1000 };
    keyed(list, rows, (r) => r.key, (r) => createRow(r, press), (node, r) => updateRow(node, r, look));
    list.hidden = rows.length === 0;
    put(empty, v.off || (v.rows ? (filters.active() ? NONE : EMPTY) : 'Looking …'));
    empty.hidden = rows.length > 0;
  };
  const draw = () => {
    const v = value();
    root.dataset.state = v.off ? 'off' : v.rows ? 'listed' : 'new';
    if (v.rows) page = v.page;
    filters.draw(v);
    bar.draw(v, chosen);
    drawRows(v);
  };
  const again = () => { ask(); timer = setTimeout(again, AGAIN); };
  const follow = () => {
    const v = value();
    if (v.undo) removed = v.undo;
    if (v.told || v.problem) told.say(v.told || v.problem, v.problem, v.undo);
    if (v.shared) tell('shared', v.shared);
    if (v.rows && v.count === 0) chosen.clear();
    draw();
    clearTimeout(timer);
    if (v.rows && v.number !== number) ask(); /* answers may overtake each other, and an import says no number */
    else if ((v.rows || []).some((row) => row.status === 'running')) timer = setTimeout(again, AGAIN);
  };
  window.addEventListener('hashchange', ask);
  hear('opened-run', (problem) => told.say(problem, true));
  hear('visitor', ask);
  draw();
  watch('value', follow);
};
