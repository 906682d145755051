"""Quality weights: w = softmax(R / T_b), in log space, with the limits T_b = 0 and infinity.

Knows scores and a temperature (REBASE, DORA: T_b = 0.1). Does not know budgets or directions.
"""

from __future__ import annotations

import math

import numpy as np

from scale_core.allocation.checks import Floats

T_B = 0.1  # the papers' default


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
