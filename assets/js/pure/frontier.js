/* Lanes beside the frontier: their spots, and the measures of what one gave away. sc: scales of
   scales.js. */
import { proportion, tokens } from './units.js';

const SAME = 8, BESIDE = 12, LETTER = 6.6; /* pixels */

/* Lanes on one spot stand beside each other: [x, y] of each. */
export const spots = (lanes, sc) => {
  const groups = [];
  lanes.forEach((lane) => {
    const x = sc.x(lane.x[0]), y = sc.y(lane.y[0]);
    const group = groups.find((g) => Math.abs(g.x - x) < SAME && Math.abs(g.y - y) < SAME);
    if (group) group.lanes.push(lane); else groups.push({ x, y, lanes: [lane] });
  });
  return new Map(groups.flatMap((g) => g.lanes.map((lane, i) => [lane.lane, [g.x + BESIDE * (i - (g.lanes.length - 1) / 2), g.y]])));
};

/* The frontier as a path; '' where it has no points. */
export const curve = (line, sc) => {
  const points = line.map(([c, s]) => [sc.x(c), sc.y(s)]);
  if (!points.length) return '';
  const rest = points.slice(1).map(([x, y]) => `H${x.toFixed(1)}V${y.toFixed(1)}`).join('');
  return `M${points[0][0]},${sc.y(0)}V${points[0][1]}${rest}H${sc.w - sc.right}`;
};

/* Across: what it spent too much. */
const tokensMeasure = (lane, x, y, sc) => {
  if (lane.needed === null || Math.abs(lane.needed - lane.x[0]) <= 0.5) return null;
  const at = y + 18 > sc.y(0) - 3 ? y - 18 : y + 18, to = sc.x(lane.needed);
  const much = tokens(Math.round(Math.abs(lane.x[0] - lane.needed)));
  return {
    id: 'tokens', d: `M${x},${y}V${at}H${to}M${to},${at - 4}v8`,
    x: (x + to) / 2, y: at > y ? at + 15 : at - 6, end: 'middle',
    text: much + (lane.needed < lane.x[0] ? ' too many' : ' fewer'),
    box: [Math.min(x, to), at - 4, Math.max(x, to), at + 4],
  };
};

/* Upwards: what its tokens could have bought. A small gap has no room for words at its side: they go
   below, under those of the measure across. */
const pointsMeasure = (lane, x, y, sc, across) => {
  if (!lane.best || Math.abs(lane.could - lane.y[0]) <= 0.005) return null;
  const to = sc.y(lane.could), right = x > sc.w - 120;
  const beside = { x: x + (right ? -9 : 9), y: (y + to) / 2 + 4, end: right ? 'end' : 'start' };
  const under = across && across.y > y
    ? { x: across.x, y: across.y + 14, end: across.end }
    : { x, y: y + 24, end: right ? 'end' : 'middle' };
  return {
    id: 'points', d: `M${x},${y}V${to}M${x - 4},${to}h8`, ...(Math.abs(to - y) < 24 ? under : beside),
    text: lane.apart + (lane.could > lane.y[0] ? ' short' : ' above'),
    box: [x - 2, Math.min(y, to), x + 2, Math.max(y, to)],
  };
};

/* The measures of one lane at x. */
export const measures = (lane, x, sc) => {
  const y = sc.y(lane.y[0]), across = tokensMeasure(lane, x, y, sc);
  return [across, pointsMeasure(lane, x, y, sc, across)].filter(Boolean);
};

/* The box that a measure's words take. */
export const writtenBox = (m) => {
  const wide = LETTER * m.text.length, x = m.x - (m.end === 'middle' ? wide / 2 : m.end === 'end' ? wide : 0);
  return [x, m.y - 13, x + wide, m.y + 4];
};

/* The last point of a line that costs at most `most` tokens; -1 where there is none. */
export const affordable = (line, most) => line.findLastIndex((p) => p[0] <= most);

export const described = (v) => {
  const [most, best] = v.line.at(-1);
  const lanes = v.lanes.map((x) => x.label + ': ' + x.spent + ' tokens, right ' + x.right).join('. ');
  return 'Success against tokens. The frontier ends at ' + proportion(best) + ' for ' + Math.round(most) + ' tokens. ' + lanes;
};

/* The best plan for the tokens of a lane, or at a place of the line (null: its end). */
export const bestPlan = (v, name, at) => {
  const lane = v.lanes.find((x) => x.lane === name && x.best);
  if (lane) return { tokens: lane.best[0], success: lane.best[1], policies: lane.best_policies };
  const i = Math.min(at ?? v.line.length - 1, v.line.length - 1);
  return { tokens: v.line[i][0], success: v.line[i][1], policies: v.policies[i] };
};
