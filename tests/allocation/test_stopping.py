"""Agreement: the Beta rule against exact arithmetic, and what one sample must never do."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.votes import (
    MAJORITY,
    Agreement,
    Measure,
    beta_confidence,
    leader,
    leaders,
)

QUICK = settings(max_examples=60, deadline=None, derandomize=True)
COUNTS = st.dictionaries(st.sampled_from([None, "a", "b", "c"]), st.integers(1, 30), max_size=4)


def exact(a: int, b: int) -> Fraction:
    """P(Bin(a+b+1, 1/2) <= a), in whole numbers."""
    n = a + b + 1
    return Fraction(sum(comb(n, k) for k in range(a + 1)), 2**n)


@QUICK
@given(st.integers(0, 300), st.integers(0, 300))
def test_beta_confidence_is_a_binomial_tail(a: int, b: int) -> None:
    assert beta_confidence(a, b) == pytest.approx(float(exact(a, b)), abs=1e-12)


@pytest.mark.parametrize(("a", "b"), [(3, 1), (6, 2), (5, 5), (2, 7)])
def test_beta_confidence_is_the_integral_it_says(a: int, b: int) -> None:
    x = (np.arange(200_000) + 0.5) / 200_000
    density = x**a * (1 - x) ** b
    assert beta_confidence(a, b) == pytest.approx(density[x > 0.5].sum() / density.sum(), abs=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "wanted"), [(0, 0, 0.5), (1, 0, 0.75), (3, 0, 0.9375), (4, 0, 0.96875), (7, 7, 0.5)]
)
def test_beta_confidence_of_small_counts(a: int, b: int, wanted: float) -> None:
    assert beta_confidence(a, b) == pytest.approx(wanted, abs=1e-12)


def test_beta_confidence_of_large_counts() -> None:
    assert beta_confidence(50_000, 50_000) == pytest.approx(0.5, abs=1e-9)
    assert beta_confidence(50_500, 49_500) == pytest.approx(0.99921, abs=1e-4)  # Φ(3.16)
    assert beta_confidence(10**6, 0) == 1.0
    with pytest.raises(ValueError, match="negative"):
        beta_confidence(3, -1)


@pytest.mark.parametrize("measure", list(Measure))
@given(counts=COUNTS)
@QUICK
def test_one_response_is_never_enough(measure: Measure, counts: dict[str | None, int]) -> None:
    for rule in (Agreement(measure, 0.01), Agreement(measure, 1.0, 2)):
        assert not rule.reached(rule.value({"a": 1}), 1)
        assert 0 <= rule.value(counts) <= 1


def test_a_minimum_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        Agreement(least=1)
    with pytest.raises(ValueError, match="level"):
        Agreement(level=1.5)


def enough(rule: Agreement, counts: dict[str | None, int]) -> bool:
    return rule.reached(rule.value(counts), sum(counts.values()))


def test_four_in_a_row_are_the_least_for_beta_at_95() -> None:
    assert [enough(Agreement(), {"a": n}) for n in range(1, 6)] == [False] * 3 + [True] * 2
    assert not enough(Agreement(), {"a": 4, "b": 1})


def test_more_than_half_of_at_least_three() -> None:
    assert [enough(MAJORITY, {"a": n}) for n in (1, 2, 3)] == [False, False, True]
    assert not enough(MAJORITY, {"a": 2, "b": 2}), "half is not more than half"
    assert enough(MAJORITY, {"a": 3, "b": 2})


@pytest.mark.parametrize("rule", [Agreement(), MAJORITY])
def test_unreadable_answers_hold_back_and_never_lead(rule: Agreement) -> None:
    assert not enough(rule, {None: 50})
    assert not enough(rule, {None: 5, "a": 4})
    assert enough(rule, {None: 1, "a": 20})
    assert leader({None: 9, "b": 2, "a": 2}) == "b", "the first seen of equals"
    assert leader({None: 9}) is None


@QUICK
@given(COUNTS)
def test_leader_and_rival(counts: dict[str | None, int]) -> None:
    readable = sorted((n for key, n in counts.items() if key is not None), reverse=True) + [0, 0]
    assert leaders(counts) == (readable[0], max(readable[1], counts.get(None, 0)))
