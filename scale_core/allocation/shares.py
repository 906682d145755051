"""What every rule for candidates is given and returns: numbers read in one way, and the counts with
every factor that led to them.

Knows scores, budgets and temperatures, clear errors for what is wrong with them, and how an
allocation is explained: quality weight x diversity factor -> share -> count. Does not know how any
rule computes it, nor the words or colours in which a page shows it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Vectors: TypeAlias = NDArray[np.floating]
Numbers: TypeAlias = Sequence[float | None] | NDArray[np.floating] | NDArray[np.integer]

LARGEST_BUDGET = 2**53  # up to here every count is a float64 as well


def read_numbers(values: Numbers, name: str) -> Floats:
    """A vector of numbers, +-infinity included, as a new array [k].

    Raises ValueError for anything that is not one-dimensional, and for a missing value (None, NaN).
    """
    try:
        array = np.array(values, dtype=np.float64)  # None becomes NaN
    except TypeError as error:
        raise ValueError(f"{name} must be numbers: {error}") from None
    if array.ndim != 1:
        raise ValueError(f"{name} must be a list of numbers, not of shape {array.shape}")
    if np.isnan(array).any():
        where = int(np.flatnonzero(np.isnan(array))[0])
        raise ValueError(f"{name}[{where}] is missing (None or NaN)")
    return array


def read_scores(scores: Numbers, name: str = "scores") -> Floats:
    """Finite scores [k]. Raises ValueError where one is missing or infinite."""
    array = read_numbers(scores, name)
    if not np.isfinite(array).all():
        where = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"{name}[{where}] is infinite")
    return array


def read_budget(budget: int, candidates: int) -> int:
    """A number of rollouts that can be handed out: an integer >= 0, and 0 without candidates."""
    try:
        number = operator.index(budget)
    except TypeError:
        raise ValueError(f"the budget must be an integer, not {budget!r}") from None
    if not 0 <= number <= LARGEST_BUDGET:
        raise ValueError(f"the budget must be from 0 to 2**53, not {number}")
    if number and not candidates:
        raise ValueError(f"there are no candidates to give the budget of {number} to")
    return number


def read_width(width: int) -> int:
    """The beam width M: an integer >= 1."""
    number = operator.index(width)
    if number < 1:
        raise ValueError(f"the beam width must be at least 1, not {number}")
    return number


def read_temperature(value: float, name: str) -> float:
    """A temperature from 0 to infinity, both included: the limits are explicit."""
    number = float(value)
    if math.isnan(number) or number < 0:
        raise ValueError(f"{name} must be a number >= 0, not {value}")
    return number


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
