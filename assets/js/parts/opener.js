/* The control on a chart that opens it as an interactive figure (drawings/figure.js). */
import { add, attr, button, el } from './dom.js';
import { pictureOf } from './picture.js';
import { save } from './save.js';
import { tell } from './signals.js';

/* The control that saves what a drawing shows as SVG. name: of the file; title: its heading; what(): the part of
   the page. */
export const saver = (name, title, what) => {
  const press = button('sx-grow sx-save-svg', '⤓', () => {
    save('scale-' + name + '.svg', [pictureOf(what(), title.textContent)], 'image/svg+xml');
  });
  press.title = 'Save as SVG, as it is drawn';
  const there = (yes) => {
    attr(press, 'aria-label', 'Save as SVG, as it is drawn: ' + title.textContent);
    press.hidden = !yes;
  };
  there(false);
  return { press, there };
};

/* A chart's head: its title and the control. chart: its name; lane(): the one that is shown, where a chart shows
   one. Gives the head, and `there(yes)`: whether there is something to open. */
export const openable = (chart, title, lane = () => '') => {
  const named = () => title.textContent;
  const open = button('sx-grow sx-open', '⤢', () => tell('figure', { chart, title: named, lane: lane() }));
  open.title = 'Open as an interactive figure';
  const picture = saver(chart, title, () => open.parentElement.parentElement);
  const there = (yes) => {
    picture.there(yes);
    attr(open, 'aria-label', 'Open as an interactive figure: ' + named());
    open.hidden = !yes;
  };
  there(false);
  return { head: add(el('div', 'sx-card-head sx-chart-head'), title, picture.press, open), there };
};

/* A chart has new data. */
export const drawn = (chart) => tell('drawn', chart);
