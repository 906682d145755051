"""The view model: layout, states, what is passed on, and its size."""

import json
from typing import Any

import pytest
from scripted import HOSTILE, whole

from scale_core.problem import SubProblem
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import graph


def by_id(run: Run) -> dict[str, dict[str, Any]]:
    return {n["id"]: n for n in graph.view(run)["nodes"]}


def plan(*steps: tuple[str, tuple[str, ...]]) -> Run:
    subs = tuple(SubProblem(i, f"#{i}", f"step {i}", needs) for i, needs in steps)
    start = ev.RunStarted(
        run="r", problem="p", expected=None, strategy="scale", seed=0, options={}, engine={}
    )
    return Run([start, ev.Planned(steps=subs, outline="", how="")])


def test_columns_follow_the_longest_path() -> None:
    run = plan(("1", ()), ("2", ("1",)), ("3", ("1", "2")), ("4", ()))
    place = graph.layout(run)
    assert {id: column for id, (column, _) in place.items()} == {
        "plan": 0,
        "1": 1,
        "4": 1,
        "2": 2,
        "3": 3,
        "answer": 4,
    }


def test_rows_avoid_a_crossing() -> None:
    run = plan(("1", ()), ("2", ()), ("3", ("2",)), ("4", ("1",)), ("5", ("3", "4")))
    place = graph.layout(run)
    above = place["1"][1] < place["2"][1]
    assert (place["4"][1] < place["3"][1]) == above


def test_rows_are_centred_and_apart() -> None:
    run = plan(("1", ()), ("2", ()), ("3", ()), ("4", ("1", "2", "3")))
    rows = sorted(row for column, row in graph.layout(run).values() if column == 1)
    assert rows == [-1.0, 0.0, 1.0]


def test_nothing_to_draw_before_a_run() -> None:
    view = graph.view(Run())
    assert view["nodes"] == [] and view["status"] == "empty"


def test_every_prefix_of_a_run_can_be_drawn() -> None:
    events = whole("x", "36")
    seen = 0
    for i in range(len(events) + 1):
        view = graph.view(Run(events[:i]))
        assert json.loads(json.dumps(view))["nodes"] is not None
        assert len(view["nodes"]) >= seen
        seen = len(view["nodes"])
    assert seen == 7


def test_modes_escalation_retries_and_values() -> None:
    run = Run(whole("x", "36"))
    nodes = by_id(run)
    assert [nodes[i]["mode"] for i in "12345"] == [2, 2, 2, 2, 1]
    assert [i for i in "12345" if nodes[i]["escalated"]] == ["3"]
    assert nodes["2"]["tries"] == 1 and nodes["3"]["value"] == "3776"
    assert nodes["answer"]["value"] == "36" and nodes["answer"]["verdict"] == "equal"
    edges = {(e["from"], e["to"]): e["value"] for e in graph.view(run)["edges"]}
    assert edges["1", "3"] == "1776" and edges["5", "answer"] == "36" and edges["plan", "1"] is None


def test_provisional_ratings_are_hollow_until_rated_again() -> None:
    events = whole("x")
    last = max(i for i, e in enumerate(events) if isinstance(e, ev.Rated) and e.provisional)
    assert by_id(Run(events[: last + 1]))["5"]["hollow"]
    assert not by_id(Run(events))["5"]["hollow"]


def test_failure_and_stop_are_states() -> None:
    nodes = by_id(Run(whole("fail")))
    assert nodes["4"]["state"] == "failed" and nodes["answer"]["state"] == "failed"
    events = [*whole("x", until=40), ev.RunEnded(status="stopped")]
    assert by_id(Run(events))["answer"]["state"] == "stopped"


def test_unknown_tokens_stay_unknown() -> None:
    run = plan(("1", ()))
    run.apply(
        ev.Sampled(
            node="1",
            stage="system1",
            prompt="",
            seed=0,
            temperature=0,
            top_p=1,
            max_tokens=1,
            n=1,
            samples=(),
            usage=Usage(3, None, None, None),
            seconds=0,
        )
    )
    assert by_id(run)["1"]["tokens"] is None
    view = graph.view(run)
    assert view["answer"]["tokens"] is None
    assert view["stages"][3]["tokens"] is None and view["stages"][0]["tokens"] == 0


def test_stage_costs_add_up_to_the_ledger() -> None:
    run = Run(whole("x"))
    stages = {s["phase"]: s for s in graph.view(run)["stages"]}
    assert sum(s["tokens"] or 0 for s in stages.values()) == run.ledger.total.total
    assert all(s["state"] == "done" for s in stages.values())


def test_chain_of_thought_is_one_node() -> None:
    run = Run(
        [
            ev.RunStarted(
                run="r", problem="p", expected=None, strategy="cot", seed=0, options={}, engine={}
            ),
            ev.Sampled(
                node="whole",
                stage="chain",
                prompt="",
                seed=0,
                temperature=0,
                top_p=1,
                max_tokens=1,
                n=1,
                samples=(),
                usage=Usage(1, 0, 2, 0),
                seconds=0,
            ),
            ev.Answered(answer="6", node="whole"),
            ev.RunEnded(status="solved"),
        ]
    )
    nodes = by_id(run)
    assert list(nodes) == ["whole", "answer"] and nodes["whole"]["state"] == "solved"


@pytest.mark.parametrize("problem", ["x", "hostile", "huge", "fail"])
def test_the_view_stays_small(problem: str) -> None:
    assert len(json.dumps(graph.view(Run(whole(problem, "36"))))) < 6000


def test_hostile_text_is_kept_as_text_and_cut() -> None:
    nodes = by_id(Run(whole("hostile")))
    assert nodes["1"]["label"].startswith(HOSTILE[:10]) and len(nodes["1"]["label"]) <= graph.LABEL
