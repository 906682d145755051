"""Reading what a rule is given: scores, budgets, temperatures; clear errors for what is wrong.

Knows numbers only. Every rule reads its arguments through here, so all of them refuse the same
things in the same words.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
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
