"""One request for samples as an attempt: sent whole or streamed, stopped or broken off.

Knows how a reply becomes samples and usage. Does not know places, retries or capabilities' origin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from yarl import URL

from scale_core.engines.base import Cancel, Delta, Request, Sample
from scale_core.engines.openai_address import Key
from scale_core.engines.openai_balance import Place
from scale_core.engines.openai_body import body, path_of
from scale_core.engines.openai_caps import LOCAL_SERVERS, Capabilities
from scale_core.engines.openai_faults import UNKNOWN
from scale_core.engines.openai_http import Link
from scale_core.engines.openai_reply import Reply, parse, read, read_usage, samples
from scale_core.engines.openai_stream import Stream
from scale_core.engines.openai_watch import Halted
from scale_core.trace.usage import Usage


@dataclass(frozen=True, slots=True)
class Job:
    """What `sample` was asked, and how this server is to be asked."""

    request: Request
    model: str
    caps: Capabilities
    extra: dict[str, Any]
    cancel: Cancel | None
    on_delta: Callable[[Delta], None] | None
    streamed: bool

    @property
    def expected(self) -> bool:
        """Whether the samples begin with a thought."""
        chat = not isinstance(self.request.prompt, str)
        return chat and self.caps.expects_thought(self.request.thinking)

    def with_cancel(self, cancel: Cancel) -> Job:
        return replace(self, cancel=cancel)


@dataclass(frozen=True, slots=True)
class Answer:
    """Samples first .. first + n - 1. `missing`: those that the server left out though it ended
    properly; they are not among the samples."""

    samples: tuple[Sample, ...]
    missing: tuple[int, ...] = ()


class Ask:
    """The attempt to get `n` samples from index `first` on."""

    def __init__(self, link: Link, key: Key, job: Job, first: int, n: int) -> None:
        self._link = link
        self._key = key
        self._job = job
        self._first = first
        self._n = n
        self._path = path_of(job.request)
        self._body = body(
            job.request, job.model, job.caps, job.extra, n=n, first=first, stream=job.streamed
        )
        self._stream: Stream | None = None
        self._shown = False
        self._usage = UNKNOWN

    def spent(self) -> Usage:
        return self._usage if self._stream is None else self._stream.reply().usage

    async def go(self, place: Place) -> Answer:
        self._usage, self._stream = UNKNOWN, None
        url = place.url / self._path
        job = self._job
        if job.streamed:
            return await self._streamed(url)
        try:
            data = parse(await self._link.post(url, self._body, job.cancel), self._key)
        except Halted:
            return self._answer(Reply([None] * self._n, UNKNOWN), halted=True)
        return self._answer(read(data, self._n), halted=False)

    def stopped(self) -> Answer:
        """The answer if Stop came before anything was asked: nothing was spent."""
        return self._answer(Reply([None] * self._n, Usage()), halted=True)

    async def _streamed(self, url: URL) -> Answer:
        job = self._job
        stream = self._stream = Stream(
            self._key, self._n, self._first, job.expected, job.on_delta, self._shown
        )
        halted = False
        try:
            await self._link.stream(url, self._body, stream, job.cancel)
            stream.close()
        except Halted:
            halted = True
            stream.stop()
        finally:
            self._shown = self._shown or stream.shown
        answer = self._answer(stream.reply(), halted)
        self._stream = None
        return answer

    def _answer(self, reply: Reply, halted: bool) -> Answer:
        job = self._job
        found = samples(reply, self._first, job.request.logprobs, job.expected, reply.usage)
        missing: tuple[int, ...] = ()
        if not halted:
            missing = tuple(s.index for s, c in zip(found, reply.choices, strict=True) if c is None)
            if missing:
                found = tuple(s for s in found if s.index not in missing)
        self._usage = reply.usage if halted else self._settled(reply.usage, found)
        return Answer(found, missing)

    def _settled(self, usage: Usage, found: tuple[Sample, ...]) -> Usage:
        """No thinking was spent where the whole text is known and there is no thought in it."""
        whole = isinstance(self._job.request.prompt, str) or self._job.caps.server in LOCAL_SERVERS
        if not whole or usage.thinking is not None or usage.completion is None:
            return usage
        if any(s.thinking is not None or s.finish == "abort" for s in found):
            return usage
        return Usage(usage.prompt, usage.cached, usage.completion, 0)


class Fetch:
    """The attempt to get one JSON object: what scores, embeds and probes is read from it."""

    def __init__(
        self, link: Link, key: Key, path: str, content: bytes | None, cancel: Cancel | None = None
    ) -> None:
        self._link = link
        self._key = key
        self._path = path
        self._content = content
        self._cancel = cancel
        self._usage = Usage()

    def spent(self) -> Usage:
        return self._usage

    async def go(self, place: Place) -> dict[str, Any]:
        url = below(place.url, self._path)
        if self._content is None:  # asking what there is runs no model
            return parse(await self._link.get(url, self._cancel), self._key)
        self._usage = UNKNOWN
        data = parse(await self._link.post(url, self._content, self._cancel), self._key)
        self._usage = read_usage(data.get("usage"))
        return data


def below(base: URL, path: str) -> URL:
    """The URL of a path; one that begins with a slash is not below the base but the host."""
    return base.with_path(path) if path.startswith("/") else base / path
