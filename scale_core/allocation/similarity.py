"""How alike distinct embeddings are: sums of exp((S_ij - 1) / T) and components, block by block.

Knows vectors. Does not know candidates, scores or counts. S is the cosine matrix with S_ii = 1;
everything is written with the gap S_ij - 1 <= 0, so nothing overflows and a small T loses nothing.

Up to 1024 vectors the whole matrix is computed in float64. More are taken block by block over one
triangle, in float32, which takes half of the time of the plain matrix product:

* Vectors are ordered so that similar ones stand side by side, and centred (a gap is minus half a
  squared distance, which no shift changes), so that float32 holds differences, not large sums.
* A block whose gaps are all below -40 T adds less than float64 can hold and is skipped.
* A float32 gap is off by about 1e-7, which a small T magnifies. So pairs that add more than
  the noise are computed again in float64, one by one or as a block, as long as that stays a
  fraction of the whole work. Where nearly all pairs matter each of them matters little: the
  noise of hundreds of terms averages out, and float32 stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scale_core.allocation.checks import Bools, Floats, Ints
from scale_core.allocation.embeddings import Vectors

Singles: TypeAlias = NDArray[np.float32]

DENSE = 1024  # up to here the whole matrix in float64
BLOCK = 512
_SAME = 1e-13  # a gap this small is rounding: the vectors are parallel
_FAR = 40.0  # exp(-40) of 30,000 terms is 1e-13 of the own term
_ZERO = 80.0  # exp(-80) is nothing, and arithmetic with it is fast; with exp(-100) it is not
_NOISE = np.float32(1e-6)  # above every error of a float32 gap
_TINY = 1e-5  # below this temperature float32 cannot tell near pairs apart at all
_PIVOTS = 32
_TILE = 128  # what is near fills small squares: blocks are looked at by these
_TILE_COST, _PAIR_COST = 0.2, 1 / 1500  # of float64, as shares of a float32 block's time
_EFFORT = 0.2  # the share of the time of all blocks that may go to float64


class Units:
    """Unit vectors in float64 on demand. vectors [u, d] are finite and not zero."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._inverse = np.empty(len(vectors))
        for part in _parts(len(vectors), _TILE):
            rows = vectors[part].astype(np.float64)
            self._inverse[part] = 1 / np.sqrt(np.einsum("id,id->i", rows, rows))

    def __len__(self) -> int:
        return len(self._vectors)

    def unit(self, index: Ints | slice) -> Floats:
        """Rows of length 1 [len(index), d]."""
        return np.asarray(self._vectors[index] * self._inverse[index, None])

    def gaps(self, i: Ints | slice, j: Ints | slice) -> Floats:
        """S - 1 for all pairs of i and j [len(i), len(j)]."""
        return _snapped(self.unit(i) @ self.unit(j).T)

    def pair_gaps(self, i: Ints, j: Ints) -> Floats:
        """S - 1 of the pairs (i[n], j[n])."""
        gaps = np.empty(len(i))
        for part in _parts(len(i), _TILE):
            gaps[part] = np.einsum("nd,nd->n", self.unit(i[part]), self.unit(j[part]))
        return _snapped(gaps)

    def order(self) -> Ints:
        """The vectors, those with the same nearest pivot side by side, by their cosine to it."""
        pivots = self.unit(slice(None, None, -(-len(self) // _PIVOTS)))
        cosines = self._vectors @ pivots.T.astype(self._vectors.dtype)
        nearest = cosines.argmax(axis=1)
        closeness = cosines[np.arange(len(self)), nearest] * self._inverse
        return np.lexsort((closeness, nearest))

    def centred(self, order: Ints) -> tuple[Singles, Floats]:
        """Unit vectors minus their mean [u, d] in this order, and half their squared lengths."""
        inverse = self._inverse.astype(self._vectors.dtype)
        mean = (inverse @ self._vectors / len(self)).astype(np.float32)
        rows = np.empty(self._vectors.shape, np.float32)
        half = np.empty(len(self))
        for part in _parts(len(self), _TILE):
            rows[part] = self._vectors[order[part]] * inverse[order[part], None]
            rows[part] -= mean
            wide = rows[part].astype(np.float64)
            half[part] = np.einsum("id,id->i", wide, wide) / 2
        return rows, half


def _snapped(cosines: Floats) -> Floats:
    gaps = np.clip(cosines, -1, 1) - 1
    gaps[gaps > -_SAME] = 0
    return gaps


def _parts(count: int, size: int = BLOCK) -> list[slice]:
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def kernel_sums(units: Units, sizes: Ints, t: float) -> Floats:
    """sum_j sizes_j exp((S_ij - 1) / t) [u], the own term sizes_i included; 0 <= t < infinity.

    At t = 0 the terms of parallel vectors are 1 and all others 0.
    """
    if not len(units):
        return np.zeros(0)
    if len(units) > DENSE:
        return _Blocked(units, sizes, t).sums
    gaps = units.gaps(slice(None), slice(None))
    np.fill_diagonal(gaps, 0)
    return np.asarray(_exponential(gaps, t) @ sizes)


def _exponential(gaps: Floats, t: float) -> Floats:
    if t == 0:
        return np.asarray(gaps == 0, np.float64)
    with np.errstate(over="ignore"):
        gaps /= t
    return np.exp(gaps, out=gaps)


class _Triangle:
    """float32 gaps of all pairs, block by block over one triangle, in an order of its own."""

    def __init__(self, units: Units) -> None:
        self.units = units
        self.order = units.order()
        self.parts = _parts(len(units))
        self.count = len(self.parts) * (len(self.parts) + 1) // 2
        self._rows, half = units.centred(self.order)
        self._half = half.astype(np.float32)
        self.lost = half - self._half  # by rounding: the same for all pairs of a vector
        self._space = np.empty(BLOCK * BLOCK, np.float32)

    def blocks(self) -> Iterator[tuple[slice, slice, Singles]]:
        """Two parts of the order and their gaps; a vector's gap to itself is -infinity. The
        array is used again for the next block."""
        for number, i in enumerate(self.parts):
            for j in self.parts[number:]:
                shape = (i.stop - i.start, j.stop - j.start)
                gaps = self._space[: shape[0] * shape[1]].reshape(shape)
                np.matmul(self._rows[i], self._rows[j].T, out=gaps)
                gaps -= self._half[i, None]
                gaps -= self._half[j]
                if i == j:
                    np.fill_diagonal(gaps, -np.inf)
                yield i, j, gaps


class _Blocked:
    """kernel_sums for many vectors; the result is in `sums`."""

    def __init__(self, units: Units, sizes: Ints, t: float) -> None:
        self._t = t
        self._triangle = _Triangle(units)
        self._sizes = sizes[self._triangle.order].astype(np.float64)
        self._found = np.zeros(len(units))
        self._effort = math.inf if t < _TINY else _EFFORT * self._triangle.count
        # A pair below this adds at most 1e-10 x the error of its gap in units of 1e-7.
        self._near = -np.float32(t * max(0.0, math.log(2e3 / t)) if t else 0.0) - _NOISE
        for i, j, gaps in self._triangle.blocks():
            self._add(i, j, gaps)
        self.sums = np.empty(len(units))
        self.sums[self._triangle.order] = self._found + self._sizes  # the own terms

    def _add(self, i: slice, j: slice, gaps: Singles) -> None:
        top = gaps.max()
        if top < -_FAR * self._t - _NOISE:
            return
        if top > self._near:
            self._refine(i, j, gaps)
        if self._t > 0:
            gaps *= np.float32(min(max(1 / self._t, 1e-30), 1e30))  # -infinity stays what it is
            np.clip(gaps, -_ZERO, 0, out=gaps)
            self._count(i, j, np.exp(gaps, out=gaps))

    def _refine(self, i: slice, j: slice, gaps: Singles) -> None:
        """Adds near pairs in float64, tile by tile, and takes them out of `gaps`."""
        near = gaps > self._near
        for a in _parts(i.stop - i.start, _TILE):
            for b in _parts(j.stop - j.start, _TILE):
                number = np.count_nonzero(near[a, b])
                cost = min(number * _PAIR_COST, _TILE_COST)
                if not number or cost > self._effort:
                    continue
                self._effort -= cost
                rows = slice(i.start + a.start, i.start + a.stop)
                columns = slice(j.start + b.start, j.start + b.stop)
                if cost < _TILE_COST:
                    self._add_pairs(rows, columns, near[a, b], i != j)
                    gaps[a, b][near[a, b]] = -np.inf
                else:
                    self._add_tile(rows, columns, i != j)
                    gaps[a, b] = -np.inf

    def _add_pairs(self, i: slice, j: slice, chosen: Bools, both: bool) -> None:
        order = self._triangle.order
        a, b = np.nonzero(chosen)
        a, b = a + i.start, b + j.start
        terms = _exponential(self._triangle.units.pair_gaps(order[a], order[b]), self._t)
        np.add.at(self._found, a, terms * self._sizes[b])
        if both:
            np.add.at(self._found, b, terms * self._sizes[a])

    def _add_tile(self, i: slice, j: slice, both: bool) -> None:
        order = self._triangle.order
        gaps = self._triangle.units.gaps(order[i], order[j])
        if i == j:
            np.fill_diagonal(gaps, -np.inf)
        terms = _exponential(gaps, self._t)
        self._found[i] += terms @ self._sizes[j]
        if both:
            self._found[j] += self._sizes[i] @ terms

    def _count(self, i: slice, j: slice, terms: Singles) -> None:
        """Adds a float32 block to the sums of its rows and, off the diagonal, of its columns.
        What rounding took from the half squared lengths is given back to every term."""
        lost = self._triangle.lost / self._t
        weights = (self._sizes * (1 - lost))[j]
        self._found[i] += (1 - lost[i]) * (terms @ weights.astype(np.float32))
        if i != j:
            weights = (self._sizes * (1 - lost))[i]
            self._found[j] += (1 - lost[j]) * (weights.astype(np.float32) @ terms)


def components(units: Units, threshold: float) -> Ints:
    """Connected components of S_ij >= threshold: the lowest index of each vector's component [u].

    The comparison is that of float64 cosines; float32 ones decide where they are certain.
    """
    root = np.arange(len(units))
    gap = threshold - 1
    if len(units) <= DENSE:
        if len(units):
            _join(root, *np.nonzero(units.gaps(slice(None), slice(None)) >= gap))
        return root
    triangle = _Triangle(units)
    order = triangle.order
    for i, j, gaps in triangle.blocks():
        if gaps.max() < gap - _NOISE:
            continue
        near = (gaps >= np.float32(gap) - _NOISE) & (root[order[i], None] != root[order[j]])
        a, b = np.nonzero(near)
        unsure = gaps[a, b] <= np.float32(gap) + _NOISE
        a, b = order[a + i.start], order[b + j.start]
        sure = ~unsure
        sure[unsure] = units.pair_gaps(a[unsure], b[unsure]) >= gap
        _join(root, a[sure], b[sure])
    return root


def _join(root: Ints, i: Ints, j: Ints) -> None:
    """Unite the components of the pairs (i[n], j[n]); every root is its component's lowest index."""
    while True:
        a, b = root[i], root[j]
        apart = a != b
        if not apart.any():
            return
        i, j, a, b = i[apart], j[apart], a[apart], b[apart]
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while (root != root[root]).any():
            root[:] = root[root]
