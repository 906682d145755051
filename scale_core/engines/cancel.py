"""Stop as a callback: whoever waits for something is told of it and need not keep asking.

Knows signals that are set once, from any thread, and those who want to hear of it. A plain
`threading.Event`, as callers of the library have one, can only be asked: `_Poller` is the one place
that does so. Does not know what is stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from time import sleep
from typing import Protocol

Callback = Callable[[], object]

POLL = 0.02
"""Seconds between two looks at signals that can only be asked."""


class Flag(Protocol):
    """Anything that can be asked whether it is set: a `threading.Event` will do."""

    def is_set(self) -> bool: ...


class Cancel(Flag, Protocol):
    """A stop signal that calls back."""

    def subscribe(self, callback: Callback) -> Callback:
        """Call `callback` once the signal is set, at once if it is already, on whichever thread
        sets it: it must be quick and must not raise. Returns what takes it back."""
        ...


class StopSignal:
    """A `Cancel` that is set by `set`, or by any of its parents. Safe to use from any thread.

    It listens to its parents only while somebody listens to it, so a parent may outlive any number
    of children.
    """

    def __init__(self, *parents: Flag | None) -> None:
        self._parents = tuple(parent for parent in parents if parent is not None)
        self._set = False
        self._lock = threading.RLock()
        self._callbacks: dict[object, Callback] = {}
        self._leave: list[Callback] = []

    def is_set(self) -> bool:
        return self._set or any(parent.is_set() for parent in self._parents)

    def set(self) -> None:
        with self._lock:
            self._set = True
            waiting, self._callbacks = [*self._leave, *self._callbacks.values()], {}
            self._leave = []
        for callback in waiting:
            callback()

    def subscribe(self, callback: Callback) -> Callback:
        """See `Cancel`."""
        if self.is_set():
            callback()
            return _nothing
        token = object()
        with self._lock:
            self._callbacks[token] = callback
            if len(self._callbacks) == 1:
                self._leave = [subscribe(parent, self.set) for parent in self._parents]
            late = self._set
        if late:  # set while we signed up: nobody may be left waiting
            self.set()
        return lambda: self._unsubscribe(token)

    def _unsubscribe(self, token: object) -> None:
        with self._lock:
            self._callbacks.pop(token, None)
            if self._callbacks:
                return
            leave, self._leave = self._leave, []
        for callback in leave:
            callback()


def subscribe(flag: Flag, callback: Callback) -> Callback:
    """As `Cancel.subscribe`, for anything that can be asked."""
    own: Callable[[Callback], Callback] | None = getattr(flag, "subscribe", None)
    return own(callback) if own else _POLLER.subscribe(flag, callback)


async def any_set(*signals: Cancel | None) -> None:
    """Wait until one of the signals is set."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits
            loop.call_soon_threadsafe(ended.set)

    leave = [signal.subscribe(tell) for signal in signals if signal is not None]
    try:
        await ended.wait()
    finally:
        for unsubscribe in leave:
            unsubscribe()


class _Poller:
    """Asks flags that cannot call back, in a thread that lives while somebody listens."""

    def __init__(self) -> None:
        self._asked: dict[object, tuple[Flag, Callback]] = {}
        self._lock = threading.Lock()
        self._running = False

    def subscribe(self, flag: Flag, callback: Callback) -> Callback:
        if flag.is_set():
            callback()
            return _nothing
        token = object()
        with self._lock:
            self._asked[token] = flag, callback
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="stop-poller", daemon=True).start()
        return lambda: self._drop(token)

    def _drop(self, token: object) -> bool:
        return self._asked.pop(token, None) is not None

    def _run(self) -> None:
        while True:
            with self._lock:
                asked = list(self._asked.items())
                if not asked:
                    self._running = False
                    return
            for token, (flag, callback) in asked:
                if flag.is_set() and self._drop(token):
                    callback()
            sleep(POLL)


def _nothing() -> None:
    """What takes back a callback that was called already."""


_POLLER = _Poller()
