"""Oracle samples: each sub-problem with right inputs, in both modes, and what they teach.

Knows how they are drawn and cached, how they become chances, costs and a verifier, and what every
policy is worth under them. Does not know the frontier or lanes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scale_core.allocation.planning.policies import (
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
from scale_core.engines.sample_cache import CachedEngine
from scale_core.experiments.resampling import Pools
from scale_core.pipeline.context import Context
from scale_core.pipeline.parse_cache import ParsedSample, text_probability
from scale_core.pipeline.step_sampler import StepSampler
from scale_core.problem import Mode, Plan, SubProblem

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
    return text_probability(draw.sample) or 0.0


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
