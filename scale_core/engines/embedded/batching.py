"""The worker thread: continuous batching over the decoder's slots.

Knows requests as jobs, from submission to the answer on the event loop that waits for it; which of
them wait, which samples sit in which slot, and the order of a turn: drop what was cancelled, read
some waiting prompts, fill free slots, one token for every slot. Does not know what prompts mean.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from scale_core.engines.base import (
    Cancel,
    Completion,
    Delta,
    EngineError,
    Finish,
    Request,
    Sample,
    Token,
)
from scale_core.engines.embedded.model import Decoder
from scale_core.engines.embedded.sampling import (
    Bools,
    Floats,
    Ints,
    Picker,
    log_probabilities,
    top,
    uniforms,
)
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
        on_delta: Callable[[Delta], None] | None,
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
        watched = bool(request.stop) or job.streams
        self.reply = Reply(request.stop) if watched else None  # else decoded once, at the end

    def feed(self, piece: bytes) -> bool:
        """Take one token's bytes; True if a stop text is complete."""
        if self.reply is None:
            return False
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
                self._stream(self.reply)
        tokens = tuple(
            token(vocabulary, chosen, record)
            for chosen, record in zip(ids, self.records, strict=False)
        )
        stopped_by = self.reply.stopped_by if self.reply else None
        self.job.samples[self.index] = Sample(
            self.index, text, finish, len(ids), None, tokens, stopped_by
        )

    def _stream(self, reply: Reply) -> None:
        if text := reply.take():
            self.job.stream(Delta(self.index, text))


def token(vocabulary: Vocabulary, chosen: int, record: Record) -> Token:
    """A token as callers see it. Special tokens (the end token too) show their own names."""
    labels = vocabulary.labels
    logprob, ids, logprobs = record
    alternatives = zip([labels[i] for i in ids], logprobs, strict=True)
    return Token(labels[chosen], logprob, tuple(alternatives))


def closed() -> EngineError:
    return EngineError("the engine is closed")


# Tokens read at once, padding included: about 30 ms, so that running samples and cancels do
# not wait long for somebody else's prompts.
_PREFILL = 512

_LOG = logging.getLogger(__name__)


