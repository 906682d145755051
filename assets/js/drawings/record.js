/* What can be taken away of a run: its permalink, and files, whose text comes from the server only when it is
   asked for. */
import { add, attr, button, el, put } from '../parts/dom.js';
import { forgetAsked } from '../parts/links.js';
import { save } from '../parts/save.js';
import { createSharePanel } from '../parts/share_panel.js';
import { hear, tell } from '../parts/signals.js';

const FILES = [['html', 'HTML', 'one page that opens offline, with all that is here'], ['csv', 'CSV', 'a row for each request'],
  ['events', 'JSON lines', 'every event: to import it again'], ['python', 'Python', 'a program that runs it again'],
  ['graphml', 'GraphML', 'the plan as a graph'], ['json', 'Graph JSON', 'the plan as a graph']];
const TYPES = {
  jsonl: 'application/x-ndjson', graphml: 'application/xml', json: 'application/json', html: 'text/html', csv: 'text/csv',
  py: 'text/x-python',
};
const GUEST = 'Shared with you: open, replay and save. Nothing here runs the model.';
const LIVE = 'Shared with you while it runs: you see it live.';

const createFiles = (ask) => {
  const buttons = FILES.map(([file, text, about]) => {
    const made = button('sx-link', text, () => ask(file));
    made.title = about;
    attr(made, 'aria-label', 'Download as ' + text + ': ' + about);
    return made;
  });
  const group = add(el('div', 'sx-files'), el('span', 'sx-muted', 'Save as'), ...buttons);
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', 'Save this run as a file');
  return { group, enable: (yes) => buttons.forEach((b) => { b.disabled = !yes; }) };
};

export const mount = ({ element, props, watch, trigger }) => {
  const root = element.querySelector('.sx-record'), said = el('p', 'sx-record-said'), guest = el('p', 'sx-record-guest');
  const share = button('sx-runs-act sx-share', null, () => press()), links = new Map();
  const panel = createSharePanel(() => { asking = true; trigger('withdraw'); });
  let number = 0, open = false, asking = false, invited = false, run = null;
  const files = createFiles((file) => { number += 1; put(said, 'Writing …'); said.hidden = false; trigger('fetch', { file, number }); });

  const about = el('span');
  add(guest, el('b', 'sx-badge', 'Read only'), about);
  said.setAttribute('role', 'status');
  const source = button('sx-quiet', 'Open the run whose samples it has', () => trigger('openrun', { key: value().source }));
  const bar = add(el('div', 'sx-record-bar'), add(el('div', 'sx-record-acts'), share, guest, source), files.group);
  root.replaceChildren(bar, panel.element, said);

  const value = () => props.value || {};
  const linkOf = (v) => (links.has(v.key) ? links.get(v.key) : v.link) || '';
  const press = () => {
    if (linkOf(value())) { open = !open; draw(); } else { asking = open = true; trigger('publish'); }
  };
  const draw = () => {
    const v = value(), link = linkOf(v), own = v.state !== 'guest';
    files.enable(Boolean(v.run));
    guest.hidden = own;
    put(about, v.live ? LIVE : GUEST);
    share.hidden = !own;
    source.hidden = !v.source || v.running;
    share.disabled = v.state !== 'own';
    put(share, link ? 'Shared' : 'Share');
    share.classList.toggle('is-shared', Boolean(link));
    share.title = v.state === 'own' ? '' : 'A run of yours that is kept can be shared';
    attr(share, 'aria-expanded', link ? String(open) : null);
    panel.element.hidden = !(v.state === 'own' && link && open);
    if (link) panel.show(link, v.space);
  };
  const answered = (v) => {
    said.hidden = !v.problem;
    put(said, v.problem);
    if (v.file && v.file.number === number) save(v.file.name, [v.file.text], TYPES[v.file.name.split('.').at(-1)]);
    if (asking && v.done) {
      asking = false;
      tell('shared', { key: v.key, link: v.link });
      if (!v.link) share.focus();
    }
  };
  const follow = () => {
    const v = value();
    answered(v);
    if (v.run !== run) { run = v.run; open = false; }
    if ((invited && !v.invited) || v.running) forgetAsked();
    invited = Boolean(v.invited);
    draw();
  };
  hear('shared', ({ key, link }) => { links.set(key, link); draw(); });
  draw();
  watch('value', follow);
};
