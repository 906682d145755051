"""Duels as the page plays them: frames, Stop, the replay lab, budgets; driven without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import scripted_duel

from scale_core.engines.base import EngineError
from scale_core.strategies.settings import BudgetSpec, Settings
from scale_core.trace import duel as du
from scale_core.trace.duel import Duel
from scale_core.ui import lab, messages, streaming, switches
from scale_core.ui.player import Challenge, DuelFrame, DuelPlayer, DuelSession, DuelShow

ASK = Challenge("x", "36", ("uniform", "scale", "dora", "bandit"))


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE_UI_PACE", "0.01")


def player(run: Any = scripted_duel.duel) -> DuelPlayer:
    refill = lambda duel, engine: ("bank of", duel)  # noqa: E731
    return DuelPlayer(
        run, scripted_duel.replay, None, None, refill=refill, lanes=scripted_duel.LANES
    )


async def frames(made: DuelPlayer, session: DuelSession, ask: Challenge = ASK) -> list[DuelFrame]:
    return [frame async for frame in made.play(session, ask)]


def rules(**changes: Any) -> tuple[Any, ...]:
    """What the controls of the lanes' rules say."""
    return tuple((Settings().as_dict() | changes).values())


def played(session: DuelSession, ask: Challenge = ASK) -> list[DuelFrame]:
    return asyncio.run(frames(player(), session, ask))


def test_the_last_frame_is_complete_and_only_it_has_tables() -> None:
    session = DuelSession()
    seen = played(session)
    last = seen[-1]
    assert last.view["status"] == "solved" and not last.running and not session.busy
    assert last.charts is not None and last.charts.tables is not None
    assert all(f.charts is None or f.charts.tables is None for f in seen[:-1])
    rolled = [sum(lane["rollouts"] for lane in f.view["lanes"]) for f in seen]
    assert rolled == sorted(rolled) and rolled[-1] == session.duel.lanes["uniform"].rollouts + sum(
        session.duel.lanes[n].rollouts for n in ("scale", "dora", "bandit")
    )


def test_stop_ends_every_lane_and_keeps_what_was_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE_UI_PACE", "0.1")

    async def go(session: DuelSession) -> list[DuelFrame]:
        seen = []
        async for frame in player().play(session, ASK):
            seen.append(frame)
            if frame.view["head"]["physical"]:
                session.stop()
        return seen

    session = DuelSession()
    seen = asyncio.run(go(session))
    assert seen[-1].view["status"] == "stopped"
    assert {lane["state"] for lane in seen[-1].view["lanes"]} == {"stopped"}
    assert seen[-1].view["head"]["physical"] > 0


def test_a_source_that_does_not_obey_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "STOP_PATIENCE", 0.1)

    async def deaf(problem: str, **k: Any) -> AsyncIterator[du.DuelEvent]:
        for event in scripted_duel.whole("x", until=4):
            yield event
        await asyncio.sleep(60)

    async def go(session: DuelSession) -> None:
        stream = player(deaf).play(session, ASK)
        await anext(stream)
        await asyncio.wait_for(stream.aclose(), 2)

    session = DuelSession()
    asyncio.run(go(session))
    assert session.duel.status == "stopped"
    ended = [run.status for run in session.duel.lanes.values() if run.start]
    assert ended and set(ended) == {"stopped"}


def test_a_broken_duel_is_told_kindly() -> None:
    async def broken(problem: str, **k: Any) -> AsyncIterator[du.DuelEvent]:
        yield scripted_duel.Script("x").start()
        raise EngineError("the model file is gone")

    session = DuelSession()
    seen = asyncio.run(frames(player(broken), session))
    assert seen[-1].view["status"] == "failed" and "the model file is gone" in seen[-1].problem


def test_what_is_out_of_bounds_never_starts() -> None:
    session = DuelSession()
    seen = played(session, replace(ASK, lanes=()))
    assert len(seen) == 1 and "at least one lane" in seen[0].problem
    seen = played(session, replace(ASK, rules=rules(T_b=-1.0)))
    assert len(seen) == 1 and "T_b must be" in seen[0].problem


def test_sessions_share_nothing() -> None:
    first = DuelSession()
    second = deepcopy(first)
    assert second.duel is not first.duel and second.cancel is not first.cancel
    assert type(second) is DuelSession


# ---- pieces --------------------------------------------------------------------------------


def test_pieces_for_the_drawings() -> None:
    session = DuelSession()
    last = played(session)[-1]
    head, cards, heat = messages.duel_pieces(last.view)
    assert head["duel"] == cards["duel"] == heat["duel"] == session.duel.start.duel  # type: ignore[union-attr]
    assert len(cards["lanes"]) == 4 and len(heat["rows"]) == 4 and head["line_end"] == "Done"


