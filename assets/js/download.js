/* A button whose text comes back from the server only when it is asked for. */
const root = element.querySelector('.sx-download');
root.replaceChildren(S.button('sx-link', 'Download events (JSON lines)', () => trigger('fetch', {})));
watch('value', () => {
  const v = props.value;
  if (!v || !v.text) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([v.text], { type: 'application/x-ndjson' }));
  link.download = v.name;
  document.body.appendChild(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
