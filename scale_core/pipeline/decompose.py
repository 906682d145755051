"""Stage 1, decompose: sample outlines, settle on one plan (SCALE eq. 1-2).

Knows candidates, their de-duplication, the choice among them and the fallback ladder: another
seed, then the best candidate there is, then the problem itself as a single step. Does not know
how an outline is worded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from scale_core.engines.base import EngineError, Sample
from scale_core.pipeline.context import Context
from scale_core.problem import Plan
from scale_core.trace import events as ev

NODE = ev.PLAN_NODE


async def decompose(ctx: Context) -> Plan:
    """The plan of this run. Emits OutlineRead for every candidate and Planned at the end."""
    ctx.progress("decompose", 0, 1, f"sampling {_count(ctx.options.outlines, 'outline')}")
    candidates = await _candidates(ctx)
    if candidates:
        plan, how = await _settle(ctx, candidates)
    else:
        ctx.fallback(NODE, "one-step plan", "no outline could be read")
        plan, how = ctx.dialect.single_step(ctx.text), "no outline could be read"
    if ctx.options.replace_last:
        plan = ctx.dialect.question_last(plan, ctx.text)
    ctx.emit(
        ev.Planned(node=NODE, steps=plan.steps, outline=plan.text, how=how, givens=plan.givens)
    )
    ctx.progress("decompose", 1, 1, f"{_count(len(plan.steps), 'sub-problem')}, {how}")
    return plan


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


async def _candidates(ctx: Context) -> list[Plan]:
    """Readable plans of the first attempt that gives any, one for each readable sample."""
    for attempt in range(ctx.options.retries + 1):
        ctx.retried(NODE, "outline", attempt, "no outline could be read")
        samples = await ctx.ask(
            NODE,
            "outline",
            ctx.dialect.outline(ctx.text),
            n=ctx.options.outlines,
            temperature=ctx.options.outline_temperature,
            max_tokens=ctx.dialect.limits.outline,
            attempt=attempt,
        )
        if plans := _read(ctx, samples):
            return plans
    return []


def _read(ctx: Context, samples: Sequence[Sample]) -> list[Plan]:
    plans: list[Plan] = []
    first: dict[str, int] = {}
    for sample in samples:
        plan = ctx.dialect.read_outline(sample)
        if isinstance(plan, str):
            ctx.emit(
                ev.OutlineRead(
                    node=NODE, index=sample.index, text=sample.text, valid=False, reason=plan
                )
            )
            continue
        same = first.setdefault(plan.text, sample.index)
        ctx.emit(
            ev.OutlineRead(
                node=NODE,
                index=sample.index,
                text=plan.text,
                valid=True,
                duplicate_of=None if same == sample.index else same,
            )
        )
        plans.append(plan)
    return plans


async def _settle(ctx: Context, candidates: list[Plan]) -> tuple[Plan, str]:
    votes = Counter(plan.text for plan in candidates)
    distinct = list({plan.text: plan for plan in candidates}.values())
    if len(distinct) == 1 and ctx.options.dedupe:
        return distinct[0], "all outlines agree" if len(candidates) > 1 else "the only outline"
    if ctx.options.choice == "first":
        return candidates[0], "the first readable outline"
    if ctx.options.choice == "vote":
        most = max(votes.values())
        tied = [plan for plan in distinct if votes[plan.text] == most]
        if len(tied) == 1:
            return tied[0], f"{most} of {len(candidates)} outlines agree"
        distinct = tied
        candidates = [plan for plan in candidates if votes[plan.text] == most]
    return await _choose(ctx, distinct if ctx.options.dedupe else candidates, votes)


async def _choose(ctx: Context, plans: list[Plan], votes: Counter[str]) -> tuple[Plan, str]:
    """Let the model compare the candidates; the most frequent one if it cannot."""
    if len(plans) == 1:
        return plans[0], "the only outline"
    reason = "the model's choice could not be read"
    try:
        for attempt in range(ctx.options.retries + 1):
            ctx.retried(NODE, "choose", attempt, reason)
            (sample,) = await ctx.ask(
                NODE,
                "choose",
                ctx.dialect.choose(ctx.text, plans),
                temperature=0.0 if attempt == 0 else ctx.options.outline_temperature,
                max_tokens=ctx.dialect.limits.choose,
                attempt=attempt,
            )
            index = ctx.dialect.read_choice(sample, len(plans))
            if index is not None:
                return plans[index], f"the model chose {index + 1} of {len(plans)}"
    except EngineError as error:
        reason = str(error)
    best = max(plans, key=lambda plan: votes[plan.text])
    ctx.fallback(NODE, "most frequent outline", reason)
    return best, "the most frequent outline"
