/* Optimal (hindsight), like a lane: what the best plan would have done with each step, for as many
   tokens as one chooses. */
import { add, attr, button, el, keyed, put, segments } from '../parts/dom.js';
import { hear, tell } from '../parts/signals.js';
import { affordable, bestPlan } from '../pure/frontier.js';
import { proportion, tokens } from '../pure/units.js';

const HINT = 'p: how often a sample of System 1 (round) or System 2 (square) is right; c: its tokens. Both are known only in hindsight.';

const createRate = (mode) => add(
  el('div', 'sx-optimum-rate'), el('i', 'sx-k-' + mode), add(el('span', 'sx-optimum-bar'), el('i')),
  el('span', 'sx-num'), el('span', 'sx-num sx-muted'),
);
const createStep = () => {
  const title = add(el('div', 'sx-optimum-what'), el('b'), el('span'), el('span', 'sx-num'));
  return add(el('div', 'sx-optimum-step'), title, el('div', 'sx-optimum-policy'), createRate(1), createRate(2));
};
const updateStep = (row, s, policy) => {
  const [title, chosen, ...rates] = row.children, [name, text, right] = title.children;
  put(name, s.name);
  put(text, s.label);
  put(right, '= ' + s.right);
  put(chosen, policy);
  rates.forEach((rate, m) => {
    const [, bar, p, c] = rate.children, share = proportion(s.p[m]);
    bar.firstChild.style.width = 100 * s.p[m] + '%';
    put(p, share);
    put(c, s.c[m] + ' tok');
    attr(rate, 'title', 'System ' + (m + 1) + ': right in ' + share + ' of samples, ' + s.c[m] + ' tokens each');
  });
};

const createSlide = () => {
  const slide = el('input', 'sx-optimum-slide');
  slide.type = 'range';
  slide.setAttribute('aria-label', 'Along the frontier, from few tokens to many');
  return slide;
};

export const mount = ({ element, props, watch }) => {
  const root = element.querySelector('.sx-optimum');
  const big = el('p', 'sx-optimum-big'), pick = segments('At the cost of which lane'), slide = createSlide();
  const list = el('div', 'sx-optimum-steps');
  const head = add(el('header', 'sx-optimum-head'), el('h3', 'sx-optimum-title', 'Optimal (hindsight)'), big);
  root.replaceChildren(head, el('p', 'sx-label', 'for as many tokens as'), pick, slide, list, el('p', 'sx-muted sx-heat-hint', HINT));
  /* at the cost of a lane, or at a place of the frontier (null: its end) */
  let lane = null, at = null, shown = null;

  const choose = (name) => { lane = name; draw(); };
  const go = (place) => { lane = null; at = place; draw(); };
  const drawPick = (lanes) => keyed(pick, lanes, (x) => x.lane, (x) => button('', x.label, () => choose(x.lane)),
    (b, x) => attr(b, 'aria-pressed', x.lane === lane));
  const drawSlide = (v, best) => {
    slide.max = String(v.line.length - 1);
    slide.hidden = v.line.length < 2;
    slide.value = String(Math.max(0, affordable(v.line, best.tokens + 0.01)));
    attr(slide, 'aria-valuetext', big.textContent);
  };
  const draw = () => {
    const v = props.value;
    root.hidden = !v;
    if (!v) return;
    if (shown !== v) { shown = v; lane = v.first; at = null; }
    const best = bestPlan(v, lane, at);
    put(big, proportion(best.success) + ' right for ' + tokens(Math.round(best.tokens)));
    drawSlide(v, best);
    drawPick(v.lanes.filter((x) => x.best));
    keyed(list, v.steps, (s) => s.name, createStep, (row, s, i) => updateStep(row, s, best.policies[i]));
    tell('best', { at: [best.tokens, best.success], lane });
  };
  slide.addEventListener('input', () => go(Number(slide.value)));
  hear('spend', (most) => {
    const place = props.value ? affordable(props.value.line, most) : -1;
    if (place >= 0) go(place);
  });
  draw();
  watch('value', draw);
};
