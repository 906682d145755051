"""`duel`: one problem, several lanes at once, one engine, one bank of samples, equal budgets.

Knows how lanes start together, share what is generated and end. Does not know what a lane does.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from scale_core.dialects.base import Dialect
from scale_core.engines.base import Cancel, Completion, Engine, EngineInfo, Request
from scale_core.engines.sample_cache import Account, Bank, Missing
from scale_core.pipeline import difficulty_profile as planning
from scale_core.pipeline.budget import Purse
from scale_core.pipeline.calibration import Calibration
from scale_core.pipeline.context import Context, Stop
from scale_core.pipeline.difficulty_profile import DifficultyProfile
from scale_core.pipeline.options import Options, options_for
from scale_core.pipeline.parse_cache import Readings
from scale_core.problem import Problem
from scale_core.runs.solve import (
    calibration_of,
    close_run,
    described,
    dialect_of,
    embedded_engine,
    started,
)
from scale_core.strategies.lane_config import Terms
from scale_core.strategies.lanes import DEFAULT, RUNNERS, lanes_named
from scale_core.strategies.settings import Budget, Settings
from scale_core.trace import duel as dv
from scale_core.trace import events as ev


async def duel(
    problem: str,
    *,
    answer: str | None = None,
    lanes: Sequence[str] = DEFAULT,
    budget: str = "4/step",
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    engine: Engine | None = None,
    dialect: Dialect | None = None,
    cancel: Cancel | None = None,
    anyway: bool = False,
    bank: Bank | None = None,
) -> AsyncGenerator[dv.DuelEvent, None]:
    """Run the lanes side by side, yielding events as they happen; the last one is DuelEnded.

    budget: what each lane may spend, "32" rollouts in all, "4/step" or "2000 tokens". settings:
    switches of the lanes' rules; options: those of the pipeline (tau, ratings, verifier).
    bank: samples that exist already, from an earlier duel; it brings its own engine.
    Raises ValueError for unknown lanes, a budget or a switch out of bounds, before anything runs.
    """
    setup = Setup(
        Problem(problem, answer),
        tuple(lanes),
        Budget.read(budget),
        Settings().with_(settings or {}),
        options_for("scale", {"rating": "late", **(options or {})}),
        seed,
        anyway,
    )
    setup.lanes_named()
    own = engine is None and bank is None
    if bank is None:
        bank = Bank(engine or embedded_engine())
    dialect = (dialect or dialect_of(bank.info)).variant(setup.options.prompts)
    folder = getattr(bank.engine, "folder", None)
    stage = _Stage(
        setup, dialect, bank, calibration_of(bank.engine), planning.load(folder), Stop(cancel)
    )
    try:
        async with contextlib.aclosing(stage.play()) as events:
            async for event in events:
                yield event
    finally:
        if own and bank.engine is not None:
            await bank.engine.close()


async def replay(
    recorded: dv.Duel,
    *,
    lanes: Sequence[str] | None = None,
    budget: str | None = None,
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    dialect: Dialect | None = None,
    bank: Bank | None = None,
    cancel: Cancel | None = None,
) -> dv.Duel:
    """Decide a duel again from its recorded samples, with some switches changed: no engine call.

    None: as in the duel; settings and options: what differs. A lane that needs a sample which was
    not recorded ends there; DuelEnded.missing tells which. With nothing changed every event is
    the same but for times. bank: where samples come from instead. Raises ValueError if the duel
    has not started or a switch is out of bounds.
    """
    start = started_of(recorded)
    setup = Setup(
        Problem(start.problem, start.expected),
        tuple(lanes or (lane.name for lane in start.lanes)),
        Budget.read(budget or start.budget),
        Settings().with_({**start.settings, **(settings or {})}),
        Options().with_({**start.options, **(options or {})}),
        start.seed,
        anyway=True,
    )
    kept = Calibration.of(start.calibration)
    figures = None if start.figures is None else DifficultyProfile.of(start.figures)
    bank = bank or recorded.once(bank_of).twin()
    dialect = (dialect or dialect_of(bank.info)).variant(setup.options.prompts)
    again = dv.Duel()
    readings = recorded.once(_readings)
    stage = _Stage(setup, dialect, bank, kept, figures, Stop(cancel), readings)
    try:
        await stage.perform(again.apply)
    finally:
        stage.stop.halt()  # if whoever waited for it has left
    return again


def _readings(recorded: dv.Duel) -> Readings:
    """Kept with the duel: each replay reads the same samples."""
    return Readings()


def started_of(recorded: dv.Duel) -> dv.DuelStarted:
    """Raises ValueError if the duel has not started."""
    if recorded.start is None:
        raise ValueError("there is no duel to look back on")
    return recorded.start


def bank_of(recorded: dv.Duel, engine: Engine | None = None) -> Bank:
    """The bank that a duel's events hold. engine: generates what is missing; None: nothing does.

    Raises ValueError if the duel has not started.
    """
    start = started_of(recorded)
    others = tuple((str(s), str(m), n) for s, m, n in start.engine.get("others", ()))
    notes = tuple(start.engine.get("notes", ()))
    bank = Bank(engine, EngineInfo(**{**start.engine, "notes": notes, "others": others}))
    recall(bank, recorded)
    return bank


def recall(bank: Bank, recorded: dv.Duel) -> None:
    """Put a duel's samples into a bank."""
    for run in recorded.lanes.values():
        for event in run.events:
            if isinstance(event, ev.Sampled):
                bank.recall(event)
            elif isinstance(event, ev.Measured):
                bank.recall_numbers(event)


