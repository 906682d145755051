"""Plans: what is a valid DAG of sub-problems, what can run next, and what rests on what."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise

import networkx as nx
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


# ---- as a graph ----------------------------------------------------------------------------


def chains(plan: Plan, last: str) -> Iterator[tuple[str, ...]]:
    """Every chain of sub-problems, each needing the one before, that ends at this one."""
    yield (last,)
    for before in plan.by_id[last].depends_on:
        yield from ((*chain, last) for chain in chains(plan, before))


def test_the_graph_is_the_plan_and_cannot_be_changed() -> None:
    graph = DIAMOND.graph
    assert list(graph) == list("12345")
    assert set(graph.edges) == {("1", "3"), ("2", "3"), ("3", "4"), ("1", "5")}
    with pytest.raises(nx.NetworkXError, match=r"[Ff]rozen"):
        graph.add_edge("4", "5")


def test_equal_plans_share_their_graph() -> None:
    again = Plan(tuple(step(s.id, *s.depends_on) for s in DIAMOND.steps), "other text")
    assert again.graph is DIAMOND.graph


@settings(max_examples=50, deadline=None, derandomize=True)
@given(plans())
def test_what_a_step_rests_on_is_what_chains_to_it_hold(plan: Plan) -> None:
    for of in plan.steps:
        held = {id for chain in chains(plan, of.id) for id in chain} - {of.id}
        assert plan.behind(of) == tuple(s.id for s in plan.steps if s.id in held)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(plans(), st.lists(st.integers(0, 5), min_size=8, max_size=8))
def test_no_chain_is_heavier_than_the_critical_path(plan: Plan, weights: list[int]) -> None:
    weight = {s.id: w for s, w in zip(plan.steps, weights, strict=False)}

    def heavy(chain: tuple[str, ...]) -> int:
        return sum(weight[id] for id in chain)

    path = plan.critical_path(weight)
    assert all(a in plan.by_id[b].depends_on for a, b in pairwise(path))
    assert heavy(path) == max(heavy(c) for s in plan.steps for c in chains(plan, s.id))


def test_a_critical_path_by_hand() -> None:
    assert DIAMOND.critical_path({"1": 1, "2": 5, "3": 2, "4": 0.5, "5": 8}) == ("1", "5")
    assert DIAMOND.critical_path({"1": 1, "2": 5, "3": 2, "4": 2.5, "5": 8}) == ("2", "3", "4")
    assert DIAMOND.critical_path(dict.fromkeys("12345", 0)) == ()


def test_networkx_is_loaded_when_a_graph_is_asked_for() -> None:
    """A program that only reads runs, or lists options, need not wait for it."""
    code = (
        "import sys, scale_core.strategies.bandit as b; from scale_core.problem import *;"
        "plan = Plan((SubProblem('1', 'a', ''),)); print('networkx' in sys.modules);"
        "plan.graph; print('networkx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
