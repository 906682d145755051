"""The engine room: lanes on one problem, side by side, with one engine and equal budgets or none.

`solve` is one lane without a budget, a duel several with one. Lanes share the plan, and each sample
is generated once and charged to every lane that uses it. Knows how lanes start together, what they
share and how they end. Does not know what a lane does.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from scale_core.answers.grouping import compare_async, visitor
from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.dialects.base import Dialect
from scale_core.dialects.chat.dialect import chat_dialect
from scale_core.engines.base import Completion, Engine, EngineError, EngineInfo, Request
from scale_core.engines.cancel import Flag
from scale_core.engines.catalogue import embedded_engine
from scale_core.engines.loading import ready
from scale_core.engines.sample_cache import CachedEngine, Missing, SampleCache
from scale_core.pipeline import calibration, understanding
from scale_core.pipeline.budget import BudgetMeter, Exhausted
from scale_core.pipeline.calibration import Calibration, DifficultyProfile
from scale_core.pipeline.context import Context, Stop, Stopped, unheard
from scale_core.pipeline.options import Options, options_for
from scale_core.pipeline.parse_cache import ParseCache
from scale_core.pipeline.understanding import Understanding
from scale_core.problem import Problem
from scale_core.runs.live_words import LiveWords
from scale_core.strategies.lanes import RUNNERS, lanes_named
from scale_core.strategies.settings import BudgetSpec, Caps, LaneConfig, Refused, Settings
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.redaction import Redaction

DETAIL = 5
"""Alternatives of each token that a single run keeps, to look at."""


async def run_lanes(
    problem: str,
    lanes: Sequence[str],
    budget: str | None = None,
    *,
    answer: str | None = None,
    preset: str = "scale",
    options: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    engine: Engine | None = None,
    dialect: Dialect | None = None,
    cancel: Flag | None = None,
    anyway: bool = False,
    cache: SampleCache | None = None,
    caps: Caps | None = None,
    detail: int = 0,
    live: LiveWords | None = None,
) -> AsyncGenerator[dv.DuelEvent, None]:
    """Run lanes side by side, yielding events as they happen; the last one is DuelEnded.

    budget: what each lane may spend, "32" rollouts in all, "4/step" or "2000 tokens"; None for no
    limit, which only lanes that can do without take. answer: the expected one, if known; runs are
    then graded. options: switches of the pipeline that differ from the preset's; settings: of the
    lanes' rules. engine: None for the embedded model. dialect: None for the one of the engine's
    model, once it is known. cancel: set it (a threading.Event will do) to stop within a token
    step. anyway: run even if the text is surely outside the model's language. cache: samples that
    exist already, from an earlier run; it brings its own engine. caps: what nobody may exceed.
    detail: alternatives of each token that are kept. live: has what is being written meanwhile.
    Raises ValueError for unknown lanes or a preset, a budget or a switch out of bounds, before
    anything runs.
    """
    setup = Setup(
        Problem(problem, answer),
        tuple(lanes),
        None if budget is None else BudgetSpec.read(budget, caps),
        Settings().with_(settings or {}),
        options_for(preset, options),
        seed,
        preset,
        anyway,
        detail,
    )
    lanes_named(setup.lanes)
    own = engine is None and cache is None
    if cache is None:
        cache = SampleCache(engine or embedded_engine())
    stop = Stop(cancel)
    try:
        failure = await _settled(cache, stop) if dialect is None else ""
        dialect = (dialect or dialect_of(cache.info)).variant(setup.options.prompts)
        setup = replace(setup, options=setup.options.settled(dialect.usual))
        profile = calibration.load_profile(folder_of(cache.engine))
        fitted = calibration_of(cache.engine).fitting(setup.options.rating)
        room = EngineRoom(
            setup, dialect, cache, fitted, profile, stop, failure=failure, live=live,
            understanding=understanding.load(folder_of(cache.engine)),
        )  # fmt: skip
        async with contextlib.aclosing(room.play()) as events:
            async for event in events:
                yield event
    finally:
        if own and cache.engine is not None:
            await cache.engine.close()


async def _settled(cache: SampleCache, stop: Stop) -> str:
    """Wait until the engine can tell what it is: how its model is asked depends on it. Why it
    cannot, if it failed."""
    try:
        if cache.engine is not None:
            await ready(cache.engine, stop)
    except EngineError as error:
        return str(error)
    return ""


def folder_of(engine: Engine | None) -> Any:
    """Where the embedded model lies; None for every other engine."""
    return getattr(engine, "folder", None)


def dialect_of(info: EngineInfo) -> Dialect:
    """The dialect of an engine's model."""
    return chat_dialect(info) if info.chat else AbacusDialect()


