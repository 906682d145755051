/* What each lane spent, by what it was spent on, on one scale: tokens, or what they cost. */
import { el, put } from '../parts/dom.js';
import { drawn, openable } from '../parts/opener.js';
import { hear } from '../parts/signals.js';
import { drawStacks, stackKey } from '../parts/stacks.js';
import { unitSwitch } from '../parts/unit_switch.js';

/* A row in the unit that is shown. parts: [stage, amount]. */
const inUnit = (row, unit) => unit === 'tokens' ? row : { ...row, parts: [], total: null, ...(row.costs || {})[unit] };

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-split');
  let light = null, unit = 'tokens';
  const pick = unitSwitch(['tokens', 'money', 'FLOPs', 'time'], 'What the bars count', (name) => { unit = name; draw(); });
  const legend = el('div', 'sx-legend'), list = el('div', 'sx-stack-list'), hint = el('p', 'sx-muted sx-heat-hint');
  const { head, there } = openable('split', el('h2', 'sx-title', 'What they were spent on'));
  root.replaceChildren(head, pick, legend, list, hint);

  const draw = () => {
    const v = { rows: [], stages: [], about: {}, unknown: {}, ...props.value };
    const rows = v.rows.map((row) => inUnit(row, unit));
    const cls = (r) => 'ln-' + r.colour + (light && light !== r.lane ? ' is-dim' : '');
    stackKey(legend, v.stages);
    drawStacks(list, rows.map((r) => ({ ...r, key: r.lane, cls: cls(r) })), v.stages, v.currency, unit);
    const gap = rows.some((r) => r.total === null);
    put(hint, !rows.length ? '' : gap ? v.unknown[unit] : unit !== 'tokens' ? v.about[unit] : '');
    there(rows.length > 0);
  };
  hear('lane', (name) => { light = name; draw(); });
  draw();
  watch('value', () => { draw(); drawn('split'); });
};
