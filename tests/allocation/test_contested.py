"""Which counts an error of the weights could change."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.apportion import apportion_log
from scale_core.allocation.similarity import contested

KAPPAS = [0.0, 0.5, 1.0, 20.0, math.inf]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.lists(st.floats(-3, 3), min_size=1, max_size=12),
    st.integers(0, 60),
    st.sampled_from(KAPPAS),
    st.sampled_from([1e-4, 0.01, 0.2]),
    st.integers(0, 2**32 - 1),
)
def test_who_is_not_contested_is_certain(
    logs: list[float], budget: int, kappa: float, doubt: float, seed: int
) -> None:
    """Errors of everyone, and then exact weights for the contested ones only."""
    true = np.array(logs)
    known = true + doubt * 0.999 * np.random.default_rng(seed).uniform(-1, 1, len(true))
    unsure = np.ones(len(true), bool)
    for _ in range(len(true) + 1):
        counts = apportion_log(known, budget, kappa)
        again = unsure & contested(known, counts, kappa, doubt)
        known[again], unsure = true[again], unsure & ~again
        if not again.any():
            break
    assert counts.tolist() == apportion_log(true, budget, kappa).tolist() or _tied(true, kappa)


def _tied(logs: np.ndarray, kappa: float) -> bool:
    """Exact ties may fall either way by rounding."""
    keys = [log - math.log(kappa + b) for log in logs for b in range(61) if 0 < kappa + b < 1e9]
    gaps = np.diff(np.sort([*keys, *logs])) if kappa in (0, math.inf) else np.diff(np.sort(keys))
    return bool((gaps < 1e-12).any())


def test_clear_cases_are_not_contested() -> None:
    logs = np.log([0.6, 0.3, 0.1])
    counts = apportion_log(logs, 10)
    assert not contested(logs, counts, 0.5, 1e-3).any()
    assert contested(logs, counts, 0.5, 1.0).all()


@pytest.mark.parametrize("kappa", KAPPAS)
def test_no_budget_is_no_contest(kappa: float) -> None:
    assert not contested(np.zeros(3), np.zeros(3, np.int64), kappa, 0.1).any()
    assert contested(np.zeros(0), np.zeros(0, np.int64), kappa, 0.1).tolist() == []
