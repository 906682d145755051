"""Directions: which candidates reason the same way, and the diversity factor gamma that follows.

Three ways to tell (papers: DORA, Eq. 11-12 for the first; the others are adaptations, the second
after an abandoned variant of the authors'):

* `soft`: gamma_i = 1 / sum_j exp((S_ij - S_ii) / T_s), S = cosines of embeddings. T_s = 0.01 tells
  only near-identical texts apart from others: a pair at cosine 0.999 / 0.99 / 0.98 / 0.95 gets
  0.525 / 0.73 / 0.88 / 0.993 each.
* `clusters`: candidates joined by cosines >= threshold (connected components); gamma = 1 / size.
* `by_value`: candidates with the same intermediate result; gamma = 1 / size.

What is embedded is the caller's choice. The whole prefix is what DORA's code embeds (without the
question); its cosines tend to 1 as shared prefixes grow, and DORA fades into REBASE. The last step
alone keeps directions apart at any depth, but calls two different paths one direction when they
happen to take the same step.

Knows embeddings and keys. Does not know scores or budgets.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scale_core.allocation.shares import Floats, Ints, Vectors, read_temperature
from scale_core.allocation.similarity import Kernel, Units, components

Embeddings: TypeAlias = NDArray[np.floating] | Sequence[Sequence[float] | Vectors | None]
Keys: TypeAlias = Sequence[Hashable | None]

T_S = 0.01  # the paper's default
THRESHOLD = 0.95  # of the authors' abandoned hard clusters
_HEAD = 8  # rows that differ in their first numbers need no further comparison
_SAFE = 1e100  # squares of larger numbers could overflow, those of 1 / it vanish


@dataclass(frozen=True, slots=True, eq=False)
class Distinct:
    """The distinct items among k candidates.

    vectors: [u, d], finite and not zero, of the u items that have an embedding.
    sizes: [u + v], how many candidates are the item; the last v items have no embedding.
    item: [k], each candidate's item.
    """

    vectors: Vectors
    sizes: Ints
    item: Ints


def read(embeddings: Embeddings, groups: Keys | None = None) -> Distinct:
    """Distinct items of k rows.

    embeddings: [k, d], or k rows of which some are None. groups: keys [k]; candidates with equal
    keys are the same text and share the first embedding that one of them has; None: no key.
    Raises ValueError for rows of different lengths, infinite numbers, or another number of keys.
    """
    rows = as_rows(embeddings)
    if groups is not None and len(groups) != len(rows):
        raise ValueError(f"there are {len(groups)} groups for {len(rows)} embeddings")
    largest = _largest(rows)
    present = largest > 0  # false for NaN too
    keys = _row_keys(rows, present) if groups is None else groups
    number: dict[Hashable, int] = {}
    item = np.array(
        [number.setdefault(("alone", i) if key is None else ("key", key), len(number))
         for i, key in enumerate(keys)], np.int64
    )  # fmt: skip
    first = np.full(len(number), -1)
    with_embedding = np.flatnonzero(present)[::-1]
    first[item[with_embedding]] = with_embedding  # the last write wins: the first candidate
    order = np.argsort(first < 0, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    item = rank[item]
    chosen = first[order[: np.count_nonzero(first >= 0)]]
    return Distinct(_moderate(rows, largest, chosen), np.bincount(item), item)


def as_rows(embeddings: Embeddings) -> Vectors:
    """[k, d] in float32 or float64; None becomes a row of NaN."""
    if isinstance(embeddings, np.ndarray):
        rows = embeddings
    else:
        listed = list(embeddings)
        width = next((len(row) for row in listed if row is not None), 0)
        missing = np.full(width, np.nan, np.float32)  # narrow: it must not widen the others
        try:
            rows = np.array([missing if row is None else row for row in listed])
        except ValueError:
            raise ValueError("embeddings must be rows of equally many numbers") from None
        rows = rows.reshape(len(listed), width)
    if rows.ndim != 2:
        raise ValueError(f"embeddings must have shape [k, d], not {list(rows.shape)}")
    small = rows.dtype in (np.float32, np.float16)
    return np.asarray(rows, np.float32 if small else np.float64)


def _largest(rows: Vectors) -> Floats:
    """max |number| of each row [k], NaN where one is missing."""
    if not rows.size:
        return np.zeros(len(rows))
    largest = np.asarray(np.maximum(rows.max(axis=1), -rows.min(axis=1)), np.float64)
    if np.isinf(largest).any():
        raise ValueError(f"embeddings[{int(np.flatnonzero(np.isinf(largest))[0])}] is infinite")
    return largest


def _row_keys(rows: Vectors, present: NDArray[np.bool_]) -> list[bytes | None]:
    """Each row's bytes, or as many as it takes to tell it from the others; None: no embedding."""
    heads = [row.tobytes() for row in rows[:, :_HEAD]]
    count = Counter(heads)
    return [
        None if not there else head if count[head] == 1 else rows[i].tobytes()
        for i, (head, there) in enumerate(zip(heads, present.tolist(), strict=True))
    ]


