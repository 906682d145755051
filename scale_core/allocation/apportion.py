"""Weights into whole numbers that sum to the budget: the exact optimum of the Beta model.

Source: papers on rollout allocation model candidate i as p_i ~ Beta(kappa w_i, kappa (1 - w_i))
and minimise prod_i E[(1 - p_i)^{B_i}] with sum B = N. The gain of one more rollout on i is
-log(1 - kappa w_i / (kappa + B_i)): it falls with B_i and rises with w_i / (kappa + B_i), so the
greedy choice

    give the next rollout to argmax_i w_i / (kappa + B_i)

is optimal. That is a divisor method: kappa -> 0 Adams, 1/2 Webster (rounding, with the budget
conserved), 1 Jefferson; kappa -> infinity gives everything to the heaviest. Ties go to the higher
score, then to the lower index; what differs by rounding errors only (1e-12) is a tie.

Knows weights and counts. Does not know where weights come from. No loop runs over the budget: two
price levels bracket the greedy result, and what lies between them (a few rollouts for each
candidate) is selected at once.
"""

from __future__ import annotations

import math

import numpy as np

from scale_core.allocation.shares import (
    Floats,
    Ints,
    Numbers,
    read_budget,
    read_numbers,
    read_scores,
)

_LARGE = 2.0**40  # beyond, kappa + B would lose what tells one B from the next
_TIE = 1e-12  # relative: so that the noise of a softmax or a cosine does not decide
_SCALE = -52  # exponent of the largest weight: w / kappa cannot overflow, whatever kappa > 0


def apportion(
    weights: Numbers, budget: int, kappa: float = 0.5, scores: Numbers | None = None
) -> Ints:
    """Counts [k] that sum to `budget`: the greedy result of argmax w_i / (kappa + B_i).

    weights [k] >= 0, on any scale; a weight of 0 gets nothing while another is positive, and when
    all are 0 they count as equal. kappa in [0, infinity], both limits exact. scores [k] decide
    ties (default: the weights). O(k log k), whatever the budget.
    Raises ValueError for missing, negative or infinite weights, a budget without candidates or
    outside 0..2**53, and kappa < 0.
    """
    w = read_scores(weights, "weights")
    if (w < 0).any():
        raise ValueError(f"weights[{int(np.flatnonzero(w < 0)[0])}] is negative")
    return _apportion(w, read_budget(budget, len(w)), kappa, _ties(scores, w))


def apportion_log(
    log_weights: Numbers, budget: int, kappa: float = 0.5, scores: Numbers | None = None
) -> Ints:
    """`apportion` of exp(log_weights); -infinity is a weight of 0. Nothing overflows, and a
    weight too small for a float64 stays positive."""
    logs = read_numbers(log_weights, "log_weights")
    if (logs == np.inf).any():
        raise ValueError(f"log_weights[{int(np.flatnonzero(logs == np.inf)[0])}] is infinite")
    possible = logs > -np.inf
    w = np.zeros(len(logs))
    if possible.any():
        smallest = np.nextafter(0.0, 1.0)
        w[possible] = np.maximum(np.exp(logs[possible] - logs.max()), smallest)
    return _apportion(w, read_budget(budget, len(w)), kappa, _ties(scores, logs))


def _ties(scores: Numbers | None, default: Floats) -> Floats:
    if scores is None:
        return default
    ties = read_scores(scores)
    if len(ties) != len(default):
        raise ValueError(f"there are {len(ties)} scores for {len(default)} weights")
    return ties


def _apportion(w: Floats, budget: int, kappa: float, ties: Floats) -> Ints:
    if math.isnan(kappa) or kappa < 0:
        raise ValueError(f"kappa must be a number >= 0, not {kappa}")
    counts = np.zeros(len(w), np.int64)
    if not budget:
        return counts
    positive = w > 0
    if not positive.any():
        w, positive = np.ones(len(w)), np.ones(len(w), bool)
    w = np.ldexp(w, _SCALE - math.frexp(w.max())[1])  # a power of 2 rounds nothing
    everyone = np.arange(len(w))
    if kappa == math.inf:
        counts[_largest(w, everyone, 1, ties)] = budget
        return counts
    if kappa > 0:
        return _divide(w, budget, kappa, ties)
    # kappa -> 0: the first rollout of a candidate is worth infinitely more than a second one;
    # after one each, w / B is what kappa = 1 makes of the rest.
    first = int(positive.sum())
    if budget <= first:
        counts[_largest(w, everyone, budget, ties)] = 1
        return counts
    return positive + _divide(w, budget - first, 1.0, ties)


