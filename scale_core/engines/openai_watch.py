"""Ends what waits on a server once its caller pressed Stop or its time is up.

Knows cancel signals that can only be asked, deadlines and one event loop. One timer serves all
waiting calls, so a call costs no timer of its own. Does not know HTTP.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

from scale_core.engines.base import Cancel

TICK = 0.05
"""Seconds between two looks at the stop signals and the clock."""


class Halted(Exception):
    """The caller pressed Stop."""


class Late(Exception):
    """The deadline passed."""


class Watch:
    """The calls of one event loop that wait for something."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._guards: set[Guard] = set()
        self._timer: asyncio.TimerHandle | None = None

    def guard(self, cancel: Cancel | None, seconds: float) -> Guard:
        """`async with` it around what waits: raises Halted within a tick of Stop, Late after
        `seconds` (`extend` puts that off). A cancelled task is left to be cancelled."""
        return Guard(self, cancel, self._loop.time() + seconds)

    def now(self) -> float:
        return self._loop.time()

    def add(self, guard: Guard) -> None:
        self._guards.add(guard)
        if self._timer is None:
            self._timer = self._loop.call_later(TICK, self._tick)

    def drop(self, guard: Guard) -> None:
        self._guards.discard(guard)

    def expire(self) -> None:
        """Every wait ends at the next tick, as if its time were up."""
        for guard in self._guards:
            guard.extend(-1.0)

    def _tick(self) -> None:
        self._timer = None
        now = self._loop.time()
        for guard in list(self._guards):
            guard.look(now)
        if self._guards:
            self._timer = self._loop.call_later(TICK, self._tick)


class Guard:
    """One wait. Built on asyncio's own timeout, which ends a task's wait and nothing else."""

    __slots__ = ("_cancel", "_deadline", "_halted", "_scope", "_watch")

    def __init__(self, watch: Watch, cancel: Cancel | None, deadline: float) -> None:
        self._watch = watch
        self._cancel = cancel
        self._deadline = deadline
        self._halted = False
        self._scope = asyncio.timeout(None)

    def extend(self, seconds: float) -> None:
        """The deadline is `seconds` from now."""
        self._deadline = self._watch.now() + seconds

    def look(self, now: float) -> None:
        if self._cancel is not None and self._cancel.is_set():
            self._halted = True
        elif now < self._deadline:
            return
        self._watch.drop(self)
        self._scope.reschedule(now)

    async def __aenter__(self) -> Guard:
        if self._cancel is not None and self._cancel.is_set():
            raise Halted
        await self._scope.__aenter__()
        self._watch.add(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watch.drop(self)
        try:
            await self._scope.__aexit__(kind, error, trace)
        except TimeoutError:
            raise (Halted if self._halted else Late) from None
