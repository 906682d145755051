"""Policies: the formula against every possible course and against simulation."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.belief import Belief, beta, known, mixture
from scale_core.allocation.policies import (
    Checker,
    Policy,
    Step,
    from_record,
    majority_success,
    measured,
    policies,
    policy_value,
    rejected,
    right_given,
    value,
)

QUICK = settings(max_examples=60, deadline=None, derandomize=True)
UNIT = st.floats(0, 1)
SEQUENCE = st.lists(st.tuples(UNIT, st.floats(0, 50)), min_size=1, max_size=5)
CHECKERS = st.builds(Checker, UNIT, UNIT, st.floats(0, 10))
GOOD = Checker(0.9, 0.1, 3)


def followed(
    sequence: list[tuple[float, float]], t: float, f: float, v: float
) -> tuple[float, float]:
    """Success and cost as a sum over what can happen: each sample right or wrong, accepted or
    not, with its probability."""
    success = cost = 0.0
    for course in itertools.product([(r, a) for r in (0, 1) for a in (0, 1)], repeat=len(sequence)):
        chance, spent, result = 1.0, 0.0, None
        for (right, accepted), (p, c) in zip(course, sequence, strict=True):
            chance *= (p if right else 1 - p) * _verdict(right, accepted, t, f)
            if result is None:
                spent += c + v
                result = right if accepted else None
        last = course[-1][0]
        success += chance * (last if result is None else result)
        cost += chance * spent
    return success, cost


def _verdict(right: int, accepted: int, t: float, f: float) -> float:
    rate = t if right else f
    return rate if accepted else 1 - rate


@QUICK
@given(SEQUENCE, CHECKERS)
def test_the_formula_is_the_sum_over_all_courses(
    sequence: list[tuple[float, float]], checker: Checker
) -> None:
    found = policy_value(sequence, checker.t, checker.f, checker.v)
    exact = followed(sequence, checker.t, checker.f, checker.v)
    assert (found.success, found.cost) == pytest.approx(exact, abs=1e-9)


def test_what_the_formula_says_in_words() -> None:
    assert policy_value([(0.3, 10)], 0.8, 0.2, 5).success == pytest.approx(0.3)
    perfect = policy_value([(0.3, 10)] * 4, 1, 0, 5)
    assert perfect.success == pytest.approx(1 - 0.7**4)
    assert perfect.cost == pytest.approx(15 * (1 + 0.7 + 0.49 + 0.343))
    blind = policy_value([(0.3, 10), (0.9, 40)], 1, 1, 5)
    assert (blind.success, blind.cost) == pytest.approx((0.3, 15)), "accepts whatever comes first"
    caps = [policy_value([(0.5, 1)] * n, 1, 0.2, 0).success for n in (1, 4, 16, 64)]
    assert caps[-1] == pytest.approx(0.5 / 0.6), "f > 0 caps what any budget can buy"


def simulate(
    policy: Policy, step: Step, checker: Checker, runs: int, seed: int
) -> tuple[float, float]:
    """One run after another in law: draws the chances, then the samples and the verdicts."""
    rng = np.random.default_rng(seed)
    at = rng.choice(len(step.belief.weights), runs, p=step.belief.weights)
    open_, result = np.ones(runs, bool), np.zeros(runs, bool)
    cost = np.zeros(runs)
    for mode in policy.modes:
        right = rng.random(runs) < step.belief.of(mode)[at]
        accepted = rng.random(runs) < np.where(right, checker.t, checker.f)
        cost += open_ * (step.costs[mode - 1] + checker.v)
        result = np.where(open_, right, result)
        open_ &= ~accepted
    return float(result.mean()), float(cost.mean())


def simulate_vote(policy: Policy, step: Step, runs: int, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    mode, n = policy.modes[0], len(policy.modes)
    p = step.belief.of(mode)[rng.choice(len(step.belief.weights), runs, p=step.belief.weights)]
    wrong = np.cumsum(step.wrong[mode - 1])
    votes = np.zeros((runs, len(wrong) + 2))
    for i in range(n):
        kind = np.where(rng.random(runs) < p, 0, 1 + np.searchsorted(wrong, rng.random(runs)))
        votes[np.arange(runs), kind] += 1 + 1e-3 / 2**i  # of equal counts the earliest weighs most
    votes = votes[:, :-1]  # unreadable
    return float(((votes.argmax(axis=1) == 0) & (votes.max(axis=1) > 0)).mean()), n * step.costs[
        mode - 1
    ]


BELIEFS = {
    "known": known(0.4, 0.8),
    "beta": beta((1.0, 1.5), (3.0, 1.0)),
    "tied": mixture([(0.95, 0.99), (0.5, 0.9), (0.05, 0.3)], [2, 1, 1]),
}


@pytest.mark.parametrize("belief", BELIEFS.values(), ids=BELIEFS)
@pytest.mark.parametrize("checker", [GOOD, Checker(1, 0, 0), Checker(0.6, 0.4, 7)])
def test_checked_policies_against_simulation(belief: Belief, checker: Checker) -> None:
    step = Step(belief, (12, 55))
    for modes in ((1,), (2, 2, 2), (1, 2, 2, 2), (1, 1, 1)):
        policy = Policy(modes, verified=True)
        found = value(step, policy, checker)
        success, cost = simulate(policy, step, checker, 200_000, seed=len(modes))
        assert found.success == pytest.approx(success, abs=0.005)
        assert found.cost == pytest.approx(cost, rel=0.01)


@pytest.mark.parametrize("belief", BELIEFS.values(), ids=BELIEFS)
def test_votes_against_simulation(belief: Belief) -> None:
    step = Step(belief, (12, 55), ((0.5, 0.3, 0.1), (1.0,)))
    for modes in ((1,) * 2, (1,) * 5, (1,) * 8, (2,) * 5):
        found = value(step, Policy(modes))
        success, cost = simulate_vote(Policy(modes), step, 200_000, seed=len(modes))
        assert found.success == pytest.approx(success, abs=0.005)
        assert found.cost == cost


def test_samples_of_one_step_are_not_independent() -> None:
    """With p uncertain, repeated samples help less than their average chance promises."""
    sure, unsure = Step(known(0.6, 0.6), (10, 10)), Step(beta((0.6, 0.4), (0.6, 0.4)), (10, 10))
    for policy in (Policy((2,) * 4, True), Policy((2,) * 5)):
        assert (
            value(unsure, policy, Checker()).success < value(sure, policy, Checker()).success - 0.05
        )
    assert value(unsure, Policy((2,))).success == pytest.approx(0.6), "one sample is one sample"
    four = value(unsure, Policy((2,) * 4, True), Checker()).success
    fails = [(0.4 + i) / (1 + i) for i in range(4)]  # E[(1-p)^4] of Beta(.6, .4)
    assert four == pytest.approx(1 - np.prod(fails))


def test_the_useful_policies() -> None:
    step = Step(known(0.4, 0.8), (10, 50))
    plain = policies(step, 3)
    assert [o.policy.modes for o in plain] == [(1,), (1, 1), (1, 1, 1), (2,), (2, 2), (2, 2, 2)]
    every = policies(step, 3, GOOD, standing=0.2)
    assert len({o.policy for o in every}) == len(every) == 1 + 6 + 6 + 2
    assert every[0].policy == Policy(()) and (every[0].success, every[0].cost) == (0.2, 0.0)
    escalations = [o for o in every if len(set(o.policy.modes)) == 2]
    assert [o.policy.modes for o in escalations] == [(1, 2), (1, 2, 2)]
    for option in every[1:]:
        worth = value(step, option.policy, GOOD)
        assert (option.success, option.cost) == (worth.success, worth.cost)
    one = next(o for o in every if o.policy == Policy((1,)))
    checked = next(o for o in every if o.policy == Policy((1,), True))
    assert one.success == pytest.approx(checked.success) and one.cost < checked.cost


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Policy(()), "as it stands"),
        (Policy((1,)), "1 × System 1"),
        (Policy((2,) * 5), "5 × System 2, majority"),
        (Policy((2,) * 3, True), "up to 3 × System 2, checked"),
        (Policy((1, 2), True), "1 × System 1, then up to 1 × System 2, checked"),
        (Policy((2,) * 4, sure=True), "up to 4 × System 2, until sure"),
        (Policy((1, 2, 2, 2), True), "1 × System 1, then up to 3 × System 2, checked"),
    ],
)
def test_policies_in_words(policy: Policy, words: str) -> None:
    assert str(policy) == words


@pytest.mark.parametrize(
    "wrong_use",
    [
        lambda step: value(step, Policy(())),
        lambda step: value(step, Policy((1, 2))),
        lambda step: value(step, Policy((1,), True)),
        lambda step: value(step, Policy((1, 1), sure=True)),
        lambda step: Step(step.belief, (-1, 2)),
        lambda step: Checker(1.2, 0),
    ],
)
def test_what_has_no_value_is_refused(wrong_use: Callable[[Step], object]) -> None:
    with pytest.raises(ValueError):
        wrong_use(Step(known(0.5, 0.5), (1, 2)))


# Planning anew


def test_each_mode_may_have_its_own_verifier() -> None:
    one, two = Checker(0.9, 0.1, 3), Checker(0.5, 0.4, 7)
    step = Step(known(0.3, 0.8), (12, 55), checkers=(one, two))
    for mode, checker in ((1, one), (2, two)):
        policy = Policy((mode,) * 3, verified=True)
        alone = value(Step(known(0.3, 0.8), (12, 55)), policy, checker)
        assert value(step, policy, Checker(0.1, 0.9, 100)) == alone, "its own comes first"
    rejects = 1 - one.t * 0.3 - one.f * 0.7
    found = value(step, Policy((1, 2), verified=True))
    assert found.success == pytest.approx(0.3 * one.t + rejects * 0.8)
    assert found.cost == pytest.approx(15 + rejects * 62)
    assert any(o.policy.verified for o in policies(step, 3))


def test_samples_asked_for_together_pay_their_prompt_once() -> None:
    step = Step(known(0.3, 0.8), (12, 55), once=(8, 10))
    costs = [value(step, Policy((mode,) * n)).cost for mode, n in ((1, 1), (1, 4), (2, 4))]
    assert costs == [12, 8 + 4 * 4, 10 + 4 * 45]
    assert value(step, Policy((2, 2), verified=True), Checker(1, 0, 0)).cost == 55 + 0.2 * 55
    with pytest.raises(ValueError, match="part of"):
        Step(known(0.3, 0.8), (12, 55), once=(13, 0))


@QUICK
@given(st.floats(0.01, 0.99), CHECKERS)
def test_a_rejected_result_of_known_chance(p: float, checker: Checker) -> None:
    a = p * checker.t + (1 - p) * checker.f
    step, left = rejected(Step(known(p, 0.9), (10, 50)), 1, checker)
    if a < 1 - 1e-9:
        assert left == pytest.approx(p * (1 - checker.t) / (1 - a), abs=1e-9)
    assert step.belief.mean(1) == pytest.approx(p), "a chance that is known stays"


def test_a_rejection_makes_the_step_look_harder() -> None:
    step = Step(beta((2, 3), (4, 2)), (10, 50))
    perfect, left = rejected(step, 1, Checker())
    assert perfect.belief.mean(1) == pytest.approx(2 / 6), "Beta(2, 3) becomes Beta(2, 4)"
    assert (left, perfect.belief.mean(2)) == pytest.approx((0.0, 4 / 6))
    noisy, left = rejected(step, 1, GOOD)
    assert 2 / 6 < noisy.belief.mean(1) < 2 / 5
    assert 0 < left < 0.4
    tied = Step(BELIEFS["tied"], (10, 50))
    assert rejected(tied, 1, GOOD)[0].belief.mean(2) < tied.belief.mean(2)
    assert perfect.costs == step.costs


@pytest.mark.parametrize("belief", BELIEFS.values(), ids=BELIEFS)
def test_planning_anew_agrees_with_having_planned(belief: Belief) -> None:
    """An escalation is worth its first sample, plus what the rest is worth after a rejection."""
    step = Step(belief, (10, 50))
    whole = value(step, Policy((1, 2, 2), True), GOOD)
    refused = 1 - float(belief.weights @ GOOD.accepts(belief.of(1)))
    right = right_given(belief, 1, GOOD, accepted=True) * (1 - refused)
    after, left = rejected(step, 1, GOOD)
    rest = value(after, Policy((2, 2), True), GOOD)
    assert whole.success == pytest.approx(right + refused * rest.success)
    assert whole.cost == pytest.approx(10 + GOOD.v + refused * rest.cost)
    both = right + refused * left
    assert both == pytest.approx(belief.mean(1)), "left as it is, the sample has its own chance"
    assert policies(after, 2, GOOD, left)[0].success == left


# Hindsight


def test_a_step_from_a_bank() -> None:
    one = ["4", "5", "4", None, "6", "5", "5", "4"]
    two = ["4", "4", "4", "4"]
    step = from_record((one, two), "4", ([10, 12] * 4, [40, 60, 40, 60]))
    assert (step.belief.mean(1), step.belief.mean(2)) == (3 / 8, 1.0)
    assert step.costs == (11, 50)
    assert step.wrong == ((3 / 5, 1 / 5), (1.0,))
    vote = value(step, Policy((1,) * 3)).success
    assert vote == pytest.approx(float(majority_success(3 / 8, 3, (3 / 5, 1 / 5))))
    rng = np.random.default_rng(0)
    wins = 0
    for _ in range(20_000):
        drawn = [one[i] for i in rng.integers(8, size=3)]
        given = [a for a in drawn if a is not None]
        wins += bool(given) and max(dict.fromkeys(given), key=given.count) == "4"
    assert vote == pytest.approx(wins / 20_000, abs=0.015)
    with pytest.raises(ValueError, match="both modes"):
        from_record(([], two), "4", ([], [1.0]))


def test_a_verifier_from_a_bank() -> None:
    checker = measured([True, True, False, False, False], [True, False, True, False, False], [4, 6])
    assert (checker.t, checker.f, checker.v) == pytest.approx((1 / 2, 1 / 3, 5))
    assert measured([], [], []) == Checker(1, 0, 0)
