"""Looking back as the page does it: progress, results, Stop, and where it cannot be done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import scripted_duel

from scale_core.engines.base import EngineError
from scale_core.experiments.hindsight import Unavailable
from scale_core.pipeline.context import Stopped
from scale_core.trace.duel import Duel
from scale_core.ui import lookback
from scale_core.ui.lookback import Glance, Look, Looks, follow
from scale_core.ui.player import DuelSession

WORDS = ("Recording", "Draw")
FOUND: Any = object()


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookback, "TICK", 0.005)


def session(ended: bool = True) -> DuelSession:
    found = DuelSession()
    events = scripted_duel.whole("x", "36", lanes=("uniform", "scale"))
    found.duel = Duel(events if ended else events[:-1])
    return found


def looker(work: Callable[[Any, Any], Any]) -> Look:
    async def look(recorded: Duel, engine: Any, *, dialect: Any, cancel: Any, progress: Any) -> Any:
        assert recorded.end is not None and engine == "engine" and dialect == "dialect"
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


def seen(visitor: DuelSession, look: Look | None, engine: Any = "engine") -> list[Glance]:
    async def go() -> list[Glance]:
        looks = Looks(look, look, engine, "dialect")
        return [glance async for glance in follow(visitor, look, looks, WORDS)]

    return asyncio.run(go())


def test_progress_is_told_and_the_last_glance_has_what_was_found() -> None:
    visitor = session()
    *before, last = seen(visitor, looker(counting))
    assert {g.state for g in before} == {"running"}
    assert before[0].text == "Recording …" and before[0].part == 0
    parts = [g.part for g in before]
    assert parts == sorted(parts) and any(g.text == "Draw 1 of 3" for g in before)
    assert (last.state, last.found) == ("done", FOUND)
    assert not visitor.look.busy


def test_before_a_duel_has_ended_nothing_is_done() -> None:
    for visitor in (DuelSession(), session(ended=False)):
        (only,) = seen(visitor, looker(raising(AssertionError())))
        assert (only.state, only.text) == ("none", lookback.NOT_YET)


@pytest.mark.parametrize(("look", "engine"), [(None, "engine"), (looker(counting), None)])
def test_a_page_without_a_model_says_so(look: Look | None, engine: Any) -> None:
    (only,) = seen(session(), look, engine)
    assert only.state == "none" and "started without a model" in only.text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unavailable("the right values of this plan are not known"), "Unavailable: the right"),
        (EngineError("the server is gone"), "could not be used: the server is gone"),
        (RuntimeError("secret"), "Something went wrong inside the program"),
    ],
)
def test_what_goes_wrong_is_told_in_words(error: Exception, words: str) -> None:
    visitor = session()
    last = seen(visitor, looker(raising(error)))[-1]
    assert last.state == "none" and words in last.text and "secret" not in last.text
    assert not visitor.look.busy


def test_stop_ends_it() -> None:
    visitor = session()

    async def go() -> list[Glance]:
        found = []
        looks = Looks(None, None, "engine", "dialect")
        async for glance in follow(visitor, looker(until_stopped), looks, WORDS):
            found.append(glance)
            visitor.look.stop()
        return found

    assert asyncio.run(go())[-1].state == "stopped"
    assert not visitor.look.busy


def test_a_closed_page_stops_it() -> None:
    """Whoever leaves stops what they had running: the engine is told and the work has ended."""
    visitor, ended = session(), []

    async def work(cancel: Any, progress: Any) -> Any:
        try:
            return await until_stopped(cancel, progress)
        finally:
            ended.append(cancel.is_set())

    async def go() -> None:
        looks = Looks(None, None, "engine", "dialect")
        glances = follow(visitor, looker(work), looks, WORDS)
        await anext(glances)
        await asyncio.sleep(0.02)
        await glances.aclose()

    asyncio.run(go())
    assert ended == [True] and not visitor.look.busy


def test_stopping_the_duel_stops_looking_back() -> None:
    visitor = session()
    cancel = visitor.look.begin()
    visitor.stop()
    assert cancel.is_set()


def test_visitors_look_back_side_by_side() -> None:
    async def go() -> tuple[list[Glance], list[Glance]]:
        looks = Looks(None, None, "engine", "dialect")
        one, two = session(), session()

        async def watch(visitor: DuelSession, work: Any) -> list[Glance]:
            return [g async for g in follow(visitor, looker(work), looks, WORDS)]

        stopped = asyncio.create_task(watch(one, until_stopped))
        done = await watch(two, counting)
        assert not stopped.done()
        one.look.stop()
        return await stopped, done

    stopped, done = asyncio.run(go())
    assert stopped[-1].state == "stopped" and done[-1].found is FOUND
