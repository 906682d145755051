"""The sample cache: each sample of a request is generated once, whoever asks for it.

Knows which samples were generated or are being generated, hands them to every engine that stands
before it, and charges each what the request would have cost it alone. Does not know lanes, budgets
or what a sample is for. A cache without an engine only has what was recorded.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from scale_core.engines.base import (
    Cancel,
    Completion,
    Delta,
    Engine,
    EngineError,
    EngineInfo,
    OnDelta,
    Request,
    Sample,
)
from scale_core.engines.cancel import StopSignal
from scale_core.trace.events import Measured, Sampled
from scale_core.trace.sample_key import SampleKey
from scale_core.trace.usage import Usage, total

Numbers = tuple[list[float], Usage]
OnGenerated = Callable[[Request, Completion], None]
Measure = Callable[[Engine, tuple[str, ...]], Awaitable[Numbers]]


class Missing(EngineError):
    """The recorded samples lack some that were asked for."""

    def __init__(self, request: Request, count: int) -> None:
        super().__init__(f"{count} of {request.n} samples were not recorded")
        self.request, self.count = request, count


@dataclass(frozen=True, slots=True)
class Cached:
    """A sample and the physical request that brought it, with others perhaps."""

    sample: Sample
    source: Completion

    @property
    def thinking(self) -> int | None:
        """Its share of the thinking tokens, where the request's total tells it."""
        thinking = self.source.usage.thinking
        return thinking if len(self.source.samples) == 1 or thinking == 0 else None


@dataclass
class Entry:
    """All samples of one key, there or on their way. `prompt`, `cached`: tokens of the prompt as
    the first physical request counted them."""

    samples: dict[int, Cached] = field(default_factory=dict)
    coming: dict[int, InFlight] = field(default_factory=dict)
    prompt: int | None = 0
    cached: int | None = 0
    known: bool = False

    def put(self, completion: Completion) -> None:
        """Keep the samples that are not there yet and came to their end."""
        if not self.known:
            self.prompt, self.cached = completion.usage.prompt, completion.usage.cached
            self.known = True
        for sample in completion.samples:
            if sample.finish != "abort":
                self.samples.setdefault(sample.index, Cached(sample, completion))

    def completion(self, found: Sequence[Cached]) -> Completion:
        """These samples as one answer: as it came, if one physical request brought them and no
        others; else put together, the prompt paid once."""
        sources = list({id(c.source): c.source for c in found}.values())
        if len(sources) == 1 and len(sources[0].samples) == len(found):
            return sources[0]
        usage = Usage(
            prompt=self.prompt,
            cached=self.cached,
            completion=total(c.sample.completion_tokens for c in found),
            thinking=total(c.thinking for c in found),
            reckoned=sum(source.usage.reckoned for source in sources),
        )
        return Completion(
            tuple(c.sample for c in found),
            usage,
            max(source.seconds for source in sources),
            tuple(fault for source in sources for fault in source.faults),
        )


class Waiter(StopSignal):
    """One who waits for samples: set when its caller stops, or when its callback raised `error`."""

    def __init__(self, cancel: Cancel | None, wanted: range, on_delta: OnDelta | None) -> None:
        super().__init__(cancel)
        self.error: Exception | None = None
        self._wanted, self._on_delta = wanted, on_delta

    @property
    def listens(self) -> bool:
        return self._on_delta is not None

    def hear(self, delta: Delta) -> None:
        if self._on_delta is None or self.error is not None or delta.index not in self._wanted:
            return
        try:
            self._on_delta(delta)
        except Exception as error:  # the caller's own callback: its bug goes to the caller alone
            self.error = error
            self.set()

    def hear_whole(self, sample: Sample) -> None:
        tokens = sample.completion_tokens or 0
        written = Written([sample.thinking or ""], [sample.text], tokens, done=True)
        self.hear_written(sample.index, written)

    def hear_written(self, index: int, written: Written) -> None:
        """All that there is so far, at once."""
        thought, reply, tokens = "".join(written.thought), "".join(written.reply), written.tokens
        if thought:
            self.hear(Delta(index, thought, thinking=True, tokens=tokens))
        if reply or written.done:
            self.hear(Delta(index, reply, tokens=tokens, done=written.done))


