"""A request for samples: one HTTP request or several, each sent whole or streamed, stopped or cut.

Knows how many samples one request may ask for, how a reply becomes samples and usage, and what to
do about samples that a server leaves out. Does not know connections, retries or where capabilities
come from.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yarl import URL

from scale_core.engines.base import Cancel, Delta, EngineError, Request, Sample
from scale_core.engines.cancel import StopSignal
from scale_core.engines.openai.address import Key
from scale_core.engines.openai.cancellation import Cancelled
from scale_core.engines.openai.capabilities import LOCAL_SERVERS, MOST_TOGETHER, Capabilities
from scale_core.engines.openai.errors import UNKNOWN, RequestError
from scale_core.engines.openai.load_balancer import LoadBalancer, ServerSlot
from scale_core.engines.openai.reply import Reply, parse, read, samples
from scale_core.engines.openai.request_body import body, guessed, told
from scale_core.engines.openai.retry import Client, Outcome, all_of
from scale_core.engines.openai.session import Session
from scale_core.engines.openai.stream import Stream
from scale_core.trace.usage import Usage


@dataclass(slots=True)
class Job:
    """What `sample` was asked, and how this server is to be asked."""

    request: Request
    model: str
    caps: Capabilities
    extra: dict[str, Any]
    cancel: Cancel | None
    on_delta: Callable[[Delta], None] | None
    streamed: bool
    chat: bool
    expected: bool  # the samples begin with a thought

    def with_cancel(self, cancel: Cancel) -> Job:
        return replace(self, cancel=cancel)


class SampleAttempt:
    """The attempt to get `n` samples from index `first` on. `missing`: those that the server left
    out though it ended properly; they are not among its samples."""

    __slots__ = (
        "_body",
        "_first",
        "_job",
        "_key",
        "_limit",
        "_n",
        "_path",
        "_session",
        "_shown",
        "missing",
        "usage",
    )  # fmt: skip

    def __init__(self, session: Session, key: Key, job: Job, first: int, n: int) -> None:
        self.usage = UNKNOWN
        self.missing: tuple[int, ...] = ()
        self._session = session
        self._key = key
        self._job = job
        self._first = first
        self._n = n
        self._shown = False
        self._path = "chat/completions" if job.chat else "completions"
        self._limit = guessed(job.request.prompt, job.request.max_tokens, job.caps.context)
        self._write()

    def _write(self) -> None:
        job, request = self._job, replace(self._job.request, max_tokens=self._limit)
        self._body = body(
            request, job.model, job.caps, job.extra, n=self._n, first=self._first,
            stream=job.streamed,
        )  # fmt: skip

    async def go(self, slot: ServerSlot) -> tuple[Sample, ...]:
        """One attempt; where the server says how much room there is, another that fits."""
        try:
            return await self._go(slot)
        except RequestError as fault:
            room = told(fault.said, self._limit) if fault.refused else None
            if room is None:
                raise
            self._limit = room
        self._write()
        return await self._go(slot)

    async def _go(self, slot: ServerSlot) -> tuple[Sample, ...]:
        self.usage = UNKNOWN
        url = slot.below(self._path)
        job = self._job
        if job.streamed:
            return await self._streamed(url)
        try:
            data = parse(await self._session.exchange(url, self._body, job.cancel), self._key)
        except Cancelled:
            return self._answer(Reply([None] * self._n, UNKNOWN), halted=True)
        return self._answer(read(data, self._n), halted=False)

    def stopped(self) -> tuple[Sample, ...]:
        """The samples if Stop came before anything was asked: nothing was spent."""
        return self._answer(Reply([None] * self._n, Usage()), halted=True)

    async def _streamed(self, url: URL) -> tuple[Sample, ...]:
        job = self._job
        stream = Stream(self._key, self._n, self._first, job.expected, job.on_delta, self._shown)
        halted = False
        try:
            await self._session.stream(url, self._body, stream, job.cancel)
            stream.close()
        except Cancelled:
            halted = True
            stream.stop()
        finally:
            self._shown = self._shown or stream.shown
            reply = stream.reply()
            self.usage = reply.usage
        return self._answer(reply, halted)

    def _answer(self, reply: Reply, halted: bool) -> tuple[Sample, ...]:
        job = self._job
        found = samples(reply, self._first, job.request.logprobs, job.expected, reply.usage)
        if not halted and len(reply.choices) > 1:
            pairs = list(zip(found, reply.choices, strict=True))
            self.missing = tuple([s.index for s, choice in pairs if choice is None])
            if self.missing:
                found = tuple(s for s, choice in pairs if choice is not None)
        self.usage = reply.usage if halted else self._settled(reply.usage, found)
        return found

    def _settled(self, usage: Usage, found: tuple[Sample, ...]) -> Usage:
        """No thinking was spent where the whole text is known and there is no thought in it."""
        if usage.thinking is not None or usage.completion is None:
            return usage
        if self._job.chat and self._job.caps.server not in LOCAL_SERVERS:
            return usage
        if any([s.thinking is not None or s.finish == "abort" for s in found]):
            return usage
        return Usage(usage.prompt, usage.cached, usage.completion, 0)


Part = Outcome[tuple[Sample, ...]]


class Batches:
    """`short` is called when a server gave fewer samples than it was asked for."""

    def __init__(self, client: Client, balancer: LoadBalancer, short: Callable[[], None]) -> None:
        self._client = client
        self._balancer = balancer
        self._short = short

    def all(self, job: Job) -> Coroutine[Any, Any, Part]:
        """All samples of the job. Raises EngineError with the usage of all parts."""
        first, n = job.request.first, job.request.n
        step = MOST_TOGETHER if job.caps.together else 1
        if n <= step:
            return self._one(job, first, n)
        return self._several(job, [(first + i, min(step, n - i)) for i in range(0, n, step)])

    async def _several(self, job: Job, parts: Sequence[tuple[int, int]]) -> Part:
        group = StopSignal(job.cancel)
        job = job.with_cancel(group)
        done = await all_of([self._one(job, *part) for part in parts], group, lambda p: p.usage)
        return _joined(done)

    async def _one(self, job: Job, first: int, n: int) -> Part:
        """One request; samples that the server left out are asked for one by one."""
        client = self._client
        session = client.open_session() or await client.session()
        ask = SampleAttempt(session, client.key, job, first, n)
        outcome = await client.policy.run(session, self._balancer, client.counter, job.cancel, ask)
        if not ask.missing:
            return outcome
        self._short()
        try:
            rest = await self._several(job, [(i, 1) for i in ask.missing])
        except EngineError as error:
            raise EngineError(str(error), outcome.usage + error.usage) from None
        return _joined([outcome, rest])


def _joined(parts: Sequence[Part]) -> Part:
    samples = sorted((s for part in parts for s in part.result), key=lambda s: s.index)
    return Outcome(
        tuple(samples),
        Usage.sum(part.usage for part in parts),
        tuple(fault for part in parts for fault in part.faults),
    )
