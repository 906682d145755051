/* How far looking back is, or why it cannot be done. */
const root = element.querySelector('.sx-looking');
const el = S.el;
const bar = el('div', 'sx-bar'), line = el('p', 'sx-look-line');
bar.append(el('i'));
line.setAttribute('role', 'status');
const note = el('p', 'sx-muted sx-look-unit', 'What follows counts tokens wherever the switch stands: it is computed from the mean tokens of each mode, and a mean does not tell how many were prompt, cached or written, which have prices of their own.');
note.hidden = true;
S.follow((name) => { note.hidden = name === 'tokens'; });
root.replaceChildren(line, bar, note);
const draw = () => {
  const v = props.value || {};
  root.dataset.state = v.state || 'idle';
  S.put(line, v.text || '');
  line.className = 'sx-look-line is-' + (v.state || 'idle');
  bar.hidden = v.state !== 'running';
  bar.className = 'sx-bar is-running';
  bar.firstChild.style.width = Math.max(2, 100 * (v.part || 0)) + '%';
};
draw();
watch('value', draw);
