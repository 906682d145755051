"""Streaming, stopping and options, driven without a browser."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import pytest
import scripted

from scale_core.engines.base import EngineError
from scale_core.pipeline.options import PRESETS
from scale_core.trace import events as ev
from scale_core.ui import handlers, streaming, switches
from scale_core.ui.handlers import Ask, Frame, Player, Session


def player(solve: Any = scripted.solve) -> Player:
    return Player(solve, None, scripted.ScriptedDialect())


async def frames(made: Player, session: Session, ask: Ask) -> list[Frame]:
    return [frame async for frame in made.play(session, ask)]


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE_UI_PACE", "0.002")


def test_the_last_frame_is_complete_and_earlier_ones_grow() -> None:
    session = Session()
    seen = asyncio.run(frames(player(), session, Ask("x", "36")))
    assert seen[-1].view["status"] == "solved" and not seen[-1].running
    assert seen[-1].pictures is not None
    counts = [len(f.view["nodes"]) for f in seen]
    assert counts == sorted(counts) and counts[-1] == 7
    assert not session.busy


def test_frames_come_at_most_ten_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "TICK", 0.5)
    began = time.monotonic()
    seen = asyncio.run(frames(player(), Session(), Ask("x")))
    assert len(seen) <= 3 + (time.monotonic() - began) / 0.5


def test_closing_the_stream_stops_the_run() -> None:
    """What happens when a tab is closed: the source is closed and told to stop."""
    closed, told = [], []

    async def solve(problem: str, **k: Any) -> AsyncIterator[ev.Event]:
        try:
            async for event in scripted.solve(problem, **k):
                yield event
        finally:
            closed.append(True)
            told.append(k["cancel"].is_set())

    async def leave(session: Session) -> None:
        stream = player(solve).play(session, Ask("x"))
        await anext(stream)
        await stream.aclose()

    session = Session()
    asyncio.run(leave(session))
    assert closed == [True] and told == [True]
    assert session.run.status == "stopped"


def test_stop_keeps_what_was_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE_UI_PACE", "0.02")

    async def go(session: Session) -> list[Frame]:
        seen = []
        async for frame in player().play(session, Ask("x")):
            seen.append(frame)
            if frame.view["answer"]["tokens"]:
                session.stop()
        return seen

    session = Session()
    seen = asyncio.run(go(session))
    assert seen[-1].view["status"] == "stopped" and seen[-1].view["answer"]["tokens"] > 0
    assert session.run.end is not None and session.run.end.message == "stopped by request"


def test_an_engine_that_does_not_obey_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "STOP_PATIENCE", 0.1)

    async def deaf(problem: str, **k: Any) -> AsyncIterator[ev.Event]:
        yield ev.RunStarted(
            run="r", problem=problem, expected=None, strategy="scale", seed=0, options={}, engine={}
        )
        await asyncio.sleep(60)

    async def go(session: Session) -> None:
        stream = player(deaf).play(session, Ask("x"))
        await anext(stream)
        await asyncio.wait_for(stream.aclose(), 2)

    session = Session()
    asyncio.run(go(session))
    assert session.run.status == "stopped"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EngineError("the model file is gone"), "the model file is gone"),
        (RuntimeError("secret path /root"), "Something went wrong"),
    ],
)
def test_errors_are_friendly_and_end_the_run(error: Exception, words: str) -> None:
    async def broken(problem: str, **k: Any) -> AsyncIterator[ev.Event]:
        yield ev.RunStarted(
            run="r", problem=problem, expected=None, strategy="scale", seed=0, options={}, engine={}
        )
        raise error

    seen = asyncio.run(frames(player(broken), Session(), Ask("x")))
    assert seen[-1].view["status"] == "failed" and words in seen[-1].problem
    assert "/root" not in seen[-1].problem and "Traceback" not in seen[-1].problem


def test_bad_options_never_start_a_run() -> None:
    started = []

    def solve(problem: str, **k: Any) -> AsyncIterator[ev.Event]:
        started.append(problem)
        return scripted.solve(problem, **k)

    ask = Ask("x", tau=7.0)
    seen = asyncio.run(frames(player(solve), Session(), ask))
    assert not started and not seen[-1].running
    assert "tau must be" in seen[-1].problem and "between" in seen[-1].problem


def test_sessions_share_nothing() -> None:
    first = Session()
    second = deepcopy(first)
    assert second.run is not first.run and second.cancel is not first.cancel

    async def both() -> None:
        made = player()
        await asyncio.gather(frames(made, first, Ask("x")), frames(made, second, Ask("fail")))

    asyncio.run(both())
    assert first.run.status == "solved" and second.run.status == "unsolved"


def test_a_new_run_stops_the_one_before() -> None:
    session = Session()
    before = session.cancel
    asyncio.run(frames(player(), session, Ask("x")))
    assert before.is_set()


# ---- options ---------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", list(PRESETS))
def test_what_the_controls_show_of_a_preset_changes_nothing(preset: str) -> None:
    assert switches.changed(preset, switches.preset_values(preset), None) == {}


def test_only_what_differs_from_the_preset_is_passed_on() -> None:
    values = switches.preset_values("scale")
    assert switches.changed("scale", values, None) == {}
    values[switches.switches().index("outlines")] = 7.0
    assert switches.changed("scale", values, 0.5) == {"outlines": 7, "tau": 0.5}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("force_last", "hard"),
        ("system2_max_tokens", "0"),
        ("outlines", 99),
        ("outlines", None),
        ("top_p", float("nan")),
        ("choice", "dice"),
        ("verify", "none"),
    ],
)
def test_invalid_switches_are_refused_in_words(name: str, value: Any) -> None:
    values = switches.preset_values("scale")
    values[switches.switches().index(name)] = value
    with pytest.raises(ValueError, match=name):
        switches.changed("scale", values, None)


def test_optional_switches_may_be_empty() -> None:
    values = switches.preset_values("faithful")
    values[switches.switches().index("force_last")] = ""
    assert switches.changed("faithful", values, 0.2) == {"force_last": None, "tau": 0.2}


@pytest.mark.parametrize(("given", "seed"), [(None, 0), ("", 0), (7, 7), (7.0, 7)])
def test_seed(given: Any, seed: int) -> None:
    assert switches.seed_of(given) == seed


@pytest.mark.parametrize("given", [-1, 0.5, float("inf"), "many"])
def test_seed_refused(given: Any) -> None:
    with pytest.raises((ValueError, OverflowError)):
        switches.seed_of(given)


def test_a_reader_that_breaks_makes_a_text_doubtful() -> None:
    class Broken:
        def read_problem(self, text: str) -> Any:
            raise RecursionError

    assert handlers.read(Broken(), "x").verdict == "doubtful"
    assert handlers.read(Broken(), "x" * 5000).verdict == "outside"
    assert handlers.read(Broken(), "  ").verdict == "inside"


def test_waiting_for_a_stop_is_bounded() -> None:
    session = Session()
    session.busy = True
    asyncio.run(asyncio.wait_for(streaming.wait_stopped(session, 0.1), 2))
    assert session.cancel.is_set() and isinstance(session.cancel, threading.Event)
