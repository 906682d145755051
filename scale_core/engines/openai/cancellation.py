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
        self.now = loop.time
        self.guards: set[Guard] = set()
        self._loop = loop
        self._ticking = False

    def add(self, guard: Guard) -> None:
        self.guards.add(guard)
        if not self._ticking:
            self._ticking = True
            self._loop.call_later(TICK, self._tick)

    def expire(self) -> None:
        """Every wait ends at the next tick, as if its time were up."""
        for guard in self.guards:
            guard.extend(-1.0)

    def _tick(self) -> None:
        now = self.now()
        for guard in list(self.guards):
            guard.look(now)
        self._ticking = bool(self.guards)
        if self._ticking:
            self._loop.call_later(TICK, self._tick)


class Guard:
    """`with` it around what waits: raises Halted within a tick of Stop, Late after `seconds`
    (`extend` puts that off). A cancelled task is left to be cancelled.

    It ends its task's wait the way asyncio.timeout does: by cancelling the task and taking the
    cancellation back, so that somebody else's cancellation still counts.
    """

    __slots__ = ("_before", "_cancel", "_deadline", "_ended", "_task", "_watch")

    def __init__(self, watch: Watch, cancel: Cancel | None, seconds: float) -> None:
        self._watch = watch
        self._cancel = cancel
        self._deadline = watch.now() + seconds
        self._ended: type[Exception] | None = None

    def extend(self, seconds: float) -> None:
        """The deadline is `seconds` from now."""
        self._deadline = self._watch.now() + seconds

    def look(self, now: float) -> None:
        if self._cancel is not None and self._cancel.is_set():
            self._ended = Halted
        elif now >= self._deadline:
            self._ended = Late
        else:
            return
        self._watch.guards.discard(self)
        self._task.cancel()

    def __enter__(self) -> Guard:
        if self._cancel is not None and self._cancel.is_set():
            raise Halted
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a guard needs a task")
        self._task = task
        self._before = task.cancelling()
        self._watch.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watch.guards.discard(self)
        if self._ended is None:
            return
        ours = self._task.uncancel() <= self._before
        if ours and kind is asyncio.CancelledError:
            raise self._ended from None
