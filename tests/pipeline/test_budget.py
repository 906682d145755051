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
    meter, issued = BudgetMeter(limit), 0
    for n, _ in wanted:
        try:
            granted = meter.reserve("system2", n, 300)
        except Exhausted:
            assert issued == limit
            continue
        assert 1 <= granted <= n
        issued += granted
        meter.settle("system2", granted, 300, Usage(1, 0, 10, 0))
    assert meter.spent == issued <= limit


@given(st.integers(1, 3000), st.integers(1, 400), requests)
def test_tokens_exceed_the_budget_by_less_than_one_sample(
    limit: int, worst: int, wanted: list[tuple[int, float]]
) -> None:
    """Also when many requests are under way at once."""
    meter, open_requests = BudgetMeter(limit, "tokens"), list[tuple[int, float]]()
    for n, part in wanted:
        try:
            open_requests.append((meter.reserve("verify", n, worst), part))
        except Exhausted:
            assert meter.spent + sum(k * worst for k, _ in open_requests) >= limit
        if len(open_requests) > 3:
            granted, part = open_requests.pop(0)
            meter.settle("verify", granted, worst, cost(granted, worst, part))
    for granted, part in open_requests:
        meter.settle("verify", granted, worst, cost(granted, worst, part))
    assert meter.spent < limit + worst


def test_only_what_solves_is_a_rollout() -> None:
    meter = BudgetMeter(1)
    assert meter.reserve("outline", 4, 100) == 4
    meter.settle("outline", 4, 100, Usage(1, 0, 4, 0))
    assert meter.spent == 0 and meter.reserve("chain", 2, 100) == 1
    with pytest.raises(Exhausted):
        meter.reserve("system1", 1, 14)
    assert meter.reserve("verify", 1, 14) == 1


def test_a_slice_spends_from_its_parent_too() -> None:
    lane = BudgetMeter(10)
    first, second = lane.slice(3), lane.slice(9)
    first.settle("system2", first.reserve("system2", 5, 1), 1, Usage())
    assert (first.spent, lane.spent, lane.left) == (3, 3, 7)
    assert second.reserve("system2", 9, 1) == 7


def test_a_request_that_failed_gives_back_what_was_held() -> None:
    meter = BudgetMeter(2)
    meter.settle("system1", meter.reserve("system1", 2, 14), 14, None)
    assert (meter.spent, meter.left) == (0, 2)


def test_tokens_that_are_not_reported_count_as_reserved() -> None:
    meter = BudgetMeter(1000, "tokens")
    meter.settle("system2", meter.reserve("system2", 2, 100), 100, Usage(5, 0, None, None))
    assert meter.spent == 200


def test_before_a_limit_is_known_everything_is_granted() -> None:
    meter = BudgetMeter()
    assert meter.reserve("system2", 1000, 1) == 1000 and meter.left is None


def test_a_purse_knows_what_samples_of_a_stage_cost_so_far() -> None:
    lane = BudgetMeter(1000, "tokens")
    assert lane.mean("rate") is None
    part = lane.slice(300)
    part.settle("rate", part.reserve("rate", 2, 20), 20, Usage(8, 0, 2, 0))
    lane.settle("rate", lane.reserve("rate", 1, 20), 20, Usage(7, 0, 1, 0))
    lane.settle("system2", lane.reserve("system2", 1, 20), 20, Usage(5, 0, None, None))
    assert (part.mean("rate"), lane.mean("rate")) == (5.0, 6.0)
    assert lane.mean("system2") is None  # it was not reported
