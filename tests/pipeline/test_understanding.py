"""How sure a run is that it understood: the signs, their weights, and the event that tells."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.dialects.base import Mismatch
from scale_core.pipeline import understanding
from scale_core.pipeline.understanding import Signs, Understanding
from scale_core.runs import lanes
from scale_core.runs.replay import replay
from scale_core.runs.solve import solve
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from tests.pipeline.scripted import ScriptedEngine, by_index, kinds, play, script

KNOWN = Understanding(
    -1.0, (0.5, 0.7, 0.4, -1.5, -1.0, -2.0, -2.0, -1.0, -0.1, -0.1), 0.6, "a test"
)
EIGHT, FIVES = "#1=8+5;#2=#1-3", "#1=5+8;#2=#1-3"
STORY = "Ann has 8 pens, gets 5 more and loses 3. How many pens has she now?"
CHANCE = st.floats(0, 1)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Understanding:
    """Every run is judged by it, whatever lies beside the model."""
    monkeypatch.setattr(lanes.understanding, "load", lambda folder: KNOWN)
    return KNOWN


@given(CHANCE, CHANCE, CHANCE)
def test_more_support_is_never_less_sure(agreement: float, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert KNOWN.sure(Signs(agreement, low)) <= KNOWN.sure(Signs(agreement, high))
    assert KNOWN.sure(Signs(low, agreement)) <= KNOWN.sure(Signs(high, agreement))
    assert 0 <= KNOWN.sure(Signs(agreement, low, Mismatch(("3",), ("8",), ("9",), ("3-8",)))) <= 1


def test_numbers_left_out_speak_against_a_plan() -> None:
    plain = Signs(1.0, 0.9)
    assert KNOWN.sure(replace(plain, told=80)) < KNOWN.sure(replace(plain, told=20))
    assert KNOWN.against(replace(plain, told=80)) == ("it is a long story",)
    for name in ("never", "twice", "unstated", "uneven", "unheard"):
        assert KNOWN.sure(replace(plain, numbers=Mismatch(**{name: ("3",)}))) < KNOWN.sure(plain)
    left_out = replace(plain, numbers=Mismatch(never=("3", "4", "5")))
    assert KNOWN.against(left_out) == ("it never uses 3, 4 and 5",)
    assert KNOWN.against(Signs(0.25, 0.1))[1] == "75% of the outlines say something else"


def test_what_was_not_looked_at_when_a_run_was_recorded_weighs_nothing() -> None:
    older = Understanding.of({**asdict(KNOWN), "weights": KNOWN.weights[:5]})
    odd = Signs(1.0, 0.9, Mismatch(unstated=("9",), uneven=("3-8",)))
    assert older.sure(odd) == older.sure(Signs(1.0, 0.9))
    assert older.against(odd) == ("problems that look like this one are often misread",)
    assert KNOWN.against(odd) == (
        "it uses 9, which nobody stated",
        "3-8 does not come out in whole things",
    )


def test_weights_come_back_from_where_they_are_kept(tmp_path: Path) -> None:
    assert understanding.load(tmp_path) is None and understanding.load(None) is None
    KNOWN.save(tmp_path)
    assert understanding.load(tmp_path) == KNOWN
    assert Understanding.of(json.loads(json.dumps(asdict(KNOWN)))) == KNOWN
    with pytest.raises(ValueError, match="weight for each sign"):
        Understanding(0.0, (1.0,), 0.5, "")


def run_of(*outlines: str) -> Run:
    return play(ScriptedEngine(script(outline=by_index(*outlines))), problem=STORY)


def test_outlines_that_mean_the_same_agree(known: Understanding) -> None:
    understood = run_of(EIGHT, FIVES).understood
    assert understood is not None
    assert understood.plans == ((EIGHT, 4),)
    assert not any("outlines say something else" in reason for reason in understood.against)


def test_the_surest_plan_is_followed_not_the_most_frequent(known: Understanding) -> None:
    run = run_of("#1=8+5", "#1=8+5", EIGHT, "#1=8+5")
    assert run.planned is not None and run.understood is not None
    assert run.planned.outline == EIGHT
    assert run.planned.how == "the surest of 2 different outlines"
    assert run.understood.plans == (("#1=8+5", 3), (EIGHT, 1))
    assert not any("choose" in s.stage for s in kinds(run, ev.Sampled))


def test_a_vote_is_still_a_vote(known: Understanding) -> None:
    engine = ScriptedEngine(script(outline=by_index("#1=8+5", "#1=8+5", EIGHT, "#1=8+5")))
    assert play(engine, problem=STORY, choice="vote").planned.outline == "#1=8+5"


def test_plans_that_competed_are_told(known: Understanding) -> None:
    run = run_of(EIGHT, EIGHT, FIVES, "#1=8*5")
    understood = run.understood
    assert understood is not None
    assert understood.plans == ((EIGHT, 3), ("#1=8*5", 1))
    assert "25% of the outlines say something else" in understood.against
    assert understood.least == KNOWN.least
    assert run.unsure is (understood if understood.sure < KNOWN.least else None)


def test_numbers_that_the_plan_leaves_out_are_told(known: Understanding) -> None:
    understood = run_of("#1=8+5").understood
    assert understood is not None and "it never uses 3" in understood.against


def test_no_outline_at_all_is_no_understanding(known: Understanding) -> None:
    run = run_of("let me think")
    assert run.unsure is not None and run.unsure.sure == 0
    assert run.unsure.against == ("no outline of it could be read",)


def test_a_model_that_nobody_measured_says_nothing() -> None:
    assert run_of(EIGHT).understood is None


def test_a_replay_is_as_sure_as_the_duel_was(known: Understanding) -> None:
    async def both() -> tuple[dv.Duel, dv.Duel]:
        engine = ScriptedEngine(script(outline=by_index(EIGHT, "#1=8+5")))
        events = lanes.run_lanes(
            STORY, ["uniform", "scale"], "2/step", engine=engine, dialect=AbacusDialect()
        )
        duel = dv.Duel([event async for event in events])
        return duel, await replay(duel)

    import asyncio

    duel, again = asyncio.run(both())
    for lane, run in duel.lanes.items():
        assert run.understood is not None
        assert replace(run.understood, t=0.0) == replace(again.lanes[lane].understood, t=0.0)  # type: ignore[type-var]


def test_the_embedded_model_s_own_runs_are_judged(known: Understanding) -> None:
    async def run() -> Run:
        return Run([event async for event in solve("What is 12+30*4?", seed=3)])

    import asyncio

    understood = asyncio.run(run()).understood
    assert understood is not None and understood.sure > 0.9  # the model's own, clear language
    assert not understood.unsure and understood.plans[0][0] == "#1=30*4;#2=12+#1"


def test_the_event_reads_back() -> None:
    told = ev.Understood(sure=0.4, least=0.6, against=("a",), plans=(("#1=8*5", 1),))
    assert ev.from_json(json.loads(json.dumps(ev.to_json(told)))) == told
    assert told.unsure
