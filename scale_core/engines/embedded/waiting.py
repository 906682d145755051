"""Who waits for a slot, and who is next: runs take turns, however much each of them asks for.

Knows which requests wait, of which run each is, and how many slots each run has. A free slot goes
to the run that has the fewest; within a run first come is first served. Does not know what a
request is for, how its prompt is read or what happens in a slot.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar


class Waits(Protocol):
    """A request that waits. wanted: samples of it that have no slot yet."""

    @property
    def run(self) -> str: ...

    @property
    def wanted(self) -> int: ...


J = TypeVar("J", bound=Waits)


class Waiting(Generic[J]):
    """Only one thread uses it."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[J]] = {}  # by run; the one that was served last stands last
        self._held: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self._lines)

    def __iter__(self) -> Iterator[J]:
        for line in list(self._lines.values()):
            yield from list(line)

    def add(self, jobs: Iterable[J]) -> None:
        for job in jobs:
            self._lines.setdefault(job.run, deque()).append(job)

    def remove(self, job: J) -> None:
        """It waits no more: all its samples have slots, or nobody wants them."""
        line = self._lines[job.run]
        line.remove(job)
        if not line:
            del self._lines[job.run]

    def clear(self) -> None:
        self._lines.clear()
        self._held.clear()

    def taken(self, job: J, slots: int) -> None:
        """Samples of this request have got slots."""
        self._held[job.run] += slots
        if job.run in self._lines:
            self._lines[job.run] = self._lines.pop(job.run)  # it had its turn

    def freed(self, job: J) -> None:
        """A sample of this request has left its slot."""
        self._held[job.run] -= 1
        if self._held[job.run] <= 0:
            del self._held[job.run]

    def shares(self, free: int) -> dict[J, int]:
        """How many of the free slots each request gets, the one that is next first."""
        found: dict[J, int] = {}
        lines = {run: iter(line) for run, line in self._lines.items()}
        turns = [(self._held[run], place, run) for place, run in enumerate(lines)]
        heapq.heapify(turns)
        heads: dict[str, tuple[J, int]] = {}
        while turns and free > 0:
            held, place, run = turns[0]
            head = heads.get(run) or _next(lines[run])
            if head is None:
                heapq.heappop(turns)
                continue
            job, wanted = head
            found[job] = found.get(job, 0) + 1
            free -= 1
            if wanted > 1:
                heads[run] = (job, wanted - 1)
            else:
                heads.pop(run, None)
            heapq.heapreplace(turns, (held + 1, place, run))
        return found


def _next(line: Iterator[J]) -> tuple[J, int] | None:
    return next(((job, job.wanted) for job in line if job.wanted > 0), None)
