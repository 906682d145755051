"""The process in which a chat model runs: JSON lines in, JSON lines out.

onnxruntime-genai keeps Python's lock while it computes, so in the program's own process every
token would stop the page and all other runs; and a model that does not fit into memory takes this
process with it, not the program. Knows the protocol, how tokens are drawn, when a thought is cut
and a sample ends, and who is next: jobs take turns (a piece of the prompt, or one token), so a long
thought does not hold up a short question and a stop waits for one turn. Does not know asyncio or
templates.

Sample i's tokens follow from (prompt, parameters, seed, i) alone: every sample starts from the same
state, its noise is its own, and prompts are read in pieces that begin at fixed places. What an
earlier job has read is not read again (`prefixes`), which changes no bit.

In:  {"id", "op": "sample" | "abort", ...}. Out: {"ready"} or {"error"} once, then
{"id", "deltas"}, {"id", "samples", "counts"} and {"id", "error", "counts"}.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from scale_core.engines.base import Finish
from scale_core.engines.embedded.sampling import (
    Floats,
    Picker,
    gumbels,
    log_probabilities,
    perturbed,
    top,
    uniforms,
)
from scale_core.engines.onnx_chat.model import ChatModel, Track, load
from scale_core.engines.onnx_chat.prefixes import Prefixes, piece_end
from scale_core.engines.onnx_chat.text import ChatTokenizer
from scale_core.engines.repetition import Repetition
from scale_core.engines.think_tags import CLOSE, Growing

CUT = f"\n\nThe time for thinking is over; I give my answer now.\n{CLOSE}\n\n"
"""What ends a thought at its budget."""


_NEVER_BEGUN: dict[str, Any] = {
    "text": "", "finish": "abort", "completion_tokens": 0, "thinking": None, "tokens": [],
    "stopped_by": None, "thought_cut": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """A request as the worker gets it. limit: tokens of a sample; opened: the prompt has opened
    the thought; budget: most tokens of a thought."""

    prompt: list[int]
    n: int
    first: int
    seed: int
    limit: int
    temperature: float
    top_p: float
    stop: list[str]
    logprobs: int | None
    opened: bool
    budget: int | None
    schema: str | None
    stream: bool


class Counts:
    """Tokens of a job so far: prompt, cached (part of prompt, not read again), completion, thinking
    (part of completion)."""

    def __init__(self) -> None:
        self.prompt = self.cached = self.completion = self.thinking = 0

    def as_list(self) -> list[int]:
        return [self.prompt, self.cached, self.completion, self.thinking]


class SampleJob:
    """Call `turn` until `done`; `samples` then has all of them, ready for JSON."""

    def __init__(
        self,
        order: Order,
        model: ChatModel,
        prefixes: Prefixes,
        tokenizer: ChatTokenizer,
        ends: frozenset[int],
    ) -> None:
        self.order, self.model, self.tokenizer, self.ends = order, model, tokenizer, ends
        self._prefixes = prefixes
        self.counts = Counts()
        self.samples: list[dict[str, Any]] = []
        self.deltas: list[tuple[int, str, bool, bool, int, bool]] = []  # the fields of a `Delta`
        self.began = time.perf_counter()
        self._length = len(order.prompt) + order.limit
        self._track: Track | None = None
        self._read = 0
        self._charged = False  # the prompt counts once, however often it has to be read
        self._sample: _Sample | None = None
        self._picker = Picker(1, model.vocabulary)
        self._cut = tokenizer.encode(CUT, 10_000)

    @property
    def done(self) -> bool:
        return len(self.samples) == self.order.n

    def turn(self) -> None:
        if self._track is None:
            self._track = self._start()
        last = len(self.order.prompt) - 1
        if self._read < last:
            piece = self.order.prompt[self._read : min(piece_end(self._read), last)]
            self._append(self._track, piece)
            self._read += len(piece)
        elif self._sample is None:
            self._begin(self._track)
        else:
            self._token(self._track, self._sample)

    def abort(self) -> None:
        """End what runs and what never began."""
        if self._sample is not None:
            self._finish(self._sample, "abort")
        for index in range(self.order.first + len(self.samples), self.order.first + self.order.n):
            self.samples.append({**_NEVER_BEGUN, "index": index})
        self._leave()

    def fail(self) -> None:
        """Its state is not to be used again."""
        if self._track is not None:
            self._prefixes.forget(self._track)
            self._track = None

    def _start(self) -> Track:
        prompt = self.order.prompt[:-1]
        track, self._read = self._prefixes.take(prompt, self._length, self.order.schema)
        if not self._charged:
            self.counts.prompt += self._read
            self.counts.cached += self._read
        return track

    def _leave(self) -> None:
        if self._track is not None:
            self._prefixes.give(self._track, self.order.prompt[: self._read])
            self._track = None

    def _append(self, track: Track, ids: list[int]) -> None:
        track.append(ids)
        if not self._charged:
            self.counts.prompt += len(ids)

    def _begin(self, track: Track) -> None:
        """The prompt's last token, read by itself: the state before it is every sample's start."""
        self._append(track, self.order.prompt[-1:])
        self._charged = True
        index = self.order.first + len(self.samples)
        self._sample = _Sample(index, self.order, self.tokenizer)

    def _token(self, track: Track, sample: _Sample) -> None:
        logits = track.logits()
        chosen = self._choose(track, logits, sample)
        sample.add(chosen, self._record(logits, chosen))
        self.counts.completion += 1
        ended = chosen in self.ends
        stopped = False if ended else sample.say(chosen)
        self._stream(sample)
        if ended or stopped:
            self._finish(sample, "stop")
        elif sample.repetition.found:
            self._finish(sample, "repetition")
        elif len(sample.ids) >= self.order.limit:
            self._finish(sample, "length")
        elif sample.thinking(self.order.budget):
            self._end_thought(track, chosen, sample)
        elif self.order.schema is None:
            track.append([chosen])

    def _choose(self, track: Track, logits: Floats, sample: _Sample) -> int:
        order, place = self.order, len(sample.ids)
        if order.schema is not None:
            noise = gumbels(order.seed, sample.index, place, logits.shape[1])
            return track.draw(perturbed(logits, order.temperature, order.top_p, noise))
        return int(
            self._picker.pick(
                logits,
                np.array([order.temperature], np.float32),
                np.array([order.top_p], np.float32),
                sample.noise[place : place + 1],
            )[0]
        )

    def _record(self, logits: Floats, chosen: int) -> list[Any]:
        """[text, log-probability, [[text, log-probability], ...]] of a token, [] if not wanted."""
        if self.order.logprobs is None:
            return []
        every = log_probabilities(logits)
        ids = top(every, self.order.logprobs)[0].tolist() if self.order.logprobs else []
        label = self.tokenizer.label
        others = [[label(i), float(every[0, i])] for i in ids]
        return [label(chosen), float(every[0, chosen]), others]

    def _end_thought(self, track: Track, chosen: int, sample: _Sample) -> None:
        """Close the thought in the model's place; its words count as thought too."""
        track.append([chosen, *self._cut])
        for id in self._cut:
            sample.add(id, [self.tokenizer.label(id), None, []] if sample.tokens else [])
        sample.cut = True
        sample.close(CUT)
        self.counts.completion += len(self._cut)

    def _finish(self, sample: _Sample, finish: Finish) -> None:
        parts = sample.growing.finish()
        self.counts.thinking += sample.thought
        self.samples.append(
            {
                "index": sample.index,
                "text": parts.text,
                "finish": finish,
                "completion_tokens": len(sample.ids),
                "thinking": parts.thinking,
                "tokens": sample.tokens,
                "stopped_by": sample.growing.stopped_by,
                "thought_cut": sample.cut,
            }
        )
        self._stream(sample, done=True)
        self._sample = None
        if self.done or finish == "abort" or self._track is None or not self.model.rewinds:
            self._leave()
        else:
            self._track.rewind(len(self.order.prompt) - 1)

    def _stream(self, sample: _Sample, done: bool = False) -> None:
        if not self.order.stream:
            return
        index, tokens = sample.index, len(sample.ids)
        if thought := sample.growing.take_thought():
            self.deltas.append((index, thought, True, False, tokens, False))
        if (text := sample.growing.take()) or done:
            self.deltas.append((index, text, False, False, tokens, done))


