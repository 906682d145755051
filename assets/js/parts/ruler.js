/* The threshold as a ruler with the steps lying on it. */
import { add, attr, el, keyed, put } from './dom.js';
import { hear } from './signals.js';
import { clamp } from '../pure/scales.js';
import { hundredths, moved, stacked, tally } from '../pure/ruler.js';

const REST = 150; /* ms without a move, until the server is told */

const createHandle = () => {
  const handle = add(el('div', 'sx-handle'), el('span'));
  handle.tabIndex = 0;
  handle.setAttribute('role', 'slider');
  handle.setAttribute('aria-label', 'Threshold tau');
  handle.setAttribute('aria-valuemin', '0');
  handle.setAttribute('aria-valuemax', '1');
  return handle;
};

const createPin = () => add(el('div', 'sx-pin'), el('i'), el('span'));
const updatePin = (pin, n) => {
  pin.style.left = 100 * n.d + '%';
  pin.className = 'sx-pin row' + n.row + ' lv' + n.level + (n.hollow ? ' is-hollow' : '');
  pin.dataset.d = n.d;
  put(pin.lastChild, n.name);
  pin.title = n.name + ' difficulty ' + n.d.toFixed(2) + (n.hollow ? ', provisional' : '');
};

/* told(tau) hears where the visitor moved it. Gives the element, and what draws a run's nodes on it. */
export const createRuler = (told) => {
  const text = el('span', '', 'Threshold: what lies right of τ thinks slowly. Hollow: rating still provisional.');
  const total = el('output', 'sx-tally'), track = el('div', 'sx-track'), pins = el('div', 'sx-pins');
  const handle = createHandle(), rail = add(el('div', 'sx-rail'), track, pins, handle);
  const element = add(el('div', 'sx-ruler'), add(el('div', 'sx-ruler-head'), text, total), rail);
  let mine = null, inUse = null, steps = [], later = null;

  const tau = () => mine ?? inUse ?? 0.4;
  const named = (value) => mine === null && inUse === null ? 'τ fitted for this model'
    : 'τ = ' + value.toFixed(2) + (mine === null ? ' in use' : '');
  const mark = () => {
    const value = tau(), counted = tally(steps.map((n) => n.d), value);
    const again = mine !== null && inUse !== null && Math.abs(mine - inUse) > 0.004;
    handle.style.left = 100 * clamp(value, 0, 1) + '%';
    put(handle.firstChild, named(value));
    attr(handle, 'aria-valuenow', value.toFixed(2));
    attr(handle, 'aria-valuetext', 'tau ' + value.toFixed(2) + ', ' + counted);
    put(total, counted + (again ? ' if you run again' : ''));
    [...pins.children].forEach((pin) => pin.classList.toggle('is-slow', Number(pin.dataset.d) > value));
  };
  const set = (value) => {
    mine = hundredths(value);
    mark();
    clearTimeout(later);
    later = setTimeout(() => told(mine), REST);
  };
  const at = (e) => {
    const box = track.getBoundingClientRect();
    return (e.clientX - box.left) / box.width;
  };

  rail.addEventListener('pointerdown', (e) => {
    e.preventDefault();
    handle.focus();
    rail.setPointerCapture(e.pointerId);
    set(at(e));
  });
  rail.addEventListener('pointermove', (e) => { if (rail.hasPointerCapture(e.pointerId)) set(at(e)); });
  handle.addEventListener('keydown', (e) => {
    const value = moved(e.key, tau());
    if (value === null) return;
    e.preventDefault();
    set(value);
  });
  hear('tau', (value) => { mine = value; mark(); });

  const draw = (nodes, used) => {
    if (used !== undefined && used !== null) inUse = used;
    steps = nodes.filter((n) => n.kind === 'step' && n.d !== null && n.d !== undefined);
    keyed(pins, stacked(steps), (n) => n.id, createPin, updatePin);
    mark();
  };
  return { element, draw };
};
