/* Time: a slider over a run that has ended, and a button that plays it again. The server draws what
   was seen then; this only says when. */
import { add, attr, button, el, keyed, put } from '../parts/dom.js';
import { lastOf, onward, position, SPEEDS, speedFor, stopAt } from '../pure/film.js';

const TICK = 120, CHARTS = 900; /* ms between two moments, and between two that redraw the charts */
const PATIENCE = 4000; /* ms until a moment that was not drawn is given up */

const createSpeed = (changed) => {
  const select = el('select', 'sx-film-speed');
  select.setAttribute('aria-label', 'Speed');
  select.append(...SPEEDS.map((speed) => { const o = el('option', '', speed + '×'); o.value = speed; return o; }));
  select.addEventListener('change', () => changed(Number(select.value)));
  return select;
};

const createMoment = (m, go) => {
  const mark = button('sx-film-mark', null, () => go(m.t));
  mark.tabIndex = -1; /* the slider has the keys */
  return mark;
};

/* Asks for one moment at a time; of those that are wanted meanwhile, for the last. */
const createAsker = (trigger) => {
  let number = 0, waiting = false, wanted = null, late = null;
  const next = () => {
    clearTimeout(late);
    waiting = false;
    if (!wanted) return;
    number += 1;
    waiting = true;
    trigger('seek', { ...wanted, number });
    wanted = null;
    late = setTimeout(next, PATIENCE);
  };
  return {
    ask: (t, big) => {
      wanted = { t, big: big || Boolean(wanted && wanted.big) };
      if (!waiting) next();
    },
    answered: (n) => { if (n === number) next(); },
  };
};

export const mount = ({ element, props, watch, trigger }) => {
  const root = element.querySelector('.sx-film');
  const play = button('sx-film-play', null, () => (timer ? pause() : begin())), slider = el('input', 'sx-film-slider');
  const marks = el('div', 'sx-film-marks'), at = el('output', 'sx-film-at sx-num'), said = el('span', 'sx-film-said sx-muted');
  const speeds = createSpeed((chosen) => { speed = chosen; });
  let run = null, played = null, t = 0, speed = 1, timer = null, before = 0, charts = 0;

  slider.type = 'range';
  slider.setAttribute('aria-label', 'Time of the run');
  const rail = add(el('div', 'sx-film-rail'), marks, slider);
  root.replaceChildren(play, rail, at, speeds, said);

  const asker = createAsker(trigger);
  const film = () => props.value || null;
  const show = () => {
    const v = film();
    if (!v) return;
    const last = lastOf(v.moments, t), text = position(t, v.total);
    slider.value = t;
    attr(slider, 'aria-valuetext', text + (last ? ', ' + last.text : ''));
    slider.style.setProperty('--at', 100 * t / v.total + '%');
    put(at, text);
    put(said, last ? last.text : 'the start');
    put(play, timer ? '❚❚' : '▶');
    attr(play, 'aria-label', timer ? 'Pause' : 'Play this run again');
  };
  const rest = () => {
    slider.value = 0;
    slider.style.setProperty('--at', '0%');
    marks.replaceChildren();
    put(play, '▶');
    attr(play, 'aria-label', 'Play this run again');
    put(at, '');
    put(said, 'Plays it again, once a run has ended.');
  };
  const seek = (to, big) => {
    t = to;
    if (big) charts = performance.now();
    asker.ask(t, big);
    show();
  };
  const pause = () => {
    clearInterval(timer);
    timer = null;
    seek(t, true);
  };
  const step = () => {
    const v = film(), now = performance.now();
    if (!v) { clearInterval(timer); timer = null; return; }
    const to = onward(t, now - before, speed, v.total);
    before = now;
    if (to >= v.total) { t = v.total; pause(); } else seek(to, now - charts >= CHARTS);
  };
  const begin = () => {
    const v = film();
    if (t >= v.total) seek(0, true);
    before = performance.now();
    timer = setInterval(step, TICK);
    show();
  };
  const move = (to) => { clearInterval(timer); timer = null; seek(to, true); };
  const spot = () => stopAt(Number(slider.value), film().total);
  slider.addEventListener('input', () => { clearInterval(timer); timer = null; seek(spot(), false); });
  slider.addEventListener('change', () => seek(spot(), true));

  const draw = () => {
    const v = film();
    root.classList.toggle('is-idle', !v); /* it has its place from the start, so that nothing jumps */
    for (const control of [play, slider, speeds]) control.disabled = !v;
    if (!v || v.run !== run) { clearInterval(timer); timer = null; }
    if (v && v.run !== run) { t = v.total; speed = speedFor(v.total); speeds.value = speed; }
    run = v ? v.run : null;
    if (!v) { rest(); return; }
    if (v.plays && v.plays !== played) { played = v.plays; clearInterval(timer); t = v.total; requestAnimationFrame(begin); }
    asker.answered(v.number);
    slider.max = v.total;
    slider.step = v.total / 500;
    keyed(marks, v.moments, (m, i) => i, (m) => createMoment(m, move), (mark, m) => {
      mark.style.left = 100 * m.t / v.total + '%';
      mark.title = m.text;
      attr(mark, 'aria-label', 'To: ' + m.text);
    });
    show();
  };
  draw();
  watch('value', draw);
};
