"""What happens when someone presses a button, without Gradio: sessions, streaming, reading.

Knows how a stream of events becomes a few frames a second, how a run is stopped and what people
are told of errors. Does not know components or layout; `explore.py` turns frames into outputs.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import math
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol, runtime_checkable

import pandas as pd
import plotly.graph_objects as go

from scale_core.dialects.base import Reading
from scale_core.engines.base import EngineError
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.ui.switches import changed
from scale_core.views import charts, graph, tables

LOG = logging.getLogger(__name__)
TICK = 0.1  # seconds between two frames at least
CHART_TICK = 0.9  # charts travel whole, so they travel seldom
LONGEST = 4000  # characters of a problem
STOP_PATIENCE = 2.0  # seconds an engine has to obey Stop before it is cut off


class Solve(Protocol):
    """`scale_core.api.solve` or something that looks like it."""

    def __call__(self, problem: str, **keywords: Any) -> AsyncIterator[ev.Event]: ...


class Reader(Protocol):
    """The part of a dialect that the page itself needs."""

    def read_problem(self, text: str) -> Reading: ...


class Session:
    """One visitor's state: the run on the page and the way to stop it. Never shared."""

    def __init__(self) -> None:
        self.run = Run()
        self.cancel = threading.Event()
        self.busy = False

    def __deepcopy__(self, memo: dict[int, Any]) -> Session:
        """Gradio copies a state's first value for each visitor: each gets a fresh one."""
        return Session()

    def stop(self) -> None:
        self.cancel.set()


@dataclass(frozen=True, slots=True)
class Ask:
    """What a visitor wants solved. `values` are the advanced switches, in `switches()` order."""

    problem: str
    answer: str = ""
    preset: str = "scale"
    tau: float | None = None
    seed: int = 0
    values: tuple[Any, ...] = ()
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Pictures:
    """The big drawings, made only a few times."""

    over_time: go.Figure
    by_node: go.Figure
    ledger: pd.DataFrame

    @staticmethod
    def of(run: Run) -> Pictures:
        return Pictures(charts.over_time(run), charts.by_node(run), tables.ledger(run))


@dataclass(frozen=True, slots=True)
class Frame:
    """What the page shows at one moment; `pictures` None: as before. `problem`: what went wrong,
    in words for people."""

    view: dict[str, Any]
    pictures: Pictures | None
    running: bool
    problem: str = ""


# ---- reading a problem ---------------------------------------------------------------------


def read(reader: Reader, text: str) -> Reading:
    """The dialect's reading; a text that it cannot even look at is doubtful."""
    if not text.strip():
        return Reading("inside", "", None, "")
    if len(text) > LONGEST:
        return Reading(
            "outside",
            text[:LONGEST],
            None,
            f"This is longer than {LONGEST:,} characters. Please shorten it.",
        )
    try:
        return reader.read_problem(text)
    except Exception:
        LOG.exception("the dialect could not read a problem")
        return Reading("doubtful", text, None, "This text could not be read with certainty.")


def friendly(error: BaseException) -> str:
    """What to tell a person; details go to the log."""
    if isinstance(error, ValueError):
        return f"Please check the options: {error}."
    if isinstance(error, EngineError):
        return f"The model could not be used: {error}"
    return "Something went wrong inside the program. The log of the server has the details."


# ---- streaming -----------------------------------------------------------------------------


