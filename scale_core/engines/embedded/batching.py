"""The worker thread: continuous batching over the decoder's slots.

Knows which samples sit in which slot, the order of a turn (drop what was cancelled, read some
waiting prompts, fill free slots, one token for every slot), and that a turn which fails takes what
is pending with it, but not the thread. Does not know who is next (`waiting`), how an answer reaches
whoever waits for it (`jobs`) or what prompts mean.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

import numpy as np

from scale_core.engines.base import EngineError, Finish
from scale_core.engines.embedded.jobs import Record, Row, SampleJob
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
from scale_core.engines.embedded.text import Vocabulary
from scale_core.engines.embedded.waiting import Waiting
from scale_core.trace.usage import Usage


def closed() -> EngineError:
    return EngineError("the engine is closed")


# Tokens read at once, padding included: about 30 ms, so that running samples and cancels do
# not wait long for somebody else's prompts.
_PREFILL = 512

_LOG = logging.getLogger(__name__)


class Batcher:
    """Serves jobs until closed. For other threads are only `submit`, `close`, `counters`, `fault`.

    fault: why a turn failed, until a later one ends a request; empty while all is well."""

    def __init__(self, decoder: Decoder, vocabulary: Vocabulary, slots: int) -> None:
        shape = decoder.shape
        self._decoder = decoder
        self._vocabulary = vocabulary
        self._picker = Picker(slots, shape.vocabulary)
        self._slots = slots
        self._index = np.arange(slots)
        self._is_end = np.isin(np.arange(shape.vocabulary), shape.ends)
        self._waiting: Waiting[SampleJob] = Waiting()
        self._prompt = self._completion = 0
        self.fault = ""
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
        while True:
            try:
                while self._take_in():
                    self._turn()
                break
            except Exception as cause:  # nothing is lost in silence: every pending job gets it
                _LOG.exception("a turn of the engine failed; it goes on with the next request")
                error = EngineError(f"the engine failed: {cause!r}")
                error.__cause__ = cause
                self.fault = str(error)
                self._drop_all(error)
        self._drop_all(closed())

    def _drop_all(self, error: EngineError) -> None:
        """Every pending job fails, and all slots are free again."""
        with self._news:
            waiting, self._inbox = [*self._waiting, *self._inbox], []
        pending = dict.fromkeys([*waiting, *(row.job for row in self._rows)])
        self._waiting.clear()
        self._rows, self._busy = [], 0
        for job in pending:
            job.fail(error)

    def _take_in(self) -> bool:
        """Collect new jobs; sleep while there is nothing to do. False when closing."""
        with self._news:
            while not (self._closing or self._inbox or self._waiting or self._busy):
                self._news.wait()
            self._waiting.add(self._inbox)
            self._inbox = []
            return not self._closing

    def _turn(self) -> None:
        self._drop_stopped()
        if self._waiting and self._busy < self._slots:
            shares = self._waiting.shares(self._slots - self._busy)
            self._read_prompts(shares)
            self._fill_slots(shares)
        if self._busy:
            self._step()
        for job in {row.job: None for row in self._rows if row.job.streams}:
            job.flush()

    def _drop_stopped(self) -> None:
        """Abort the samples whose caller gave up, running or not yet started."""
        running = {row.job: row.job.stopped() for row in self._rows}
        for job in self._waiting:
            if job.stopped():
                self._waiting.remove(job)
                job.abort_rest()
                running[job] = True
                if job.done:
                    job.complete()
        if any(running.values()):
            slots = [slot for slot, row in enumerate(self._rows) if running[row.job]]
            self._retire(dict.fromkeys(slots, "abort"))

    def _read_prompts(self, shares: dict[SampleJob, int]) -> None:
        """Process prompts of those who get slots, the first ones, as many as a turn may take."""
        longest, group = 0, list[SampleJob]()
        for job in shares:
            if job.cache is None:
                longest = max(longest, len(job.prompt))
                if group and longest * (len(group) + 1) > _PREFILL:
                    break
                group.append(job)
        if not group:
            return
        logits, cache = self._decoder.prefill([job.prompt for job in group])
        for place, job in enumerate(group):
            length = len(job.prompt)
            job.read(cache[:, place, :, :length], logits[place, length - 1])
            self._prompt += length

    def _fill_slots(self, shares: dict[SampleJob, int]) -> None:
        """Give its slots to each request whose prompt is read, and draw the first tokens."""
        first, starts = self._busy, list[Floats]()
        for job, count in shares.items():
            if job.cache is None or job.logits is None:
                continue  # its prompt is read in the next turn
            self._decoder.load(self._busy, self._busy + count, job.cache)
            starts += [job.logits] * count
            for _ in range(count):
                self._admit(job)
            self._waiting.taken(job, count)
            if job.wanted == 0:
                job.cache = job.logits = None
                self._waiting.remove(job)
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
            self._waiting.freed(row.job)
            self._busy -= 1
            last = self._rows.pop()
            if slot != self._busy:
                self._rows[slot] = last
                self._move(self._busy, slot)
            if row.job.done:
                row.job.complete()
                self.fault = ""

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
