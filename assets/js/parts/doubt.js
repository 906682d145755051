/* A run that is not sure that it understood: what speaks against its plan, and which plans competed. */
import { add, el, keyed, put } from './dom.js';

export const doubtBox = () => {
  const title = el('b'), why = el('span'), plans = el('ul', 'sx-doubt-plans');
  const box = add(el('div', 'sx-doubt'), add(el('p'), el('span', 'sx-doubt-mark', '?'), title, why), plans);
  box.setAttribute('role', 'note');
  box.hidden = true;
  return { box, show: (doubt) => {
    box.hidden = !doubt;
    if (!doubt) return;
    put(title, doubt.title + ' (' + doubt.sure + ' sure)');
    put(why, ': ' + doubt.against.join('; ') + '.');
    const rows = doubt.plans.length > 1 ? doubt.plans : [];
    const lines = rows.map((p) => p[0] + '  ×' + p[1]);
    if (rows.length && doubt.more) lines.push('and ' + doubt.more + ' more');
    keyed(plans, lines.map((line, i) => [i, line]), (p) => p[0], () => el('li'), (row, p) => put(row, p[1]));
    plans.hidden = !rows.length;
  } };
};
