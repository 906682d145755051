"""The threshold sweep: what tau buys, from all System 2 to all System 1, on one plan.

Knows the at most n + 1 assignments that tau can lead to on a plan of n sub-problems, and records
each of them, because a changed step changes later prompts. Sample r of every step belongs to
repeat r; repeat 0 of the two ends is the run of the presets system2 and system1 with the same
seed. Ratings are static, so that an assignment is a function of tau alone; what they cost is told
apart, since the two ends need none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from scale_core.answers import compare, majority
from scale_core.api import close_run
from scale_core.compare import bank_of, make_context
from scale_core.dialects.abacus import AbacusDialect
from scale_core.dialects.base import Dialect
from scale_core.engines.bank import Bank
from scale_core.engines.base import Cancel, Engine
from scale_core.scale.assess import assess
from scale_core.scale.assign import assign
from scale_core.scale.context import Context
from scale_core.scale.decompose import decompose
from scale_core.strategies.desk import Desk
from scale_core.strategies.terms import finish
from scale_core.strategies.waves import Outcome, Waves, start
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run

REPEATS = 8


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
    bank: Bank | None = None,
    dialect: Dialect | None = None,
    repeats: int = REPEATS,
    cancel: Cancel | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Sweep:
    """Sweep tau over the plan of a duel. engine: generates what the bank lacks; None: nothing is,
    and a missing sample raises Missing. Raises ValueError if no lane has a plan, Stopped,
    EngineError."""
    dialect = dialect or AbacusDialect()
    bank = bank or bank_of(recorded, engine)
    first = make_context(recorded, bank.account(), dialect, cancel, {"rating": "static"})
    plan = await decompose(first)
    ratings = await assess(first, plan)
    rating_tokens = first.engine.counters.total or 0
    difficulty = {id: rating.used for id, rating in ratings.items()}
    tau = first.tau()
    edges = [-1.0, *sorted(set(difficulty.values()))]
    points: list[SweepPoint] = []
    for number, low in enumerate(edges):
        slow = tuple(s.id for s in plan.steps if difficulty[s.id] > low)
        runs = []
        for repeat in range(repeats):
            run, ctx = _watched(recorded, bank, dialect, cancel)
            await close_run(ctx, lambda c=ctx, s=slow, r=repeat: _assigned(c, s, r))  # type: ignore[misc]
            runs.append(run)
        high = edges[number + 1] if number + 1 < len(edges) else 1.0
        points.append(_point(low, high, slow, runs, recorded))
        progress(number + 1, len(edges))
    agreed = _agreement(points)
    chosen = max(i for i, point in enumerate(points) if point.low <= tau or i == 0)
    return Sweep(
        tuple(agreed),
        chosen,
        tau,
        rating_tokens - (points[0].runs[0].ledger.of_node(ev.PLAN_NODE).total or 0),
        tuple(difficulty.items()),
        repeats,
    )


def _watched(
    recorded: dv.Duel, bank: Bank, dialect: Dialect, cancel: Cancel | None
) -> tuple[Run, Context]:
    run = Run()
    ctx = make_context(recorded, bank.account(), dialect, cancel, {"rating": "static"}, run.apply)
    return run, ctx


async def _assigned(ctx: Context, slow: Sequence[str], repeat: int) -> str | None:
    """The plan with these sub-problems in System 2 and all others in System 1, one sample each."""
    plan = await decompose(ctx)
    waves = Waves(ctx, plan)

    async def solve(desks: Sequence[Desk]) -> Sequence[Outcome]:
        return await ctx.together([_one(d, d.step.id in slow, repeat) for d in desks])

    return finish(ctx, plan, await waves.run(solve))


async def _one(desk: Desk, slow: bool, repeat: int) -> Outcome:
    mode, reason = assign("system2" if slow else "system1", None, 0.0, False)
    desk.ctx.emit(ev.Assigned(node=desk.step.id, mode=mode, reason=reason))
    start(desk, mode)
    desk.skip = repeat
    await desk.draw(mode, 1)
    return desk.settled(mode)


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
