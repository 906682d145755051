"""Vectors of texts: scikit-learn's rows, by stored ones always and by its own where it is there."""

from __future__ import annotations

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from scale_core.strategies.search import text_vectors
from scale_core.strategies.search.text_vectors import FEATURES, NGRAMS, murmur3, ngrams
from scale_core.trace import events as ev
from tests import recorded

# Signed counts by column, from scikit-learn 1.9's HashingVectorizer with norm=None.
STORED: dict[str, dict[int, int]] = {
    "37*48=1776": {
        29: -1, 51: 1, 82: -1, 111: 1, 132: 1, 195: -1, 309: 1, 366: -1, 486: 1, 499: -1, 507: -1,
        571: -2, 578: -1, 631: -1, 680: 1, 713: 1, 720: 1, 756: 1, 772: 1, 839: 1, 875: 1, 963: 1,
        1011: 1,
    },
    "Aa bB": {
        28: -1, 154: -1, 575: -1, 632: -1, 647: -1, 823: 1, 871: 1, 893: 1, 985: -1,
    },
    "x \t\n y": {285: 1, 526: -1, 629: -1},
    " a": {833: -1},
    "∠ABC = 60°": {
        26: 1, 123: -1, 207: -1, 309: 1, 328: -1, 342: 1, 360: -1, 365: -1, 397: 1, 488: 1, 493: 1,
        502: 1, 542: -1, 647: -1, 651: -1, 706: 1, 752: 1, 822: 1, 834: 1, 850: 1, 913: 1, 951: 1,
        996: 1, 1005: -1,
    },
    "答え: 42": {
        39: -1, 146: -1, 227: 1, 346: -1, 482: -1, 483: 1, 507: 1, 604: -1, 645: 1, 866: -1,
        940: -1, 970: -1,
    },
    "🙂🙂🙂": {749: -2, 811: 1},
    "": {},
    "7": {},
}  # fmt: skip

ALPHABETS = (
    "0123456789+-*/=#; \n",
    "abc XYZ\t  \r\n",
    "äß€漢字🙂é\u00a0\u2003\x00 ",
    "".join(map(chr, range(32, 0x3000))),
)


def texts(count: int) -> list[str]:
    """Replies that were recorded, and random ones of up to 300 characters in several scripts."""
    replies = [
        sample.text
        for event in recorded.run_events("recorded_run_escalated")
        if isinstance(event, ev.Sampled)
        for sample in event.samples
    ]
    rng = random.Random(5)
    sizes = (0, 1, 2, 3, 4, 5, 20, 80, 300)
    made = [
        "".join(rng.choices(ALPHABETS[i % len(ALPHABETS)], k=rng.choice(sizes)))
        for i in range(count - len(replies))
    ]
    assert len(replies) > 5
    return [*replies, *made]


@pytest.mark.parametrize("text", STORED)
def test_stored_rows(text: str) -> None:
    counts = np.zeros(FEATURES)
    for column, count in STORED[text].items():
        counts[column] = count
    expected = counts / (np.linalg.norm(counts) or 1)
    (row,) = ngrams([text])
    assert row.dtype == np.float32
    assert row == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("", 0x00000000),
        ("test", 0xBA6BD213),
        ("Hello, world!", 0xC0363E43),
        ("The quick brown fox jumps over the lazy dog", 0x2E4FF723),
    ],
)
def test_the_hash_is_murmur3(text: str, known: int) -> None:
    """Published values for seed 0, in the midst of other bytes."""
    data = np.frombuffer(f"ab{text}cde".encode(), np.uint8)
    (found,) = murmur3(data, np.array([2]), np.array([len(text)]))
    assert found == known


def test_rows_are_their_texts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [*texts(60), "", "a"]
    together = ngrams(some)
    assert (together == np.concatenate([ngrams([text]) for text in some])).all()
    monkeypatch.setattr(text_vectors, "BATCH", 50)
    monkeypatch.setattr(text_vectors, "ROWS", 7)
    assert (together == ngrams(some)).all()
    assert ngrams([]).shape == (0, FEATURES)


def test_a_lone_surrogate_is_hashed_like_any_character() -> None:
    plain, broken = ngrams(["ab", "a\ud800"])
    assert np.linalg.norm(broken) == pytest.approx(1) and (plain != broken).any()


def theirs(some: list[str]) -> NDArray[np.float32]:
    text = pytest.importorskip("sklearn.feature_extraction.text", exc_type=ImportError)
    made = text.HashingVectorizer(
        analyzer="char", ngram_range=NGRAMS, n_features=FEATURES, lowercase=False, norm="l2"
    )
    return np.asarray(made.transform(some).toarray(), np.float32)


def test_a_thousand_rows_are_those_of_scikit_learn() -> None:
    """To the last bit: a direction is told by cosines near a threshold."""
    some = texts(1000)
    assert (ngrams(some) == theirs(some)).all()
