const root = element.querySelector('.sx-notice');
const SIGN = { error: '✕', warn: '!', ok: '✓', info: 'i' };
const draw = () => {
  const v = props.value || {};
  root.className = 'sx-notice ' + (v.kind ? 'sx-' + v.kind : 'sx-none');
  root.replaceChildren();
  if (!v.kind) return;
  root.append(S.el('b', '', SIGN[v.kind] || ''), S.el('span', '', v.text));
};
draw();
watch('value', draw);
