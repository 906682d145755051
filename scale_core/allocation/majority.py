"""The chance that a majority vote is right.

Knows the probabilities of the answers of one sample. Does not know where they come from: a
calibrated chance, or the frequencies of a bank of recorded answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LARGEST = 150
"""Most samples of a vote: beyond, factorials leave the range of floating-point numbers."""


def majority_success(p: float | Floats, samples: int, wrong: Sequence[float] = (1.0,)) -> Floats:
    """P(the right answer wins the vote of `samples` independent samples), exactly.

    p: probability of the right answer, any shape; the result has the same. wrong: how the rest
    1 - p is split up among wrong answers, as shares of it; what they lack to 1 is unreadable and
    has no vote. The default, one wrong answer only, is the worst case. Ties go to the answer seen
    first: of m answers with equal counts every one is it with probability 1/m, because all orders
    of the samples are equally likely. Without any vote there is no answer.

    Sums over the count r of the right answer; the wrong ones, each with at most r votes, multiply
    as exponential generating functions in which ties are counted too. Time: samples² times
    answers. Raises ValueError for shares that are negative or sum to more than 1, or for a number
    of samples outside [1, 150].
    """
    shares = np.array([share for share in wrong if share], float)
    if (shares < 0).any() or shares.sum() > 1 + 1e-9:
        raise ValueError("the shares of the wrong answers sum to at most 1")
    if not 1 <= samples <= LARGEST:
        raise ValueError(f"a vote has 1 to {LARGEST} samples, not {samples}")
    right = np.atleast_1d(np.asarray(p, float))
    flat = right.ravel()
    total = np.zeros_like(flat)
    for votes in range(1, samples + 1):
        total += _wins_with(votes, samples, flat, shares)
    return np.clip(total, 0, 1).reshape(np.shape(p))


def _wins_with(votes: int, samples: int, right: Floats, shares: Floats) -> Floats:
    """P(the right answer has exactly `votes` votes and wins), for each chance of it [n]."""
    rest = samples - votes
    most_ties = min(len(shares), rest // votes)
    silent = (1 - right) * max(0.0, 1 - shares.sum())
    # ways[i, j, m]: weight of m of the other samples being placed, with j answers level.
    ways = np.zeros((len(right), most_ties + 1, rest + 1))
    ways[:, 0] = _terms(silent, rest)
    for share in shares:
        ways = _with_rival(ways, _terms((1 - right) * share, rest), votes)
    level = ways[:, :, rest] / (1 + np.arange(most_ties + 1))
    chosen = right**votes * math.exp(math.lgamma(samples + 1) - math.lgamma(votes + 1))
    found: Floats = chosen * level.sum(axis=1)
    return found


def _terms(q: Floats, most: int) -> Floats:
    """q^m / m! for m = 0..most: [n, most + 1]."""
    steps = np.empty((len(q), most + 1))
    steps[:, 0] = 1
    for m in range(1, most + 1):
        steps[:, m] = steps[:, m - 1] * q / m
    return steps


def _with_rival(ways: Floats, terms: Floats, votes: int) -> Floats:
    """One more wrong answer: fewer votes than the right one, or as many (one tie more)."""
    size = ways.shape[2]
    found = np.zeros_like(ways)
    for m in range(min(votes, size)):
        found[:, :, m:] += ways[:, :, : size - m] * terms[:, m, None, None]
    if votes < size:
        found[:, 1:, votes:] += ways[:, :-1, : size - votes] * terms[:, votes, None, None]
    return found
