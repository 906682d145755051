"""Plans: what is a valid DAG of sub-problems and what can run next."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.problem import Mode, Plan, SubProblem


def step(id: str, *needs: str) -> SubProblem:
    return SubProblem(id, f"#{id}", f"text {id}", needs)


DIAMOND = Plan((step("1"), step("2"), step("3", "1", "2"), step("4", "3"), step("5", "1")))


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((), "at least one"),
        ((step("1"), step("1")), "'1' appears twice"),
        ((step("1", "2"), step("2")), "'1' depends on later or unknown"),
        ((step("1", "1"),), "'1' depends on later or unknown"),
        ((step("1"), step("2", "1", "7")), "'2' depends on later or unknown .*7"),
    ],
)
def test_invalid_plans(steps: tuple[SubProblem, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Plan(steps)


@pytest.mark.parametrize(
    ("done", "started", "ready"),
    [
        ("", "", "12"),
        ("", "12", ""),
        ("1", "12", "5"),
        ("12", "12", "35"),
        ("12", "123", "5"),
        ("123", "1235", "4"),
        ("12345", "12345", ""),
        ("1", "1", "25"),
    ],
)
def test_ready(done: str, started: str, ready: str) -> None:
    assert [s.id for s in DIAMOND.ready(done, started)] == list(ready)


def test_ready_takes_iterators() -> None:
    assert [s.id for s in DIAMOND.ready(iter("12"), iter("12"))] == ["3", "5"]


def test_last_and_by_id() -> None:
    assert DIAMOND.last.id == "5"
    assert DIAMOND.by_id["3"].depends_on == ("1", "2")


def test_mode_labels() -> None:
    assert [mode.label for mode in Mode] == ["System 1", "System 2"]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    count = draw(st.integers(1, 8))
    needs = [draw(st.sets(st.integers(1, i), max_size=3)) if i else set() for i in range(count)]
    return Plan(tuple(step(str(i + 1), *map(str, sorted(n))) for i, n in enumerate(needs)))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(plans())
def test_following_ready_solves_every_plan_in_a_valid_order(plan: Plan) -> None:
    done: list[str] = []
    while ready := plan.ready(done, done):
        assert all(set(s.depends_on) <= set(done) for s in ready)
        done.append(ready[0].id)
    assert sorted(done) == sorted(s.id for s in plan.steps)
