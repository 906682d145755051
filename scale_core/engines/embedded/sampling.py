"""Choosing the next token: noise, temperature, top-p and log-probabilities for a whole batch.

Knows arrays of logits, one row a sample, and numbers between 0 and 1. Does not know models,
requests, text or time. Every function treats each row by itself and with the same arithmetic
whatever the number of rows, so a row's result does not depend on its neighbours, bit for bit
("same seed, same run"). That needs one memory layout: numpy adds up a column-major array in
another order.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_FEW = 20
_MANY = 8192  # tokens from which on sorting a whole row is slow
_COLDEST = np.float32(1e-30)  # keeps logits / temperature finite; greedy rows are overridden
_GROUP = 32  # tokens are drawn in two stages: first a group of 32, then one token of the group


def uniforms(seed: int, index: int, count: int) -> NDArray[np.float64]:
    """The noise of sample `index` under `seed`: its first `count` numbers in [0, 1).

    Number t is a function of (seed, index, t) alone (a Philox counter), so asking for a longer
    prefix never changes a shorter one.
    """
    key = hashlib.blake2b(f"{seed}:{index}".encode(), digest_size=16).digest()
    bits = np.random.Philox(key=int.from_bytes(key, "little"))
    return np.random.Generator(bits).random(count)


class Picker:
    """Draws one token a row. Owns its scratch memory, so one thread at a time may use it."""

    def __init__(self, rows: int, vocabulary: int) -> None:
        self._vocabulary = vocabulary
        self._groups = -(-vocabulary // _GROUP)
        # Columns past the vocabulary stay 0 for ever: they carry no probability.
        self._weights = np.zeros((rows, self._groups * _GROUP), np.float32)
        self._index = np.arange(rows)

    def pick(self, logits: Floats, temperature: Floats, top_p: Floats, noise: Floats) -> Ints:
        """One token id a row.

        logits [b, vocabulary]; temperature [b], 0 = greedy (the lowest id wins a tie); top_p [b]
        in (0, 1]: the smallest set of likeliest tokens with that much mass (tokens as likely as
        its last one stay in); noise [b] in [0, 1].
        """
        rows = len(logits)
        best = logits.max(axis=1, keepdims=True)
        padded = self._weights[:rows]
        weights = padded[:, : self._vocabulary]
        np.subtract(logits, best, out=weights)
        weights /= np.maximum(temperature, _COLDEST)[:, None]
        np.exp(weights, out=weights)
        if top_p.min() < 1:
            nucleus = np.flatnonzero(top_p < 1)
            weights[nucleus] = _nucleus(weights[nucleus], top_p[nucleus])
        ids = self._draw(padded.reshape(rows, self._groups, _GROUP), noise)
        if temperature.min() == 0:
            greedy = temperature == 0
            ids[greedy] = logits[greedy].argmax(axis=1)
        return ids

    def _draw(self, weights: Floats, noise: Floats) -> Ints:
        """Inverse cumulative distribution, in two stages because a long cumulative sum is slow."""
        groups = np.cumsum(np.einsum("bgi->bg", weights), axis=1)
        aim = noise * groups[:, -1]
        group: Ints = _first_above(groups, aim)
        rows = self._index[: len(weights)]
        below = np.where(group > 0, groups[rows, group - 1], np.float32(0))
        inside = np.cumsum(weights[rows, group], axis=1)
        ids: Ints = group * _GROUP + _first_above(inside, aim - below)
        return ids


def _first_above(sums: Floats, aim: Floats) -> Ints:
    """First column of each row above `aim`. Rounding could push the aim to the very end; it is
    held below, so the chosen column always adds something: it has a probability above 0."""
    held = np.minimum(aim, np.nextafter(sums[:, -1], np.float32(0)))
    first: Ints = (sums > held[:, None]).argmax(axis=1)
    return first


def _nucleus(weights: Floats, top_p: Floats) -> Floats:
    """Weights outside the top-p set become 0. weights [b, v] are positive, not normalised."""
    if weights.shape[1] > _MANY:
        return np.stack(
            [_nucleus_of_many(w, float(p)) for w, p in zip(weights, top_p, strict=True)]
        )
    ordered = np.sort(weights, axis=1)[:, ::-1]
    mass = np.cumsum(ordered, axis=1)
    last = (mass >= (top_p * mass[:, -1])[:, None]).argmax(axis=1)
    least = ordered[np.arange(len(weights)), last]
    return np.where(weights >= least[:, None], weights, np.float32(0))


def _nucleus_of_many(weights: Floats, top_p: float) -> Floats:
    """The same for one row of a large vocabulary: only as many of the largest are put in order as
    the set may need."""
    aim, few = top_p * float(weights.sum(dtype=np.float64)), 256
    while True:
        rest = max(0, len(weights) - few)
        largest = np.sort(np.partition(weights, rest)[rest:])[::-1]
        mass = np.cumsum(largest, dtype=np.float64)
        if mass[-1] >= aim or rest == 0:
            least = largest[min(int(np.searchsorted(mass, aim)), len(largest) - 1)]
            return np.where(weights >= least, weights, np.float32(0))
        few *= 8


def log_probabilities(logits: Floats) -> Floats:
    """Natural log-probabilities at temperature 1. logits [..., vocabulary]."""
    logits = np.ascontiguousarray(logits)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    total = np.exp(shifted).sum(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(total), dtype=np.float32)


def top(logprobs: Floats, count: int) -> Ints:
    """Ids of the `count` likeliest tokens of each row, likeliest first; the lower id wins a tie."""
    if count > _FEW:
        return np.argsort(-logprobs, axis=1, kind="stable")[:, :count]
    rest = logprobs.copy()
    rows = np.arange(len(rest))
    ids = np.empty((len(rest), min(count, rest.shape[1])), np.int64)
    for rank in range(ids.shape[1]):  # for a few, repeated maxima are far quicker than a sort
        ids[:, rank] = best = rest.argmax(axis=1)
        rest[rows, best] = -np.inf
    return ids


def gumbels(seed: int, index: int, place: int, count: int) -> Floats:
    """Noise for a draw among constrained tokens: adding it to log-weights and taking the largest
    draws by the weights, whichever tokens are then allowed (the Gumbel-max trick).

    A function of (seed, index, place) alone; shares no number with `uniforms`.
    """
    key = hashlib.blake2b(f"{seed}:{index}".encode(), digest_size=16).digest()
    counter = np.array([0, 0, 0, place + 1], np.uint64)
    bits = np.random.Philox(key=int.from_bytes(key, "little"), counter=counter)
    uniform = np.random.Generator(bits).random(count, dtype=np.float32)
    # Held off 0 and 1, so never infinite.
    exponential = -np.log(np.clip(uniform, 2**-25, 1 - 2**-24))
    return np.asarray(-np.log(exponential), dtype=np.float32)


def perturbed(logits: Floats, temperature: float, top_p: float, noise: Floats) -> Floats:
    """Scores whose largest allowed one is a draw at this temperature; logits [1, vocabulary].

    Tokens outside the top-p set stay possible for when nothing inside is allowed.
    """
    if temperature == 0:
        return logits
    scores = (logits - logits.max()) / np.float32(max(temperature, float(_COLDEST)))
    if top_p < 1:
        inside = _nucleus(np.exp(scores), np.array([top_p], np.float32)) > 0
        scores = np.where(inside, scores, np.maximum(scores, -1e6) - np.float32(1e6))
    return np.asarray(scores + noise, dtype=np.float32)
