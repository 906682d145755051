"""Word problems of primary-school arithmetic, with the steps that solve them.

What this package knows: a few dozen everyday situations (shopping, packing, journeys, ages, ...),
many ways to tell each of them in English, and for every telling the list of atomic operations
that answers it.  The map from wording to steps is deterministic: the same story always gives the
same outline, with the operands in the order of the story.  Every literal of an outline is a
number of the text, a number word of it ("twice", "a dozen", "half"), or one of a handful of
everyday facts (a week has 7 days, a cow 4 legs, a car 4 wheels, a rectangle two pairs of sides).

What it does not know: how to evaluate an outline, how a model sees the text, anything about
fractions, negative numbers, unit conversion or irrelevant numbers (no text holds a distractor),
and no text written by anyone else: all sentences were composed for it.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from scale_core.abacus.words.baking import baking
from scale_core.abacus.words.farm import legs, rectangle
from scale_core.abacus.words.orchard import grid, orchard
from scale_core.abacus.words.packing import packing, scores
from scale_core.abacus.words.people import ages, sharing
from scale_core.abacus.words.school import reading, school
from scale_core.abacus.words.shopping import shopping
from scale_core.abacus.words.things import collection, counts
from scale_core.abacus.words.tickets import tank, tickets
from scale_core.abacus.words.travel import journey
from scale_core.abacus.words.vocabulary import Problem, choice
from scale_core.abacus.words.wages import earning, saving
from scale_core.abacus.words.work import factory, stairs

SCENARIOS: tuple[Callable[[random.Random], Problem], ...] = (
    shopping,
    packing,
    journey,
    ages,
    sharing,
    saving,
    grid,
    reading,
    baking,
    legs,
    orchard,
    school,
    earning,
    collection,
    rectangle,
    factory,
    tickets,
    tank,
    stairs,
    counts,
    scores,
)


def word_problem(rng: random.Random) -> Problem:
    """One problem of a scenario chosen evenly: its text, and the steps that answer it."""
    return choice(rng, SCENARIOS)(rng)
