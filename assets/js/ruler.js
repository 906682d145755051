/* The threshold as a ruler with the steps lying on it. Follows board.js in one script. */
const ruler = el('div', 'sx-ruler');
const rulerHead = el('div', 'sx-ruler-head');
const rulerText = el('span', '', 'Threshold: what lies right of τ thinks slowly. Hollow: rating still provisional.');
const tally = el('output', 'sx-tally');
rulerHead.append(rulerText, tally);
const rail = el('div', 'sx-rail');
const track = el('div', 'sx-track');
const pins = el('div', 'sx-pins');
const handle = el('div', 'sx-handle');
handle.tabIndex = 0;
handle.setAttribute('role', 'slider');
handle.setAttribute('aria-label', 'Threshold tau');
handle.setAttribute('aria-valuemin', '0');
handle.setAttribute('aria-valuemax', '1');
const flag = el('span');
handle.append(flag);
rail.append(track, pins, handle);
ruler.append(rulerHead, rail);
root.append(ruler);

let mine = null, inUse = null, steps = [], later = null;
const tau = () => mine !== null ? mine : inUse !== null ? inUse : 0.4;
/* Steps at almost the same difficulty stand on top of each other. */
const stack = (items) => {
  const placed = [];
  return [...items].sort((a, b) => a.d - b.d).map((n) => {
    let row = 0;
    while (placed.some((p) => p.row === row && Math.abs(p.d - n.d) < 0.045)) row += 1;
    placed.push({ d: n.d, row });
    return { ...n, row: Math.min(row, 2) };
  });
};
const mark = () => {
  const value = tau();
  handle.style.left = 100 * Math.min(1, Math.max(0, value)) + '%';
  S.put(flag, 'τ = ' + value.toFixed(2) + (mine === null ? (inUse === null ? ' fitted later' : ' in use') : ''));
  if (mine === null && inUse === null) S.put(flag, 'τ fitted for this model');
  S.attr(handle, 'aria-valuenow', value.toFixed(2));
  const slow = steps.filter((n) => n.d > value).length;
  const text = steps.length ? slow + ' of ' + S.many(steps.length, 'step') + ' in System 2'
    : 'no steps yet';
  S.put(tally, text + (mine !== null && inUse !== null && Math.abs(mine - inUse) > 0.004 ? ' if you run again' : ''));
  S.attr(handle, 'aria-valuetext', 'tau ' + value.toFixed(2) + ', ' + text);
  pins.querySelectorAll('.sx-pin').forEach((p) => p.classList.toggle('is-slow', Number(p.dataset.d) > value));
};
function drawRuler(items, v) {
  if (v.tau !== undefined && v.tau !== null) inUse = v.tau;
  steps = items.filter((n) => n.kind === 'step' && n.d !== null && n.d !== undefined);
  S.keyed(pins, stack(steps), (n) => n.id, () => S.add(el('div', 'sx-pin'), el('i'), el('span')), (pin, n) => {
    pin.style.left = 100 * n.d + '%';
    pin.className = 'sx-pin row' + n.row + ' lv' + n.level + (n.hollow ? ' is-hollow' : '');
    pin.dataset.d = n.d;
    S.put(pin.lastChild, n.name);
    pin.title = n.name + ' difficulty ' + n.d.toFixed(2) + (n.hollow ? ', provisional' : '');
  });
  mark();
}
const set = (value, send) => {
  mine = Math.round(100 * Math.min(1, Math.max(0, value))) / 100;
  mark();
  clearTimeout(later);
  if (send) later = setTimeout(() => trigger('tau', { tau: mine }), 150);
};
const at = (e) => {
  const box = track.getBoundingClientRect();
  return (e.clientX - box.left) / box.width;
};
rail.addEventListener('pointerdown', (e) => {
  e.preventDefault();
  handle.focus();
  rail.setPointerCapture(e.pointerId);
  set(at(e), true);
});
rail.addEventListener('pointermove', (e) => { if (rail.hasPointerCapture(e.pointerId)) set(at(e), true); });
handle.addEventListener('keydown', (e) => {
  const move = { ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1 }[e.key];
  if (move === undefined && e.key !== 'Home' && e.key !== 'End') return;
  e.preventDefault();
  set(e.key === 'Home' ? 0 : e.key === 'End' ? 1 : tau() + move, true);
});
S.hear('tau', (value) => { if (value === null) mine = null; else mine = value; mark(); });
draw();
watch('value', draw);