class _Sample:
    """One sample while it is generated."""

    def __init__(self, index: int, order: Order, tokenizer: ChatTokenizer) -> None:
        self.index = index
        self.ids: list[int] = []
        self.tokens: list[list[Any]] = []
        self.noise = uniforms(order.seed, index, order.limit).astype(np.float32)
        self.growing = Growing(order.stop, order.opened)
        self.repetition = Repetition()  # in thought and reply alike
        self.thought = 0  # tokens of the thought, its tags included
        self.cut = False
        self._tokenizer = tokenizer
        self._stream = tokenizer.stream()

    def add(self, id: int, record: list[Any]) -> None:
        self.ids.append(id)
        if record:
            self.tokens.append(record)

    def say(self, id: int) -> bool:
        """Let the text grow by the newest token; True if a stop text is complete."""
        before = self.growing.thinking
        text = self._stream.feed(id)
        self.repetition.feed(text)
        stopped = self.growing.feed(text)
        if before or self.growing.thinking:
            self.thought = len(self.ids)
        return stopped

    def thinking(self, budget: int | None) -> bool:
        """Whether it still thinks although its budget is spent."""
        return budget is not None and self.growing.thinking and self.thought >= budget

    def close(self, text: str) -> None:
        self.growing.feed(text)
        self.thought = len(self.ids)
        self._stream = self._tokenizer.stream()


