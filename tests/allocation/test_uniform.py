"""Uniform: equal counts."""

from __future__ import annotations

import pytest

from scale_core.allocation.baselines import uniform


def test_everyone_gets_the_same() -> None:
    ours = uniform(4, 8)
    assert ours.counts.tolist() == [2, 2, 2, 2]
    assert ours.share is not None and ours.share.tolist() == [0.25] * 4


def test_what_does_not_divide_goes_to_the_better_then_to_the_earlier() -> None:
    assert uniform(4, 6).counts.tolist() == [2, 2, 1, 1]
    assert uniform(4, 6, [0.1, 0.9, 0.9, 0.5]).counts.tolist() == [1, 2, 2, 1]
    assert uniform(4, 2, [0.1, 0.9, 0.9, 0.9]).counts.tolist() == [0, 1, 1, 0]


def test_the_paper_gives_one_each() -> None:
    assert uniform(3, 16, published=True).counts.tolist() == [1, 1, 1]


def test_fewer_than_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be -1 candidates"):
        uniform(-1, 0)
