"""The bandit against closed forms: coverage on known mixtures, and what the theory promises.

Acceptance tests of the method: same responses for all rules, first successes drawn beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.bandit.algorithm import Bandit
from scale_core.allocation.bandit.rules import Rule
from scale_core.allocation.bandit.values import Settings, State, Unit
from tests.allocation.streams import A, B, C, Mix, first_successes, oracle, play, pool

QUICK = settings(max_examples=50, deadline=None, derandomize=True)
ARMS, SEEDS, EACH = 500, 20, (2, 4, 8, 16, 32)
MIXES = {"A": A, "B": B}
FIRST = st.lists(st.integers(1, 12), min_size=1, max_size=12)
BINARY_RULES = (Rule.UCB, Rule.GAP, Rule.ENTROPY)


@cache
def gains(name: str) -> np.ndarray:
    """Coverage of Elimination less that of Uniform, in points: [seeds, budgets].

    One run to the largest budget holds them all: what Elimination does does not depend on how
    much is left (a test below).
    """
    found = []
    for seed in range(SEEDS):
        first = pool(MIXES[name], ARMS, seed)
        log = play(Bandit(ARMS, Settings(budget=EACH[-1] * ARMS)), oracle(first))
        solved = np.cumsum([record.state is State.SOLVED for record in log])
        at = [solved[min(each * ARMS, len(log)) - 1] for each in EACH]
        uniform = [(first <= each).sum() for each in EACH]
        found.append(100 * (np.array(at) - uniform) / ARMS)
    return np.array(found)


@pytest.mark.parametrize(
    ("mix", "wanted"),
    [
        (A, (8.46, 11.40, 10.81, 9.14, 7.37)),
        (B, (6.74, 6.26, 3.36, 1.32, 0.42)),
        (C, (0.02, 0.13, 0.46, 1.24, 2.39)),
    ],
    ids="ABC",
)
def test_the_closed_form_gives_the_published_numbers(mix: Mix, wanted: Sequence[float]) -> None:
    exact = [100 * (mix.elimination(each) - mix.uniform(each)) for each in EACH]
    assert exact == pytest.approx(wanted, abs=0.04)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least"), [("A", (8.0, 10.8, 9.8, 8.2, 6.5)), ("B", (6.0, 5.5, 2.9, 1.0, 0.2))]
)
def test_elimination_gains_what_the_closed_form_says(name: str, least: Sequence[float]) -> None:
    mix, mean = MIXES[name], gains(name).mean(axis=0)
    exact = np.array([100 * (mix.elimination(each) - mix.uniform(each)) for each in EACH])
    assert (mean >= least).all(), mean
    assert (abs(mean - exact) <= 0.9).all(), mean - exact


def test_no_seed_gains_little() -> None:
    assert (gains("A").min(axis=0) >= (5.5, 8.5, 5.5, 5.0, 4.0)).all(), gains("A").min(axis=0)
    for name in MIXES:
        assert (gains(name) >= 0).all(), "never below Uniform on the same responses"


@QUICK
@given(FIRST, st.integers(0, 60), st.integers(0, 60))
def test_a_smaller_budget_is_the_beginning_of_a_larger_one(
    first: list[int], small: int, more: int
) -> None:
    logs = [
        [
            (r.decision.arm, r.reward)
            for r in play(Bandit(len(first), Settings(budget)), oracle(first))
        ]
        for budget in (small, small + more)
    ]
    assert logs[1][: len(logs[0])] == logs[0]
    assert len(logs[0]) == min(small, len(logs[1]))


@QUICK
@given(FIRST, st.integers(0, 8))
def test_elimination_is_never_below_uniform(first: list[int], each: int) -> None:
    bandit = Bandit(len(first), Settings(each * len(first)))
    play(bandit, oracle(first))
    uniform = {i for i, number in enumerate(first) if number <= each}
    assert uniform <= set(bandit.solved)
    if each <= 1:
        assert uniform == set(bandit.solved)


@pytest.mark.parametrize("rule", BINARY_RULES)
@given(first=FIRST, budget=st.integers(0, 80), lam=st.sampled_from([0.0, 0.2, 1.0, 3.0]))
@QUICK
def test_with_a_binary_oracle_every_rule_is_elimination(
    rule: Rule, first: list[int], budget: int, lam: float
) -> None:
    def arms(rule: Rule) -> list[int]:
        bandit = Bandit(len(first), Settings(budget, rule, lam=lam))
        return [record.decision.arm for record in play(bandit, oracle(first))]

    assert arms(rule) == arms(Rule.ELIMINATION)


@QUICK
@given(FIRST, st.integers(1, 6), st.sampled_from([Rule.ELIMINATION, Rule.UCB, Rule.GAP]))
def test_k_of_the_whole_share_is_uniform(first: list[int], each: int, rule: Rule) -> None:
    budget = each * len(first)
    ours = Bandit(len(first), Settings(budget, rule, k=each, any_k=True))
    uniform = Bandit(len(first), Settings(budget, Rule.UNIFORM))
    play(ours, oracle(first))
    play(uniform, oracle(first))
    assert ours.spent == uniform.spent == budget
    assert ours.solved == uniform.solved
    for i in range(len(first)):
        assert ours.arm(i).pulls == uniform.arm(i).pulls == each


def test_solving_all_costs_what_the_theorem_says() -> None:
    """Chance i/n for arm i: Elimination needs the sum of the waits (n H_n on average, 1176 for
    n = 200), Uniform n times the longest."""
    n, totals = 200, []
    for seed in range(60):
        first = np.random.default_rng(seed).geometric(np.arange(1, n + 1) / n)
        bandit = Bandit(n, Settings(10**6))
        play(bandit, oracle(first))
        assert len(bandit.solved) == n and bandit.spent == first.sum()
        totals.append(bandit.spent)
        assert bandit.uniform == n * first.max()
    expected = n * (1 / np.arange(1, n + 1)).sum()
    assert expected == pytest.approx(1175.6, abs=0.1)
    assert np.mean(totals) == pytest.approx(expected, abs=4 * np.std(totals) / np.sqrt(60))
    assert np.mean(totals) == pytest.approx(expected, rel=0.1)


def test_uniform_needs_its_longest_wait_for_every_arm() -> None:
    first = pool(A, 40, 3)
    first = np.minimum(first, 30)
    enough = Bandit(40, Settings(int(40 * first.max()), Rule.UNIFORM))
    play(enough, oracle(first))
    short = Bandit(40, Settings(int(40 * (first.max() - 1)), Rule.UNIFORM))
    play(short, oracle(first))
    assert len(enough.solved) == 40 > len(short.solved)


@pytest.mark.parametrize(("each", "wanted"), [(2, 71.58), (4, 81.81), (8, 88.46)])
def test_two_stage_wastes_its_first_stage(each: int, wanted: float) -> None:
    """Half the budget evenly, the other half evenly over the unsolved: closed form for a large
    pool, E[1-(1-p)^R] with R = b/2 + (b/2) / E[(1-p)^(b/2)]."""
    half = each / 2
    rounds = half + half / A.fails(half)
    low, part = int(rounds), rounds % 1  # R is not whole: part of the arms get one more
    exact = 100 * (1 - (1 - part) * A.fails(low) - part * A.fails(low + 1))
    assert exact == pytest.approx(wanted, abs=0.15)
    shares = []
    for seed in range(12):
        bandit = Bandit(ARMS, Settings(each * ARMS, Rule.TWO_STAGE))
        play(bandit, oracle(pool(A, ARMS, seed)))
        assert bandit.spent == each * ARMS
        shares.append(100 * len(bandit.solved) / ARMS)
    assert np.mean(shares) == pytest.approx(exact, abs=1.5)


@pytest.mark.parametrize(("k", "wanted"), [(2, (65.3, 84.5, 92.4)), (4, (37.9, 75.4, 90.6))])
def test_larger_k_costs_coverage(k: int, wanted: Sequence[float]) -> None:
    for each, share in zip((2, 4, 8), wanted, strict=True):
        found = []
        for seed in range(8):
            bandit = Bandit(ARMS, Settings(each * ARMS, k=k, any_k=True))
            play(bandit, oracle(pool(A, ARMS, seed)))
            found.append(100 * len(bandit.solved) / ARMS)
        assert np.mean(found) == pytest.approx(share, abs=2.0)


@pytest.mark.parametrize(("each", "wanted"), [(4, 85.46), (8, 89.61)])
def test_a_stream_comes_near_the_pool(each: int, wanted: float) -> None:
    found = []
    for seed in range(8):
        settings_ = Settings(each * ARMS, max_sample=3 * each, stream=True)
        bandit = Bandit(ARMS, settings_)
        play(bandit, oracle(pool(A, ARMS, seed)))
        found.append(100 * len(bandit.solved) / ARMS)
    assert np.mean(found) == pytest.approx(wanted, abs=2.0)


@pytest.mark.parametrize(("arms", "each", "wanted"), [(3, 4, 56.3), (5, 4, 44.0), (5, 8, 59.2)])
def test_all_sub_problems_solved(arms: int, each: int, wanted: float) -> None:
    first = [pool(A, arms, 1000 + seed) for seed in range(1500)]
    solved = sum(_all_solved(f, each * arms) for f in first)
    assert 100 * solved / len(first) == pytest.approx(wanted, abs=3.5)


def _all_solved(first: np.ndarray, budget: int) -> bool:
    bandit = Bandit(len(first), Settings(budget))
    play(bandit, oracle(first))
    return len(bandit.solved) == len(first)


@QUICK
@given(FIRST, st.integers(0, 80), st.booleans())
def test_a_plan_is_solved_if_its_waits_fit(first: list[int], budget: int, chain: bool) -> None:
    needs = [[i - 1] if i and chain else [] for i in range(len(first))]
    bandit = Bandit(len(first), Settings(budget), needs)
    play(bandit, oracle(first))
    assert (len(bandit.solved) == len(first)) == (sum(first) <= budget)
    assert bandit.spent == min(budget, sum(first))


@pytest.mark.slow
def test_a_graded_score_helps_on_a_hard_pool() -> None:
    """Half of the arms are hopeless and their responses score lower: Gap finds the others. With
    scores that say nothing it does not."""
    found: dict[tuple[Rule, bool], list[int]] = {}
    for seed in range(6):
        for rule in (Rule.ELIMINATION, Rule.GAP):
            for informative in (True, False):
                bandit = Bandit(ARMS, Settings(8 * ARMS, rule, gamma=0.9))
                play(bandit, _graded(seed, informative))
                found.setdefault((rule, informative), []).append(len(bandit.solved))
    better = np.subtract(found[Rule.GAP, True], found[Rule.ELIMINATION, True])
    assert better.mean() > 0.03 * ARMS
    plain = np.subtract(found[Rule.GAP, False], found[Rule.ELIMINATION, False])
    assert plain.mean() < 0.01 * ARMS


def _graded(seed: int, informative: bool) -> Callable[[int, int], float]:
    """Scores on mixture C: 1 for a right response; a wrong one scores higher, on average, where
    the arm is not hopeless, if the score is informative."""
    rng = np.random.default_rng(seed)
    chances = C.draw(rng, ARMS)
    right = oracle(first_successes(chances, rng))
    level = 0.4 + 0.4 * (chances > 0) * informative
    wrong = np.clip(level[:, None] + rng.normal(0, 0.1, (ARMS, 4000)), 0, 0.89)
    return lambda arm, pull: right(arm, pull) or float(wrong[arm, pull])


@QUICK
@given(FIRST, st.integers(0, 60), st.integers(1, 9), st.sampled_from([*Rule]))
def test_tokens_of_equal_cost_are_samples(
    first: list[int], budget: int, price: int, rule: Rule
) -> None:
    samples = Bandit(len(first), Settings(budget, rule))
    tokens = Bandit(len(first), Settings(budget * price, rule, unit=Unit.TOKENS), worst=price)
    one = play(samples, oracle(first))
    other = play(tokens, oracle(first), cost=lambda arm, pull: price)
    assert [r.decision.arm for r in one] == [r.decision.arm for r in other]
    assert [r.state for r in one] == [r.state for r in other]
    assert [r.left * price for r in one] == [r.left for r in other]
    assert [r.uniform * price for r in one] == pytest.approx([r.uniform for r in other])


@QUICK
@given(FIRST, st.integers(0, 400), st.sampled_from(BINARY_RULES), st.integers(0, 2**32))
def test_tokens_follow_the_trace_of_samples_until_they_end(
    first: list[int], budget: int, rule: Rule, seed: int
) -> None:
    costs = np.random.default_rng(seed).integers(1, 10, (len(first), 40))

    def cost(arm: int, pull: int) -> int:
        return int(costs[arm, pull])

    free = play(Bandit(len(first), Settings(10**6, rule)), oracle(first))
    tokens = Bandit(len(first), Settings(budget, rule, unit=Unit.TOKENS), worst=10)
    log = play(tokens, oracle(first), cost)
    assert [r.decision.arm for r in log] == [r.decision.arm for r in free][: len(log)]
    assert tokens.spent == sum(r.cost for r in log) <= budget
    assert len(tokens.solved) == len(first) or budget - tokens.spent < 10
