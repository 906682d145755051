"""The uniform lane: every sub-problem in System 2 with an equal share; the majority goes on."""

from __future__ import annotations

from collections.abc import Sequence

from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.context import Context
from scale_core.pipeline.decompose import decompose
from scale_core.pipeline.scheduler import Outcome, Waves, even, start
from scale_core.pipeline.step_sampler import Desk
from scale_core.problem import Mode
from scale_core.strategies.lane_config import Terms, finish, open_budget
from scale_core.trace import events as ev


async def run_uniform(ctx: Context, terms: Terms) -> str | None:
    plan = await decompose(ctx)
    limit = open_budget(ctx, terms, len(plan.steps))
    waves = Waves(ctx, plan)
    fair = dict(zip((s.id for s in plan.steps), even(limit, len(plan.steps)), strict=True))

    async def solve(desks: Sequence[Desk]) -> Sequence[Outcome]:
        shares = _shares(ctx, waves, desks, fair)
        _tell(ctx, waves, desks, shares)
        return await ctx.together([_spend(d, s) for d, s in zip(desks, shares, strict=True)])

    return finish(ctx, plan, await waves.run(solve))


def _shares(ctx: Context, waves: Waves, desks: Sequence[Desk], fair: dict[str, int]) -> list[int]:
    """Rollouts: fixed beforehand. Tokens: what is left, split evenly over the open steps."""
    if ctx.purse.unit == "rollouts":
        return [fair[d.step.id] for d in desks]
    left = max(0, ctx.purse.left or 0)
    return even(left, len(waves.open))[: len(desks)]


def _tell(ctx: Context, waves: Waves, desks: Sequence[Desk], shares: Sequence[int]) -> None:
    told = tuple(
        ev.Share(d.step.id, share, share, (("share", share),))
        for d, share in zip(desks, shares, strict=True)
    )
    ctx.emit(
        ev.Allocated(
            node=ev.PLAN_NODE, round=waves.number, rule="uniform", budget=sum(shares),
            shares=told, unit=ctx.purse.unit,
        )
    )  # fmt: skip


async def _spend(desk: Desk, share: int) -> Outcome:
    start(desk, Mode.SYSTEM2)
    desk.spend_from(desk.ctx.purse.slice(share))
    try:
        await desk.spend(Mode.SYSTEM2)
    except Exhausted:
        return "the budget ran out before it could be tried"
    return desk.settled(Mode.SYSTEM2)
