"""Lanes without a plan: chain of thought, and self-consistency (many chains and a majority).

A chain is one rollout of the whole problem, so rollouts are not comparable with those of lanes
that solve sub-problems; tokens are.
"""

from __future__ import annotations

from scale_core.answers.grouping import majority
from scale_core.engines.base import Sample
from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.context import Context
from scale_core.strategies.lane_config import Refused, Terms, open_budget
from scale_core.trace import events as ev

NODE = ev.WHOLE_NODE
NOTE = "one rollout here is a chain of thought for the whole problem: compare tokens"


async def run_one_chain(ctx: Context, terms: Terms) -> str | None:
    """Chain of thought: one sample, whatever the budget."""
    _open(ctx, terms, 1, "uses one rollout, whatever the budget")
    return await _chains(ctx, 1)


async def run_many_chains(ctx: Context, terms: Terms) -> str | None:
    """Self-consistency: as many chains as the average budget of a sub-problem, or as the tokens
    pay for."""
    steps = 1
    if terms.planned is not None and terms.budget.unit == "rollouts" and not terms.budget.per_step:
        steps = await terms.planned
    chains = _limit(terms, steps) // steps
    _open(ctx, terms, chains, NOTE)
    return await _chains(ctx, chains if terms.budget.unit == "rollouts" else None)


def _limit(terms: Terms, steps: int) -> int:
    try:
        return terms.budget.limit(steps)
    except ValueError as error:
        raise Refused(str(error)) from None


def _open(ctx: Context, terms: Terms, chains: int, note: str) -> None:
    if terms.budget.unit == "tokens":
        open_budget(ctx, terms, 0)
        return
    ctx.purse.limit = chains
    ctx.emit(ev.Budgeted(limit=chains, unit="rollouts", steps=0, note=note))


async def _chains(ctx: Context, count: int | None) -> str | None:
    ctx.emit(
        ev.Progress(phase="execute", done=0, total=count or 0, text="thinking about the problem")
    )
    samples = await _ask(ctx, 0, count or 1)
    while count is None and (ctx.purse.left or 0) >= (mean := ctx.purse.spent // len(samples)):
        try:
            samples += await _ask(ctx, len(samples), max(1, (ctx.purse.left or 0) // max(1, mean)))
        except Exhausted:
            break
    answer, votes = majority([ctx.dialect.read_answer(s) for s in samples])
    done = len(samples)
    text = f"{done} chain{'' if done == 1 else 's'} of thought"
    ctx.emit(ev.Progress(phase="execute", done=done, total=done, text=text))
    if answer is None:
        cut = all(s.finish == "length" for s in samples)
        reason = "cut off at the token limit" if cut else "no answer could be read"
        ctx.emit(ev.StepFailed(node=NODE, reason=reason))
        return None
    ctx.emit(ev.Answered(answer=answer, node=NODE, votes=tuple(votes)))
    return answer


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
