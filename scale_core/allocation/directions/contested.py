"""Whose count a small error of the weights could change.

Knows the divisor rule: a count is decided by where w_i / (kappa + B) lies against one cut. Does
not know where an error comes from. What is not contested is certain, so weights known to 1e-4
give the counts of exact ones once the few contested weights are computed exactly.
"""

from __future__ import annotations

import math

import numpy as np

from scale_core.allocation.checks import Bools, Floats, Ints


def contested(log_weights: Floats, counts: Ints, kappa: float, doubt: float) -> Bools:
    """True [k] where relative errors of all weights up to `doubt` could change the count.

    counts: apportion_log(log_weights, N, kappa). With the weights' errors below `doubt`, no
    rollout that was given and none that was not crosses the middle of the gap between the two
    kinds, unless it is one of a candidate marked here.
    """
    if not counts.any():
        return np.zeros(len(counts), bool)
    given, withheld = _keys(log_weights, counts, kappa)
    least, most = given.min(), withheld.max(initial=-math.inf)
    cut = (least + most) / 2 if least < math.inf else math.inf
    return np.asarray((withheld > cut - doubt) | (given < cut + doubt))


def _keys(log_weights: Floats, counts: Ints, kappa: float) -> tuple[Floats, Floats]:
    """log w_i / (kappa + B) of each candidate's last rollout (infinity: it has none), and of the
    one that it would get next."""
    got = counts > 0
    if kappa == math.inf or (kappa == 0 and not (counts > 1).any()):
        return np.where(got, log_weights, math.inf), np.where(got, -math.inf, log_weights)
    possible = log_weights > -math.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        given = np.where(got, log_weights - np.log(kappa + np.maximum(counts, 1) - 1), math.inf)
        withheld = np.where(possible, log_weights - np.log(kappa + counts), -math.inf)
    return given, withheld
