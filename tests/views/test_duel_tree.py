"""A search's tree: what is merged, what is drawn, what is only counted."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
import scripted
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.run import Run
from scale_core.views import tree


def run_of(lane: str = "dora", budget: str = "12/step", **changes: Any) -> Run:
    return Duel(scripted.duel("x", "36", lanes=(lane,), budget=budget, **changes)).lanes[lane]


def proposed(
    id: str, parent: str | None, result: str | None, depth: int = 1, **k: Any
) -> ev.Proposed:
    k = {"score": 0.5, "total": 0.5, "sample": 0, **k}
    return ev.Proposed(node=str(depth), id=id, depth=depth, parent=parent, result=result, **k)


@pytest.mark.parametrize("lane", scripted.SEARCH)
def test_every_rollout_is_drawn_or_counted(lane: str) -> None:
    run = run_of(lane, "40/step", spoil=0.2)
    view = tree.view(run)
    reached = Counter(c.depth for c in run.candidates.values())
    for depth, count in reached.items():
        drawn = sum(n["n"] for n in view["nodes"] if n["x"] == depth)
        hidden = sum(m[2] for m in view["more"] if m[0] == depth)
        assert drawn + hidden == count
        assert sum(n["x"] == depth for n in view["nodes"]) <= tree.COLUMN


def test_equal_values_of_one_parent_are_one_node() -> None:
    run = Run([proposed("a", None, "7"), proposed("b", None, "7"), proposed("c", None, "8")])
    made = tree.tree(run)
    assert [(g.id, len(g.members)) for g in made.groups.values()] == [("a", 2), ("c", 1)]
    assert made.home == {"a": "a", "b": "a", "c": "c"}


def test_equal_values_of_different_parents_stay_apart() -> None:
    run = Run([
        proposed("a", None, "7"), proposed("b", None, "8"),
        proposed("c", "a", "9", 2), proposed("d", "b", "9", 2), proposed("e", "a", "9", 2),
    ])  # fmt: skip
    groups = [g for g in tree.tree(run).groups.values() if g.depth == 2]
    assert [(g.parent, len(g.members)) for g in groups] == [("a", 2), ("b", 1)]


def test_unreadable_candidates_are_not_merged_with_readable_ones() -> None:
    run = Run([
        proposed("a", None, None, ended="length"), proposed("b", None, "None"),
        proposed("c", None, "7", ended="repetition"),
    ])  # fmt: skip
    view = tree.view(run)
    assert [n["bad"] for n in view["nodes"]] == [True, False, True]


def test_what_a_node_was_given_and_whether_it_was_pruned() -> None:
    run = run_of(budget="12/step", spoil=0.2)
    made = tree.tree(run)
    for allocated in run.rounds[1:]:
        given = [made.rollouts(g) for g in made.groups.values() if g.depth == allocated.round - 1]
        assert sum(n or 0 for n in given) == allocated.budget
    for node in tree.view(run)["nodes"]:
        assert node["cut"] == (node["k"] == 0)
        assert (node["k"] is None) == (node["x"] == 5)


def test_the_way_to_the_answer_is_marked() -> None:
    run = run_of()
    won = [n for n in tree.view(run)["nodes"] if n["won"]]
    assert {n["x"] for n in won} == {1, 2, 3, 4, 5}
    assert run.answer is not None
    assert {n["v"] for n in won if n["x"] == 5} == {run.answer.answer}
    ids = {n["id"] for n in won}
    assert all(n["p"] in ids or n["p"] == tree.ROOT for n in won)


def test_a_full_column_keeps_the_winner_and_what_was_given_most() -> None:
    events: list[ev.Event] = [proposed(f"c{i}", None, str(i)) for i in range(30)]
    shares = tuple(ev.Share(f"c{i}", 5 if i == 29 else 0, 1.0) for i in range(30))
    events.append(ev.Allocated(node="2", round=2, rule="rebase", budget=5, shares=shares))
    view = tree.view(Run(events))
    assert len(view["nodes"]) == tree.COLUMN and view["more"] == [[1, 21, 21]]
    assert "c29" in {n["id"] for n in view["nodes"]}


def test_directions_have_letters_by_size() -> None:
    groups = {"c0": "x", "c1": "y", "c2": "y"}
    events: list[ev.Event] = [proposed(id, None, id) for id in groups]
    shares = tuple(ev.Share(id, 1 if g == "x" else 3, 2.0, group=g) for id, g in groups.items())
    events.append(
        ev.Allocated(node="2", round=2, rule="dora", budget=7, shares=shares, effective=2.0)
    )
    run = Run(events)
    assert tree.letters(run) == {(2, "y"): "A", (2, "x"): "B"}
    assert [n["g"] for n in tree.view(run)["nodes"]] == ["B", "A", "A"]


def test_groups_of_other_lanes_are_no_directions() -> None:
    shares = (ev.Share("1", 1, 4.0, group="one quick sample"),)
    told = ev.Allocated(node="1", round=1, rule="optimal", budget=4, shares=shares)
    assert tree.letters(Run([told])) == {}


def test_a_search_over_text_names_its_depths_by_number() -> None:
    events = [
        ev.Proposed(node="whole", id=f"{d}", depth=d, parent=str(d - 1) if d > 1 else None,
                    sample=0, result="1", score=0.5, total=0.5)
        for d in (1, 2, 3)
    ]  # fmt: skip
    assert tree.view(Run(events))["columns"] == ["1", "2", "3"]


@st.composite
def searches(draw: st.DrawFn) -> list[ev.Event]:
    """Candidates with random parents of the depth before, and random values."""
    events: list[ev.Event] = []
    before: list[str] = []
    for depth in range(1, draw(st.integers(1, 5)) + 1):
        ids = [f"{depth}.{i}" for i in range(draw(st.integers(1, 14)))]
        for id in ids:
            parent = draw(st.sampled_from(before)) if before else None
            value = draw(st.sampled_from(["1", "2", "3", None]))
            score = draw(st.one_of(st.none(), st.floats(0, 1)))
            events.append(
                proposed(id, parent, value, depth, score=score, total=score,
                         ended="" if value else "unreadable")
            )  # fmt: skip
        before = ids
    return events


@settings(max_examples=80, deadline=None)
@given(searches())
def test_any_search_can_be_drawn(events: list[ev.Event]) -> None:
    run = Run(events)
    view = tree.view(run)
    ids = {n["id"] for n in view["nodes"]}
    hidden = {m[0] for m in view["more"]}
    for node in view["nodes"]:
        if node["x"] == 1:
            assert node["p"] == tree.ROOT
        else:
            assert node["p"] in ids or node["x"] - 1 in hidden
    assert sum(n["n"] for n in view["nodes"]) + sum(m[2] for m in view["more"]) == len(events)


@settings(max_examples=80, deadline=None)
@given(searches())
def test_the_graph_leads_from_the_root_to_every_group(events: list[ev.Event]) -> None:
    made = tree.tree(Run(events))
    for group in made.groups.values():
        before = made.before(group)
        chain = [tree.ROOT, *(g.id for g in before), group.id]
        assert [g.depth for g in (*before, group)] == list(range(1, group.depth + 1))
        assert all(made.groups[b].parent == a for a, b in pairwise(chain))
        assert made.path([group]) == set(chain[1:])
    ends = {g.id for g in made.ends}
    assert ends == set(made.groups) - {g.parent for g in made.groups.values()}
    assert made.path(made.ends) == set(made.groups) and made.path([]) == set()


def test_a_candidate_that_is_called_like_the_root_ends_nothing() -> None:
    run = Run([proposed(tree.ROOT, None, "7"), proposed("b", tree.ROOT, "8", 2)])
    made = tree.tree(run)
    assert [g.id for g in made.before(made.groups["b"])] == []
    assert tree.view(run)["nodes"]
