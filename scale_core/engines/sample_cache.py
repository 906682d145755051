"""The bank: each sample of a request is generated once, whoever asks for it (law 5).

Knows which samples were generated or are being generated, hands them to every account that asks,
and charges each account what the request would have cost it alone. Does not know lanes, budgets
or what a sample is for. A bank without an engine only has what was recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from scale_core.engines.base import (
    Cancel,
    Completion,
    Delta,
    Engine,
    EngineError,
    EngineInfo,
    Request,
    Sample,
)
from scale_core.trace.events import Measured, Sampled
from scale_core.trace.usage import Usage, total

Key = tuple[object, ...]
Numbers = tuple[list[float], Usage]
OnGenerated = Callable[[Request, Completion], None]
Measure = Callable[[Engine, tuple[str, ...]], Awaitable[Numbers]]


class Missing(EngineError):
    """The recorded bank lacks samples that were asked for."""

    def __init__(self, request: Request, count: int) -> None:
        super().__init__(f"{count} of {request.n} samples were not recorded")
        self.request, self.count = request, count


def key_of(request: Request) -> Key:
    """What identifies a request's samples, apart from their indices. Alternatives asked for do
    not change a sample, and whoever asks for one prompt and seed asks for the same ones."""
    return (
        prompt_text(request.prompt),
        request.seed,
        request.temperature,
        request.top_p,
        request.max_tokens,
        request.thinking,
        request.thinking_budget,
    )


def prompt_text(prompt: str | tuple[object, ...]) -> str:
    """A prompt as one text, the way it is shown and recorded."""
    if isinstance(prompt, str):
        return prompt
    return "\n\n".join(f"[{getattr(m, 'role', '')}]\n{getattr(m, 'content', m)}" for m in prompt)


@dataclass(frozen=True, slots=True)
class Kept:
    """A sample with its share of what the engine counted; thinking None = unknown."""

    sample: Sample
    thinking: int | None
    seconds: float = 0.0


@dataclass
class _Shelf:
    """All samples of one key, there or on their way. `prompt`, `cached`: tokens of the prompt as
    the first physical request counted them."""

    kept: dict[int, Kept] = field(default_factory=dict)
    coming: dict[int, _Order] = field(default_factory=dict)
    prompt: int | None = 0
    cached: int | None = 0
    known: bool = False


@dataclass(eq=False)
class _Order:
    """A physical request under way. It is cancelled when all who wait for it are."""

    task: asyncio.Task[Completion] | None = None
    waiting: list[Cancel | None] = field(default_factory=list)

    def is_set(self) -> bool:
        return bool(self.waiting) and all(c is not None and c.is_set() for c in self.waiting)


class Bank:
    """Shared by the accounts of a duel; `account()` opens one, which is an `Engine`.

    engine: None for a bank that only replays. listeners: called for each physical request.
    """

    def __init__(self, engine: Engine | None, info: EngineInfo | None = None) -> None:
        if engine is None and info is None:
            raise ValueError("a bank without an engine needs its description")
        self.engine = engine
        self._info = info
        self.listeners: list[OnGenerated] = []
        self.missing: list[Missing] = []
        self._shelves: dict[Key, _Shelf] = {}
        self._numbers: dict[tuple[str, ...], asyncio.Future[Numbers]] = {}

    @property
    def info(self) -> EngineInfo:
        if self.engine is not None:
            return self.engine.info
        assert self._info is not None
        return self._info

    def account(self) -> Account:
        return Account(self)

    def twin(self) -> Bank:
        """A bank without an engine that holds the same samples: what it misses is its own."""
        other = Bank(None, self.info)
        other._shelves, other._numbers = dict(self._shelves), dict(self._numbers)
        return other

    def _tell(self, request: Request, completion: Completion) -> None:
        for listener in tuple(self.listeners):
            listener(request, completion)

    def put(self, key: Key, completion: Completion) -> None:
        """Record the samples of a request that are not there yet."""
        shelf, usage = self._shelf(key), completion.usage
        if not shelf.known:
            shelf.prompt, shelf.cached, shelf.known = usage.prompt, usage.cached, True
        for kept in _kept(completion, shelf.kept):
            if kept.sample.finish != "abort":
                shelf.kept[kept.sample.index] = kept

    def _shelf(self, key: Key) -> _Shelf:
        if key not in self._shelves:
            self._shelves[key] = _Shelf()
        return self._shelves[key]

    def recall(self, event: Sampled) -> None:
        """Record the samples of a request that a run tells of."""
        key = (
            event.prompt,
            event.seed,
            event.temperature,
            event.top_p,
            event.max_tokens,
            event.thinking,
            event.thinking_budget,
        )
        self.put(key, Completion(event.samples, event.usage, event.seconds))

    def recall_numbers(self, event: Measured) -> None:
        """Record embeddings or step scores; what each item cost alone is not known."""
        for key, numbers in event.items:
            usage = event.usage if len(event.items) == 1 else Usage(None, None, 0, 0)
            self.put_numbers(key, list(numbers), usage)

    def has(self, request: Request) -> bool:
        shelf = self._shelves.get(key_of(request))
        return shelf is not None and all(i in shelf.kept for i in _indices(request))

    async def take(self, request: Request, cancel: Cancel | None) -> Completion:
        """The request's samples; what is not there yet is generated, together if it can be."""
        shelf = self._shelf(key_of(request))
        lacking = [i for i in _indices(request) if i not in shelf.kept and i not in shelf.coming]
        if lacking and self.engine is None:
            gap = Missing(request, len(lacking))
            self.missing.append(gap)
            raise gap
        for first, count in _runs(lacking):
            self._order(shelf, replace(request, first=first, n=count))
        orders = {id(o): o for i in _indices(request) if (o := shelf.coming.get(i))}
        fresh: dict[int, Kept] = {}
        for order in orders.values():
            order.waiting.append(cancel)
            assert order.task is not None
            completion = await asyncio.shield(order.task)
            if len(lacking) == request.n and len(orders) == 1:
                return completion  # as it came
            fresh |= {k.sample.index: k for k in _kept(completion)}
        found = [shelf.kept.get(i) or fresh[i] for i in _indices(request)]
        return _completion(found, shelf)

    def _order(self, shelf: _Shelf, request: Request) -> None:
        order = _Order()
        order.task = asyncio.create_task(self._generate(shelf, request, order))
        shelf.coming |= dict.fromkeys(_indices(request), order)

    async def _generate(self, shelf: _Shelf, request: Request, order: _Order) -> Completion:
        assert self.engine is not None
        try:
            completion = await self.engine.sample(request, cancel=order)
        except EngineError as error:
            if error.usage != Usage():  # it failed, but not before tokens were reported
                self._tell(request, Completion((), error.usage))
            raise
        finally:
            for i in _indices(request):
                shelf.coming.pop(i, None)
        self._tell(request, completion)
        self.put(key_of(request), completion)
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


