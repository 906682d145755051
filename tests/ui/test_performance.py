"""Lanes that go on when their page goes away: found again, given up in time, stored as they happen.
Real lanes of the embedded model, driven without a browser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.store.recorder import line
from scale_core.store.store import Store
from scale_core.trace import duel as dv
from scale_core.trace.duel import Duel
from scale_core.ui import pages, performance
from scale_core.ui.ask import Ask
from scale_core.ui.performance import UnderWay, Visit
from scale_core.ui.player import Frame, Player, Session
from scale_core.ui.visitors import names_of

LANES = ("uniform", "scale", "dora", "bandit")
SHORT = Ask("Let a=37*48. Let b=a mod 13. What is b+17?", "25", LANES, "4/step")
LONG = Ask("Let x=89*76. Let y=x mod 58. Let z=y*47. What is z-695?", "", LANES, "200/step")
FIRST = Visit("load 1", "ann", "tab", "compare")
PATIENCE = 60.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.at(str(tmp_path))
    yield store
    store.close()


def session_of(visit: Visit) -> Session:
    session = Session()
    session.visit = visit
    return session


def lines(events: Iterable[dv.DuelEvent]) -> list[str]:
    """Events as they are written: JSON knows no tuples."""
    return [line(event) for event in events]


async def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


async def leave_in_the_middle(player: Player, session: Session, ask: Ask = LONG) -> Duel:
    """The page goes away once there is something to see."""
    frames = player.play(session, ask)
    async for _ in frames:
        if session.duel.events:
            break
    player.under_way.left(session.visit.id)
    await frames.aclose()
    return session.duel


def test_a_run_goes_on_and_is_found_again_where_it_is(engine: OnnxEngine) -> None:
    async def go() -> None:
        player, first = Player(engine), session_of(FIRST)
        duel = await leave_in_the_middle(player, first, replace(SHORT, budget="64/step"))
        seen = len(duel.events)
        await until(lambda: len(duel.events) > seen)
        assert duel.end is None, "it must still run, or this test says nothing"

        again = session_of(replace(FIRST, id="load 2"))
        found = player.returned(again)
        assert found is not None and again.duel is duel and again.busy
        counts, frames = [], []
        async for frame in player.watch(again, found):
            counts.append(len(duel.events))
            frames.append(frame)
        assert counts[0] > seen and len(counts) > 2
        assert frames[-1] == Frame(big=True, running=False) and again.ready
        assert duel.status == "solved" and set(duel.lanes) == set(LANES)

    asyncio.run(go())


def test_nobody_returned_so_it_is_stopped(engine: OnnxEngine) -> None:
    async def go() -> None:
        player = Player(engine, under_way=UnderWay(grace=0.3))
        began = time.monotonic()
        duel = await leave_in_the_middle(player, session_of(FIRST))
        await until(lambda: duel.end is not None)
        assert duel.status == "stopped" and time.monotonic() - began > 0.3
        assert player.under_way.returned(replace(FIRST, id="load 2")) is None

    asyncio.run(go())


def test_a_return_in_time_keeps_it_going(engine: OnnxEngine) -> None:
    async def go() -> None:
        player = Player(engine, under_way=UnderWay(grace=0.5))
        duel = await leave_in_the_middle(player, session_of(FIRST))
        again = session_of(replace(FIRST, id="load 2"))
        assert player.returned(again) is not None
        await asyncio.sleep(1.0)
        assert duel.end is None
        began = time.monotonic()
        await again.stopped()
        assert time.monotonic() - began < 1 and duel.status == "stopped"

    asyncio.run(go())


@pytest.mark.parametrize(
    "other",
    [replace(FIRST, id="x", owner="bob"), replace(FIRST, id="x", page="explore"),
     replace(FIRST, id="x", owner="")],
)  # fmt: skip
def test_another_visitor_or_page_finds_nothing(engine: OnnxEngine, other: Visit) -> None:
    async def go() -> None:
        player, first = Player(engine), session_of(FIRST)
        await leave_in_the_middle(player, first)
        assert player.returned(session_of(other)) is None
        await first.stopped()

    asyncio.run(go())


def test_a_reload_finds_it_before_the_old_page_is_known_to_be_gone(engine: OnnxEngine) -> None:
    async def go() -> None:
        player, first = Player(engine, under_way=UnderWay(grace=0.2)), session_of(FIRST)
        frames = player.play(first, LONG)
        await anext(frames)
        second = session_of(replace(FIRST, id="load 2", tab="another"))
        assert player.returned(second) is None, "the tab that plays it is still there"
        again = session_of(replace(FIRST, id="load 3"))
        assert player.returned(again) is not None
        player.under_way.left(FIRST.id)
        await asyncio.sleep(0.5)
        assert again.busy
        await again.stopped()
        await frames.aclose()

    asyncio.run(go())


def test_too_many_alone_give_way_the_oldest_first(
    engine: OnnxEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performance, "MOST_ALONE", 2)

    async def go() -> None:
        player = Player(engine)
        duels = [
            await leave_in_the_middle(player, session_of(Visit(f"{i}", f"{i}", "tab", "compare")))
            for i in range(3)
        ]
        await until(lambda: duels[0].end is not None)
        assert [duel.end is None for duel in duels] == [False, True, True]
        for i in (1, 2):
            found = player.under_way.returned(Visit("x", f"{i}", "tab", "compare"))
            assert found is not None
            await found.stopped()

    asyncio.run(go())


def test_what_a_page_runs_is_stored_event_by_event(engine: OnnxEngine, store: Store) -> None:
    async def go() -> None:
        player, session = Player(engine, store=store), session_of(FIRST)
        async for _ in player.play(session, SHORT):
            if session.performance is not None and session.duel.events:
                shown = len(session.duel.events)
                assert len(store.events(session.performance.key)) >= shown
        assert session.performance is not None
        assert lines(store.events(session.performance.key)) == lines(session.duel.events)
        (found,) = store.find("ann")
        assert (found.summary.status, found.summary.verdict) == ("solved", "equal")
        assert found.summary.strategies == LANES and store.find("bob") == []

    asyncio.run(go())


def test_the_end_of_a_run_that_was_cut_off_is_stored_too(
    engine: OnnxEngine, store: Store, monkeypatch: pytest.MonkeyPatch, recorded: Duel
) -> None:
    monkeypatch.setattr(performance.work, "STOP_PATIENCE", 0.1)

    async def deaf(*_: object, **__: object) -> AsyncIterator[object]:
        for event in recorded.events[:40]:
            yield event
        await asyncio.sleep(PATIENCE)

    async def go() -> None:
        player, session = Player(engine, store=store, lanes=deaf), session_of(FIRST)  # type: ignore[arg-type]
        frames = player.play(session, SHORT)
        await anext(frames)
        await until(lambda: len(session.duel.events) == 40)
        await session.stopped()
        await frames.aclose()
        assert session.performance is not None and session.duel.status == "stopped"
        assert lines(store.events(session.performance.key)) == lines(session.duel.events)
        assert store.find("ann")[0].summary.status == "stopped"

    asyncio.run(go())


def test_a_run_goes_on_although_it_cannot_be_stored(engine: OnnxEngine, store: Store) -> None:
    store.engine.dispose()
    store.writer.submit = lambda write: (_ for _ in ()).throw(OSError(28, "No space left"))  # type: ignore[assignment,method-assign]

    async def go() -> None:
        player, session = Player(engine, store=store), session_of(FIRST)
        async for _ in player.play(session, SHORT):
            pass
        assert session.duel.status == "solved"
        assert session.performance is not None
        assert "No space left" in session.performance.unstored
        ended = Frame(big=True, running=False)
        told = pages._notice(session, ended)
        assert told is not None and told["kind"] == "warn" and "No space left" in told["text"]

    try:
        asyncio.run(go())
    finally:
        del store.writer.submit


def test_a_visitor_is_who_the_browser_says_and_never_everybody() -> None:
    ann, tab = "a" * 32, "b" * 32
    assert names_of(f"{ann} {tab}") == (ann, tab)
    for hostile in (None, "", " ", f" {tab}", "x' OR 1=1 --", "a" * 10_000):
        owner, other = names_of(hostile)
        assert len(owner) == len(other) == 32 and names_of(hostile)[0] != owner