# ---- budgets and switches ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [(4, "rollouts a step", "4/step"), (2.5, "rollouts a step", "2.5/step"),
     (32, "rollouts in all", "32"), (2000, "tokens", "2000 tokens")],
)  # fmt: skip
def test_budgets_are_written(amount: float, unit: str, text: str) -> None:
    written = switches.budget_of(amount, unit)
    assert written == text and BudgetSpec.read(written).amount == amount


@pytest.mark.parametrize("amount", [None, "", 0, -3, float("nan"), float("inf"), True])
def test_budgets_that_are_none(amount: Any) -> None:
    with pytest.raises(ValueError, match="budget"):
        switches.budget_of(amount, "tokens")


def test_less_than_one_rollout_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one rollout"):
        switches.budget_of(0.5, "rollouts a step")


def test_only_changed_rules_are_passed_on() -> None:
    assert switches.changed_settings(rules()) == {}
    assert switches.changed_settings(rules(T_b=0.3)) == {"T_b": 0.3}


def test_a_duel_leaves_the_strategy_and_the_samples_to_its_lanes() -> None:
    values = switches.preset_values("self-consistency")
    told = switches.changed_for_duel(values, 0.3)
    assert told["tau"] == 0.3 and not set(told) & set(switches.OF_ONE_STRATEGY)


# ---- the replay lab ------------------------------------------------------------------------


def values_of(duel: Duel) -> list[float]:
    """What the sliders stand at after a duel."""
    assert duel.start is not None
    first = [u["value"] for u in lab.follow(duel)]
    return first


def test_sliders_that_were_not_moved_ask_for_nothing() -> None:
    session = DuelSession()
    played(session)
    assert lab.decision(session.duel, values_of(session.duel)) == ({}, None, "4/step")


def test_a_setting_between_two_stops_of_its_slider_stays_as_it_was() -> None:
    session = DuelSession()
    played(session, replace(ASK, rules=rules(T_b=0.123), budget="2.5/step", tau=0.333))
    settings, tau, budget = lab.decision(session.duel, values_of(session.duel))
    assert (settings, tau, budget) == ({}, None, "2.5/step")


def test_moved_sliders_are_asked_for() -> None:
    session = DuelSession()
    played(session)
    values = values_of(session.duel)
    values[0], values[1], values[2] = 6, 0.7, 0.5
    assert lab.decision(session.duel, values) == ({"T_b": 0.5}, 0.7, "6/step")


def test_only_sliders_that_matter_are_shown() -> None:
    session = DuelSession()
    played(session, replace(ASK, lanes=("uniform", "bandit")))
    shown = {
        k.name: u["visible"] for k, u in zip(lab.KNOBS, lab.follow(session.duel)[2:], strict=True)
    }
    assert {name for name, on in shown.items() if on} == {"gamma"}
    assert lab.follow(session.duel)[1]["visible"] is False  # tau concerns SCALE


@pytest.mark.parametrize("budget", ["4/step", "2.5/step", "40", "3000 tokens"])
def test_the_budget_slider_has_the_duels_unit(budget: str) -> None:
    told = lab.budget_range(BudgetSpec.read(budget))
    assert told["minimum"] <= told["value"] <= told["maximum"]
    assert told["label"].split(" · ")[1] in ("rollouts a step", "rollouts in all", "tokens in all")


def test_a_replay_is_shown_and_taken_back() -> None:
    session = DuelSession()
    played(session)
    frame = asyncio.run(player().decide_anew(session, {}, 0.9, "4/step"))
    assert frame.view["recorded"] and session.shown is session.replayed
    report = lab.report(session.duel, session.replayed)
    assert report is not None and report["recorded"] and len(report["rows"]) == 4
    assert any(r["moved"] for r in report["rows"])
    back = player().back(session)
    assert not back.view["recorded"] and session.shown is session.duel


def test_a_replay_that_lacks_samples_can_be_made_real() -> None:
    session = DuelSession()
    played(session)
    frame = asyncio.run(player().decide_anew(session, {}, None, "8/step"))
    assert frame.view["head"]["missing"]
    asked: dict[str, Any] = {}

    async def run(problem: str, **k: Any) -> AsyncIterator[du.DuelEvent]:
        asked.update(k)
        async for event in scripted_duel.duel(problem, **k):
            yield event

    before = session.duel

    async def fill() -> None:
        async for _ in player(run).fill(session):
            pass

    asyncio.run(fill())
    assert asked["bank"] == ("bank of", before) and asked["budget"] == "8/step"
    assert session.replayed is None and session.duel is not before and session.bank is before


def test_the_lab_waits_for_a_duel() -> None:
    assert lab.report(Duel(), None) is None
    assert lab.follow(Duel())[0]["__type__"] == "update"


def test_cutting_a_duel_ends_what_was_open() -> None:
    duel = Duel(scripted_duel.whole("x", until=30))
    DuelShow(duel).cut("stopped", "gone")
    assert duel.status == "stopped" and all(
        run.end is not None for run in duel.lanes.values() if run.start is not None
    )
