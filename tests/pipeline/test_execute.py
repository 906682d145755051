"""Stage 4: the DAG's order, checks, escalation, retries and honest failure."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from scale_core.engines.scripted import Reply, weighed
from scale_core.problem import Mode
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from tests.pipeline.scripted import (
    LONG,
    RIGHT,
    Handler,
    Rewarding,
    ScriptedEngine,
    by_body,
    by_index,
    fails,
    in_turn,
    kinds,
    play,
    right_result,
    right_work,
    script,
    slow,
    stop_at,
)

ONE, TWO = Mode.SYSTEM1, Mode.SYSTEM2
STEP = "#1=2+3"
WIDE = "#1=2+3;#2=3+4;#3=4+5;#4=#1+#2;#5=#4+#3"
SURE: dict[str, Any] = {"verify": "none", "escalate": False}
NEEDS = {"2+3": (), "3+4": (), "4+5": (), "5+7": ("2+3", "3+4"), "12+9": ("5+7", "4+5")}


def run_step(options: dict[str, Any] | None = None, **roles: str | Handler) -> Run:
    """A plan of one operation, 2+3."""
    return play(ScriptedEngine(script(outline=STEP, **roles)), **(options or {}))


def verdicts(probabilities: dict[str, float]) -> Handler:
    """The verifier's probability of each claim `operation=result`."""

    def handler(body: str, seed: int, index: int) -> Reply:
        p = probabilities[body]
        return weighed("5;y" if p >= 0.5 else "5;n", {"y": p, "n": 1 - p})

    return handler


def failures(run: Run) -> dict[str, str]:
    return {e.node: e.reason for e in kinds(run, ev.StepFailed)}


# Schedule


@pytest.mark.parametrize("parallel", [True, False])
def test_a_step_starts_after_what_it_needs(parallel: bool) -> None:
    engine = ScriptedEngine(script(outline=WIDE, s1=slow(RIGHT["s1"], 0.005)))
    run = play(engine, parallel=parallel, **SURE)
    calls = {call.body: call for call in engine.called("s1")}
    for body, needs in NEEDS.items():
        assert all((calls[n].ended or 0) < calls[body].began for n in needs)
    assert run.answer is not None
    assert run.answer.answer == "21"


@pytest.mark.parametrize(("parallel", "overlapping"), [(True, 3), (False, 1)])
def test_independent_steps_overlap_only_when_parallel(parallel: bool, overlapping: int) -> None:
    engine = ScriptedEngine(script(outline=WIDE, s1=slow(RIGHT["s1"], 0.02)))
    play(engine, parallel=parallel, **SURE)
    first = [call for call in engine.called("s1") if call.body in ("2+3", "3+4", "4+5")]
    assert sum(first[0].overlaps(call) for call in first) == overlapping


def test_a_step_starts_as_soon_as_it_can() -> None:
    """#4 needs #1 and #2 only, so it does not wait for the slow #3."""
    cancel = threading.Event()
    lag = by_body({"4+5": Reply("9", delay=LONG)}, RIGHT["s1"])
    engine = ScriptedEngine(script(outline=WIDE, s1=lag), on_call=stop_at("s1", cancel, 4))
    run = play(engine, within=10, cancel=cancel, assign="system1", **SURE)
    assert engine.bodies("s1")[3:] == ["5+7"]
    assert run.status == "stopped"


def test_results_are_passed_on_and_recorded() -> None:
    run = play(ScriptedEngine())
    started = {e.node: (e.text, e.received) for e in kinds(run, ev.StepStarted)}
    assert started["3"] == ("1776+2000", (("1", "1776"), ("2", "2000")))
    assert started["4"] == ("3776%13", (("3", "3776"),))
    assert started["1"] == ("37*48", ())


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("preset", ["scale", "faithful", "system2"])
def test_thinking_and_scratch_work_are_never_passed_on(preset: str, parallel: bool) -> None:
    def work(body: str, seed: int, index: int) -> Reply:
        return Reply(f"SCRATCH;={right_result(body)}", thinking="THOUGHT")

    engine = ScriptedEngine(script(s2=work, last2="SCRATCH;=6", verify="SCRATCH;y", rate="9"))
    run = play(engine, preset=preset, parallel=parallel)
    assert any(s.thinking == "THOUGHT" for e in kinds(run, ev.Sampled) for s in e.samples)
    assert not [c.body for c in engine.calls if "SCRATCH" in c.body or "THOUGHT" in c.body]
    assert run.status == "solved"


# Failure


