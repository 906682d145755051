"""The wide language of word problems: every schema of school arithmetic in many tellings.

Knows which makers there are, how often each is drawn, and that a story is told again until its
numbers fit. Every number of an outline is a number of the text, or one that a word of it means
(twice, half). Does not know roles, the model, or any text by others: all sentences were composed
here.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from scale_core.abacus.grammar import Line
from scale_core.abacus.words import (
    chosen,
    coming_and_going,
    compared,
    fairs,
    givers,
    groups_of_groups,
    happenings,
    jobs,
    ledger,
    lengths,
    linked,
    money,
    parts_compared,
    rates,
    relations,
    riddles,
    shares,
    tracked,
    turns,
    unknowns,
    uses,
    vessels,
)
from scale_core.abacus.words.strange import strange
from scale_core.abacus.words.tongue import Story, Term, Unfit
from scale_core.abacus.words.typing import typed
from scale_core.dialects.abacus.canonical import canonical

SITUATIONS = (
    *((module, 0.7) for module in (happenings, chosen, relations, vessels, jobs, fairs)),
    *((module, 1.5) for module in (givers, shares)),
)
"""Modules that tell of particular places and deeds, most of them with a number too many, and by how
much their weights are multiplied."""
MAKERS: tuple[tuple[Callable[[Story], Term], float], ...] = (
    (tracked.tracked, 34),
    *unknowns.MAKERS,
    (ledger.two_kinds, 14),
    (ledger.before_and_after, 6),
    (ledger.times_of_day, 9),
    (ledger.people_and_kinds, 8),
    (ledger.two_groupings, 9),
    *compared.MAKERS,
    *((maker, 0.9 * weight) for maker, weight in money.MAKERS),
    *((maker, 0.8 * weight) for maker, weight in rates.MAKERS),
    *turns.MAKERS,
    *coming_and_going.MAKERS,
    *parts_compared.MAKERS,
    *groups_of_groups.MAKERS,
    *lengths.MAKERS,
    *((maker, much * weight) for module, much in SITUATIONS for maker, weight in module.MAKERS),
    *((maker, 0.8 * weight) for maker, weight in uses.MAKERS),
    *linked.MAKERS,
    (riddles.unknown_number, 3),
    (riddles.in_words_only, 2),
)
_WEIGHTS = [weight for _, weight in MAKERS]
LONGEST = 480


def story(
    rng: random.Random, maker: Callable[[Story], Term] | None = None
) -> tuple[str, list[Line]]:
    """One problem: its text as typed and then read, and its outline."""
    while True:
        s = Story(rng)
        make = maker or rng.choices(MAKERS, _WEIGHTS)[0][0]
        try:
            answer = make(s)
            turns.surround(s)
            s.value(answer)
            text = s.text()
            lines = s.outline(answer)
        except (Unfit, ZeroDivisionError):
            continue
        text = canonical(typed(strange(text, rng), rng))
        if len(text) <= LONGEST and lines:
            return text, lines
