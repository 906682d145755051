"""A scripted engine: replies come from a function, so that runs can be told, tested and shown.

    engine = ScriptedEngine(lambda request, index: {"outline": "#1=2+3"}.get(request.stage, "5"))

Knows how to count tokens (one a character, one a special token such as <|go|>, one for the end of a
reply), to take its time, to stop, to cut off, to stream and to fail. The same request gets the same
samples. Does not know what the replies mean.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

from scale_core.engines.base import (
    Cancel,
    Completion,
    Delta,
    EngineError,
    EngineInfo,
    Finish,
    OnDelta,
    Request,
    Sample,
    Token,
)
from scale_core.trace.usage import Usage

_SPECIAL = re.compile(r"<\|\w+\|>")
_END = Token("<|end|>", math.log(0.9))


@dataclass(frozen=True)
class Reply:
    """One sample. delay: seconds it takes; step: seconds of one token step, after which a stop
    is seen; tokens: with log-probabilities, one for each character unless given."""

    text: str
    finish: Finish = "stop"
    delay: float = 0.0
    step: float = 0.002
    thinking: str | None = None
    tokens: tuple[Token, ...] | None = None


Script = Callable[[Request, int], str | Reply | Sample]
"""(request, index) -> the sample. May raise EngineError."""


def plain_tokens(text: str) -> tuple[Token, ...]:
    return tuple(Token(c, math.log(0.9), ((c, math.log(0.9)),)) for c in text)


def weighed(text: str, odds: Mapping[str, float], at: int = -1) -> Reply:
    """A reply whose character at `at` has these probabilities."""
    tokens = list(plain_tokens(text))
    alternatives = tuple((t, math.log(p)) for t, p in odds.items() if p > 0)
    tokens[at] = Token(text[at], math.log(odds.get(text[at], 1e-9)), alternatives)
    return Reply(text, tokens=tuple(tokens))


@dataclass(eq=False)
class ScriptedEngine:
    """Implements `Engine`. chat: it is asked in messages and has a thinking switch. unknown: kinds
    of token that it does not report (None)."""

    script: Script
    chat: bool = False
    context: int = 100_000
    logprobs: bool = True
    unknown: tuple[str, ...] = ()
    model: str = "script"
    closed: bool = False
    _counted: Usage = field(default_factory=Usage)

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            "Scripted", self.model, "test", self.context, reproducible=True,
            logprobs=self.logprobs, thinking_switch=self.chat, chat=self.chat, schema=self.chat,
            notes=("It is scripted.",),
        )  # fmt: skip

    @property
    def counters(self) -> Usage:
        return self._shown(self._counted)

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: OnDelta | None = None,
    ) -> Completion:
        """As an engine's. A sample that is stopped has half of its text."""
        if isinstance(request.prompt, str) == self.chat:
            raise EngineError("this model takes messages" if self.chat else "it takes plain text")
        prompt = count(request.prompt)
        if prompt >= self.context:
            raise EngineError(f"the prompt has {prompt} tokens, the model reads {self.context}")
        replies = [self.script(request, i) for i in request.indices]
        timed = [r if isinstance(r, Reply) else Reply("") for r in replies]
        began, aborted, samples = monotonic(), True, list[Sample]()
        try:
            aborted = await _pass_time(timed, cancel)
        finally:  # also when the waiting task is cancelled: it is counted
            elapsed = monotonic() - began
            for index, reply in zip(request.indices, replies, strict=True):
                samples.append(self._sample(index, reply, request, elapsed if aborted else None))
            made = sum(s.completion_tokens or 0 for s in samples)
            usage = Usage(prompt, 0, made, sum(len(s.thinking or "") for s in samples))
            self._counted += usage
        for sample in samples if on_delta else ():
            assert on_delta is not None
            _tell(sample, on_delta)
        if "completion" in self.unknown:
            samples = [replace(s, completion_tokens=None) for s in samples]
        return Completion(tuple(samples), self._shown(usage), elapsed)

    def _sample(
        self, index: int, given: str | Reply | Sample, request: Request, stopped: float | None
    ) -> Sample:
        """The sample; half of it if it was `stopped` after so many seconds before it was ready."""
        if isinstance(given, Sample):
            return given
        reply = given if isinstance(given, Reply) else Reply(given)
        default = "hm" if self.chat and request.thinking else None
        thinking = default if reply.thinking is None else reply.thinking
        tokens = reply.tokens if reply.tokens is not None else plain_tokens(reply.text)
        finish = reply.finish
        tokens = tokens if finish in ("length", "repetition") else (*tokens, _END)
        if len(tokens) > request.max_tokens:
            tokens, finish = tokens[: request.max_tokens], "length"
        if stopped is not None and (stopped < reply.delay or stopped == 0.0):
            tokens, finish, thinking = tokens[: len(tokens) // 2 if stopped else 0], "abort", None
        text = "".join(t.text for t in tokens if t is not _END)
        shown = tokens if self.logprobs and request.logprobs is not None else ()
        made = len(tokens) + len(thinking or "")
        return Sample(index, text, finish, made, thinking, shown)

    def _shown(self, usage: Usage) -> Usage:
        hidden: dict[str, Any] = dict.fromkeys(self.unknown)
        return replace(usage, **hidden)

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        raise EngineError("the scripted engine does not make embeddings")

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        raise EngineError("this engine has no process reward model")

    async def close(self) -> None:
        self.closed = True


async def _pass_time(replies: Sequence[Reply], cancel: Cancel | None) -> bool:
    """Let the time of the replies pass, looking at `cancel` between token steps; whether it was
    set before the end."""
    ends = monotonic() + max(reply.delay for reply in replies)
    step = max(reply.step for reply in replies)
    await asyncio.sleep(0)
    while (left := ends - monotonic()) > 0:
        if cancel is not None and cancel.is_set():
            return True
        await asyncio.sleep(min(step, left))
    return False


def _tell(sample: Sample, on_delta: OnDelta) -> None:
    """The sample's text in two pieces, after its thought."""
    thought, made = sample.thinking or "", sample.completion_tokens or 0
    if thought:
        on_delta(Delta(sample.index, thought, thinking=True, tokens=len(thought)))
    half = (len(sample.text) + 1) // 2
    if half:
        on_delta(Delta(sample.index, sample.text[:half], tokens=len(thought) + half))
    on_delta(Delta(sample.index, sample.text[half:], tokens=made, done=True))


def count(prompt: str | tuple[object, ...]) -> int:
    """Tokens of a prompt: special ones, then one a character; of messages their content's."""
    if not isinstance(prompt, str):
        return sum(len(str(getattr(m, "content", ""))) for m in prompt)
    return len(_SPECIAL.findall(prompt)) + len(_SPECIAL.sub("", prompt))
