"""The ledger's balance is a comparison that can fail."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import scripted

import scale_core
from scale_core.runs.replay import bank_of
from scale_core.strategies.lanes import LANES
from scale_core.trace import duel as du
from scale_core.trace.duel import Duel
from scale_core.trace.usage import Usage
from scale_core.views import duel as duel_view
from scale_core.views import lanes, tree
from scale_core.views.duel import balance
from scale_core.views.why import why

ALL = scripted.ALL
HARD = "Let x=89*76. Let y=x mod 58. Let z=y*47. What is z-695?"


def events(**changes: Any) -> list[du.DuelEvent]:
    return scripted.duel("x", "36", **{"lanes": ALL, **changes})


def first(duel: list[du.DuelEvent], kind: type[du.DuelEvent]) -> int:
    return next(i for i, e in enumerate(duel) if isinstance(e, kind))


def test_a_whole_duel_balances() -> None:
    found = balance(Duel(events()))
    assert found.ok is True and found.charged == found.generated
    assert "the same by the engine" in found.text


@pytest.mark.parametrize("more", [-1, 1])
def test_a_token_too_few_or_too_many_is_seen(more: int) -> None:
    told = events()
    at = first(told, du.Generated)
    made = told[at]
    assert isinstance(made, du.Generated)
    usage = replace(made.usage, completion=(made.usage.completion or 0) + more)
    told[at] = replace(made, usage=usage)
    found = balance(Duel(told))
    assert found.ok is False and "the engine generated" in found.text


def test_a_sample_that_nobody_was_charged_for_is_seen() -> None:
    extra = du.Generated(node="1", stage="system2", samples=1, usage=Usage(), seconds=0.0)
    assert balance(Duel([*events(), extra])).ok is False


def test_where_tokens_are_not_counted_nothing_is_claimed() -> None:
    told = events()
    at = first(told, du.Generated)
    made = told[at]
    assert isinstance(made, du.Generated)
    told[at] = replace(made, usage=replace(made.usage, completion=None))
    found = balance(Duel(told))
    assert found.ok is None and "does not count" in found.text


def test_tokens_that_were_reckoned_are_told() -> None:
    played = events()
    at = first(played, du.Generated)
    made = played[at]
    assert isinstance(made, du.Generated) and "reckoned" not in balance(Duel(played)).text
    played[at] = replace(made, usage=replace(made.usage, reckoned=12))
    found = balance(Duel(played))
    assert found.ok is True and found.text.endswith("12 tokens were reckoned from what came.")


def test_a_recorded_duel_generates_nothing() -> None:
    start = events()[0]
    assert isinstance(start, du.DuelStarted)
    told = [replace(start, recorded=True)] + [
        e for e in events()[1:] if not isinstance(e, du.Generated)
    ]
    found = balance(Duel(told))
    assert found.ok is True and "nothing was generated" in found.text


# ---- real duels ------------------------------------------------------------------------------


async def play(problem: str, **keywords: Any) -> Duel:
    duel = Duel()
    async for event in scale_core.duel(problem, **keywords):
        duel.apply(event)
    return duel


@pytest.fixture(scope="module")
def real(model_dir: Path) -> dict[str, Duel]:
    """One duel of all lanes on the embedded model, its replay, and the replay made real."""

    async def go() -> dict[str, Duel]:
        engine = scale_core.embedded_engine(model_dir)
        names = [n for n in LANES if n != "optimal"]
        live = await play(HARD, answer="997", lanes=names, budget="3/step", engine=engine, seed=1)
        again = await scale_core.replay(live)
        more = await scale_core.replay(live, budget="6/step")
        bank = bank_of(live, engine)
        filled = await play(HARD, answer="997", lanes=names, budget="6/step", seed=1, bank=bank)
        await engine.close()
        return {"live": live, "again": again, "more": more, "filled": filled}

    return asyncio.run(go())


def test_a_real_duel_balances(real: dict[str, Duel]) -> None:
    found = balance(real["live"])
    assert found.ok is True, found.text
    assert duel_view.head(real["live"])["shared"] > 0.2


def test_a_replay_changes_nothing_where_nothing_was_changed(real: dict[str, Duel]) -> None:
    rows = duel_view.changes(real["again"], real["live"])
    assert all(r["moved"] == 0 and r["same"] and r["more"] == 0 for r in rows)
    live, again = duel_view.view(real["live"]), duel_view.view(real["again"], real["live"])
    for a, b in zip(live["lanes"], again["lanes"], strict=True):
        assert {**a, "t": 0} == {**b, "t": 0}


def test_a_larger_budget_needs_more_and_says_so(real: dict[str, Duel]) -> None:
    assert duel_view.missing(real["more"])
    assert duel_view.head(real["more"])["balance"]["ok"] is True


def test_filling_the_gaps_generates_only_what_was_missing(real: dict[str, Duel]) -> None:
    found = balance(real["filled"], real["live"])
    assert found.ok is True, found.text
    assert found.earlier > 0 and "recorded earlier" in found.text
    assert balance(real["filled"]).ok is False  # without the bank's share it would not add up


def test_everything_of_a_real_duel_can_be_opened(real: dict[str, Duel]) -> None:
    duel = real["live"]
    for shown in lanes.lanes(duel):
        run = duel.lanes[shown["name"]]
        for id in ("", *run.nodes, *run.candidates):
            told = why(duel, shown["name"], id)
            assert told is not None, (shown["name"], id)
            assert all(said for _, _, said in told["rows"]), told["rows"]


def test_the_trees_of_a_real_duel_hold_every_rollout(real: dict[str, Duel]) -> None:
    for name in ("dora", "rebase", "beam", "dvts"):
        run = real["live"].lanes[name]
        view = tree.view(run)
        drawn = sum(n["n"] for n in view["nodes"]) + sum(m[2] for m in view["more"])
        assert drawn == len(run.candidates) == run.rollouts
        assert any(n["won"] for n in view["nodes"]) == (run.answer is not None)


def test_the_texts_of_real_candidates_are_their_own(real: dict[str, Duel]) -> None:
    run = real["live"].lanes["dora"]
    found = 0
    for group in tree.tree(run).groups.values():
        told = why(real["live"], "dora", group.id)
        assert told is not None
        for call in told["calls"]:
            found += 1
            assert call["samples"][0]["text"].rstrip().endswith(f"={group.value}")
    assert found > 0


def test_a_stopped_duel_balances(model_dir: Path) -> None:
    async def go() -> Duel:
        engine, cancel, duel = scale_core.embedded_engine(model_dir), threading.Event(), Duel()
        async for event in scale_core.duel(HARD, budget="96/step", engine=engine, cancel=cancel):
            duel.apply(event)
            if sum(isinstance(e, du.Generated) for e in duel.events) == 2:
                cancel.set()
        await engine.close()
        return duel

    duel = asyncio.run(go())
    assert duel.status == "stopped"
    found = balance(duel)
    assert found.ok is True, found.text
    cut = [run for run in duel.lanes.values() if run.status == "stopped"]
    assert cut and all(run.budget is None or run.rollouts < run.budget.limit for run in cut)
