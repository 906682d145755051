/* How long a run has gone on, between two frames of the server as well. */
import { attr, el, put } from './dom.js';
import { elapsed } from '../pure/units.js';

/* show: told the seconds, at each frame and ten times a second while the run goes on. The function that comes
   back takes a drawing's value and what names its run. */
export const clock = (show) => {
  let began = 0, run = null, timer = null, value = {};
  const goes = () => value.status === 'running' && !value.still;
  const seconds = () => goes() ? Math.max(value.t || 0, (performance.now() - began) / 1000) : value.t || 0;
  const tick = () => {
    if (goes()) return show(seconds());
    clearInterval(timer);
    timer = null;
  };
  return (v, key) => {
    value = v;
    if (key !== run) { run = key; began = performance.now() - 1000 * (v.t || 0); }
    show(seconds());
    if (goes() && !timer) timer = setInterval(tick, 100);
  };
};

/* A clock to put beside a line; it is there while the run goes on. */
export const clockBox = () => {
  const box = el('span', 'sx-clock sx-num'), follow = clock((now) => put(box, elapsed(now)));
  attr(box, 'aria-hidden', 'true'); /* told of ten times a second, nobody would listen */
  return {
    box,
    follow: (v, key) => {
      box.hidden = v.status !== 'running' || Boolean(v.still);
      follow(v, key);
    },
  };
};
