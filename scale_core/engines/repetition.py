"""Whether a growing text goes round in circles.

Knows text in pieces and the bounds above which repeating is no work any more. Does not know
samples, tokens or engines, nor what a loop says.

A small model that falls into a loop stays in it until its token limit, so what is cut early is
only time. What must not be cut is a listing, a table or a long line of dashes; so there are two
kinds of loop, both judged by the text's end alone:

- *exact*: a block of at most 400 characters, 8 times over and 1,000 characters in all. The longest
  sentence that small models were seen to repeat is below that; to repeat a line on purpose takes
  two or three copies. Below 8 characters, where a rule across the page or a row of zeros is
  a block too, 2,000 characters.
- *counting*: the same, but for its numbers ("Step 41: add 1. Step 42: add 1."). Trying one case
  after another reads just like it and is honest work, so it takes 256 copies, more cases than a
  person would list, and 8,000 characters (16,000 of a short block: of a row of numbers), a digit
  run counting as one. A block has at most 200 of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

EVERY = 256
"""Characters between two looks at the end of the text; the places do not depend on its pieces."""

_NUMBER = re.compile(r"\d+")
_SIGN = "0"  # stands for a run of digits
_SHORT = 8  # a block below this may be a rule or a row
_SHORT_TAKES = 2  # so many times the length


@dataclass(frozen=True, slots=True)
class Bounds:
    """What makes a loop: a block of at most `block` characters, `copies` of it and `least`
    characters in all (twice as many if the block is short)."""

    block: int
    copies: int
    least: int

    def needed(self, block: int) -> int:
        """Characters that a loop of such a block must have."""
        return max(self.copies * block, self.least * (_SHORT_TAKES if block < _SHORT else 1))

    @property
    def most(self) -> int:
        """Characters of the end of a text that can matter."""
        return max(self.copies * self.block, self.least * _SHORT_TAKES)

    def loop(self, text: str) -> bool:
        """Whether the text ends in a loop."""
        block = smallest_block(text, self.block)
        needed = self.needed(block)
        if not block or len(text) < needed:
            return False
        return text[-needed + block :] == text[-needed:-block]


EXACT = Bounds(block=400, copies=8, least=1_000)
COUNTING = Bounds(block=200, copies=256, least=8_000)


class Repetition:
    """Fed with the pieces of a text, in order. A look costs a few copies and comparisons of the
    text's end (at most 51,200 characters), so a character costs next to nothing. `found`: the text
    ended in a loop at one of the looks."""

    def __init__(self) -> None:
        self.found = False
        self._new = ""  # not looked at yet, shorter than EVERY
        self._tail = ""
        self._signs = ""  # the same with one sign for a number

    def feed(self, text: str) -> bool:
        """Takes the next piece; whether a loop was found, now or before."""
        new = self._new + text
        whole = len(new) - len(new) % EVERY
        for at in range(0, whole, EVERY):
            if self.found:
                break
            self._look(new[at : at + EVERY])
        self._new = new[whole:]
        return self.found

    def _look(self, new: str) -> None:
        signs = _NUMBER.sub(_SIGN, new)
        if self._signs.endswith(_SIGN) and signs.startswith(_SIGN):
            signs = signs[1:]  # the same number goes on
        self._tail = (self._tail + new)[-EXACT.most :]
        self._signs = (self._signs + signs)[-COUNTING.most :]
        self.found = EXACT.loop(self._tail) or COUNTING.loop(self._signs)


def smallest_block(text: str, most: int) -> int:
    """The smallest distance, up to `most`, at which the last `most` characters occur before; 0 if
    there is none. A loop whose block is no longer has this block: two different ones would leave
    `most` characters with both, and so with a smaller one (Fine and Wilf)."""
    if len(text) <= most:
        return 0
    backwards = text[: -2 * most - 1 : -1]
    return max(0, backwards.find(backwards[:most], 1))
