"""Which of several servers gets the next request.

Knows how many requests each server holds, the limit, and which servers failed. The server with the
fewest outstanding requests is taken; one that fails is taken out, and after a while a single
request tries it again. Does not know what a request is. Any thread and any event loop may ask.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yarl import URL

_TOLERATED = 2  # failures in a row before a server that does answer is taken out
_SHORTEST, _LONGEST = 1.0, 60.0  # seconds that a dead server is left alone


@dataclass(frozen=True, slots=True)
class ServerState:
    """One server as people see it: `alive` or why not, and in how many seconds it is tried."""

    url: str
    in_flight: int
    served: int
    alive: bool
    reason: str = ""
    retry_in: float = 0.0


class ServerSlot:
    """One server's share of the work. Only `url`, `shown` and `below` are for others."""

    __slots__ = (
        "dead", "deaths", "failures", "outstanding", "paths", "reason", "resting", "served",
        "shown", "turn", "until", "url",
    )  # fmt: skip

    def __init__(self, url: URL) -> None:
        self.url = url
        self.shown = str(url)
        self.outstanding = self.served = self.failures = self.deaths = self.turn = 0
        self.dead = False  # it could not be reached when it was last asked
        self.resting = False  # out because it asked for a pause or failed
        self.until = 0.0  # not before this time while it rests
        self.reason = ""
        self.paths: dict[str, URL] = {}

    def below(self, path: str) -> URL:
        """The URL of a path; one that begins with a slash is not below the base but the host."""
        url = self.paths.get(path)
        if url is None:
            url = self.url.with_path(path) if path.startswith("/") else self.url / path
            self.paths[path] = url
        return url


Waiter = tuple[asyncio.AbstractEventLoop, "asyncio.Future[ServerSlot]"]


class LoadBalancer:
    """Hands out slots, at most `limit` requests at a time on each server."""

    def __init__(
        self, urls: Sequence[URL], limit: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit = limit
        self._slots = [ServerSlot(url) for url in urls]
        self._clock = clock
        self._turn = 0
        self._waiters: deque[Waiter] = deque()
        self._lock = threading.Lock()

    @property
    def slots(self) -> Sequence[ServerSlot]:
        return self._slots

    @property
    def waiting(self) -> int:
        return len(self._waiters)

    @property
    def troubled(self) -> bool:
        """Whether any server is out."""
        return any(slot.resting for slot in self._slots)

    def states(self) -> tuple[ServerState, ...]:
        now = self._clock()
        return tuple(
            ServerState(
                p.shown, p.outstanding, p.served, not p.resting, p.reason,
                round(max(0.0, p.until - now), 1) if p.resting else 0.0,
            )
            for p in self._slots
        )  # fmt: skip

    def take(self, avoid: ServerSlot | None = None) -> ServerSlot | None:
        """The best slot with room, `avoid` only if there is no other; None if all are full."""
        with self._lock:
            if self._waiters:
                return None
            if len(self._slots) > 1:
                return self._pick(avoid)
            slot = self._slots[0]
            if slot.outstanding >= self.limit:
                return None
            slot.outstanding += 1
            return slot

    async def wait(self) -> ServerSlot:
        """The next slot that has room, first come, first served."""
        loop = asyncio.get_running_loop()
        waiter: Waiter = (loop, loop.create_future())
        with self._lock:
            if not self._waiters and (slot := self._pick(None)):
                return slot
            self._waiters.append(waiter)
        try:
            return await waiter[1]
        except BaseException:
            self._leave(waiter)
            raise

    def done(
        self, slot: ServerSlot, failed: str = "", *, dead: bool = False, rest: float = 0
    ) -> None:
        """Give a slot back.

        failed: why the server did not answer properly, "" if it did. dead: it cannot be reached at
        all. rest: seconds it asked to be left alone.
        """
        with self._lock:
            slot.outstanding -= 1
            slot.served += 1
            if rest > 0:
                self._rest(slot, failed or "it asked for a pause", rest)
            elif failed:
                self._fail(slot, failed, dead)
            elif slot.failures or slot.resting:
                slot.failures = slot.deaths = 0
                slot.resting, slot.reason, slot.dead = False, "", False
            if self._waiters:
                self._grant()

    def condemn(self, url: URL, reason: str) -> None:
        """A server is known to be dead before it was ever asked."""
        with self._lock:
            for slot in self._slots:
                if slot.url == url:
                    self._fail(slot, reason, dead=True)

    def drop(self, slot: ServerSlot) -> None:
        """Give a slot back without having learned anything about the server."""
        with self._lock:
            slot.outstanding -= 1
            self._grant()

    def other(self, slot: ServerSlot) -> bool:
        """Whether a server beside this one can take a request now."""
        with self._lock:
            now = self._clock()
            return any(p is not slot and self._usable(p, now) for p in self._slots)

    def _fail(self, slot: ServerSlot, reason: str, dead: bool) -> None:
        slot.failures += 1
        slot.dead = dead
        if slot.resting and self._clock() < slot.until:
            return  # of the same death: one of several requests that were under way
        if dead or slot.resting or slot.failures > _TOLERATED:
            pause = min(_LONGEST, _SHORTEST * 2.0 ** min(slot.deaths, 32))
            slot.deaths += 1
            self._rest(slot, reason, pause)

    def _rest(self, slot: ServerSlot, reason: str, seconds: float) -> None:
        slot.resting, slot.reason = True, reason
        slot.until = self._clock() + seconds

    def _usable(self, slot: ServerSlot, now: float) -> bool:
        # a server that was out is tried by one request at a time
        return not slot.resting or (now >= slot.until and slot.outstanding == 0)

    def _pick(self, avoid: ServerSlot | None) -> ServerSlot | None:
        now = self._clock()
        usable = [p for p in self._slots if self._usable(p, now)]
        if not usable:  # nothing to lose: one that answers at all, the one that comes back first
            usable = [min(self._slots, key=lambda p: (p.dead, p.until))]
        room = [p for p in usable if p.outstanding < self.limit]
        if not room:
            return None
        best = min(room, key=lambda p: (p is avoid, p.outstanding, p.turn))
        self._turn += 1
        best.turn = self._turn
        best.outstanding += 1
        return best

    def _grant(self) -> None:
        while self._waiters:
            slot = self._pick(None)
            if slot is None:
                return
            loop, future = self._waiters.popleft()
            try:
                loop.call_soon_threadsafe(self._hand, future, slot)
            except RuntimeError:  # the loop was closed with somebody still waiting
                slot.outstanding -= 1

    def _hand(self, future: asyncio.Future[ServerSlot], slot: ServerSlot) -> None:
        if future.done():
            self.drop(slot)
        else:
            future.set_result(slot)

    def _leave(self, waiter: Waiter) -> None:
        """The waiter was cancelled: leave the queue, or give back what was just handed over."""
        with self._lock:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
                return
        if waiter[1].done() and not waiter[1].cancelled():
            self.drop(waiter[1].result())
