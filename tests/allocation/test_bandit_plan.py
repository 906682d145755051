"""Prerequisites: a graph without cycles, and who depends on whom."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.bandit.arms import Prerequisites

QUICK = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def dags(draw: st.DrawFn) -> list[list[int]]:
    """Needs of 1 to 8 arms, in a shuffled numbering."""
    size = draw(st.integers(1, 8))
    name = draw(st.permutations(range(size)))
    needs: list[list[int]] = [[] for _ in range(size)]
    for i in range(1, size):
        needs[name[i]] = [name[j] for j in draw(st.lists(st.integers(0, i - 1), max_size=3))]
    return needs


@QUICK
@given(dags())
def test_descendants_are_those_that_reach_the_arm(needs: list[list[int]]) -> None:
    plan = Prerequisites(len(needs), needs)

    def reaches(i: int, arm: int) -> bool:
        return any(j == arm or reaches(j, arm) for j in needs[i])

    for arm in range(len(needs)):
        assert plan.descendants(arm) == [i for i in range(len(needs)) if reaches(i, arm)]
        assert set(plan.needs(arm)) == set(needs[arm])
        assert len(plan.needs(arm)) == len(set(needs[arm])), "twice the same is once"
        assert list(plan.dependants(arm)) == [i for i, js in enumerate(needs) if arm in js]


@QUICK
@given(dags(), st.data())
def test_a_cycle_is_refused(needs: list[list[int]], data: st.DataObject) -> None:
    plan = Prerequisites(len(needs), needs)
    arm = data.draw(st.integers(0, len(needs) - 1))
    needs[arm] = needs[arm] + [data.draw(st.sampled_from([arm, *plan.descendants(arm)]))]
    with pytest.raises(ValueError, match="need one another"):
        Prerequisites(len(needs), needs)


def test_a_cycle_is_named_without_those_that_only_wait_for_it() -> None:
    with pytest.raises(ValueError, match=r"arms \[1, 2\] need one another"):
        Prerequisites(4, [[], [0, 2], [1], [2]])


def test_unknown_arms_are_refused() -> None:
    with pytest.raises(ValueError, match="does not exist"):
        Prerequisites(2, [[], [2]])
    with pytest.raises(ValueError, match="3 arms"):
        Prerequisites(2, [[], [], []])
    assert not Prerequisites(2)
