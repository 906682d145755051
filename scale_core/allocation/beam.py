"""Beam search: M rollouts to each of the best K = N / M (DORA, Eq. 2).

Knows scores, a budget and the beam width M. Does not look at how much better the best are.
"""

from __future__ import annotations

import numpy as np

from scale_core.allocation.apportion import apportion
from scale_core.allocation.checks import Numbers, read_budget, read_scores, read_width
from scale_core.allocation.published.arithmetic import best_last, realised
from scale_core.allocation.shares import Allocation

M = 4  # the papers' beam width


def beam(scores: Numbers, budget: int, width: int = M, *, official: bool = False) -> Allocation:
    """The best K = min(k, max(1, N // M)) of scores [k] share N equally.

    That is M each where M divides N and k >= K; what is left otherwise goes to the best of them.
    Ties at the cut and in the remainder: the lower index. One beam also where N < M.
    official=True: argsort(R)[-(N // M):], of which [-0:] keeps all, then cyclic copies in index
    order (ties at the cut are unspecified there: here the higher index stays).
    Raises ValueError for a missing score, M < 1, or a budget without candidates.
    """
    r = read_scores(scores)
    budget, width, k = read_budget(budget, len(r)), read_width(width), len(r)
    best = np.argsort(-r, kind="stable")[: max(1, budget // width)]
    if official:
        best = best_last(r, budget // width)
    kept = np.zeros(k, bool)
    kept[best] = True
    share = kept / max(1, np.count_nonzero(kept))
    counts = realised(kept.astype(np.int64), budget) if official and k else (
        apportion(share, budget, scores=r)
    )  # fmt: skip
    return Allocation("beam", budget, counts, budget * share, share, kept=kept, official=official)
