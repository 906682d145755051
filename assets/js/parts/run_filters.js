/* What the list of runs is asked for: words, filters, days, order. */
import { add, attr, button, el, put } from './dom.js';
import { dayOf } from '../pure/runs.js';

const REST = 200; /* ms without a key, until the server is asked */
const ORDERS = [['created', 'date'], ['tokens', 'tokens'], ['seconds', 'time'], ['problem', 'problem'], ['model', 'model'],
  ['status', 'status']];
const VERDICTS = [['equal', 'right'], ['different', 'wrong'], ['could not tell', 'could not tell']];

const labelled = (name, control) => add(el('label', 'sx-field'), el('span', '', name), control);

const fill = (select, first, options) => {
  const wanted = [['', first], ...options], sign = JSON.stringify(wanted), was = select.value;
  if (select.dataset.sign === sign) return;
  select.dataset.sign = sign;
  select.replaceChildren(...wanted.map(([value, text]) => { const o = el('option', '', text); o.value = value; return o; }));
  /* a choice that is gone from the list still says what is asked for */
  if (was && !wanted.some(([value]) => value === was)) { const o = el('option', '', was); o.value = was; select.append(o); }
  select.value = was;
};

const input = (type, label) => {
  const made = el('input');
  made.type = type;
  made.setAttribute('aria-label', label);
  return made;
};

/* changed(): something else is asked for. */
export const createFilters = (changed) => {
  const text = input('search', 'Search runs'), from = input('date', 'From'), to = input('date', 'To');
  const selects = { model: el('select'), strategy: el('select'), verdict: el('select'), tag: el('select'), order: el('select') };
  const way = button('sx-runs-act sx-runs-way', null, () => { up = !up; turn(); changed(); });
  const clear = button('sx-runs-act', 'Clear', () => reset());
  let up = false, timer = null;

  const turn = () => {
    put(way, up ? '↑' : '↓');
    attr(way, 'aria-label', up ? 'Smallest or oldest first' : 'Largest or newest first');
    way.title = way.getAttribute('aria-label');
  };
  const controls = [from, to, selects.model, selects.strategy, selects.verdict, selects.tag];
  const active = () => Boolean(text.value.trim() || controls.some((c) => c.value));
  const reset = () => {
    [text, ...controls].forEach((c) => { c.value = ''; });
    changed();
  };
  text.placeholder = 'Search problems, answers, names, tags';
  text.maxLength = 200;
  text.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(changed, REST); });
  [...controls, selects.order].forEach((c) => c.addEventListener('change', changed));
  fill(selects.verdict, 'any', VERDICTS);
  selects.order.replaceChildren(...ORDERS.map(([value, name]) => { const o = el('option', '', name); o.value = value; return o; }));
  turn();

  const element = add(el('div', 'sx-runs-filters'),
    add(el('div', 'sx-runs-search'), text, add(el('div', 'sx-runs-order'), labelled('sorted by', selects.order), way)),
    add(el('div', 'sx-runs-fields'), labelled('Strategy', selects.strategy), labelled('Verdict', selects.verdict),
      labelled('Model', selects.model), labelled('Tag', selects.tag), labelled('From', from), labelled('To', to), clear));
  return {
    element, active,
    query: () => ({
      text: text.value, model: selects.model.value, strategy: selects.strategy.value, verdict: selects.verdict.value,
      tag: selects.tag.value, since: dayOf(from.value, false), until: dayOf(to.value, true), order: selects.order.value, ascending: up,
    }),
    set: (name, wanted) => {
      const select = selects[name];
      if (![...select.options].some((o) => o.value === wanted)) { const o = el('option', '', wanted); o.value = wanted; select.append(o); }
      select.value = select.value === wanted ? '' : wanted;
      changed();
    },
    draw: (v) => {
      fill(selects.strategy, 'any', v.strategies || []);
      fill(selects.model, 'any', v.models || []);
      fill(selects.tag, 'any', (v.tags || []).map((tag) => [tag, tag]));
      clear.hidden = !active();
    },
  };
};
