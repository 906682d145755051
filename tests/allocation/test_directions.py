"""Directions: the diversity factor in three ways, its limits, and what is missing."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.directions import Directions, by_value, clusters, soft

QUICK = settings(max_examples=80, deadline=None, derandomize=True)
SMALL = st.integers(-3, 3).map(float)
ROWS = st.integers(1, 9).flatmap(
    lambda k: st.lists(st.lists(SMALL, min_size=3, max_size=3), min_size=k, max_size=k)
)


def gamma(rows: list[list[float]], t_s: float) -> list[float]:
    """Eq. 11-12 with S_ii = 1; a zero row is at right angles to all others."""
    unit = [np.array(row) / (np.linalg.norm(row) or 1) for row in rows]
    return [
        1 / math.fsum(1.0 if i == j else math.exp((min(a @ b, 1.0) - 1) / t_s)
                      for j, b in enumerate(unit))
        for i, a in enumerate(unit)
    ]  # fmt: skip


@QUICK
@given(ROWS, st.sampled_from([0.01, 0.1, 1.0, 30.0]))
def test_soft_is_the_formula(rows: list[list[float]], t_s: float) -> None:
    ours = soft(rows, t_s)
    assert ours.gamma == pytest.approx(gamma(rows, t_s), rel=1e-9)
    assert ours.effective == pytest.approx(math.fsum(gamma(rows, t_s)))
    assert ours.label is None and ours.doubt == 0
    assert soft(np.array(rows, np.float32), t_s).gamma == pytest.approx(ours.gamma, rel=1e-9)


@pytest.mark.parametrize(
    ("cosine", "factor"),
    [(0.999, 0.525), (0.995, 0.62), (0.99, 0.73), (0.98, 0.88), (0.97, 0.95), (0.95, 0.993)],
)
def test_the_note_s_table_of_pairs(cosine: float, factor: float) -> None:
    pair = [[1.0, 0.0], [cosine, math.sqrt(1 - cosine**2)]]
    assert soft(pair).gamma == pytest.approx([factor] * 2, abs=0.006)


@QUICK
@given(ROWS)
def test_the_limits_of_t_s(rows: list[list[float]]) -> None:
    k = len(rows)
    assert soft(rows, math.inf).gamma.tolist() == pytest.approx([1 / k] * k)
    assert soft(rows, 1e200).gamma.tolist() == pytest.approx([1 / k] * k)
    exact = [np.sum([_parallel(a, b) for b in rows]) if any(a) else 1 for a in rows]
    for t_s in (0.0, 1e-300, 1e-9):
        assert soft(rows, t_s).gamma.tolist() == pytest.approx([1 / n for n in exact])


def _parallel(a: list[float], b: list[float]) -> bool:
    return bool(any(a) and any(b) and not np.cross(a, b).any() and np.dot(a, b) > 0)


def test_a_missing_or_zero_embedding_is_unique() -> None:
    nan = math.nan
    rows = [[1.0, 0.0], None, [1.0, 0.0], [0.0, 0.0], [nan, nan], [nan, 1.0], [1.0, 0.0]]
    assert soft(rows).gamma == pytest.approx([1 / 3, 1, 1 / 3, 1, 1, 1, 1 / 3])
    assert soft(rows, 0).gamma == pytest.approx([1 / 3, 1, 1 / 3, 1, 1, 1, 1 / 3])
    assert soft(rows, math.inf).gamma == pytest.approx([1 / 7] * 7)
    warm = soft(rows, 2.0)  # at right angles to everything
    across = math.exp(-0.5)
    assert warm.gamma[1] == pytest.approx(1 / (1 + 6 * across))
    assert warm.gamma[0] == pytest.approx(1 / (3 + 4 * across))
    assert soft([None, None]).gamma == pytest.approx([1, 1])
    assert clusters(rows, 0.9).label.tolist() == [0, 1, 0, 2, 3, 4, 0]


def test_equal_keys_are_one_text() -> None:
    rows = [None, [0.0, 1.0], [1.0, 0.0], None, None, [5.0, 5.0]]
    keys = ["a", "a", "b", "c", "c", None]
    # The first embedding of a key stands for all of its candidates, also where two differ.
    assert soft(rows, groups=keys).gamma == pytest.approx([1 / 2, 1 / 2, 1, 1 / 2, 1 / 2, 1])
    assert clusters(rows, 0.7, groups=keys).label.tolist() == [0, 0, 0, 1, 1, 0]
    differing = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    assert soft(differing, groups=["x", "x", "y"]).gamma == pytest.approx([1 / 3] * 3)
    assert soft(differing, groups=[None] * 3).gamma == pytest.approx([1 / 2, 1, 1 / 2])


@QUICK
@given(ROWS, st.sampled_from([0.0, 0.01, 1.0]), st.integers(0, 8))
def test_identical_rows_may_be_merged_or_not(
    rows: list[list[float]], t_s: float, repeats: int
) -> None:
    many = np.array(rows + rows[:1] * repeats)
    apart = many * np.exp2(np.arange(len(many)))[:, None]  # the same directions, other bytes
    assert soft(many, t_s).gamma == pytest.approx(soft(apart, t_s).gamma, rel=1e-9)


def test_embeddings_of_any_length_and_kind() -> None:
    row = np.array([[3.0, 4.0], [4.0, 3.0]])
    expected = soft(row, 0.1).gamma
    for scale in (1e-320, 1e-200, 1e200, 1e306):
        assert soft(row * scale, 0.1).gamma == pytest.approx(expected, rel=1e-3)
    for kind in (np.float16, np.float32, np.int64):
        assert soft(row.astype(kind), 0.1).gamma == pytest.approx(expected)
    assert soft(list(row.astype(np.float32)), 0.1).gamma == pytest.approx(expected)


@QUICK
@given(ROWS, st.sampled_from([0.5, 0.8, 0.95]))
def test_clusters_are_connected_and_apart(rows: list[list[float]], threshold: float) -> None:
    ours = clusters(rows, threshold)
    assert ours.label is not None and ours.size is not None
    unit = np.array([np.array(r) / (np.linalg.norm(r) or 1) for r in rows])
    near = unit @ unit.T >= threshold + 1e-9
    assert all(ours.label[i] == ours.label[j] for i, j in np.argwhere(near))
    members = Counter(ours.label.tolist())
    assert ours.size.tolist() == [members[label] for label in ours.label.tolist()]
    assert ours.gamma == pytest.approx(1 / ours.size)
    assert ours.effective == len(members)
    # Numbered in the order in which they first appear.
    assert list(dict.fromkeys(ours.label.tolist())) == list(range(len(members)))


@pytest.mark.parametrize("threshold", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_clusters_are_those_of_scikit_learn(noise: float, threshold: float) -> None:
    """Single linkage cut at the same cosine."""
    cluster = pytest.importorskip("sklearn.cluster", exc_type=ImportError)
    rng = np.random.default_rng(3)
    rows = rng.standard_normal((12, 40))[rng.integers(0, 12, 300)]
    rows = rows + noise * rng.standard_normal(rows.shape)
    theirs = cluster.DBSCAN(eps=1 - threshold, min_samples=1, metric="cosine").fit(rows).labels_
    ours = clusters(rows, threshold).label
    assert ours is not None
    same = ours[:, None] == ours, theirs[:, None] == theirs
    assert (same[0] == same[1]).all()


def test_directions_by_value() -> None:
    ours = by_value([7, "7", 7.0, None, None, (1, 2), (1, 2)])
    assert ours.label is not None and ours.size is not None
    assert ours.label.tolist() == [0, 1, 0, 2, 3, 4, 4]
    assert ours.size.tolist() == [2, 1, 2, 1, 1, 2, 2]
    assert ours.effective == 5


def test_nobody_has_no_direction() -> None:
    for ours in (soft([]), soft(np.zeros((0, 4))), clusters([]), by_value([]), soft([], math.inf)):
        assert isinstance(ours, Directions) and len(ours) == 0 and ours.effective == 0


def test_exact_repeats_the_sums_in_float64() -> None:
    rows = [[1.0, 0.0], [1.0, 0.1], None, [1.0, 0.0]]
    ours = soft(rows)
    assert ours.exact is not None
    assert ours.exact(np.array([2, 0, 3])) == pytest.approx(ours.log_gamma[[2, 0, 3]])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: soft([[1.0]], -1), "t_s must be a number >= 0"),
        (lambda: soft([[1.0]], math.nan), "t_s"),
        (lambda: soft([[1.0], [1.0, 2.0]]), "equally many numbers"),
        (lambda: soft([[1.0], [math.inf]]), r"embeddings\[1\] is infinite"),
        (lambda: soft(np.zeros(3)), r"shape \[k, d\]"),
        (lambda: soft([[1.0]], groups=["a", "b"]), "2 groups for 1 embeddings"),
        (lambda: clusters([[1.0]], 1.5), "threshold"),
        (lambda: clusters([[1.0]], math.nan), "threshold"),
    ],
)
def test_what_is_refused(make: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()  # type: ignore[operator]