def test_a_failed_step_fails_what_needs_it_with_the_reason() -> None:
    bad = by_body({"3+4": "?"}, RIGHT["s1"])
    engine = ScriptedEngine(script(outline=WIDE, s1=bad, s2="?"))
    run = play(engine, answer="21")
    assert failures(run) == {
        "2": "no result could be read from the reply",
        "4": "it needs #2, which failed",
        "5": "it needs #4, which failed",
    }
    assert [n.state for n in run.steps] == ["solved", "failed", "solved", "failed", "failed"]
    assert (run.status, run.answer, run.grade) == ("unsolved", None, None)
    assert not {"4", "5"} & {e.node for e in kinds(run, ev.StepStarted)}


@pytest.mark.parametrize(
    "role", ["rate", "s1", "s2", "verify", "choose", "outline", "cot", "last1", "last2"]
)
@pytest.mark.parametrize("preset", ["scale", "faithful", "system2", "self-consistency"])
def test_empty_content_never_becomes_an_answer(role: str, preset: str) -> None:
    run = play(ScriptedEngine(script(**{role: ""})), preset=preset)
    assert run.status in ("solved", "unsolved")
    assert (run.answer is None) == (run.status == "unsolved")
    assert run.answer is None or run.answer.answer == "6"


@pytest.mark.parametrize("reply", ["", "5.0", "1/2", "?", "five", "5 ", "+5", "--5", "1e3", "5\n"])
def test_non_integer_results_are_not_read(reply: str) -> None:
    run = run_step(s1=reply, s2=f"2+3={reply}")
    assert (run.status, run.answer) == ("unsolved", None)


def test_an_inexact_division_fails_honestly() -> None:
    run = play(ScriptedEngine(script(outline="#1=7/2;#2=#1*2")))
    assert run.status == "unsolved"
    assert failures(run)["2"] == "it needs #1, which failed"


@pytest.mark.parametrize("operation", ["1234567+1", "123*456", "5%100", "7//0", "gcd(0,4)"])
@pytest.mark.parametrize("assign", ["system1", "threshold"])
def test_operands_out_of_range_are_refused_without_tokens(operation: str, assign: str) -> None:
    engine = ScriptedEngine(script(outline=f"#1={operation};#2=#1+1"))
    run = play(engine, assign=assign)
    assert "larger than the embedded model was taught" in failures(run)["1"]
    assert operation in failures(run)["1"]
    assert not engine.called("s1", "s2", "verify")
    assert {e.stage for e in run.ledger.entries if e.node in "12"} <= {"rate"}
    assert assign == "threshold" or run.ledger.of_node("1").total == 0
    assert run.status == "unsolved"


def test_a_result_that_grows_out_of_range_is_refused_before_it_is_rated_again() -> None:
    engine = ScriptedEngine(script(outline="#1=999999+9;#2=#1+1"))
    run = play(engine)
    assert failures(run) == {"2": "1000008+1 is larger than the embedded model was taught"}
    assert "1000008+1" not in engine.bodies("rate", "s1", "s2")


# Checks and escalation


def test_doubt_escalates() -> None:
    run = run_step(s1="7", verify=verdicts({"2+3=7": 0.2}))
    (escalated,) = kinds(run, ev.Escalated)
    assert (escalated.node, escalated.reason) == ("1", "the verifier doubts 7")
    assert [(v.mode, v.result, v.probability, v.accepted) for v in kinds(run, ev.Verified)] == [
        (ONE, "7", 0.2, False)
    ]
    (solved,) = kinds(run, ev.StepSolved)
    assert (solved.mode, solved.result, solved.doubted) == (TWO, "5", False)


def test_a_doubted_system_1_result_is_not_tried_again_before_it_escalates() -> None:
    engine = ScriptedEngine(script(outline=STEP, s1="7"))
    play(engine, retries=5)
    assert len(engine.called("s1")) == len(engine.called("s2")) == 1


def says_five(line: str) -> float:
    return 0.97 if line.endswith("= 5") else 0.2


@pytest.mark.parametrize("checker", ["model", "confidence"])
def test_a_process_reward_model_judges_where_there_is_one(checker: str) -> None:
    engine = Rewarding(script(outline=STEP, s1="7"), judge=says_five)
    run = play(engine, checker=checker, accept=0.9, verify="all")
    assert engine.read == [("2+3 = 7",), ("2+3 = 5",)] and not engine.called("verify")
    assert [(v.result, v.probability, v.accepted, v.how) for v in kinds(run, ev.Verified)] == [
        ("7", 0.2, False, "prm"), ("5", 0.97, True, "prm"),
    ]  # fmt: skip
    assert run.nodes["1"].result == "5"
    assert [m.usage for m in kinds(run, ev.Measured)] == [Usage(7, 0, 0, 0)] * 2


def test_a_process_reward_model_reads_the_results_so_far() -> None:
    engine = Rewarding()
    play(engine, verify="all", assign="system2")
    assert engine.read[-1] == (
        "37*48 = 1776", "125*16 = 2000", "1776+2000 = 3776", "3776%13 = 6",
    )  # fmt: skip


