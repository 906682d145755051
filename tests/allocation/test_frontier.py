"""The frontier of small plans against all combinations, and the hull against all prices."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.belief import known
from scale_core.allocation.frontier import (
    PlanPoint,
    best_at,
    efficient,
    frontier,
    hull,
    point,
    regret,
)
from scale_core.allocation.policies import Checker, Option, Policy, Step, policies

QUICK = settings(max_examples=60, deadline=None, derandomize=True)
SOME = Policy((1,))


def options(*pairs: tuple[float, float]) -> tuple[Option, ...]:
    """Options from (success, cost)."""
    return tuple(Option(SOME, success, cost) for success, cost in pairs)


OPTION = st.tuples(
    st.sampled_from([0.0, 0.2, 0.5, 0.5, 0.8, 1.0]) | st.floats(1e-6, 1),  # products stay above 0
    st.sampled_from([0.0, 10.0, 20.0, 40.0]) | st.integers(0, 60_000).map(lambda c: c / 1000),
)
PLANS = st.lists(
    st.lists(OPTION, min_size=1, max_size=5).map(lambda pairs: options(*pairs)),
    min_size=1,
    max_size=4,
)


def random_plan(seed: int, steps: int = 4, most: int = 4) -> list[tuple[Option, ...]]:
    """A plan of real policies: chances and costs as an engine might have them."""
    rng = np.random.default_rng(seed)
    checker = Checker(0.95, 0.1, 6.0)
    plan = []
    for _ in range(steps):
        p1 = rng.uniform(0.1, 0.9)
        p2 = p1 + (1 - p1) * rng.uniform(0.3, 0.9)
        costs = (rng.uniform(5, 15), rng.uniform(20, 60))
        plan.append(policies(Step(known(p1, p2), costs), most, checker))
    return plan


def every(plan: list[tuple[Option, ...]]) -> list[PlanPoint]:
    return [point(plan, ids) for ids in itertools.product(*(range(len(o)) for o in plan))]


def best_of(points: list[PlanPoint], budget: float) -> float | None:
    return max((p.success for p in points if p.cost <= budget), default=None)


@QUICK
@given(PLANS)
def test_the_frontier_is_what_no_combination_beats(plan: list[tuple[Option, ...]]) -> None:
    points, found = every(plan), frontier(plan)
    assert found.tolerance == 0
    assert (np.diff(found.costs) > 0).all() and (np.diff(found.successes) > 0).all()
    for i in range(len(found)):
        here = found.point(i)
        assert here == point(plan, here.choices)
        assert best_of(points, here.cost) == here.success
    for p in points:
        best = best_at(found, p.cost)
        assert best is not None
        assert best.success >= p.success and best.cost <= p.cost * (1 + 1e-9)


@QUICK
@given(PLANS, st.floats(0, 150))
def test_a_budget_only_cuts_the_frontier(plan: list[tuple[Option, ...]], budget: float) -> None:
    whole, cut = frontier(plan), frontier(plan, budget)
    wanted = [whole.point(i) for i in range(len(whole)) if whole.costs[i] <= budget]
    assert [cut.point(i) for i in range(len(cut))] == wanted
    if not wanted:
        assert best_at(cut, budget) is None


@pytest.mark.parametrize("seed", range(4))
def test_real_policies_against_all_combinations(seed: int) -> None:
    plan = random_plan(seed, steps=3)
    points, found = every(plan), frontier(plan)
    for budget in (10, 20, 40, 80, 120, 160, 240, 320, 1000):
        best = best_at(found, budget)
        assert (best.success if best else None) == best_of(points, budget)


# The hull


@QUICK
@given(PLANS)
def test_the_hull_is_the_hull_of_all_combinations(plan: list[tuple[Option, ...]]) -> None:
    """No combination lies above the polygon through its points, in log success."""
    corners = hull(plan)
    points = [(p.cost, math.log(p.success)) for p in every(plan) if p.success > 0]
    if not points:
        assert len(corners) == 1 and corners[0].success == 0
        return
    xs = [p.cost for p in corners]
    ys = [math.log(p.success) for p in corners]
    assert xs == sorted(xs) and ys == sorted(ys)
    assert xs[0] == pytest.approx(min(x for x, _ in points))
    assert ys[-1] == pytest.approx(max(y for _, y in points))
    for x, y in points:
        assert y <= np.interp(x, xs, ys) + 1e-9


@QUICK
@given(PLANS, st.floats(1e-4, 1))
def test_one_price_for_a_token(plan: list[tuple[Option, ...]], price: float) -> None:
    """The best combination at a price is the last point of the hull that it pays to reach."""

    def worth(p: PlanPoint) -> float:
        return math.log(p.success) - price * p.cost if p.success > 0 else -math.inf

    best = max(worth(p) for p in every(plan))
    assert max(worth(p) for p in hull(plan)) == pytest.approx(best)
    if best > -math.inf:
        passed = [p for p in hull(plan) if p.price is not None and p.price > price * (1 + 1e-9)]
        assert worth(passed[-1]) == pytest.approx(best)


@QUICK
@given(PLANS)
def test_the_hull_lies_on_the_frontier(plan: list[tuple[Option, ...]]) -> None:
    found = frontier(plan)
    for corner in hull(plan):
        best = best_at(found, corner.cost)
        assert best is not None
        assert best.success == pytest.approx(corner.success, rel=1e-9)


def test_between_its_corners_the_hull_falls_short() -> None:
    """Over random plans of 4 steps: never above the frontier, below it where tokens are few and
    hardly where they are many."""
    short: dict[int, list[float]] = {}
    for seed in range(12):
        plan = random_plan(seed)
        found, corners = frontier(plan), hull(plan)
        for budget in (60, 80, 120, 240, 480):
            best = best_at(found, budget)
            on_hull = max((p.success for p in corners if p.cost <= budget), default=0.0)
            top = best.success if best else 0.0
            assert on_hull <= top * (1 + 1e-12)
            if top:
                short.setdefault(budget, []).append(1 - on_hull / top)
    mean = {budget: np.mean(losses) for budget, losses in short.items()}
    assert mean[60] > 0.02 and mean[80] > 0.02
    assert mean[480] < 0.01
    assert any(loss == 0 for losses in short.values() for loss in losses)


# Size


def test_a_thinned_frontier_keeps_its_promise() -> None:
    plan = random_plan(5, steps=9, most=8)
    whole = frontier(plan, most=10**6)
    assert whole.tolerance == 0 and len(whole) > 2000
    for most in (50, 300, 1500):
        thin = frontier(plan, most=most)
        assert len(thin) <= most and thin.tolerance > 0
        for i in range(0, len(whole), 7):
            near = best_at(thin, whole.costs[i])
            assert near is not None and near.cost <= whole.costs[i] * (1 + 1e-9)
            assert whole.successes[i] <= near.success * (1 + thin.tolerance) * (1 + 1e-9)
        for i in range(0, len(thin), 11):
            assert thin.point(i) == point(plan, thin.point(i).choices), "what is kept is real"
    coarse, fine = frontier(plan, most=50).tolerance, frontier(plan, most=1500).tolerance
    assert fine < coarse / 5 and fine < 0.05


# Reading it


def test_best_and_regret() -> None:
    plan = [options((0.5, 10), (0.9, 40)), options((0.8, 20), (1.0, 30))]
    found = frontier(plan)
    assert [(c, s) for c, s in zip(found.costs, found.successes, strict=True)] == [
        (30, 0.4), (40, 0.5), (60, 0.9 * 0.8), (70, 0.9),
    ]  # fmt: skip
    assert best_at(found, 29) is None
    best = best_at(found, 65)
    assert best is not None and best.choices == (1, 0)
    on = regret(found, 60, 0.72)
    assert (on.tokens, on.probability) == pytest.approx((0, 0))
    wasteful = regret(found, 75, 0.45)
    assert (wasteful.tokens, wasteful.probability) == pytest.approx((35, 0.45))
    lucky = regret(found, 40, 0.95)
    assert lucky.tokens is None and lucky.probability == pytest.approx(-0.45)
    cheap = regret(found, 10, 0.3)
    assert (cheap.tokens, cheap.probability) == pytest.approx((-20, -0.3))


def test_sums_in_another_order_are_the_same_cost() -> None:
    plan = [options((0.5, 0.1)), options((0.5, 0.2)), options((0.5, 0.3))]
    assert best_at(frontier(plan, 0.6), 0.6) is not None
    assert regret(frontier(plan), 0.3 + 0.2 + 0.1, 0.125).tokens == pytest.approx(0)


def test_a_hopeless_step_makes_the_plan_hopeless() -> None:
    plan = [options((0.5, 10), (0.9, 40)), options((0.0, 5), (0.0, 3))]
    found = frontier(plan)
    assert len(found) == 1 and (found.costs[0], found.successes[0]) == (13, 0)
    assert [p.success for p in hull(plan)] == [0]


def test_of_equal_options_the_first_stays() -> None:
    assert efficient(options((0.5, 10), (0.5, 10), (0.4, 10), (0.4, 5), (0.5, 20))) == [3, 0]
    with pytest.raises(ValueError):
        efficient(())
    with pytest.raises(ValueError):
        frontier([])
