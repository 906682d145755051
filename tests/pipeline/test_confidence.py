"""The model's own confidence as the judge of its results, and ratings made late."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from scale_core.engines.base import Sample, Token
from scale_core.engines.scripted import Reply
from scale_core.pipeline.parse_cache import ParseCache
from scale_core.trace import events as ev
from tests.pipeline.scripted import (
    ScriptedEngine,
    by_body,
    kinds,
    play,
    right_result,
    right_work,
    script,
)

OWN = {"checker": "confidence", "accept": 0.9, "tau": 1.0}


def sure(text: str, probability: float) -> Reply:
    """A reply whose text as a whole has this probability (its end token has .9 of its own)."""
    first = Token(text[0], math.log(probability / 0.9))
    return Reply(text, tokens=(first, *(Token(c, 0.0) for c in text[1:])))


def sample(*logprobs: float | None) -> Sample:
    tokens = tuple(Token("x", logprob) for logprob in logprobs)
    return Sample(0, "x" * len(tokens), "stop", len(tokens), None, tokens)


def test_a_texts_probability_is_the_product_over_its_tokens() -> None:
    assert sample(math.log(0.5), math.log(0.4)).probability == pytest.approx(0.2)


def test_without_all_log_probabilities_there_is_no_confidence() -> None:
    assert sample(-0.1, None).probability is None
    assert sample().probability is None
    assert ParseCache().confidence([]) is None
    assert ParseCache().confidence(
        [sample(None), sample(math.log(0.3)), sample(math.log(0.6))]
    ) == (pytest.approx(0.6))


def test_a_confident_answer_is_accepted_without_a_token() -> None:
    engine = ScriptedEngine(script(s1=lambda body, seed, i: sure(right_result(body), 0.89)))
    run = play(engine, **{**OWN, "accept": 0.85})
    assert run.status == "solved" and engine.called("verify", "s2") == []
    assert {v.how for v in kinds(run, ev.Verified)} == {"confidence"}
    assert {v.probability for v in kinds(run, ev.Verified)} == {0.89}


def test_an_unsure_answer_is_worked_out() -> None:
    unsure = by_body({"37*48": sure("1777", 0.4)}, lambda b, s, i: sure(right_result(b), 0.9))
    engine = ScriptedEngine(script(s1=unsure, s2=lambda b, s, i: sure(right_work(b), 0.9)))
    run = play(engine, **{**OWN, "accept": 0.85})
    assert engine.bodies("s2") == ["37*48"]
    assert [e.node for e in kinds(run, ev.Escalated)] == ["1"]
    assert run.answer is not None and run.answer.answer == "6"


@pytest.mark.parametrize(
    ("verify", "checker", "tries"),
    [("auto", "confidence", 3), ("auto", "model", 1), ("system1", "confidence", 1)],
)
def test_slow_work_is_checked_too_where_that_is_free(verify: str, checker: str, tries: int) -> None:
    engine = ScriptedEngine(script(outline="#1=37*48", s2=lambda b, s, i: sure(right_work(b), 0.4)))
    run = play(
        engine, **{**OWN, "assign": "system2", "verify": verify, "checker": checker, "retries": 2}
    )
    assert len(engine.called("s2")) == tries and not engine.called("verify")
    assert run.answer is not None and run.answer.answer == "1776"
    assert run.nodes["1"].doubted is (tries > 1)


def test_an_engine_without_log_probabilities_is_asked() -> None:
    engine = ScriptedEngine(logprobs=False)
    run = play(engine, **{**OWN, "trust": -1.0, "accept": 0.5})
    assert {v.how for v in kinds(run, ev.Verified)} == {"model"}
    assert len(engine.called("verify")) == 4


def test_late_ratings_are_made_once_with_results_filled_in() -> None:
    engine = ScriptedEngine()
    run = play(engine)
    assert engine.bodies("rate") == ["37*48", "125*16", "1776+2000", "3776%13"]
    assert not any(r.provisional for r in kinds(run, ev.Rated))
    twice = play(ScriptedEngine(), rating="dynamic")
    late, dynamic = run.ledger.of_stage("rate"), twice.ledger.of_stage("rate")
    assert (late.total or 0) < (dynamic.total or 0)
    assert run.answer and twice.answer == replace(
        run.answer, t=twice.answer.t if twice.answer else 0
    )
