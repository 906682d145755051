"""Hindsight on a recorded duel: how far each lane was from the best that could have been done.

Knows, from samples of every sub-problem with right inputs and its right value, how often and at
what cost each mode is right, and so the frontier of success against tokens
(allocation/frontier.py), and what each lane is worth on average under those samples. Only
for plans whose right values can be computed (the embedded model's); it never touches a run.

A lane is worth what it gets on average when its samples are drawn anew from the recorded ones: the
plan stays, every other request takes its samples at random from those of the same prompt
(oracle_samples.py). Both sides use the same samples, so what differs is allocation and not luck.
The frontier is the best of a class of policies for each sub-problem
(allocation/policies.py), each with the samples' own frequencies. A lane can lie above it:
by a policy outside the class (candidates of several steps that are compared, a chain of thought
without the plan), by a wrong step that led to the right answer all the same, or by luck within its
interval.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import dist

from scale_core.allocation.frontier import Frontier, PlanPoint, best_at, frontier, regret
from scale_core.allocation.intervals import Interval, bootstrap, wilson
from scale_core.allocation.policies import Checker, Option
from scale_core.answers.grouping import compare
from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.dialects.base import Dialect
from scale_core.engines.base import Engine, EngineError
from scale_core.engines.cancel import Flag
from scale_core.engines.sample_cache import CachedEngine
from scale_core.experiments.oracle_samples import (
    PLANNING,
    ByMode,
    Pools,
    Resampled,
    checker_of,
    options_of,
    record,
    right_values,
    step_of,
)
from scale_core.pipeline.context import Context
from scale_core.problem import Plan, SubProblem
from scale_core.runs.replay import make_context, recall, replay, started_of
from scale_core.trace import duel as dv
from scale_core.trace.run import Run

SAMPLES, REPEATS, MOST = 16, 40, 8
POINTS, SHOWN = 2000, 80
AT_ONCE = 4
"""Draws of the lanes that go on at the same time: they fill the engine's batches."""


class Unavailable(ValueError):
    """There is no hindsight for this duel; the message says why."""


@dataclass(frozen=True, slots=True)
class StepSamples:
    """A sub-problem in hindsight: its right value, and by mode (System 1, System 2) how often it
    is right and its mean tokens."""

    id: str
    name: str
    right: str
    rates: tuple[float, float]
    costs: tuple[float, float]
    samples: int


@dataclass(frozen=True, slots=True)
class LaneWorth:
    """A lane's expectation under the samples, and its regret: tokens to the right of the frontier
    (None: no plan is as good) and success below it. `best`: what the frontier's plan of the same
    cost would do, by sub-problem; `best_point` its (tokens, success), None if none is as cheap."""

    lane: str
    success: Interval
    tokens: Interval
    regret_tokens: float | None
    regret_success: float
    best: tuple[tuple[str, str], ...]
    best_point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Hindsight:
    """`frontier`: (tokens, success, policy of each sub-problem), cheapest first, planning paid.
    `planning`: tokens of the shared plan. `checker`: the model's confidence over all samples.
    `generated`: tokens that looking back cost."""

    steps: tuple[StepSamples, ...]
    checker: Checker
    planning: float
    frontier: tuple[tuple[float, float, tuple[str, ...]], ...]
    lanes: tuple[LaneWorth, ...]
    samples: int
    repeats: int
    generated: int


