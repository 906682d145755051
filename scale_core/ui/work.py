"""Work that goes on for a visitor and ends with their page, and how what failed is told.

Knows how such work is started, followed and stopped, one at a time for each visitor. Does not know
what the work is, or runs that outlive a page (performance.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from time import monotonic
from typing import Any, Self

from scale_core.engines.base import EngineError
from scale_core.trace.redaction import Redaction

LOG = logging.getLogger(__name__)
STOP_PATIENCE = 2.0  # seconds an engine has to obey Stop before it is cut off
SELDOM = 1.5  # seconds between two drawings that a crowd waits at most
WRONG = "Something went wrong inside the program. The log of the server has the details."


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
            async for _ in paced(news, task.done, tick):
                yield task
        finally:
            cancel.set()
            with contextlib.suppress(TimeoutError, asyncio.CancelledError, Exception):
                await asyncio.wait_for(task, STOP_PATIENCE)
    yield task


async def paced(
    news: asyncio.Event, done: Callable[[], bool], tick: float
) -> AsyncGenerator[None, None]:
    """A turn for whoever draws at each news, at most every `tick` seconds, until it is done. A
    crowd is drawn for more seldom: all of it together may keep the program busy, and whoever comes
    next is to be heard at once."""
    with _CROWD.one_more():
        while not done():
            await news.wait()
            news.clear()
            if done():
                return
            began = monotonic()
            yield
            took = monotonic() - began
            until = began + max(tick, min(SELDOM, _CROWD.count * took))
            while (rest := until - monotonic()) > 0 and not done():
                await asyncio.sleep(min(tick, rest))


class _Crowd:
    """How many are drawn for at this moment."""

    count = 0

    @contextlib.contextmanager
    def one_more(self) -> Iterator[None]:
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1


_CROWD = _Crowd()


def failure(error: BaseException | None) -> str:
    """What to tell a person if work broke, else nothing; details go to the log."""
    if error is None:
        return ""
    if not isinstance(error, ValueError):
        LOG.error("a run failed", exc_info=error)
    return friendly(error)


def friendly(error: BaseException) -> str:
    if isinstance(error, ValueError):
        return f"Please check the options: {error}."
    if isinstance(error, EngineError):
        return f"The model could not be used: {Redaction().text(str(error))}"
    return WRONG
