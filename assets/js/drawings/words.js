/* Draws nothing itself: hands what is being written on to the drawings that show it. Nothing being there
   means that the run has ended. */
import { tell } from '../parts/signals.js';

export const mount = ({ props, watch }) => {
  let run = '';
  watch('value', () => {
    const v = props.value;
    if (v) run = v.run;
    tell('words', v ? { ...v, ended: false } : { run, lanes: {}, ended: true });
  });
};
