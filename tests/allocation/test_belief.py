"""Beliefs about chances: exact averages, and Bayes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.belief import (
    Belief,
    beta,
    beta_nodes,
    joined,
    known,
    mixture,
    spread,
)

QUICK = settings(max_examples=40, deadline=None, derandomize=True)
SHAPE = st.floats(0.05, 60)


def moment(a: float, b: float, k: int) -> float:
    """E[p^k] of Beta(a, b)."""
    return math.prod((a + i) / (a + b + i) for i in range(k))


@QUICK
@given(SHAPE, SHAPE, st.integers(1, 20))
def test_nodes_average_polynomials_exactly(a: float, b: float, count: int) -> None:
    values, weights = beta_nodes(a, b, count)
    assert values.min() >= 0 and values.max() <= 1 and weights.min() >= 0
    for k in range(2 * count):
        assert weights @ values**k == pytest.approx(moment(a, b, k), rel=1e-9, abs=1e-12)
        assert weights @ (1 - values) ** k == pytest.approx(moment(b, a, k), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("a", "b"), [(1, 1), (0.5, 0.5), (1, 30), (2, 0.5), (1e-3, 1e-3)])
def test_nodes_of_special_shapes(a: float, b: float) -> None:
    values, weights = beta_nodes(a, b, 8)
    assert weights.sum() == pytest.approx(1)
    assert [weights @ values**k for k in range(16)] == pytest.approx(
        [moment(a, b, k) for k in range(16)], rel=1e-8
    )


@QUICK
@given(SHAPE, SHAPE, st.integers(0, 10), st.integers(0, 10))
def test_bayes_on_nodes_is_bayes_on_the_beta(a: float, b: float, right: int, wrong: int) -> None:
    belief = beta((a, b), (1, 1), 16)
    p = belief.of(1)
    after = belief.reweighted(p**right * (1 - p) ** wrong)
    for k in range(1, 8):
        exact = moment(a + right, b + wrong, k)
        assert after.weights @ after.of(1) ** k == pytest.approx(exact, rel=1e-7)


def test_modes_of_a_beta_are_independent_and_those_of_a_mixture_need_not_be() -> None:
    apart = beta((2, 3), (4, 1))
    assert (apart.mean(1), apart.mean(2)) == pytest.approx((0.4, 0.8))
    low = 1 - apart.of(1)
    assert apart.reweighted(low).mean(2) == pytest.approx(0.8)
    tied = mixture([(0.9, 1.0), (0.1, 0.4)])
    assert tied.mean(2) == pytest.approx(0.7)
    assert tied.reweighted(1 - tied.of(1)).mean(2) == pytest.approx(0.1 * 1.0 + 0.9 * 0.4)
    assert mixture([(0, 0), (1, 1)], [3, 1]).mean(1) == pytest.approx(0.25)


def test_marginals_join_equal_chances() -> None:
    values, weights = mixture([(0.5, 0.1), (0.5, 0.9), (0.2, 0.9)]).marginal(1)
    assert values.tolist() == [0.2, 0.5]
    assert weights == pytest.approx([1 / 3, 2 / 3])
    values, _ = beta((2, 3), (4, 1), 8).marginal(2)
    assert len(values) == 8


def test_the_impossible_teaches_nothing() -> None:
    belief = known(1.0, 1.0)
    assert belief.reweighted(1 - belief.of(1)) is belief


def test_a_calibrated_probability_can_be_spread() -> None:
    a, b = spread(0.3, 20)
    assert a / (a + b) == pytest.approx(0.3) and a + b == 20
    with pytest.raises(ValueError):
        spread(1.0, 20)


@pytest.mark.parametrize(
    ("chances", "weights"),
    [([[0.5], [1.2]], [1.0]), ([[0.5], [0.5]], [0.5]), ([[0.5, 0.1]], [0.5, 0.5]),
     ([[0.5, 0.5], [0.1, 0.1]], [1.5, -0.5])],
)  # fmt: skip
def test_nonsense_is_refused(chances: list[list[float]], weights: list[float]) -> None:
    with pytest.raises(ValueError):
        Belief(np.array(chances), np.array(weights))


def test_a_mode_is_one_or_two() -> None:
    with pytest.raises(ValueError, match="mode"):
        known(0.5, 0.5).of(0)
    with pytest.raises(ValueError, match="a, b > 0"):
        beta_nodes(0, 1)


def test_one_of_several_beliefs_is_their_average_until_something_is_seen() -> None:
    easy, hard = beta((9, 1), (1, 1), 4), beta((1, 9), (1, 1), 8)
    either = joined([easy, hard])
    assert either.mean(1) == pytest.approx(0.5)
    wrong = either.reweighted(1 - either.of(1))  # 0.1 : 0.9 for hard
    assert wrong.mean(1) == pytest.approx(0.1 * (9 / 11) + 0.9 * (1 / 11))
