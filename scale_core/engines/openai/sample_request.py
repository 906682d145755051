"""One request for samples as an attempt: sent whole or streamed, stopped or broken off.

Knows how a reply becomes samples and usage. Does not know places, retries or capabilities' origin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from yarl import URL

from scale_core.engines.base import Cancel, Delta, Request, Sample
from scale_core.engines.openai.address import Key
from scale_core.engines.openai.body import body
from scale_core.engines.openai.cancellation import Halted
from scale_core.engines.openai.capabilities import LOCAL_SERVERS, Capabilities
from scale_core.engines.openai.context_window import guessed, told
from scale_core.engines.openai.errors import UNKNOWN, Fault
from scale_core.engines.openai.load_balancer import Place
from scale_core.engines.openai.reply import Reply, parse, read, read_usage, samples
from scale_core.engines.openai.session import Link
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


class Ask:
    """The attempt to get `n` samples from index `first` on. `missing`: those that the server left
    out though it ended properly; they are not among its samples."""

    __slots__ = (
        "_body", "_first", "_job", "_key", "_limit", "_link", "_n", "_path", "_shown", "missing",
        "usage",
    )  # fmt: skip

    def __init__(self, link: Link, key: Key, job: Job, first: int, n: int) -> None:
        self.usage = UNKNOWN
        self.missing: tuple[int, ...] = ()
        self._link = link
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

    async def go(self, place: Place) -> tuple[Sample, ...]:
        """One attempt; where the server says how much room there is, another that fits."""
        try:
            return await self._go(place)
        except Fault as fault:
            room = told(fault.said, self._limit) if fault.refused else None
            if room is None:
                raise
            self._limit = room
        self._write()
        return await self._go(place)

    async def _go(self, place: Place) -> tuple[Sample, ...]:
        self.usage = UNKNOWN
        url = place.below(self._path)
        job = self._job
        if job.streamed:
            return await self._streamed(url)
        try:
            data = parse(await self._link.exchange(url, self._body, job.cancel), self._key)
        except Halted:
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
            await self._link.stream(url, self._body, stream, job.cancel)
            stream.close()
        except Halted:
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


class Fetch:
    """The attempt to get one JSON object: what scores, embeds and probes is read from it."""

    def __init__(
        self, link: Link, key: Key, path: str, content: bytes | None, cancel: Cancel | None = None
    ) -> None:
        self.usage = Usage()
        self._link = link
        self._key = key
        self._path = path
        self._content = content
        self._cancel = cancel

    def stopped(self) -> None:
        return None

    async def go(self, place: Place) -> dict[str, Any] | None:
        url = place.below(self._path)
        generates = self._content is not None  # asking what there is runs no model
        self.usage = UNKNOWN if generates else Usage()
        data = parse(await self._link.exchange(url, self._content, self._cancel), self._key)
        if generates:
            self.usage = read_usage(data.get("usage"))
        return data
