/* What a replay changed, lane by lane, and what it would need that was not recorded. */
import { add, el, keyed, put, table } from '../parts/dom.js';
import { followUnit } from '../parts/unit_switch.js';
import { amount, many } from '../pure/units.js';

const HEADS = ['lane', 'rollouts that went elsewhere', 'answer', 'rollouts', 'tokens'];
const MARKS = { equal: '✓ ', different: '✗ ' };
const NAMED = 6; /* places where samples lack, by name */

const lineOf = (v) => {
  if (!v) return 'After a duel, move a slider: the lanes above are decided anew from its recorded samples, at once and without the model.';
  if (v.problem) return v.problem;
  if (v.recorded) return 'The lanes above show the recorded decision, not the live run.' + (v.message ? ' ' + v.message : '');
  return 'Move a slider: the lanes above are decided anew from the recorded samples, at once and without the model.';
};

const answerOf = (r) => {
  const was = r.same ? '' : ' (was ' + (r.was ?? 'none') + ')';
  return (MARKS[r.verdict] || '') + (r.answer ?? 'none') + was;
};

const costOf = (r, unit, currency) => {
  const [now, more] = unit === 'tokens' ? [r.tokens, r.more] : r.costs[unit];
  const written = (n) => amount(n, unit, currency);
  return now === null ? written(now) : written(now) + ' (' + (more > 0 ? '+' : '') + (more === 0 ? '±0' : written(more)) + ')';
};

const lackingOf = (missing) => {
  if (!missing.length) return '';
  const places = missing.slice(0, NAMED).map((m) => m.n + ' of ' + m.stage + ' at ' + m.name).join(', ');
  return 'Not recorded: at least ' + many(missing.reduce((sum, m) => sum + m.n, 0), 'sample') + ' that this decision needs ('
    + places + (missing.length > NAMED ? ', …' : '') + '). A lane that lacks one stops there.';
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-lab');
  const line = el('p', 'sx-lab-line'), badge = el('span', 'sx-badge', 'recorded'), lacking = el('p', 'sx-lab-missing');
  const { heads, body, scroll } = table('', HEADS);
  line.setAttribute('role', 'status');
  root.replaceChildren(add(el('div', 'sx-lab-top'), badge, line), scroll, lacking);
  root.classList.add('sx-mini');
  let unit = 'tokens';

  const draw = () => {
    const v = props.value, rows = (v && v.rows) || [], missing = (v && v.missing) || [];
    badge.hidden = !v || !v.recorded;
    put(line, lineOf(v));
    put(heads[4], unit);
    scroll.hidden = !rows.length;
    keyed(body, rows, (r) => r.label, () => add(el('tr'), ...heads.map(() => el('td'))), (row, r) => {
      const moved = r.moved === null ? 'not recorded' : r.moved || 'none';
      [r.label, moved, answerOf(r), r.rollouts, costOf(r, unit, v.currency)].forEach((text, i) => put(row.children[i], text));
    });
    lacking.hidden = !missing.length;
    put(lacking, lackingOf(missing));
  };
  followUnit((name) => { unit = name; draw(); });
  draw();
  watch('value', draw);
};
