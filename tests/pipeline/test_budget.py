"""Purses: a lane never spends more than its budget and one sample."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_core.pipeline.budget import BudgetMeter, Exhausted
from scale_core.trace.usage import Usage

requests = st.lists(st.tuples(st.integers(1, 8), st.floats(0.0, 1.0)), max_size=30)


def cost(granted: int, worst: int, part: float) -> Usage:
    return Usage(0, 0, round(granted * worst * part), 0)


@given(st.integers(0, 60), requests)
def test_rollouts_are_never_overdrawn(limit: int, wanted: list[tuple[int, float]]) -> None:
    purse, issued = BudgetMeter(limit), 0
    for n, _ in wanted:
        try:
            granted = purse.reserve("system2", n, 300)
        except Exhausted:
            assert issued == limit
            continue
        assert 1 <= granted <= n
        issued += granted
        purse.settle("system2", granted, 300, Usage(1, 0, 10, 0))
    assert purse.spent == issued <= limit


@given(st.integers(1, 3000), st.integers(1, 400), requests)
def test_tokens_exceed_the_budget_by_less_than_one_sample(
    limit: int, worst: int, wanted: list[tuple[int, float]]
) -> None:
    """Also when many requests are under way at once."""
    purse, open_requests = BudgetMeter(limit, "tokens"), list[tuple[int, float]]()
    for n, part in wanted:
        try:
            open_requests.append((purse.reserve("verify", n, worst), part))
        except Exhausted:
            assert purse.spent + sum(k * worst for k, _ in open_requests) >= limit
        if len(open_requests) > 3:
            granted, part = open_requests.pop(0)
            purse.settle("verify", granted, worst, cost(granted, worst, part))
    for granted, part in open_requests:
        purse.settle("verify", granted, worst, cost(granted, worst, part))
    assert purse.spent < limit + worst


def test_only_what_solves_is_a_rollout() -> None:
    purse = BudgetMeter(1)
    assert purse.reserve("outline", 4, 100) == 4
    purse.settle("outline", 4, 100, Usage(1, 0, 4, 0))
    assert purse.spent == 0 and purse.reserve("chain", 2, 100) == 1
    with pytest.raises(Exhausted):
        purse.reserve("system1", 1, 14)
    assert purse.reserve("verify", 1, 14) == 1


def test_a_slice_spends_from_its_parent_too() -> None:
    lane = BudgetMeter(10)
    first, second = lane.slice(3), lane.slice(9)
    first.settle("system2", first.reserve("system2", 5, 1), 1, Usage())
    assert (first.spent, lane.spent, lane.left) == (3, 3, 7)
    assert second.reserve("system2", 9, 1) == 7


def test_a_request_that_failed_gives_back_what_was_held() -> None:
    purse = BudgetMeter(2)
    purse.settle("system1", purse.reserve("system1", 2, 14), 14, None)
    assert (purse.spent, purse.left) == (0, 2)


def test_tokens_that_are_not_reported_count_as_reserved() -> None:
    purse = BudgetMeter(1000, "tokens")
    purse.settle("system2", purse.reserve("system2", 2, 100), 100, Usage(5, 0, None, None))
    assert purse.spent == 200


def test_before_a_limit_is_known_everything_is_granted() -> None:
    purse = BudgetMeter()
    assert purse.reserve("system2", 1000, 1) == 1000 and purse.left is None


def test_a_purse_knows_what_samples_of_a_stage_cost_so_far() -> None:
    lane = BudgetMeter(1000, "tokens")
    assert lane.mean("rate") is None
    part = lane.slice(300)
    part.settle("rate", part.reserve("rate", 2, 20), 20, Usage(8, 0, 2, 0))
    lane.settle("rate", lane.reserve("rate", 1, 20), 20, Usage(7, 0, 1, 0))
    lane.settle("system2", lane.reserve("system2", 1, 20), 20, Usage(5, 0, None, None))
    assert (part.mean("rate"), lane.mean("rate")) == (5.0, 6.0)
    assert lane.mean("system2") is None  # it was not reported
