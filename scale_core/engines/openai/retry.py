"""Asking again until it works or there is no point: places, back-off, and what it all cost.

Knows attempts, servers' places, waits and token counts. Does not know what an attempt asks. A
repeated attempt sends the same request; another seed is the caller's decision.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from scale_core.engines.base import Cancel, EngineError
from scale_core.engines.openai.cancellation import Guard, Halted, Late
from scale_core.engines.openai.errors import UNKNOWN, Fault, back_off
from scale_core.engines.openai.load_balancer import Balance, Place
from scale_core.engines.openai.session import Link
from scale_core.trace.usage import Usage

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class RequestFailed(EngineError):
    """An EngineError with what the server said. `refused`: it does not take something in the
    request; `dead`: it cannot be reached."""

    def __init__(self, message: str, usage: Usage, fault: Fault) -> None:
        super().__init__(message, usage)
        self.refused = fault.refused
        self.dead = fault.dead
        self.said = fault.said


class Attempt(Protocol[T_co]):
    """Something to ask of a server, as often as need be. `usage`: what the latest attempt
    reported, however it ended."""

    @property
    def usage(self) -> Usage: ...

    async def go(self, place: Place) -> T_co:
        """Ask once. Raises Fault. Where the caller pressed Stop it returns what there is."""
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


class Accounts:
    """Every token of an engine, from any thread.

    total: None wherever some attempt did not say. reported: the sum of what was said, so a lower
    bound. silent: attempts that left out the completion's tokens. repeated: attempts after a fault.
    """

    def __init__(self) -> None:
        self.silent = self.repeated = 0
        self._sums = [0, 0, 0, 0]
        self._unknown = [False] * 4
        self._lock = threading.Lock()

    def charge(self, usage: Usage) -> None:
        with self._lock:
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
            return Usage(*(None if unknown else count for count, unknown in pairs))

    @property
    def reported(self) -> Usage:
        with self._lock:
            return Usage(*self._sums)


@dataclass(frozen=True, slots=True)
class Persistence:
    """retries: attempts after the first; those that found a server dead, which another may make
    up for, are counted apart. first_wait: seconds before the second, then doubling. longest_wait:
    a server that asks for a longer pause has failed."""

    retries: int = 4
    first_wait: float = 0.5
    longest_wait: float = 60.0

    async def run(
        self,
        link: Link,
        balance: Balance,
        accounts: Accounts,
        cancel: Cancel | None,
        attempt: Attempt[T],
    ) -> Outcome[T]:
        """Raises RequestFailed once it is hopeless; its usage is that of all attempts."""
        history: _History | None = None
        while True:
            stopped = cancel is not None and cancel.is_set()
            place = None if stopped else balance.take(history.last if history else None)
            if place is None and not stopped:
                place = await _queue(link, balance, cancel)
            if place is None:
                return _outcome(attempt.stopped(), Usage(), history)
            try:
                result = await attempt.go(place)
            except Fault as caught:
                fault = caught
            except BaseException:  # the waiting task was cancelled, or the caller's callback failed
                accounts.charge(attempt.usage)
                balance.drop(place)
                raise
            else:
                accounts.charge(attempt.usage)
                balance.done(place)
                return _outcome(result, attempt.usage, history)
            _settle(fault, balance, place, accounts, attempt.usage)
            news = _History(place, fault)
            history = history.add(news) if history else news
            if not self._worth_it(fault, history, link):
                raise RequestFailed(history.words(), history.spent, fault)
            accounts.repeated += 1
            if not await self._pause(link, balance, cancel, history, fault):
                return _outcome(attempt.stopped(), Usage(), history)

    def _worth_it(self, fault: Fault, history: _History, link: Link) -> bool:
        if fault.wait is not None and fault.wait > self.longest_wait:
            return False
        tries = max(history.dead, len(history.faults) - history.dead)
        return fault.again and tries <= self.retries and not link.closed

    async def _pause(
        self, link: Link, balance: Balance, cancel: Cancel | None, history: _History, fault: Fault
    ) -> bool:
        """Wait before the next attempt, not at all where another server can take it; False if the
        caller pressed Stop."""
        failed = len(history.faults)
        if failed < len(balance.places) and balance.other(history.last):
            return True
        seconds = max(fault.wait or 0.0, back_off(failed - 1, self.first_wait))
        try:
            with Guard(link.watch, cancel, seconds):
                await asyncio.sleep(seconds + 1)
        except Halted:
            return False
        except Late:
            pass
        return True


class _History:
    """What one request has been through: its failed attempts, how many of them met no server, the
    server of the last one and what they spent together."""

    def __init__(self, place: Place, fault: Fault) -> None:
        self.last = place
        self.dead = int(fault.dead)
        self.spent = fault.usage
        self.faults: tuple[str, ...] = (f"{place.shown}: {fault.reason}",)

    def add(self, later: _History) -> _History:
        self.last = later.last
        self.dead += later.dead
        self.spent += later.spent
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
    fault: Fault, balance: Balance, place: Place, accounts: Accounts, reported: Usage
) -> None:
    """Charge a failed attempt and give its place back."""
    if fault.usage == UNKNOWN:
        fault.usage = reported
    accounts.charge(fault.usage)
    balance.done(place, fault.reason if fault.down else "", dead=fault.dead, rest=fault.wait or 0)


async def _queue(link: Link, balance: Balance, cancel: Cancel | None) -> Place | None:
    """A place, waited for: every request ahead ends some time. None on Stop."""
    try:
        with Guard(link.watch, cancel, float("inf")):
            return await balance.wait()
    except Halted:
        return None
    except Late:
        raise EngineError("the engine is closed") from None