@dataclass
class Written:
    """What there is of a sample, for those who come later."""

    thought: list[str] = field(default_factory=list)
    reply: list[str] = field(default_factory=list)
    tokens: int = 0
    done: bool = False

    def take(self, delta: Delta) -> None:
        (self.thought if delta.thinking else self.reply).append(delta.text)
        self.tokens, self.done = delta.tokens, delta.done


class InFlight:
    """A physical request under way and those who wait for it: it is stopped when all of them are,
    and what it writes goes to each, to one who comes later all that was written before.

    streams: it was asked for text as it grows, since its first waiter listens.
    """

    def __init__(self, streams: bool) -> None:
        self.stop = StopSignal()
        self.streams = streams
        self.task: asyncio.Task[Completion]
        self._loop = asyncio.get_running_loop()
        self._waiters: dict[Waiter, Callable[[], object]] = {}
        self._written: dict[int, Written] = {}

    def join(self, waiter: Waiter) -> None:
        self._waiters[waiter] = lambda: None
        self._waiters[waiter] = waiter.subscribe(self._look_soon)
        for index, written in self._written.items():
            waiter.hear_written(index, written)

    def leave(self, waiter: Waiter) -> None:
        self._waiters.pop(waiter)()
        self._look()

    def tell_rest(self, waiter: Waiter) -> None:
        """It has landed: samples of which nothing was heard are heard whole."""
        for sample in self.task.result().samples:
            if sample.index not in self._written:
                waiter.hear_whole(sample)

    def hear(self, delta: Delta) -> None:
        if delta.restart or delta.index not in self._written:
            self._written[delta.index] = Written()
        self._written[delta.index].take(delta)
        for waiter in list(self._waiters):
            waiter.hear(delta)

    def _look_soon(self) -> None:
        # Not at once: others may be about to join who have not stopped.
        with contextlib.suppress(RuntimeError):  # the loop is gone, and the request with it
            self._loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        if all(waiter.is_set() for waiter in self._waiters):
            self.stop.set()


