"""The threshold sweep: what tau buys, from all System 2 to all System 1, on one plan.

Knows the at most n + 1 assignments that tau can lead to on a plan of n sub-problems, and records
each of them, because a changed step changes later prompts. The r-th samples of every step belong
to repeat r; repeat 0 of the two ends is the run of the presets system2 and system1 with the same
seed. Ratings are static, so that an assignment is a function of tau alone; what they cost is told
apart, since the two ends need none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from scale_core.answers.grouping import compare, majority
from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.dialects.base import Dialect
from scale_core.engines.base import Engine, EngineError
from scale_core.engines.cancel import Flag
from scale_core.engines.sample_cache import CachedEngine, SampleCache
from scale_core.pipeline.assess import assess, assign
from scale_core.pipeline.context import Context
from scale_core.pipeline.decompose import decompose
from scale_core.pipeline.scheduler import Scheduler
from scale_core.pipeline.step_sampler import Outcome, StepSampler
from scale_core.runs.lanes import close_run
from scale_core.runs.replay import bank_of, make_context
from scale_core.strategies.settings import finish
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run

REPEATS = 16
AT_ONCE = 16
"""Runs that go on at the same time: they fill the engine's batches."""
RATED = {"assign": "threshold", "rating": "static"}


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """Every tau in [low, high) leads to this assignment: `slow` are the sub-problems in System 2.
    tokens: mean over the repeats, plan included, ratings not. right: share of right answers, None
    without an expected one. agree: share that agrees with the majority of all System 2 answers."""

    low: float
    high: float
    slow: tuple[str, ...]
    tokens: float
    right: float | None
    agree: float
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Sweep:
    """`points` from all System 2 to all System 1; `chosen` is the one of the threshold in force;
    `rating_tokens`: what deciding by tau costs beside. difficulty: by sub-problem."""

    points: tuple[SweepPoint, ...]
    chosen: int
    tau: float
    rating_tokens: int
    difficulty: tuple[tuple[str, float], ...]
    repeats: int


async def sweep(
    recorded: dv.Duel,
    engine: Engine | None,
    *,
    bank: SampleCache | None = None,
    dialect: Dialect | None = None,
    repeats: int = REPEATS,
    cancel: Flag | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Sweep:
    """Sweep tau over the plan of a duel. engine: generates what the bank lacks; None: nothing is,
    and a missing sample raises Missing. progress: runs done, and of how many. Raises ValueError
    if the duel has not started, Stopped, EngineError."""
    dialect = dialect or AbacusDialect()
    bank = bank or bank_of(recorded, engine)
    ctx = make_context(recorded, CachedEngine(bank), dialect, cancel, RATED)
    plan = await decompose(ctx)
    planned = ctx.engine.counters.total or 0
    ratings = await assess(ctx, plan)
    difficulty = {id: rating.used for id, rating in ratings.items()}
    edges = [-1.0, *sorted(set(difficulty.values()))]
    slow = [tuple(s.id for s in plan.steps if difficulty[s.id] > low) for low in edges]
    jobs = [(number, repeat) for number in range(len(edges)) for repeat in range(repeats)]
    progress(0, len(jobs))
    gate, done = asyncio.Semaphore(AT_ONCE), 0

    async def one(number: int, repeat: int) -> Run:
        nonlocal done
        async with gate:
            run = await _assigned(ctx, recorded, bank, slow[number], repeat)
            done += 1
            progress(done, len(jobs))
            return run

    runs = await ctx.together([one(*job) for job in jobs])
    of = [runs[i : i + repeats] for i in range(0, len(runs), repeats)]
    rows = list(zip(edges, [*edges[1:], 1.0], slow, of, strict=True))
    # in a thread: comparing answers may wait for the symbolic check
    points = await asyncio.to_thread(lambda: _agreement([_point(*row, recorded) for row in rows]))
    tau = ctx.tau()
    return Sweep(
        tuple(points),
        max(i for i, point in enumerate(points) if point.low <= tau or i == 0),
        tau,
        (ctx.engine.counters.total or 0) - planned,
        tuple(difficulty.items()),
        repeats,
    )


async def _assigned(
    ctx: Context, recorded: dv.Duel, bank: SampleCache, slow: Sequence[str], repeat: int
) -> Run:
    """The run of the plan with these sub-problems in System 2 and all others in System 1. Raises
    Stopped or EngineError if that is how it ended: it would count as wrong."""
    ctx.check_stop()
    run, missing = Run(), len(bank.missing)
    mine = make_context(recorded, CachedEngine(bank), ctx.dialect, ctx.cancel, RATED, run.apply)

    async def follow() -> str | None:
        plan = await decompose(mine)

        async def solve(samplers: Sequence[StepSampler]) -> Sequence[Outcome]:
            return await mine.together([_one(d, d.step.id in slow, repeat) for d in samplers])

        return finish(mine, plan, await Scheduler(mine, plan).run(solve))

    status = await close_run(mine, follow)
    ctx.check_stop()
    if status == "failed":
        gap = bank.missing[-1] if len(bank.missing) > missing else None
        raise gap or EngineError(run.end.message if run.end else "a run did not end")
    return run


async def _one(sampler: StepSampler, slow: bool, repeat: int) -> Outcome:
    """As the presets system2 and system1 solve it: what cannot be read is tried again."""
    ctx, reason = sampler.ctx, ""
    mode, why = assign("system2" if slow else "system1", None, 0.0, False)
    count = ctx.options.system2_samples if slow else ctx.options.system1_samples
    ctx.emit(ev.Assigned(node=sampler.step.id, mode=mode, reason=why))
    sampler.start(mode)
    for attempt in range(ctx.options.retries + 1):
        if attempt:
            ctx.emit(
                ev.Retried(node=sampler.step.id, stage=mode.value, attempt=attempt, reason=reason)
            )
        again = replace(sampler, drawn=[], skip=repeat * count)
        await again.draw(mode, count, attempt)
        outcome = await again.settled(mode)
        if not isinstance(outcome, str):
            return outcome
        reason = outcome
    return reason


def _point(
    low: float, high: float, slow: tuple[str, ...], runs: Sequence[Run], recorded: dv.Duel
) -> SweepPoint:
    expected = recorded.start.expected if recorded.start else None
    right = None
    if expected:
        right = fmean(
            run.answer is not None and compare(expected, run.answer.answer).verdict == "equal"
            for run in runs
        )
    tokens = fmean(run.ledger.total.total or 0 for run in runs)
    return SweepPoint(low, high, slow, tokens, right, 0.0, tuple(runs))


def _agreement(points: Sequence[SweepPoint]) -> list[SweepPoint]:
    """With the majority answer of the runs that are all System 2."""
    given = [[run.answer.answer if run.answer else None for run in p.runs] for p in points]
    best, _ = majority(given[0])
    same = {
        a: best is not None and compare(best, a).verdict == "equal"
        for answers in given
        for a in answers
        if a is not None
    }
    return [
        replace(p, agree=fmean(a is not None and same[a] for a in answers))
        for p, answers in zip(points, given, strict=True)
    ]
