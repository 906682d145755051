"""Problems of the embedded model's language, each with its exact outline.

Knows the five families, the wide language beside them (stories, short chains) and that every
problem stays within the taught sizes. Texts are canonical: as the dialect's `canonical` would write
them (ASCII operators, no spaces around them). Does not know scratchpads, roles or the model.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from scale_core.abacus.equations import equation
from scale_core.abacus.expressions import Stuck, expression
from scale_core.abacus.grammar import Line, Operation, evaluate, in_range, parse_line
from scale_core.abacus.let_chains import let_chain, plain_chain
from scale_core.abacus.number_theory import number_theory
from scale_core.abacus.words import word_problem
from scale_core.abacus.words.stories import story

FAMILIES = ("expressions", "number theory", "let-chains", "equations", "word problems")
STORIES = "stories"  # word problems in the wide language
CHAINS = "short chains"  # let-chains of one to three letters


@dataclass(frozen=True, slots=True)
class Taught:
    """A problem text with the outline that solves it; `steps` are the filled operations."""

    family: str
    text: str
    outline: tuple[Line, ...]
    steps: tuple[tuple[Operation, int], ...]

    @property
    def answer(self) -> int:
        return self.steps[-1][1]


def _words(rng: random.Random) -> tuple[str, list[Line]]:
    text, outline = word_problem(rng)
    lines = [parse_line(line) for line in outline]
    return text, [line for line in lines if line is not None]


_MAKERS = dict(
    zip(
        (*FAMILIES, STORIES, CHAINS),
        (expression, number_theory, let_chain, equation, _words, story, plain_chain),
        strict=True,
    )
)


def make(family: str, rng: random.Random) -> Taught:
    """One problem of a family; every operation has operands that the model is taught."""
    while True:
        try:
            text, lines = _MAKERS[family](rng)
        except Stuck:
            continue
        steps = evaluate(lines)
        if steps and all(in_range(op) and abs(value) < 10**7 for op, value in steps):
            return Taught(family, text, tuple(lines), tuple(steps))
