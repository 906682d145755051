/* The words of a sample while it is written, its thought apart from its reply. */
import { add, el, put } from './dom.js';
import { hear } from './signals.js';
import { counted, follows } from '../pure/writing.js';

const NEAR = 24; /* pixels from its end, a text is followed */

/* A text that grows in place, so that what is selected stays so; its end stays in sight until it is
   scrolled by hand. */
const createText = (label) => {
  const title = el('div', 'sx-label', label), box = el('pre'), text = document.createTextNode('');
  box.append(text);
  box.tabIndex = 0;
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', label + ', so far');
  const show = (wanted) => {
    const ends = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    if (wanted.startsWith(text.data)) text.appendData(wanted.slice(text.length));
    else text.data = wanted;
    title.hidden = box.hidden = !wanted;
    if (ends) box.scrollTop = box.scrollHeight;
  };
  return { parts: [title, box], show };
};

/* Hears of what is being written; of a run that has ended, nothing more. */
export const followWords = (listen) => {
  let last = null;
  hear('words', (now) => {
    if (!follows(last, now)) return;
    last = now;
    listen(now);
  });
};

/* show(words) and end(), after which the last words stand until the element is taken away. */
export const createWords = () => {
  const sign = el('b'), number = el('span', 'sx-num');
  const thought = createText('thinking'), reply = createText('reply');
  reply.parts[1].classList.add('is-reply');
  const head = add(el('div', 'sx-writing-head'), sign, number);
  const element = add(el('div', 'sx-writing'), head, ...thought.parts, ...reply.parts);
  element.setAttribute('role', 'group');
  element.setAttribute('aria-label', 'being written');
  element.setAttribute('aria-live', 'off');
  const show = (w) => {
    element.classList.remove('is-ended');
    element.classList.toggle('is-thinking', !w.reply);
    put(sign, '✎ ' + w.stage);
    put(number, counted(w));
    thought.show(w.thought);
    reply.show(w.reply);
  };
  const end = () => element.classList.add('is-ended');
  return { element, show, end };
};
