/* A run in the list, and the form that names and tags it. */
import { add, attr, button, el, keyed, put } from './dom.js';
import { createSharePanel } from './share_panel.js';
import { ending, tagsOf, when } from '../pure/runs.js';
import { amount, count } from '../pure/units.js';

const createForm = (row, press) => {
  const name = el('input'), tags = el('input'), form = el('form', 'sx-run-form');
  const save = el('button', 'sx-runs-act', 'Save'), cancel = button('sx-runs-act', 'Cancel', () => press.edit(null));
  Object.assign(name, { value: row.name, maxLength: 200, placeholder: 'a name of your own' });
  Object.assign(tags, { value: row.tags.join(', '), maxLength: 400, placeholder: 'tags, between commas' });
  name.setAttribute('aria-label', 'Name');
  tags.setAttribute('aria-label', 'Tags, between commas');
  form.append(name, tags, save, cancel);
  form.addEventListener('submit', (e) => { e.preventDefault(); press.save(row, name.value.trim(), tagsOf(tags.value)); });
  form.addEventListener('keydown', (e) => { if (e.key === 'Escape') press.edit(null); });
  return form;
};

export const createRow = (row, press) => {
  const box = el('input', 'sx-run-choose');
  box.type = 'checkbox';
  box.addEventListener('change', () => press.choose(row.key));
  const item = el('li', 'sx-run-row sx-card'), now = () => item.run || row;
  const title = button('sx-run-title', null, () => press.open(now()));
  const about = add(el('p', 'sx-run-about'), el('b', 'sx-run-kind'), el('span'), el('span', 'sx-muted'), el('span', 'sx-run-tags'));
  const end = add(el('p', 'sx-run-end'), el('b'), el('span'));
  const cost = add(el('p', 'sx-run-cost sx-num'), el('span'), el('span', 'sx-muted'));
  const acts = add(el('p', 'sx-run-acts'),
    button('sx-runs-act', 'Name, tag', () => press.edit(now().key)), button('sx-runs-act sx-share', 'Share', () => press.share(now())),
    button('sx-runs-act', 'Delete', () => press.remove([now().key])));
  item.press = press;
  return add(item, box, add(el('div', 'sx-run-what'), title, el('p', 'sx-run-problem sx-muted'), about), end, cost, acts);
};

const drawForm = (item, row, open) => {
  const there = item.querySelector('.sx-run-form');
  if (open && !there) {
    item.append(createForm(row, item.press));
    item.querySelector('.sx-run-form input').focus();
  } else if (!open && there) {
    const inside = there.contains(document.activeElement);
    there.remove();
    if (inside) item.querySelector('.sx-run-title').focus();
  }
};

/* The link of a run that is shared, while that is open. */
const drawShare = (item, row, open, space) => {
  const there = item.querySelector('.sx-share-panel'), [, share] = item.querySelector('.sx-run-acts').children;
  put(share, row.shared ? 'Shared' : 'Share');
  share.classList.toggle('is-shared', Boolean(row.shared));
  attr(share, 'aria-label', (row.shared ? 'Shared: the link to ' : 'Share ') + row.title);
  attr(share, 'aria-expanded', row.shared ? String(open) : null);
  if (open && row.shared && !there) {
    const panel = createSharePanel(() => item.press.unshare(item.run));
    panel.show(row.shared, space);
    item.append(panel.element);
  } else if (there && !(open && row.shared)) {
    const inside = there.contains(document.activeElement);
    there.remove();
    if (inside) share.focus();
  }
};

export const updateRow = (item, row, { chosen, editing, sharing, space, now }) => {
  const [box, what, end, cost, acts] = item.children, [title, problem, about] = what.children;
  const [sign, word, cls] = ending(row), [kind, how, date, tags] = about.children;
  item.run = row;
  item.classList.toggle('is-chosen', chosen.has(row.key));
  box.checked = chosen.has(row.key);
  attr(box, 'aria-label', 'Choose ' + row.title);
  put(title, row.title || 'an empty problem');
  attr(title, 'aria-label', 'Open ' + row.title);
  put(problem, row.problem);
  problem.hidden = !row.problem;
  put(kind, row.duel ? 'Duel' : 'Run');
  put(how, row.how + (row.budget ? ' · ' + row.budget : ''));
  put(date, when(row.created, now) + ' · ' + (row.model || 'no model'));
  date.title = new Date(1000 * row.created).toLocaleString();
  keyed(tags, row.tags, (t) => t, (t) => button('sx-run-tag', t, () => item.press.tag(t)), () => {});
  end.className = 'sx-run-end ' + cls;
  put(end.firstChild, row.answer ?? (sign || '–'));
  put(end.lastChild, row.answer === null ? word : (sign + ' ' + word).trim());
  end.title = row.answer || '';
  put(cost.firstChild, row.tokens === null ? 'unknown' : count(row.tokens) + ' tok');
  put(cost.lastChild, amount(row.seconds, 'time'));
  acts.hidden = editing === row.key;
  drawForm(item, row, editing === row.key);
  drawShare(item, row, sharing === row.key && editing !== row.key, space);
};
