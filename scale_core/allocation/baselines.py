"""Baselines: uniform, beam search and DVTS, which share the rollouts equally among those they keep.

Source: "Every Rollout Counts" (arXiv 2506.15707), Eq. 1-3. Knows scores, a budget, the beam width M
and which subtree a candidate belongs to. Does not look at how much better the best are (`rebase`),
nor at similarity (`dora`).
"""

from __future__ import annotations

import operator

import numpy as np

from scale_core.allocation.apportion import apportion
from scale_core.allocation.directions import Keys
from scale_core.allocation.published_arithmetic import best_last, realised
from scale_core.allocation.shares import (
    Allocation,
    Ints,
    Numbers,
    read_budget,
    read_scores,
    read_width,
)

M = 4  # the papers' beam width


def uniform(
    candidates: int, budget: int, scores: Numbers | None = None, *, published: bool = False
) -> Allocation:
    """B_i = N / k; what does not divide goes to the higher scores [k], then to the lower indices.

    published=True: exactly one each, whatever the budget (Eq. 1).
    Raises ValueError for a negative number of candidates, or a budget without candidates.
    """
    k = operator.index(candidates)
    if k < 0:
        raise ValueError(f"there cannot be {k} candidates")
    budget = read_budget(budget, k)
    share = np.full(k, 1 / max(k, 1))
    if published:
        ones = np.ones(k, np.int64)
        return Allocation("uniform", budget, ones, budget * share, share, published=True)
    counts = apportion(np.ones(k), budget, scores=scores)
    return Allocation("uniform", budget, counts, budget * share, share)


def beam(scores: Numbers, budget: int, width: int = M, *, published: bool = False) -> Allocation:
    """The best K = min(k, max(1, N // M)) of scores [k] share N equally.

    That is M each where M divides N and k >= K; what is left otherwise goes to the best of them.
    Ties at the cut and in the remainder: the lower index. One beam also where N < M.
    published=True: argsort(R)[-(N // M):], of which [-0:] keeps all, then cyclic copies in index
    order (ties at the cut are unspecified there: here the higher index stays).
    Raises ValueError for a missing score, M < 1, or a budget without candidates.
    """
    r = read_scores(scores)
    budget, width, k = read_budget(budget, len(r)), read_width(width), len(r)
    best = np.argsort(-r, kind="stable")[: max(1, budget // width)]
    if published:
        best = best_last(r, budget // width)
    kept = np.zeros(k, bool)
    kept[best] = True
    share = kept / max(1, np.count_nonzero(kept))
    counts = realised(kept.astype(np.int64), budget) if published and k else (
        apportion(share, budget, scores=r)
    )  # fmt: skip
    return Allocation("beam", budget, counts, budget * share, share, kept=kept, published=published)


def dvts(
    scores: Numbers, budget: int, width: int = M, groups: Keys | None = None,
    *, published: bool = False,
) -> Allocation:  # fmt: skip
    """All of a subtree's rollouts to its argmax (the first on ties), M each in K = N / M subtrees.

    scores [k]. groups [k]: each candidate's subtree; default: M candidates in a row are one.
    The budget is split equally among the subtrees; what does not divide goes to those with the
    higher best score, then to the earlier ones. So every N, M and k works.
    published=True: candidates i M .. i M + M - 1 are subtree i; needs k = N and M | N.
    Raises ValueError for a missing score, M < 1, a budget without candidates, other groups.
    """
    r = read_scores(scores)
    budget, width, k = read_budget(budget, len(r)), read_width(width), len(r)
    if published and (groups is not None or k != budget or budget % width):
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
        "dvts", budget, counts, budget * share, share, group=group, kept=kept, published=published
    )


def _numbered(groups: Keys) -> Ints:
    number = {key: i for i, key in enumerate(dict.fromkeys(groups))}
    return np.array([number[key] for key in groups], np.int64)
