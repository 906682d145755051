"""What every rule for candidates returns: the counts, and every factor that led to them.

Knows how an allocation is explained: quality weight x diversity factor -> share -> count. Does
not know how any rule computes it, nor the words or colours in which a page shows it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from scale_core.allocation.checks import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Factors:
    """One candidate's row of an `Allocation`; None where the rule has no such factor."""

    count: int
    ideal: float | None
    share: float | None
    weight: float | None
    log_weight: float | None
    gamma: float | None
    direction: int | None
    direction_size: int | None
    group: int | None
    kept: bool | None
    raw: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """Rollouts for k candidates. Arrays have shape [k], read-only; None: not part of the rule.

    rule: its name. published: the published arithmetic, quirks included.
    counts: rollouts for each candidate; they sum to `budget` (with published=True only where the
        published code does).
    ideal: the fractional number of rollouts, budget x share, before it was made whole.
    share: the final weight w'_i, summing to 1 (product of weight and gamma, normalised).
    weight, log_weight: quality weight w_i = softmax(R / T_b)_i and its logarithm.
    gamma: diversity factor in (0, 1]; NaN for a candidate that a prefilter dropped.
    direction, direction_size: hard directions only: whose candidate it is and of how many.
    effective_directions: sum of gamma.
    group: DVTS only: the subtree of the candidate.
    kept: False for candidates that were cut before the budget was divided.
    raw: published only: the rounded vector before padding and cutting made it fit.
    """

    rule: str
    budget: int
    counts: Ints
    ideal: Floats | None = None
    share: Floats | None = None
    weight: Floats | None = None
    log_weight: Floats | None = None
    gamma: Floats | None = None
    direction: Ints | None = None
    direction_size: Ints | None = None
    effective_directions: float | None = None
    group: Ints | None = None
    kept: Bools | None = None
    raw: Ints | None = None
    published: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __len__(self) -> int:
        return len(self.counts)

    def factors(self, candidate: int) -> Factors:
        """Why this candidate got its count, as plain numbers."""
        return Factors(
            count=int(self.counts[candidate]),
            ideal=_number(self.ideal, candidate),
            share=_number(self.share, candidate),
            weight=_number(self.weight, candidate),
            log_weight=_number(self.log_weight, candidate),
            gamma=_number(self.gamma, candidate),
            direction=_integer(self.direction, candidate),
            direction_size=_integer(self.direction_size, candidate),
            group=_integer(self.group, candidate),
            kept=None if self.kept is None else bool(self.kept[candidate]),
            raw=_integer(self.raw, candidate),
        )


def _number(values: Floats | None, candidate: int) -> float | None:
    if values is None or math.isnan(values[candidate]):
        return None
    return float(values[candidate])


def _integer(values: Ints | None, candidate: int) -> int | None:
    return None if values is None else int(values[candidate])
