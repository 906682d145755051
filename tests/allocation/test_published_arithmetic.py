"""The published arithmetic: cosines, gamma, rounding and the repair of what does not sum up."""

from __future__ import annotations

import numpy as np
import pytest

from scale_core.allocation.published_arithmetic import (
    PublishedError,
    best_last,
    copies,
    cosines,
    diversity,
    realised,
    rounded,
    softmax,
)


def test_cosines_are_float32_and_a_zero_row_is_nothing_to_itself() -> None:
    similarity = cosines([[3.0, 4.0], [0.0, 0.0], [4.0, 3.0]])
    assert similarity.dtype == np.float32
    assert similarity.tolist() == pytest.approx(
        np.array([[1, 0, np.float32(0.96)], [0, 0, 0], [np.float32(0.96), 0, 1]])
    )


def test_diversity_is_the_diagonal_of_a_row_softmax() -> None:
    similarity = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], np.float32)
    assert diversity(similarity, 0.01) == pytest.approx([1 / 2, 1 / 2, 1])
    zero = np.zeros((3, 3), np.float32)
    assert diversity(zero, 1e-6) == pytest.approx([1 / 3] * 3), "a flat row at any temperature"
    third = float(diversity(np.ones((3, 3), np.float32), 0.01)[0])
    assert third == float(np.float32(1 / 3)) != 1 / 3, "rounded to float32"


def test_halves_are_rounded_to_even() -> None:
    assert rounded(np.array([0.5, 1.5, 2.5, 3.5]), 1).tolist() == [0, 2, 2, 4]


@pytest.mark.parametrize(
    ("raw", "budget", "listed"),
    [
        ([2, 0, 1], 3, [0, 0, 2]),
        ([2, 0, 1], 8, [0, 0, 2, 0, 0, 2, 0, 0]),
        ([2, 2, 2], 4, [0, 0, 1, 1]),
        ([0, 0], 0, []),
        ([1, 1], 0, []),
    ],
)
def test_copies_are_repeated_or_cut(raw: list[int], budget: int, listed: list[int]) -> None:
    ours = copies(np.array(raw), budget)
    assert ours.tolist() == listed
    counts = [listed.count(i) for i in range(len(raw))]
    assert realised(np.array(raw), budget).tolist() == counts


def test_no_copies_crash() -> None:
    with pytest.raises(PublishedError) as caught:
        copies(np.zeros(3, np.int64), 4)
    assert caught.value.error == "ZeroDivisionError: integer division or modulo by zero"


def test_beam_keeps_the_end_of_an_argsort() -> None:
    scores = np.array([0.3, 0.9, 0.1, 0.5])
    assert best_last(scores, 2).tolist() == [1, 3]
    assert best_last(scores, 9).tolist() == best_last(scores, 0).tolist() == [0, 1, 2, 3]


def test_softmax_is_shifted() -> None:
    assert softmax(np.array([0.0, 1.0]), 0.001).tolist() == [0.0, 1.0]
    assert softmax(np.array([[5000.0, 5000.0]]), 1.0).tolist() == [[0.5, 0.5]]
