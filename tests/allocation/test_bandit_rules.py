"""Indices, entropy, and the order of the arms against a plain sort."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.bandit.rules import Ranking, Rule, bonus_scale, entropy, fixed_part

QUICK = settings(max_examples=80, deadline=None, derandomize=True)
COUNTS = st.lists(st.integers(1, 40), min_size=1, max_size=8)


@QUICK
@given(COUNTS, st.randoms(use_true_random=False))
def test_entropy_is_that_of_the_shares(counts: list[int], random: object) -> None:
    shares = np.array(counts) / sum(counts)
    assert entropy(counts) == pytest.approx(-(shares * np.log(shares)).sum(), abs=1e-12)
    mixed = list(counts)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert entropy(mixed) == entropy(counts), "to the last bit: ties must be ties"
    if sum(counts) > 1:
        assert entropy(counts, True) == pytest.approx(entropy(counts) / math.log(sum(counts)))
        assert 0 <= entropy(counts, True) <= 1 + 1e-12


def test_entropy_of_little() -> None:
    assert entropy([]) == entropy([1]) == entropy([9]) == 0
    assert entropy([1] * 7, True) == pytest.approx(1)


def index(rule: Rule, pulls: int, mean: float, spread: float = 0.0, t: int = 50) -> float:
    fixed = fixed_part(rule, pulls, mean, 0.9 - mean, spread, 0.02)
    return fixed + bonus_scale(rule, 0.5, t) / math.sqrt(pulls)


def test_indices_are_those_of_the_papers_summary() -> None:
    bonus = 0.5 * math.sqrt(math.log(50) / 4)
    assert index(Rule.UCB, 4, 0.3) == pytest.approx(0.3 + bonus)
    assert index(Rule.ENTROPY, 4, 0.3, spread=0.8) == pytest.approx(0.8 + bonus)
    assert index(Rule.GAP, 4, 0.3) == pytest.approx(1 / 0.6 / 4)
    assert index(Rule.GAP, 4, 0.899) == pytest.approx(1 / 0.02 / 4), "the gap is at least eps"
    for rule in (Rule.ELIMINATION, Rule.UNIFORM, Rule.TWO_STAGE):
        assert index(rule, 4, 0.3) == -4


@pytest.mark.parametrize("rule", list(Rule))
def test_an_arm_without_pulls_comes_first(rule: Rule) -> None:
    assert fixed_part(rule, 0, 0.0, 0.9, 0.0, 0.02) > fixed_part(rule, 1, 1.0, -0.1, 1.0, 0.02)
    assert bonus_scale(rule, 1.0, 0) == bonus_scale(rule, 1.0, 1) == 0


@pytest.mark.parametrize("limit", [None, 0, 1, 2])
@pytest.mark.parametrize("scale", [0.0, 0.5])
@pytest.mark.parametrize("seed", range(25))
def test_the_order_is_a_sort_by_index_pulls_arrival(
    seed: int, scale: float, limit: int | None
) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 30))
    most = int(rng.integers(1, 40))
    arms = [  # few values: many ties
        (
            float(rng.choice([0.0, 0.5, math.inf])),
            int(rng.integers(4)),
            int(rng.integers(1, 4)),
            bool(rng.random() < 0.8),
            bool(rng.random() < 0.8),
        )
        for _ in range(size)
    ]
    ranking, wanted = Ranking(len(arms)), []
    for i, (fixed, pulls, need, idle, is_open) in enumerate(arms):
        ranking.set(i, fixed, pulls, need, idle)
        if not is_open:
            ranking.close(i)
        elif limit is None or need <= limit:
            height = fixed + scale * (pulls**-0.5 if pulls else 0.0)
            wanted.append((-height, pulls, i, idle))
    wanted.sort()
    order = [i for _, _, i, _ in wanted]
    assert ranking.top(scale, most, limit) == order[:most]
    assert ranking.best(scale, limit) == order[:1]
    assert ranking.best(scale, limit, idle=True) == [i for _, _, i, idle in wanted if idle][:1]
    least = min((pulls for _, pulls, _, _ in wanted), default=0)
    round_ = [i for _, pulls, i, idle in wanted if idle and pulls == least]
    assert ranking.fewest(limit) == sorted(round_)


@QUICK
@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_counting_rules_take_the_first_of_the_fewest(pulls: list[int]) -> None:
    ranking = Ranking(len(pulls))
    for i, count in enumerate(pulls):
        ranking.set(i, fixed_part(Rule.ELIMINATION, count, 0, 1, 0, 1), count, 1, True)
    assert ranking.best(0.0) == [pulls.index(min(pulls))]
