"""What is believed about the chance that a sample of a sub-problem is right.

Knows distributions over the two chances p1 (System 1) and p2 (System 2). Does not know costs,
checks or policies.

Samples of one sub-problem are independent only once its difficulty is given. So p is not one
number but a distribution, and whatever policy is weighed, its value is averaged over p: three
rejected samples are three lessons about p.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NODES = 32
"""Nodes of a Beta distribution: averages of polynomials in p up to degree 63 are exact, and the
value of a policy of n samples is one of degree n."""


@dataclass(frozen=True, eq=False)
class Belief:
    """Weighted points: chances [2, points] (row 0: System 1, row 1: System 2), weights [points],
    which sum to 1. Raises ValueError for anything else."""

    chances: Floats
    weights: Floats

    def __post_init__(self) -> None:
        if self.chances.shape != (2, len(self.weights)):
            raise ValueError("a belief needs two chances for every weight")
        if self.chances.min() < 0 or self.chances.max() > 1 or self.weights.min() < 0:
            raise ValueError("chances lie in [0, 1], weights are not negative")
        if abs(self.weights.sum() - 1) > 1e-9:
            raise ValueError("the weights of a belief sum to 1")

    def mean(self, mode: int) -> float:
        """E[p] of mode 1 or 2."""
        return float(self.weights @ self.of(mode))

    def of(self, mode: int) -> Floats:
        """The chances [points] of mode 1 or 2."""
        if mode not in (1, 2):
            raise ValueError(f"a mode is 1 or 2, not {mode}")
        row: Floats = self.chances[mode - 1]
        return row

    def marginal(self, mode: int) -> tuple[Floats, Floats]:
        """Distinct chances of one mode, and their weights."""
        values, where = np.unique(self.of(mode), return_inverse=True)
        weights: Floats = np.bincount(where, self.weights).astype(np.float64)
        return values, weights

    def reweighted(self, likelihood: Floats) -> Belief:
        """Bayes: likelihood [points] of what was seen. Unchanged where that was impossible."""
        weights = self.weights * likelihood
        total = weights.sum()
        return Belief(self.chances, weights / total) if total > 0 else self


def known(p1: float, p2: float) -> Belief:
    """Both chances are known exactly, as in hindsight."""
    return Belief(np.array([[p1], [p2]], float), np.ones(1))


def mixture(points: Sequence[tuple[float, float]], weights: Sequence[float] = ()) -> Belief:
    """Some (p1, p2), equally likely unless weighted: for example one a difficulty bin of a dev
    set. This is how the two modes are made to depend on the same difficulty."""
    share = np.array(weights, float) if weights else np.ones(len(points))
    return Belief(np.array(points, float).T, share / share.sum())


def joined(beliefs: Sequence[Belief]) -> Belief:
    """One of these, each as likely as the others: what is believed before it is known which."""
    chances = np.concatenate([b.chances for b in beliefs], axis=1)
    return Belief(chances, np.concatenate([b.weights for b in beliefs]) / len(beliefs))


def beta(one: tuple[float, float], two: tuple[float, float], nodes: int = NODES) -> Belief:
    """Independent Beta(a, b) distributions of p1 and p2."""
    (p1, w1), (p2, w2) = beta_nodes(*one, nodes), beta_nodes(*two, nodes)
    chances = np.stack([np.repeat(p1, len(p2)), np.tile(p2, len(p1))])
    weights = np.outer(w1, w2).ravel()
    return Belief(chances, weights / weights.sum())


def spread(mean: float, strength: float) -> tuple[float, float]:
    """(a, b) of the Beta distribution around a calibrated probability; strength = a + b: how many
    observations the calibration is worth."""
    if not (0 < mean < 1 and strength > 0):
        raise ValueError("the mean lies in (0, 1) and the strength is above 0")
    return mean * strength, (1 - mean) * strength


def beta_nodes(a: float, b: float, count: int = NODES) -> tuple[Floats, Floats]:
    """Points [count] in (0, 1) and weights that average polynomials of p ~ Beta(a, b) exactly up
    to degree 2 count - 1 (Gauss-Jacobi, by the eigenvalues of its recurrence: Golub and Welsch,
    1969). Raises ValueError unless a, b > 0 and count >= 1."""
    if not (a > 0 and b > 0 and count >= 1):
        raise ValueError("a Beta distribution needs a, b > 0, and at least one node")
    n = np.arange(1, count, dtype=float)
    s = 2 * n + a + b - 2
    inner = (a - b) * (a + b - 2) / (s * (s + 2))
    diagonal = np.concatenate([[(a - b) / (a + b)], inner])
    # n (n+α)(n+β)(n+α+β) / (s² (s²-1)) with s = 2n+α+β; at n = 1 a factor cancels.
    top = 4 * n * (n + b - 1) * (n + a - 1)
    ratio = np.where(n == 1, 1.0, (n + a + b - 2) / np.where(n == 1, 1.0, s - 1))
    beside = np.sqrt(top * ratio / (s**2 * (s + 1)))
    values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
    return np.clip((values + 1) / 2, 0, 1), vectors[0] ** 2
