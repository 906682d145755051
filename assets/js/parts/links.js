/* Links to copy, and the page's own address. */
import { add, attr, button, el, put } from './dom.js';
import { linkOnSpace, linkTo, plainQuery } from '../pure/address.js';

const SAID = 2500; /* ms */

/* Where the page may not write to the clipboard, the visitor's keys do: the text is chosen. */
const copied = async (field) => {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand('copy');
  }
};

/* A link as text, and a button that copies it. what: it leads to, for who cannot see it. */
const createLink = (what) => {
  const field = el('input', 'sx-link-field'), said = el('span', 'sx-link-said');
  const copy = button('sx-runs-act', 'Copy link', async () => {
    put(said, await copied(field) ? 'Copied' : 'Press Ctrl+C');
    setTimeout(() => put(said, ''), SAID);
  });
  field.readOnly = true;
  attr(field, 'aria-label', 'Link to ' + what);
  attr(copy, 'aria-label', 'Copy the link to ' + what);
  said.setAttribute('role', 'status');
  field.addEventListener('focus', () => field.select());
  return { element: add(el('div', 'sx-link-line'), field, copy, said), copy, show: (link) => { field.value = link; } };
};

/* The links that lead to one thing: on a Space to its page on the Hub, and to itself without the Hub's frame. */
export const createLinks = (what) => {
  const first = createLink(what), second = createLink(what + ', without the frame of the Hub');
  const note = el('p', 'sx-muted', 'The same without the frame of the Hub:');
  return {
    element: add(el('div', 'sx-links'), first.element, note, second.element),
    copy: () => first.copy.click(),
    show: (query, space) => {
      const direct = linkTo(window.location, query);
      first.show(space ? linkOnSpace(space, query) : direct);
      second.show(direct);
      note.hidden = second.element.hidden = !space;
    },
  };
};

/* What the address asked for is over: a reload must not ask for it again. */
export const forgetAsked = () => {
  const { pathname, search, hash } = window.location, plain = plainQuery(search);
  if (plain !== search) window.history.replaceState(window.history.state, '', pathname + plain + hash);
};
