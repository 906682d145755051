"""The published arithmetic, to the last bit that matters: for comparison with the papers' numbers.

Source: the code released with DORA ("Every Rollout Counts", arXiv 2506.15707) as it runs under
numpy 1.26: cosines cast to float32, zero embeddings kept as zero rows, gamma in float32, rounding
half to even, and a list of copies that is repeated cyclically or cut at its end when the rounded
counts do not sum to the budget. Knows these operations. Does not know which rule uses which.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scale_core.allocation.directions import Embeddings, as_rows
from scale_core.allocation.shares import Floats, Ints


class PublishedError(ArithmeticError):
    """The published code stops with an error here; `error` names it as Python prints it."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(f"the published code raises {error}: {why}")
        self.error = error


def softmax(scores: Floats, temperature: float) -> Floats:
    """Row-wise softmax(scores / temperature) in float64, shifted by the maximum [..., k]."""
    if not 0 < temperature < np.inf:
        raise ValueError(f"the published arithmetic needs a temperature > 0, not {temperature}")
    scaled = scores / temperature
    shifted = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def cosines(embeddings: Embeddings) -> NDArray[np.float32]:
    """S [k, k]: float64 products of rows over norms of at least 1e-12, cast to float32.

    A zero row has S_ii = 0. Raises ValueError where an embedding is missing.
    """
    rows = as_rows(embeddings).astype(np.float64)
    if not np.isfinite(rows).all():
        raise ValueError("the published arithmetic needs an embedding for every candidate")
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return (rows @ rows.T).astype(np.float32)


def diversity(similarity: NDArray[np.float32], t_s: float) -> Floats:
    """gamma_i = softmax over row i of S / T_s, at i [k]; rounded to float32."""
    table = softmax(similarity.astype(np.float64), t_s)
    return np.diagonal(table).astype(np.float32).astype(np.float64)


def rounded(weights: Floats, budget: int) -> Ints:
    """round(N w) [k], half to even; the sum may differ from N."""
    return np.round(weights * budget).astype(np.int64)


def copies(raw: Ints, budget: int) -> Ints:
    """Indices of `budget` continuations [budget]: raw_j copies of j in the order of j, then
    repeated cyclically or cut at the end. Raises PublishedError where every raw_j is 0."""
    listed = np.repeat(np.arange(len(raw)), raw)
    if len(listed) == budget:
        return listed
    if not len(listed):
        raise PublishedError(
            "ZeroDivisionError: integer division or modulo by zero", "every count rounds to 0"
        )
    return np.resize(listed, budget)


def realised(raw: Ints, budget: int) -> Ints:
    """Continuations that each candidate gets [k] after the repair of `copies`."""
    return np.bincount(copies(raw, budget), minlength=len(raw))


def best_last(scores: Floats, count: int) -> Ints:
    """Candidates [<= count] that `argsort(scores)[-count:]` keeps, in index order: beam search.
    count = 0 keeps all, as [-0:] does. The published order of ties is unspecified: here the
    higher index stays."""
    kept = np.argsort(scores, kind="stable")[-count:]
    return np.sort(kept)
