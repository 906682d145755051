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

from scale_core.engines.base import Cancel, Delta, EngineError, OnDelta, Request, Sample
from scale_core.engines.cancel import StopSignal
from scale_core.engines.openai.capabilities import LOCAL_SERVERS, Capabilities
from scale_core.engines.openai.errors import Cancelled, RequestError
from scale_core.engines.openai.load_balancer import LoadBalancer, ServerSlot
from scale_core.engines.openai.reply import Choice, Reply, misplaced, parse, read, samples
from scale_core.engines.openai.request_body import conceded, fields_of, guessed, told
from scale_core.engines.openai.retry import Client, Outcome, all_of
from scale_core.engines.openai.session import Session
from scale_core.engines.openai.stream import Stream
from scale_core.engines.openai.usage import UNKNOWN, Ratios, characters, checked, filled, raised
from scale_core.engines.openai.wire import Key, dumps
from scale_core.engines.think_tags import overlap, split
from scale_core.trace.sample_key import prompt_text
from scale_core.trace.usage import Usage

_MOST_CONCESSIONS = 8
MISPLACED = (
    "Replies came as thoughts, so they are taken for replies: this server's reasoning parser is "
    "mis-set."
)


@dataclass(slots=True)
class Job:
    """What `sample` was asked, and how this server is to be asked. learned: called with what it
    turned out not to take, and with other news of it."""

    request: Request
    model: str
    caps: Capabilities
    extra: dict[str, Any]
    cancel: Cancel | None
    on_delta: OnDelta | None
    streamed: bool
    chat: bool
    expected: bool  # the samples begin with a thought
    learned: Callable[[Capabilities | str], None]

    @property
    def asked_to_think(self) -> bool:
        return self.request.thinking is True and self.caps.thinks

    def with_cancel(self, cancel: Cancel) -> Job:
        return replace(self, cancel=cancel)


class SampleAttempt:
    """The attempt to get `n` samples from index `first` on. `missing`: those that the server left
    out though it ended properly; `left`: those beyond what it turned out to take in one request.
    Neither are among its samples. `usage`: what the latest try is charged; `reported`: what the
    server said of it. `job`: how the server is to be asked by now."""

    def __init__(
        self, session: Session, key: Key, job: Job, first: int, n: int, by: Ratios
    ) -> None:
        self.usage = self.reported = UNKNOWN
        self.missing: tuple[int, ...] = ()
        self.left = range(0)
        self.job = job
        self._session, self._key, self._by = session, key, by
        self._first, self._n = first, n
        self._shown = False
        self._path = "chat/completions" if job.chat else "completions"
        self._limit = guessed(job.request.prompt, job.request.max_tokens, job.caps.context)
        self._written = len(prompt_text(job.request.prompt))
        self._write()

    def _write(self) -> None:
        job, request = self.job, replace(self.job.request, max_tokens=self._limit)
        self._fields = fields_of(
            request, job.model, job.caps, job.extra, n=self._n, first=self._first,
            stream=job.streamed,
        )  # fmt: skip
        self._body = dumps(self._fields)

    async def go(self, slot: ServerSlot) -> tuple[Sample, ...]:
        """One attempt; where the server says what it does not take, another without that."""
        for _ in range(_MOST_CONCESSIONS):
            try:
                return await self._go(slot)
            except RequestError as fault:
                if not (fault.refused and self._give_way(fault.said)):
                    raise
        return await self._go(slot)

    def _give_way(self, said: str) -> bool:
        """Ask for less, or leave out or change a field; False if the words name none."""
        before = self._body
        if room := told(said, self._limit):
            self._limit = room
        elif caps := conceded(self.job.caps, said, self._fields):
            self.job = replace(self.job, caps=caps)
            self._shrink(caps.at_once)
        self._write()
        if self._body == before:
            return False
        self.job.learned(self.job.caps)
        return True

    def _shrink(self, most: int) -> None:
        if self._n > most:
            end = self.left.stop or self._first + self._n
            self._n, self.left = most, range(self._first + most, end)

    async def _go(self, slot: ServerSlot) -> tuple[Sample, ...]:
        self.usage = self.reported = UNKNOWN
        url = slot.below(self._path)
        job = self.job
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

    def spent(self, reported: Usage) -> Usage:
        """What a failed try is charged, of which this was reported."""
        came = self.usage if reported == UNKNOWN else reported
        return self._filled(came, [])

    def _filled(self, usage: Usage, came: Sequence[Choice]) -> Usage:
        if not self.job.caps.usage or (usage.prompt is not None and usage.completion is not None):
            return usage
        return filled(usage, came, self._written, self._by)

    async def _streamed(self, url: URL) -> tuple[Sample, ...]:
        job = self.job
        stream = Stream(
            self._key, self._n, self._first, job.expected, self._listener(), self._shown,
            job.asked_to_think,
        )  # fmt: skip
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
            self.reported = reply.usage
            self.usage = self._filled(reply.usage, [c for c in reply.choices if c])
        return self._answer(reply, halted)

    def _listener(self) -> OnDelta | None:
        job = self.job
        if job.on_delta is None or job.caps.stop or not job.request.stop:
            return job.on_delta
        return StopTexts(job.on_delta, job.request.stop)

    def _answer(self, reply: Reply, halted: bool) -> tuple[Sample, ...]:
        job, caps = self.job, self.job.caps
        came = [choice for choice in reply.choices if choice is not None]
        self.reported = usage = reply.usage
        if not halted:
            usage = self._checked(usage, came)
        if came or usage != Usage():
            usage = self._filled(usage, came)
        found = samples(
            reply, self._first, job.request.logprobs, job.expected, usage, self._by.reply
        )
        if not halted:
            if len(reply.choices) > 1:
                pairs = list(zip(found, reply.choices, strict=True))
                self.missing = tuple([s.index for s, choice in pairs if choice is None])
                found = tuple(s for s, choice in pairs if choice is not None)
            usage = self._settled(usage, found)
        if not caps.stop and job.request.stop:
            found = tuple(cut_at(sample, job.request.stop) for sample in found)
        if not caps.says_cut:
            found = tuple(self._doubted(sample) for sample in found)
        self.usage = usage
        return found

    def _checked(self, usage: Usage, came: Sequence[Choice]) -> Usage:
        """A whole reply's report against what came, from which is learned how long tokens are."""
        job = self.job
        if not job.asked_to_think:
            for choice in filter(misplaced, came):
                choice.text, choice.thought = choice.thought or "", None
                job.learned(MISPLACED)
        thinks = any(choice.thought or split(choice.text)[1] for choice in came)
        known = checked(usage, came, thinks, self._by.reply)
        if job.caps.counts_one and self._n > 1:
            known = raised(known, came, self._by.reply)
        if known == usage and len(came) == self._n == 1 and (thinks or not usage.thinking):
            self._by.reply.learn(characters(came[0]), usage.completion)
            self._by.prompt.learn(self._written, usage.prompt)
        return known

    def _doubted(self, sample: Sample) -> Sample:
        """Whatever the server says, a sample as long as it may be was cut."""
        full = sample.completion_tokens is not None and sample.completion_tokens >= self._limit
        return replace(sample, finish="length") if full and sample.finish == "stop" else sample

    def _settled(self, usage: Usage, found: tuple[Sample, ...]) -> Usage:
        """No thinking was spent where the whole text is known and there is no thought in it."""
        if usage.thinking is not None or usage.completion is None:
            return usage
        if self.job.chat and self.job.caps.server not in LOCAL_SERVERS:
            return usage
        if any([s.thinking is not None or s.finish == "abort" for s in found]):
            return usage
        return replace(usage, thinking=0)


