"""How sure an average is: the Wilson interval of a share, the bootstrap of a mean.

Knows numbers only. Does not know lanes or problems.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the interval that holds it at the level asked for."""

    mean: float
    low: float
    high: float


def wilson(successes: int, trials: int, level: float = 0.95) -> Interval:
    """A share observed in independent trials (Wilson, 1927): stays in [0, 1] and is honest at the
    edges. Raises ValueError unless 0 <= successes <= trials, trials >= 1 and 0 < level < 1."""
    if not (0 <= successes <= trials and trials >= 1 and 0 < level < 1):
        raise ValueError(f"no share of {successes} in {trials} at level {level}")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, wide = successes / trials, 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / wide
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)) / wide
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Interval(share, min(share, low), max(share, high))  # rounding aside it holds its share


def bootstrap(
    values: Sequence[float], level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """The mean of independent values, by resampling them (percentile bootstrap, Efron 1979).

    The values are whole problems, never single samples of one problem: those are not independent.
    Meant for twenty problems and more; with fewer it is too narrow. A value alone has no interval:
    it is returned as its own bounds. Raises ValueError for no values.
    """
    data = np.asarray(values, float)
    if data.ndim != 1 or not len(data):
        raise ValueError("a mean needs values")
    if not 0 < level < 1:
        raise ValueError(f"a level lies in (0, 1), not {level}")
    rng = np.random.default_rng(seed)
    means = np.array(
        [data[rng.integers(len(data), size=len(data))].mean() for _ in range(resamples)]
    )
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(data.mean()), float(low), float(high))
