"""Requests of the embedded engine while they are served: a job for each, a row for each sample.

Knows a job's life from submission to the answer on the event loop that waits for it, and how a
sample's text grows and is handed over. Does not know slots, or in which order jobs are served
(`batching`, `waiting`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from scale_core.engines.base import (
    Cancel,
    Completion,
    Delta,
    Finish,
    OnDelta,
    Request,
    Sample,
    Token,
)
from scale_core.engines.embedded.sampling import Floats
from scale_core.engines.embedded.text import Reply, Vocabulary
from scale_core.trace.usage import Usage

Record = tuple[float, list[int], list[float]]  # log-probability; alternatives' ids and theirs


class SampleJob:
    """One request, whose result some event loop awaits: its prompt's cache once read, and its
    samples as they end. Made on that loop's thread."""

    def __init__(
        self,
        request: Request,
        prompt: list[int],
        limit: int,
        cancel: Cancel | None,
        on_delta: OnDelta | None,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Completion] = self.loop.create_future()
        self.abandoned = False  # nobody waits any more; set by the loop, read by the worker
        self.request = request
        self.prompt = prompt
        self.limit = limit  # tokens a sample may have
        self.cache: Floats | None = None  # [2 layers, heads, prompt, size], once read
        self.logits: Floats | None = None  # [vocabulary], those after the prompt
        self.admitted = 0  # samples given a slot so far
        self.samples: dict[int, Sample] = {}
        self._charged = False
        self._cancel = cancel
        self._on_delta = on_delta
        self._deltas: list[Delta] = []
        self._started = time.perf_counter()

    def resolve(self, result: Completion) -> None:
        """Give the answer. Called by the worker."""
        self.call(self._settle, self.future.set_result, result)

    def fail(self, error: Exception) -> None:
        self.call(self._settle, self.future.set_exception, error)

    def call(self, function: Callable[..., None], *args: Any) -> None:
        """Run on the loop's thread, after everything called before; not at all if it is gone."""
        try:
            self.loop.call_soon_threadsafe(function, *args)
        except RuntimeError:  # the loop was closed with the job unfinished
            self.abandoned = True

    def _settle(self, setter: Callable[[Any], None], value: Any) -> None:
        if not self.future.done():
            setter(value)

    @property
    def streams(self) -> bool:
        return self._on_delta is not None

    @property
    def run(self) -> str:
        return self.request.run

    @property
    def wanted(self) -> int:
        return self.request.n - self.admitted

    @property
    def done(self) -> bool:
        return len(self.samples) == self.request.n

    def stopped(self) -> bool:
        """Whether its caller gave up: asked by the worker between token steps."""
        return self.abandoned or (self._cancel is not None and self._cancel.is_set())

    def read(self, cache: Floats, logits: Floats) -> None:
        """The prompt was processed (and so is charged)."""
        self.cache, self.logits, self._charged = cache, logits, True

    def abort_rest(self) -> None:
        """End every sample that was never given a slot."""
        for index in range(self.request.first + self.admitted, self._end):
            self.samples[index] = Sample(index, "", "abort", 0)
        self.admitted = self.request.n
        self.cache = self.logits = None

    def complete(self) -> None:
        prompt = len(self.prompt) if self._charged else 0
        samples = tuple(self.samples[i] for i in range(self.request.first, self._end))
        usage = Usage(prompt, 0, sum(s.completion_tokens or 0 for s in samples), 0)
        self.flush()
        self.resolve(Completion(samples, usage, time.perf_counter() - self._started))

    def stream(self, delta: Delta) -> None:
        self._deltas.append(delta)

    def flush(self) -> None:
        """Send the deltas since the last flush to the caller's loop, in one call."""
        if self._deltas:
            self.call(self._deliver, self._deltas)
            self._deltas = []

    def _deliver(self, deltas: list[Delta]) -> None:
        if self.abandoned or self._on_delta is None:
            return
        try:
            for delta in deltas:
                self._on_delta(delta)
        except Exception as error:  # the caller's own callback: its bug goes to the caller
            self.abandoned = True
            self._settle(self.future.set_exception, error)

    @property
    def _end(self) -> int:
        return self.request.first + self.request.n


class Row:
    """One sample while it is generated."""

    def __init__(self, job: SampleJob, index: int) -> None:
        request = job.request
        self.job = job
        self.index = index
        self.records: list[Record] = []
        self._fed = 0  # tokens so far
        watched = bool(request.stop) or job.streams
        self.reply = Reply(request.stop) if watched else None  # else decoded once, at the end

    def feed(self, piece: bytes) -> bool:
        """Take one token's bytes; True if a stop text is complete."""
        if self.reply is None:
            return False
        self._fed += 1
        stopped = self.reply.feed(piece)
        if self.job.streams:
            self._stream(self.reply)
        return stopped

    def finish(self, ids: list[int], finish: Finish, vocabulary: Vocabulary) -> None:
        """Hand the ended sample to its job."""
        if self.reply is None:
            text = vocabulary.text(ids)
        else:
            text = self.reply.finish()
            if self.job.streams:
                self._stream(self.reply, done=True)
        tokens = tuple(
            token(vocabulary, chosen, record)
            for chosen, record in zip(ids, self.records, strict=False)
        )
        stopped_by = self.reply.stopped_by if self.reply else None
        self.job.samples[self.index] = Sample(
            self.index, text, finish, len(ids), None, tokens, stopped_by
        )

    def _stream(self, reply: Reply, done: bool = False) -> None:
        if (text := reply.take()) or done:
            self.job.stream(Delta(self.index, text, tokens=self._fed, done=done))


def token(vocabulary: Vocabulary, chosen: int, record: Record) -> Token:
    """A token as callers see it. Special tokens (the end token too) show their own names."""
    labels = vocabulary.labels
    logprob, ids, logprobs = record
    alternatives = zip([labels[i] for i in ids], logprobs, strict=True)
    return Token(labels[chosen], logprob, tuple(alternatives))
