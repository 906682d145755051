"""Run: the state that follows from events, one event at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scale_core.problem import Mode, SubProblem
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from tests.pipeline.scripted import ScriptedEngine, play, script

STEPS = (SubProblem("1", "#1", "2+3"), SubProblem("2", "#2", "#1*4", ("1",)))
START = ev.RunStarted(
    run="r", problem="p", expected="20", strategy="scale", seed=1, options={}, engine={}
)
PLANNED = ev.Planned(t=1.0, steps=STEPS, outline="#1=2+3;#2=#1*4", how="vote", givens=(("a", "3"),))
BEGUN = ev.StepStarted(t=2.0, node="1", mode=Mode.SYSTEM1, text="2+3")
SOLVED = ev.StepSolved(t=3.0, node="1", mode=Mode.SYSTEM1, result="5")


def test_empty_run() -> None:
    run = Run()
    assert (run.status, run.seconds, run.steps, run.plan) == ("empty", 0.0, [], None)
    assert run.ledger.total == Usage()


@pytest.mark.parametrize("status", ["solved", "unsolved", "stopped", "failed", "refused"])
def test_status_follows_the_end(status: ev.Status) -> None:
    run = Run([START])
    assert run.status == "running"
    run.apply(ev.RunEnded(t=9.5, status=status, message="m"))
    assert (run.status, run.seconds) == (status, 9.5)


def test_plan_makes_nodes_in_plan_order() -> None:
    run = Run([START, ev.Rated(node="2", raw=None, calibrated=None, used=1.0), PLANNED])
    assert [(n.id, n.text, n.depends_on, n.state) for n in run.steps] == [
        ("1", "2+3", (), "planned"),
        ("2", "#1*4", ("1",), "planned"),
    ]
    assert run.plan is not None and run.plan.givens == (("a", "3"),)
    assert run.plan.text == "#1=2+3;#2=#1*4"
    assert run.steps[1].difficulty == 1.0, "what was known before the plan is kept"


def test_a_step_from_planned_to_solved() -> None:
    run, states = Run([START, PLANNED]), []
    for event in (BEGUN, SOLVED):
        run.apply(event)
        states.append(run.node("1").state)
    node = run.node("1")
    assert states == ["running", "solved"]
    assert (node.filled, node.result, node.started, node.ended) == ("2+3", "5", 2.0, 3.0)


def test_a_doubted_result() -> None:
    run = Run([START, PLANNED, BEGUN, replace(SOLVED, doubted=True)])
    assert run.node("1").doubted


def test_a_failed_step() -> None:
    run = Run([START, PLANNED, BEGUN, ev.StepFailed(t=4.0, node="1", reason="cut off")])
    node = run.node("1")
    assert (node.state, node.failure, node.ended, node.result) == ("failed", "cut off", 4.0, None)


def test_the_end_stops_only_what_was_running() -> None:
    run = Run([START, PLANNED, BEGUN, ev.RunEnded(t=7.0, status="stopped")])
    assert [(n.state, n.ended) for n in run.steps] == [("stopped", 7.0), ("planned", None)]


def test_the_end_leaves_solved_and_failed_steps() -> None:
    run = Run(
        [
            START,
            PLANNED,
            BEGUN,
            SOLVED,
            ev.StepFailed(node="2", reason="r"),
            ev.RunEnded(t=7.0, status="unsolved"),
        ]
    )
    assert [n.state for n in run.steps] == ["solved", "failed"]


def test_ratings_first_and_last() -> None:
    first = ev.Rated(node="2", raw=0.9, calibrated=0.8, used=0.8, provisional=True)
    second = ev.Rated(node="2", raw=0.1, calibrated=0.2, used=0.2)
    node = Run([START, PLANNED, first, second]).node("2")
    assert (node.first_rating, node.rating, node.difficulty) == (first, second, 0.2)


def test_escalation_changes_the_mode() -> None:
    escalated = ev.Escalated(node="1", reason="the verifier doubts 5")
    node = Run([START, PLANNED, BEGUN, escalated]).node("1")
    assert (node.mode, node.escalated) == (Mode.SYSTEM2, "the verifier doubts 5")


def test_what_happened_to_a_node_is_kept_in_order() -> None:
    assigned = ev.Assigned(node="1", mode=Mode.SYSTEM2, reason="difficulty 0.90")
    retried = ev.Retried(node="1", stage="system2", attempt=1, reason="cut off")
    fallback = ev.Fallback(node="1", what="rated hard", reason="no rating")
    verified = ev.Verified(node="1", mode=Mode.SYSTEM2, result="5", probability=0.4, accepted=False)
    node = Run([START, PLANNED, assigned, retried, fallback, verified]).node("1")
    assert (node.mode, node.reason) == (Mode.SYSTEM2, "difficulty 0.90")
    assert (node.retries, node.fallbacks, node.verified) == ([retried], [fallback], [verified])


def test_progress_answer_and_grade() -> None:
    progress = [ev.Progress(phase="decompose", done=d, total=1, text="t") for d in (0, 1)]
    other = ev.Progress(phase="assess", done=0, total=2, text="t")
    answered, graded = ev.Answered(answer="20", node="2"), ev.Graded(expected="20", verdict="equal")
    outline = ev.OutlineRead(index=0, text="x", valid=False, reason="junk")
    run = Run([START, *progress, other, outline, answered, graded])
    assert run.progress is other
    assert run.phases == {"decompose": progress[1], "assess": other}
    assert (run.answer, run.grade, run.outlines) == (answered, graded, [outline])


@pytest.mark.parametrize("roles", [{}, {"s1": "7"}, {"s2": "junk", "rate": "9"}])
def test_folding_at_once_or_one_by_one_is_the_same(roles: dict[str, str]) -> None:
    run = play(ScriptedEngine(script(**roles)))
    one_by_one = Run()
    for event in run.events:
        one_by_one.apply(event)
    assert one_by_one.nodes == run.nodes
    assert one_by_one.ledger.entries == run.ledger.entries
    assert Run(run.events).nodes == run.nodes


def test_every_prefix_of_a_run_is_a_run() -> None:
    events = play(ScriptedEngine(script(s1="7", rate="junk"))).events
    for end in range(len(events)):
        part = Run(events[:end])
        assert part.status in ("empty", "running")
        assert all(
            node.state in ("planned", "running", "solved", "failed") for node in part.nodes.values()
        )


def test_a_whole_problem_node_is_solved_when_it_is_answered() -> None:
    run = play(ScriptedEngine(), preset="cot")
    assert run.nodes["whole"].state == "solved"
    assert run.nodes["whole"].result == "6"


def test_a_whole_problem_node_fails() -> None:
    run = play(ScriptedEngine(script(cot="no idea")), preset="cot")
    assert run.nodes["whole"].state == "failed"
