/* Each lane's regret in tokens and in success, and a sentence for each. */
import { add, el, keyed, put, table } from '../parts/dom.js';
import { drawn, openable } from '../parts/opener.js';
import { hear, tell } from '../parts/signals.js';

const NUMBERS = ['right', 'tokens', 'too many', 'points short'];
const HEADS = ['lane', ...NUMBERS.map((name) => [name, 'sx-r']), ['in words', 'sx-words']];
const MARK = { above: '▲ ', below: '', on: '✓ ', left: '' };

const createRow = (x) => {
  const name = add(el('th'), el('i', 'sx-lane-sw'), el('span'));
  name.scope = 'row';
  const cells = NUMBERS.map((text, i) => {
    const cell = el('td', 'sx-r');
    cell.setAttribute('data-name', text);
    return i < 2 ? add(cell, el('span', 'sx-num'), el('small', 'sx-muted')) : cell;
  });
  const row = add(el('tr'), name, ...cells, el('td', 'sx-words'));
  row.addEventListener('mouseenter', () => tell('lane', x.lane));
  row.addEventListener('mouseleave', () => tell('lane', null));
  return row;
};

const updateRow = (row, x) => {
  const [name, right, tokens, many, points, words] = row.children, [, low, high] = x.x;
  put(name.lastChild, x.label);
  put(right.firstChild, x.right);
  put(right.lastChild, x.right_range);
  put(tokens.firstChild, x.spent);
  put(tokens.lastChild, high - low >= 1 ? Math.round(low) + ' to ' + Math.round(high) : 'each time');
  put(many, x.tokens);
  put(points, x.points);
  put(words, MARK[x.side] + x.sentence);
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-regrets'), items = el('ul');
  const { body, scroll } = table('sx-regret-table', HEADS);
  const notes = add(el('details', 'sx-look-notes'), el('summary', '', 'What this rests on'), items);
  const { head, there } = openable('regrets', el('h3', 'sx-title', 'Regret: what each lane gave away'));
  root.replaceChildren(head, scroll, notes);
  root.classList.add('sx-mini');
  let light = null;

  const draw = () => {
    const v = props.value;
    root.hidden = !v;
    if (!v) return;
    keyed(body, v.lanes, (x) => x.lane, createRow, (row, x) => {
      row.className = 'ln-' + x.colour + (light === x.lane ? ' is-lit' : '');
      updateRow(row, x);
    });
    there(true);
    keyed(items, v.notes, (n) => n, (n) => el('li', '', n), () => {});
  };
  hear('lane', (name) => {
    light = name;
    [...body.children].forEach((row) => row.classList.toggle('is-lit', row.dataset.key === name));
  });
  draw();
  watch('value', () => { draw(); drawn('regrets'); });
};
