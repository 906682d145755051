"""An engine that is still on its way: the page is up while a model loads.

Knows how to start a slow engine in a thread, what phase it is in, and how requests wait for it.
Does not know what is loaded.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal, TypeVar

from scale_core.engines.base import (
    Cancel,
    Completion,
    Engine,
    EngineError,
    EngineInfo,
    OnDelta,
    Request,
    Sample,
)
from scale_core.engines.cancel import Flag, StopSignal, any_set
from scale_core.trace.usage import Usage

T = TypeVar("T")
Phase = Literal["starting", "loading", "compiling", "ready", "failed"]
Report = Callable[[Phase, str], None]


def silent(phase: Phase, text: str) -> None:
    """A report that nobody reads."""


@dataclass(frozen=True, slots=True)
class Loading:
    """How far an engine is. `text`: a line for people; `seconds` since it was started, up to now
    or, once it is ready or failed, up to then."""

    phase: Phase
    text: str
    seconds: float

    @property
    def settled(self) -> bool:
        return self.phase in ("ready", "failed")


class LoadingEngine:
    """Stands for an engine while `load` makes it in a thread; requests wait until it is there.

    load: called once with a report of (phase, line for people); blocks and returns the engine,
    or raises EngineError with the cause in words.
    early: the info until then. watch: called in that thread at each change of the state.
    """

    def __init__(
        self,
        load: Callable[[Report], Engine],
        early: EngineInfo,
        watch: Callable[[Loading], None] | None = None,
    ) -> None:
        self._early = early
        self._watch = watch
        self._began = monotonic()
        self._state = Loading("starting", f"starting {early.model}", 0.0)
        self._engine: Engine | None = None
        self._error: EngineError | None = None
        self._settled = StopSignal()
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self._load, args=(load,), name="loading", daemon=True
        )
        self._thread.start()

    @property
    def state(self) -> Loading:
        """Where it is now; safe to ask from any thread."""
        state = self._state
        return state if state.settled else replace(state, seconds=monotonic() - self._began)

    @property
    def info(self) -> EngineInfo:
        """The engine's own, once it is ready; until then what is known before it is loaded."""
        return self._early if self._engine is None else self._engine.info

    @property
    def counters(self) -> Usage:
        return Usage() if self._engine is None else self._engine.counters

    @property
    def fault(self) -> str:
        """Why the engine does not work, if it tells; empty while it loads or works."""
        return str(getattr(self._engine, "fault", ""))

    async def ready(self, cancel: Cancel | None = None) -> Engine | None:
        """Wait for the engine; None if `cancel` was set first. Raises EngineError if it failed."""
        await any_set(self._settled, cancel)
        if not self._settled.is_set():
            return None
        if self._engine is None:
            raise self._failure()
        return self._engine

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: OnDelta | None = None,
    ) -> Completion:
        """As the engine does once it is ready. Stopped before that, it costs nothing."""
        engine = await self.ready(cancel)
        if engine is None:
            return unstarted(request)
        return await engine.sample(request, cancel=cancel, on_delta=on_delta)

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        return await self._then(lambda e: e.embed(texts))

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        return await self._then(lambda e: e.score_steps(problem, solutions))

    async def close(self) -> None:
        """Close the engine, or drop it as soon as it is loaded. May be called twice."""
        with self._lock:
            self._closed = True
            engine = self._engine
        if engine is not None:
            await engine.close()

    async def _then(self, work: Callable[[Engine], Awaitable[T]]) -> T:
        engine = await self.ready()
        assert engine is not None  # only a stop signal could have made it None
        return await work(engine)

    def _load(self, load: Callable[[Report], Engine]) -> None:
        self._report(self._state.phase, self._state.text)
        try:
            engine = load(self._report)
        except EngineError as error:
            self._fail(error)
        except Exception as error:  # a bug, or a library's surprise: never an endless wait
            self._fail(EngineError(f"{self._early.model} could not be loaded: {error!r}"))
        else:
            with self._lock:
                dropped = self._closed
                self._engine = None if dropped else engine
            if dropped:
                asyncio.run(engine.close())
                self._fail(EngineError("the engine was closed while it loaded"))
            else:
                self._report("ready", f"{engine.info.model} is ready")
        self._settled.set()

    def _fail(self, error: EngineError) -> None:
        self._error = error
        self._report("failed", str(error))

    def _failure(self) -> EngineError:
        """A fresh error each time: one raised in two tasks would mix up their tracebacks."""
        return EngineError(str(self._error))

    def _report(self, phase: Phase, text: str) -> None:
        self._state = Loading(phase, text, monotonic() - self._began)
        if self._watch is not None:
            with contextlib.suppress(Exception):  # whoever watches must not stop the loading
                self._watch(self._state)


def unstarted(request: Request) -> Completion:
    """The answer to a request that was stopped before anything was spent on it."""
    ends = range(request.first, request.first + request.n)
    return Completion(tuple(Sample(i, "", "abort", 0) for i in ends), Usage())


async def ready(engine: Engine, cancel: Flag) -> None:
    """Wait until an engine can be asked what it is (a model is loaded, a server was probed), or
    `cancel` is set. Raises EngineError."""
    if isinstance(engine, LoadingEngine):
        await engine.ready(StopSignal(cancel))
        return
    probe = getattr(engine, "probe", None)
    if probe is not None and not cancel.is_set():
        await probe(cancel=StopSignal(cancel))
