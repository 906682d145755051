"""A request under way: when it is stopped, how its text reaches whoever watches it grow.

Knows the caller's event loop and its callback. Does not know vLLM.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from scale_core.engines.base import Delta, Request
from scale_core.engines.cancel import StopSignal
from scale_core.engines.vllm.calls import OnText, Pieces

_SELDOM = 10**9  # tokens between two outputs where nobody watches a sample grow
_CROWD = 8  # samples of one request above which they are streamed in larger pieces


@dataclass
class Job:
    """A request under way. `stop`: set by its caller, or since nobody waits for it any more."""

    request: Request
    stop: StopSignal
    relay: Relay | None
    began: float = field(default_factory=time.perf_counter)

    @property
    def interval(self) -> int:
        if self.relay is None:
            return _SELDOM
        return 1 if self.request.n <= _CROWD else 8

    @property
    def text(self) -> OnText | None:
        return None if self.relay is None else self.pass_on

    def text_of(self, j: int) -> OnText | None:
        """The same for a call that has only sample j."""
        return None if self.relay is None else lambda _, pieces: self.pass_on(j, pieces)

    def pass_on(self, j: int, pieces: Pieces) -> None:
        """New text of the thought and of the reply of sample j, counted from 0."""
        if self.relay is not None:
            for text, thinking in zip(pieces, (True, False), strict=True):
                if text:
                    self.relay.send(Delta(self.request.first + j, text, thinking))


class Relay:
    """Takes deltas from vLLM's thread to the callback on its caller's loop."""

    def __init__(self, on_delta: Callable[[Delta], None], stop: StopSignal) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_delta, self._stop = on_delta, stop
        self.error: Exception | None = None

    def send(self, delta: Delta) -> None:
        try:
            self._loop.call_soon_threadsafe(self._deliver, delta)
        except RuntimeError as error:  # the caller's loop is gone
            self._fail(error)

    def _deliver(self, delta: Delta) -> None:
        if self.error is None:
            try:
                self._on_delta(delta)
            except Exception as error:  # the caller's own callback: its bug goes to the caller
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.error = error
        self._stop.set()