class Batcher:
    """Serves jobs until closed. Only `submit`, `close` and `counters` are for other threads."""

    def __init__(self, decoder: Decoder, vocabulary: Vocabulary, slots: int) -> None:
        shape = decoder.shape
        self._decoder = decoder
        self._vocabulary = vocabulary
        self._picker = Picker(slots, shape.vocabulary)
        self._slots = slots
        self._index = np.arange(slots)
        self._is_end = np.isin(np.arange(shape.vocabulary), shape.ends)
        self._waiting: deque[SampleJob] = deque()
        self._prompt = self._completion = 0
        # One entry a slot; the first `_busy` are in use.
        self._busy = 0
        self._rows: list[Row] = []
        self._ids = np.zeros((slots, shape.context), np.int64)
        self._noise = np.zeros((slots, shape.context), np.float32)
        self._count = np.zeros(slots, np.int64)
        self._limit = np.zeros(slots, np.int64)
        self._temperature = np.zeros(slots, np.float32)
        self._top_p = np.ones(slots, np.float32)
        self._wanted = np.full(slots, -1)  # alternatives to record, -1 = no log-probabilities
        self._inbox: list[SampleJob] = []
        self._news = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="onnx-engine", daemon=True)
        self._thread.start()

    @property
    def counters(self) -> Usage:
        return Usage(self._prompt, 0, self._completion, 0)

    def submit(self, job: SampleJob) -> None:
        """Raises EngineError if the worker has ended."""
        with self._news:
            if self._closing:
                raise closed()
            self._inbox.append(job)
            self._news.notify()

    def close(self) -> None:
        """End the worker; what is pending fails. Blocks for at most one turn."""
        with self._news:
            self._closing = True
            self._news.notify()
        if self._thread is not threading.current_thread():  # a garbage collection may run there
            self._thread.join()

    def _run(self) -> None:
        error = closed()
        try:
            while self._take_in():
                self._turn()
        except Exception as cause:  # nothing is lost in silence: every pending job gets it
            error = EngineError(f"the engine failed: {cause!r}")
            error.__cause__ = cause
            _LOG.exception("the worker thread ended")
        with self._news:
            self._closing = True
            pending = [*self._waiting, *self._inbox, *(row.job for row in self._rows)]
        for job in pending:
            job.fail(error)

    def _take_in(self) -> bool:
        """Collect new jobs; sleep while there is nothing to do. False when closing."""
        with self._news:
            while not (self._closing or self._inbox or self._waiting or self._busy):
                self._news.wait()
            self._waiting += self._inbox
            self._inbox = []
            return not self._closing

    def _turn(self) -> None:
        self._drop_stopped()
        if self._waiting and self._busy < self._slots:
            self._read_prompts()
            self._fill_slots()
        if self._busy:
            self._step()
        for job in {row.job: None for row in self._rows if row.job.streams}:
            job.flush()

    def _drop_stopped(self) -> None:
        """Abort the samples whose caller gave up, running or not yet started."""
        running = {row.job: row.job.stopped() for row in self._rows}
        for job in list(self._waiting):
            if job.stopped():
                self._waiting.remove(job)
                job.abort_rest()
                running[job] = True
                if job.done:
                    job.complete()
        if any(running.values()):
            slots = [slot for slot, row in enumerate(self._rows) if running[row.job]]
            self._retire(dict.fromkeys(slots, "abort"))

    def _read_prompts(self) -> None:
        """Process the prompts of the first waiting requests that there are slots for."""
        free, longest, group = self._slots - self._busy, 0, list[SampleJob]()
        for job in self._waiting:
            if free <= 0:
                break
            if job.cache is None:
                longest = max(longest, len(job.prompt))
                if group and longest * (len(group) + 1) > _PREFILL:
                    break
                group.append(job)
            free -= job.request.n - job.admitted
        if not group:
            return
        logits, cache = self._decoder.prefill([job.prompt for job in group])
        for place, job in enumerate(group):
            length = len(job.prompt)
            job.read(cache[:, place, :, :length], logits[place, length - 1])
            self._prompt += length

    def _fill_slots(self) -> None:
        """Give free slots to waiting samples whose prompt is read, and draw their first token."""
        first, starts = self._busy, list[Floats]()
        while self._waiting and self._busy < self._slots:
            job = self._waiting[0]
            if job.cache is None or job.logits is None:
                break
            count = min(self._slots - self._busy, job.request.n - job.admitted)
            self._decoder.load(self._busy, self._busy + count, job.cache)
            starts += [job.logits] * count
            for _ in range(count):
                self._admit(job)
            if job.admitted == job.request.n:
                job.cache = job.logits = None
                self._waiting.popleft()
        if starts:
            self._advance(first, np.stack(starts))

    def _admit(self, job: SampleJob) -> None:
        request, slot = job.request, self._busy
        index = request.first + job.admitted
        self._rows.append(Row(job, index))
        if request.temperature:
            self._noise[slot, : job.limit] = uniforms(request.seed, index, job.limit)
        self._decoder.lengths[slot] = len(job.prompt)
        self._count[slot] = 0
        self._limit[slot] = job.limit
        self._temperature[slot] = request.temperature
        self._top_p[slot] = request.top_p
        self._wanted[slot] = -1 if request.logprobs is None else request.logprobs
        job.admitted += 1
        self._busy += 1

    def _step(self) -> None:
        """One token for every busy slot."""
        self._advance(0, self._decoder.step(self._busy))

    def _advance(self, first: int, logits: Floats) -> None:
        """Draw one token for the slots from `first` on, and retire the samples that it ends."""
        end = first + len(logits)
        now, index = slice(first, end), self._index[first:end]
        count = self._count[now]
        noise = self._noise[index, count]
        chosen = self._picker.pick(logits, self._temperature[now], self._top_p[now], noise)
        self._ids[index, count] = chosen
        self._decoder.tokens[now, 0] = chosen
        self._decoder.lengths[now] += 1
        count += 1  # a view: the slots' own counts
        self._completion += len(chosen)
        if self._wanted[now].max() >= 0:
            self._record(first, logits, chosen)
        ended = self._is_end[chosen]
        ended |= self._watch(first, chosen)
        over = ended | (count >= self._limit[now])
        if over.any():
            finish: dict[int, Finish] = {
                first + i: "stop" if ended[i] else "length" for i in np.flatnonzero(over).tolist()
            }
            self._retire(finish)

    def _watch(self, first: int, chosen: Ints) -> Bools:
        """Grow the texts that are watched as they appear; which slots have met a stop text."""
        stopped = np.zeros(len(chosen), np.bool_)
        pieces = self._vocabulary.pieces
        for place, (row, token_id) in enumerate(zip(self._rows[first:], chosen, strict=True)):
            if row.reply is not None:
                stopped[place] = row.feed(pieces[token_id])
        return stopped

    def _record(self, first: int, logits: Floats, chosen: Ints) -> None:
        """Keep the log-probabilities of the slots that asked for them."""
        wanted = self._wanted[first : first + len(chosen)]
        places = np.flatnonzero(wanted >= 0)
        every = log_probabilities(logits if len(places) == len(logits) else logits[places])
        records = _records(every, chosen[places], int(wanted.max()))
        for place, (logprob, ids, logprobs) in zip(places.tolist(), records, strict=True):
            k = wanted[place]
            self._rows[first + place].records.append((logprob, ids[:k], logprobs[:k]))

    def _retire(self, finish: dict[int, Finish]) -> None:
        """End the samples in some slots and close the holes with the last busy slots."""
        for slot in sorted(finish, reverse=True):
            row = self._rows[slot]
            ids = self._ids[slot, : self._count[slot]].tolist()
            row.finish(ids, finish[slot], self._vocabulary)
            self._busy -= 1
            last = self._rows.pop()
            if slot != self._busy:
                self._rows[slot] = last
                self._move(self._busy, slot)
            if row.job.done:
                row.job.complete()

    def _move(self, source: int, target: int) -> None:
        decoder = self._decoder
        # The newest token is not in the cache yet: the next step reads it.
        decoder.move(source, target, int(decoder.lengths[source]) - 1)
        for array in (
            decoder.tokens, decoder.lengths, self._ids, self._noise, self._count,
            self._limit, self._temperature, self._top_p, self._wanted,
        ):  # fmt: skip
            array[target] = array[source]


def _records(logprobs: Floats, chosen: Ints | Sequence[int], count: int) -> list[Record]:
    """Each row's log-probability of the chosen token, and its `count` likeliest tokens."""
    own = logprobs[np.arange(len(chosen)), chosen].tolist()
    ids = top(logprobs, count)
    values = np.take_along_axis(logprobs, ids, axis=1)
    return list(zip(own, ids.tolist(), values.tolist(), strict=True))
