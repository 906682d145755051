"""How alike distinct embeddings are: sums of exp((S_ij - 1) / T), and components of S >= threshold.

Knows vectors, and the divisor rule as far as an error of a sum could change a count. Does not know
candidates or scores. S is the cosine matrix with S_ii = 1; everything is written with the gap
S_ij - 1 <= 0, so nothing overflows and a small T loses nothing.

Up to 1,024 vectors, which is all that a run of ours ever has, the whole matrix is computed in
float64. More are taken block by block over one triangle, in float32, so that 30,000 candidates
need no matrix of 7 GB and no more time than the bare product of their embeddings
(benchmarks/allocation.py holds both). Similar vectors are put side by side first, so that many
blocks hold nothing but zeros and are skipped, and centred: a gap is minus half a squared distance,
which no shift changes and which float32 holds the better the shorter the vectors are.

A float32 gap is off by about 1e-7, which a small T magnifies; `Kernel.doubt` bounds what that does
to a sum, `contested` says whose count that could change, and `Kernel.exact` computes their sums
again in float64, so the counts are those of exact weights. Below T = 0.001 float32 only
finds the blocks that matter, and they are computed in float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scale_core.allocation.shares import Bools, Floats, Ints, Vectors

Singles: TypeAlias = NDArray[np.float32]

DENSE = 1024  # up to here the whole matrix in float64
BLOCK = 512
_SAME = 1e-13  # a gap this small is rounding: the vectors are parallel
_FAR = 40.0  # exp(-40) of 30,000 terms is 1e-13 of the own term
_ZERO = 80.0  # exp(-80) is nothing, and arithmetic with it is fast; with exp(-100) it is not
_COLD = 1e-3  # below, float64 decides
_NOISE = 1e-6  # above every error of a float32 gap (their standard error: 1.4e-7)
_PIVOTS = 32


class Units:
    """Unit vectors in float64 on demand. vectors [u, d] are finite and not zero."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._inverse = np.empty(len(vectors))
        for part in _parts(len(vectors), BLOCK // 4):
            rows = vectors[part].astype(np.float64)
            self._inverse[part] = 1 / np.sqrt(np.einsum("id,id->i", rows, rows))
        # Memory for rows that is used again and again: fresh pages cost more than arithmetic.
        self._left = np.empty((min(BLOCK, len(vectors)), vectors.shape[1]))
        self._right = np.empty_like(self._left)

    def __len__(self) -> int:
        return len(self._vectors)

    def all_gaps(self) -> Floats:
        """S - 1 [u, u], 0 on the diagonal."""
        rows = self._vectors * self._inverse[:, None]
        gaps = _snapped(rows @ rows.T)
        np.fill_diagonal(gaps, 0)
        return gaps

    def gaps(self, i: Ints, j: Ints) -> Floats:
        """S - 1 for all pairs of i and j, at most BLOCK each [len(i), len(j)]."""
        gaps = _snapped(self._unit(i, self._left) @ self._unit(j, self._right).T)
        gaps[i[:, None] == j] = 0
        return gaps

    def pair_gaps(self, i: Ints, j: Ints) -> Floats:
        """S - 1 of the pairs (i[n], j[n])."""
        gaps = np.empty(len(i))
        for part in _parts(len(i), BLOCK // 4):
            left, right = self._unit(i[part], self._left), self._unit(j[part], self._right)
            gaps[part] = np.einsum("nd,nd->n", left, right)
        return _snapped(gaps)

    def _unit(self, index: Ints, space: Floats) -> Floats:
        """Rows of length 1 [len(index), d], in `space`."""
        return np.multiply(
            self._vectors[index], self._inverse[index, None], out=space[: len(index)]
        )

    def order(self) -> Ints:
        """The vectors, those with the same nearest pivot side by side, by their cosine to it."""
        inverse = self._inverse[:, None].astype(self._vectors.dtype)
        some = slice(None, None, -(-len(self) // _PIVOTS))
        cosines = self._vectors @ (self._vectors[some] * inverse[some]).T
        nearest = cosines.argmax(axis=1)
        closeness = cosines[np.arange(len(self)), nearest] * self._inverse
        return np.lexsort((closeness, nearest))

    def centred(self, order: Ints) -> tuple[Singles, Floats]:
        """Unit vectors minus their mean [u, d] in this order, and half their squared lengths."""
        inverse = self._inverse.astype(self._vectors.dtype)
        mean = (inverse @ self._vectors / len(self)).astype(np.float32)
        rows = np.empty(self._vectors.shape, np.float32)
        half = np.empty(len(self))
        for part in _parts(len(self), BLOCK // 4):
            rows[part] = self._vectors[order[part]] * inverse[order[part], None]
            rows[part] -= mean
            wide = rows[part].astype(np.float64)
            half[part] = np.einsum("id,id->i", wide, wide) / 2
        return rows, half


def _snapped(cosines: Floats) -> Floats:
    gaps = np.clip(cosines, -1, 1, out=cosines)
    gaps -= 1
    gaps[gaps > -_SAME] = 0
    return gaps


def _parts(count: int, size: int = 0) -> list[slice]:
    """0..count in slices of `size` (default: BLOCK)."""
    size = size or BLOCK
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


class _Triangle:
    """float32 gaps of all pairs, block by block over one triangle, in an order of its own."""

    def __init__(self, units: Units) -> None:
        self.order = units.order()
        self._rows, half = units.centred(self.order)
        self._half = half.astype(np.float32)
        self.lost = half - self._half  # by rounding: the same in all gaps of a vector
        self._space = np.empty(BLOCK * BLOCK, np.float32)

    def blocks(self) -> Iterator[tuple[slice, slice, Singles]]:
        """Two parts of the order and the gaps between them, -infinity from a vector to itself.
        The array is used again for the next block."""
        parts = _parts(len(self.order))
        for number, i in enumerate(parts):
            for j in parts[number:]:
                shape = (i.stop - i.start, j.stop - j.start)
                gaps = self._space[: shape[0] * shape[1]].reshape(shape)
                np.matmul(self._rows[i], self._rows[j].T, out=gaps)
                gaps -= self._half[i, None]
                gaps -= self._half[j]
                if i == j:
                    np.fill_diagonal(gaps, -np.inf)
                yield i, j, gaps


class Kernel:
    """sums [u]: sum_j sizes_j exp((S_ij - 1) / t), the own term sizes_i included.

    0 <= t < infinity; at t = 0 the terms of parallel vectors are 1 and all others 0.
    doubt: a bound on the relative errors of `sums`, 0 where they are those of float64.
    """

    def __init__(self, units: Units, sizes: Ints, t: float) -> None:
        self._units, self._sizes, self._t = units, sizes.astype(np.float64), t
        self.doubt = 0.0
        if len(units) > DENSE:
            self.doubt = 0.0 if t < _COLD else 2e-6 + _NOISE / t
            self.sums = self._blocked()
        else:
            self.sums = np.asarray(_terms(units.all_gaps(), t) @ self._sizes)

    def exact(self, chosen: Ints) -> Floats:
        """The sums of the chosen vectors in float64."""
        sums = np.zeros(len(chosen))
        everyone = np.arange(len(self._units))
        for rows in _parts(len(chosen)):
            for part in _parts(len(everyone)):
                gaps = self._units.gaps(chosen[rows], everyone[part])
                sums[rows] += _terms(gaps, self._t) @ self._sizes[part]
        return sums

    def _blocked(self) -> Floats:
        triangle = _Triangle(self._units)
        order = triangle.order
        sizes, found = self._sizes[order], np.zeros(len(order))
        # What rounding took from the half squared lengths is given back to every term.
        mend = np.ones(len(order)) if self._t < _COLD else 1 - triangle.lost / self._t
        for i, j, gaps in triangle.blocks():
            if float(gaps.max()) < -_FAR * self._t - _NOISE:
                continue
            terms: NDArray[Any]
            if self._t < _COLD:
                terms = _terms(self._units.gaps(order[i], order[j]), self._t)
            else:
                terms = _single_terms(gaps, self._t)
            if i == j:
                np.fill_diagonal(terms, 0)
            weights: NDArray[Any] = (sizes * mend).astype(terms.dtype)
            found[i] += mend[i] * (terms @ weights[j])
            if i != j:
                found[j] += mend[j] * (weights[i] @ terms)
        sums = np.empty_like(found)
        sums[order] = found + sizes  # the own terms
        return sums


def _terms(gaps: Floats, t: float) -> Floats:
    """exp(gaps / t), in place where it can be."""
    if t == 0:
        return np.asarray(gaps == 0, np.float64)
    with np.errstate(over="ignore"):
        gaps /= t
    return np.exp(gaps, out=gaps)


def _single_terms(gaps: Singles, t: float) -> Singles:
    gaps *= np.float32(max(1 / t, 1e-30))
    np.clip(gaps, -_ZERO, 0, out=gaps)
    return np.exp(gaps, out=gaps)


def components(units: Units, threshold: float) -> Ints:
    """Connected components of S_ij >= threshold: the lowest index of each vector's component [u].

    The comparison is that of float64 cosines; float32 ones decide where they are certain.
    """
    root = np.arange(len(units))
    gap = threshold - 1
    if len(units) <= DENSE:
        _join(root, *np.nonzero(units.all_gaps() >= gap))
        return root
    triangle = _Triangle(units)
    order = triangle.order
    for i, j, gaps in triangle.blocks():
        if float(gaps.max()) < gap - _NOISE:
            continue
        near = (gaps >= gap - _NOISE) & (root[order[i], None] != root[order[j]])
        a, b = np.nonzero(near)
        unsure = gaps[a, b] <= gap + _NOISE
        a, b = order[a + i.start], order[b + j.start]
        sure = ~unsure
        sure[unsure] = units.pair_gaps(a[unsure], b[unsure]) >= gap
        _join(root, a[sure], b[sure])
    return root


def _join(root: Ints, i: Ints, j: Ints) -> None:
    """Unite the components of the pairs (i[n], j[n]); a root is its component's lowest index."""
    while True:
        a, b = root[i], root[j]
        apart = a != b
        if not apart.any():
            return
        i, j, a, b = i[apart], j[apart], a[apart], b[apart]
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while (root != root[root]).any():
            root[:] = root[root]


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