class Account:
    """One lane's engine: the bank's samples, and counters of what they would have cost alone."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._counters = Usage()

    @property
    def info(self) -> EngineInfo:
        return self._bank.info

    @property
    def folder(self) -> object:
        return getattr(self._bank.engine, "folder", None)

    @property
    def counters(self) -> Usage:
        return self._counters

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: Callable[[Delta], None] | None = None,
    ) -> Completion:
        """As an engine's. `on_delta` gets each sample whole. Raises Missing from a recorded bank
        that lacks some."""
        try:
            completion = await self._bank.take(request, cancel)
        except EngineError as error:
            self._counters = self._counters + error.usage
            raise
        self._counters = self._counters + completion.usage
        for sample in completion.samples if on_delta else ():
            assert on_delta is not None
            on_delta(Delta(sample.index, sample.text))
        return completion

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        return await self._charged(self._bank.embed(texts))

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        return await self._charged(self._bank.score_steps(problem, solutions))

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
        """The bank's engine belongs to whoever made it."""


def _indices(request: Request) -> range:
    return range(request.first, request.first + request.n)


def _runs(indices: Sequence[int]) -> list[tuple[int, int]]:
    """(first, length) of each stretch of consecutive numbers."""
    runs: list[tuple[int, int]] = []
    for i in indices:
        if runs and sum(runs[-1]) == i:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((i, 1))
    return runs


def _kept(completion: Completion, but: Container[int] = ()) -> list[Kept]:
    """The samples with their thinking tokens, where the request's total tells them. but: indices
    to leave out."""
    total_thinking, n = completion.usage.thinking, len(completion.samples)
    each, seconds = total_thinking if n == 1 or total_thinking == 0 else None, completion.seconds
    return [Kept(s, each, seconds) for s in completion.samples if s.index not in but]


def _completion(found: Sequence[Kept], shelf: _Shelf) -> Completion:
    usage = Usage(
        prompt=shelf.prompt,
        cached=shelf.cached,
        completion=total(k.sample.completion_tokens for k in found),
        thinking=total(k.thinking for k in found),
    )
    return Completion(tuple(k.sample for k in found), usage, max(k.seconds for k in found))