async def hindsight(
    recorded: dv.Duel,
    engine: Engine,
    *,
    dialect: Dialect | None = None,
    samples: int = SAMPLES,
    repeats: int = REPEATS,
    cancel: Flag | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Hindsight:
    """Look back on a finished duel. samples: recorded of each mode and sub-problem (what is
    missing is generated, for evaluation only). repeats: draws of each lane.

    Raises Unavailable where the right values are unknown, Stopped, EngineError.
    """
    dialect = dialect or AbacusDialect()
    plan, values = await asyncio.to_thread(_known, recorded)
    pools = Pools(engine)
    recall(pools, recorded)
    progress(0, repeats)
    ctx = make_context(recorded, CachedEngine(pools), dialect, cancel)
    drawn = await record(ctx, pools, plan, values, samples)
    # in a thread: whoever shares the event loop must not wait for arithmetic
    look = await asyncio.to_thread(_Look.of, plan, drawn, values, _planning(recorded))
    draws = await _draws(ctx, recorded, pools, (samples, repeats), progress)
    lanes = [lane.name for lane in started_of(recorded).lanes]
    worths = await asyncio.to_thread(
        lambda: tuple(look.worth(name, [draw[name] for draw in draws]) for name in lanes)
    )
    return Hindsight(
        tuple(_told(step, drawn[step.id], values, samples) for step in plan.steps),
        checker_of([(v, values[step.id]) for step in plan.steps for v in drawn[step.id]]),
        look.planning,
        look.shown(),
        worths,
        samples,
        repeats,
        pools.generated,
    )


def _known(recorded: dv.Duel) -> tuple[Plan, Mapping[str, str]]:
    """The plan and the right value of each sub-problem. Raises Unavailable."""
    plan = recorded.plan
    if plan is None:
        raise Unavailable("no lane has a plan")
    values = right_values(plan)
    if values is None:
        raise Unavailable("the right values of this plan's sub-problems are not known")
    expected, value = started_of(recorded).expected, values[plan.last.id]
    if expected and compare(expected, value).verdict == "different":
        raise Unavailable(
            f"the plan itself is wrong: done without a mistake it leads to {value} instead of "
            f"{expected}, so no way of spending tokens on it was right"
        )
    return plan, values


def _planning(recorded: dv.Duel) -> float:
    """Tokens of the shared plan, from the first lane that has it."""
    run = next(run for run in recorded.lanes.values() if run.plan is not None)
    return float(sum(run.ledger.of_stage(stage).total or 0 for stage in PLANNING))


def _told(step: SubProblem, drawn: ByMode, values: Mapping[str, str], samples: int) -> StepSamples:
    made = step_of(drawn, values[step.id])
    rates = (made.belief.mean(1), made.belief.mean(2))
    return StepSamples(step.id, step.name, values[step.id], rates, made.costs, samples)


# ---- lanes -------------------------------------------------------------------------------------


async def _draws(
    ctx: Context,
    recorded: dv.Duel,
    pools: Pools,
    numbers: tuple[int, int],
    progress: Callable[[int, int], None],
) -> list[Mapping[str, Run]]:
    """All lanes again and again, each time with their samples drawn anew. numbers: of samples in
    a pool, and of draws."""
    size, repeats = numbers
    gate, done = asyncio.Semaphore(AT_ONCE), 0

    async def one(number: int) -> Mapping[str, Run]:
        nonlocal done
        async with gate:
            ctx.check_stop()
            bank = Resampled(pools, number, size)
            again = await replay(recorded, bank=bank, dialect=ctx.dialect, cancel=ctx.cancel)
            ctx.check_stop()
            for run in again.lanes.values():
                if run.status == "failed":  # it would count as wrong
                    raise EngineError(run.end.message if run.end else "a lane did not end")
            done += 1
            progress(done, repeats)
            return again.lanes

    return await ctx.together([one(number) for number in range(repeats)])


@dataclass
class _Look:
    """The frontier of a plan, and what lies how far from it."""

    plan: Plan
    right: str
    options: Sequence[Sequence[Option]]
    planning: float

    found: Frontier

    @staticmethod
    def of(
        plan: Plan, drawn: Mapping[str, ByMode], values: Mapping[str, str], planning: float
    ) -> _Look:
        options = [options_of(drawn[step.id], values[step.id], MOST) for step in plan.steps]
        found = frontier(options, most=POINTS)
        return _Look(plan, values[plan.last.id], options, planning, found)

    def worth(self, lane: str, runs: Sequence[Run]) -> LaneWorth:
        success = wilson(sum(self._right(run) for run in runs), len(runs))
        tokens = bootstrap([float(run.ledger.total.total or 0) for run in runs])
        cost = tokens.mean - self.planning
        lost, best = regret(self.found, cost, success.mean), best_at(self.found, cost)
        named = zip((s.name for s in self.plan.steps), self._policies(best), strict=False)
        return LaneWorth(
            lane, success, tokens, lost.tokens, lost.probability, tuple(named), self._place(best)
        )

    def _right(self, run: Run) -> bool:
        return run.answer is not None and compare(self.right, run.answer.answer).verdict == "equal"

    def _policies(self, point: PlanPoint | None) -> tuple[str, ...]:
        if point is None:
            return ()
        pairs = zip(self.options, point.choices, strict=True)
        return tuple(str(options[i].policy) for options, i in pairs)

    def _place(self, point: PlanPoint | None) -> tuple[float, float] | None:
        if point is None:
            return None
        return round(point.cost + self.planning, 2), round(point.success, 6)

    def shown(self) -> tuple[tuple[float, float, tuple[str, ...]], ...]:
        """At most SHOWN points, evenly along the curve, the ends among them."""
        points = [self.found.point(i) for i in spread(self.found, SHOWN)]
        return tuple((*(self._place(p) or (0.0, 0.0)), self._policies(p)) for p in points)


def spread(found: Frontier, most: int) -> list[int]:
    """Numbers of at most `most` points of a frontier, at about equal distances along its curve as
    it is drawn, with both axes equally long; the first and the last are among them."""
    count = len(found)
    if count <= most:
        return list(range(count))
    wide = float(found.costs[-1] - found.costs[0]) or 1.0
    high = float(found.successes[-1] - found.successes[0]) or 1.0
    places = [(float(c) / wide, float(s) / high)
              for c, s in zip(found.costs, found.successes, strict=True)]  # fmt: skip
    along = list(accumulate((dist(a, b) for a, b in pairwise(places)), initial=0.0))
    stops = {int(most * 0.999 * a / along[-1]): i for i, a in reversed(list(enumerate(along)))}
    return sorted({0, *list(stops.values())[: most - 2], count - 1})
