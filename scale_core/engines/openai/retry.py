"""Asking again until it works or there is no point: slots, back-off, and what it all cost.

Knows attempts, servers' slots, waits, token counts and one session for each event loop. Does not
know what an attempt asks, beyond the one for a JSON object. A repeated attempt sends the same
request; another seed is the caller's decision.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from yarl import URL

from scale_core.engines.base import Cancel, EngineError
from scale_core.engines.cancel import StopSignal
from scale_core.engines.openai.errors import Cancelled, RequestError, TimedOut, back_off
from scale_core.engines.openai.load_balancer import LoadBalancer, ServerSlot
from scale_core.engines.openai.reply import parse
from scale_core.engines.openai.session import Session, Timeouts
from scale_core.engines.openai.usage import UNKNOWN, ratios, read_usage
from scale_core.engines.openai.wire import Key
from scale_core.trace.usage import Usage

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class RequestFailed(EngineError):
    """An EngineError with what the server said. `refused`: it does not take something in the
    request; `dead`: it cannot be reached."""

    def __init__(self, message: str, usage: Usage, fault: RequestError) -> None:
        super().__init__(message, usage)
        self.refused = fault.refused
        self.dead = fault.dead
        self.said = fault.said


class Attempt(Protocol[T_co]):
    """Something to ask of a server, as often as need be. `usage`: what the latest attempt is
    charged, however it ended; `reported`: what the server said of it."""

    @property
    def usage(self) -> Usage: ...
    @property
    def reported(self) -> Usage: ...

    def spent(self, reported: Usage) -> Usage:
        """What an attempt is charged that failed with this report."""
        ...

    async def go(self, slot: ServerSlot) -> T_co:
        """Ask once. Raises RequestError. Where the caller pressed Stop: what there is."""
        ...

    def stopped(self) -> T_co:
        """The result if Stop came before anything was asked."""
        ...


@dataclass(slots=True)
class Outcome(Generic[T]):
    """What came of a request. `usage` and `faults`: of all attempts together."""

    result: T
    usage: Usage
    faults: tuple[str, ...] = ()


class UsageCounter:
    """Every token of an engine, from any thread.

    total: None wherever some attempt did not say and nothing could be reckoned. reported: the sum
    of what was said, so a lower bound. reckoned: tokens in the total that nobody reported. by: how
    long tokens are here. silent: attempts that left out the completion's tokens. repeated: attempts
    after a fault.
    """

    def __init__(self) -> None:
        self.silent = self.repeated = self.reckoned = 0
        self.by = ratios()
        self._sums = [0, 0, 0, 0]
        self._reported = [0, 0, 0, 0]
        self._unknown = [False] * 4
        self._lock = threading.Lock()

    def charge(self, usage: Usage, reported: Usage) -> None:
        with self._lock:
            self.reckoned += usage.reckoned
            said = (reported.prompt, reported.cached, reported.completion, reported.thinking)
            self._reported = [a + (b or 0) for a, b in zip(self._reported, said, strict=True)]
            prompt, cached = usage.prompt, usage.cached
            completion, thinking = usage.completion, usage.thinking
            if prompt is None or cached is None or completion is None or thinking is None:
                self._note_unknown(usage)
            sums = self._sums
            sums[0] += prompt or 0
            sums[1] += cached or 0
            sums[2] += completion or 0
            sums[3] += thinking or 0

    def _note_unknown(self, usage: Usage) -> None:
        counts = (usage.prompt, usage.cached, usage.completion, usage.thinking)
        self._unknown = [u or c is None for u, c in zip(self._unknown, counts, strict=True)]
        self.silent += usage.completion is None

    @property
    def total(self) -> Usage:
        with self._lock:
            pairs = zip(self._sums, self._unknown, strict=True)
            known = [None if unknown else count for count, unknown in pairs]
            return Usage(known[0], known[1], known[2], known[3], self.reckoned)

    @property
    def reported(self) -> Usage:
        with self._lock:
            return Usage(*self._reported)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """retries: attempts after the first; those that found a server dead, which another may make
    up for, are counted apart. first_wait: seconds before the second, then doubling. longest_wait:
    a server that asks for a longer pause has failed. patience: seconds after which a request is
    not repeated any more."""

    retries: int = 4
    first_wait: float = 0.5
    longest_wait: float = 60.0
    patience: float = 900.0

    async def run(
        self,
        session: Session,
        balancer: LoadBalancer,
        counter: UsageCounter,
        cancel: Cancel | None,
        attempt: Attempt[T],
    ) -> Outcome[T]:
        """Raises RequestFailed once it is hopeless; its usage is that of all attempts."""
        history: _History | None = None
        ends = session.loop.time() + self.patience
        while True:
            stopped = cancel is not None and cancel.is_set()
            slot = None if stopped else balancer.take(history.last if history else None)
            if slot is None and not stopped:
                slot = await _queue(session, balancer, cancel)
            if slot is None:
                return _outcome(attempt.stopped(), Usage(), history)
            try:
                result = await attempt.go(slot)
            except RequestError as caught:
                fault = caught
            except BaseException:  # the waiting task was cancelled, or the caller's callback failed
                counter.charge(attempt.spent(attempt.usage), attempt.reported)
                balancer.drop(slot)
                raise
            else:
                counter.charge(attempt.usage, attempt.reported)
                balancer.done(slot)
                return _outcome(result, attempt.usage, history)
            _settle(fault, balancer, slot, counter, attempt)
            news = _History(slot, fault)
            history = history.add(news) if history else news
            late = session.loop.time() >= ends
            if late or not self._worth_it(fault, history, session):
                raise RequestFailed(history.words(), history.spent, fault)
            counter.repeated += 1
            if not await self._pause(session, balancer, cancel, history, fault):
                return _outcome(attempt.stopped(), Usage(), history)

    def _worth_it(self, fault: RequestError, history: _History, session: Session) -> bool:
        if fault.wait is not None and fault.wait > self.longest_wait:
            return False
        tries = max(history.dead, len(history.faults) - history.dead)
        if fault.loading and not session.closed:
            return True  # it is waited for until the patience ends
        return fault.again and tries <= self.retries and not session.closed

    async def _pause(
        self,
        session: Session,
        balancer: LoadBalancer,
        cancel: Cancel | None,
        history: _History,
        fault: RequestError,
    ) -> bool:
        """Wait before the next attempt, not at all where another server can take it; False if the
        caller pressed Stop."""
        failed = len(history.faults)
        if failed < len(balancer.slots) and balancer.other(history.last):
            return True
        calm = 4 * self.first_wait if fault.loading else 0.0
        seconds = max(fault.wait or 0.0, calm, back_off(failed - 1, self.first_wait))
        try:
            with session.limit(cancel, seconds):
                await asyncio.sleep(seconds + 1)
        except Cancelled:
            return False
        except TimedOut:
            pass
        return True


class _History:
    """What one request has been through: its failed attempts, how many of them met no server, the
    server of the last one and what they spent together."""

    def __init__(self, slot: ServerSlot, fault: RequestError) -> None:
        self.last = slot
        self.dead, self.loading = int(fault.dead), fault.loading
        self.spent = fault.usage
        self.faults: tuple[str, ...] = (f"{slot.shown}: {fault.reason}",)

    def add(self, later: _History) -> _History:
        self.last = later.last
        self.dead += later.dead
        self.spent += later.spent
        if not (later.loading and self.faults[-1:] == later.faults):  # told once
            self.faults += later.faults
        return self

    def words(self) -> str:
        tries = f" (attempt {len(self.faults)})" if len(self.faults) > 1 else ""
        return self.faults[-1] + tries


def _outcome(result: T, usage: Usage, history: _History | None) -> Outcome[T]:
    if history is None:
        return Outcome(result, usage)
    return Outcome(result, history.spent + usage, history.faults)


def _settle(
    fault: RequestError,
    balancer: LoadBalancer,
    slot: ServerSlot,
    counter: UsageCounter,
    attempt: Attempt[T],
) -> None:
    """Charge a failed attempt and give its slot back."""
    reported = attempt.reported if fault.usage == UNKNOWN else fault.usage
    fault.usage = attempt.spent(fault.usage)
    counter.charge(fault.usage, reported)
    balancer.done(slot, fault.reason if fault.down else "", dead=fault.dead, rest=fault.wait or 0)


async def _queue(
    session: Session, balancer: LoadBalancer, cancel: Cancel | None
) -> ServerSlot | None:
    """A slot, waited for: every request ahead ends some time. None on Stop."""
    try:
        with session.limit(cancel, float("inf")):
            return await balancer.wait()
    except Cancelled:
        return None
    except TimedOut:
        raise EngineError("the engine is closed") from None


class Client:
    """Runs attempts on any event loop; each loop has connections of its own."""

    def __init__(
        self, key: Key, timeouts: Timeouts, policy: RetryPolicy, waits: Callable[[URL], None]
    ) -> None:
        self.key = key
        self.counter = UsageCounter()
        self._timeouts, self._waits = timeouts, waits
        self.policy = policy
        self._sessions: dict[asyncio.AbstractEventLoop, Session] = {}
        self._lock = threading.Lock()
        self._closed = False

    @property
    def timeouts(self) -> Timeouts:
        return self._timeouts

    @property
    def waited(self) -> float:
        """Seconds that a server has been silent on the request that waits longest."""
        return max((s.waited for s in list(self._sessions.values()) if not s.closed), default=0.0)

    def open_session(self) -> Session | None:
        """The running loop's connections if there are any."""
        session = self._sessions.get(asyncio.get_running_loop())
        return None if session is None or session.closed else session

    async def session(self) -> Session:
        """The running loop's connections. Raises EngineError once the engine is closed."""
        session = self.open_session()
        if self._closed:
            raise EngineError("the engine is closed")
        if session is None:
            session = Session(self.key, self._timeouts, self._waits)
            with self._lock:
                self._sessions = {loop: k for loop, k in self._sessions.items() if not k.closed}
                self._sessions[session.loop] = session
            await session.open()
        return session

    async def fetch(
        self,
        balancer: LoadBalancer,
        path: str,
        content: bytes | None,
        *,
        cancel: Cancel | None = None,
        counter: UsageCounter | None = None,
    ) -> Outcome[dict[str, Any] | None]:
        """One JSON object."""
        session = await self.session()
        attempt = JsonAttempt(session, self.key, path, content, cancel)
        counter = counter or self.counter
        return await self.policy.run(session, balancer, counter, cancel, attempt)

    async def close(self) -> None:
        self._closed = True
        here = asyncio.get_running_loop()
        for session in list(self._sessions.values()):
            if session.loop is here:
                await session.close()
            elif session.loop.is_running():
                away = asyncio.run_coroutine_threadsafe(session.close(), session.loop)
                await asyncio.wrap_future(away)


