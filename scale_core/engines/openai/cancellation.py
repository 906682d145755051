"""Ends what waits on a server once its caller pressed Stop or its time is up.

Knows one task, the signals that end its wait and a deadline. Does not know HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType

from scale_core.engines.base import Cancel


class Cancelled(Exception):
    """The caller pressed Stop."""


class TimedOut(Exception):
    """The deadline passed."""


class Silent(Exception):
    """The server no longer says anything."""


class TimeoutScope:
    """`with` it around what waits: raises Cancelled at once on Stop, TimedOut after `seconds`
    (`extend` puts that off) or when `closing` is set. A cancelled task is left to be cancelled.

    It ends its task's wait the way asyncio.timeout does: by cancelling the task and taking the
    cancellation back, so that somebody else's cancellation still counts.
    """

    __slots__ = ("_before", "_cancel", "_closing", "_deadline", "_ended", "_leave", "_loop",
                 "_task", "_timer")  # fmt: skip

    def __init__(self, cancel: Cancel | None, seconds: float, closing: Cancel) -> None:
        self._loop = asyncio.get_running_loop()
        self._cancel, self._closing = cancel, closing
        self._deadline = self._loop.time() + seconds
        self._ended: type[Exception] | None = None
        self._leave: list[Callable[[], object]] = []
        self._timer: asyncio.TimerHandle | None = None

    def extend(self, seconds: float) -> None:
        """The deadline is `seconds` from now."""
        earlier, self._deadline = self._deadline, self._loop.time() + seconds
        if self._deadline < earlier:
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._deadline != float("inf"):
            self._timer = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        if self._loop.time() >= self._deadline:
            self.end(TimedOut)
        else:  # it was put off since the timer was set
            self._set_timer()

    def end(self, reason: type[Exception]) -> None:
        if self._ended is None and self._leave:
            self._ended = reason
            self._task.cancel()

    def _ender(self, reason: type[Exception]) -> Callable[[], None]:
        def end() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is gone: nothing waits
                self._loop.call_soon_threadsafe(self.end, reason)

        return end

    def __enter__(self) -> TimeoutScope:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a timeout scope needs a task")
        self._task, self._before = task, task.cancelling()
        self._leave = [self._closing.subscribe(self._ender(TimedOut))]
        if self._cancel is not None:
            self._leave.append(self._cancel.subscribe(self._ender(Cancelled)))
        self._set_timer()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        leave, self._leave = self._leave, []
        for unsubscribe in leave:
            unsubscribe()
        if self._timer is not None:
            self._timer.cancel()
        if self._ended is None:
            return
        ours = self._task.uncancel() <= self._before
        if ours and kind is asyncio.CancelledError:
            raise self._ended from None
