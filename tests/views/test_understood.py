"""Doubt about the problem, as people and programs are told of it."""

from __future__ import annotations

from scale_core.cli import show
from scale_core.problem import SubProblem
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.views import duel as duel_view
from scale_core.views import export, graph, understood

START = ev.RunStarted(
    run="r", problem="p", expected=None, strategy="scale", seed=0, options={}, engine={}
)
PLAN = ev.Planned(steps=(SubProblem("1", "#1", "8+5"),), outline="#1=8+5", how="")
TOLD = ev.Understood(
    sure=0.414,
    least=0.6,
    against=("it never uses 3",),
    plans=(("#1=8+5", 3), ("#1=8-5;#2=#1-3", 1)),
)


def run(sure: float = TOLD.sure) -> Run:
    told = ev.Understood(sure=sure, least=0.6, against=TOLD.against, plans=TOLD.plans)
    return Run([START, PLAN, told])


def test_the_page_s_note() -> None:
    note = understood.doubt(run())
    assert note == {
        "title": "Not sure that I understood",
        "sure": "41%",
        "against": ["it never uses 3"],
        "plans": [["#1 = 8 + 5", 3], ["#1 = 8 − 5; #2 = #1 − 3", 1]],
        "more": 0,
    }
    assert graph.view(run())["answer"]["doubt"] == note


def test_the_graph_marks_plan_and_answer() -> None:
    nodes = {n["id"]: n for n in graph.view(run())["nodes"]}
    assert nodes["plan"]["unsure"] and nodes["answer"]["unsure"]
    sure = {n["id"]: n for n in graph.view(run(0.9))["nodes"]}
    assert not sure["plan"]["unsure"] and not sure["answer"]["unsure"]


def test_no_note_of_a_run_that_is_sure_or_cannot_tell() -> None:
    assert understood.doubt(run(0.6)) is None
    assert understood.doubt(Run([START, PLAN])) is None


def test_programs_are_told_either_way() -> None:
    assert export.summary(Run([START, PLAN]))["understood"] is None
    told = export.summary(run(0.9))["understood"]
    assert (told["sure"], told["unsure"]) == (0.9, False)
    assert told["plans"][1] == {"outline": "#1=8-5;#2=#1-3", "samples": 1}


def test_the_command_line_says_it() -> None:
    (line,) = show.detours(run())
    assert "not sure that I understood (41% sure): it never uses 3" in line
    assert "8 − 5" in line
    assert show.detours(run(0.9)) == []


def test_a_duel_says_it_once_for_all_lanes() -> None:
    lanes = tuple(dv.Lane(name, name, "") for name in ("uniform", "scale"))
    start = dv.DuelStarted(
        duel="d", problem="p", expected=None, lanes=lanes, budget="4/step", seed=0, settings={},
        options={}, engine={}, calibration={},
    )  # fmt: skip
    told = [dv.LaneEvent(lane=x.name, event=e) for x in lanes for e in (START, PLAN, TOLD)]
    head = duel_view.head(dv.Duel([start, *told]))
    assert head["doubt"] == understood.doubt(run())
