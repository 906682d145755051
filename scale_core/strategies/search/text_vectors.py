"""Vectors of texts: signed, hashed counts of their 2- to 4-grams of characters.

The rows are those of scikit-learn's HashingVectorizer(analyzer="char", ngram_range=(2, 4),
n_features=1024, lowercase=False, norm="l2"), number for number: MurmurHash3 (x86, 32 bits, seed 0;
Austin Appleby, public domain) of an n-gram's UTF-8 names its column, and the hash's own sign is the
sign with which it counts (Weinberger et al., arXiv 0902.2206). Recorded directions rest on them, so
they must never change. Knows texts. Does not know what vectors are used for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

NGRAMS, FEATURES = (2, 4), 1024
BATCH, ROWS = 1 << 18, 1024
"""Characters and texts that are hashed at a time: what bounds the memory."""

Bytes: TypeAlias = NDArray[np.uint8]
Hashes: TypeAlias = NDArray[np.uint32]
Offsets: TypeAlias = NDArray[np.int64]

_SPACES = re.compile(r"\s\s+")


def ngrams(texts: Sequence[str]) -> NDArray[np.float32]:
    """[k, 1024]: l2-normalised. A text without two characters has a zero row."""
    rows = np.zeros((len(texts), FEATURES), np.float32)
    for first, end in _batches(texts):
        counts = _counts([_SPACES.sub(" ", text) for text in texts[first:end]])
        norms = np.sqrt(np.square(counts).sum(axis=1, keepdims=True))
        rows[first:end] = counts / np.where(norms, norms, 1)
    return rows


def _batches(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(first, end) of neighbours that stay within both; a longer text is alone."""
    first, size = 0, 0
    for i, text in enumerate(texts):
        if i > first and (size + len(text) > BATCH or i - first == ROWS):
            yield first, i
            first, size = i, 0
        size += len(text)
    if texts:
        yield first, len(texts)


def _counts(texts: Sequence[str]) -> NDArray[np.float64]:
    """[k, 1024]: signed counts."""
    encoded = "".join(texts).encode("utf-8", "surrogatepass")
    data = np.frombuffer(encoded, np.uint8)
    starts = np.append(np.flatnonzero((data & 0xC0) != 0x80), len(data))  # of each character
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    ends = np.repeat(np.cumsum(sizes), sizes)  # of the text that a character is in
    row = np.repeat(np.arange(len(texts)), sizes)
    hashes, rows = list[Hashes](), list[Offsets]()
    for n in range(NGRAMS[0], NGRAMS[1] + 1):
        first = np.flatnonzero(np.arange(len(ends)) + n <= ends)
        hashes.append(murmur3(data, starts[first], starts[first + n] - starts[first]))
        rows.append(row[first])
    signed = np.concatenate(hashes).view(np.int32).astype(np.int64)
    cells = np.concatenate(rows) * FEATURES + np.abs(signed) % FEATURES
    signs = np.where(signed < 0, -1.0, 1.0)
    counts = np.bincount(cells, signs, len(texts) * FEATURES).reshape(len(texts), FEATURES)
    return counts.astype(np.float64, copy=False)


def murmur3(data: Bytes, start: Offsets, length: Offsets) -> Hashes:
    """MurmurHash3_x86_32 with seed 0 of each slice data[start : start + length] [m]."""
    padded, size = np.append(data, np.zeros(4, np.uint8)).astype(np.uint32), len(data) + 1
    words = np.zeros(size, np.uint32)  # the four bytes from each place on
    for byte in range(4):
        words |= padded[byte : byte + size] << np.uint32(8 * byte)
    hashes = np.zeros(len(start), np.uint32)
    blocks = length // 4
    for block in range(int(blocks.max(initial=0))):
        whole = np.flatnonzero(blocks > block)
        mixed = hashes[whole] ^ _scrambled(words[start[whole] + 4 * block])
        hashes[whole] = _rotated(mixed, 13) * np.uint32(5) + np.uint32(0xE6546B64)
    rest = np.left_shift(np.uint32(1), (8 * (length % 4)).astype(np.uint32)) - np.uint32(1)
    hashes ^= _scrambled(words[start + 4 * blocks] & rest)
    hashes ^= length.astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        hashes ^= hashes >> np.uint32(shift)
        hashes *= np.uint32(factor)
    return hashes ^ hashes >> np.uint32(16)


def _scrambled(words: Hashes) -> Hashes:
    return _rotated(words * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)


def _rotated(words: Hashes, by: int) -> Hashes:
    return words << np.uint32(by) | words >> np.uint32(32 - by)
