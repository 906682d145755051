"""The pipeline on a chat model: forms kept and broken, rescues, bounds, and what is recorded."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from scale_core import user_data
from scale_core.cli import show
from scale_core.cli.common import console
from scale_core.engines.base import Request, Sample, Token
from scale_core.pipeline.calibration import Calibration
from scale_core.problem import Mode
from scale_core.runs.replay import replay
from scale_core.runs.solve import duel
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.views import charts, export, figures, graph, inspector, tables
from tests.cli.terminal import alone
from tests.pipeline.chat_scripted import (
    ANSWER,
    OUTLINE,
    PROBLEM,
    RESULTS,
    ChatEngine,
    asked,
    play,
    right,
    script,
)
from tests.pipeline.scripted import kinds


def results(run: Run) -> dict[str, str]:
    return {e.node: e.result for e in kinds(run, ev.StepSolved)}


def test_a_run_in_the_forms_asked_for() -> None:
    engine = ChatEngine()
    run = play(engine, answer="1/3", tau=0.2)
    assert run.status == "solved"
    assert results(run) == RESULTS
    assert run.grade is not None and run.grade.verdict == "equal"
    assert not kinds(run, ev.Fallback) and not kinds(run, ev.Retried)
    assert [s.depends_on for s in run.plan.steps] == [(), ("1",), ("2",)]  # type: ignore[union-attr]
    modes = {e.node: e.mode for e in kinds(run, ev.StepStarted)}
    assert modes == {"1": Mode.SYSTEM1, "2": Mode.SYSTEM2, "3": Mode.SYSTEM2}


def test_thinking_and_forms_are_asked_for_by_stage() -> None:
    engine = ChatEngine()
    run = play(engine, tau=0.2)
    for request in engine.calls:
        stage = request.stage
        slow = stage == "system2"
        assert request.thinking is slow
        assert (request.thinking_budget is not None) is slow
        assert (request.schema is not None) is (stage in ("outline", "rate"))
        assert request.top_p == (0.95 if slow else 0.8)
    for event in kinds(run, ev.Sampled):
        assert event.thinking is (event.stage == "system2")
    assert run.ledger.total.thinking == 2 * len("hm")


def test_switches_reach_the_requests() -> None:
    engine = ChatEngine()
    play(engine, tau=0.2, thinking_budget=500, top_p=0.5, system2_max_tokens=2000)
    (request, *_) = engine.called("system2")
    assert (request.thinking_budget, request.top_p, request.max_tokens) == (500, 0.5, 2000)
    engine = ChatEngine()
    play(engine, tau=0.2, system2_max_tokens=2000)
    assert engine.called("system2")[0].thinking_budget == 1000


def test_earlier_steps_are_passed_on_as_results_not_as_thoughts_or_replies() -> None:
    def wordy(request: Request, node: str, stage: str, index: int) -> Sample:
        text = f"A long story.\n\\boxed{{{RESULTS[node]}}}"
        return Sample(index, text, "stop", 50, thinking="secret thoughts")

    engine = ChatEngine(script(system1=wordy, system2=wordy))
    play(engine, tau=0.2)
    last = asked(engine.called("system2", "3")[0])
    assert f"#1 = {RESULTS['1']}\n#2 = {RESULTS['2']}" in last
    assert "story" not in last and "secret" not in last


def test_ratings_are_the_mean_under_probabilities_or_of_samples() -> None:
    def weighed(request: Request, node: str, stage: str, index: int) -> Sample:
        text = '{"difficulty": 2}'
        tokens = [Token(c, 0.0, ((c, 0.0),)) for c in text]
        odds = (("2", math.log(0.5)), ("8", math.log(0.5)))
        tokens[text.index("2")] = Token("2", math.log(0.5), odds)
        return Sample(index, text, "stop", len(text), tokens=tuple(tokens))

    run = play(ChatEngine(script(rate=weighed), logprobs=True), rating="static")
    assert [round(e.raw * 9, 3) for e in kinds(run, ev.Rated)] == [5, 5, 5]

    def in_turn(request: Request, node: str, stage: str, index: int) -> str:
        return json.dumps({"difficulty": (1, 2, 9)[index % 3]})

    engine = ChatEngine(script(rate=in_turn))
    run = play(engine, rating="static", rating_samples=3)
    assert [round(e.raw * 9, 3) for e in kinds(run, ev.Rated)] == [4, 4, 4]
    assert engine.called("rate")[0].n == 3


# ---- weak models -----------------------------------------------------------------------------


@pytest.mark.parametrize("reply", ["I love marbles!", "", "{", "1.", "42", '{"steps": []}'])
def test_no_outline_ends_in_a_one_step_plan_for_all_to_see(reply: str) -> None:
    engine = ChatEngine(script(outline=reply))
    run = play(engine, retries=1)
    assert run.status == "solved"
    assert [s.text for s in run.plan.steps] == [PROBLEM]  # type: ignore[union-attr]
    (fallback,) = kinds(run, ev.Fallback)
    assert (fallback.node, fallback.what) == ("plan", "one-step plan")
    assert all(not e.valid and e.reason for e in kinds(run, ev.OutlineRead))
    assert "Plan:" not in asked(engine.called("rate")[0])


def test_a_model_that_understands_nothing_still_ends() -> None:
    engine = ChatEngine(lambda request, node, stage, index: "Well, well.")
    run = play(engine, retries=1)
    assert run.status == "unsolved"
    whats = [e.what for e in kinds(run, ev.Fallback)]
    assert whats[0] == "one-step plan"
    assert "rated hard" in whats
    assert kinds(run, ev.StepFailed)


@pytest.mark.parametrize(
    "outline",
    [f"```json\n{OUTLINE}\n```", f"Here it is:\n{OUTLINE}\nGood luck!", OUTLINE.replace('"', "'"),
     "1. Find the number of blue marbles\n2. Add #1 to the 12 red marbles\n3. Divide 12 by #2"],
)  # fmt: skip
def test_ugly_outlines_are_plans(outline: str) -> None:
    run = play(ChatEngine(script(outline=outline)))
    assert run.status == "solved" and len(run.steps) == 3
    assert not kinds(run, ev.Fallback)


def test_candidates_in_many_wordings_are_chosen_among() -> None:
    def varied(request: Request, node: str, stage: str, index: int) -> str:
        return OUTLINE.replace("Divide", f"Divide, as variant {index},")

    engine = ChatEngine(script(outline=varied, choose="Plan 3 is best."))
    run = play(engine)
    assert "as variant 2," in run.plan.last.text  # type: ignore[union-attr]
    assert asked(engine.called("choose")[0]).count("Plan ") >= 4


def test_a_result_in_no_form_is_read_out_by_the_model_for_all_to_see() -> None:
    def chatty(request: Request, node: str, stage: str, index: int) -> str:
        return "There must be two dozen of them." if node == "1" else right(request, node, stage, 0)

    engine = ChatEngine(script(system1=chatty, system2=chatty))
    run = play(engine, tau=0.2)
    assert run.status == "solved" and results(run)["1"] == "24"
    (fallback,) = kinds(run, ev.Fallback, "1")
    assert "reads the result out" in fallback.what
    (request,) = engine.called("extract")
    assert "two dozen" in asked(request) and request.thinking is False
    assert run.ledger.of_stage("extract").total


def test_an_extraction_that_finds_nothing_is_no_result() -> None:
    engine = ChatEngine(script(system1="Hm.", system2="Hm.", extract=r"\boxed{none}"))
    run = play(engine, retries=0)
    assert run.status == "unsolved"
    assert len(engine.called("extract", "1")) == 2, "once a mode"


def test_a_cut_reply_is_not_sent_to_be_read_out() -> None:
    def cut(request: Request, node: str, stage: str, index: int) -> Sample:
        return Sample(index, "so far so", "length", 20)

    engine = ChatEngine(script(system1=cut, system2=cut))
    run = play(engine, retries=0)
    assert run.status == "unsolved" and not engine.called("extract")
    assert "cut off" in kinds(run, ev.StepFailed)[0].reason


def test_a_chain_is_read_out_too() -> None:
    engine = ChatEngine(script(chain="A third of them, I would say."))
    run = play(engine, preset="cot")
    assert run.answer is not None and run.answer.answer == ANSWER
    assert kinds(run, ev.Fallback, "whole")


# ---- verifying -------------------------------------------------------------------------------


def test_a_chat_models_confidence_in_its_text_judges_nothing() -> None:
    """The probability of a whole reply in words is next to 0, right or wrong."""
    engine = ChatEngine(logprobs=True)
    run = play(engine, tau=0.2, checker="confidence")
    (verified,) = kinds(run, ev.Verified)
    assert (verified.how, verified.accepted) == ("model", True)
    assert engine.called("verify")


def test_a_doubted_result_is_escalated() -> None:
    engine = ChatEngine(script(verify="I get 25.\nVerdict: no"))
    run = play(engine, tau=0.2)
    assert [e.node for e in kinds(run, ev.Escalated)] == ["1"]
    assert run.status == "solved"


@pytest.mark.parametrize(
    ("witnesses", "probability"),
    [
        ((r"\boxed{24.0}", r"\boxed{\frac{48}{2}}"), 1.0),
        ((r"\boxed{24}", "No idea."), 2 / 3),
        ((r"\boxed{25}", r"\boxed{25}"), 1 / 3),
        (("No idea.", "None."), None),
    ],
)
def test_without_a_verdict_agreement_judges(
    witnesses: tuple[str, str], probability: float | None
) -> None:
    def again(request: Request, node: str, stage: str, index: int) -> str:
        return "I cannot tell." if "Verdict" in asked(request) else witnesses[index]

    engine = ChatEngine(script(verify=again))
    run = play(engine, tau=0.2)
    verified = kinds(run, ev.Verified, "1")[0]
    assert verified.how == "agreement"
    assert verified.probability == (None if probability is None else round(probability, 4))
    assert verified.accepted is (probability == 1.0)
    assert bool(kinds(run, ev.Escalated, "1")) is not verified.accepted


# ---- results that are no integers --------------------------------------------------------------

VALUES = [
    r"\frac{\sqrt{3}}{2}", r"x = 3,\ y = -\frac{1}{2}", r"\{1, 2, 3\}", r"\text{no solution}",
    r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}", "</td><script>alert(1)</script>", "[b]x[/b]",
    "a" * 900, "\u202e321", "=1+1", "🎲" * 40, r"\boxed{5}", "'; DROP TABLE runs; --",
    "10^{10^{10}}",
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_results_of_any_form_pass_through_and_are_shown(value: str) -> None:
    def solved(request: Request, node: str, stage: str, index: int) -> str:
        return f"\\boxed{{{value}}}"

    run = play(
        ChatEngine(script(system1=solved, system2=solved)), answer=value, system2_samples=3, tau=0.2
    )
    assert run.status == "solved"
    assert run.answer is not None
    assert value in (run.answer.answer, f"\\boxed{{{run.answer.answer}}}")
    shown(run)


def shown(run: Run) -> None:
    """Everything that is made for people of a run can be made, and is bounded."""
    whole = json.dumps(graph.view(run))
    assert len(whole) < 200_000
    for node in ("plan", "answer", "1", "2", "3"):
        assert len(json.dumps(inspector.inspect(run, node))) < 400_000
    assert len(json.dumps([charts.course(run), charts.nodes(run)])) < 60_000
    for sheet in figures.of(run):
        sheet.figure.to_json()
    tables.ledger(run)
    export.summary(run)
    out = console()
    with out.capture() as capture:
        out.print(show.account(alone(run)))
    assert len(capture.get()) < 60_000


def test_a_result_that_is_no_result_because_it_is_too_long() -> None:
    run = play(ChatEngine(script(system1=f"\\boxed{{{'7' * 5000}}}", extract="no")), tau=1.0,
               retries=0, escalate=False)  # fmt: skip
    assert run.status == "unsolved"


# ---- as published, presets, duels --------------------------------------------------------------


def test_as_published() -> None:
    def published(request: Request, node: str, stage: str, index: int) -> str:
        if stage == "rate":
            return "0.15" if "number of blue" in asked(request).split("next step")[-1] else "0.7"
        if stage == "outline":
            return json.dumps({"step1": "Find the number of blue marbles", "step2": "Add them up",
                               "step3": "Divide"})  # fmt: skip
        return "version1" if stage == "choose" else right(request, node, stage, index)

    engine = ChatEngine(published)
    run = play(engine, preset="faithful", answer="1/3")
    assert run.status == "solved"
    assert run.plan is not None and run.plan.last.text == PROBLEM
    assert {e.node: e.used for e in kinds(run, ev.Rated)} == {"1": 0.15, "2": 0.7, "3": 0.9}
    assert "mathematics teacher" in asked(engine.called("outline")[0])
    assert all(request.schema is None for request in engine.calls)
    assert "step answer: 24" in asked(engine.called("system2", "3")[0])


@pytest.mark.parametrize("preset", ["system1", "system2", "last", "cot", "self-consistency"])
def test_all_presets_run(preset: str) -> None:
    run = play(ChatEngine(), preset=preset, answer="1/3")
    assert run.grade is not None and run.grade.verdict == "equal"


async def _duel(engine: ChatEngine, lanes: tuple[str, ...], **settings: Any) -> Any:
    from scale_core.trace.duel import Duel

    events = duel(
        PROBLEM,
        lanes=lanes,
        budget="2/step",
        engine=engine,
        settings=settings,
        options={"prompts": "ours"},
    )
    return Duel([event async for event in events])


def test_lanes_run_on_a_chat_model_and_replay() -> None:
    import asyncio

    engine = ChatEngine()
    duel = asyncio.run(_duel(engine, ("uniform", "scale", "dora", "bandit")))
    assert duel.status == "solved"
    assert {lane.answer.answer for lane in duel.lanes.values()} == {ANSWER}
    again = asyncio.run(replay(duel))
    assert [run.status for run in again.lanes.values()] == ["solved"] * 4
    assert again.end is not None and not again.end.missing


def test_a_fitted_calibration_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from scale_core.pipeline import calibration

    monkeypatch.setenv(user_data.VARIABLE, str(tmp_path))
    fitted = Calibration(((0.0, 0.0), (1.0, 0.5)), 0.4, 0.1, "test")
    calibration.store(fitted, "scripted-chat")
    run = play(ChatEngine())
    assert run.start is not None and run.start.options["tau_used"] == 0.4
    last = kinds(run, ev.Rated, "3")[-1]
    assert last.calibrated == pytest.approx(7 / 9 / 2)