def _divide(w: Floats, budget: int, kappa: float, ties: Floats) -> Ints:
    """The greedy result for 0 < kappa < infinity."""
    # From here on all equally heavy candidates share everything, and kappa changes no more:
    # two different weights differ by at least 2**-53 of the larger one.
    kappa = min(kappa, 2.0**54 * budget)
    low, high = _brackets(w, budget, kappa)
    spare = high - low
    item = np.repeat(np.arange(len(w)), spare)
    seat = np.arange(len(item)) - np.repeat(np.cumsum(spare) - spare, spare) + low[item]
    # One rollout of the budget changes a key by more than 1 / N: no tie is as wide as that.
    width = min(_TIE, 0.01 / (kappa + budget))
    key = _priority(w, item, seat, kappa)
    chosen = _largest(key, item, budget - int(low.sum()), ties, width)
    return low + np.bincount(item[chosen], minlength=len(w))


def _brackets(w: Floats, budget: int, kappa: float) -> tuple[Ints, Ints]:
    """Counts certainly not above, and certainly not below, the greedy ones.

    At price level p candidate i is worth floor(c_i) + 1 rollouts, where c_i = p s_i - kappa g_i
    (s = w / max w, g = 1 - s), if c_i >= 0; p = lambda - kappa in units of the largest weight,
    which stays small and accurate for every kappa. The level at which the c_i above 0 sum to x is
    min_m (x + kappa sum_{i<m} g_i) / sum_{i<m} s_i over the m heaviest. Its counts lie between x
    and x + (number of candidates above 0), so the levels for N and for N - that number bracket N.
    The slack is far above all rounding errors and far below 1 (while N is below 2**46).
    """
    top = w.max()
    falling = np.sort(w)[::-1]
    shares, gaps = np.cumsum(falling / top), np.cumsum((top - falling) / top)
    s, fixed = w / top, kappa * ((top - w) / top)
    rounding, slack = (len(w) + 8) * 2.0**-52, 1e-6 + budget * 2.0**-48

    def counts(target: float, slack: float) -> Ints:
        level = ((target + kappa * gaps) / shares).min()
        seats = np.floor(level * s - fixed + slack) + 1
        return np.asarray(np.clip(seats, 0, None), np.int64)

    high = counts(budget * (1 + rounding) + 1, slack)
    target = (budget - np.count_nonzero(high)) * (1 - rounding) - 1
    low = counts(target, -slack) if target > 0 else np.zeros_like(high)
    return low, high


def _priority(w: Floats, item: Ints, seat: Ints, kappa: float) -> Floats:
    """w / (kappa + B) of the rollout that follows B others, or for a huge kappa something in the
    same order: minus its price (kappa + B) / w - kappa / max w, written without cancellation."""
    if kappa <= _LARGE:
        return np.asarray(w[item] / (kappa + seat))
    top = w.max()
    with np.errstate(divide="ignore"):
        price = (kappa * ((top - w[item]) / top) + seat) / (w[item] / top)
    return np.asarray(-price)


def _largest(key: Floats, item: Ints, count: int, ties: Floats, width: float = _TIE) -> Ints:
    """Positions of the `count` largest keys; those within a relative `width` of the last one that
    fits are tied with it: by the item's score, then by its index."""
    if not count:
        return np.empty(0, np.int64)
    cut = np.partition(key, len(key) - count)[len(key) - count]
    high, low = cut + abs(cut) * width, cut - abs(cut) * width
    above, tied = np.flatnonzero(key > high), np.flatnonzero((key >= low) & (key <= high))
    rest = count - len(above)
    if rest < len(tied):
        tied = tied[np.argsort(-ties[item[tied]], kind="stable")[:rest]]
    return np.concatenate((above, tied))
