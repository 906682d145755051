"""Quality weights: softmax in log space, and its limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.rebase import log_weights, normalised

QUICK = settings(max_examples=100, deadline=None, derandomize=True)
SCORES = st.lists(st.floats(-15, 15), min_size=1, max_size=10).map(np.array)


@QUICK
@given(SCORES, st.floats(0.05, 1e6))
def test_it_is_the_softmax(scores: np.ndarray, t_b: float) -> None:
    weights = np.array([1 / np.exp((scores - s) / t_b).sum() for s in scores])
    assert np.exp(log_weights(scores, t_b)) == pytest.approx(weights, rel=1e-12, abs=1e-300)


@QUICK
@given(SCORES, st.sampled_from([0.0, 5e-324, 1e-300, 1e-9]))
def test_cold_gives_all_to_the_best_in_equal_parts(scores: np.ndarray, t_b: float) -> None:
    scores = np.round(scores)
    best = scores == scores.max()
    assert np.exp(log_weights(scores, t_b)) == pytest.approx(best / best.sum())


def test_hot_gives_all_the_same() -> None:
    assert log_weights(np.array([1.0, 5.0, -3.0]), math.inf).tolist() == [-math.log(3)] * 3
    assert log_weights(np.array([1.0, 5.0]), 1e300) == pytest.approx([-math.log(2)] * 2)


def test_logarithms_survive_where_weights_do_not() -> None:
    assert log_weights(np.array([0.5, 0.6]), 1e-5) == pytest.approx([-1e4, 0])


def test_nobody_has_no_weights() -> None:
    assert log_weights(np.array([]), 0.1).tolist() == normalised(np.array([])).tolist() == []
