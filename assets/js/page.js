/* The page's drawings. ui/scripts.py joins this module and all that it imports into one file, which comes
   while Gradio loads its own, and has what each component does then. */
import { mount as address } from './drawings/address.js';
import { mount as answer } from './drawings/answer.js';
import { mount as board } from './drawings/board.js';
import { mount as chips } from './drawings/chips.js';
import { mount as course } from './drawings/course.js';
import { mount as differences } from './drawings/differences.js';
import { mount as figure } from './drawings/figure.js';
import { mount as film } from './drawings/film.js';
import { mount as frontier } from './drawings/frontier.js';
import { mount as gallery } from './drawings/gallery.js';
import { mount as header } from './drawings/header.js';
import { mount as heat } from './drawings/heat.js';
import { mount as inspector } from './drawings/inspector.js';
import { mount as lab } from './drawings/lab.js';
import { mount as lanes } from './drawings/lanes.js';
import { mount as looking } from './drawings/looking.js';
import { mount as nodes } from './drawings/nodes.js';
import { mount as notice } from './drawings/notice.js';
import { mount as optimum } from './drawings/optimum.js';
import { mount as race } from './drawings/race.js';
import { mount as record } from './drawings/record.js';
import { mount as regrets } from './drawings/regrets.js';
import { mount as rounds } from './drawings/rounds.js';
import { mount as runs } from './drawings/runs.js';
import { mount as spend } from './drawings/spend.js';
import { mount as split } from './drawings/split.js';
import { mount as strip } from './drawings/strip.js';
import { mount as sweep } from './drawings/sweep.js';
import { mount as turn } from './drawings/turn.js';
import { mount as why } from './drawings/why.js';
import { mount as words } from './drawings/words.js';
import { names } from './parts/visitor.js';

const DRAWINGS = {
  address, answer, board, chips, course, differences, figure, film, frontier, gallery, header, heat, inspector, lab, lanes,
  looking, nodes, notice, optimum, race, record, regrets, rounds, runs, spend, split, strip, sweep, turn, why, words,
};

/* Draws a component by name. part: its element and its props, `watch` to hear of new ones, and `trigger`
   for events of its own. */
export const draw = (name, part) => {
  try {
    DRAWINGS[name](part);
  } catch (error) {
    console.error(error);
    part.element.append('This part of the page could not be drawn.');
  }
};

/* What the server is told when the page is there: who this is and what the address asks for, before whatever
   else it takes. */
export const visitor = (_, __, ...others) => [names(), window.location.search, ...others];
export const query = () => [window.location.search];

/* Who finds this here draws at once; others import the module and wait. */
window.scalePage = { draw };
