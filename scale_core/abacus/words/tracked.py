"""Stories that follow one amount: how it begins, what happens to it, what is asked about it.

Knows how beginnings, changes and questions make a story. Does not know their tellings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from scale_core.abacus.words.beginnings import BEGINNINGS, lying, owned
from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.changes import CHANGES, LESSENING
from scale_core.abacus.words.questions import QUESTIONS, left, total
from scale_core.abacus.words.tongue import Story, Term

_T = TypeVar("_T")
PLAIN = 0.31  # how often the amount itself is asked for


def _one(s: Story, options: Sequence[tuple[_T, int]]) -> _T:
    return s.rng.choices([part for part, _ in options], [weight for _, weight in options])[0]


def tracked(s: Story) -> Term:
    """One amount through up to two changes, and a question about it."""
    people(s, 4)
    things(s, 2)
    days(s)
    begin = _one(s, BEGINNINGS)
    now = begin(s)
    lessened = False
    changes = s.rng.choices((0, 1, 2), (30, 55, 15))[0]
    for i in range(changes):
        change = _one(s, CHANGES)
        now = change(s, now, f"n{i}")
        lessened = change in LESSENING
    s.words["all"] = "[them|all of them|the {x}|all the {x}]"
    if lessened and s.chance(0.6):
        s.words["all"] = "the rest"
    told = changes > 0 or begin not in (owned, lying)
    if told and s.chance(PLAIN):
        return (left if lessened else total)(s, now)
    return _one(s, QUESTIONS)(s, now)
