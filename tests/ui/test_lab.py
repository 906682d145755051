"""The replay lab on a real duel: what its sliders show, what moved ones mean, what is generated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.strategies.settings import BudgetSpec, Caps
from scale_core.trace import duel as dv
from scale_core.trace.duel import Duel
from scale_core.ui import player as player_module
from scale_core.ui.ask import Ask
from scale_core.ui.lab import budget_range, decision, report, settings_of
from scale_core.ui.pages.compare import view_of
from scale_core.ui.player import Player, Session
from scale_core.views.units import NO_PRICES

CAPS = Caps()
PROBLEM = "Let a=37*48. Let b=a mod 13. What is b+17?"
LANES = ("uniform", "scale", "dora", "bandit")
ASK = Ask(PROBLEM, "25", ("uniform", "scale"), "2/step")


def played(player: Player, ask: Ask) -> Duel:
    session = Session()

    async def go() -> None:
        async for _ in player.play(session, ask):
            pass

    asyncio.run(go())
    return session.duel


def session_of(duel: Duel) -> Session:
    session = Session()
    session.duel = duel
    return session


def values_of(duel: Duel) -> dict[str, Any]:
    """What the sliders stand at after a duel."""
    return {name: shown["value"] for name, shown in settings_of(duel, CAPS).items()}


def test_sliders_that_were_not_moved_ask_for_nothing(recorded: Duel) -> None:
    assert decision(recorded, values_of(recorded)) == ({}, None, "4/step")


def test_a_setting_between_two_stops_of_its_slider_stays_as_it_was(player: Player) -> None:
    options, settings = {"tau": 0.333}, {"T_b": 0.123}
    ask = replace(ASK, budget="2.5/step", options=options, settings=settings)
    duel = played(player, ask)
    assert decision(duel, values_of(duel)) == ({}, None, "2.5/step")


def test_moved_sliders_are_asked_for(recorded: Duel) -> None:
    values = values_of(recorded) | {"budget": 6, "tau": 0.77, "T_b": 0.5}
    assert decision(recorded, values) == ({"T_b": 0.5}, 0.77, "6/step")


def test_only_sliders_that_matter_are_shown(player: Player, recorded: Duel) -> None:
    duel = played(player, replace(ASK, lanes=("uniform", "bandit")))
    shown = {name for name, s in settings_of(duel, CAPS).items() if s.get("visible", True)}
    assert shown == {"budget", "gamma"}  # tau concerns SCALE
    assert settings_of(recorded, CAPS)["tau"]["visible"]


@pytest.mark.parametrize("budget", ["4/step", "2.5/step", "40", "3000 tokens"])
def test_the_budget_slider_has_the_duels_unit(budget: str) -> None:
    told = budget_range(BudgetSpec.read(budget), CAPS)
    assert told["minimum"] <= told["value"] <= told["maximum"]
    assert told["label"].split(" · ")[1] in ("rollouts a step", "rollouts in all", "tokens in all")


def test_the_budget_slider_ends_at_the_cap() -> None:
    assert budget_range(BudgetSpec.read("40"), CAPS)["maximum"] == 80
    assert budget_range(BudgetSpec.read("40"), Caps(rollouts=50))["maximum"] == 50


def test_a_replay_is_shown_and_taken_back(player: Player, recorded: Duel) -> None:
    session = session_of(recorded)
    asyncio.run(player.decide_anew(session, {}, None, "2/step"))
    assert session.shown is session.replayed
    assert view_of(session, NO_PRICES)["recorded"]
    found = report(session.duel, session.replayed)
    assert found is not None and found["recorded"] and len(found["rows"]) == len(LANES)
    assert any(row["moved"] for row in found["rows"])
    session.replayed = None
    assert session.shown is session.duel and not view_of(session, NO_PRICES)["recorded"]


def test_a_replay_above_the_cap_is_refused(player: Player, recorded: Duel) -> None:
    session = session_of(recorded)
    with pytest.raises(ValueError, match="at most"):
        asyncio.run(player.decide_anew(session, {}, None, "999999999/step"))
    assert session.replayed is None


def test_a_replay_that_lacks_samples_can_be_made_real(engine: OnnxEngine, recorded: Duel) -> None:
    asked: dict[str, Any] = {}

    async def lanes(problem: str, names: Any, budget: str, **k: Any) -> AsyncIterator[dv.DuelEvent]:
        asked.update(k, budget=budget)
        async for event in player_module.run_lanes(problem, names, budget, **k):
            yield event

    session, player = session_of(recorded), Player(engine, lanes=lanes)
    asyncio.run(player.decide_anew(session, {}, None, "8/step"))
    assert view_of(session, NO_PRICES)["head"]["missing"]

    async def fill() -> None:
        async for _ in player.fill(session):
            pass

    asyncio.run(fill())
    assert asked["budget"] == "8/step" and asked["cache"] is not None
    assert session.replayed is None and session.duel is not recorded
    assert session.source is recorded and session.duel.status == "solved"
    view = view_of(session, NO_PRICES)
    assert not view["head"]["missing"]
    first = played(Player(engine), Ask(PROBLEM, "25", LANES, "8/step"))
    assert session.duel.physical.total < first.physical.total  # type: ignore[operator]


def test_the_lab_waits_for_a_duel() -> None:
    assert report(Duel(), None) is None
    assert settings_of(Duel(), CAPS) == {}