@dataclass(frozen=True)
class Setup:
    """Everything that a duel is a function of, beside the model."""

    problem: Problem
    lanes: tuple[str, ...]
    budget: Budget
    settings: Settings
    options: Options
    seed: int
    anyway: bool = False

    def lanes_named(self) -> tuple[dv.Lane, ...]:
        """Raises ValueError."""
        return lanes_named(self.lanes)


@dataclass
class _Stage:
    """One duel while it runs."""

    setup: Setup
    dialect: Dialect
    bank: Bank
    calibration: Calibration
    figures: DifficultyProfile | None
    stop: Stop
    readings: Readings = field(default_factory=Readings)
    began: float = field(default_factory=monotonic)
    tell: Callable[[dv.DuelEvent], None] = lambda event: None
    planning: set[str] = field(default_factory=set)
    planned: asyncio.Future[int] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    async def play(self) -> AsyncGenerator[dv.DuelEvent, None]:
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
        """Run the duel; `tell` is called with each event as it happens."""
        self.tell = tell
        self.bank.listeners.append(self._generated)
        try:
            self._emit(self._started())
            await self._run()
        finally:
            self.bank.listeners.remove(self._generated)

    def _emit(self, event: dv.DuelEvent) -> None:
        object.__setattr__(event, "t", round(monotonic() - self.began, 4))
        self.tell(event)

    def _started(self) -> dv.DuelStarted:
        setup = self.setup
        return dv.DuelStarted(
            duel=uuid.uuid4().hex[:12],
            problem=setup.problem.text,
            expected=setup.problem.expected,
            lanes=setup.lanes_named(),
            budget=str(setup.budget),
            seed=setup.seed,
            settings=setup.settings.as_dict(),
            options=setup.options.as_dict(),
            engine=described(self.bank.info),
            calibration=self.calibration.as_dict(),
            figures=None if self.figures is None else dataclasses.asdict(self.figures),
            recorded=self.bank.engine is None,
        )

    def _generated(self, request: Request, completion: Completion) -> None:
        node, _, stage = request.tag.rpartition("/")
        self._emit(
            dv.Generated(
                node=node, stage=stage, samples=len(completion.samples),
                usage=completion.usage, seconds=round(completion.seconds, 4),
            )
        )  # fmt: skip

    # ---- lanes -----------------------------------------------------------------------------

    async def _run(self) -> None:
        reading = self.dialect.read_problem(self.setup.problem.text)
        if reading.verdict == "outside" and not self.setup.anyway:
            self._emit(dv.DuelEnded(status="refused", message=reading.message))
            return
        self.planning = {x.name for x in self.setup.lanes_named() if x.plans}
        self._give_up_planning()
        runs = [self._lane(lane, reading.canonical) for lane in self.setup.lanes_named()]
        statuses = await asyncio.gather(*runs)
        self._emit(self._ended(statuses))

    async def _lane(self, lane: dv.Lane, text: str) -> ev.Status:
        ctx = self._context(lane, text)
        runner, unit = RUNNERS[lane.name], self.setup.budget.unit
        terms = Terms(self.setup.settings, self.setup.budget, self.planned, self.figures)
        ctx.purse.limit = self.setup.budget.limit(1) if unit == "tokens" else None
        ctx.emit(started(ctx, lane.name, self.setup.settings.as_dict()))
        status = await close_run(ctx, lambda: runner(ctx, terms))
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

        account: Account = self.bank.account()
        return Context(
            self.setup.problem,
            text,
            account,
            self.dialect,
            self.setup.options,
            self.setup.seed,
            sink,
            Stop(self.stop),
            self.calibration,
            self.began,
            Purse(None, self.setup.budget.unit),
            detail=0,
            readings=self.readings,
        )

    def _planned(self, steps: int, t: float) -> None:
        self.planned.set_result(steps)
        with contextlib.suppress(ValueError):  # each lane refuses such a budget by itself
            limit, unit = self.setup.budget.limit(steps), self.setup.budget.unit
            self.tell(dv.DuelPlanned(t=t, steps=steps, limit=limit, unit=unit))

    def _ended(self, statuses: Sequence[ev.Status]) -> dv.DuelEnded:
        gaps = tuple(self._gap(gap) for gap in self.bank.missing)
        for status in ("stopped", "failed", "refused"):
            if status in statuses:
                return dv.DuelEnded(status=status, missing=gaps)
        return dv.DuelEnded(status="solved" if "solved" in statuses else "unsolved", missing=gaps)

    @staticmethod
    def _gap(gap: Missing) -> tuple[str, str, int]:
        node, _, stage = gap.request.tag.rpartition("/")
        return node, stage, gap.count


def make_context(
    recorded: dv.Duel,
    engine: Engine,
    dialect: Dialect,
    cancel: Cancel | None = None,
    options: Mapping[str, Any] | None = None,
    sink: Callable[[ev.Event], None] = lambda event: None,
) -> Context:
    """Surroundings like those of the duel's lanes, for another look at its problem. Raises
    ValueError if the duel has not started."""
    start = started_of(recorded)
    return Context(
        Problem(start.problem, start.expected),
        dialect.read_problem(start.problem).canonical,
        engine,
        dialect,
        Options().with_({**start.options, **(options or {})}),
        start.seed,
        sink,
        Stop(cancel),
        Calibration.of(start.calibration),
        detail=0,
    )
