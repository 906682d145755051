"""The critical path: which chain it is, what it says, and when nothing is said."""

from __future__ import annotations

from typing import Any

import pytest
from scripted import duel, whole

from scale_core.problem import SubProblem
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import graph
from scale_core.views.critical_path import critical_path, in_words
from scale_core.views.why import why
from tests import recorded

END = ev.RunEnded(status="solved")


def spent(node: str, tokens: int | None) -> ev.Sampled:
    return ev.Sampled(
        node=node, stage="system2", prompt="", seed=0, temperature=0, top_p=1, max_tokens=1, n=1,
        samples=(), usage=Usage(0, 0, tokens, 0), seconds=0,
    )  # fmt: skip


def run(needs: dict[str, str], tokens: dict[str, int | None], *more: ev.Event) -> Run:
    """Sub-problem i needs those named in needs[i]; tokens: of each node."""
    steps = tuple(SubProblem(i, f"#{i}", f"step {i}", tuple(n)) for i, n in needs.items())
    planned = ev.Planned(steps=steps, outline="", how="")
    return Run([planned, *(spent(node, n) for node, n in tokens.items()), *more])


WIDE = {"1": "", "2": "", "3": "", "4": "123"}
COSTS: dict[str, int | None] = {"plan": 10, "1": 20, "2": 50, "3": 30, "4": 40}


def test_the_costliest_chain_begins_with_the_plan() -> None:
    made = run(WIDE, COSTS, END)
    path = critical_path(made)
    assert path is not None
    assert (path.nodes, path.tokens, path.total) == (("plan", "2", "4"), 100, 150)
    assert path.edges == {("plan", "2"), ("2", "4")}
    assert in_words(made, path) == (
        "plan → #2 → #4, 100 of 150 tokens: at most 1.50 times as fast with steps side by side"
    )


def test_a_plan_in_a_row_gains_nothing() -> None:
    made = run({"1": "", "2": "1"}, {"plan": 1, "1": 2, "2": 3}, END)
    path = critical_path(made)
    assert path is not None and path.speed_up == 1
    assert in_words(made, path).endswith("6 of 6 tokens: each step waits for the one before")


@pytest.mark.parametrize(
    "made",
    [
        Run(),
        run(WIDE, COSTS),
        run(WIDE, {**COSTS, "3": None}, END),
        run(WIDE, {}, END),
        Run([spent("whole", 9), END]),
        run(WIDE, COSTS, ev.Proposed(
            node="1", id="a", parent=None, depth=1, result="1", score=None, total=None, sample=0,
            tokens=1, ended="",
        ), END),
    ],
    ids=["nothing", "still running", "a count unknown", "nothing spent", "no plan", "a search"],
)  # fmt: skip
def test_nothing_is_said_where_it_would_be_a_guess(made: Run) -> None:
    assert critical_path(made) is None
    assert graph.view(made)["path"] == ""


def test_the_drawing_marks_it_quietly() -> None:
    view = graph.view(run(WIDE, COSTS, END))
    assert [n["id"] for n in view["nodes"] if n.get("critical")] == ["plan", "2", "4"]
    marked = [(e["from"], e["to"]) for e in view["edges"] if e.get("critical")]
    assert marked == [("plan", "2"), ("2", "4")]
    assert view["path"].startswith("plan → #2 → #4, 100 of 150 tokens")


def test_a_real_run_has_one_and_its_parts_add_up() -> None:
    made = Run(recorded.run_events("recorded_run_escalated"))
    path = critical_path(made)
    assert path is not None and made.plan is not None
    assert path.total == made.ledger.total.total
    assert path.tokens == sum(made.ledger.of_node(id).total or 0 for id in path.nodes)
    assert critical_path(Run(whole("x"))) is not None


def test_a_lane_tells_it_when_opened() -> None:
    def facts(lane: str) -> dict[str, Any]:
        card = why(dv.Duel(duel()), lane, "")
        assert card is not None
        return dict(card["facts"])

    assert "of" in facts("scale")["critical path"]
    assert "critical path" not in facts("dora")
