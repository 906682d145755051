/* A text becomes a file of the visitor's. */
import { el } from './dom.js';

const KEPT = 10000; /* ms that the browser has to begin */

export const save = (name, parts, type) => {
  const link = el('a');
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
};