SLOTS = 2
"""Jobs that take turns; more wait, since each holds a cache of its whole length."""
IDLE = 120.0
"""Seconds without a job until what is kept of prompts is freed."""


class Loop:
    """Serves jobs until the parent closes the pipe."""

    def __init__(
        self, folder: Path, threads: int, context: int, ends: frozenset[int], out: IO[str]
    ) -> None:
        self._out = out
        self._model, choice = load(folder, threads)
        self._prefixes = Prefixes(self._model, context, SLOTS * context)
        self._tokenizer = ChatTokenizer(folder)
        self._ends = ends
        self._inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._jobs: dict[int, SampleJob] = {}  # in order of arrival; the first SLOTS run
        model = self._model
        self._send(
            ready={
                "device": model.device,
                "grammars": model.grammars,
                "rewinds": model.rewinds,
                "steady": model.steady,
                "threads": choice.threads,
                "chosen": choice.words(),
            }
        )

    def run(self, lines: IO[str]) -> None:
        reader = threading.Thread(target=self._read, args=(lines,), daemon=True)
        reader.start()
        while self._take_in():
            for id in list(self._jobs)[:SLOTS]:
                self._turn(id)

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            self._inbox.put(json.loads(line))
        self._inbox.put(None)

    def _take_in(self) -> bool:
        """Act on what the parent sent; wait while there is nothing to do. False at its end."""
        while not self._jobs or not self._inbox.empty():
            try:
                message = self._inbox.get(timeout=IDLE)
            except queue.Empty:
                self._prefixes.clear()
                message = self._inbox.get()
            if message is None:
                return False
            self._act(message)
        return True

    def _act(self, message: dict[str, Any]) -> None:
        id, op = message.pop("id"), message.pop("op")
        try:
            if op == "sample":
                order = Order(**message)
                parts = self._model, self._prefixes, self._tokenizer, self._ends
                self._jobs[id] = SampleJob(order, *parts)
            elif id in self._jobs:
                self._jobs[id].abort()
                self._close(id)
        except Exception as error:
            self._fail(id, error)

    def _turn(self, id: int) -> None:
        job = self._jobs[id]
        try:
            job.turn()
        except Exception as error:
            self._fail(id, error)
            return
        if job.deltas:
            self._send(id=id, deltas=job.deltas)
            job.deltas = []
        if job.done:
            self._close(id)

    def _close(self, id: int) -> None:
        job = self._jobs.pop(id)
        counts = job.counts.as_list()
        self._send(id=id, samples=job.samples, counts=counts)

    def _fail(self, id: int, error: Exception) -> None:
        job = self._jobs.pop(id, None)
        counts = Counts().as_list() if job is None else job.counts.as_list()
        if job is not None:
            job.fail()
        self._send(id=id, error=f"{type(error).__name__}: {error}"[:500], counts=counts)

    def _send(self, **message: Any) -> None:
        print(json.dumps(message), file=self._out, flush=True)


def main(arguments: list[str]) -> None:
    """arguments: the folder, the threads (0: chosen here), the context, the end tokens' ids."""
    folder, threads, context, *ends = arguments
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not reach the pipe
    try:
        loop = Loop(Path(folder), int(threads), int(context), frozenset(map(int, ends)), out)
    except Exception as error:
        print(json.dumps({"error": f"{error}"[:1000]}), file=out, flush=True)
        return
    loop.run(sys.stdin)
    os._exit(0)  # the library's own teardown may wait for threads that are inside it


if __name__ == "__main__":
    main(sys.argv[1:])
