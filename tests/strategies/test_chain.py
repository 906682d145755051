"""Chain of thought and self-consistency: the whole problem without a plan."""

from __future__ import annotations

import pytest

from scale_core.engines.base import Finish
from scale_core.engines.scripted import Reply
from scale_core.trace import events as ev
from tests.pipeline.scripted import PROBLEM, ScriptedEngine, by_index, kinds, play, script


def test_one_chain() -> None:
    engine = ScriptedEngine()
    run = play(engine, preset="cot", answer="7")
    (call,) = engine.calls
    assert (call.role, call.body, call.request.n) == ("cot", PROBLEM, 1)
    assert run.answer is not None
    assert (run.answer.answer, run.answer.node) == ("6", "whole")
    assert run.grade is not None
    assert (run.status, run.grade.verdict) == ("solved", "different")


def test_self_consistency_is_one_request_and_the_majority() -> None:
    engine = ScriptedEngine(script(cot=by_index("=7", "a=6", "=7", "?", "b=6", "=6", "", "=8")))
    run = play(engine, preset="self-consistency")
    assert [call.request.n for call in engine.calls] == [8]
    assert run.answer is not None
    assert run.answer.answer == "6"
    assert run.answer.votes == (("6", 3), ("7", 2), ("8", 1))


def test_a_tied_vote_goes_to_the_first() -> None:
    run = play(ScriptedEngine(script(cot=by_index("=7", "=6"))), preset="self-consistency")
    assert run.answer is not None
    assert run.answer.answer == "7"


@pytest.mark.parametrize("reply", ["", "no idea", "=", "=3.5", "=1/2", "=?", "=6 "])
def test_no_readable_answer_is_unsolved(reply: str) -> None:
    run = play(ScriptedEngine(script(cot=reply)), preset="cot", answer="6")
    assert (run.status, run.answer, run.grade) == ("unsolved", None, None)
    (failed,) = kinds(run, ev.StepFailed)
    assert (failed.node, failed.reason) == ("whole", "no answer could be read")


def test_a_cut_off_chain_is_reported_as_such() -> None:
    cut = Reply("37*48=1776;=6", finish="length")
    run = play(ScriptedEngine(script(cot=lambda body, seed, index: cut)), preset="cot")
    (failed,) = kinds(run, ev.StepFailed)
    assert (run.status, failed.reason) == ("unsolved", "cut off at the token limit")


def test_chains_that_went_in_circles_are_reported_as_such() -> None:
    def ends(*finishes: Finish) -> str:
        replies = [Reply("37*48=1776;=6", finish=finish) for finish in finishes]
        engine = ScriptedEngine(script(cot=lambda body, seed, index: replies[index % 2]))
        run = play(engine, preset="self-consistency")
        return kinds(run, ev.StepFailed)[0].reason

    assert ends("repetition", "repetition") == "went in circles and was cut"
    assert ends("repetition", "length") == "cut off, in circles or at the token limit"


def test_a_token_limit_is_passed_on() -> None:
    engine = ScriptedEngine()
    run = play(engine, preset="cot", system2_max_tokens=5)
    assert engine.calls[0].request.max_tokens == 5
    assert run.status == "unsolved"