def _moderate(rows: Vectors, largest: Floats, chosen: Ints) -> Vectors:
    """The chosen rows; where a square could overflow or vanish, scaled by a power of two."""
    vectors = rows if len(chosen) == len(rows) else rows[chosen]
    largest = largest[chosen]
    if ((largest > 1 / _SAFE) & (largest < _SAFE)).all():
        return vectors
    exponents = np.frexp(largest)[1]
    return np.ldexp(vectors.astype(np.float64), -exponents[:, None])


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """Of k candidates: log gamma [k], and for hard directions the label of each, numbered from 0
    in the order in which they first appear, with its size; None for soft ones.

    doubt: a bound on the relative error of gamma, above 0 for soft directions of more than 1024
    distinct texts only. exact: log gamma of the given candidates in float64.
    """

    log_gamma: Floats
    label: Ints | None = None
    size: Ints | None = None
    doubt: float = 0.0
    exact: Callable[[Ints], Floats] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.log_gamma)

    @property
    def gamma(self) -> Floats:
        """Diversity factors in (0, 1] [k]."""
        return np.exp(self.log_gamma)

    @property
    def effective(self) -> float:
        """The effective number of directions, sum of gamma; hard ones are simply counted."""
        if self.label is not None:
            return float(self.label.max() + 1) if len(self.label) else 0.0
        return float(self.gamma.sum())


def soft(embeddings: Embeddings, t_s: float = T_S, groups: Keys | None = None) -> Directions:
    """gamma_i = 1 / sum_j exp((S_ij - 1) / t_s) with S_ii = 1, in log space and float64.

    embeddings: [k, d], or k rows of which some are None. groups: keys [k] of identical texts
    (default: identical rows); they are one item, counted as often as it occurs.
    A missing (None, NaN) or zero embedding is unique: at right angles to every other candidate
    but those of its own key, so its gamma is 1 / (1 + (k - 1) exp(-1 / t_s)), 1 at any small t_s.
    t_s = 0: 1 / number of parallel embeddings; t_s = infinity: 1 / k.
    Raises ValueError for t_s < 0, ragged or infinite rows, another number of keys.
    """
    t_s = read_temperature(t_s, "t_s")
    found = read(embeddings, groups)
    k, present = len(found.item), len(found.vectors)
    if t_s == math.inf or not k:
        return Directions(np.full(k, -math.log(k or 1)))
    across = math.exp(-1 / t_s) if t_s > 1e-3 else 0.0  # exp(-1 / t_s): at right angles
    own = found.sizes[present:]
    kernel = Kernel(Units(found.vectors), found.sizes[:present], t_s)
    sums = np.concatenate((kernel.sums + own.sum() * across, own + (k - own) * across))

    def exact(candidates: Ints) -> Floats:
        items = found.item[candidates]
        again, known = sums[items], items < present
        distinct, place = np.unique(items[known], return_inverse=True)
        again[known] = kernel.exact(distinct)[place] + own.sum() * across
        return np.asarray(-np.log(again))

    return Directions(-np.log(sums)[found.item], doubt=kernel.doubt, exact=exact)


def clusters(
    embeddings: Embeddings, threshold: float = THRESHOLD, groups: Keys | None = None
) -> Directions:
    """Hard directions: connected components of cosine >= threshold, gamma = 1 / size.

    embeddings, groups: as in `soft`. A missing or zero embedding is a direction of its own (with
    the candidates of its key). Raises ValueError as `soft`, and for a threshold outside -1..1.
    """
    if not -1 <= threshold <= 1:
        raise ValueError(f"the threshold must be a cosine from -1 to 1, not {threshold}")
    found = read(embeddings, groups)
    alone = np.arange(len(found.vectors), len(found.sizes))
    root = np.concatenate((components(Units(found.vectors), threshold), alone))
    return _hard(root[found.item].tolist())


def by_value(keys: Keys) -> Directions:
    """Hard directions by equal keys, e.g. canonical intermediate results; None: its own."""
    return _hard([("alone", i) if key is None else ("key", key) for i, key in enumerate(keys)])


def _hard(keys: list[Hashable]) -> Directions:
    number: dict[Hashable, int] = {}
    label = np.array([number.setdefault(key, len(number)) for key in keys], np.int64)
    size = np.bincount(label, minlength=len(number))[label]
    return Directions(-np.log(size), label, size)
