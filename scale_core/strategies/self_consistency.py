"""Lanes without a plan: chain of thought, and self-consistency (many chains and a majority).

A chain is one rollout of the whole problem, so rollouts are not comparable with those of lanes
that solve sub-problems; tokens are.
"""

from __future__ import annotations

from scale_core.answers.grouping import majority_async
from scale_core.engines.base import Sample
from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.context import Context
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
    """Self-consistency: as many chains as the average budget of a sub-problem, or as the tokens
    pay for; without a budget as many as the switch `samples` says."""
    if (budget := config.budget) is None:
        return await _chains(ctx, ctx.options.samples)
    steps = 1
    if config.planned is not None and budget.unit == "rollouts" and not budget.per_step:
        steps = await config.planned
    chains = _limit(budget, steps) // steps
    _open(ctx, config, chains, NOTE)
    return await _chains(ctx, chains if budget.unit == "rollouts" else None)


def _limit(budget: BudgetSpec, steps: int) -> int:
    try:
        return budget.limit(steps)
    except ValueError as error:
        raise Refused(str(error)) from None


def _open(ctx: Context, config: LaneConfig, chains: int, note: str) -> None:
    if config.budget is not None and config.budget.unit == "tokens":
        open_budget(ctx, config, 0)
        return
    ctx.budget.limit = chains
    ctx.emit(ev.Budgeted(limit=chains, unit="rollouts", steps=0, note=note))


async def _chains(ctx: Context, count: int | None) -> str | None:
    """The majority answer of so many chains, or of as many as the tokens pay for; None if none
    could be read."""
    text = "thinking about the problem"
    ctx.progress("execute", 0, count or 0, text)
    samples = await _ask(ctx, 0, count or 1)
    while count is None and (ctx.budget.left or 0) >= (mean := ctx.budget.spent // len(samples)):
        try:
            samples += await _ask(ctx, len(samples), max(1, (ctx.budget.left or 0) // max(1, mean)))
        except Exhausted:
            break
    answer, votes = await majority_async([ctx.dialect.read_answer(s, ctx.text) for s in samples])
    if answer is None:
        answer = await _extracted(ctx, samples)
    done = len(samples)
    text = f"{done} chain{'' if done == 1 else 's'} of thought"
    ctx.progress("execute", done, done, text)
    if answer is None:
        cut = all(s.finish == "length" for s in samples)
        reason = "cut off at the token limit" if cut else "no answer could be read"
        ctx.emit(ev.StepFailed(node=NODE, reason=reason))
        return None
    ctx.emit(ev.Answered(answer=answer, node=NODE, votes=tuple(votes)))
    return answer


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
