"""Two runs node by node: on recorded duels of the embedded model, changed where a test needs it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.views.differences import NONE, differences, paired
from tests.recorded import duel_events


def changed(node: str, result: str) -> Duel:
    """The recorded duel, but SCALE solves one step otherwise."""
    found = []
    for event in duel_events():
        if isinstance(event, dv.LaneEvent) and event.lane == "scale":
            inner = event.event
            if isinstance(inner, ev.StepSolved) and inner.node == node:
                event = replace(event, event=replace(inner, result=result))
        found.append(event)
    return Duel(found)


def marked(lane: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [
        (node["name"], [cell["name"] for cell in node["cells"] if cell["differs"]])
        for node in lane["nodes"]
        if node["differs"]
    ]


def test_a_run_does_not_differ_from_itself() -> None:
    found = differences(Duel(duel_events()), Duel(duel_events()))
    assert not any(row["differs"] for row in found["facts"])
    assert len(found["lanes"]) == len(Duel(duel_events()).lanes)
    assert not any(lane["differs"] for lane in found["lanes"])
    assert all(row["a"] == row["b"] for lane in found["lanes"] for row in lane["facts"])


def test_only_what_differs_is_marked() -> None:
    one, two = Duel(duel_events()), changed("2", "no such result")
    found = differences(one, two)
    by_label = {lane["label"]: lane for lane in found["lanes"]}
    assert [label for label, lane in by_label.items() if lane["differs"]] == ["SCALE"]
    assert marked(by_label["SCALE"]) == [("#2", ["result"])]
    (node,) = [n for n in by_label["SCALE"]["nodes"] if n["differs"]]
    (cell,) = [c for c in node["cells"] if c["differs"]]
    assert (cell["a"], cell["b"]) == (one.lanes["scale"].nodes["2"].result, "no such result")


def test_switches_are_told_where_they_differ() -> None:
    first, *rest = duel_events()
    assert isinstance(first, dv.DuelStarted)
    other = replace(first, seed=first.seed + 1, settings={**first.settings, "kappa": 4.5})
    found = differences(Duel([first, *rest]), Duel([other, *rest]))
    told = {row["name"]: (row["a"], row["b"]) for row in found["facts"] if row["differs"]}
    assert set(told) == {"seed", "kappa"} and told["kappa"][1] == "4.5"


def test_a_lane_that_only_one_has_is_said_to_be_so() -> None:
    some = [e for e in duel_events() if not (isinstance(e, dv.LaneEvent) and e.lane == "dora")]
    first = some[0]
    assert isinstance(first, dv.DuelStarted)
    some[0] = replace(first, lanes=tuple(x for x in first.lanes if x.name != "dora"))
    found = differences(Duel(duel_events()), Duel(some))
    (only,) = [lane for lane in found["lanes"] if lane["only"]]
    assert (only["label"], only["only"]) == ("DORA", "A") and only["differs"]
    assert all(node["only"] == "A" for node in only["nodes"])
    assert all(cell["b"] == NONE for node in only["nodes"] for cell in node["cells"])


def test_nothing_and_something_can_be_compared() -> None:
    found = differences(Duel(), Duel(duel_events()))
    assert all(lane["only"] == "B" for lane in found["lanes"])
    assert differences(Duel(), Duel()) == {"facts": [], "lanes": []}


@pytest.mark.parametrize(
    ("a", "b", "pairs"),
    [
        ("xyz", "xyz", [(0, 0), (1, 1), (2, 2)]),
        ("xyz", "xz", [(0, 0), (1, None), (2, 1)]),
        ("xz", "xyz", [(0, 0), (None, 1), (1, 2)]),
        ("xaz", "xbz", [(0, 0), (1, 1), (2, 2)]),
        ("", "x", [(None, 0)]),
        ("", "", []),
    ],
)
def test_steps_of_equal_text_belong_together(
    a: str, b: str, pairs: list[tuple[int | None, int | None]]
) -> None:
    assert paired(list(a), list(b)) == pairs
