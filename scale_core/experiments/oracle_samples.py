"""The samples that hindsight is made of, and the right value of every sub-problem.

Knows how samples of each sub-problem with right inputs are drawn, in both modes, how they become
chances, costs and a verifier, and what every policy is worth under them; how a lane that ran once
can be run many times over from a cache in which every sample is a random one of those recorded; and
the exact values of the embedded model's plans (dialects/algebra.py). Nothing on the path of a run
imports this: there the model does the arithmetic, and a value computed here never reaches a prompt.
Does not know the frontier or lanes.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scale_core.allocation.policies import (
    UNREADABLE,
    Checker,
    Option,
    Policy,
    Record,
    Step,
    from_record,
    measured,
    policies,
    until_sure,
)
from scale_core.dialects.abacus.outline import parse_line
from scale_core.dialects.base import Dialect
from scale_core.engines.base import (
    Cancel,
    Completion,
    Engine,
    EngineInfo,
    OnDelta,
    Request,
    Sample,
)
from scale_core.engines.sample_cache import CachedEngine, SampleCache
from scale_core.pipeline.context import Context
from scale_core.pipeline.parse_cache import ParsedSample
from scale_core.pipeline.step_sampler import StepSampler
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.sample_key import SampleKey
from scale_core.trace.usage import Usage, total


def right_values(plan: Plan) -> Mapping[str, str] | None:
    """Exact result of each sub-problem by id, each with right inputs; None if one has none, or none
    that is a whole number, or the plan is not in the embedded model's language."""
    from scale_core.dialects.algebra import value  # imports sympy

    known = {name: int(number) for name, number in plan.givens}
    values: dict[str, str] = {}
    for step in plan.steps:
        line = parse_line(f"{step.name}={step.text}")
        if line is None or isinstance(line.what, int):
            return None
        operation = line.what.fill(known)
        found = None if operation.references else value(operation.tree)
        if found is None or found.denominator != 1:
            return None
        known[step.name] = found.numerator
        values[step.id] = str(found)
    return values


def covered(run: Run, dialect: Dialect, expected: str) -> bool:
    """Whether a right response exists for every part (the bandit paper's coverage): a sample with
    the right value for each sub-problem of the lane's plan, whose last right value is the
    expected answer; without a plan, one chain with the expected answer."""
    if run.plan is None:
        calls = [c for node in run.nodes.values() for c in node.calls if c.stage == "chain"]
        return any(dialect.read_answer(s) == expected for c in calls for s in c.samples)
    values = right_values(run.plan)
    if values is None or values[run.plan.last.id] != expected:
        return False
    return all(values[step.id] in _results(run, step.id, dialect) for step in run.plan.steps)


def _results(run: Run, node: str, dialect: Dialect) -> set[str | None]:
    calls = run.nodes[node].calls if node in run.nodes else []
    return {
        dialect.read_result(sample, _MODES[call.stage])
        for call in calls
        if call.stage in _MODES
        for sample in call.samples
    }


_MODES: Mapping[ev.Stage, Mode] = {"system1": Mode.SYSTEM1, "system2": Mode.SYSTEM2}


PLANNING = ("outline", "choose")


class Pools(SampleCache):
    """A sample cache with one pool of samples for each prompt, whatever seed they are asked for
    with: the pool has the seed that was seen first. `generated`: tokens that it cost so far."""

    def __init__(self, engine: Engine | None, info: EngineInfo | None = None) -> None:
        super().__init__(engine, info)
        self.generated = 0
        self._seeds: dict[SampleKey, int] = {}
        self.listeners.append(self._count)

    def _count(self, request: Request, completion: Completion) -> None:
        self.generated += completion.usage.total or 0

    def pooled(self, request: Request) -> Request:
        """The same request with its pool's seed."""
        return replace(request, seed=self._seeds.setdefault(_pool(request), request.seed))

    async def take(
        self, request: Request, cancel: Cancel | None, on_delta: OnDelta | None = None
    ) -> Completion:
        return await super().take(self.pooled(request), cancel, on_delta)


class Resampled(SampleCache):
    """The `number`-th draw from pools: sample i of a request is one of the first `size` of its
    pool, each as likely as any other. Only what is drawn is generated. The plan, and what is asked
    for at temperature 0, stays as it is."""

    def __init__(self, pools: Pools, number: int, size: int) -> None:
        super().__init__(pools.engine, pools.info)
        self.pools, self.number, self.size = pools, number, size

    async def take(
        self, request: Request, cancel: Cancel | None, on_delta: OnDelta | None = None
    ) -> Completion:
        if request.stage in PLANNING or request.temperature == 0:
            return await SampleCache.take(self.pools, request, cancel, on_delta)
        place = _place(request)
        draws = [random.Random(f"{self.number}/{place}/{i}") for i in request.indices]
        picks = [draw.randrange(self.size) for draw in draws]
        ones = [replace(request, first=pick, n=1) for pick in sorted(set(picks))]
        taken = await asyncio.gather(*(self.pools.take(one, cancel) for one in ones))
        found = {one.first: completion for one, completion in zip(ones, taken, strict=True)}
        return _joined([found[pick] for pick in picks], request.first)

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        return await self.pools.embed(texts)

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        return await self.pools.score_steps(problem, solutions)


