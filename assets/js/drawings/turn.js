/* Nothing to see: turns to the page on which a run was opened, or tells the list why it was not. */
import { tell } from '../parts/signals.js';

export const mount = ({ props, watch }) => watch('value', () => {
  const v = props.value || {};
  tell('opened-run', v.problem || '');
  if (!v.problem && v.page) location.hash = v.page;
});
