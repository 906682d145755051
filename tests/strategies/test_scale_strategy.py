"""The stages in order, as published and as improved, and what a run says of itself."""

from __future__ import annotations

import pytest

from scale_core.problem import Mode
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from tests.pipeline.scripted import (
    ANSWER,
    OUTLINE,
    PROBLEM,
    RESULTS,
    RefusingDialect,
    ScriptedEngine,
    by_body,
    by_index,
    kinds,
    play,
    script,
)

OTHER = "#1=37*48;#2=125*16;#3=#1-#2"


def faithful() -> tuple[ScriptedEngine, Run]:
    engine = ScriptedEngine(
        script(outline=by_index(OTHER, OUTLINE), choose="B", rate=by_body({"#1=37*48": "9"}, "0"))
    )
    return engine, play(engine, preset="faithful", answer=ANSWER)


def test_faithful_calls() -> None:
    engine, run = faithful()
    assert [(c.role, c.request.n) for c in engine.calls] == [
        ("outline", 8),
        ("choose", 1),
        ("rate", 1),
        ("rate", 1),
        ("rate", 1),
        ("s2", 1),
        ("s1", 1),
        ("s1", 1),
        ("last2", 1),
    ]
    assert engine.bodies("s1", "s2", "last2") == [
        "37*48",
        "125*16",
        "1776+2000",
        f"{PROBLEM}\n37*48=1776\n125*16=2000\n1776+2000=3776",
    ]
    assert run.status == "solved"


def test_faithful_offers_all_eight_outlines_and_the_model_picks() -> None:
    engine, run = faithful()
    assert engine.bodies("choose")[0].count("\n") == 8
    assert run.planned is not None
    assert run.planned.outline == OUTLINE
    assert run.planned.how == "the model chose 2 of 8"


def test_faithful_modes_and_scores() -> None:
    _, run = faithful()
    assert [(n.difficulty, n.mode) for n in run.steps] == [
        (1.0, Mode.SYSTEM2),
        (0.0, Mode.SYSTEM1),
        (0.0, Mode.SYSTEM1),
        (0.9, Mode.SYSTEM2),
    ]
    assert not kinds(run, ev.Verified)


def test_faithful_steps_do_not_overlap() -> None:
    engine, _ = faithful()
    calls = engine.called("s1", "s2", "last2")
    assert not any(a.overlaps(b) for a in calls for b in calls if a is not b)


def test_the_default_run() -> None:
    run = play(ScriptedEngine(), answer=ANSWER)
    assert {n.id: n.result for n in run.steps} == RESULTS
    assert run.answer is not None
    assert (run.answer.answer, run.answer.node) == (ANSWER, "4")
    assert all(v.accepted for v in kinds(run, ev.Verified))
    assert run.grade is not None
    assert (run.status, run.grade.verdict) == ("solved", "equal")


@pytest.mark.parametrize("preset", ["scale", "faithful", "system2"])
def test_phases_come_in_order_and_are_finished(preset: str) -> None:
    run = play(ScriptedEngine(), preset=preset)
    order = list(dict.fromkeys(e.phase for e in kinds(run, ev.Progress)))
    assert order == list(ev.PHASES)
    for phase, last in run.phases.items():
        steps = [e.done for e in kinds(run, ev.Progress) if e.phase == phase]
        assert steps == sorted(steps)
        assert last.done == last.total


def test_times_do_not_run_backwards() -> None:
    times = [e.t for e in play(ScriptedEngine()).events]
    assert times == sorted(times)


@pytest.mark.parametrize("preset", ["scale", "faithful", "cot"])
def test_the_run_names_its_method_seed_and_engine(preset: str) -> None:
    start = play(ScriptedEngine(), preset=preset, seed=11).start
    assert start is not None
    assert (start.strategy, start.seed, start.problem) == (preset, 11, PROBLEM)
    assert start.engine["name"] == "Scripted"


@pytest.mark.parametrize(
    ("expected", "verdict"),
    [("6", "equal"), ("6.0", "equal"), ("7", "different"), (None, None), ("", None), ("  ", None)],
)
def test_grading(expected: str | None, verdict: str | None) -> None:
    run = play(ScriptedEngine(), answer=expected)
    assert (run.grade.verdict if run.grade else None) == verdict
    assert run.status == "solved"


def test_an_unsolved_run_is_not_graded() -> None:
    run = play(ScriptedEngine(script(s1="?", s2="?")), answer="6")
    assert (run.status, run.grade, run.answer) == ("unsolved", None, None)


def test_a_refused_problem_spends_no_token() -> None:
    engine = ScriptedEngine()
    run = play(engine, dialect=RefusingDialect(), answer="6")
    assert [type(e) for e in run.events] == [ev.RunStarted, ev.RunEnded]
    assert run.end is not None
    assert (run.end.status, run.end.message) == ("refused", "this is poetry")
    assert (engine.calls, engine.counters.total) == ([], 0)


def test_a_refused_problem_can_be_tried_anyway() -> None:
    engine = ScriptedEngine()
    assert play(engine, dialect=RefusingDialect(), anyway=True).status == "solved"


@pytest.mark.parametrize("problem", ['He said "7"', r"\frac{1}{2} of $x$", "two\nlines\n\nmore"])
@pytest.mark.parametrize("preset", ["scale", "faithful", "cot"])
def test_problem_texts_reach_the_model_unchanged(problem: str, preset: str) -> None:
    engine = ScriptedEngine()
    run = play(engine, problem, preset=preset)
    assert engine.calls[0].body == problem
    assert run.status == "solved"
    if preset == "faithful":
        assert engine.bodies("last2")[0].startswith(f"{problem}\n37*48=1776")
