"""Uniform: every candidate gets the same. O_i = 1 (DORA, Eq. 1: temperature sampling).

Knows how many candidates there are. Does not look at quality or likeness.
"""

from __future__ import annotations

import operator

import numpy as np

from scale_core.allocation.apportion import apportion
from scale_core.allocation.checks import Numbers, read_budget
from scale_core.allocation.shares import Allocation


def uniform(
    candidates: int, budget: int, scores: Numbers | None = None, *, official: bool = False
) -> Allocation:
    """B_i = N / k; what does not divide goes to the higher scores [k], then to the lower indices.

    official=True: exactly one each, whatever the budget (Eq. 1).
    Raises ValueError for a negative number of candidates, or a budget without candidates.
    """
    k = operator.index(candidates)
    if k < 0:
        raise ValueError(f"there cannot be {k} candidates")
    budget = read_budget(budget, k)
    share = np.full(k, 1 / max(k, 1))
    if official:
        ones = np.ones(k, np.int64)
        return Allocation("uniform", budget, ones, budget * share, share, official=True)
    counts = apportion(np.ones(k), budget, scores=scores)
    return Allocation("uniform", budget, counts, budget * share, share)
