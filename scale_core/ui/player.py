"""The player: a visitor's lanes as a stream of events, shown as a few frames a second.

Knows how work for a visitor is started, followed and stopped, and what a visitor's session holds;
one lane or several makes no difference to it. Does not know Gradio, or how a frame is drawn.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import math
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Self

from scale_core.dialects.base import Dialect
from scale_core.engines.base import EngineError
from scale_core.runs.lanes import DETAIL, dialect_of, lane_of, run_lanes
from scale_core.runs.replay import bank_of, replay
from scale_core.strategies.settings import Caps
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.prices import Prices
from scale_core.trace.run import Run
from scale_core.views.units import Unit

LOG = logging.getLogger(__name__)
LONGEST = 4000  # characters of a problem
TICK = 0.1  # seconds between two frames at least
CHART_TICK = 0.9  # charts travel whole, so they travel seldom
STOP_PATIENCE = 2.0  # seconds an engine has to obey Stop before it is cut off


@dataclass(frozen=True, slots=True)
class Ask:
    """What a visitor wants run. budget None: the preset's one lane, without a limit. options,
    settings: what differs from the preset and from the lanes' defaults."""

    problem: str
    answer: str = ""
    lanes: tuple[str, ...] = ()
    budget: str | None = None
    preset: str = "scale"
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A moment to draw a session at. big: with the drawings that are made only a few times.
    problem: what went wrong, in words for people."""

    big: bool
    running: bool
    problem: str = ""


# ---- a visitor's work ----------------------------------------------------------------------


class Visitor:
    """One visitor's hold on work that goes on for them, and the way to stop it."""

    def __init__(self) -> None:
        self.cancel, self._ended = threading.Event(), asyncio.Event()
        self._ended.set()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Gradio copies a state's first value for each visitor: each gets a fresh one."""
        return type(self)()

    @property
    def busy(self) -> bool:
        return not self._ended.is_set()

    def stop(self) -> None:
        self.cancel.set()

    async def stopped(self) -> None:
        """Stop it and wait until it has ended, but no longer than an engine is waited for."""
        self.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), STOP_PATIENCE)

    @contextlib.contextmanager
    def turn(self) -> Iterator[threading.Event]:
        """Stop whatever this visitor still had running; the signal that stops what comes now."""
        self.stop()
        self.cancel, self._ended = cancel, ended = threading.Event(), asyncio.Event()
        try:
            yield cancel
        finally:
            cancel.set()
            ended.set()


class Session(Visitor):
    """What one visitor has on one page: lanes, and in the replay lab the same decided anew.
    source: the duel whose samples these lanes did not generate, if there is one. opened: the
    visitor has opened a reason by hand. look: what looks back on the duel. Never shared."""

    def __init__(self) -> None:
        super().__init__()
        self.look = Visitor()
        self.unit: Unit = "tokens"
        self.begin()

    def begin(self, source: Duel | None = None) -> Duel:
        """A new, empty duel in place of the last one."""
        self.duel, self.source, self.opened = Duel(), source, False
        self.replayed: Duel | None = None
        return self.duel

    @property
    def shown(self) -> Duel:
        return self.replayed or self.duel

    @property
    def ready(self) -> bool:
        """Whether there is a duel that has ended."""
        return not self.busy and self.duel.end is not None

    @property
    def run(self) -> Run:
        """The run of the one lane, or the first one's."""
        return next(iter(self.duel.lanes.values()), Run())

    def stop(self) -> None:
        super().stop()
        self.look.stop()


async def follow(
    visitor: Visitor,
    work: Callable[[threading.Event, Callable[[], None]], Coroutine[Any, Any, Any]],
    tick: float,
) -> AsyncGenerator[asyncio.Task[Any], None]:
    """The work's task whenever there is news of it, at most every `tick` seconds, and at last when
    it is done. Closing this stops the work. work: gets the signal that stops it, and what to call
    when there is news."""
    news = asyncio.Event()
    with visitor.turn() as cancel:
        task = asyncio.create_task(work(cancel, news.set))
        task.add_done_callback(lambda _: news.set())
        try:
            while not task.done():
                await news.wait()
                news.clear()
                if not task.done():
                    began = monotonic()
                    yield task
                    await asyncio.sleep(max(0.0, tick - (monotonic() - began)))
        finally:
            cancel.set()
            with contextlib.suppress(TimeoutError, asyncio.CancelledError, Exception):
                await asyncio.wait_for(task, STOP_PATIENCE)
    yield task


def failure(task: asyncio.Task[Any]) -> str:
    """What to tell a person if work broke, else nothing; details go to the log."""
    error = task.exception() if task.done() and not task.cancelled() else None
    if error is None:
        return ""
    if not isinstance(error, ValueError):
        LOG.error("a run failed", exc_info=error)
    return friendly(error)


