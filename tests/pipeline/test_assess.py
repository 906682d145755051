"""Stage 2: ratings before solving and just before a step, forced, retried and calibrated."""

from __future__ import annotations

from typing import Any

import pytest

from scale_core.engines.scripted import Reply, weighed
from scale_core.pipeline.calibration import Calibration
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from tests.pipeline.scripted import (
    PROBLEM,
    ScriptedEngine,
    by_body,
    by_index,
    in_turn,
    kinds,
    play,
    script,
)

STATIC: dict[str, Any] = {"rating": "static", "calibrated": False, "expected_rating": False}


def rated(run: Run, node: str) -> list[ev.Rated]:
    return kinds(run, ev.Rated, node)


def test_static_ratings_come_before_anything_is_solved() -> None:
    engine = ScriptedEngine()
    run = play(engine, **STATIC)
    roles = [call.role for call in engine.calls]
    assert roles[:5] == ["outline", "rate", "rate", "rate", "rate"]
    assert "rate" not in roles[5:]
    assert engine.bodies("rate") == [
        "#1=37*48",
        "#1=37*48;#2=125*16",
        "#1=37*48;#2=125*16;#3=#1+#2",
        "#1=37*48;#2=125*16;#3=#1+#2;#4=#3%13",
    ]
    assert not any(r.provisional or r.forced for r in kinds(run, ev.Rated))


def test_dynamic_ratings_are_made_again_with_results_filled_in() -> None:
    engine = ScriptedEngine()
    run = play(engine, rating="dynamic")
    assert engine.bodies("rate")[4:] == ["1776+2000", "3776%13"]
    flags = {n: [r.provisional for r in rated(run, n)] for n in "1234"}
    assert flags == {"1": [False], "2": [False], "3": [True, False], "4": [True, False]}
    assert set(engine.bodies("rate")[:2]) == {"37*48", "125*16"}


def test_the_second_rating_decides_the_mode() -> None:
    engine = ScriptedEngine(script(rate=by_body({"3776%13": "9"}, "0")))
    run = play(engine, rating="dynamic")
    node = run.nodes["4"]
    assert (node.difficulty, node.mode) == (1.0, "system2")
    assert node.first_rating is not None
    assert node.first_rating.used == 0.0
    assert [(a.mode, a.provisional) for a in kinds(run, ev.Assigned, "4")] == [
        ("system1", True),
        ("system2", False),
    ]
    assert engine.bodies("s2") == ["3776%13"]


def test_the_second_rating_comes_just_before_the_step() -> None:
    run = play(ScriptedEngine(), rating="dynamic")
    order = [type(e) for e in run.events if getattr(e, "node", "") == "4"]
    final = max(i for i, kind in enumerate(order) if kind is ev.Rated)
    assert order[final : final + 3] == [ev.Rated, ev.Assigned, ev.StepStarted]


def test_ratings_are_asked_for_at_once() -> None:
    engine = ScriptedEngine()
    play(engine, **STATIC)
    calls = engine.called("rate")
    assert all(a.overlaps(b) for a in calls for b in calls)


def test_the_last_step_is_forced_and_no_call_is_spent_on_it() -> None:
    engine = ScriptedEngine(script(rate="0"))
    run = play(engine, preset="faithful")
    (forced,) = rated(run, "4")
    assert (forced.raw, forced.used, forced.forced) == (None, 0.9, True)
    assert len(engine.called("rate")) == 3
    assert (run.nodes["4"].mode, run.nodes["3"].mode) == ("system2", "system1")


def test_a_forced_rating_is_not_made_again() -> None:
    run = play(ScriptedEngine(), force_last=0.9)
    assert [(r.used, r.forced) for r in rated(run, "4")] == [(0.9, True)]


@pytest.mark.parametrize(("tau", "mode"), [(0.89, "system2"), (0.9, "system1"), (1.0, "system1")])
def test_at_tau_09_the_last_step_drops_to_system_1_as_published(tau: float, mode: str) -> None:
    run = play(ScriptedEngine(), preset="faithful", tau=tau)
    assert run.nodes["4"].mode == mode
    assert run.status == "solved"


@pytest.mark.parametrize("retries", [0, 2])
@pytest.mark.parametrize("reply", ["", "x", "10", "-1", "0.5", "５", "easy"])
def test_an_unreadable_rating_is_retried_and_then_hard(reply: str, retries: int) -> None:
    engine = ScriptedEngine(script(rate=reply, outline="#1=2+3"))
    run = play(engine, retries=retries, expected_rating=False)
    calls = engine.called("rate")
    assert len(calls) == len({c.request.seed for c in calls}) == retries + 1
    assert [(r.stage, r.attempt) for r in kinds(run, ev.Retried, "1")] == [
        ("rate", i) for i in range(1, retries + 1)
    ]
    (fallback,) = kinds(run, ev.Fallback, "1")
    assert fallback.what == "rated hard"
    assert [(r.raw, r.calibrated, r.used) for r in rated(run, "1")] == [(None, None, 1.0)]
    assert run.nodes["1"].mode == "system2"


