"""How a stream of events becomes a few frames a second, and how it is stopped.

Knows folds (a run, a duel) only as things that take events and have an end. Does not know what a
frame shows, Gradio, or what the events mean.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from time import monotonic
from typing import Any, Generic, Literal, Protocol, Self, TypeVar, runtime_checkable

from scale_core.engines.base import EngineError

LOG = logging.getLogger(__name__)
TICK = 0.1  # seconds between two frames at least
CHART_TICK = 0.9  # charts travel whole, so they travel seldom
STOP_PATIENCE = 2.0  # seconds an engine has to obey Stop before it is cut off

F = TypeVar("F", covariant=True)


class Fold(Protocol):
    """A run or a duel: the state that follows from its events."""

    start: Any
    end: Any

    def apply(self, event: Any, /) -> None: ...


class Visitor:
    """One visitor's hold on what is being played for them, and the way to stop it."""

    def __init__(self) -> None:
        self.cancel = threading.Event()
        self.busy = False

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Gradio copies a state's first value for each visitor: each gets a fresh one."""
        return type(self)()

    def stop(self) -> None:
        self.cancel.set()

    def begin(self) -> threading.Event:
        """Stop whatever this visitor still had running; the signal that stops what comes now."""
        self.stop()
        self.cancel, self.busy = threading.Event(), True
        return self.cancel


class Show(Protocol[F]):
    """What a player needs to know of what it plays."""

    def frame(self, *, big: bool, running: bool, problem: str = "") -> F:
        """What the page shows now; `big`: with the drawings that are made only a few times."""
        ...

    def worth(self) -> bool:
        """Whether there is anything yet for the big drawings."""
        ...

    def cut(self, status: Literal["failed", "stopped"], message: str) -> None:
        """End the fold by a last event, as its source did not."""
        ...


class Stream(Generic[F]):
    """Plays one source of events into one fold."""

    def __init__(self, fold: Fold, show: Show[F]) -> None:
        self.fold, self.show = fold, show

    async def play(
        self, visitor: Visitor, source: Callable[[threading.Event], AsyncIterator[Any]]
    ) -> AsyncGenerator[F, None]:
        """Frames while it goes on, the last one complete. Closing this stops the source."""
        cancel = visitor.begin()
        try:
            events = source(cancel)
        except (ValueError, TypeError) as error:
            visitor.busy = False
            yield self.show.frame(big=False, running=False, problem=friendly(error))
            return
        fresh = asyncio.Event()
        feed = asyncio.create_task(self._feed(events, fresh))
        try:
            async for frame in self._frames(feed, fresh):
                yield frame
        finally:
            cancel.set()
            await self._end(feed)
            if visitor.cancel is cancel:  # else a newer one is going on
                visitor.busy = False
        yield self.show.frame(big=True, running=False, problem=failure(feed))

    async def _feed(self, events: AsyncIterator[Any], fresh: asyncio.Event) -> None:
        """Fold events as they come; always close their source."""
        try:
            async for event in events:
                self.fold.apply(event)
                fresh.set()
        finally:
            fresh.set()
            if isinstance(events, _Closable):
                await events.aclose()

    async def _frames(self, feed: asyncio.Task[None], fresh: asyncio.Event) -> AsyncIterator[F]:
        drawn = -math.inf
        while not feed.done():
            await fresh.wait()
            fresh.clear()
            if feed.done() or self.fold.end is not None:
                return
            began, big = monotonic(), False
            if began - drawn >= CHART_TICK and self.show.worth():
                big, drawn = True, began
            yield self.show.frame(big=big, running=True)
            await asyncio.sleep(max(0.0, TICK - (monotonic() - began)))

    async def _end(self, feed: asyncio.Task[None]) -> None:
        """Wait for the source to end by itself, then cut it off; a fold always has an end."""
        with contextlib.suppress(asyncio.TimeoutError, asyncio.CancelledError, Exception):
            await asyncio.wait_for(feed, STOP_PATIENCE)
        if self.fold.start is not None and self.fold.end is None:
            failed = feed.done() and not feed.cancelled() and feed.exception() is not None
            self.show.cut("failed" if failed else "stopped", failure(feed))


@runtime_checkable
class _Closable(Protocol):
    async def aclose(self) -> None: ...


def failure(feed: asyncio.Task[None]) -> str:
    """What to tell a person if the source broke, else nothing."""
    if not feed.done() or feed.cancelled():
        return ""
    error = feed.exception()
    if error is None:
        return ""
    LOG.error("a run failed", exc_info=error)
    return friendly(error)


def friendly(error: BaseException) -> str:
    """What to tell a person; details go to the log."""
    if isinstance(error, ValueError):
        return f"Please check the options: {error}."
    if isinstance(error, EngineError):
        return f"The model could not be used: {error}"
    return "Something went wrong inside the program. The log of the server has the details."


async def wait_stopped(visitor: Visitor, patience: float | None = None) -> None:
    """Set the stop signal and wait until what was playing has ended, at most `patience` s."""
    visitor.stop()
    began = monotonic()
    while visitor.busy and monotonic() - began < (patience or STOP_PATIENCE):
        await asyncio.sleep(0.02)
