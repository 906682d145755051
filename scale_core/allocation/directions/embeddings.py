"""Reading embeddings: which candidates have one, and which of them are the same text.

Knows vectors and keys. A missing row (None, NaN) or a zero row is no embedding: nothing is known
to be like it. Candidates with equal keys, or else with the same bytes in their rows, are one item,
so that everything quadratic runs over distinct items only. Does not know cosines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scale_core.allocation.checks import Floats, Ints

Vectors: TypeAlias = NDArray[np.floating]
Embeddings: TypeAlias = NDArray[np.floating] | Sequence[Sequence[float] | Vectors | None]
Keys: TypeAlias = Sequence[Hashable | None]

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
