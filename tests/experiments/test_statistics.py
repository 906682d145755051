"""Paired statistics against published values, closed forms and brute force."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scale_core.allocation.intervals import wilson
from scale_core.experiments.statistics import auroc, mcnemar, paired_difference, ratio_of_means

QUICK = settings(max_examples=80, deadline=None, derandomize=True)
COUNTS = st.tuples(*[st.integers(0, 60)] * 4).filter(any)


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [  # Newcombe 1998, table II; the last one: Altman and others, Statistics with Confidence
        ((36, 12, 2, 0), 0.0569, 0.3404),
        ((20, 12, 2, 16), 0.0562, 0.3292),
        ((14, 5, 0, 22), 0.0115, 0.2265),
    ],
)
def test_published_paired_differences(
    table: tuple[int, int, int, int], low: float, high: float
) -> None:
    found = paired_difference(*table)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)
    assert found.mean == pytest.approx((table[1] - table[2]) / sum(table))


@QUICK
@given(COUNTS)
def test_the_difference_lies_in_its_interval_and_turns_its_sign(
    table: tuple[int, int, int, int],
) -> None:
    both, first, second, neither = table
    found, turned = paired_difference(*table), paired_difference(both, second, first, neither)
    assert -1 <= found.low <= found.mean <= found.high <= 1
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


@QUICK
@given(st.integers(1, 40), st.integers(0, 40), st.integers(1, 40))
def test_without_correlation_the_wilson_intervals_join_by_squares(a: int, b: int, k: int) -> None:
    """Rows in the same proportions: being right by one way tells nothing of the other."""
    table = (a * k, b * k, a, b)
    assume(sum(table) > 0)
    n, found = sum(table), paired_difference(*table)
    one, two = wilson(a * k + b * k, n), wilson(a * k + a, n)
    low = math.hypot(one.mean - one.low, two.high - two.mean)
    assert found.low == pytest.approx(found.mean - low)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Exactly, over all tables of 24 problems."""
    n, chances = 24, (0.5, 0.2, 0.1, 0.2)
    truth, held = chances[1] - chances[2], 0.0
    for both, first, second in itertools.product(range(n + 1), repeat=3):
        neither = n - both - first - second
        if neither >= 0:
            ways = math.comb(n, both) * math.comb(n - both, first)
            ways *= math.comb(n - both - first, second)
            powers = zip(chances, (both, first, second, neither), strict=True)
            found = paired_difference(both, first, second, neither)
            held += (found.low <= truth <= found.high) * ways * math.prod(p**k for p, k in powers)
    assert 0.94 < held < 0.97


@pytest.mark.parametrize("table", [(0, 0, 0, 0), (1, -1, 0, 0)])
def test_no_pairs_have_no_difference(table: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="no pairs"):
        paired_difference(*table)


@QUICK
@given(st.integers(0, 6), st.integers(0, 6))
def test_mcnemar_counts_every_way_to_be_so_uneven(first: int, second: int) -> None:
    n, gap = first + second, abs(first - second)
    every = itertools.product((0, 1), repeat=n)
    ways = sum(abs(n - 2 * sum(falls)) >= gap for falls in every)
    assert mcnemar(first, second) == pytest.approx(float(Fraction(ways, 2**n)))


def test_a_ratio_of_means_is_drawn_by_whole_problems() -> None:
    rng = np.random.default_rng(3)
    base = rng.gamma(4.0, 50.0, 300)
    found = ratio_of_means((2 * base).tolist(), base.tolist())
    assert found is not None
    assert (found.low, found.mean, found.high) == pytest.approx((2, 2, 2))
    noisy = 2 * base * rng.lognormal(0, 0.1, 300)
    wide = ratio_of_means(noisy.tolist(), base.tolist())
    assert wide is not None and wide.low < 2.01 < wide.high
    # the delta method, for one ratio of paired means
    ratio, errors = noisy.mean() / base.mean(), noisy - noisy.mean() / base.mean() * base
    half = 1.96 * errors.std() / math.sqrt(300) / base.mean()
    assert (wide.low, wide.high) == pytest.approx((ratio - half, ratio + half), abs=0.2 * half)


def test_a_ratio_is_a_function_of_its_seed_and_needs_pairs() -> None:
    a, b = np.random.default_rng(7).random((2, 30)).tolist()
    assert ratio_of_means(a, b, seed=1) == ratio_of_means(a, b, seed=1)
    assert ratio_of_means(a, b, seed=1) != ratio_of_means(a, b, seed=2)
    assert ratio_of_means(a, [0.0] * 30) is None
    for pair in (([], []), ([1.0], [1.0, 2.0])):
        with pytest.raises(ValueError, match="ratio"):
            ratio_of_means(*pair)


@QUICK
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
def test_auroc_is_the_chance_to_rank_rightly(cases: list[tuple[int, bool]]) -> None:
    good = [score for score, positive in cases if positive]
    bad = [score for score, positive in cases if not positive]
    found = auroc([score for score, _ in cases], [positive for _, positive in cases])
    if not good or not bad:
        assert found is None
    else:
        wins = [(a > b) + (a == b) / 2 for a in good for b in bad]
        assert found == pytest.approx(sum(wins) / len(wins))