@pytest.mark.parametrize(("probability", "accepted"), [(0.5, True), (0.4999, False), (1.0, True)])
def test_the_bound_of_acceptance(probability: float, accepted: bool) -> None:
    run = run_step(verify=verdicts({"2+3=5": probability}))
    assert kinds(run, ev.Verified)[0].accepted is accepted
    assert bool(kinds(run, ev.Escalated)) is not accepted


@pytest.mark.parametrize("verdict", ["", "maybe", "y!", "5;"])
def test_an_unreadable_verdict_is_doubt(verdict: str) -> None:
    run = run_step(verify=verdict)
    assert [(v.probability, v.accepted) for v in kinds(run, ev.Verified)] == [(None, False)]
    assert len(kinds(run, ev.Escalated)) == 1
    assert run.status == "solved"


@pytest.mark.parametrize(
    ("rate", "trust", "checked"),
    [("3", 0.34, False), ("3", 0.33, True), ("0", 0.0, False), ("0", None, True)],
)
def test_an_easy_enough_result_is_trusted_without_a_check(
    rate: str, trust: float | None, checked: bool
) -> None:
    engine = ScriptedEngine(script(outline=STEP, rate=rate, s1="7"))
    run = play(engine, tau=0.9, trust=trust)
    assert bool(engine.called("verify")) is checked
    assert bool(kinds(run, ev.Escalated)) is checked
    assert run.nodes["1"].result == ("5" if checked else "7")


def test_an_unreadable_system_1_is_retried_then_escalates() -> None:
    engine = ScriptedEngine(script(outline=STEP, s1="?"))
    run = play(engine, retries=2)
    assert len({c.request.seed for c in engine.called("s1")}) == 3
    assert [(r.stage, r.attempt) for r in kinds(run, ev.Retried)] == [
        ("system1", 1),
        ("system1", 2),
    ]
    (escalated,) = kinds(run, ev.Escalated)
    assert escalated.reason == "no result could be read from the reply"
    assert run.nodes["1"].mode is TWO
    assert run.status == "solved"


def test_without_escalation_an_unreadable_system_1_fails() -> None:
    run = run_step(SURE, s1="?")
    assert failures(run) == {"1": "no result could be read from the reply"}
    assert not kinds(run, ev.Escalated)


@pytest.mark.parametrize(
    ("verify", "checked"), [("none", ""), ("system1", "1"), ("auto", "1"), ("all", "12")]
)
def test_what_the_verifier_looks_at(verify: str, checked: str) -> None:
    rate = by_body({"2+3": "0"}, "9")
    engine = ScriptedEngine(script(outline="#1=2+3;#2=3*4", rate=rate))
    run = play(engine, verify=verify, escalate=False)
    assert sorted(v.node for v in kinds(run, ev.Verified)) == list(checked)


def guesses(*texts: str) -> Handler:
    return in_turn(*(f"2+3={text}" for text in texts))


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_doubted_system_2_results_are_retried_within_bounds(retries: int) -> None:
    engine = ScriptedEngine(
        script(outline=STEP, rate="9", s2=guesses("7", "8", "9", "10"), verify="n")
    )
    run = play(engine, verify="all", retries=retries)
    assert len(engine.called("s2")) == len(engine.called("verify")) == retries + 1
    assert kinds(run, ev.StepSolved)[0].doubted


def test_the_likeliest_doubted_result_stands_as_doubted() -> None:
    odds = verdicts({"2+3=7": 0.2, "2+3=5": 0.4, "2+3=8": 0.3})
    run = run_step(
        {"verify": "all", "retries": 2}, rate="9", s2=guesses("7", "5", "8"), verify=odds
    )
    (solved,) = kinds(run, ev.StepSolved)
    assert (solved.result, solved.doubted, solved.mode) == ("5", True, TWO)
    assert [r.reason for r in kinds(run, ev.Retried)] == [
        "the verifier doubts 7",
        "the verifier doubts 5",
    ]
    assert run.nodes["1"].doubted


def test_the_first_accepted_result_ends_the_retries() -> None:
    engine = ScriptedEngine(script(outline=STEP, rate="9", s2=guesses("7", "5", "8")))
    run = play(engine, verify="all", retries=5)
    assert len(engine.called("s2")) == 2
    (solved,) = kinds(run, ev.StepSolved)
    assert (solved.result, solved.doubted) == ("5", False)


def test_a_doubted_result_stands_when_later_tries_are_unreadable() -> None:
    run = run_step({"verify": "all", "retries": 2}, rate="9", s2=guesses("7", "?", ""))
    (solved,) = kinds(run, ev.StepSolved)
    assert (solved.result, solved.doubted) == ("7", True)


