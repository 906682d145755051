"""REBASE: rollouts in proportion to the softmax of the scores.

    B_i = round(N w_i), w = softmax(R / T_b)

Source: "Every Rollout Counts" (arXiv 2506.15707), Eq. 4, and the original, thu-wyz's
inference_scaling, which conserves the budget its own way (`rebase_original`): best first, each
takes the ceiling of its share of what is left. Ours is the divisor rule; kappa = 1/2 is that
rounding with a free multiplier. Knows scores and a temperature. Does not look at similarity.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from scale_core.allocation import published_arithmetic
from scale_core.allocation.apportion import apportion_log
from scale_core.allocation.shares import (
    Allocation,
    Floats,
    Ints,
    Numbers,
    read_budget,
    read_scores,
    read_temperature,
)

T_B = 0.1  # the papers' default
ORIGINAL_T_B = 0.2
_LANES = 8  # of the vectors in which torch adds


def log_weights(scores: Floats, t_b: float) -> Floats:
    """log softmax(scores / t_b) [k], float64.

    t_b = 0: the best share everything (the others are -infinity); t_b = infinity: -log k each.
    """
    if not len(scores) or t_b == math.inf:
        return np.full(len(scores), -math.log(len(scores) or 1))
    below = scores - scores.max()
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        shifted = np.where(below == 0, 0.0, below / t_b)
    return normalised(shifted)


def normalised(logs: Floats) -> Floats:
    """logs - logsumexp(logs) [k]; at least one of them is finite."""
    if not len(logs):
        return logs
    shifted = logs - logs.max()
    return np.asarray(shifted - math.log(np.exp(shifted).sum()))


def rebase(
    scores: Numbers, budget: int, *, t_b: float = T_B, kappa: float = 0.5, published: bool = False
) -> Allocation:
    """Counts from w = softmax(R / t_b) [k] by `apportion`, ties by score, then index.

    t_b = 0: the best share all; t_b = infinity: all share equally.
    published=True (DORA's repository): round(N w), half to even, then the cyclic repair.
    Raises ValueError for a missing score, a negative temperature, a budget without candidates;
    PublishedError where the published code fails.
    """
    r = read_scores(scores)
    budget, t_b = read_budget(budget, len(r)), read_temperature(t_b, "t_b")
    if published and len(r):
        w = published_arithmetic.softmax(r, t_b)
        raw = published_arithmetic.rounded(w, budget)
        counts = published_arithmetic.realised(raw, budget)
        with np.errstate(divide="ignore"):
            logs = np.log(w)
        return Allocation(
            "rebase", budget, counts, budget * w, w, w, logs, raw=raw, published=True
        )  # fmt: skip
    logs = log_weights(r, t_b)
    w = np.exp(logs)
    counts = apportion_log(logs, budget, kappa, r)
    return Allocation("rebase", budget, counts, budget * w, w, w, logs)


def rebase_original(
    scores: Numbers, budget: int, *, t_b: float = ORIGINAL_T_B, published: bool = False
) -> Allocation:
    """Best first, each takes ceil(N' e_i / E), e = exp(R / t_b), N' and E what is left of both.

    Float64 with the maximum taken off; ties by the lower index. It favours the top: the budget is
    used up before the tail is reached.
    published=True: float32, no shift, ties by the higher index, as torch computes it for up to 512
    candidates. The counts may then exceed the budget by one, and small t_b overflow.
    Raises ValueError as `rebase`; PublishedError where the published code meets NaN or infinity.
    """
    r = read_scores(scores)
    budget, t_b = read_budget(budget, len(r)), read_temperature(t_b, "t_b")
    logs = log_weights(r, t_b)
    w = np.exp(logs)
    counts = _published(r, budget, t_b) if published else _ceilings(r, w, budget)
    raw = counts.copy() if published else None
    return Allocation(
        "rebase_original", budget, counts, budget * w, w, w, logs, raw=raw, published=published
    )


def _ceilings(r: Floats, w: Floats, budget: int) -> Ints:
    counts = np.zeros(len(r), np.int64)
    order = np.argsort(-r, kind="stable")
    left = np.cumsum(w[order][::-1])[::-1]
    rounding = (len(r) + 8) * 2.0**-52
    for i, remaining in zip(order.tolist(), left.tolist(), strict=True):
        if not budget:
            break
        share = budget * (w[i] / remaining)
        whole = round(share)  # which rounding errors must not lift to the next one
        counts[i] = whole if math.isclose(share, whole, rel_tol=rounding) else math.ceil(share)
        budget -= int(counts[i])
    return counts


def _published(r: Floats, budget: int, t_b: float) -> Ints:
    counts = np.zeros(len(r), np.int64)
    order = np.argsort(r, kind="stable")[::-1]
    with np.errstate(all="ignore"):
        scaled = r[order].astype(np.float32) / np.float32(t_b)
        e = np.exp(scaled.astype(np.float64)).astype(np.float32)  # correctly rounded, as there
        left = _torch_sum(e)
        for i, weight in zip(order.tolist(), e, strict=True):
            share = np.float32(budget) * weight / left
            if not np.isfinite(share):
                kind = "ValueError" if np.isnan(share) else "OverflowError"
                name = "NaN" if np.isnan(share) else "infinity"
                raise published_arithmetic.PublishedError(
                    f"{kind}: cannot convert float {name} to integer", "exp(R / T_b) in float32"
                )
            counts[i] = math.ceil(share)
            budget -= int(counts[i])
            left = np.float32(left - weight)
    return counts


def _torch_sum(values: NDArray[np.float32]) -> np.float32:
    """The float32 sum in torch's order on a processor: four accumulators of 8 lanes each (of one
    lane below 8 numbers). Exact for up to 512 numbers; longer sums are nested further there."""
    lanes = _LANES if len(values) >= _LANES else 1
    rows = values[: len(values) // lanes * lanes].reshape(-1, lanes)
    whole = len(rows) // 4 * 4
    accumulators = np.zeros((4, lanes), np.float32)
    for start in range(0, whole, 4):
        accumulators += rows[start : start + 4]
    for row in rows[whole:]:
        accumulators[0] += row
    first = accumulators[0]
    for other in accumulators[1:]:
        first += other
    total = np.float32(0)
    for value in (*values[len(rows) * lanes :], *first):
        total = np.float32(total + value)
    return total
