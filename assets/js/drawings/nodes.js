/* What each node of a run spent: tokens by kind, other units by stage, on one scale. */
import { attr, el, put } from '../parts/dom.js';
import { drawn, openable } from '../parts/opener.js';
import { drawStacks, stackKey } from '../parts/stacks.js';
import { followUnit } from '../parts/unit_switch.js';
import { nodeIn, partsOf, remark } from '../pure/stages.js';

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-nodes'), title = el('h2', 'sx-title', 'Where they went');
  const key = el('div', 'sx-legend'), list = el('div', 'sx-stack-list'), hint = el('p', 'sx-muted sx-heat-hint');
  const { head, there } = openable('nodes', title);
  let unit = 'tokens';
  list.tabIndex = 0; /* it scrolls */
  attr(list, 'role', 'group');
  attr(list, 'aria-label', 'What each node spent');
  root.replaceChildren(head, key, list, hint);

  const draw = () => {
    const v = { rows: [], kinds: [], stages: [], about: {}, unknown: {}, ...props.value };
    const rows = v.rows.map((row) => nodeIn(row, unit)), parts = partsOf(v, unit);
    stackKey(key, parts);
    drawStacks(list, rows.map((row) => ({ ...row, key: row.node, cls: '' })), parts, v.currency, unit);
    put(hint, rows.length ? remark(v, rows, unit) : 'A bar for each node: what it spent, and on what.');
    there(rows.length > 0);
  };
  followUnit((name) => { unit = name; draw(); });
  draw();
  watch('value', () => { draw(); drawn('nodes'); });
};