class Player:
    """Plays runs for visitors: owns the engine and the dialect, shares nothing else."""

    def __init__(self, solve: Solve, engine: Any, dialect: Any) -> None:
        self.solve, self.engine, self.dialect = solve, engine, dialect

    def events(self, ask: Ask, cancel: threading.Event) -> AsyncIterator[ev.Event]:
        """The run's events. Raises ValueError for options that are out of bounds."""
        keywords: dict[str, Any] = {"anyway": True} if ask.anyway else {}
        return self.solve(
            ask.problem, answer=ask.answer.strip() or None, preset=ask.preset,
            options=changed(ask.preset, ask.values, ask.tau), seed=ask.seed, engine=self.engine,
            dialect=self.dialect, cancel=cancel, **keywords)  # fmt: skip

    async def play(self, session: Session, ask: Ask) -> AsyncGenerator[Frame, None]:
        """Frames while the run goes on, the last one complete. Closing this stops the run."""
        session.stop()  # whatever this visitor still had running
        session.run, session.cancel, session.busy = Run(), threading.Event(), True
        run, cancel = session.run, session.cancel
        try:
            events = self.events(ask, cancel)
        except (ValueError, TypeError) as error:
            session.busy = False
            yield Frame(graph.view(run), None, False, friendly(error))
            return
        fresh = asyncio.Event()
        feed = asyncio.create_task(_feed(events, run, fresh))
        try:
            async for frame in _frames(run, feed, fresh):
                yield frame
        finally:
            cancel.set()
            await _end(feed, run)
            if session.cancel is cancel:  # else a newer run is going on
                session.busy = False
        yield Frame(graph.view(run), Pictures.of(run), False, _failure(feed))


async def _feed(events: AsyncIterator[ev.Event], run: Run, fresh: asyncio.Event) -> None:
    """Fold events into the run as they come; always close their source."""
    try:
        async for event in events:
            run.apply(event)
            fresh.set()
    finally:
        fresh.set()
        if isinstance(events, _Closable):
            await events.aclose()


async def _frames(run: Run, feed: asyncio.Task[None], fresh: asyncio.Event) -> AsyncIterator[Frame]:
    drawn = -math.inf
    while not feed.done():
        await fresh.wait()
        fresh.clear()
        if feed.done() or run.end is not None:
            return
        began, pictures = monotonic(), None
        if began - drawn >= CHART_TICK and run.ledger.entries:
            pictures, drawn = Pictures.of(run), began
        yield Frame(graph.view(run), pictures, True)
        await asyncio.sleep(max(0.0, TICK - (monotonic() - began)))


async def _end(feed: asyncio.Task[None], run: Run) -> None:
    """Wait for the run to end by itself, then cut it off; a run always has a last event."""
    with contextlib.suppress(asyncio.TimeoutError, asyncio.CancelledError, Exception):
        await asyncio.wait_for(feed, STOP_PATIENCE)
    if run.start is not None and run.end is None:
        failed = feed.done() and not feed.cancelled() and feed.exception() is not None
        status: ev.Status = "failed" if failed else "stopped"
        run.apply(ev.RunEnded(t=run.seconds, status=status, message=_failure(feed)))


def _failure(feed: asyncio.Task[None]) -> str:
    if not feed.done() or feed.cancelled():
        return ""
    error = feed.exception()
    if error is None:
        return ""
    LOG.error("a run failed", exc_info=error)
    return friendly(error)


@runtime_checkable
class _Closable(Protocol):
    async def aclose(self) -> None: ...


def snapshot(session: Session) -> Run:
    """A copy of the session's run that later events do not change."""
    return Run(copy.copy(session.run.events))


def describe(info: Any) -> Mapping[str, Any]:
    """The engine's line in the header."""
    if info is None:
        return {"parts": ["no model loaded"], "ok": False, "seed": 0, "notes": []}
    size = info.parameters
    millions = [] if size is None else [f"{size / 1e6:.1f} M parameters"]
    notes = list(info.notes)
    if not info.reproducible and not notes:
        notes = ["The same seed may give another run on this engine."]
    return {"parts": [info.model, info.device, *millions], "ok": True, "seed": 0, "notes": notes}


async def wait_stopped(session: Session, patience: float = STOP_PATIENCE) -> None:
    """Set the run's stop signal and wait until the run has ended, at most `patience` seconds."""
    session.stop()
    began = monotonic()
    while session.busy and monotonic() - began < patience:
        await asyncio.sleep(0.02)