def test_a_rating_is_read_at_the_second_try() -> None:
    run = play(
        ScriptedEngine(script(rate=in_turn("x", "3"), outline="#1=2+3")), expected_rating=False
    )
    assert [r.raw for r in rated(run, "1")] == pytest.approx([1 / 3])
    assert not kinds(run, ev.Fallback)


def test_the_mean_of_several_ratings_counts() -> None:
    engine = ScriptedEngine(script(rate=by_index("9", "0", "x", "3"), outline="#1=2+3"))
    run = play(engine, rating_samples=4, expected_rating=False, calibrated=False)
    assert [r.used for r in rated(run, "1")] == pytest.approx([(9 + 0 + 3) / 27])
    (call,) = engine.called("rate")
    assert (call.request.n, call.request.temperature) == (4, 0.7)


def spread(body: str, seed: int, index: int) -> Reply:
    return weighed("9", {"9": 0.5, "0": 0.25, "3": 0.25}, at=0)


@pytest.mark.parametrize(
    ("expected", "raw", "temperature"), [(True, 7 / 12, 0.0), (False, 1.0, 0.7)]
)
def test_expected_or_sampled_reading(expected: bool, raw: float, temperature: float) -> None:
    engine = ScriptedEngine(script(rate=spread, outline="#1=2+3"))
    run = play(engine, expected_rating=expected, calibrated=False)
    assert [r.raw for r in rated(run, "1")] == pytest.approx([raw])
    assert engine.called("rate")[0].request.temperature == temperature


def test_without_log_probabilities_the_written_number_counts() -> None:
    engine = ScriptedEngine(script(rate=spread, outline="#1=2+3"), logprobs=False)
    run = play(engine, expected_rating=True)
    assert [r.raw for r in rated(run, "1")] == [1.0]


CURVE = Calibration(((0.0, 0.1), (1.0, 0.3)), tau=0.25)


@pytest.mark.parametrize(
    ("reply", "options", "calibrated", "used", "mode"),
    [
        ("9", {}, 0.3, 0.3, "system2"),
        ("3", {}, 1 / 6, 1 / 6, "system1"),
        ("9", {"tau": 0.3}, 0.3, 0.3, "system1"),
        ("0", {"tau": 0.05}, 0.1, 0.1, "system2"),
        ("3", {"calibrated": False, "tau": 0.2}, None, 1 / 3, "system2"),
    ],
)
def test_calibration(
    reply: str, options: dict[str, Any], calibrated: float | None, used: float, mode: str
) -> None:
    engine = ScriptedEngine(script(rate=reply, outline="#1=2+3"))
    run = play(engine, calibrated_by=CURVE, **options)
    (found,) = rated(run, "1")
    assert found.raw == pytest.approx(int(reply) / 9)
    assert found.calibrated == (None if calibrated is None else pytest.approx(calibrated))
    assert found.used == pytest.approx(used)
    assert run.nodes["1"].mode == mode


def test_the_fitted_threshold_is_used_and_recorded() -> None:
    run = play(ScriptedEngine(), calibrated_by=CURVE)
    assert run.start is not None
    assert (run.start.options["tau"], run.start.options["tau_used"]) == (None, 0.25)


@pytest.mark.parametrize(
    ("tau", "mode"), [(7 / 9, "system1"), (0.7778, "system1"), (0.77, "system2")]
)
def test_a_score_of_exactly_tau_is_system_1(tau: float, mode: str) -> None:
    engine = ScriptedEngine(script(rate="7", outline="#1=2+3"))
    run = play(engine, tau=tau, calibrated=False, expected_rating=False)
    assert run.nodes["1"].mode == mode


@pytest.mark.parametrize(("tau", "mode"), [(0.99, "system2"), (1.0, "system1")])
def test_a_score_of_one(tau: float, mode: str) -> None:
    run = play(ScriptedEngine(script(rate="9", outline="#1=2+3")), tau=tau)
    assert (run.nodes["1"].difficulty, run.nodes["1"].mode) == (1.0, mode)


@pytest.mark.parametrize("policy", ["system1", "system2", "last"])
def test_fixed_modes_need_no_ratings(policy: str) -> None:
    engine = ScriptedEngine()
    run = play(engine, assign=policy)
    assert not engine.called("rate")
    assert not kinds(run, ev.Rated)
    assert "assess" in run.phases, "the stage says that it is not needed"
    expected = {"system1": "1111", "system2": "2222", "last": "1112"}[policy]
    assert [a.mode[-1] for a in kinds(run, ev.Assigned)][:4] == list(expected)


def test_a_single_step_plan_is_rated_by_its_text() -> None:
    engine = ScriptedEngine(script(outline="junk"))
    play(engine, retries=0)
    assert engine.bodies("rate") == [PROBLEM]
