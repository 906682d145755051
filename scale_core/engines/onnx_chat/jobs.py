"""One request in the worker of the chat engine: the prompt once, then sample after sample.

Knows how tokens are drawn, when a thought is cut and when a sample ends. Works in turns (a piece
of the prompt, or one token), so that jobs can take turns and be stopped between two. Sample i's
tokens follow from (prompt, parameters, seed, i) alone: every sample starts from the same state,
its noise is its own, and prompts are read in pieces that begin at fixed places.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

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
from scale_core.engines.onnx_chat.model import ChatModel, Track
from scale_core.engines.onnx_chat.text import ChatTokenizer
from scale_core.engines.think_tags import CLOSE, Growing

PIECE = 64
"""Prompt tokens read in one turn: a stop waits for no more than that."""
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
    """Tokens processed so far by a job: prompt, completion, thinking (part of completion)."""

    def __init__(self) -> None:
        self.prompt = self.completion = self.thinking = 0

    def as_list(self) -> list[int]:
        return [self.prompt, self.completion, self.thinking]


class SampleJob:
    """Call `turn` until `done`; `samples` then has all of them, ready for JSON."""

    def __init__(
        self, order: Order, model: ChatModel, tokenizer: ChatTokenizer, ends: frozenset[int]
    ) -> None:
        self.order, self.model, self.tokenizer, self.ends = order, model, tokenizer, ends
        self.counts = Counts()
        self.samples: list[dict[str, Any]] = []
        self.deltas: list[tuple[int, str, bool]] = []  # index, text, whether it is thought
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
            self._track = self.model.track(self._length, self.order.schema)
        last = len(self.order.prompt) - 1
        if self._read < last:
            piece = self.order.prompt[self._read : min(self._read + PIECE, last)]
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
        self._stream(sample)
        self._sample = None
        if self.done or finish == "abort":
            self._track = None
        elif self.model.rewinds and self._track is not None:
            self._track.rewind(len(self.order.prompt) - 1)
        else:
            self._track, self._read = None, 0

    def _stream(self, sample: _Sample) -> None:
        if not self.order.stream:
            return
        if thought := sample.growing.take_thought():
            self.deltas.append((sample.index, thought, True))
        if text := sample.growing.take():
            self.deltas.append((sample.index, text, False))


class _Sample:
    """One sample while it is generated."""

    def __init__(self, index: int, order: Order, tokenizer: ChatTokenizer) -> None:
        self.index = index
        self.ids: list[int] = []
        self.tokens: list[list[Any]] = []
        self.noise = uniforms(order.seed, index, order.limit).astype(np.float32)
        self.growing = Growing(order.stop, order.opened)
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
        stopped = self.growing.feed(self._stream.feed(id))
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
