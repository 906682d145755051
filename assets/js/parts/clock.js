/* How long a run has gone on, between two frames of the server as well. */

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
