"""Lanes without a plan: chain of thought, and self-consistency (many chains and a majority).

A chain is one rollout of the whole problem, so rollouts are not comparable with those of lanes
that solve sub-problems; tokens are.
"""

from __future__ import annotations

from scale_core.answers.grouping import majority_async
from scale_core.engines.base import Sample
from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.context import Context
from scale_core.pipeline.parse_cache import cut_off
from scale_core.pipeline.verify import extracted
from scale_core.strategies.settings import BudgetSpec, LaneConfig, Refused, open_budget
from scale_core.trace import events as ev

NODE = ev.WHOLE_NODE
NOTE = "one rollout here is a chain of thought for the whole problem: compare tokens"


async def run_one_chain(ctx: Context, config: LaneConfig) -> str | None:
    """Chain of thought: one sample, whatever the budget."""
    if config.budget is not None:
        _open(ctx, config, 1, "uses one rollout, whatever the budget")
    return await _chains(ctx, 1)


async def run_many_chains(ctx: Context, config: LaneConfig) -> str | None:
    """Self-consistency: as many chains as the average budget of a sub-problem, at least one, or as
    the tokens pay for; without a budget as many as the switch `samples` says."""
    decided = config.settings.decided
    if (budget := config.budget) is None:
        return await _chains(ctx, ctx.options.samples, decided)
    steps = 1
    if config.planned is not None and budget.unit == "rollouts":
        steps = await config.planned
    chains = _count(budget, steps)
    _open(ctx, config, chains, NOTE)
    return await _chains(ctx, chains if budget.unit == "rollouts" else None, decided)


def _count(budget: BudgetSpec, steps: int) -> int:
    """A chain needs no plan, so one fits where a plan of this size does not."""
    try:
        return max(1, budget.total(steps) // steps)
    except ValueError as error:
        raise Refused(str(error)) from None


def _open(ctx: Context, config: LaneConfig, chains: int, note: str) -> None:
    if config.budget is not None and config.budget.unit == "tokens":
        open_budget(ctx, config, 0)
        return
    ctx.budget.limit = chains
    ctx.emit(ev.Budgeted(limit=chains, unit="rollouts", steps=0, note=note))


async def _chains(ctx: Context, count: int | None, decided: bool = False) -> str | None:
    """The majority answer of so many chains, or of as many as the tokens pay for; None if none
    could be read. decided: no more chains than it takes to know the majority of all."""
    ctx.progress("execute", 0, count or 0, "thinking about the problem")
    if count is None:
        samples = await _affordable(ctx)
    elif decided:
        samples = await _until_decided(ctx, count)
    else:
        samples = await _ask(ctx, 0, count)
    answer, votes = await _vote(ctx, samples)
    if answer is None:
        answer = await _extracted(ctx, samples)
    done = len(samples)
    text = f"{done} chain{'' if done == 1 else 's'} of thought"
    ctx.progress("execute", done, done, text)
    if answer is None:
        reason = cut_off(samples).removeprefix("was ") or "no answer could be read"
        ctx.emit(ev.StepFailed(node=NODE, reason=reason))
        return None
    ctx.emit(ev.Answered(answer=answer, node=NODE, votes=tuple(votes)))
    return answer


async def _affordable(ctx: Context) -> list[Sample]:
    """As long as tokens are left for a chain of the mean size."""
    samples = await _ask(ctx, 0, 1)
    while (ctx.budget.left or 0) >= (mean := ctx.budget.spent // len(samples)):
        try:
            samples += await _ask(ctx, len(samples), max(1, (ctx.budget.left or 0) // max(1, mean)))
        except Exhausted:
            break
    return samples


async def _until_decided(ctx: Context, count: int) -> list[Sample]:
    """Until the leading answer has more votes than the second could still reach with all that are
    left of `count`; each time as many as it takes at least."""
    samples: list[Sample] = []
    while rest := count - len(samples):
        _, votes = await _vote(ctx, samples)
        first, second = (*(n for _, n in votes), 0, 0)[:2]
        if first > second + rest:
            break
        samples += await _ask(ctx, len(samples), (second + rest - first) // 2 + 1)
    return samples


async def _vote(ctx: Context, samples: list[Sample]) -> tuple[str | None, list[tuple[str, int]]]:
    return await majority_async([ctx.dialect.read_answer(s, ctx.text) for s in samples])


async def _extracted(ctx: Context, samples: list[Sample]) -> str | None:
    try:
        return await extracted(ctx, NODE, ctx.text, samples, 0)
    except Exhausted:
        return None


async def _ask(ctx: Context, first: int, n: int) -> list[Sample]:
    samples = await ctx.ask(
        NODE,
        "chain",
        ctx.dialect.chain(ctx.text),
        n=n,
        first=first,
        temperature=ctx.options.system2_temperature,
        max_tokens=ctx.options.system2_max_tokens or ctx.dialect.limits.chain,
    )
    return list(samples)
