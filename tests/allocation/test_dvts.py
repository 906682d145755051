"""DVTS: the best of each subtree."""

from __future__ import annotations

import pytest

from scale_core.allocation.baselines import dvts

SCORES = [0.1, 0.4, 0.9, 0.9, 0.2, 0.3]


def test_the_best_of_each_subtree_goes_on() -> None:
    ours = dvts(SCORES, 6, 2)
    assert ours.counts.tolist() == [0, 2, 2, 0, 0, 2]
    assert ours.group is not None and ours.group.tolist() == [0, 0, 1, 1, 2, 2]
    assert dvts(SCORES, 6, 2, published=True).counts.tolist() == ours.counts.tolist()


def test_subtrees_may_be_named() -> None:
    ours = dvts(SCORES, 4, 2, groups=["b", "a", "b", "a", "b", "b"])
    assert ours.counts.tolist() == [0, 0, 2, 2, 0, 0]
    assert ours.group is not None and ours.group.tolist() == [0, 1, 0, 1, 0, 0]


@pytest.mark.parametrize(
    ("budget", "width", "counts"),
    [
        (7, 2, [0, 2, 3, 0, 0, 2]),  # the spare one goes to the best winner
        (2, 2, [0, 1, 1, 0, 0, 0]),
        (1, 4, [0, 0, 1, 0, 0, 0]),  # K = N // M = 0
        (9, 4, [0, 0, 5, 0, 0, 4]),  # M does not divide k: the last subtree is smaller
        (5, 9, [0, 0, 5, 0, 0, 0]),  # one subtree
    ],
)
def test_whatever_divides_what(budget: int, width: int, counts: list[int]) -> None:
    assert dvts(SCORES, budget, width).counts.tolist() == counts


@pytest.mark.parametrize(("budget", "width"), [(8, 2), (6, 4)])
def test_the_published_one_needs_matching_numbers(budget: int, width: int) -> None:
    with pytest.raises(ValueError, match="k = N and M"):
        dvts(SCORES, budget, width, published=True)


def test_every_candidate_has_a_subtree() -> None:
    with pytest.raises(ValueError, match="2 groups for 6 scores"):
        dvts(SCORES, 6, 2, groups=[0, 1])