def _pool(request: Request) -> SampleKey:
    """What identifies a pool: a request but for its seed."""
    return replace(SampleKey.of(request), seed=0)


def _place(request: Request) -> str:
    """A request's part in what a draw is a function of: another text draws other samples."""
    asked = (request.prompt, request.temperature, request.top_p, request.max_tokens)
    return str((*asked, request.stop, request.thinking, request.seed))


def _joined(parts: list[Completion], first: int) -> Completion:
    """One completion of these samples, as one request would have given them: the prompt is paid
    once."""
    samples: list[Sample] = [
        replace(part.samples[0], index=first + k) for k, part in enumerate(parts)
    ]
    usage = replace(
        parts[0].usage,
        completion=total(part.usage.completion for part in parts),
        thinking=total(part.usage.thinking for part in parts),
    )
    return Completion(tuple(samples), usage)


ROUNDED = 9
"""Digits of a success: without rounding, a policy that is no better may seem so by 1e-17."""
MODES = (Mode.SYSTEM1, Mode.SYSTEM2)


@dataclass(frozen=True, slots=True)
class OracleSamples:
    """Recorded samples of one sub-problem in one mode, and the tokens of its prompt."""

    draws: Sequence[ParsedSample]
    prompt: int
    accept: float

    @property
    def tokens(self) -> list[float]:
        """Of each sample asked for alone."""
        return [float(self.prompt + (d.sample.completion_tokens or 0)) for d in self.draws]

    def verdicts(self, right: str) -> list[tuple[bool, bool]]:
        """(right, accepted) of each sample, judged by the model's own confidence, which costs
        nothing. What cannot be read is neither."""
        return [
            (d.result == right, d.result is not None and _confidence(d) >= self.accept)
            for d in self.draws
        ]

    def record(self, known: list[str]) -> Record:
        """For the rule that goes on until it is sure. known: values, each known by its place;
        new ones are added."""
        known += [r for r in dict.fromkeys(d.result for d in self.draws) if r and r not in known]
        values = [UNREADABLE if d.result is None else known.index(d.result) for d in self.draws]
        sure = [_confidence(d) for d in self.draws]
        return Record(np.array(values), np.array(sure), np.array(self.tokens))


def _confidence(draw: ParsedSample) -> float:
    return draw.sample.probability or 0.0


ByMode = tuple[OracleSamples, OracleSamples]


async def record(
    ctx: Context, pools: Pools, plan: Plan, values: Mapping[str, str], samples: int
) -> dict[str, ByMode]:
    """Each sub-problem with right inputs, in both modes, all at once."""

    async def one(step: SubProblem, mode: Mode) -> OracleSamples:
        account = CachedEngine(pools)  # its counters tell what the prompt costs
        before = {s.id: values[s.id] for s in plan.steps[: plan.steps.index(step)]}
        sampler = StepSampler(replace(ctx, engine=account), plan, step, before)
        draws = await sampler.draw_all(mode, samples)
        return OracleSamples(draws, account.counters.prompt or 0, ctx.options.accept)

    found = await ctx.together([one(step, mode) for step in plan.steps for mode in MODES])
    return {s.id: (found[2 * i], found[2 * i + 1]) for i, s in enumerate(plan.steps)}


def step_of(drawn: ByMode, right: str) -> Step:
    """The sub-problem with the frequencies and mean costs of its samples, known exactly."""
    one, two = drawn
    results = ([d.result for d in one.draws], [d.result for d in two.draws])
    known = from_record(results, right, (one.tokens, two.tokens))
    judges = (checker_of([(one, right)]), checker_of([(two, right)]))
    return replace(known, checkers=judges, once=(float(one.prompt), float(two.prompt)))


def options_of(drawn: ByMode, right: str, most: int) -> tuple[Option, ...]:
    """Every policy of up to `most` samples with what it is worth under the record: votes, checks,
    escalation (see `policies`), and going on until agreeing results are believed enough."""
    known = [right]
    one, two = (one_mode.record(known) for one_mode in drawn)
    found = list(policies(step_of(drawn, right), most))
    for modes in ((1,) * most, (2,) * most, (1, *[2] * (most - 1))):
        worths = until_sure([(one, two)[m - 1] for m in modes], 0, drawn[0].accept)
        for n, worth in enumerate(worths, start=1):
            if n > 1:
                found.append(Option(Policy(modes[:n], sure=True), worth.success, worth.cost))
    return tuple(replace(o, success=round(o.success, ROUNDED)) for o in found)


def checker_of(drawn: Sequence[tuple[OracleSamples, str]]) -> Checker:
    """The model's confidence as a verifier, over samples with their right values."""
    verdicts = [v for one_mode, right in drawn for v in one_mode.verdicts(right)]
    return measured([r for r, _ in verdicts], [a for _, a in verdicts], [0.0])
