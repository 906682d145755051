"""Lanes as the page plays them, one or several: frames, Stop, faults; driven without a browser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from scale_core.engines.base import EngineError
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel, cut
from scale_core.ui import player as player_module
from scale_core.ui import work
from scale_core.ui.ask import Ask
from scale_core.ui.player import Frame, Player, Session
from scale_core.ui.work import Visitor

PROBLEM = "Let a=37*48. Let b=a mod 13. What is b+17?"
ONE = Ask(PROBLEM, "25")
LANES = ("uniform", "scale", "dora", "bandit")
FOUR = Ask(PROBLEM, "25", LANES, "4/step")
LONG = Ask("Let x=89*76. Let y=x mod 58. Let z=y*47. What is z-695?", "", LANES, "100/step")
both = pytest.mark.parametrize("ask", [ONE, FOUR], ids=["one lane", "four lanes"])


async def frames(
    player: Player, session: Session, ask: Ask, watch: Callable[[Frame], None] = lambda _: None
) -> list[Frame]:
    seen = []
    async for frame in player.play(session, ask):
        seen.append(frame)
        watch(frame)
    return seen


def played(player: Player, session: Session, ask: Ask, **keywords: Any) -> list[Frame]:
    return asyncio.run(frames(player, session, ask, **keywords))


def tokens(session: Session) -> int:
    return sum(run.ledger.total.total or 0 for run in session.duel.lanes.values())


@both
def test_the_last_frame_is_complete_and_earlier_ones_grow(player: Player, ask: Ask) -> None:
    session, counts = Session(), []
    seen = played(player, session, ask, watch=lambda _: counts.append(len(session.duel.events)))
    assert seen[-1] == Frame(big=True, running=False)
    assert len(seen) > 1 and all(frame.running for frame in seen[:-1])
    assert counts == sorted(counts)
    assert session.ready and session.duel.status == "solved"
    assert {run.status for run in session.duel.lanes.values()} == {"solved"}


def test_one_lane_is_a_run_and_keeps_what_else_could_have_been_said(player: Player) -> None:
    session = Session()
    played(player, session, ONE)
    (run,) = session.duel.lanes.values()
    assert session.run is run and run.answer is not None and run.answer.answer == "25"
    samples = [s for e in run.events if isinstance(e, ev.Sampled) for s in e.samples]
    assert any(token.alternatives for sample in samples for token in sample.tokens)


@pytest.mark.parametrize(
    ("preset", "lane"),
    [("scale", "scale"), ("faithful", "scale"), ("cot", "cot"),
     ("self-consistency", "self-consistency")],
)  # fmt: skip
def test_a_preset_is_a_lane(player: Player, preset: str, lane: str) -> None:
    session = Session()
    played(player, session, replace(ONE, preset=preset))
    assert list(session.duel.lanes) == [lane] and session.run.end is not None


def test_frames_come_at_most_ten_a_second(monkeypatch: pytest.MonkeyPatch, player: Player) -> None:
    monkeypatch.setattr(player_module, "TICK", 0.5)
    began = time.monotonic()
    seen = played(player, Session(), FOUR)
    assert len(seen) <= 3 + (time.monotonic() - began) / 0.5


@both
def test_closing_the_stream_stops_the_lanes(engine: OnnxEngine, ask: Ask) -> None:
    """What happens when a program leaves: the source is closed and told to stop."""
    left = []

    async def lanes(*a: Any, cancel: Any, **k: Any) -> AsyncIterator[dv.DuelEvent]:
        try:
            async for event in player_module.run_lanes(*a, cancel=cancel, **k):
                yield event
        finally:
            left.append(cancel.is_set())

    async def leave(session: Session) -> None:
        stream = Player(engine, lanes=lanes).play(session, ask)
        await anext(stream)
        await stream.aclose()

    session = Session()
    asyncio.run(leave(session))
    assert left == [True] and not session.busy
    assert session.duel.status == "stopped"
    assert all(run.end is not None for run in session.duel.lanes.values() if run.start)


def test_stop_keeps_what_was_spent(player: Player) -> None:
    session = Session()

    def watch(frame: Frame) -> None:
        if tokens(session):
            session.stop()

    played(player, session, LONG, watch=watch)
    assert session.duel.status == "stopped" and tokens(session) > 0
    assert {run.status for run in session.duel.lanes.values() if run.start} == {"stopped"}


def test_stop_is_obeyed_within_a_second(player: Player) -> None:
    async def go(session: Session) -> float:
        playing = asyncio.create_task(frames(player, session, LONG))
        while not tokens(session):
            await asyncio.sleep(0.05)
        began = time.monotonic()
        await session.stopped()
        took = time.monotonic() - began
        await playing
        return took

    session = Session()
    assert asyncio.run(go(session)) < 1
    assert session.duel.status == "stopped"


def begun(problem: str, lanes: tuple[str, ...]) -> list[dv.DuelEvent]:
    """A duel of which only the first events came."""
    start = dv.DuelStarted(
        duel="d", problem=problem, expected=None,
        lanes=tuple(dv.Lane(name, name) for name in lanes), budget="4/step", seed=0, settings={},
        options={}, engine={}, calibration={},
    )  # fmt: skip
    run = ev.RunStarted(
        run="r", problem=problem, expected=None, strategy="scale", seed=0, options={}, engine={}
    )
    return [start, *(dv.LaneEvent(lane=name, event=run) for name in lanes)]


@both
def test_a_source_that_does_not_obey_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, engine: OnnxEngine, ask: Ask
) -> None:
    monkeypatch.setattr(work, "STOP_PATIENCE", 0.1)

    async def deaf(problem: str, lanes: Any, *a: Any, **k: Any) -> AsyncIterator[dv.DuelEvent]:
        for event in begun(problem, lanes):
            yield event
        await asyncio.sleep(60)

    async def go(session: Session) -> None:
        stream = Player(engine, lanes=deaf).play(session, ask)
        await anext(stream)
        await asyncio.wait_for(stream.aclose(), 2)

    session = Session()
    asyncio.run(go(session))
    assert session.duel.status == "stopped"
    assert {run.status for run in session.duel.lanes.values()} == {"stopped"}


@both
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EngineError("the model file is gone"), "the model file is gone"),
        (RuntimeError("secret path /root"), "Something went wrong"),
    ],
)
def test_errors_are_friendly_and_end_the_lanes(
    engine: OnnxEngine, ask: Ask, error: Exception, words: str
) -> None:
    async def broken(problem: str, lanes: Any, *a: Any, **k: Any) -> AsyncIterator[dv.DuelEvent]:
        for event in begun(problem, lanes):
            yield event
        raise error

    session = Session()
    last = played(Player(engine, lanes=broken), session, ask)[-1]
    assert session.duel.status == "failed" and words in last.problem
    assert {run.status for run in session.duel.lanes.values()} == {"failed"}
    assert "/root" not in last.problem and "Traceback" not in last.problem


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (replace(ONE, options={"tau": 7.0}), "tau must be"),
        (replace(FOUR, settings={"T_b": -1.0}), "T_b must be"),
        (replace(FOUR, lanes=()), "at least one lane"),
        (replace(ONE, preset="best"), "no such preset"),
        (replace(FOUR, budget="999999999/step"), "at most"),
        (replace(ONE, problem="1+" * 3000 + "1"), "4,000 characters"),
    ],
)
def test_what_is_out_of_bounds_never_starts(player: Player, ask: Ask, words: str) -> None:
    session = Session()
    (only,) = played(player, session, ask)
    assert not only.running and words in only.problem
    assert session.duel.status == "empty" and not session.busy


def test_sessions_share_nothing(player: Player) -> None:
    first = Session()
    second = deepcopy(first)
    assert type(second) is Session
    assert second.duel is not first.duel and second.look is not first.look

    async def go() -> None:
        other = replace(ONE, problem="What is 7*8?", answer="55")
        await asyncio.gather(frames(player, first, ONE), frames(player, second, other))

    asyncio.run(go())
    verdicts = [s.run.grade.verdict for s in (first, second) if s.run.grade]
    assert verdicts == ["equal", "different"]


def test_a_new_run_stops_the_one_before(player: Player) -> None:
    async def go(session: Session) -> tuple[Duel, Duel]:
        first = asyncio.create_task(frames(player, session, LONG))
        while not tokens(session):
            await asyncio.sleep(0.05)
        before = session.duel
        await frames(player, session, ONE)
        await first
        return before, session.duel

    session = Session()
    before, after = asyncio.run(go(session))
    assert (before.status, after.status) == ("stopped", "solved") and not session.busy


def test_waiting_for_a_stop_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "STOP_PATIENCE", 0.1)

    async def go() -> None:
        visitor = Visitor()
        with visitor.turn() as cancel:
            await asyncio.wait_for(visitor.stopped(), 2)
            assert cancel.is_set() and visitor.busy
        assert not visitor.busy

    asyncio.run(go())


def test_cutting_a_duel_ends_what_was_open(recorded: Duel) -> None:
    duel = Duel(recorded.events[: len(recorded.events) // 2])
    cut(duel, "stopped", "gone")
    assert duel.status == "stopped"
    assert all(run.end is not None for run in duel.lanes.values() if run.start is not None)
