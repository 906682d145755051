/* What one drawing tells the others: which lane is pointed at, which unit is chosen, what was opened.
   Events of the window, because the form's own handlers (ui/form.py) tell of tau and seed, too. */

export const tell = (name, detail) => window.dispatchEvent(new CustomEvent('scale:' + name, { detail }));

export const hear = (name, listen) => window.addEventListener('scale:' + name, (e) => listen(e.detail));
