"""Aggregation, votes, pass@k and Beta stopping against brute force and closed forms."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.votes import Rule, aggregate, pass_at_k, vote

QUICK = settings(max_examples=150, deadline=None, derandomize=True)
BALLOTS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", None]), st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9])),
    min_size=1,
    max_size=12,
)
RULES: tuple[Rule, ...] = ("weighted", "majority", "best")


def test_aggregation() -> None:
    assert aggregate([0.9, 0.5, 0.8]) == 0.8
    assert aggregate([0.9, 0.5, 0.8], "min") == 0.5
    assert aggregate([0.9, 0.5, 0.8], "prod") == pytest.approx(0.36)
    with pytest.raises(ValueError, match="without steps"):
        aggregate([])
    with pytest.raises(ValueError, match=r"step_scores\[0\] is missing"):
        aggregate([None, 0.5])
    with pytest.raises(ValueError, match="unknown aggregation 'mean'"):
        aggregate([0.5], "mean")  # type: ignore[arg-type]


def test_three_rules_three_winners() -> None:
    keys, scores = ["a", "a", "a", "b", "b", "c"], [0.1, 0.1, 0.1, 0.4, 0.4, 0.7]
    winners = {rule: vote(keys, scores, rule) for rule in RULES}
    assert [keys[winners[rule].choice or 0] for rule in RULES] == ["b", "a", "c"]
    groups = winners["weighted"].groups
    assert [(g.key, g.members) for g in groups] == [("a", (0, 1, 2)), ("b", (3, 4)), ("c", (5,))]
    assert [g.weight for g in groups] == pytest.approx([0.3, 0.8, 0.7])
    assert winners["weighted"].winner == 1


@pytest.mark.parametrize("rule", RULES)
def test_an_empty_answer_never_wins_but_did(rule: Rule) -> None:
    keys, scores = [None, "x", None], [0.9, 0.1, 0.9]
    ours = vote(keys, scores, rule)
    assert (ours.winner, ours.choice) == (0, 1)
    published = vote(keys, scores, rule, published=True)
    assert published.groups[published.winner or 0].key is None and published.choice == 0
    nobody = vote([None, None], [0.5, 0.5], rule)
    assert (nobody.winner, nobody.choice, nobody.groups) == (None, None, ())
    assert vote([], [], rule).winner is None


def test_ties() -> None:
    assert vote(["a", "b"], [0.5, 0.5]).winner == 0, "first seen"
    assert vote(["a", "b", "b"], [0.5, 0.25, 0.25]).winner == 1, "more members"
    assert vote(["a", "b", "b"], [0.5, 0.25, 0.25], published=True).winner == 0
    assert vote(["a", "b"], [0.4, 0.5], "majority").winner == 1, "more weight"
    assert vote(["a", "b"], [0.4, 0.5], "majority", published=True).winner == 0
    assert vote(["a", "a", "b", "b"], [0.3, 0.3, 0.1, 0.5]).winner == 1, "the best member"
    # 0.1 + 0.2 > 0.3 in floating point, one after the other; not in truth.
    assert vote(["b", "a", "a"], [0.3, 0.1, 0.2], published=True).winner == 1
    assert vote(["b", "a"], [0.3, 0.3], "best").choice == 0


@QUICK
@given(BALLOTS, st.sampled_from(RULES))
def test_the_winner_has_the_most(ballots: list[tuple[str | None, float]], rule: Rule) -> None:
    keys, scores = [key for key, _ in ballots], [score for _, score in ballots]
    ours = vote(keys, scores, rule)
    real = {key for key in keys if key is not None}
    if not real:
        assert ours.winner is None
        return
    assert ours.winner is not None and ours.choice is not None
    worth = {
        key: {
            "weighted": sum(Fraction(s) for k, s in ballots if k == key),
            "majority": Fraction(keys.count(key)),
            "best": max(Fraction(s) for k, s in ballots if k == key),
        }[rule]
        for key in real
    }
    assert worth[str(ours.groups[ours.winner].key)] == max(worth.values())
    assert keys[ours.choice] == ours.groups[ours.winner].key


def test_votes_that_are_refused() -> None:
    with pytest.raises(ValueError, match="1 scores for 2 answers"):
        vote(["a", "b"], [0.5])
    with pytest.raises(ValueError, match=r"scores\[0\] is missing"):
        vote(["a"], [math.nan])
    with pytest.raises(ValueError, match="unknown rule 'mean'"):
        vote(["a"], [0.5], "mean")  # type: ignore[arg-type]


@pytest.mark.parametrize("samples", range(1, 7))
def test_pass_at_k_is_the_share_of_subsets_with_a_correct_one(samples: int) -> None:
    for correct, k in itertools.product(range(samples + 1), range(1, samples + 1)):
        subsets = list(itertools.combinations([i < correct for i in range(samples)], k))
        assert pass_at_k(samples, correct, k) == pytest.approx(
            sum(map(any, subsets)) / len(subsets)
        )


def test_pass_at_k_of_many() -> None:
    assert pass_at_k(100_000, 1, 50_000) == pytest.approx(0.5)
    for wrong in ((4, 5, 1), (4, -1, 1), (4, 2, 0), (4, 2, 5)):
        with pytest.raises(ValueError, match="cannot be estimated"):
            pass_at_k(*wrong)