def test_doubted_system_1_without_escalation_is_retried_and_stands() -> None:
    run = run_step(
        {"escalate": False, "retries": 1},
        s1=in_turn("7", "8"),
        verify=verdicts({"2+3=7": 0.1, "2+3=8": 0.3}),
    )
    (solved,) = kinds(run, ev.StepSolved)
    assert (solved.mode, solved.result, solved.doubted) == (ONE, "8", True)


# Cut-off replies and votes


def cut(body: str, seed: int, index: int) -> Reply:
    return Reply(right_work(body)[:-1], finish="length")


def test_a_cut_off_system_2_is_reported_as_such() -> None:
    run = run_step({"retries": 1}, rate="9", s2=cut)
    assert failures(run) == {"1": "the reply was cut off at the token limit"}
    assert [r.reason for r in kinds(run, ev.Retried)] == [
        "the reply was cut off at the token limit"
    ]
    assert run.status == "unsolved"
    assert not [e for e in kinds(run, ev.Sampled) if e.stage == "system1"], "never re-solved"


def test_a_system_2_that_goes_in_circles_is_tried_again_and_reported_as_such() -> None:
    def loops(body: str, seed: int, index: int) -> Reply:
        return Reply(right_work(body)[:-1], finish="repetition")

    run = run_step({"retries": 1}, rate="9", s2=loops)
    why = "the reply went in circles and was cut"
    assert failures(run) == {"1": why}
    assert [r.reason for r in kinds(run, ev.Retried)] == [why]


def test_a_result_before_the_cut_is_not_trusted() -> None:
    run = run_step(rate="9", s2=lambda body, seed, index: Reply("2+3=5", finish="length"))
    assert run.answer is None


def test_a_token_limit_cuts_off_system_2_only() -> None:
    engine = ScriptedEngine(script(outline=STEP, rate="9"))
    run = play(engine, system2_max_tokens=2)
    assert {c.request.max_tokens for c in engine.called("s2")} == {2}
    assert failures(run) == {"1": "the reply was cut off at the token limit"}
    easy = ScriptedEngine(script(outline=STEP))
    assert play(easy, system2_max_tokens=2).status == "solved"


def test_the_majority_of_the_samples_counts() -> None:
    engine = ScriptedEngine(script(outline=STEP, s1=by_index("7", "5", "?", "5", "7", "5")))
    run = play(engine, system1_samples=6)
    (solved,) = kinds(run, ev.StepSolved)
    assert (solved.result, solved.votes) == ("5", (("5", 3), ("7", 2)))
    assert [c.request.n for c in engine.called("s1")] == [6]


def test_system_2_samples_are_voted_on_too() -> None:
    engine = ScriptedEngine(script(outline=STEP, rate="9", s2=by_index("=7", "=5", "=5")))
    run = play(engine, system2_samples=3)
    assert kinds(run, ev.StepSolved)[0].votes == (("5", 2), ("7", 1))


def test_one_sample_has_no_votes() -> None:
    assert kinds(run_step(), ev.StepSolved)[0].votes == ()


@pytest.mark.parametrize(("rate", "temperature"), [("0", 0.1), ("9", 1.2)])
def test_temperatures(rate: str, temperature: float) -> None:
    engine = ScriptedEngine(script(outline=STEP, rate=rate))
    play(engine, system1_temperature=0.1, system2_temperature=1.2, top_p=0.8, **SURE)
    (call,) = engine.called("s1", "s2")
    assert (call.request.temperature, call.request.top_p) == (temperature, 0.8)


# The engine fails


@pytest.mark.parametrize("role", ["outline", "rate", "s1", "verify", "s2"])
@pytest.mark.parametrize("parallel", [True, False])
def test_an_engine_failure_ends_the_run_with_its_message(role: str, parallel: bool) -> None:
    roles: dict[str, Any] = {} if role in ("s1", "verify") else {"verify": "n"}
    engine = ScriptedEngine(script(**{**roles, role: fails("the engine is closed")}))
    run = play(engine, parallel=parallel)
    assert run.end is not None
    assert (run.end.status, run.end.message) == ("failed", "the engine is closed")
    assert run.answer is None


@pytest.mark.parametrize(
    ("outline", "problem", "context", "reached"),
    [
        ("#1=2+3", "x" * 20, 20, ["outline"]),
        (WIDE, "x", 30, ["outline", *["rate"] * 4]),
        ("#1=2+3;#2=3+4", "x" * 30, 35, ["outline", "rate", "s1", "last2"]),
    ],
    ids=["outline", "rate", "last step"],
)
def test_a_prompt_longer_than_the_context_is_said(
    outline: str, problem: str, context: int, reached: list[str]
) -> None:
    engine = ScriptedEngine(script(outline=outline), context=context)
    run = play(engine, problem, preset="faithful", outlines=1)
    assert run.end is not None
    assert run.status == "failed"
    assert f"the model reads {context}" in run.end.message
    assert [call.role for call in engine.calls] == reached
