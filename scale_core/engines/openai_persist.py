"""Asking again until it works or there is no point: places, back-off, and what it all cost.

Knows attempts, servers' places, waits and token counts. Does not know what an attempt asks. A
repeated attempt sends the same request; another seed is the caller's decision.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, fields
from typing import Generic, Protocol, TypeVar

from scale_core.engines.base import Cancel, EngineError
from scale_core.engines.openai_balance import Balance, Place
from scale_core.engines.openai_faults import UNKNOWN, Fault, back_off
from scale_core.engines.openai_http import Link
from scale_core.engines.openai_watch import Halted, Late
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
    """Something to ask of a server, as often as need be."""

    async def go(self, place: Place) -> T_co:
        """Ask once. Raises Fault. Where the caller pressed Stop it returns what there is."""
        ...

    def spent(self) -> Usage:
        """What the latest attempt reported, however it ended."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """`result` None: stopped before it was asked. `usage`: of all attempts together."""

    result: T | None
    usage: Usage
    faults: tuple[str, ...]


class Accounts:
    """Every token of an engine, from any thread.

    total: None wherever some attempt did not say. reported: the sum of what was said, so a lower
    bound. silent: attempts that left out the completion's tokens. repeated: attempts after a fault.
    """

    def __init__(self) -> None:
        self.total = self.reported = Usage()
        self.silent = self.repeated = 0
        self._lock = threading.Lock()

    def charge(self, usage: Usage) -> None:
        with self._lock:
            self.total += usage
            self.silent += usage.completion is None
            self.reported += Usage(*(getattr(usage, f.name) or 0 for f in fields(usage)))


@dataclass(frozen=True, slots=True)
class Persistence:
    """retries: attempts after the first. first_wait: seconds before the second, then doubling.
    longest_wait: a server that asks for a longer pause has failed."""

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
        spent, faults, avoid = Usage(), list[str](), None
        for number in range(self.retries + 1):
            try:
                if cancel is not None and cancel.is_set():
                    raise Halted
                place = balance.take(avoid) or await _queue(link, balance, cancel)
            except Halted:
                return Outcome(None, spent, tuple(faults))
            result = await self._once(balance, place, accounts, attempt)
            if not isinstance(result, Fault):
                return Outcome(result, spent + attempt.spent(), tuple(faults))
            spent += result.usage
            faults.append(f"{place.shown}: {result.reason}")
            if not self._worth_it(result, number, link):
                raise RequestFailed(_last_words(faults), spent, result)
            accounts.repeated += 1
            if not await self._pause(link, balance, cancel, place, result, number):
                return Outcome(None, spent, tuple(faults))
            avoid = place
        raise AssertionError("not reached")

    async def _once(
        self, balance: Balance, place: Place, accounts: Accounts, attempt: Attempt[T]
    ) -> T | Fault:
        try:
            result = await attempt.go(place)
        except Fault as fault:
            if fault.usage == UNKNOWN:
                fault.usage = attempt.spent()
            accounts.charge(fault.usage)
            reason = fault.reason if fault.down else ""
            balance.done(place, reason, dead=fault.dead, rest=fault.wait or 0)
            return fault
        except BaseException:  # the waiting task was cancelled, or the caller's callback failed
            accounts.charge(attempt.spent())
            balance.drop(place)
            raise
        accounts.charge(attempt.spent())
        balance.done(place)
        return result

    def _worth_it(self, fault: Fault, number: int, link: Link) -> bool:
        if fault.wait is not None and fault.wait > self.longest_wait:
            return False
        return fault.again and number < self.retries and not link.closing

    async def _pause(
        self,
        link: Link,
        balance: Balance,
        cancel: Cancel | None,
        place: Place,
        fault: Fault,
        number: int,
    ) -> bool:
        """Wait before the next attempt, not at all where another server can take it; False if the
        caller pressed Stop."""
        if number + 1 < len(balance.places) and balance.other(place):
            return True
        seconds = max(fault.wait or 0.0, back_off(number, self.first_wait))
        try:
            async with link.watch.guard(cancel, seconds):
                await asyncio.sleep(seconds + 1)
        except Halted:
            return False
        except Late:
            pass
        return True


async def _queue(link: Link, balance: Balance, cancel: Cancel | None) -> Place:
    """Wait for a place, for as long as it takes: every request ahead ends some time."""
    async with link.watch.guard(cancel, float("inf")):
        return await balance.wait()


def _last_words(faults: list[str]) -> str:
    tries = f" (attempt {len(faults)})" if len(faults) > 1 else ""
    return faults[-1] + tries