def friendly(error: BaseException) -> str:
    if isinstance(error, ValueError):
        return f"Please check the options: {error}."
    if isinstance(error, EngineError):
        return f"The model could not be used: {error}"
    return "Something went wrong inside the program. The log of the server has the details."


# ---- lanes ---------------------------------------------------------------------------------

Source = Callable[[threading.Event], AsyncIterator[dv.DuelEvent]]


@dataclass(frozen=True)
class Player:
    """Plays lanes for visitors, who share its engine and nothing else. caps: what a budget may be
    at most. lanes: what runs them."""

    engine: Any
    prices: Prices = field(default_factory=Prices)
    caps: Caps = field(default_factory=Caps)
    lanes: Callable[..., AsyncIterator[dv.DuelEvent]] = run_lanes

    @property
    def dialect(self) -> Dialect:
        """How the model is asked, as far as is known of it now."""
        return dialect_of(self.engine.info)

    def play(self, session: Session, ask: Ask) -> AsyncGenerator[Frame, None]:
        """Frames while the lanes run, the last one complete. Closing this stops them."""

        def source(cancel: threading.Event) -> AsyncIterator[dv.DuelEvent]:
            if len(ask.problem) > LONGEST:
                raise ValueError(f"a problem has at most {LONGEST:,} characters")
            alone = ask.budget is None
            lanes = [lane_of(ask.preset, ask.options)] if alone else ask.lanes
            return self.lanes(
                ask.problem, lanes, ask.budget, answer=ask.answer.strip() or None,
                preset=ask.preset, options=ask.options, settings=ask.settings, seed=ask.seed,
                engine=self.engine, cancel=cancel, anyway=ask.anyway, caps=self.caps,
                detail=DETAIL if alone else 0,
            )  # fmt: skip

        return self._play(session, source)

    def fill(self, session: Session) -> AsyncGenerator[Frame, None]:
        """Run the replayed duel for real on what is recorded: only what is missing is generated.
        Needs a replayed duel in the session."""
        asked, recorded = session.replayed, session.duel
        assert asked is not None and asked.start is not None
        start = asked.start

        def source(cancel: threading.Event) -> AsyncIterator[dv.DuelEvent]:
            return self.lanes(
                start.problem, [lane.name for lane in start.lanes], start.budget,
                answer=start.expected, settings=dict(start.settings), options=dict(start.options),
                seed=start.seed, engine=self.engine, cancel=cancel, anyway=True, caps=self.caps,
                cache=bank_of(recorded, self.engine),
            )  # fmt: skip

        return self._play(session, source, recorded)

    async def _play(
        self, session: Session, source: Source, recorded: Duel | None = None
    ) -> AsyncGenerator[Frame, None]:
        duel, drawn = session.begin(recorded), -math.inf
        steps = follow(session, lambda cancel, news: _fold(duel, source, cancel, news), TICK)
        problem = ""
        try:
            async with contextlib.aclosing(steps):
                async for task in steps:
                    if task.done():
                        problem = failure(task)
                        continue
                    big = monotonic() - drawn >= CHART_TICK and _spent(duel)
                    drawn = monotonic() if big else drawn
                    yield Frame(big, running=True)
        finally:
            cut(duel, "failed" if problem else "stopped", problem)
        yield Frame(big=True, running=False, problem=problem)

    async def decide_anew(
        self, session: Session, settings: Mapping[str, Any], tau: float | None, budget: str
    ) -> None:
        """The recorded duel under other settings, without the engine. Raises ValueError."""
        options = {} if tau is None else {"tau": tau}
        session.replayed = await replay(
            session.duel, settings=settings, options=options, budget=budget, caps=self.caps
        )


async def _fold(
    duel: Duel, source: Source, cancel: threading.Event, news: Callable[[], None]
) -> None:
    """Fold events as they come; always close their source."""
    events = source(cancel)
    try:
        async for event in events:
            duel.apply(event)
            news()
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()


def _spent(duel: Duel) -> bool:
    return any(run.ledger.entries for run in duel.lanes.values())


def cut(duel: Duel, status: ev.Status, message: str) -> None:
    """End a duel that its source did not end, and each lane that has begun and not ended."""
    if duel.start is None or duel.end is not None:
        return
    for name, run in duel.lanes.items():
        if run.start is not None and run.end is None:
            ended = ev.RunEnded(t=run.seconds, status=status, message=message)
            duel.apply(dv.LaneEvent(t=duel.seconds, lane=name, event=ended))
    duel.apply(dv.DuelEnded(t=duel.seconds, status=status, message=message))


def snapshot(duel: Duel) -> Duel:
    """A copy of a duel that later events do not change."""
    return Duel(copy.copy(duel.events))
