"""How far was each lane from the best that could have been done? Looks back on a recorded duel.

Knows, from a bank of samples with the right value of every sub-problem, how often and at what cost
each mode is right, and so the frontier of success against tokens (`allocation.frontier`), and what
each lane is worth on average under that bank. Only for plans whose right values can be computed
(the embedded model's); it never touches a run.

A lane is worth what it gets on average when its samples are drawn anew from the bank: the plan
stays, every other request takes its samples at random from the recorded ones of the same prompt.
The frontier is the best of a class of policies (allocation.optimum). A lane can lie above it: it
may use a policy outside the class (confidence that grows with agreement), or have been lucky within
its interval.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from scale_core.allocation.frontier import Frontier, best_at, frontier, regret
from scale_core.allocation.intervals import Interval, bootstrap, wilson
from scale_core.allocation.optimum import Checker, Option, Step, from_bank, measured, policies
from scale_core.compare import make_context, recall, replay, started_of
from scale_core.dialects.abacus import AbacusDialect
from scale_core.dialects.base import Dialect
from scale_core.engines.bank import Bank, key_of
from scale_core.engines.base import Cancel, Completion, Engine, EngineInfo, Request
from scale_core.experiments.truth import right_values
from scale_core.problem import Mode, Plan
from scale_core.scale.confidence import text_probability
from scale_core.strategies.desk import Desk, Draw
from scale_core.trace import duel as dv
from scale_core.trace.run import Run

SAMPLES, REPEATS, MOST = 16, 24, 8
POINTS = 2000
PLANNING = ("outline", "choose")


class Unavailable(ValueError):
    """There is no hindsight for this duel; the message says why."""


@dataclass(frozen=True, slots=True)
class StepBank:
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
    """A lane's expectation under the bank, and its regret: tokens to the right of the frontier
    (None: no plan is as good) and success below it. `best`: what the frontier's plan of the same
    cost would do, by sub-problem."""

    lane: str
    success: Interval
    tokens: Interval
    regret_tokens: float | None
    regret_success: float
    best: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Hindsight:
    """`frontier`: (tokens, success, policy of each sub-problem), cheapest first, planning paid.
    `planning`: tokens of the shared plan. `generated`: tokens that looking back cost."""

    steps: tuple[StepBank, ...]
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
    cancel: Cancel | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Hindsight:
    """Look back on a finished duel. samples: recorded of each mode and sub-problem (what is
    missing is generated, for evaluation only). repeats: draws of each lane.

    Raises Unavailable where the right values are unknown, Stopped, EngineError.
    """
    dialect = dialect or AbacusDialect()
    plan = recorded.plan
    if plan is None:
        raise Unavailable("no lane has a plan")
    values = right_values(plan)
    if values is None:
        raise Unavailable("the right values of this plan's sub-problems are not known")
    bank = _Evaluation(engine, samples)
    recall(bank, recorded)
    steps, made, checker = await _steps(recorded, plan, dict(values), bank, dialect, cancel)
    planning = _planning(recorded)
    options = [policies(step, MOST, checker) for step in made]
    found = frontier(options, most=POINTS)
    expected = recorded.start.expected if recorded.start else None
    target = expected or values[plan.last.id]
    lanes = await _lanes(recorded, bank, target, repeats, dialect, cancel, progress)
    return Hindsight(
        steps,
        checker,
        planning,
        _shown(found, options, planning),
        tuple(_worth(n, runs, target, found, options, plan, planning) for n, runs in lanes),
        samples,
        repeats,
        bank.generated,
    )


class _Evaluation(Bank):
    """A bank whose samples of a prompt come in random order. `shuffle` None: in their own."""

    def __init__(self, engine: Engine, pool: int, info: EngineInfo | None = None) -> None:
        super().__init__(engine, info)
        self.pool, self.generated = pool, 0
        self.shuffle: int | None = None
        self.listeners.append(self._count)

    def _count(self, request: Request, completion: Completion) -> None:
        self.generated += completion.usage.total or 0

    async def take(self, request: Request, cancel: Cancel | None) -> Completion:
        planned = request.tag.rpartition("/")[2] in PLANNING
        if self.shuffle is None or planned or request.temperature == 0:
            return await super().take(request, cancel)
        key = key_of(request)
        whole = await super().take(replace(request, first=0, n=self.pool), cancel)
        chosen = [
            whole.samples[random.Random(f"{self.shuffle}/{key}/{i}").randrange(self.pool)]
            for i in range(request.first, request.first + request.n)
        ]
        spent = sum(s.completion_tokens or 0 for s in chosen)
        usage = replace(whole.usage, completion=spent, thinking=0)
        renamed = [replace(s, index=request.first + k) for k, s in enumerate(chosen)]
        return Completion(tuple(renamed), usage, 0.0)

    def draw_anew(self, number: int | None) -> None:
        self.shuffle = number


# ---- the bank of right inputs ------------------------------------------------------------------


async def _steps(
    recorded: dv.Duel,
    plan: Plan,
    values: dict[str, str],
    bank: Bank,
    dialect: Dialect,
    cancel: Cancel | None,
) -> tuple[tuple[StepBank, ...], list[Step], Checker]:
    """Each sub-problem with right inputs, in both modes."""
    ctx = make_context(recorded, bank.account(), dialect, cancel)
    told: list[StepBank] = []
    made: list[Step] = []
    verdicts: list[tuple[bool, bool]] = []
    for step in plan.steps:
        known = {s.id: values[s.id] for s in plan.steps if s.id != step.id}
        drawn: dict[Mode, list[Draw]] = {}
        prompts: dict[Mode, int] = {}
        for mode in (Mode.SYSTEM1, Mode.SYSTEM2):
            desk = Desk(ctx, plan, step, known)
            before = ctx.engine.counters
            drawn[mode] = await desk.draw_all(mode, SAMPLES)
            prompts[mode] = (ctx.engine.counters.prompt or 0) - (before.prompt or 0)
            verdicts += _verdicts(drawn[mode], values[step.id], ctx.options.accept)
        answers = tuple([d.result for d in drawn[m]] for m in (Mode.SYSTEM1, Mode.SYSTEM2))
        tokens = tuple(
            [float(prompts[m] + (d.sample.completion_tokens or 0)) for d in drawn[m]]
            for m in (Mode.SYSTEM1, Mode.SYSTEM2)
        )
        one = from_bank((answers[0], answers[1]), values[step.id], (tokens[0], tokens[1]))
        made.append(one)
        told.append(
            StepBank(
                step.id,
                step.name,
                values[step.id],
                (one.belief.mean(1), one.belief.mean(2)),
                one.costs,
                SAMPLES,
            )
        )
    checker = measured([r for r, _ in verdicts], [a for _, a in verdicts], [0.0])
    return tuple(told), made, checker


def _verdicts(drawn: Sequence[Draw], right: str, accept: float) -> list[tuple[bool, bool]]:
    """(right, accepted) of each readable sample, judged by the model's own confidence."""
    return [
        (d.result == right, (text_probability(d.sample) or 0.0) >= accept)
        for d in drawn
        if d.result is not None
    ]


