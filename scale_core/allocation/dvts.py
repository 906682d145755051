"""DVTS: the best of each subtree goes on, all subtrees with the same budget (DORA, Eq. 3).

Knows scores and which subtree a candidate belongs to. A partition of the budget comes first, so a
better candidate of a strong subtree may get nothing while a worse one elsewhere is kept.
"""

from __future__ import annotations

import numpy as np

from scale_core.allocation.apportion import apportion
from scale_core.allocation.beam import M
from scale_core.allocation.checks import Ints, Numbers, read_budget, read_scores, read_width
from scale_core.allocation.directions.embeddings import Keys
from scale_core.allocation.shares import Allocation


def dvts(
    scores: Numbers, budget: int, width: int = M, groups: Keys | None = None,
    *, official: bool = False,
) -> Allocation:  # fmt: skip
    """All of a subtree's rollouts to its argmax (the first on ties), M each in K = N / M subtrees.

    scores [k]. groups [k]: each candidate's subtree; default: M candidates in a row are one.
    The budget is split equally among the subtrees; what does not divide goes to those with the
    higher best score, then to the earlier ones. So every N, M and k works.
    official=True: candidates i M .. i M + M - 1 are subtree i; needs k = N and M | N.
    Raises ValueError for a missing score, M < 1, a budget without candidates, other groups.
    """
    r = read_scores(scores)
    budget, width, k = read_budget(budget, len(r)), read_width(width), len(r)
    if official and (groups is not None or k != budget or budget % width):
        raise ValueError(f"the published DVTS needs k = N and M | N: k={k}, N={budget}, M={width}")
    if groups is not None and len(groups) != k:
        raise ValueError(f"there are {len(groups)} groups for {k} scores")
    group = np.arange(k) // width if groups is None else _numbered(groups)
    trees = int(group.max(initial=-1)) + 1
    # By group, then best first, then by index: the first of each group is its winner.
    order = np.lexsort((-r, group))
    winners = order[np.unique(group[order], return_index=True)[1]]
    counts = np.zeros(k, np.int64)
    counts[winners] = apportion(np.ones(trees), budget, scores=r[winners])
    kept = np.zeros(k, bool)
    kept[winners] = True
    share = kept / max(1, trees)
    return Allocation(
        "dvts", budget, counts, budget * share, share, group=group, kept=kept, official=official
    )


def _numbered(groups: Keys) -> Ints:
    number = {key: i for i, key in enumerate(dict.fromkeys(groups))}
    return np.array([number[key] for key in groups], np.int64)