async def all_of(
    parts: Sequence[Coroutine[Any, Any, T]], group: StopSignal, usage_of: Callable[[T], Usage]
) -> list[T]:
    """All results, in order. If a part fails the group is stopped, so that the others end and
    charge what they spent; then an EngineError carries the usage of all."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.done() and task.exception() for task in tasks):
            group.set()
        await asyncio.wait(tasks)
    finally:  # whoever waited here was cancelled: so is everything below
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    errors = [error for task in tasks if (error := task.exception())]
    if not errors:
        return [task.result() for task in tasks]
    spent = Usage.sum(usage_of(task.result()) for task in tasks if not task.exception())
    for error in errors:
        if not isinstance(error, EngineError):
            raise error
        spent += error.usage
    raise EngineError(str(errors[0]), spent)


class JsonAttempt:
    """The attempt to get one JSON object: what scores, embeds and probes is read from it."""

    def __init__(
        self,
        session: Session,
        key: Key,
        path: str,
        content: bytes | None,
        cancel: Cancel | None = None,
    ) -> None:
        self.usage = self.reported = Usage()
        self._session = session
        self._key = key
        self._path = path
        self._content = content
        self._cancel = cancel

    def stopped(self) -> None:
        return None

    def spent(self, reported: Usage) -> Usage:
        return self.usage if reported == UNKNOWN else reported

    async def go(self, slot: ServerSlot) -> dict[str, Any] | None:
        url = slot.below(self._path)
        generates = self._content is not None  # asking what there is runs no model
        self.usage = self.reported = UNKNOWN if generates else Usage()
        data = parse(await self._session.exchange(url, self._content, self._cancel), self._key)
        if generates:
            self.usage = self.reported = read_usage(data.get("usage"))
        return data
