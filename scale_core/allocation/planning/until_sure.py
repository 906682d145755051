"""Draw until sure: what it is worth to go on until agreeing results are believed enough.

Knows recorded samples of one sub-problem as (value, confidence, tokens). Does not know how they
were made, nor other policies (see optimum.py).

The rule: draw one sample after another. The belief in a value is 1 - the product of (1 -
confidence) over the samples that gave it. Stop as soon as the value just drawn is believed at
least `sure`; if the samples run out, the most believed value stands (ties: the lowest number).
What it is worth depends on which confidence comes with which value, so no formula of chances gives
it: the samples are drawn anew from the record, with replacement, many times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scale_core.allocation.planning.optimum import Value

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DRAWS = 8000
"""Each position takes every sample of its record equally often (as far as the number allows), so
what one draw alone decides is exact; what several decide together has a standard error of at most
0.6 points."""
UNREADABLE = -1


@dataclass(frozen=True, eq=False)
class Record:
    """Samples of one mode, [n] each: the number of the value (UNREADABLE: none), the confidence in
    [0, 1], the tokens. Raises ValueError for no samples or arrays of different lengths."""

    values: Ints
    confidences: Floats
    tokens: Floats

    def __post_init__(self) -> None:
        if not len(self.values) == len(self.confidences) == len(self.tokens) > 0:
            raise ValueError("a record has as many values as confidences and tokens, and some")


def until_sure(
    sequence: Sequence[Record], right: int, sure: float, draws: int = DRAWS, seed: int = 0
) -> tuple[Value, ...]:
    """What the rule is worth with at most 1, 2, ... samples, the i-th drawn from sequence[i].

    right: the number of the right value. The same draws serve all lengths, so that a longer
    sequence never costs less. Raises ValueError for an empty sequence.
    """
    if not sequence:
        raise ValueError("at least one sample is drawn")
    rng, rows = np.random.default_rng(seed), np.arange(draws)
    kinds = 1 + max(right, *(int(record.values.max()) for record in sequence), 0)
    doubt, seen = np.ones((draws, kinds)), np.zeros((draws, kinds), bool)
    going, cost, done = np.ones(draws, bool), np.zeros(draws), np.zeros(draws, bool)
    found = []
    for record in sequence:
        picks = rng.permutation(rows % len(record.values))
        value, read = record.values[picks], going & (record.values[picks] != UNREADABLE)
        cost += going * record.tokens[picks]
        doubt[rows[read], value[read]] *= 1 - record.confidences[picks][read]
        seen[rows[read], value[read]] = True
        stop = read & (1 - doubt[rows, value] >= sure)
        done |= stop & (value == right)
        going &= ~stop
        stands = np.where(seen, doubt, 2.0).argmin(axis=1)
        rightly = going & seen.any(axis=1) & (stands == right)
        found.append(Value(float((done | rightly).mean()), float(cost.mean())))
    return tuple(found)