class SampleCache:
    """Shared by the lanes of a duel, each with a `CachedEngine` of its own before it.

    engine: None for a cache that only replays. listeners: called for each physical request.
    """

    def __init__(self, engine: Engine | None, info: EngineInfo | None = None) -> None:
        if engine is None and info is None:
            raise ValueError("a cache without an engine needs its description")
        self.engine = engine
        self._info = info
        self.listeners: list[OnGenerated] = []
        self.missing: list[Missing] = []
        self._entries: dict[SampleKey, Entry] = {}
        self._numbers: dict[tuple[str, ...], asyncio.Future[Numbers]] = {}
        self._run = secrets.token_hex(8)  # a cache is one run's: the engine serves runs in turn

    @property
    def info(self) -> EngineInfo:
        if self.engine is not None:
            return self.engine.info
        assert self._info is not None
        return self._info

    def twin(self) -> SampleCache:
        """A cache without an engine that holds the same samples: what it misses is its own."""
        other = SampleCache(None, self.info)
        other._entries, other._numbers = dict(self._entries), dict(self._numbers)
        return other

    def _tell(self, request: Request, completion: Completion) -> None:
        for listener in tuple(self.listeners):
            listener(request, completion)

    def _entry(self, key: SampleKey) -> Entry:
        return self._entries.setdefault(key, Entry())

    def recall(self, event: Sampled, faults: Sequence[str] = ()) -> None:
        """Record the samples of a request that a run tells of, and what went wrong on its way."""
        done = Completion(event.samples, event.usage, event.seconds, tuple(faults))
        self._entry(SampleKey.of(event)).put(done)

    def recall_numbers(self, event: Measured) -> None:
        """Record embeddings or step scores; what each item cost alone is not known."""
        for key, numbers in event.items:
            usage = event.usage if len(event.items) == 1 else Usage(None, None, 0, 0)
            self.put_numbers(key, list(numbers), usage)

    def has(self, request: Request) -> bool:
        entry = self._entries.get(SampleKey.of(request))
        return entry is not None and all(i in entry.samples for i in request.indices)

    async def take(
        self, request: Request, cancel: Cancel | None, on_delta: OnDelta | None = None
    ) -> Completion:
        """The request's samples; what is not there yet is generated, together if it can be.

        on_delta: gets the text as the physical request writes it, and whole of a sample that is
        there already or that nobody listened to when it was begun.
        """
        entry = self._entry(SampleKey.of(request))
        waiter = Waiter(cancel, request.indices, on_delta)
        self._order(entry, request, waiter.listens)
        known = {i: entry.samples[i] for i in request.indices if i in entry.samples}
        flights = list({id(f): f for i in request.indices if (f := entry.coming.get(i))}.values())
        if waiter.listens:
            for cached in known.values():
                waiter.hear_whole(cached.sample)
        for done in await _landed(flights, waiter):
            known |= {s.index: Cached(s, done) for s in done.samples if s.index not in known}
        if waiter.error is not None:
            raise waiter.error
        return entry.completion([known[i] for i in request.indices])

    def _order(self, entry: Entry, request: Request, streams: bool) -> None:
        """Ask for the samples that are neither there nor coming, nor coming to be cut."""
        lacking = [
            i
            for i in request.indices
            if i not in entry.samples
            and ((flight := entry.coming.get(i)) is None or flight.stop.is_set())
        ]
        if lacking and self.engine is None:
            gap = Missing(request, len(lacking))
            self.missing.append(gap)
            raise gap
        for first, count in _runs(lacking):
            part = replace(request, first=first, n=count, run=self._run)
            flight = InFlight(streams)
            flight.task = asyncio.create_task(self._generate(entry, part, flight))
            entry.coming |= dict.fromkeys(part.indices, flight)

    async def _generate(self, entry: Entry, request: Request, flight: InFlight) -> Completion:
        assert self.engine is not None
        try:
            completion = await self.engine.sample(
                request, cancel=flight.stop, on_delta=flight.hear if flight.streams else None
            )
        except EngineError as error:
            if error.usage != Usage():  # it failed, but not before tokens were reported
                self._tell(request, Completion((), error.usage))
            raise
        finally:
            for i in request.indices:
                if entry.coming.get(i) is flight:
                    del entry.coming[i]
        self._tell(request, completion)
        entry.put(completion)
        return completion

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        """One vector a text; each distinct text is embedded once, by itself, so that its cost is
        known."""
        return await self._all([("embed", text) for text in texts], self._embed_one)

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        """As an engine's; each distinct solution is scored once."""
        return await self._all([("judge", problem, *steps) for steps in solutions], self._score_one)

    async def _all(
        self, keys: Sequence[tuple[str, ...]], make: Measure
    ) -> tuple[list[list[float]], Usage]:
        """Numbers by key and what they cost. If one fails, all are waited for and charged."""
        got = await asyncio.gather(*(self._once(k, make) for k in keys), return_exceptions=True)
        failed = [g for g in got if isinstance(g, BaseException)]
        done = [g for g in got if not isinstance(g, BaseException)]
        spent = Usage.sum(usage for _, usage in done)
        for error in failed:
            if not isinstance(error, EngineError):
                raise error
            spent += error.usage
        if failed:
            raise EngineError(str(failed[0]), spent) from failed[0]
        return [numbers for numbers, _ in done], spent

    async def _once(self, key: tuple[str, ...], make: Measure) -> Numbers:
        if key not in self._numbers:
            self._numbers[key] = asyncio.ensure_future(self._measure(key, make))
        return await asyncio.shield(self._numbers[key])

    async def _measure(self, key: tuple[str, ...], make: Measure) -> Numbers:
        if self.engine is None:
            raise EngineError(f"no {key[0]} numbers were recorded")
        began, usage = monotonic(), Usage()
        try:
            numbers, usage = await make(self.engine, key)
        except EngineError as error:
            usage = error.usage
            raise
        finally:
            if usage != Usage():
                completion = Completion((), usage, monotonic() - began)
                self._tell(Request(key[-1] or "-", stage=key[0]), completion)
        return numbers, usage

    @staticmethod
    async def _embed_one(engine: Engine, key: tuple[str, ...]) -> Numbers:
        vectors, usage = await engine.embed([key[1]])
        return vectors[0], usage

    @staticmethod
    async def _score_one(engine: Engine, key: tuple[str, ...]) -> Numbers:
        scores, usage = await engine.score_steps(key[1], [key[2:]])
        return scores[0], usage

    def put_numbers(self, key: tuple[str, ...], numbers: list[float], usage: Usage) -> None:
        """Record an embedding, key ("embed", text), or step scores, ("judge", problem, *steps)."""
        future: asyncio.Future[Numbers] = asyncio.get_running_loop().create_future()
        future.set_result((numbers, usage))
        self._numbers.setdefault(key, future)


