"""The surroundings of a lane: engine, dialect, switches, budget and event sink, for all stages.

Knows how a request becomes a `Sampled` event and how seeds are derived. Does not know any stage.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any, TypeVar

from scale_core.dialects.base import Dialect, Prompt, StageParams
from scale_core.engines.base import Completion, Engine, EngineError, OnDelta, Request, Sample
from scale_core.engines.cancel import StopSignal
from scale_core.pipeline.budget import BudgetMeter
from scale_core.pipeline.calibration import Calibration, default_tau
from scale_core.pipeline.options import Options
from scale_core.pipeline.parse_cache import ParseCache
from scale_core.pipeline.understanding import Understanding
from scale_core.problem import Mode, Problem
from scale_core.trace import events as ev
from scale_core.trace.sample_key import prompt_text
from scale_core.trace.usage import Usage

T = TypeVar("T")

REPEATED = "the request was repeated"
"""What a `Fallback` right after a `Sampled` says of a fault on the request's way."""

VERDICT = 5  # alternatives of each token of a check, of whose verdict's word the odds are read

CHARS_A_TOKEN = 3
"""Characters of a prompt that are reserved as one token, before the engine has counted them."""


Listen = Callable[[Request], AbstractContextManager[OnDelta | None]]
"""Entered around a request; gives what hears its words while they are written, None if nobody
does."""


def unheard(request: Request) -> AbstractContextManager[None]:
    """Nobody listens."""
    return nullcontext()


class Stopped(Exception):
    """The person pressed Stop; what was spent is already in the ledger."""


class Stop(StopSignal):
    """Set when the person asked for it, when nobody reads the events any more, or when a part of
    the run failed: then what runs beside it ends within a token step and is still recorded."""

    def halt(self) -> None:
        self.set()


def worst(errors: Iterable[BaseException]) -> BaseException | None:
    """The error to report: any other before Stopped, which the others cause; None if none."""
    return min(errors, key=lambda e: isinstance(e, Stopped), default=None)


