"""Intervals against known values, and how often they hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.intervals import bootstrap, wilson

QUICK = settings(max_examples=60, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (8, 10, 0.4902, 0.9433),
        (10, 10, 0.7225, 1.0),
        (50, 100, 0.4038, 0.5962),
    ],
)
def test_wilson_known_values(successes: int, trials: int, low: float, high: float) -> None:
    found = wilson(successes, trials)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)
    assert found.mean == successes / trials


@QUICK
@given(st.integers(1, 300), st.data())
def test_wilson_solves_its_equation(trials: int, data: st.DataObject) -> None:
    """Its bounds p are those with |share - p| = z sqrt(p (1-p) / n)."""
    successes = data.draw(st.integers(0, trials))
    found = wilson(successes, trials, 0.9)
    for bound in (found.low, found.high):
        if 1e-9 < bound < 1 - 1e-9:
            deviation = 1.6448536 * np.sqrt(bound * (1 - bound) / trials)
            assert abs(found.mean - bound) == pytest.approx(deviation, abs=1e-6)
    assert 0 <= found.low <= found.mean <= found.high <= 1


@pytest.mark.parametrize(("successes", "trials"), [(1, 0), (3, 2), (-1, 2)])
def test_wilson_of_nothing_is_refused(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(successes, trials)


def test_bootstrap_of_many_is_the_normal_interval() -> None:
    values = np.random.default_rng(0).gamma(2.0, 10.0, 400)
    found = bootstrap(values.tolist())
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.12 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.12 * half)


def test_bootstrap_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for trial in range(200):
        found = bootstrap(rng.beta(2, 1, 40).tolist(), resamples=400, seed=trial)
        held += found.low <= 2 / 3 <= found.high
    assert 0.88 <= held / 200 <= 0.99


def test_bootstrap_is_a_function_of_its_seed() -> None:
    values = np.random.default_rng(5).random(20).tolist()
    assert bootstrap(values, seed=3) == bootstrap(values, seed=3)
    assert bootstrap(values, seed=3) != bootstrap(values, seed=4)
    alone = bootstrap([0.4])
    assert (alone.low, alone.mean, alone.high) == pytest.approx((0.4, 0.4, 0.4))
    with pytest.raises(ValueError, match="values"):
        bootstrap([])
    with pytest.raises(ValueError, match="level"):
        bootstrap(values, level=1.0)
