"""The uniform lane: every sub-problem in System 2 with an equal share; the majority goes on."""

from __future__ import annotations

from collections.abc import Sequence

from scale_core.allocation.baselines import uniform
from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.context import Context
from scale_core.pipeline.decompose import decompose
from scale_core.pipeline.scheduler import Scheduler
from scale_core.pipeline.step_sampler import Outcome, StepSampler
from scale_core.problem import Mode
from scale_core.strategies.settings import LaneConfig, finish, open_budget
from scale_core.trace import events as ev


async def run_uniform(ctx: Context, config: LaneConfig) -> str | None:
    plan = await decompose(ctx)
    limit = open_budget(ctx, config, len(plan.steps))
    scheduler = Scheduler(ctx, plan)
    fair = dict(
        zip(
            (s.id for s in plan.steps), uniform(len(plan.steps), limit).counts.tolist(), strict=True
        )
    )

    async def solve(samplers: Sequence[StepSampler]) -> Sequence[Outcome]:
        shares = _shares(ctx, scheduler, samplers, fair)
        _tell(ctx, scheduler, samplers, shares)
        return await ctx.together([_spend(d, s) for d, s in zip(samplers, shares, strict=True)])

    return finish(ctx, plan, await scheduler.run(solve))


def _shares(
    ctx: Context, scheduler: Scheduler, samplers: Sequence[StepSampler], fair: dict[str, int]
) -> list[int]:
    """Rollouts: fixed beforehand. Tokens: what is left, split evenly over the open steps."""
    if ctx.budget.unit == "rollouts":
        return [fair[d.step.id] for d in samplers]
    left = max(0, ctx.budget.left or 0)
    counts: list[int] = uniform(len(scheduler.open), left).counts.tolist()
    return counts[: len(samplers)]


def _tell(
    ctx: Context, scheduler: Scheduler, samplers: Sequence[StepSampler], shares: Sequence[int]
) -> None:
    told = tuple(
        ev.Share(d.step.id, share, share, (("share", share),))
        for d, share in zip(samplers, shares, strict=True)
    )
    ctx.emit(
        ev.Allocated(
            node=ev.PLAN_NODE, round=scheduler.wave, rule="uniform", budget=sum(shares),
            shares=told, unit=ctx.budget.unit,
        )
    )  # fmt: skip


async def _spend(sampler: StepSampler, share: int) -> Outcome:
    sampler.start(Mode.SYSTEM2)
    sampler.spend_from(sampler.ctx.budget.slice(share))
    try:
        await sampler.spend(Mode.SYSTEM2)
    except Exhausted:
        return "the budget ran out before it could be tried"
    return await sampler.settled(Mode.SYSTEM2)
