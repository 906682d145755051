"""Who may start a run, and who has to wait: turns that are fair between visitors.

Knows how many runs a visitor, an address and all together have started within a minute, have under
way and have waiting, who is next, and how many are before each. A run is admitted however it came:
from a page, a program or MCP, through Gradio's queue or past it. Does not know what a run is.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

from scale_core.ui.bounds import HOME, Bounds, Each

MINUTE = 60.0
CLOSED = "the app is about to be stopped and takes no more runs; please come back in a minute"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. visitor: a name that nobody can guess, or a login; of programs their address."""

    visitor: str = ""
    address: str = ""


class Refusal(ValueError):
    """This may not be started now; the message says why and for how long, in words for people."""


@dataclass
class Rates:
    """How much was done within the last minute, by visitor, address and in all."""

    bounds: Each
    what: str
    clock: Callable[[], float] = monotonic
    _times: dict[str, deque[float]] = field(default_factory=dict)
    _cleared: float = 0.0

    def count(self, caller: Caller) -> None:
        """Once more. Raises Refusal where that is too much; then it does not count."""
        now = self.clock()
        if now >= self._cleared + MINUTE:
            self._cleared = now
            self._times = {key: times for key, times in self._times.items() if _recent(times, now)}
        found = list(_keys(caller, self.bounds))
        for key, most, who in found:
            times = _recent(self._times.setdefault(key, deque()), now)
            if len(times) >= most:
                rest = max(1, round(MINUTE - (now - times[0])))
                raise Refusal(
                    f"{who} may {self.what} at most {most:,} times a minute here; "
                    f"please try again in {rest} s"
                )
        for key, _, _ in found:
            self._times[key].append(now)


def _recent(times: deque[float], now: float) -> deque[float]:
    """Those of the last minute; the others are dropped."""
    while times and now - times[0] >= MINUTE:
        times.popleft()
    return times


def _keys(caller: Caller, bounds: Each) -> Iterator[tuple[str, int, str]]:
    if caller.visitor and bounds.visitor is not None:
        yield f"visitor {caller.visitor}", bounds.visitor, "one visitor"
    if caller.address:
        yield f"address {caller.address}", bounds.address, "one address"
    yield "all", bounds.total, "all visitors together"


class Turn:
    """A place in the queue, and then one of those under way. before: how many come first."""

    def __init__(self, caller: Caller, leave: Callable[[Turn], None]) -> None:
        self.caller, self.before = caller, 0
        self.come, self._leave = asyncio.Event(), leave
        self.moved: Callable[[], None] = lambda: None

    async def wait(self, moved: Callable[[], None]) -> None:
        """Until it is this one's turn. moved: called when the place has changed."""
        self.moved = moved
        if not self.come.is_set():
            moved()
        await self.come.wait()

    def leave(self) -> None:
        """It has ended, or does not wait any more. May be called twice."""
        self._leave(self)


class Admission:
    """Used on one event loop only."""

    def __init__(self, bounds: Bounds = HOME, clock: Callable[[], float] = monotonic) -> None:
        self.bounds = bounds
        self.rates = Rates(bounds.a_minute, "start runs", clock)
        self.closed = False
        self._running: list[Turn] = []
        self._waiting: list[Turn] = []
        self._served: dict[str, int] = {}  # by visitor: the number of the last turn that came
        self._turns = 0

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def enter(self, caller: Caller) -> Turn:
        """A turn, which has come or will. Raises Refusal."""
        if self.closed:
            raise Refusal(CLOSED)
        self._room(caller)
        self.rates.count(caller)
        turn = Turn(caller, self._left)
        self._waiting.append(turn)
        self._go_on()
        return turn

    def close(self) -> None:
        """Nobody enters any more, and whoever waits is sent away."""
        self.closed = True

    def _room(self, caller: Caller) -> None:
        """Raises Refusal where no more may wait. Whoever would run at once does not wait."""
        if self._free(caller):
            return
        waits, most = [turn.caller for turn in self._waiting], self.bounds.waiting
        if _full(waits, "visitor", caller, most.visitor):
            raise Refusal(
                f"{self.bounds.at_once.visitor} of your runs may go on at a time and "
                f"{most.visitor} may wait; please let one of them end, or stop it"
            )
        if _full(waits, "address", caller, most.address):
            raise Refusal(
                f"{most.address} runs from your address wait already; please try again in a minute"
            )
        if len(waits) >= most.total:
            raise Refusal(
                f"the queue is full, {most.total} runs wait; please try again in a minute"
            )

    def _free(self, caller: Caller) -> bool:
        """Whether one more of this caller's may be under way."""
        runs, most = [turn.caller for turn in self._running], self.bounds.at_once
        return (
            len(runs) < most.total
            and not _full(runs, "visitor", caller, most.visitor)
            and not _full(runs, "address", caller, most.address)
        )

    def _order(self) -> list[Turn]:
        """Who waits, the next one first: visitors in turn, the one that was served longest ago (or
        never) before the others, and each one's own in the order in which they came."""
        ahead: Counter[str] = Counter(turn.caller.visitor for turn in self._running)
        keys: dict[Turn, tuple[int, int, int]] = {}
        for place, turn in enumerate(self._waiting):
            visitor = turn.caller.visitor
            keys[turn] = (ahead[visitor], self._served.get(visitor, -1), place)
            ahead[visitor] += 1
        return sorted(self._waiting, key=lambda turn: keys[turn])

    def _go_on(self) -> None:
        """Whoever may start does; the others hear how many are before them."""
        for turn in self._order():
            if self._free(turn.caller):
                self._waiting.remove(turn)
                self._running.append(turn)
                self._turns += 1
                self._served[turn.caller.visitor] = self._turns
                turn.before = 0
                turn.come.set()
        here = {turn.caller.visitor for turn in (*self._running, *self._waiting)}
        self._served = {name: number for name, number in self._served.items() if name in here}
        for place, turn in enumerate(self._order()):
            if turn.before != place + 1:
                turn.before = place + 1
                turn.moved()

    def _left(self, turn: Turn) -> None:
        for turns in (self._running, self._waiting):
            if turn in turns:
                turns.remove(turn)
                self._go_on()


def _full(
    callers: list[Caller], by: Literal["visitor", "address"], caller: Caller, most: int | None
) -> bool:
    """Whether this caller has as many of them as one may have."""
    own: str = getattr(caller, by)
    return bool(own) and most is not None and sum(getattr(c, by) == own for c in callers) >= most
