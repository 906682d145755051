"""What every rule keeps: the budget, permutations, and the order of the scores."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.baselines import beam, dvts, uniform
from scale_core.allocation.directions import by_value, clusters, soft
from scale_core.allocation.dora import dora, dora_by_direction
from scale_core.allocation.rebase import rebase, rebase_original
from scale_core.allocation.shares import Allocation

QUICK = settings(max_examples=60, deadline=None, derandomize=True)
Vector = list[float]
Rule = Callable[[Vector, list[Vector], int], Allocation]

TEMPERATURES = [0.0, 1e-3, 0.05, 0.1, 1.0, math.inf]
KAPPAS = [0.0, 0.5, 1.0, 20.0, math.inf]
RULES: dict[str, Rule] = {
    "uniform": lambda r, e, n: uniform(len(r), n, r),
    "beam 1": lambda r, e, n: beam(r, n, 1),
    "beam 4": lambda r, e, n: beam(r, n),
    "dvts": lambda r, e, n: dvts(r, n, 3, [row[0] for row in e]),
    "rebase original": lambda r, e, n: rebase_original(r, n),
    "rebase original, cold": lambda r, e, n: rebase_original(r, n, t_b=1e-3),
    "dora prefilter": lambda r, e, n: dora(r, e, n, prefilter=True),
    "dora clusters": lambda r, e, n: dora_by_direction(r, clusters(e, 0.8), n),
    "dora directions": lambda r, e, n: dora_by_direction(
        r, by_value([row[0] for row in e]), n, level="direction"
    ),
}
for t in TEMPERATURES:
    RULES[f"rebase {t}"] = lambda r, e, n, t=t: rebase(r, n, t_b=t)
    RULES[f"dora T_b {t}"] = lambda r, e, n, t=t: dora(r, e, n, t_b=t)
    RULES[f"dora T_s {t}"] = lambda r, e, n, t=t: dora(r, e, n, t_s=t)
for kappa in KAPPAS:
    RULES[f"rebase kappa {kappa}"] = lambda r, e, n, c=kappa: rebase(r, n, kappa=c)
    RULES[f"dora kappa {kappa}"] = lambda r, e, n, c=kappa: dora(r, e, n, kappa=c)
EVERY_RULE = pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))

SCORE = st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0]) | st.floats(0, 1)
ROW = st.lists(st.integers(-2, 2).map(float), min_size=3, max_size=3)  # zero rows among them
CANDIDATES = st.integers(1, 9).flatmap(
    lambda k: st.tuples(
        st.lists(SCORE, min_size=k, max_size=k), st.lists(ROW, min_size=k, max_size=k)
    )
)
BUDGET = st.integers(0, 40) | st.sampled_from([64, 256, 10**9])


@EVERY_RULE
@QUICK
@given(CANDIDATES, BUDGET)
def test_counts_sum_to_the_budget(
    rule: Rule, candidates: tuple[Vector, list[Vector]], budget: int
) -> None:
    scores, rows = candidates
    ours = rule(scores, rows, budget)
    assert len(ours) == len(scores) and ours.budget == budget
    assert ours.counts.sum() == budget and ours.counts.min() >= 0
    assert ours.share is not None and ours.ideal is not None
    assert ours.share.sum() == pytest.approx(1)
    assert ours.ideal == pytest.approx(budget * ours.share)


@EVERY_RULE
@QUICK
@given(
    CANDIDATES,
    st.integers(0, 40),
    st.randoms(use_true_random=False),
    st.lists(st.floats(0, 1), min_size=9, max_size=9, unique=True),
)
def test_permuting_candidates_permutes_counts(
    rule: Rule,
    candidates: tuple[Vector, list[Vector]],
    budget: int,
    shuffle: random.Random,
    distinct: Vector,
) -> None:
    scores, rows = distinct[: len(candidates[0])], candidates[1]  # no exact ties
    order = list(range(len(scores)))
    shuffle.shuffle(order)
    moved = rule([scores[i] for i in order], [rows[i] for i in order], budget)
    assert moved.counts.tolist() == rule(scores, rows, budget).counts[order].tolist()


@pytest.mark.parametrize(
    "rule", [r for name, r in RULES.items() if name not in ("dvts", "dora directions")]
)
@QUICK
@given(CANDIDATES, st.integers(0, 40))
def test_at_equal_diversity_a_higher_score_never_gets_less(
    rule: Rule, candidates: tuple[Vector, list[Vector]], budget: int
) -> None:
    scores, rows = candidates
    ours = rule(scores, rows, budget)
    gamma = np.ones(len(scores)) if ours.gamma is None else np.nan_to_num(ours.gamma)
    for i, one in enumerate(scores):
        for j, other in enumerate(scores):
            if gamma[i] == gamma[j] and one > other:
                assert ours.counts[i] >= ours.counts[j]


@QUICK
@given(CANDIDATES, st.integers(0, 60), st.sampled_from(TEMPERATURES), st.sampled_from(KAPPAS))
def test_hot_directions_make_dora_rebase(
    candidates: tuple[Vector, list[Vector]], budget: int, t_b: float, kappa: float
) -> None:
    scores, rows = candidates
    expected = rebase(scores, budget, t_b=t_b, kappa=kappa)
    for t_s in (math.inf, 1e15):
        ours = dora(scores, rows, budget, t_b=t_b, t_s=t_s, kappa=kappa)
        assert ours.counts.tolist() == expected.counts.tolist()
        assert ours.gamma == pytest.approx([1 / len(scores)] * len(scores))


@QUICK
@given(
    st.lists(SCORE, min_size=1, max_size=9), st.integers(0, 60), st.sampled_from([0, 0.01, 1, 9])
)
def test_when_all_are_unlike_dora_is_rebase(scores: Vector, budget: int, t_s: float) -> None:
    expected = rebase(scores, budget).counts.tolist()
    k = len(scores)
    assert dora(scores, np.eye(k), budget, t_s=t_s).counts.tolist() == expected
    assert dora(scores, [None] * k, budget, t_s=t_s).counts.tolist() == expected
    assert dora_by_direction(scores, by_value([None] * k), budget).counts.tolist() == expected


@QUICK
@given(
    st.lists(st.tuples(SCORE, st.integers(0, 3)), min_size=1, max_size=8),
    st.integers(0, 7),
    st.integers(1, 5),
    st.sampled_from([0.0, 1e-6, 0.01]),
)
def test_repeating_a_candidate_leaves_its_direction_s_share(
    candidates: list[tuple[float, int]], which: int, copies: int, t_s: float
) -> None:
    """Theorem 1, with equal scores inside a direction."""
    quality = {direction: score for score, direction in reversed(candidates)}
    labels = [direction for _, direction in candidates]
    more = labels + [labels[which % len(labels)]] * copies

    def shares(labels: list[int]) -> dict[int, float]:
        scores = [quality[label] for label in labels]
        whole = dora(scores, np.eye(4)[labels], 100, t_s=t_s).share
        hard = dora_by_direction(scores, by_value(labels), 100).share
        assert whole is not None and hard is not None and whole == pytest.approx(hard)
        return {d: float(whole[np.array(labels) == d].sum()) for d in sorted(quality)}

    assert shares(more) == pytest.approx(shares(labels))

    def counts(labels: list[int]) -> list[int]:
        scores = [quality[label] for label in labels]
        got = dora_by_direction(scores, by_value(labels), 10, level="direction").counts
        return [int(got[np.array(labels) == d].sum()) for d in dict.fromkeys(labels)]

    assert counts(more) == counts(labels), "rollouts too, when directions are apportioned"


@QUICK
@given(CANDIDATES, st.integers(0, 8), st.floats(0, 1), st.integers(0, 40))
def test_a_better_score_never_costs_rollouts(
    candidates: tuple[Vector, list[Vector]], which: int, gain: float, budget: int
) -> None:
    scores, rows = candidates
    which %= len(scores)
    better = scores.copy()
    better[which] += gain
    for rule in (
        "dora T_s 0.0",
        "dora T_s 0.1",
        "dora clusters",
        "rebase 0.1",
        "beam 4",
        "uniform",
    ):
        before = RULES[rule](scores, rows, budget).counts[which]
        assert RULES[rule](better, rows, budget).counts[which] >= before


@QUICK
@given(st.integers(0, 9), st.integers(1, 6))
def test_nobody_and_no_budget(k: int, width: int) -> None:
    scores, rows = [0.5] * k, [[1.0, 0.0]] * k
    everyone = [
        uniform(k, 0), beam(scores, 0, width), dvts(scores, 0, width), rebase(scores, 0),
        rebase_original(scores, 0), dora(scores, rows, 0), dora(scores, rows, 0, prefilter=True),
        dora_by_direction(scores, soft(rows), 0),
        dora_by_direction(scores, by_value(scores), 0, level="direction"),
    ]  # fmt: skip
    assert [ours.counts.tolist() for ours in everyone] == [[0] * k] * len(everyone)


@EVERY_RULE
def test_a_budget_without_candidates_is_refused(rule: Rule) -> None:
    with pytest.raises(ValueError, match="no candidates"):
        rule([], [], 3)


@pytest.mark.parametrize("name", [name for name in RULES if name != "uniform"])
@pytest.mark.parametrize("missing", [None, math.nan])
def test_a_missing_score_is_refused(name: str, missing: float) -> None:
    with pytest.raises(ValueError, match=r"scores\[1\] is missing"):
        RULES[name]([0.5, missing], [[1.0, 0.0], [0.0, 1.0]], 3)