def _planning(recorded: dv.Duel) -> float:
    """Tokens of the shared plan, from the first lane that has it."""
    for run in recorded.lanes.values():
        if run.plan is not None:
            return float(sum(run.ledger.of_stage(stage).total or 0 for stage in PLANNING))
    return 0.0


# ---- lanes -------------------------------------------------------------------------------------


async def _lanes(
    recorded: dv.Duel,
    bank: _Evaluation,
    target: str,
    repeats: int,
    dialect: Dialect,
    cancel: Cancel | None,
    progress: Callable[[int, int], None],
) -> list[tuple[str, list[Run]]]:
    """Each lane `repeats` times, each time with its samples drawn anew."""
    found: dict[str, list[Run]] = {lane.name: [] for lane in started_of(recorded).lanes}
    for number in range(repeats):
        bank.draw_anew(number)
        again = await replay(recorded, bank=bank, dialect=dialect, cancel=cancel)
        for name, run in again.lanes.items():
            found[name].append(run)
        progress(number + 1, repeats)
        await asyncio.sleep(0)
    bank.draw_anew(None)
    return list(found.items())


def _worth(
    lane: str,
    runs: Sequence[Run],
    target: str,
    found: Frontier,
    options: Sequence[Sequence[Option]],
    plan: Plan,
    planning: float,
) -> LaneWorth:
    right = sum(run.answer is not None and run.answer.answer == target for run in runs)
    success = wilson(right, len(runs))
    tokens = bootstrap([float(run.ledger.total.total or 0) for run in runs])
    cost = fmean(float(run.ledger.total.total or 0) for run in runs) - planning
    lost = regret(found, cost, success.mean)
    best = best_at(found, cost)
    named = (
        tuple(
            (step.name, str(choice[i].policy))
            for step, choice, i in zip(plan.steps, options, best.choices, strict=True)
        )
        if best
        else ()
    )
    return LaneWorth(lane, success, tokens, lost.tokens, lost.probability, named)


def _shown(
    found: Frontier, options: Sequence[Sequence[Option]], planning: float, most: int = 60
) -> tuple[tuple[float, float, tuple[str, ...]], ...]:
    """At most `most` points, evenly over the frontier, the ends among them."""
    count = len(found)
    size = min(most, count)
    picked = sorted({round(i * (count - 1) / max(1, size - 1)) for i in range(size)})
    points = [found.point(i) for i in picked]
    return tuple(
        (
            round(p.cost + planning, 2),
            round(p.success, 6),
            tuple(str(o[i].policy) for o, i in zip(options, p.choices, strict=True)),
        )
        for p in points
    )