def calibration_of(engine: Engine | None) -> Calibration:
    """The one beside the embedded model; of other models the one that was fitted here, if any."""
    folder = folder_of(engine)
    if engine is None or folder is not None or not engine.info.chat:
        return calibration.load(folder)
    return calibration.stored(engine.info.model)


def lane_of(preset: str, options: Mapping[str, Any] | None = None) -> str:
    """The lane that a preset with these switches means. Raises ValueError."""
    chosen = options_for(preset, options)
    if chosen.strategy == "scale":
        return "scale"
    return "cot" if chosen.samples == 1 else "self-consistency"


@dataclass(frozen=True)
class Setup:
    """Everything that a run is a function of, beside the model."""

    problem: Problem
    lanes: tuple[str, ...]
    budget: BudgetSpec | None
    settings: Settings
    options: Options
    seed: int
    preset: str = "scale"
    anyway: bool = False
    detail: int = 0

    @property
    def unit(self) -> ev.Unit:
        return "rollouts" if self.budget is None else self.budget.unit

    def strategy_of(self, lane: str) -> str:
        """What a lane's run is called: without a budget the preset says more than the lane."""
        return self.preset if self.budget is None else lane


@dataclass
class EngineRoom:
    """One run of lanes, from its first event to its last. `failure`: why the engine cannot be
    used, empty if it can."""

    setup: Setup
    dialect: Dialect
    cache: SampleCache
    calibration: Calibration
    profile: DifficultyProfile | None
    stop: Stop
    parsed: ParseCache = field(default_factory=ParseCache)
    failure: str = ""
    live: LiveWords | None = None
    understanding: Understanding | None = None
    began: float = field(default_factory=monotonic)
    tell: Callable[[dv.DuelEvent], None] = lambda event: None
    planning: set[str] = field(default_factory=set)
    planned: asyncio.Future[int] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    async def play(self) -> AsyncGenerator[dv.DuelEvent, None]:
        """Its events as they happen. Whoever stops reading them stops the run."""
        queue: asyncio.Queue[dv.DuelEvent | None] = asyncio.Queue()
        task = asyncio.create_task(self.perform(queue.put_nowait))
        task.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            # whoever read the events has left: stop the engine's work rather than drop it
            self.stop.halt()
            await task

    async def perform(self, tell: Callable[[dv.DuelEvent], None]) -> None:
        """Run to the end; `tell` is called with each event as it happens, without addresses."""
        redaction = Redaction()
        self.tell = lambda event: tell(redaction.duel_event(event))
        self.cache.listeners.append(self._generated)
        # hard answers of one run must not keep the symbolic check from others
        token = visitor.set(visitor.get() or uuid.uuid4().hex)
        try:
            self._emit(self._started())
            await self._run()
        finally:
            visitor.reset(token)
            self.cache.listeners.remove(self._generated)

    def _emit(self, event: dv.DuelEvent) -> None:
        self.tell(replace(event, t=round(monotonic() - self.began, 4)))

    def _started(self) -> dv.DuelStarted:
        setup, known = self.setup, self.understanding
        return dv.DuelStarted(
            duel=uuid.uuid4().hex[:12],
            problem=setup.problem.text,
            expected=setup.problem.expected,
            lanes=lanes_named(setup.lanes),
            budget="" if setup.budget is None else str(setup.budget),
            seed=setup.seed,
            settings=setup.settings.as_dict(),
            options=setup.options.as_dict(),
            engine=described(self.cache.info),
            calibration=self.calibration.as_dict(),
            figures=None if self.profile is None else dataclasses.asdict(self.profile),
            recorded=self.cache.engine is None,
            preset=setup.preset,
            understanding=None if known is None else dataclasses.asdict(known),
        )

    def _generated(self, request: Request, completion: Completion) -> None:
        self._emit(
            dv.Generated(
                node=request.node,
                stage=request.stage,
                samples=len(completion.samples),
                usage=completion.usage,
                seconds=round(completion.seconds, 4),
            )
        )

    # ---- lanes -----------------------------------------------------------------------------

    async def _run(self) -> None:
        reading = self.dialect.read_problem(self.setup.problem.text)
        outside = reading.verdict == "outside" and not self.setup.anyway
        refusal = reading.message if outside else ""
        if refusal and self.setup.budget is not None:  # no lane of a duel begins
            self._emit(dv.DuelEnded(status="refused", message=refusal))
            return
        named = lanes_named(self.setup.lanes)
        self.planning = {lane.name for lane in named if lane.plans}
        self._give_up_planning()
        runs = [self._lane(lane, reading.canonical, refusal) for lane in named]
        statuses = await asyncio.gather(*runs)
        self._emit(self._ended(statuses, refusal or self.failure))

    async def _lane(self, lane: dv.Lane, text: str, refusal: str) -> ev.Status:
        setup, ctx = self.setup, self._context(lane, text)
        config = LaneConfig(setup.settings, setup.budget, self.planned, self.profile)

        async def strategy() -> str | None:
            if refusal:
                raise Refused(refusal)
            if self.failure:
                raise EngineError(self.failure)
            return await RUNNERS[lane.name](ctx, config)

        settings = {} if setup.budget is None else setup.settings.as_dict()
        ctx.emit(started(ctx, setup.strategy_of(lane.name), settings))
        status = await close_run(ctx, strategy)
        self.planning.discard(lane.name)
        self._give_up_planning()
        return status

    def _give_up_planning(self) -> None:
        """Nobody is going to have a plan: whoever waits for its size takes the problem whole."""
        if not self.planning and not self.planned.done():
            self.planned.set_result(1)

    def _context(self, lane: dv.Lane, text: str) -> Context:
        def sink(event: ev.Event) -> None:
            if isinstance(event, ev.Planned) and not self.planned.done():
                self._planned(len(event.steps), event.t)
            self.tell(dv.LaneEvent(t=event.t, lane=lane.name, event=event))

        budget, unit = self.setup.budget, self.setup.unit
        limit = budget.limit(1) if budget is not None and unit == "tokens" else None
        return Context(
            self.setup.problem,
            text,
            CachedEngine(self.cache),
            self.dialect,
            self.setup.options,
            self.setup.seed,
            sink,
            Stop(self.stop),
            self.calibration,
            self.began,
            BudgetMeter(limit, unit),
            detail=self.setup.detail,
            parsed=self.parsed,
            understanding=self.understanding,
            listen=unheard if self.live is None else partial(self.live.listening, lane.name),
        )

    def _planned(self, steps: int, t: float) -> None:
        self.planned.set_result(steps)
        if (budget := self.setup.budget) is None:
            return
        with contextlib.suppress(ValueError):  # each lane refuses such a budget by itself
            limit = budget.limit(steps)
            self.tell(dv.DuelPlanned(t=t, steps=steps, limit=limit, unit=budget.unit))

    def _ended(self, statuses: Sequence[ev.Status], message: str) -> dv.DuelEnded:
        gaps = tuple(_gap(gap) for gap in self.cache.missing)
        order: tuple[ev.Status, ...] = ("stopped", "failed", "solved", "unsolved")
        status: ev.Status = next((s for s in order if s in statuses), "refused")
        return dv.DuelEnded(status=status, message=message, missing=gaps)


