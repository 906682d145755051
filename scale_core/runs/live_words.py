"""Live words: what is being written at this moment, before there is an event of it.

Knows the requests under way, whose they are, and the last words of each of their unfinished
samples. They are provisional: no event, no run and no file has them, and they are gone when their
request ends, however it ends. Does not know how they are shown. Everything happens on the thread of
the event loop that runs the lanes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from scale_core.engines.base import Delta, OnDelta, Request

KEPT = 2000
"""Last characters of a thought, and of a reply, that are kept at least; at most twice as many."""
SHORT = 100
"""The same once all of them have more than `MOST` characters."""
MOST = 400_000


def window(length: int, size: int) -> int:
    """Where the end of a growing text begins, of at least `size` characters and fewer than twice as
    many. It moves in jumps of `size`, so between two jumps the end only grows."""
    return max(0, length // size - 1) * size


@dataclass(slots=True)
class Tail:
    """The end of a text that grows. length: of all of it."""

    text: str = ""
    length: int = 0

    def add(self, text: str, size: int) -> None:
        self.length += len(text)
        begin = self.length - len(self.text) - len(text)  # of what there was
        self.text = (self.text + text)[max(0, window(self.length, size) - begin) :]

    def last(self, size: int) -> str:
        """Its last characters, at least `size` of them if there are as many."""
        begin = self.length - len(self.text)
        return self.text[max(0, window(self.length, size) - begin) :]


@dataclass(slots=True)
class LiveSample:
    """A sample while it is written. tokens: so far, 0 if that is not known."""

    index: int
    thought: Tail = field(default_factory=Tail)
    reply: Tail = field(default_factory=Tail)
    tokens: int = 0

    @property
    def size(self) -> int:
        return len(self.thought.text) + len(self.reply.text)

    @property
    def begun(self) -> bool:
        return self.thought.length + self.reply.length > 0

    def take(self, delta: Delta, size: int) -> None:
        if delta.restart:
            self.thought, self.reply = Tail(), Tail()
        (self.thought if delta.thinking else self.reply).add(delta.text, size)
        self.tokens = delta.tokens


@dataclass(frozen=True, slots=True)
class Writing:
    """What is being written for a node of a lane: its first unfinished sample that has words, and
    how many more samples are not finished."""

    lane: str
    node: str
    stage: str
    sample: LiveSample
    others: int


@dataclass(eq=False)
class _Call:
    """A request under way."""

    lane: str
    request: Request
    samples: dict[int, LiveSample] = field(default_factory=dict)  # of those that are not finished

    @property
    def first(self) -> LiveSample:
        """Of those that have words, if any has."""
        by_index = sorted(self.samples.values(), key=lambda sample: sample.index)
        return next((sample for sample in by_index if sample.begun), by_index[0])


class LiveWords:
    """The words of the lanes of one run. news: called whenever they change."""

    def __init__(self, news: Callable[[], None] = lambda: None) -> None:
        self.news = news
        self._calls: list[_Call] = []  # in order of their begin
        self._size = 0  # characters of all samples
        self._closed = False

    @contextlib.contextmanager
    def listening(self, lane: str, request: Request) -> Iterator[OnDelta]:
        """While this lasts the request is under way; gives what is to be called with its words."""
        call = _Call(lane, request, {i: LiveSample(i) for i in request.indices})
        self._calls.append(call)
        self.news()
        try:
            yield lambda delta: self._hear(call, delta)
        finally:
            self._drop(call)

    def close(self) -> None:
        """Forget everything, also what comes from now on."""
        self._closed = True
        self.news()

    def writing(self) -> list[Writing]:
        """What is being written, in order of its begin: for a node of a lane the first request."""
        first: dict[tuple[str, str], _Call] = {}
        unfinished: dict[tuple[str, str], int] = {}
        for call in self._calls if not self._closed else ():
            place = call.lane, call.request.node
            if call.samples:
                first.setdefault(place, call)
                unfinished[place] = unfinished.get(place, 0) + len(call.samples)
        return [
            Writing(lane, node, call.request.stage, call.first, unfinished[lane, node] - 1)
            for (lane, node), call in first.items()
        ]

    def _hear(self, call: _Call, delta: Delta) -> None:
        if self._closed:
            return
        sample = call.samples.pop(delta.index, None) or LiveSample(delta.index)
        self._size -= sample.size
        if not delta.done:
            sample.take(delta, KEPT if self._size < MOST else SHORT)
            self._size += sample.size
            call.samples[delta.index] = sample
        self.news()

    def _drop(self, call: _Call) -> None:
        self._calls.remove(call)
        self._size -= sum(sample.size for sample in call.samples.values())
        self.news()
