"""DORA: rollouts to directions by quality, not to whichever direction has more candidates.

Source: "Every Rollout Counts" (arXiv 2506.15707), Eq. 10-13, and its released code.

    w      = softmax(R / T_b)                         quality (REBASE's)
    gamma_i = 1 / sum_j exp((S_ij - S_ii) / T_s)      diversity: one over the number of its like
    w'_i   = w_i gamma_i / sum_j w_j gamma_j
    B_i    = round(N w'_i)                            here: apportioned, so that sum B = N

Knows scores, directions and budgets. How directions are told apart is in `directions`. With
T_s -> infinity, or when all are unlike, it is REBASE.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from scale_core.allocation import published_arithmetic
from scale_core.allocation.apportion import apportion, apportion_log
from scale_core.allocation.directions import T_S, Directions, Embeddings, Keys, soft
from scale_core.allocation.rebase import T_B, log_weights, normalised, rebase
from scale_core.allocation.shares import (
    Allocation,
    Bools,
    Floats,
    Ints,
    Numbers,
    read_budget,
    read_scores,
    read_temperature,
)
from scale_core.allocation.similarity import contested

Level = Literal["candidate", "direction"]


def dora(
    scores: Numbers, embeddings: Embeddings, budget: int, *, t_b: float = T_B, t_s: float = T_S,
    kappa: float = 0.5, prefilter: bool = False, groups: Keys | None = None,
    published: bool = False,
) -> Allocation:  # fmt: skip
    """Eq. 10-13 with soft directions from embeddings [k, d] (see `directions.soft`).

    scores [k]; t_b, t_s in [0, infinity]; groups [k]: keys of identical texts.
    prefilter=True (the released code's variant): candidates to which REBASE would give nothing
    are dropped first; quality and diversity are those among the others.
    published=True: the published arithmetic (float32 cosines, zero rows kept, rounding half to
    even, cyclic repair); with the prefilter the released code with its missing name repaired.
    Raises ValueError for missing scores, a wrong number of embeddings or keys, negative
    temperatures, a budget without candidates; PublishedError where the published code fails.
    """
    r = read_scores(scores)
    budget, t_b = read_budget(budget, len(r)), read_temperature(t_b, "t_b")
    if len(embeddings) != len(r):
        raise ValueError(f"there are {len(embeddings)} embeddings for {len(r)} scores")
    if published and len(r):
        if groups is not None:
            raise ValueError("the published arithmetic knows no groups of identical texts")
        return _as_published(r, embeddings, budget, t_b, t_s, prefilter)
    kept = _survivors(r, budget, t_b, kappa, prefilter)
    if kept.all():
        return _allocate(r, soft(embeddings, t_s, groups), budget, t_b, kappa)
    chosen = np.flatnonzero(kept)
    some = soft(_pick(embeddings, chosen), t_s, None if groups is None else _pick(groups, chosen))
    return _spread(_allocate(r[chosen], some, budget, t_b, kappa), kept)


def dora_by_direction(
    scores: Numbers, directions: Directions, budget: int, *, t_b: float = T_B,
    kappa: float = 0.5, level: Level = "candidate",
) -> Allocation:  # fmt: skip
    """Eq. 10 and 13 with directions that were told apart in whatever way (adaptation).

    level="candidate": the candidates are apportioned by w'_i: at equal diversity a higher score
    never gets less. level="direction" (hard directions only): the directions are apportioned by
    the sums of w'_i first, each direction's part among its candidates after that: a direction
    gets the same however many candidates it has, also when each of them alone would round to 0.
    Raises ValueError as `dora`, and for soft directions at the level of directions.
    """
    r = read_scores(scores)
    budget, t_b = read_budget(budget, len(r)), read_temperature(t_b, "t_b")
    if len(directions) != len(r):
        raise ValueError(f"there are {len(directions)} directions for {len(r)} scores")
    return _allocate(r, directions, budget, t_b, kappa, level)


def _pick(values: Any, chosen: Ints) -> Any:
    """The chosen ones of an array or of a sequence."""
    if isinstance(values, np.ndarray):
        return values[chosen]
    return [values[i] for i in chosen.tolist()]


def _survivors(r: Floats, budget: int, t_b: float, kappa: float, prefilter: bool) -> Bools:
    """Whom the prefilter keeps: everyone where there is none, or nothing to hand out."""
    if not prefilter or not budget:
        return np.ones(len(r), bool)
    return rebase(r, budget, t_b=t_b, kappa=kappa).counts > 0


def _allocate(
    r: Floats, directions: Directions, budget: int, t_b: float, kappa: float,
    level: Level = "candidate",
) -> Allocation:  # fmt: skip
    logs = log_weights(r, t_b)
    directions, counts = _settled(r, logs, directions, budget, kappa)
    share = np.exp(normalised(logs + directions.log_gamma))
    if level == "direction":
        counts = _by_direction(r, share, directions, budget, kappa)
    return Allocation(
        "dora", budget, counts, budget * share, share, np.exp(logs), logs, directions.gamma,
        directions.label, directions.size, directions.effective,
    )  # fmt: skip


def _settled(
    r: Floats, logs: Floats, directions: Directions, budget: int, kappa: float
) -> tuple[Directions, Ints]:
    """Counts, and directions exact wherever their error could have changed a count."""
    unsure = np.full(len(r), directions.doubt > 0)
    while True:
        product = logs + directions.log_gamma
        counts = apportion_log(product, budget, kappa, r)
        again = unsure & contested(product, counts, kappa, directions.doubt)
        if directions.exact is None or not again.any():
            return directions, counts
        log_gamma = directions.log_gamma.copy()
        log_gamma[again] = directions.exact(np.flatnonzero(again))
        directions, unsure = replace(directions, log_gamma=log_gamma), unsure & ~again


def _by_direction(
    r: Floats, share: Floats, directions: Directions, budget: int, kappa: float
) -> Ints:
    label = directions.label
    if label is None:
        raise ValueError("soft directions have no borders to divide a budget by")
    best = np.full(label.max(initial=-1) + 1, -np.inf)
    np.maximum.at(best, label, r)
    parts = apportion(np.bincount(label, share), budget, kappa, best)
    counts = np.zeros(len(r), np.int64)
    members = np.split(np.argsort(label, kind="stable"), np.cumsum(np.bincount(label))[:-1])
    for direction in np.flatnonzero(parts).tolist():
        inside = members[direction]
        counts[inside] = apportion(share[inside], int(parts[direction]), kappa, r[inside])
    return counts


def _spread(part: Allocation, kept: Bools) -> Allocation:
    """An allocation of the kept candidates as one of all."""

    def whole(values: Floats | None, missing: float) -> Floats | None:
        if values is None:
            return None
        full = np.full(len(kept), missing, np.float64)
        full[kept] = values
        return full

    counts = np.zeros(len(kept), np.int64)
    counts[kept] = part.counts
    return replace(
        part, counts=counts, kept=kept, ideal=whole(part.ideal, 0), share=whole(part.share, 0),
        weight=whole(part.weight, 0), log_weight=whole(part.log_weight, -np.inf),
        gamma=whole(part.gamma, np.nan),
    )  # fmt: skip


def _as_published(
    r: Floats, embeddings: Embeddings, budget: int, t_b: float, t_s: float, prefilter: bool
) -> Allocation:
    kept = np.ones(len(r), bool)
    similarity = published_arithmetic.cosines(embeddings)
    if prefilter:
        kept = published_arithmetic.rounded(published_arithmetic.softmax(r, t_b), budget) > 0
        if not kept.any():
            raise published_arithmetic.PublishedError(
                "ValueError: zero-size array", "REBASE keeps nobody"
            )
    w = published_arithmetic.softmax(r[kept], t_b)
    gamma = published_arithmetic.diversity(similarity[np.ix_(kept, kept)], t_s)
    product = w * gamma
    share = product / product.sum()
    raw = np.zeros(len(r), np.int64)
    raw[kept] = published_arithmetic.rounded(share, budget)
    with np.errstate(divide="ignore"):
        logs = np.log(w)
    part = Allocation(
        "dora", budget, raw[kept], budget * share, share, w, logs, gamma,
        effective_directions=float(gamma.sum()), published=True,
    )  # fmt: skip
    return replace(_spread(part, kept), counts=published_arithmetic.realised(raw, budget), raw=raw)
