"""DORA: the paper's example, its variants, and equal counts however the weights are computed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scale_core.allocation import similarity
from scale_core.allocation.apportion import apportion
from scale_core.allocation.directions import by_value, clusters, soft
from scale_core.allocation.dora import dora, dora_by_direction
from scale_core.allocation.published_arithmetic import PublishedError
from scale_core.allocation.rebase import rebase

FIGURE_2 = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]


def test_the_paper_s_figure() -> None:
    ours = dora([0.95] * 4, FIGURE_2, 12)
    assert ours.gamma == pytest.approx([1 / 3, 1 / 3, 1, 1 / 3])
    assert ours.weight == pytest.approx([1 / 4] * 4)
    assert ours.share == pytest.approx([1 / 6, 1 / 6, 1 / 2, 1 / 6])
    assert ours.ideal == pytest.approx([2, 2, 6, 2])
    assert ours.counts.tolist() == [2, 2, 6, 2]
    assert ours.effective_directions == pytest.approx(2)


def test_the_published_code_cuts_the_last_one_off() -> None:
    published = dora([0.95] * 4, FIGURE_2, 4, published=True)
    assert published.raw is not None and published.raw.tolist() == [1, 1, 2, 1]
    assert published.counts.tolist() == [1, 1, 2, 0]
    assert dora([0.95] * 4, FIGURE_2, 4).counts.tolist() == [1, 1, 2, 0]
    assert dora([0.95] * 3 + [0.96], FIGURE_2, 3).counts.tolist() == [1, 0, 1, 1]


def test_a_zero_embedding_is_unique_and_was_published_as_common() -> None:
    scores, rows = [0.9, 0.9, 0.9, 0.3], [[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    published = dora(scores, rows, 16, published=True)
    assert published.gamma == pytest.approx([1 / 4, 1 / 2, 1 / 2, 1])
    ours = dora(scores, rows, 16)
    assert ours.gamma == pytest.approx([1, 1 / 2, 1 / 2, 1])
    assert ours.counts.tolist() == [8, 4, 4, 0]


def test_the_limits_of_both_temperatures() -> None:
    scores, rows = [0.9, 0.9, 0.9, 0.3], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    cold = dora(scores, rows, 16, t_b=0, t_s=0)
    assert cold.counts.tolist() == [6, 5, 5, 0]
    assert cold.gamma == pytest.approx([1 / 2] * 4), "a bad twin still counts"
    assert dora(scores, rows, 16, t_b=math.inf, t_s=0).counts.tolist() == [4, 4, 4, 4]
    hot = dora(scores, rows, 16, t_b=0, t_s=math.inf)
    assert hot.counts.tolist() == rebase(scores, 16, t_b=0).counts.tolist() == [6, 5, 5, 0]
    twins = dora([0.9] * 4, FIGURE_2, 12, t_b=0, t_s=0)
    assert twins.counts.tolist() == [2, 2, 6, 2]


def test_the_prefilter_drops_who_would_get_nothing_from_rebase() -> None:
    scores = [0.9, 0.9, 0.1, 0.9]
    rows = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    ours = dora(scores, rows, 12, prefilter=True)
    assert ours.kept is not None and ours.kept.tolist() == [True, True, False, True]
    assert ours.counts.tolist() == [4, 4, 0, 4]
    assert ours.gamma is not None and ours.weight is not None and ours.share is not None
    assert ours.gamma[[0, 1, 3]] == pytest.approx([1, 1, 1]), "only survivors are alike"
    assert math.isnan(ours.gamma[2]) and ours.weight[2] == ours.share[2] == 0
    assert ours.weight[[0, 1, 3]] == pytest.approx([1 / 3] * 3)
    assert dora(scores, rows, 12).gamma == pytest.approx([1 / 2, 1, 1 / 2, 1])
    published = dora(scores, rows, 12, prefilter=True, published=True)
    assert published.counts.tolist() == [4, 4, 0, 4]
    listed = dora(
        scores, [*rows[:2], None, rows[3]], 12, prefilter=True, groups=["a", "b", "a", "c"]
    )
    assert listed.gamma is not None and listed.gamma[0] == pytest.approx(1)


def test_texts_that_are_the_same_are_one_direction() -> None:
    rows = [None, [1.0, 0.0], None]
    assert dora([0.5] * 3, rows, 8, groups=["x", "y", "x"]).counts.tolist() == [2, 4, 2]
    assert dora([0.5] * 3, rows, 9).counts.tolist() == [3, 3, 3]


def test_hard_directions_and_their_factors() -> None:
    ours = dora_by_direction([0.8] * 4, by_value(["1/2", "0.5", "1/2", "1/2"]), 32)
    row = ours.factors(0)
    assert (row.direction, row.direction_size, row.gamma) == (0, 3, pytest.approx(1 / 3))
    assert row.weight == pytest.approx(1 / 4) and row.share == pytest.approx(1 / 6)
    assert row.ideal == pytest.approx(32 / 6) and row.count == ours.counts[0] == 6
    assert ours.counts.tolist() == [6, 16, 5, 5]
    assert ours.effective_directions == 2
    near = dora_by_direction([0.8] * 4, clusters(FIGURE_2), 12)
    assert near.counts.tolist() == dora([0.8] * 4, FIGURE_2, 12).counts.tolist()


def test_many_small_shares_still_add_up_to_a_direction() -> None:
    """Ten twins with 0.25 rollouts each: apportioned one by one they get nothing."""
    labels = ["a"] * 10 + ["b"]
    scores = [0.5] * 11
    one_by_one = dora_by_direction(scores, by_value(labels), 5)
    assert one_by_one.counts.tolist() == [0] * 10 + [5]
    together = dora_by_direction(scores, by_value(labels), 5, level="direction")
    assert together.counts.tolist() == [1, 1, 1] + [0] * 7 + [2]


def test_soft_directions_have_no_level() -> None:
    with pytest.raises(ValueError, match="no borders"):
        dora_by_direction([0.5], soft([[1.0]]), 4, level="direction")


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "DENSE", 64)
    monkeypatch.setattr(similarity, "BLOCK", 64)


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.4])
@pytest.mark.parametrize("budget", [1, 64, 700, 20_000])
@pytest.mark.parametrize("kappa", [0.0, 0.5, 20.0])
@pytest.mark.usefixtures("small_blocks")
def test_counts_in_blocks_are_those_of_the_dense_formula(
    noise: float, budget: int, kappa: float
) -> None:
    rng = np.random.default_rng(11)
    centres = rng.standard_normal((40, 128))
    rows = centres[rng.integers(0, 40, 700)] + noise * rng.standard_normal((700, 128))
    rows = rows.astype(np.float32)
    rows[600:] = rows[:100]  # identical texts
    scores = rng.beta(8, 1.2, 700)
    ours = dora(scores, rows, budget, kappa=kappa)
    unit = rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    gamma = 1 / np.exp((unit @ unit.T - 1) / 0.01).sum(axis=1)
    weights = np.exp((scores - 1) / 0.1) * gamma
    assert ours.counts.tolist() == apportion(weights, budget, kappa, scores).tolist()
    assert ours.gamma == pytest.approx(gamma, rel=2e-4)


@pytest.mark.usefixtures("small_blocks")
def test_an_error_that_could_change_a_count_is_repaired() -> None:
    """The same many-rollout case without the repair differs, so the test above can fail."""
    rng = np.random.default_rng(11)
    centres = rng.standard_normal((40, 128))
    rows = centres[rng.integers(0, 40, 700)] + 0.1 * rng.standard_normal((700, 128))
    directions = soft(rows.astype(np.float32))
    assert directions.doubt > 0
    scores, budget = np.full(700, 0.5), 10**7
    raw = apportion(directions.gamma, budget, scores=scores)
    ours = dora_by_direction(scores, directions, budget).counts
    assert ours.sum() == raw.sum() == budget
    assert ours.tolist() != raw.tolist()


def test_published_needs_what_the_paper_had() -> None:
    with pytest.raises(ValueError, match="an embedding for every candidate"):
        dora([0.5, 0.5], [[1.0], None], 4, published=True)
    with pytest.raises(ValueError, match="no groups"):
        dora([0.5], [[1.0]], 4, groups=["a"], published=True)
    with pytest.raises(PublishedError, match="ZeroDivisionError"):
        dora([0.5] * 16, np.eye(16), 4, published=True)
    with pytest.raises(PublishedError, match="REBASE keeps nobody"):
        dora([0.5] * 16, np.eye(16), 4, published=True, prefilter=True)


@pytest.mark.parametrize(
    ("embeddings", "groups", "words"),
    [
        ([[1.0]], None, "1 embeddings for 2 scores"),
        ([[1.0], [2.0]], ["a"], "1 groups for 2 embeddings"),
    ],
)
def test_numbers_that_do_not_match(
    embeddings: list[list[float]], groups: list[str] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        dora([0.5, 0.5], embeddings, 4, groups=groups)
    with pytest.raises(ValueError, match="1 directions for 2 scores"):
        dora_by_direction([0.5, 0.5], by_value(["a"]), 4)
