"""Stage 1: candidates, de-duplication, the choice and the fallback ladder."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from scale_core.problem import Plan, SubProblem
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from tests.pipeline.scripted import (
    OUTLINE,
    PROBLEM,
    OpenDialect,
    ScriptedEngine,
    by_index,
    fails,
    in_turn,
    kinds,
    play,
    script,
)

A, B, C = "#1=2+3;#2=#1*4", "#1=2*4;#2=3*4;#3=#1+#2", "#1=5*4"
JUNK = "let me think"


def planned(run: Run) -> ev.Planned:
    (event,) = kinds(run, ev.Planned)
    assert isinstance(event, ev.Planned)
    return event


def candidates(*texts: str, **more: Any) -> ScriptedEngine:
    return ScriptedEngine(script(outline=by_index(*texts), **more))


def test_all_outlines_are_asked_for_at_once() -> None:
    engine = candidates(A)
    play(engine, outlines=7)
    (call,) = engine.called("outline")
    assert (call.request.n, call.body) == (7, PROBLEM)


@pytest.mark.parametrize(
    ("texts", "options", "outline", "how"),
    [
        ((A,) * 4, {}, A, "all outlines agree"),
        ((A,), {"outlines": 1}, A, "the only outline"),
        ((A, JUNK, JUNK, JUNK), {}, A, "the only outline"),
        ((A, B, B, C), {}, B, "2 of 4 outlines agree"),
        ((JUNK, B, B, A), {}, B, "2 of 3 outlines agree"),
        ((B, A, A, A), {"choice": "first"}, B, "the first readable outline"),
        ((JUNK, C, A, A), {"choice": "first"}, C, "the first readable outline"),
        ((A, B, C, C), {"choice": "vote", "dedupe": False}, C, "2 of 4 outlines agree"),
        ((A,), {"outlines": 1, "choice": "model", "dedupe": False}, A, "the only outline"),
        ((A,), {"outlines": 1, "choice": "first"}, A, "the only outline"),
    ],
)
def test_settled_without_asking_the_model(
    texts: tuple[str, ...], options: dict[str, Any], outline: str, how: str
) -> None:
    engine = candidates(*texts)
    run = play(engine, **options)
    assert (planned(run).outline, planned(run).how) == (outline, how)
    assert not engine.called("choose")


@pytest.mark.parametrize(
    ("texts", "options", "offered", "reply", "outline", "how"),
    [
        ((A, B, A, B), {}, (A, B), "B", B, "chose 2 of 2"),
        ((A, B, A, B, C), {"outlines": 5}, (A, B), "A", A, "chose 1 of 2"),
        ((A, B, C, JUNK), {}, (A, B, C), "C", C, "chose 3 of 3"),
        ((A, A, A, B), {"choice": "model"}, (A, B), "B", B, "chose 2 of 2"),
        ((A, A, B, JUNK), {"choice": "model", "dedupe": False}, (A, A, B), "C", B, "chose 3 of 3"),
        ((A, A, A, A), {"choice": "model", "dedupe": False}, (A,) * 4, "D", A, "chose 4 of 4"),
    ],
)
def test_the_model_chooses(
    texts: tuple[str, ...],
    options: dict[str, Any],
    offered: tuple[str, ...],
    reply: str,
    outline: str,
    how: str,
) -> None:
    engine = candidates(*texts, choose=reply)
    run = play(engine, **options)
    listed = "".join(f"\n{chr(65 + i)}:{text}" for i, text in enumerate(offered))
    assert engine.bodies("choose") == [PROBLEM + listed]
    assert planned(run).outline == outline
    assert how in planned(run).how


def test_a_tie_is_broken_among_the_tied_only_also_without_dedupe() -> None:
    engine = candidates(A, B, A, B, C, choose="A")
    play(engine, outlines=5, dedupe=False)
    (body,) = engine.bodies("choose")
    assert C not in body


def test_candidates_are_events_with_duplicates_and_refusals() -> None:
    run = play(candidates(A, JUNK, A, B, A), outlines=5)
    found = [(o.index, o.valid, o.duplicate_of, bool(o.reason)) for o in run.outlines]
    assert found == [
        (0, True, None, False),
        (1, False, None, True),
        (2, True, 0, False),
        (3, True, None, False),
        (4, True, 0, False),
    ]
    assert run.outlines[1].text == JUNK


def test_spelling_variants_of_an_outline_are_duplicates() -> None:
    run = play(candidates("#1=2+3;#2=#1*4", "#1=2+3; #2=#1*4 "), outlines=2)
    assert run.outlines[1].duplicate_of == 0


@pytest.mark.parametrize("reply", ["", "Z", "AB", "version1", "3", "é", " ", "@"])
def test_an_unreadable_choice_falls_back_to_the_most_frequent(reply: str) -> None:
    engine = candidates(A, B, B, C, choose=reply)
    run = play(engine, choice="model", retries=2)
    (fallback,) = kinds(run, ev.Fallback)
    assert (fallback.node, fallback.what) == ("plan", "most frequent outline")
    assert "choice" in fallback.reason
    assert planned(run).outline == B
    assert [c.request.seed for c in engine.called("choose")] == [
        e.seed for e in kinds(run, ev.Sampled) if e.stage == "choose"
    ]
    assert len({c.request.seed for c in engine.called("choose")}) == 3
    assert [r.attempt for r in kinds(run, ev.Retried, "plan")] == [1, 2]


def test_a_choice_is_read_at_the_second_try() -> None:
    engine = candidates(A, B, choose=in_turn("?", "B"))
    run = play(engine, outlines=2)
    assert planned(run).outline == B
    assert not kinds(run, ev.Fallback)
    first, second = engine.called("choose")
    assert (first.request.temperature, second.request.temperature) == (0.0, 0.6)


def test_a_choice_longer_than_the_context_falls_back() -> None:
    lines = ";".join(f"#{i}={i}+{i}" for i in range(1, 12))
    texts = [f"{lines};#12={i}*{i}" for i in (2, 3, 4, 3)]
    engine = ScriptedEngine(script(outline=by_index(*texts)), context=250)
    run = play(engine, choice="model")
    (fallback,) = kinds(run, ev.Fallback)
    assert "tokens" in fallback.reason
    assert planned(run).outline == texts[1]
    assert run.status == "solved"


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_no_readable_outline_is_retried_with_new_seeds_then_a_single_step(retries: int) -> None:
    engine = ScriptedEngine(script(outline=JUNK))
    run = play(engine, retries=retries)
    calls = engine.called("outline")
    assert len(calls) == len({c.request.seed for c in calls}) == retries + 1
    assert [r.attempt for r in kinds(run, ev.Retried, "plan")] == list(range(1, retries + 1))
    (fallback,) = kinds(run, ev.Fallback)
    assert (fallback.node, fallback.what) == ("plan", "one-step plan")
    assert [s.text for s in planned(run).steps] == [PROBLEM]
    assert planned(run).how == "no outline could be read"
    assert run.status == "solved"
    assert engine.bodies("last1", "last2") == [PROBLEM]


def test_a_later_attempt_is_enough() -> None:
    engine = ScriptedEngine(script(outline=in_turn(JUNK, JUNK, OUTLINE)))
    run = play(engine, retries=4)
    assert planned(run).outline == OUTLINE
    assert len(engine.called("outline")) == 3
    assert not kinds(run, ev.Fallback)
    assert len(kinds(run, ev.OutlineRead)) == 12, "refused candidates of each attempt are kept"


def test_the_last_step_is_replaced_by_the_question() -> None:
    engine = ScriptedEngine()
    run = play(engine, replace_last=True, force_last=0.9)
    last = planned(run).steps[-1]
    assert (last.text, last.depends_on) == (PROBLEM, ("1", "2", "3"))
    assert [s.text for s in planned(run).steps[:-1]] == ["37*48", "125*16", "#1+#2"]
    earlier = "\n37*48=1776\n125*16=2000\n1776+2000=3776"
    assert engine.bodies("last2") == [PROBLEM + earlier]


def test_a_single_step_replaced_by_the_question_stays_a_single_step() -> None:
    run = play(ScriptedEngine(script(outline="#1=2+3")), replace_last=True)
    assert [(s.text, s.depends_on) for s in planned(run).steps] == [(PROBLEM, ())]


def test_givens_are_kept() -> None:
    run = play(ScriptedEngine(script(outline="a=3;b=4;#1=a*b")))
    assert planned(run).givens == (("a", "3"), ("b", "4"))
    assert [s.text for s in planned(run).steps] == ["a*b"]
    assert run.answer is not None
    assert run.answer.answer == "12"


def test_an_engine_failure_while_outlining_ends_the_run() -> None:
    run = play(ScriptedEngine(script(outline=fails("no memory left"))))
    assert run.end is not None
    assert (run.end.status, run.end.message) == ("failed", "no memory left")
    assert not kinds(run, ev.Planned)


def test_stopped_before_the_first_request_costs_nothing() -> None:
    cancel = threading.Event()
    cancel.set()
    engine = ScriptedEngine()
    run = play(engine, cancel=cancel)
    assert (run.status, engine.calls) == ("stopped", [])


class WordyDialect(OpenDialect):
    """Outlines whose steps are words, as a chat model's would be."""

    steps = ('He said "37\\cdot 48"\nand left', r"\frac{a}{b} of 'it' {{x}} </div>")

    def read_outline(self, sample: Any) -> Plan | str:
        one = SubProblem("1", "#1", self.steps[0])
        return Plan((one, SubProblem("2", "#2", self.steps[1], ("1",))), "wordy")


def test_quotes_latex_and_newlines_reach_the_model_unchanged() -> None:
    first, _ = WordyDialect.steps
    engine = ScriptedEngine()
    run = play(engine, dialect=WordyDialect())
    assert [s.text for s in planned(run).steps] == list(WordyDialect.steps)
    assert engine.bodies("last1") == [PROBLEM, f"{PROBLEM}\n{first}=6"]
    assert [n.filled for n in run.steps] == list(WordyDialect.steps)
    assert run.status == "solved"
