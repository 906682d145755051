"""Looking back as the page does it: progress, results, Stop, and where it cannot be done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from scale_core.engines.base import EngineError
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.experiments.hindsight import Hindsight, Unavailable, hindsight
from scale_core.experiments.sweep import Sweep, sweep
from scale_core.pipeline.context import Stopped
from scale_core.trace.duel import Duel
from scale_core.ui import lookback
from scale_core.ui.lookback import Glance, Look, glances
from scale_core.ui.player import Player, Session

WORDS = ("Recording", "Draw")
FOUND: Any = object()


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookback, "TICK", 0.005)


@pytest.fixture
def visitor(recorded: Duel) -> Session:
    found = Session()
    found.duel = recorded
    return found


def looker(work: Callable[[Any, Any], Any]) -> Look:
    async def look(recorded: Duel, engine: Any, *, dialect: Any, cancel: Any, progress: Any) -> Any:
        assert recorded.end is not None and isinstance(engine, OnnxEngine)
        assert dialect.name == "abacus"
        return await work(cancel, progress)

    return look


async def counting(cancel: Any, progress: Any) -> Any:
    progress(0, 3)
    for i in range(3):
        await asyncio.sleep(0.02)
        progress(i + 1, 3)
    return FOUND


async def until_stopped(cancel: Any, progress: Any) -> Any:
    while not cancel.is_set():
        await asyncio.sleep(0.005)
    raise Stopped


def raising(error: Exception) -> Callable[[Any, Any], Any]:
    async def work(cancel: Any, progress: Any) -> Any:
        raise error

    return work


async def watch(player: Player, visitor: Session, look: Look) -> list[Glance]:
    return [glance async for glance in glances(visitor, look, player, WORDS)]


def seen(player: Player, visitor: Session, look: Look) -> list[Glance]:
    return asyncio.run(watch(player, visitor, look))


def test_progress_is_told_and_the_last_glance_has_what_was_found(
    player: Player, visitor: Session
) -> None:
    *before, last = seen(player, visitor, looker(counting))
    assert {g.state for g in before} == {"running"}
    assert before[0].text == "Recording …" and before[0].part == 0
    parts = [g.part for g in before]
    assert parts == sorted(parts) and any(g.text == "Draw 1 of 3" for g in before)
    assert (last.state, last.found) == ("done", FOUND)
    assert not visitor.look.busy


@pytest.mark.parametrize(("look", "kind"), [(hindsight, Hindsight), (sweep, Sweep)])
def test_a_real_duel_is_looked_back_on(
    player: Player, visitor: Session, look: Look, kind: type
) -> None:
    *before, last = seen(player, visitor, look)
    assert before and last.state == "done" and isinstance(last.found, kind)


def test_before_a_duel_has_ended_nothing_is_done(player: Player, recorded: Duel) -> None:
    unfinished = Session()
    unfinished.duel = Duel(recorded.events[:-1])
    for visitor in (Session(), unfinished):
        (only,) = seen(player, visitor, looker(raising(AssertionError())))
        assert (only.state, only.text) == ("none", lookback.NOT_YET)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unavailable("the right values of this plan are not known"), "Unavailable: the right"),
        (EngineError("the server is gone"), "could not be used: the server is gone"),
        (RuntimeError("secret"), "Something went wrong inside the program"),
    ],
)
def test_what_goes_wrong_is_told_in_words(
    player: Player, visitor: Session, error: Exception, words: str
) -> None:
    last = seen(player, visitor, looker(raising(error)))[-1]
    assert last.state == "none" and words in last.text and "secret" not in last.text
    assert not visitor.look.busy


def test_stop_ends_it(player: Player, visitor: Session) -> None:
    async def go() -> list[Glance]:
        found = []
        async for glance in glances(visitor, looker(until_stopped), player, WORDS):
            found.append(glance)
            visitor.look.stop()
        return found

    assert asyncio.run(go())[-1].state == "stopped"
    assert not visitor.look.busy


def test_a_closed_page_stops_it(player: Player, visitor: Session) -> None:
    """Whoever leaves stops what they had running: the engine is told and the work has ended."""
    ended = []

    async def work(cancel: Any, progress: Any) -> Any:
        try:
            return await until_stopped(cancel, progress)
        finally:
            ended.append(cancel.is_set())

    async def go() -> None:
        shown = glances(visitor, looker(work), player, WORDS)
        await anext(shown)
        await asyncio.sleep(0.02)
        await shown.aclose()

    asyncio.run(go())
    assert ended == [True] and not visitor.look.busy


def test_stopping_the_duel_stops_looking_back(visitor: Session) -> None:
    with visitor.look.turn() as cancel:
        visitor.stop()
        assert cancel.is_set()


def test_visitors_look_back_side_by_side(player: Player, recorded: Duel) -> None:
    one, two = Session(), Session()
    one.duel = two.duel = recorded

    async def go() -> tuple[list[Glance], list[Glance]]:
        stopped = asyncio.create_task(watch(player, one, looker(until_stopped)))
        done = await watch(player, two, looker(counting))
        assert not stopped.done()
        one.look.stop()
        return await stopped, done

    stopped, done = asyncio.run(go())
    assert stopped[-1].state == "stopped" and done[-1].found is FOUND
