"""Beam search: the best K share, whatever divides what."""

from __future__ import annotations

import numpy as np
import pytest

from scale_core.allocation.baselines import beam

SCORES = [0.1, 0.9, 0.5, 0.9, 0.3]


@pytest.mark.parametrize(
    ("budget", "width", "counts"),
    [
        (8, 4, [0, 4, 0, 4, 0]),
        (4, 4, [0, 4, 0, 0, 0]),
        (3, 4, [0, 3, 0, 0, 0]),  # K = N // M = 0: one beam
        (10, 4, [0, 5, 0, 5, 0]),  # M does not divide N
        (11, 4, [0, 6, 0, 5, 0]),
        (3, 1, [0, 1, 1, 1, 0]),
        (40, 4, [8, 8, 8, 8, 8]),  # K = 10 > k
        (0, 4, [0, 0, 0, 0, 0]),
    ],
)
def test_the_best_share_the_budget(budget: int, width: int, counts: list[int]) -> None:
    ours = beam(SCORES, budget, width)
    assert ours.counts.tolist() == counts
    assert ours.kept is not None
    assert (ours.counts > 0).tolist() == ours.kept.tolist() or budget == 0


def test_ties_at_the_cut_go_to_the_earlier() -> None:
    assert beam([0.5] * 4, 4, 2).counts.tolist() == [2, 2, 0, 0]


@pytest.mark.parametrize(
    ("budget", "width", "counts"),
    [
        (8, 4, [0, 4, 0, 4, 0]),
        (6, 2, [0, 2, 2, 2, 0]),
        (7, 3, [0, 4, 0, 3, 0]),  # two survivors, copied cyclically to seven
        (3, 4, [1, 1, 1, 0, 0]),  # [-0:] keeps all, and the tail is cut
    ],
)
def test_as_published(budget: int, width: int, counts: list[int]) -> None:
    assert beam(SCORES, budget, width, published=True).counts.tolist() == counts


def test_nobody_as_published() -> None:
    assert beam(np.array([]), 0, published=True).counts.tolist() == []


@pytest.mark.parametrize("width", [0, -1])
def test_a_beam_has_a_width(width: int) -> None:
    with pytest.raises(ValueError, match="beam width"):
        beam(SCORES, 4, width)
