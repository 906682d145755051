"""The divisor rule against exact arithmetic, brute force, its limits and its laws."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.apportion import apportion, apportion_log

QUICK = settings(max_examples=150, deadline=None, derandomize=True)
KAPPAS = [0.0, 1e-3, 0.25, 0.5, 1.0, 3.0, 20.0, 1e3, 2.0**41, 2.0**60, 1e300, math.inf]
WEIGHTS = st.lists(st.integers(0, 12), min_size=1, max_size=8)
REAL = st.lists(st.floats(0, 1) | st.floats(0, 1e300), min_size=1, max_size=12)


def greedy(weights: Sequence[int], budget: int, kappa: float, scores: Sequence[float]) -> list[int]:
    """One rollout after the other to argmax w / (kappa + B), in exact arithmetic."""
    if not any(weights):
        weights = [1] * len(weights)
    counts = [0] * len(weights)

    def gain(i: int) -> tuple[bool, Fraction]:
        if kappa == math.inf:
            return False, Fraction(weights[i])
        divisor = Fraction(kappa) + counts[i]
        if not divisor:  # w / 0: before everything else, the heavier first
            return weights[i] > 0, Fraction(weights[i])
        return False, weights[i] / divisor

    for _ in range(budget):
        counts[max(range(len(weights)), key=lambda i: (gain(i), scores[i], -i))] += 1
    return counts


@QUICK
@given(WEIGHTS, st.integers(0, 40), st.sampled_from(KAPPAS), st.data())
def test_it_is_the_greedy_rule(
    weights: list[int], budget: int, kappa: float, data: st.DataObject
) -> None:
    few = st.sampled_from([0.0, 0.5, 1.0])
    scores = data.draw(st.lists(few, min_size=len(weights), max_size=len(weights)))
    expected = greedy(weights, budget, kappa, scores)
    assert apportion(weights, budget, kappa, scores).tolist() == expected
    expected = greedy(weights, budget, kappa, weights)
    assert apportion(weights, budget, kappa).tolist() == expected


def splits(budget: int, parts: int) -> Iterator[tuple[int, ...]]:
    for cuts in itertools.combinations(range(budget + parts - 1), parts - 1):
        ends = (-1, *cuts, budget + parts - 1)
        yield tuple(b - a - 1 for a, b in itertools.pairwise(ends))


def expected_failure(shares: Sequence[float], counts: Sequence[int], kappa: float) -> float:
    """prod_i E[(1 - p_i)^B_i], p_i ~ Beta(kappa w_i, kappa (1 - w_i))."""
    return math.prod(
        (kappa * (1 - w) + r) / (kappa + r)
        for w, count in zip(shares, counts, strict=True)
        for r in range(count)
    )


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.lists(st.floats(0.01, 1), min_size=2, max_size=4),
    st.integers(1, 8),
    st.floats(-3, 3).map(lambda exponent: 10.0**exponent),
)
def test_no_other_split_fails_less(weights: list[float], budget: int, kappa: float) -> None:
    shares = [w / math.fsum(weights) for w in weights]
    ours = expected_failure(shares, apportion(weights, budget, kappa).tolist(), kappa)
    best = min(expected_failure(shares, c, kappa) for c in splits(budget, len(weights)))
    assert ours <= best * (1 + 1e-12)


@QUICK
@given(REAL, st.integers(0, 2**53) | st.integers(0, 100), st.sampled_from(KAPPAS))
def test_counts_sum_to_the_budget(weights: list[float], budget: int, kappa: float) -> None:
    counts = apportion(weights, budget, kappa)
    assert counts.sum() == budget and counts.min() >= 0 and counts.dtype == np.int64


@QUICK
@given(
    st.lists(st.floats(1e-6, 1), min_size=1, max_size=12, unique=True),
    st.integers(0, 10**6),
    st.sampled_from(KAPPAS),
    st.randoms(use_true_random=False),
)
def test_permuting_weights_permutes_counts(
    weights: list[float], budget: int, kappa: float, random: object
) -> None:
    order = list(range(len(weights)))
    random.shuffle(order)  # type: ignore[attr-defined]
    counts = apportion(weights, budget, kappa)
    assert apportion([weights[i] for i in order], budget, kappa).tolist() == counts[order].tolist()


@QUICK
@given(REAL, st.integers(0, 10**5), st.sampled_from(KAPPAS))
def test_a_heavier_one_never_gets_less(weights: list[float], budget: int, kappa: float) -> None:
    order = np.argsort(weights)
    assert (np.diff(apportion(weights, budget, kappa)[order]) >= 0).all() or len(
        set(weights)
    ) < len(weights)


@QUICK
@given(REAL, st.integers(0, 10**5), st.sampled_from(KAPPAS))
def test_one_more_rollout_takes_none_away(weights: list[float], budget: int, kappa: float) -> None:
    more = apportion(weights, budget + 1, kappa) - apportion(weights, budget, kappa)
    assert more.sum() == 1 and more.min() >= 0


@QUICK
@given(WEIGHTS, st.integers(0, 300), st.sampled_from(KAPPAS), st.integers(-900, 900))
def test_the_scale_of_weights_does_not_matter(
    weights: list[int], budget: int, kappa: float, exponent: int
) -> None:
    scaled = np.ldexp(np.array(weights, float), exponent)
    assert apportion(scaled, budget, kappa).tolist() == apportion(weights, budget, kappa).tolist()


@QUICK
@given(WEIGHTS, st.integers(0, 300), st.sampled_from(KAPPAS), st.floats(-1e4, 1e4))
def test_log_weights_are_weights(
    weights: list[int], budget: int, kappa: float, shift: float
) -> None:
    with np.errstate(divide="ignore"):
        logs = np.log(np.array(weights, float))
    ours = apportion_log(logs + round(shift), budget, kappa, weights)
    plain = apportion(weights, budget, kappa, weights)
    assert ours.sum() == budget
    # A logarithm rounds, so that exact ties between different weights may fall the other way.
    assert np.abs(ours - plain).max() <= 1 + (kappa > 1e3) * budget


def test_the_limits_of_kappa() -> None:
    w = [5.0, 1.0, 9.0, 9.0, 0.0]
    assert apportion(w, 3, 0).tolist() == [1, 0, 1, 1, 0], "one each to the heaviest"
    assert apportion(w, 2, 0, [0, 0, 1, 2, 3]).tolist() == [0, 0, 1, 1, 0]
    assert apportion(w, 1, 0, [0, 0, 1, 2, 3]).tolist() == [0, 0, 0, 1, 0], "ties by score"
    assert apportion(w, 1, 0).tolist() == [0, 0, 1, 0, 0], "then by index"
    assert apportion(w, 24, 0).tolist() == [5, 1, 9, 9, 0], "Adams on what is left"
    assert apportion(w, 7, math.inf).tolist() == [0, 0, 7, 0, 0]
    assert apportion(w, 7, math.inf, [0, 0, 1, 2, 3]).tolist() == [0, 0, 0, 7, 0]
    assert apportion(w, 7, 1e300).tolist() == [0, 0, 4, 3, 0], "a finite kappa splits ties"
    near = [2**40, 2**40 - 1, 2**39]
    assert apportion(near, 10, 1.0).tolist() == [4, 4, 2]
    assert apportion(near, 10, 2.0**42).tolist() == greedy(near, 10, 2.0**42, near) == [7, 3, 0]


def test_the_paper_s_example_of_a_negative_count() -> None:
    assert apportion([0.5, 0.3, 0.15, 0.05], 16, 20).tolist() == [15, 1, 0, 0]


def test_webster_is_rounding_where_rounding_fits() -> None:
    w = np.array([0.5, 0.25, 0.125, 0.125])
    assert apportion(w, 16).tolist() == (16 * w).tolist()


def test_weights_of_zero() -> None:
    assert apportion([0, 3, 0], 5).tolist() == [0, 5, 0]
    assert apportion([0, 0, 0], 5).tolist() == [2, 2, 1], "all zero: all equal"
    assert apportion([0, 0, 0], 5, scores=[1, 2, 3]).tolist() == [1, 2, 2]
    assert apportion_log([-math.inf, 0], 3, 0).tolist() == [0, 3]
    assert apportion_log([-math.inf] * 2, 3).tolist() == [2, 1]


@pytest.mark.parametrize("kappa", KAPPAS)
def test_weights_of_any_size(kappa: float) -> None:
    assert apportion([1e308, 1e308, 5e-324], 10, kappa).sum() == 10
    assert apportion([5e-324, 1.5e-323], 4, 0.5).tolist() == [1, 3]
    # exp(-2000) is 0 in float64; as a logarithm it is still more than nothing.
    assert apportion_log([0, -2000, -math.inf], 2, 0).tolist() == [1, 1, 0]
    assert apportion_log([-2000, -2001], 100, 0.5).tolist() == [73, 27]


def test_nothing_to_hand_out_and_nobody_to_take_it() -> None:
    assert apportion([], 0).tolist() == []
    assert apportion([0.3, 0.7], 0).tolist() == [0, 0]
    with pytest.raises(ValueError, match="no candidates to give the budget of 3"):
        apportion([], 3)


@pytest.mark.parametrize(
    ("weights", "budget", "kappa", "scores", "words"),
    [
        ([1.0, math.nan], 1, 0.5, None, r"weights\[1\] is missing"),
        ([None, 1.0], 1, 0.5, None, r"weights\[0\] is missing"),
        ([1.0, -0.5], 1, 0.5, None, r"weights\[1\] is negative"),
        ([1.0, math.inf], 1, 0.5, None, r"weights\[1\] is infinite"),
        ([[1.0]], 1, 0.5, None, "list of numbers"),
        ([object()], 1, 0.5, None, "must be numbers"),
        ([1.0], -1, 0.5, None, "budget must be from 0"),
        ([1.0], 2**53 + 1, 0.5, None, "budget must be from 0"),
        ([1.0], 1.5, 0.5, None, "must be an integer"),
        ([1.0], 1, -0.5, None, "kappa"),
        ([1.0], 1, math.nan, None, "kappa"),
        ([1.0], 1, 0.5, [1.0, 2.0], "2 scores for 1 weights"),
        ([1.0], 1, 0.5, [None], r"scores\[0\] is missing"),
    ],
)
def test_what_is_refused(
    weights: list[float], budget: int, kappa: float, scores: list[float] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        apportion(weights, budget, kappa, scores)


def test_an_infinite_log_weight_is_refused() -> None:
    with pytest.raises(ValueError, match=r"log_weights\[0\] is infinite"):
        apportion_log([math.inf, 0], 1)


@pytest.mark.parametrize("kappa", [0.0, 0.5, 20.0, 1e15])
def test_a_million_weights_and_a_budget_of_a_billion(kappa: float) -> None:
    """Optimal: no rollout that was given is worth less than one that was withheld."""
    w = np.random.default_rng(1).pareto(1.0, 1_000_000)
    counts = apportion(w, 10**9, kappa)
    assert counts.sum() == 10**9
    with np.errstate(divide="ignore"):
        given = np.where(counts > 0, w / np.maximum(kappa + counts - 1, 0), np.inf)
    assert given.min() >= (w / (kappa + counts)).max() * (1 - 1e-12)