class CachedEngine:
    """An engine before a sample cache; its counters are what its samples would have cost alone."""

    def __init__(self, cache: SampleCache) -> None:
        self._cache = cache
        self._counters = Usage()

    @property
    def info(self) -> EngineInfo:
        return self._cache.info

    @property
    def folder(self) -> object:
        return getattr(self._cache.engine, "folder", None)

    @property
    def counters(self) -> Usage:
        return self._counters

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: OnDelta | None = None,
    ) -> Completion:
        """As an engine's. Raises Missing from recorded samples that lack some."""
        try:
            completion = await self._cache.take(request, cancel, on_delta)
        except EngineError as error:
            self._counters = self._counters + error.usage
            raise
        self._counters = self._counters + completion.usage
        return completion

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        return await self._charged(self._cache.embed(texts))

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        return await self._charged(self._cache.score_steps(problem, solutions))

    async def _charged(
        self, work: Awaitable[tuple[list[list[float]], Usage]]
    ) -> tuple[list[list[float]], Usage]:
        try:
            numbers, usage = await work
        except EngineError as error:
            self._counters = self._counters + error.usage
            raise
        self._counters = self._counters + usage
        return numbers, usage

    async def close(self) -> None:
        """The engine behind the cache belongs to whoever made it."""


async def _landed(flights: Sequence[InFlight], waiter: Waiter) -> list[Completion]:
    """What the flights brought. If one fails the others are no longer waited for by this waiter,
    and the error has what all of them spent."""
    if not flights:
        return []
    tasks = [flight.task for flight in flights]
    for flight in flights:
        flight.join(waiter)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.done() and task.exception() for task in tasks):
            waiter.set()
        await asyncio.wait(tasks)
    finally:
        for flight in flights:
            flight.leave(waiter)
    errors = [error for task in tasks if (error := task.exception())]
    if not errors:
        for flight in flights:
            flight.tell_rest(waiter)
        return [task.result() for task in tasks]
    spent = Usage.sum(task.result().usage for task in tasks if not task.exception())
    for error in errors:
        if not isinstance(error, EngineError):
            raise error
        spent += error.usage
    raise EngineError(str(errors[0]), spent) from errors[0]


def _runs(indices: Sequence[int]) -> list[tuple[int, int]]:
    """(first, length) of each stretch of consecutive numbers."""
    runs: list[tuple[int, int]] = []
    for i in indices:
        if runs and sum(runs[-1]) == i:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((i, 1))
    return runs