def derive(seed: int, *parts: str | int) -> int:
    """A 63-bit seed from the run's seed and a place in it: stable across machines, and
    the same whatever runs beside it."""
    text = "/".join(map(str, (seed, *parts)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


@dataclass(frozen=True)
class Context:
    """One lane's surroundings. `options`: those that are none become what is usual for the
    dialect. `detail`: how many alternatives of each token are kept, where
    nothing else asks for them. `understanding`: what it takes to be sure of a plan; None: nobody
    measured it for this model. `listen`: who follows the words of a request; it changes no run."""

    problem: Problem
    text: str
    engine: Engine
    dialect: Dialect
    options: Options
    seed: int
    sink: Callable[[ev.Event], None]
    cancel: Stop
    calibration: Calibration
    began: float = field(default_factory=monotonic)
    budget: BudgetMeter = field(default_factory=BudgetMeter)
    detail: int = 5
    parsed: ParseCache = field(default_factory=ParseCache)
    understanding: Understanding | None = None
    listen: Listen = unheard

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", self.options.settled(self.dialect.usual))

    def emit(self, event: ev.Event) -> None:
        """Hand an event on, with the time if it has none yet."""
        self.sink(event if event.t else replace(event, t=self.now))

    @property
    def now(self) -> float:
        """Seconds since the run began. Whoever emits many events at once asks once."""
        return round(monotonic() - self.began, 4)

    def progress(self, phase: ev.Phase, done: int, total: int, text: str) -> None:
        self.emit(ev.Progress(phase=phase, done=done, total=total, text=text))

    def fallback(self, node: str, what: str, reason: str) -> None:
        """A rung of the fallback ladder: none is taken in silence."""
        self.emit(ev.Fallback(node=node, what=what, reason=reason))

    def retried(self, node: str, stage: ev.Stage, attempt: int, reason: str) -> None:
        """Another try begins, if it is not the first."""
        if attempt:
            self.emit(ev.Retried(node=node, stage=stage, attempt=attempt, reason=reason))

    def check_stop(self) -> None:
        """Raises Stopped once the person has asked for it."""
        if self.cancel.is_set():
            raise Stopped

    async def together(self, parts: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
        """All results, in order. If one part fails the others are stopped, not dropped, so that
        their tokens are recorded; then the error is raised."""
        tasks = [asyncio.create_task(part) for part in parts]
        if not tasks:
            return []
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            if any(not t.done() or t.exception() for t in tasks):
                self.cancel.halt()
            await asyncio.wait(tasks)
        if error := worst(e for t in tasks if (e := t.exception())):
            raise error
        return [t.result() for t in tasks]

    def temperature(self, mode: Mode) -> float:
        slow = mode is Mode.SYSTEM2
        return self.options.system2_temperature if slow else self.options.system1_temperature

    @property
    def outlines(self) -> int:
        """How many are sampled at once."""
        return self.options.outlines or 1

    def max_tokens(self, mode: Mode) -> int:
        """Of a reply in this mode."""
        limits = self.dialect.limits
        if mode is Mode.SYSTEM1:
            return limits.system1
        return self.options.system2_max_tokens or limits.system2

    def tau(self) -> float:
        """The threshold in force; the fitted one belongs to the calibrated scale alone."""
        if self.options.tau is not None:
            return self.options.tau
        if self.options.calibrated:
            return self.calibration.tau
        return default_tau(self.options.rating)

    def hard(self, raw: float) -> bool:
        """Whether a difficulty, as the model gave it, is above the threshold."""
        return (self.calibration(raw) if self.options.calibrated else raw) > self.tau()

    def trust(self) -> float:
        """Difficulty up to which a System 1 result is not checked."""
        return self.calibration.trust if self.options.trust is None else self.options.trust

    @property
    def checker(self) -> str:
        """What judges results: a process reward model ("prm") where there is one, else the model's
        own confidence, where it says something, or the model's verdict ("model")."""
        if self.engine.info.scores_steps:
            return "prm"
        return self.options.checker if self.dialect.judges_itself else "model"

    async def ask(
        self,
        node: str,
        stage: ev.Stage,
        prompt: Prompt,
        *,
        n: int = 1,
        temperature: float = 0.0,
        max_tokens: int,
        attempt: int = 0,
        place: int = 0,
        logprobs: int | None = None,
        first: int = 0,
        stop: tuple[str, ...] = (),
    ) -> tuple[Sample, ...]:
        """One engine request, charged to (node, stage); its seed follows from where it is asked:
        (run seed, node, stage, place, attempt). Samples first .. first + n - 1 are asked for, or
        as many of them as the budget pays for.

        Raises Stopped if the run was stopped meanwhile, after the spent tokens were recorded,
        Exhausted if the budget pays for none, and EngineError from the engine.
        """
        self.check_stop()
        params = self.dialect.stage_params(stage, prompt)
        reserve = max_tokens + len(prompt_text(prompt)) // CHARS_A_TOKEN
        granted = self.budget.reserve(stage, n, reserve)
        request = Request(
            prompt,
            n=granted,
            first=first,
            stop=(*params.stop, *stop),
            node=node,
            stage=stage,
            seed=derive(self.seed, node, stage, place, attempt),
            max_tokens=max_tokens,
            temperature=temperature,
            top_p=min(self.options.top_p, params.top_p),
            logprobs=self._detail(stage, logprobs) if self.engine.info.logprobs else None,
            thinking=params.thinking,
            thinking_budget=self._thinking_budget(params, max_tokens),
            schema=params.schema,
        )
        usage = None
        try:
            with self.listen(request) as on_delta:
                completion = await self.engine.sample(
                    request, cancel=self.cancel, on_delta=on_delta
                )
            usage = completion.usage
            if stage == "verify" and self.detail < VERDICT:
                completion = self._thinned(completion)
        except EngineError as error:
            if error.usage != Usage():  # it failed, but not before tokens were reported
                usage = error.usage
                self.emit(record(node, stage, request, Completion((), error.usage), attempt))
            raise
        finally:
            self.budget.settle(stage, granted, reserve, usage)
        self.emit(record(node, stage, request, completion, attempt))
        for fault in completion.faults:
            self.fallback(node, REPEATED, fault)
        self.check_stop()
        return completion.samples

    def _thinking_budget(self, params: StageParams, max_tokens: int) -> int | None:
        asked = self.options.thinking_budget if params.thinking else None
        return params.budget(max_tokens) if asked is None else asked

    def _detail(self, stage: ev.Stage, wanted: int | None) -> int:
        """Alternatives of each token to keep. A verdict is read from them; elsewhere they are
        only to look at."""
        if wanted is not None:
            return wanted
        return max(self.detail, VERDICT) if stage == "verify" else self.detail

    def _thinned(self, completion: Completion) -> Completion:
        """A check's replies with alternatives only where a verdict may be read from them: they are
        most of a recording."""
        samples = tuple(
            replace(sample, tokens=tuple(self._weighed(token) for token in sample.tokens))
            for sample in completion.samples
        )
        return replace(completion, samples=samples)

    def _weighed(self, token: ev.Token) -> ev.Token:
        if self.dialect.weighs(token) or not token.alternatives:
            return token
        return replace(token, alternatives=token.alternatives[: self.detail])

    async def embed(self, node: str, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text, charged to the node's `embed` stage. Raises EngineError, Stopped."""
        keys = [(text,) for text in texts]
        return await self._measure(node, "embed", keys, lambda: self.engine.embed(texts))

    async def judge(self, node: str, solutions: Sequence[Sequence[str]]) -> list[list[float]]:
        """A process reward model's score of each step of each solution, charged to the node's
        `judge` stage. Raises EngineError, Stopped."""
        keys = [(self.text, *steps) for steps in solutions]
        return await self._measure(
            node, "judge", keys, lambda: self.engine.score_steps(self.text, solutions)
        )

    async def _measure(
        self,
        node: str,
        stage: ev.Stage,
        keys: Sequence[tuple[str, ...]],
        measure: Callable[[], Awaitable[tuple[list[list[float]], Usage]]],
    ) -> list[list[float]]:
        """The numbers of each key. What was spent is told also where there are none."""
        self.check_stop()
        numbers: list[list[float]] = []
        usage = Usage()
        try:
            numbers, usage = await measure()
        except EngineError as error:
            usage = error.usage
            raise
        finally:
            if numbers or usage != Usage():
                found = zip(keys, numbers, strict=bool(numbers))
                items = tuple(((str(stage), *key), tuple(row)) for key, row in found)
                self.budget.settle(stage, 0, 0, usage)
                self.emit(
                    ev.Measured(node=node, stage=stage, items=items, usage=usage, seconds=0.0)
                )
        return numbers


def record(
    node: str, stage: ev.Stage, request: Request, completion: Completion, attempt: int
) -> ev.Sampled:
    """What a run tells of one request."""
    return ev.Sampled(
        node=node,
        stage=stage,
        prompt=prompt_text(request.prompt),
        seed=request.seed,
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=request.max_tokens,
        n=request.n,
        samples=completion.samples,
        usage=completion.usage,
        seconds=round(completion.seconds, 4),
        attempt=attempt,
        first=request.first,
        thinking=request.thinking,
        thinking_budget=request.thinking_budget,
    )
