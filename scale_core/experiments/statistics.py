"""Two ways of doing something held against each other on the same problems; and how well a score
tells right from wrong.

Knows paired shares (Newcombe's interval, McNemar's exact test), the ratio of two paired means
(bootstrap over problems) and the area under the ROC curve. Intervals of one share or one mean are
in allocation/intervals.py. Knows numbers only; does not know runs or problems.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from scale_core.allocation.intervals import RESAMPLES, Interval, wilson


def paired_difference(both: int, first: int, second: int, neither: int) -> Interval:
    """The share of problems that the first way gets right, less that of the second, with its 95%
    interval: Newcombe's (Statistics in Medicine 17, 1998, method 10), which joins the Wilson
    intervals of both shares by how the two go together.

    both, first, second, neither: problems that both, only the first, only the second and neither
    got right. Raises ValueError without problems or for a negative count.
    """
    n = both + first + second + neither
    if n < 1 or min(both, first, second, neither) < 0:
        raise ValueError(f"no pairs in {both}, {first}, {second}, {neither}")
    one, two = wilson(both + first, n), wilson(both + second, n)
    together = _phi(both, first, second, neither)
    gap = (first - second) / n
    below = _joined(one.mean - one.low, two.high - two.mean, together)
    above = _joined(one.high - one.mean, two.mean - two.low, together)
    return Interval(gap, gap - below, gap + above)


def _joined(a: float, b: float, together: float) -> float:
    return math.sqrt(max(0.0, a * a - 2 * together * a * b + b * b))


def _phi(both: int, first: int, second: int, neither: int) -> float:
    """The correlation of being right, with Newcombe's correction where it is positive."""
    n = both + first + second + neither
    sides = (both + first) * (second + neither) * (both + second) * (first + neither)
    if not sides:
        return 0.0
    product = both * neither - first * second
    corrected = max(product - n / 2, 0.0) if product > 0 else float(product)
    return corrected / math.sqrt(sides)


def mcnemar(first: int, second: int) -> float:
    """The chance of so uneven a split of the problems that only one way got right, or a more
    uneven one, if both ways are equally good: two-sided and exact (binomial)."""
    n, fewer = first + second, min(first, second)
    tail = sum(math.comb(n, k) for k in range(fewer + 1))
    return min(1.0, float(2 * tail / 2**n))


def ratio_of_means(
    first: Sequence[float], second: Sequence[float], resamples: int = RESAMPLES, seed: int = 0
) -> Interval | None:
    """The mean of the first by that of the second, over the same problems in the same order, with
    its 95% interval: percentile bootstrap, whole problems drawn together. None where the second's
    mean is 0. Raises ValueError for no values or different numbers of them."""
    a, b = np.asarray(first, float), np.asarray(second, float)
    if a.ndim != 1 or a.shape != b.shape or not len(a):
        raise ValueError("a ratio needs as many values of the one as of the other")
    if not b.mean():
        return None
    rng, found = np.random.default_rng(seed), []
    for _ in range(resamples):
        drawn = rng.integers(len(a), size=len(a))
        if below := b[drawn].sum():  # a draw of zeros alone has no ratio
            found.append(a[drawn].sum() / below)
    low, high = np.quantile(found, [0.025, 0.975]) if found else (math.nan, math.nan)
    return Interval(float(a.mean() / b.mean()), float(low), float(high))


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """Area under the ROC curve by ranks, ties counting one half: the chance that a positive case
    scores above a negative one. None with one class only."""
    _, inverse, counts = np.unique(
        np.asarray(scores, float), return_inverse=True, return_counts=True
    )
    good = int(sum(positive))
    bad = len(positive) - good
    if not good or not bad:
        return None
    ranks = np.cumsum(counts) - (counts - 1) / 2
    total = float(ranks[inverse][np.asarray(positive, bool)].sum())
    return (total - good * (good + 1) / 2) / (good * bad)