def _gap(gap: Missing) -> tuple[str, str, int]:
    return gap.request.node, gap.request.stage, gap.count


# ---- one lane's run ------------------------------------------------------------------------


def started(ctx: Context, strategy: str, settings: Mapping[str, Any]) -> ev.RunStarted:
    """The first event of a lane's run. settings: switches beside the pipeline's own."""
    return ev.RunStarted(
        run=uuid.uuid4().hex[:12],
        problem=ctx.problem.text,
        expected=ctx.problem.expected,
        strategy=strategy,
        seed=ctx.seed,
        options=ctx.options.as_dict()
        | {"tau_used": ctx.tau(), "trust_used": ctx.trust()}
        | dict(settings),
        engine=described(ctx.engine.info),
    )


def described(info: EngineInfo) -> dict[str, Any]:
    """An engine's info as events hold it: what JSON gives back as it was."""
    model = Path(info.model).name if os.path.isdir(info.model) else info.model
    others = [list(other) for other in info.others]
    told = {"model": model, "notes": list(info.notes), "others": others}
    return dataclasses.asdict(info) | told


async def close_run(ctx: Context, strategy: Callable[[], Awaitable[str | None]]) -> ev.Status:
    """Run a strategy to its end, whatever that is: the answer is graded, and how it ended is
    the run's last event and is returned."""
    status, message = await _outcome(ctx, strategy)
    ctx.emit(ev.RunEnded(status=status, message=message))
    return status


async def _outcome(
    ctx: Context, strategy: Callable[[], Awaitable[str | None]]
) -> tuple[ev.Status, str]:
    try:
        answer = await strategy()
        await _grade(ctx, answer)
        return ("unsolved" if answer is None else "solved"), ""
    except Stopped:
        return "stopped", "stopped by request"
    except Exhausted:
        return "unsolved", "the budget ran out before an answer was found"
    except Refused as error:
        return "refused", str(error)
    except EngineError as error:
        return "failed", str(error)


async def _grade(ctx: Context, answer: str | None) -> None:
    expected = ctx.problem.expected
    if answer is None or expected is None or not expected.strip():
        return
    comparison = await compare_async(expected, answer)
    ctx.emit(ev.Graded(expected=expected, verdict=comparison.verdict, reason=comparison.reason))
