/* How far looking back is, or why it cannot be done. */
const root = element.querySelector('.sx-looking');
const el = S.el;
const bar = el('div', 'sx-bar'), line = el('p', 'sx-look-line');
bar.append(el('i'));
line.setAttribute('role', 'status');
root.replaceChildren(line, bar);
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
