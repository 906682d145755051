"""One request in vLLM, from its sampling parameters to its samples.

Knows seeds, limits, schemas and thinking budgets, vLLM's outputs and how a sample is put together
from them, when it is stopped, and how its text reaches whoever watches it grow. Runs in vLLM's
loop. Does not know prompts' wording, templates or how vLLM is started.

The n samples of a request are one vLLM request, which gives its j-th sample the seed `seed + j`; so
samples first .. first + n - 1 are asked for with the seed `base + first`, and a sample asked for
alone later has the seed it would have had in the crowd.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scale_core.engines.base import (
    Cancel,
    Completion,
    Delta,
    EngineError,
    Finish,
    OnDelta,
    Request,
    Sample,
    Token,
)
from scale_core.engines.cancel import StopSignal
from scale_core.engines.think_tags import Splitter, joined, spans
from scale_core.engines.vllm.host import Host
from scale_core.engines.vllm.library import Texts, load
from scale_core.trace.usage import Usage

Pieces = tuple[str, str]  # new text of a thought and of a reply
Reader = Callable[[int, Mapping[int, Any] | None], Token]  # of an id and what vLLM says of it

_NAMES = itertools.count()
_BROKEN = ("EngineDeadError", "EngineGenerateError")  # what vLLM raises once it had the request


@dataclass
class Part:
    """One sample while it grows. `forced`: tokens that were put in by us, not generated.

    reader: where log-probabilities are wanted. Tokens are read as they come, while vLLM makes
    the next ones, not all at the end.
    """

    splitter: Splitter | None
    left_open: bool = False
    expected: bool = False
    reader: Reader | None = None
    ids: list[int] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    reply: list[str] = field(default_factory=list)
    finish: str | None = None
    stopped_by: str | None = None
    forced: int = 0

    @property
    def inside(self) -> bool:
        """Whether it ends inside a thought."""
        return self.splitter is not None and self.splitter.inside

    @property
    def thought(self) -> str | None:
        thinks = self.splitter is not None and self.splitter.thinks
        return "".join(self.thoughts).strip() if thinks else None

    @property
    def generated(self) -> int:
        return len(self.ids) - self.forced

    def take(self, output: Any) -> Pieces:
        """Add what vLLM says is new; returns the new text."""
        self._grow(output.token_ids, output.logprobs)
        self.finish = output.finish_reason
        said = output.stop_reason if self.finish == "stop" else None  # others have reasons as well
        self.stopped_by = said if isinstance(said, str) else None
        return self._add(output.text, last=self.finish is not None)

    def force(self, text: str, ids: Sequence[int]) -> Pieces:
        """Put in text that the model did not write."""
        self._grow(ids, None)
        self.forced += len(ids)
        return self._add(text)

    def _grow(self, ids: Sequence[int], ranks: Iterable[Mapping[int, Any] | None] | None) -> None:
        self.ids += ids
        if self.reader is not None:
            self.tokens += map(self.reader, ids, ranks or [None] * len(ids))

    def _add(self, text: str, last: bool = False) -> Pieces:
        if self.splitter is None:
            thought, reply = "", text
        else:
            rest = self.splitter.finish if last else list
            thought, reply = joined([*self.splitter.feed(text), *rest()])
        self.thoughts.append(thought)
        self.reply.append(reply)
        return thought, reply


OnText = Callable[[int, Pieces, Part], None]


class Call:
    """Runs one vLLM request for some samples (parts) of one prompt.

    cached: tokens of the prompt that none of them had to read, None while vLLM has not said.
    read: vLLM has taken the prompt in.
    """

    def __init__(self, host: Host, prompt: Sequence[int], parts: Sequence[Part]) -> None:
        self._host = host
        self.prompt = list(prompt)
        self.parts = parts
        self.cached: int | None = None
        self.read = False

    async def run(
        self,
        params: Any,
        stop: Cancel,
        on_text: OnText | None = None,
        **keywords: Any,
    ) -> None:
        """Generate until all parts have ended. Raises EngineError, in words."""
        name = f"scale-{next(_NAMES)}"
        prompt = load("vllm.inputs").tokens_input(self.prompt)
        self.read = True
        try:
            with self._host.aborted_by(stop, name):
                async for output in self._host.llm.generate(prompt, params, name, **keywords):
                    self._take(output, on_text)
        except Exception as error:
            self.read = type(error).__name__ in _BROKEN
            raise self._host.in_words(error) from error
        failed = next((p.finish for p in self.parts if p.finish == "error"), None)
        if failed:
            raise EngineError("vLLM reports an error inside this request")

    def _take(self, output: Any, on_text: OnText | None) -> None:
        cached = output.num_cached_tokens
        # Before a first token vLLM says 0 whatever it will be.
        if cached is not None and any(o.token_ids for o in output.outputs):
            self.cached = cached if self.cached is None else min(self.cached, cached)
        for piece in output.outputs:
            pieces = self.parts[piece.index].take(piece)
            if on_text is not None:
                on_text(piece.index, pieces, self.parts[piece.index])


def thinking_of(part: Part, texts: Texts) -> tuple[int, int]:
    """(tokens of thought, where the reply begins) in a part's ids."""
    if texts.markers is None:
        return 0, 0
    return spans(part.ids, texts.markers, part.left_open, part.expected, texts.decode)


