/* A chart opened: the same data as an interactive Plotly figure, in a dialog. The server makes the figure, only
   when it is asked for; while the dialog is open, new data, another unit and another theme ask again. */
import { add, attr, button, el, put } from '../parts/dom.js';
import { plotly, source } from '../parts/plotly.js';
import { save } from '../parts/save.js';
import { hear } from '../parts/signals.js';
import { unitSwitch } from '../parts/unit_switch.js';

const REST = 900; /* ms between two figures of a chart that changes */
const COUNTED = ['course', 'nodes', 'spend', 'split']; /* charts that exist in every unit */
/* Nothing that would send the data elsewhere, and no second way to save. */
const CONFIG = { displaylogo: false, showSendToCloud: false, responsive: true, modeBarButtonsToRemove: ['toImage'] };
const TOP = 58; /* pixels: Plotly's buttons stand above the legend */
const PICTURE = { width: 1000, height: 560 }; /* pixels */
const LOST = 'The figure could not be drawn. Please close it and open it again.';

const isDark = () => document.body.classList.contains('dark');

/* The dialog. press: html() and picture(format). */
const createDialog = (units, press) => {
  const dialog = el('dialog', 'sx-dialog'), title = el('h2', 'sx-title'), plot = el('div', 'sx-figure-plot');
  const close = button('sx-grow', '✕', () => dialog.close()), note = el('p', 'sx-muted sx-figure-note');
  title.id = 'sx-figure-title';
  attr(dialog, 'aria-labelledby', title.id);
  attr(plot, 'role', 'group');
  attr(close, 'aria-label', 'Close');
  attr(note, 'role', 'status');
  const files = [
    ['HTML', press.html], ['PNG', () => press.picture('png')], ['SVG', () => press.picture('svg')],
  ].map(([text, pressed]) => {
    const made = button('sx-link', text, pressed);
    attr(made, 'aria-label', 'Download as ' + text);
    return made;
  });
  const foot = add(el('div', 'sx-figure-foot'), note, el('span', 'sx-muted', 'Download'), ...files);
  const inner = add(el('div', 'sx-figure-in'), add(el('div', 'sx-figure-head'), title, units, close), plot, foot);
  dialog.addEventListener('click', (e) => { if (e.target === dialog) dialog.close(); });
  return { dialog: add(dialog, inner), title, plot, note };
};

export const mount = ({ element, props, watch, trigger }) => {
  const root = element.querySelector('.sx-figure'), { script } = props.value;
  let open = null, unit = 'tokens', asked = 0, timer = null, shown = null;

  const wish = () => {
    asked += 1;
    return { chart: open.chart, lane: open.lane, title: open.title(), unit, dark: isDark(), number: asked };
  };
  const ask = () => {
    if (!open) return;
    put(title, open.title());
    attr(plot, 'aria-label', open.title());
    trigger('ask', wish());
  };
  const units = unitSwitch(['tokens', 'money', 'FLOPs', 'time'], 'What the figure counts', (name) => {
    unit = name;
    queueMicrotask(ask); /* once the chart has heard of it, too */
  });
  const picture = async (format) => {
    if (shown) (await plotly(script)).downloadImage(plot, { ...PICTURE, format, scale: 2, filename: shown.name });
  };
  const { dialog, title, plot, note } = createDialog(units, { html: () => trigger('save', wish()), picture });
  root.replaceChildren(dialog);

  const draw = async (v) => {
    const library = await plotly(script);
    if (v.number !== asked || !open) return;
    const { data, layout } = JSON.parse(v.figure);
    const kept = [open.chart, open.lane, unit].join(); /* while this stays, what is zoomed stays so */
    await library.react(plot, data, {
      ...layout, height: undefined, autosize: true, margin: { ...layout.margin, t: TOP }, uirevision: kept,
    }, CONFIG);
    shown = v;
    dialog.dataset.shown = v.number;
    put(note, '');
  };
  const answer = async () => {
    const v = props.value;
    if (!open || v.number !== asked) return;
    try {
      if (v.page) save(v.name + '.html', [v.page[0], await source(script), v.page[1]], 'text/html');
      else await draw(v);
    } catch (error) {
      console.error(error);
      put(note, LOST);
    }
  };
  hear('figure', (what) => {
    open = what;
    units.hidden = !COUNTED.includes(open.chart);
    put(note, 'Drawing …');
    dialog.showModal();
    ask();
    plotly(script).catch(() => put(note, LOST));
  });
  dialog.addEventListener('close', () => {
    open = null;
    shown = null;
    delete dialog.dataset.shown;
    window.Plotly?.purge(plot);
  });
  hear('drawn', (chart) => {
    if (open?.chart === chart && !timer) timer = setTimeout(() => { timer = null; ask(); }, REST);
  });
  new MutationObserver(ask).observe(document.body, { attributeFilter: ['class'] });
  watch('value', answer);
};
