"""REBASE: ours, as in DORA's repository, and the original."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.published_arithmetic import PublishedError
from scale_core.allocation.rebase import rebase, rebase_original

QUICK = settings(max_examples=100, deadline=None, derandomize=True)
SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@QUICK
@given(SCORES, st.integers(1, 300))
def test_where_the_published_rounding_fits_ours_is_the_same(scores: list[float], n: int) -> None:
    try:
        published = rebase(scores, n, published=True)
    except PublishedError:
        return
    ours = rebase(scores, n)
    assert published.weight is not None and ours.weight is not None
    assert published.weight == pytest.approx(ours.weight)
    assert published.raw is not None and ours.ideal is not None
    on_the_edge = np.abs(ours.ideal % 1 - 0.5).min() < 1e-6
    if published.raw.sum() == n and not on_the_edge:
        assert ours.counts.tolist() == published.counts.tolist() == published.raw.tolist()
    assert published.counts.sum() == n


def test_factors_explain_the_counts() -> None:
    ours = rebase([0.9, 0.9, 0.3], 8)
    assert ours.weight is not None and ours.log_weight is not None and ours.ideal is not None
    assert ours.weight == pytest.approx([0.4994, 0.4994, 0.00124], rel=1e-2)
    assert np.exp(ours.log_weight) == pytest.approx(ours.weight)
    assert ours.counts.tolist() == [4, 4, 0]
    assert ours.gamma is None and ours.direction is None


@pytest.mark.parametrize("rule", [rebase, rebase_original])
def test_the_limits_of_the_temperature(rule: object) -> None:
    scores = [0.2, 0.8, 0.8, 0.5]
    assert rule(scores, 5, t_b=0).counts.tolist() == [0, 3, 2, 0]  # type: ignore[operator]
    assert rule(scores, 8, t_b=math.inf).counts.tolist() == [2, 2, 2, 2]  # type: ignore[operator]
    with pytest.raises(ValueError, match="t_b must be a number >= 0"):
        rule(scores, 5, t_b=-1)  # type: ignore[operator]


def test_the_published_rounding_and_repair() -> None:
    """Half to even loses one here and gains two there; the repair looks at indices only."""
    short = rebase([0.7, 0.7], 5, published=True)
    assert short.raw is not None and short.raw.tolist() == [2, 2]
    assert short.counts.tolist() == [3, 2]
    long = rebase([0.7] * 4, 6, published=True)
    assert long.raw is not None and long.raw.tolist() == [2, 2, 2, 2]
    assert long.counts.tolist() == [2, 2, 2, 0]
    assert rebase([0.7] * 4, 6).counts.tolist() == [2, 2, 1, 1]


def test_the_published_code_divides_by_zero() -> None:
    with pytest.raises(PublishedError, match="every count rounds to 0") as caught:
        rebase([0.5] * 16, 4, published=True)
    assert caught.value.error.startswith("ZeroDivisionError")
    assert isinstance(caught.value, ArithmeticError)
    assert rebase([0.5] * 16, 4).counts.tolist() == [1] * 4 + [0] * 12


@pytest.mark.parametrize("t_b", [0.0, math.inf])
def test_the_published_arithmetic_has_no_limits(t_b: float) -> None:
    with pytest.raises(ValueError, match="needs a temperature > 0"):
        rebase([0.5], 4, t_b=t_b, published=True)


@QUICK
@given(SCORES, st.integers(0, 300) | st.just(10**12), st.sampled_from([0.01, 0.2, 5.0]))
def test_the_original_favours_the_top_and_keeps_the_budget(
    scores: list[float], n: int, t_b: float
) -> None:
    ours = rebase_original(scores, n, t_b=t_b)
    order = np.argsort(-np.array(scores), kind="stable")
    assert ours.counts.sum() == n
    assert (np.diff(ours.counts[order]) <= 0).all()
    assert ours.ideal is not None
    assert ours.counts[order[0]] >= ours.ideal[order[0]] * (1 - 1e-9)


def test_the_original_s_exact_thirds() -> None:
    assert rebase_original([0.4] * 3, 6).counts.tolist() == [2, 2, 2]
    assert rebase_original([0.4] * 3, 7).counts.tolist() == [3, 2, 2]


def test_the_original_as_published() -> None:
    assert rebase_original([0.7, 0.7], 5, t_b=0.1, published=True).counts.tolist() == [2, 3]
    with pytest.raises(PublishedError, match="cannot convert float NaN"):
        rebase_original([0.5, 0.6, 0.7, 0.8], 16, t_b=0.001, published=True)
    with pytest.raises(PublishedError, match="exp"):
        rebase_original([0.9, 0.1], 4, t_b=0.01, published=True)