def usage_of(calls: Sequence[Call], texts: Texts) -> Usage:
    """What some calls for the same samples cost: each read a prompt, together they made parts."""
    parts = {id(part): part for call in calls for part in call.parts}.values()
    made = sum(part.generated for part in parts)
    thought = sum(thinking_of(part, texts)[0] for part in parts)
    read = [Usage(len(call.prompt), call.cached, 0, 0) for call in calls if call.read]
    return Usage.sum([*read, Usage(0, 0, made, thought)])


def sample_of(index: int, part: Part, texts: Texts, budget: int | None) -> Sample:
    """A part as callers see it. `tokens` are the reply's, so that they join to its text.

    budget: the thinking budget it had; a thought that reached it was cut.
    """
    count, start = thinking_of(part, texts)
    thought = part.thought
    cut = budget is not None and thought is not None and (part.forced > 0 or count >= budget)
    tokens = tuple(part.tokens[start:])
    if start:
        blank = sum(1 for _ in itertools.takewhile(lambda t: not t.text.strip("\n"), tokens))
        tokens = tokens[blank:]
    text, ended = "".join(part.reply), _finish(part)
    return Sample(
        index, text, ended, part.generated, thought, tokens, part.stopped_by, thought_cut=cut
    )


def _finish(part: Part) -> Finish:
    known: dict[str | None, Finish] = {
        "stop": "stop", "length": "length", "repetition": "repetition"
    }  # fmt: skip
    return known.get(part.finish, "abort")


def token_reader(texts: Texts, wanted: int) -> Reader:
    """Reads tokens with the `wanted` likeliest alternatives of each."""

    def read(chosen: int, ranks: Mapping[int, Any] | None) -> Token:
        own = None if ranks is None else ranks.get(chosen)
        if ranks is None or own is None:
            return Token(texts.decode([chosen]))
        likeliest = sorted((p for p in ranks.values() if p.rank <= wanted), key=lambda p: p.rank)
        alternatives = tuple((p.decoded_token or "", p.logprob) for p in likeliest)
        return Token(own.decoded_token or "", own.logprob, alternatives)

    return read


_BLOCK = 127  # tokens of a block that is repeated: about the 400 characters of `Repetition`
_COPIES = 8
_SELDOM = 10**9  # tokens between two outputs where nobody watches a sample grow
_CROWD = 8  # samples of one request above which they are streamed in larger pieces


@dataclass
class Job:
    """A request under way. `stop`: set by its caller, or since nobody waits for it any more.
    room: tokens that a sample may have; one that ended before may go on, its thought closed."""

    request: Request
    stop: StopSignal
    relay: Relay | None
    room: int = 0
    began: float = field(default_factory=time.perf_counter)

    @property
    def interval(self) -> int:
        if self.relay is None:
            return _SELDOM
        return 1 if self.request.n <= _CROWD else 8

    @property
    def text(self) -> OnText | None:
        return None if self.relay is None else self.pass_on

    def text_of(self, j: int) -> OnText | None:
        """The same for a call that has only sample j."""
        return None if self.relay is None else lambda _, *new: self.pass_on(j, *new)

    def pass_on(self, j: int, pieces: Pieces, part: Part) -> None:
        """New text of the thought and of the reply of sample j, counted from 0."""
        if self.relay is None:
            return
        index, tokens = self.request.first + j, part.generated
        thought, reply = pieces
        done = part.finish is not None and (part.finish != "length" or tokens >= self.room)
        if thought:
            self.relay.send(Delta(index, thought, thinking=True, tokens=tokens))
        if reply or done:
            self.relay.send(Delta(index, reply, tokens=tokens, done=done))


class Relay:
    """Takes deltas from vLLM's thread to the callback on its caller's loop."""

    def __init__(self, on_delta: OnDelta, stop: StopSignal) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_delta, self._stop = on_delta, stop
        self.error: Exception | None = None

    def send(self, delta: Delta) -> None:
        try:
            self._loop.call_soon_threadsafe(self._deliver, delta)
        except RuntimeError as error:  # the caller's loop is gone
            self._fail(error)

    def _deliver(self, delta: Delta) -> None:
        if self.error is None:
            try:
                self._on_delta(delta)
            except Exception as error:  # the caller's own callback: its bug goes to the caller
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.error = error
        self._stop.set()