class StopTexts:
    """Deltas for a server that takes no stop texts: nothing from the first of them on, and nothing
    that may yet become one before that is clear."""

    def __init__(self, on_delta: OnDelta, stops: Sequence[str]) -> None:
        self._on_delta, self._stops = on_delta, tuple(stops)
        self._held: dict[int, str] = {}
        self._ended: set[int] = set()

    def __call__(self, delta: Delta) -> None:
        if delta.restart:
            self._held.pop(delta.index, None)
            self._ended.discard(delta.index)
        if delta.thinking:
            self._on_delta(delta)
            return
        if delta.index in self._ended:
            if delta.done:
                self._on_delta(replace(delta, text=""))
            return
        text = self._held.pop(delta.index, "") + delta.text
        ends = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if ends:
            self._ended.add(delta.index)
            text = text[: min(ends)]
        elif not delta.done:
            keep = max(overlap(text, stop) for stop in self._stops)
            self._held[delta.index] = text[len(text) - keep :]
            text = text[: len(text) - keep]
        if text or delta.restart or delta.done:
            self._on_delta(replace(delta, text=text))


def cut_at(sample: Sample, stops: Sequence[str]) -> Sample:
    """The sample up to the first stop text, as a server that takes them would have ended it."""
    ends = [(at, stop) for stop in stops if (at := sample.text.find(stop)) >= 0]
    if not ends:
        return sample
    at, stop = min(ends)
    kept, length = 0, at + len(stop)
    for token in sample.tokens:
        if length <= 0:
            break
        length -= len(token.text)
        kept += 1
    return replace(
        sample, text=sample.text[:at], finish="stop", stopped_by=stop, tokens=sample.tokens[:kept]
    )


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
        if n <= job.caps.at_once:
            return self._one(job, first, n)
        return self._several(job, _split(range(first, first + n), job.caps.at_once))

    async def _several(self, job: Job, parts: Sequence[tuple[int, int]]) -> Part:
        group = StopSignal(job.cancel)
        job = job.with_cancel(group)
        done = await all_of([self._one(job, *part) for part in parts], group, lambda p: p.usage)
        return _joined(done)

    async def _one(self, job: Job, first: int, n: int) -> Part:
        """One request; samples that the server left out are asked for one by one, those that were
        too many for it in further requests."""
        client = self._client
        session = client.open_session() or await client.session()
        ask = SampleAttempt(session, client.key, job, first, n, client.counter.by)
        outcome = await client.policy.run(session, self._balancer, client.counter, job.cancel, ask)
        if not (ask.missing or ask.left):
            return outcome
        if ask.missing and not any(sample.finish == "repetition" for sample in outcome.result):
            self._short()  # and no stream was left before its time
        try:
            parts = [*((i, 1) for i in ask.missing), *_split(ask.left, ask.job.caps.at_once)]
            rest = await self._several(ask.job, parts)
        except EngineError as error:
            raise EngineError(str(error), outcome.usage + error.usage) from None
        return _joined([outcome, rest])


def _split(indices: range, most: int) -> list[tuple[int, int]]:
    """The indices in parts of at most so many: the first of each, and how many."""
    return [(i, min(most, indices.stop - i)) for i in indices[::most]]


def _joined(parts: Sequence[Part]) -> Part:
    samples = sorted((s for part in parts for s in part.result), key=lambda s: s.index)
    return Outcome(
        tuple(samples),
        Usage.sum(part.usage for part in parts),
        tuple(fault for part in parts for fault in part.faults),
    )
