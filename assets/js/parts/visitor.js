/* Who this is: two names that nobody can guess, kept in this browser and nowhere else. One is the
   visitor's, over all visits; one is the tab's, which a reload keeps. No cookie: a Space is a frame in
   another site's page. */

const made = () => [...window.crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/* Where storage is blocked, a name holds as long as the page does. */
const kept = (where, name) => {
  try {
    const found = window[where].getItem(name) || made();
    window[where].setItem(name, found);
    return found;
  } catch {
    return made();
  }
};

export const names = () => kept('localStorage', 'scale-visitor') + ' ' + kept('sessionStorage', 'scale-tab');