@dataclass(frozen=True)
class Sampler:
    """context: prompt + completion. most_logprobs: alternatives that vLLM gives, -1 = any number.
    reasons: vLLM knows the thoughts' markers. native: it keeps thinking budgets itself."""

    host: Host
    texts: Texts
    context: int
    most_logprobs: int
    reasons: bool
    native: bool

    async def run(self, job: Job, prompt: list[int], spent: list[Usage]) -> Completion:
        """All samples of a request. What it cost is put into `spent`, also if it fails."""
        request, markers = job.request, self.texts.markers
        open_ = markers is not None and markers.left_open(prompt)
        hoped = bool(request.thinking)
        alternatives = self._logprobs(request)
        reader = None if alternatives is None else token_reader(self.texts, alternatives)
        parts = [
            Part(markers.splitter(open_, hoped) if markers else None, open_, hoped, reader)
            for _ in range(request.n)
        ]
        calls = [Call(self.host, prompt, parts)]
        room = job.room = min(request.max_tokens, self.context - len(prompt))
        thinks = markers is not None and (request.thinking or open_)
        budget = request.thinking_budget if thinks else None
        try:
            if budget is None or self.native:
                await self._whole(job, calls[0], room, budget)
            else:
                await self._in_two(job, calls, room, budget)
        finally:
            spent.append(usage_of(calls, self.texts))
        samples = tuple(
            sample_of(request.first + j, part, self.texts, budget) for j, part in enumerate(parts)
        )
        return Completion(samples, spent[0], time.perf_counter() - job.began)

    async def _whole(self, job: Job, call: Call, room: int, budget: int | None) -> None:
        params = self._params(job, room, budget=budget)
        ended = not (job.request.thinking or call.parts[0].left_open)
        await call.run(params, job.stop, job.text, **self._reasoning(job, ended))

    async def _in_two(self, job: Job, calls: list[Call], room: int, budget: int) -> None:
        """A thinking budget without vLLM's help: generate that far; where a thought has not
        ended, close it; then go on."""
        markers, first = self.texts.markers, calls[0]
        assert markers is not None
        own = 0 if first.parts[0].left_open else len(markers.open_ids)
        await self._whole(job, first, min(room, budget + own), None)
        going = []
        for j, part in enumerate(first.parts):
            if part.finish != "length" or part.generated >= room:
                continue
            if job.stop.is_set():
                part.finish = "abort"
                continue
            if part.inside:
                job.pass_on(j, part.force(markers.closes, markers.close_ids), part)
            left = min(room - part.generated, self.context - len(first.prompt) - len(part.ids))
            if left > 0:
                call = Call(self.host, [*first.prompt, *part.ids], [part])
                params = self._params(job, left, alone=j)
                going.append(
                    call.run(params, job.stop, job.text_of(j), **self._reasoning(job, True))
                )
                calls.append(call)
        await asyncio.gather(*going)

    def _params(
        self, job: Job, limit: int, *, budget: int | None = None, alone: int | None = None
    ) -> Any:
        """vLLM's sampling parameters; `alone`: for this one of the samples, which goes on."""
        request, module = job.request, load("vllm.sampling_params")
        n = request.n if alone is None else 1
        more: dict[str, Any] = {} if budget is None else {"thinking_token_budget": budget}
        if request.temperature == 0 and n > 1:
            # vLLM has no greedy n > 1; the single likeliest token at any temperature is the same
            more |= {"temperature": 1.0, "top_k": 1}
        else:
            more |= {"temperature": request.temperature, "top_p": request.top_p}
        try:
            if request.schema is not None:
                more["structured_outputs"] = module.StructuredOutputsParams(json=request.schema)
            return module.SamplingParams(
                n=n,
                seed=_base(request.seed, alone is not None) + request.first + (alone or 0),
                max_tokens=limit,
                stop=list(request.stop),
                repetition_detection=_circles(module),
                logprobs=self._logprobs(request),
                skip_special_tokens=not self.texts.shows_special,
                output_kind=module.RequestOutputKind.DELTA,
                stream_interval=job.interval,
                **more,
            )
        except Exception as error:  # vLLM's validation raises several kinds
            raise EngineError(f"vLLM refused this request: {error}") from error

    def _logprobs(self, request: Request) -> int | None:
        if request.logprobs is None or self.most_logprobs < 0:
            return request.logprobs
        return min(request.logprobs, self.most_logprobs)

    def _reasoning(self, job: Job, ended: bool) -> dict[str, Any]:
        """Whether a schema must wait for the end of a thought: vLLM would have to guess."""
        return {"reasoning_ended": ended} if job.request.schema and self.reasons else {}


def _circles(module: Any) -> Any:
    """vLLM's own look for loops, with the bounds of `Repetition` in tokens: a block of at most 127,
    8 times over and 512 in all. One count has to do for blocks of any size, so a short block is
    looked for as several of its copies in a row: every size up to 127 has a multiple in 64..127.
    Loops that count are not seen: numbers are tokens like others."""
    return module.RepetitionDetectionParams(
        max_pattern_size=_BLOCK, min_pattern_size=(_BLOCK + 1) // 2, min_count=_COPIES
    )


def _base(seed: int, second: bool = False) -> int:
    """Where a request's seeds begin: 62 bits, so that neighbouring requests do not share any.
    second: for what comes after a thought that was closed."""
    text = f"{seed}{':after the thought' if second else ''}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 2
