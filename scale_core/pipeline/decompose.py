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
from scale_core.pipeline.drafts import merged
from scale_core.pipeline.options import Options
from scale_core.pipeline.understanding import Drawn, judged, surest
from scale_core.problem import Plan
from scale_core.trace import events as ev

NODE = ev.PLAN_NODE
USUAL_TEMPERATURE = 0.6
"""Of outlines that are to differ from each other."""


async def decompose(ctx: Context) -> Plan:
    """The plan of this run. Emits OutlineRead for every candidate, Planned, and Understood where it
    is known what it takes to be sure of a plan."""
    ctx.progress("decompose", 0, 1, f"sampling {_count(ctx.outlines, 'outline')}")
    drawn, asked = await _drawn(ctx)
    if drawn:
        plan, how = await _settle(ctx, drawn, asked)
    else:
        ctx.fallback(NODE, "one-step plan", "no outline could be read")
        plan, how = ctx.dialect.single_step(ctx.text), "no outline could be read"
    settled = plan
    if ctx.options.replace_last:
        plan = ctx.dialect.question_last(plan, ctx.text)
    if ctx.options.merge and ctx.options.assign == "threshold":
        pieces = len(plan.steps)
        plan = merged(plan, lambda draft: draft.sure is not None and ctx.hard(1 - draft.sure))
        if left := pieces - len(plan.steps):
            how += f"; {_count(left, 'unsure piece')} left to the last one"
    ctx.emit(
        ev.Planned(
            node=NODE, steps=plan.steps, outline=plan.text, how=how, givens=plan.givens,
            drafts=plan.drafts,
        )
    )  # fmt: skip
    if ctx.understanding is not None:
        ctx.emit(judged(ctx.understanding, ctx.dialect, ctx.text, settled, drawn, asked))
    ctx.progress("decompose", 1, 1, f"{_count(len(plan.steps), 'sub-problem')}, {how}")
    return plan


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


async def _drawn(ctx: Context) -> tuple[list[Drawn], int]:
    """Readable outlines of the first attempt that gives any, and how many it sampled."""
    for attempt in range(ctx.options.retries + 1):
        ctx.retried(NODE, "outline", attempt, "no outline could be read")
        samples = await ctx.ask(
            NODE,
            "outline",
            ctx.dialect.outline(ctx.text),
            n=ctx.outlines,
            temperature=temperature_of(ctx.options, ctx.outlines, attempt),
            max_tokens=ctx.dialect.limits.outline,
            attempt=attempt,
        )
        if drawn := _read(ctx, samples):
            return drawn, len(samples)
    return [], 0


def temperature_of(options: Options, count: int, attempt: int = 0) -> float:
    """Of `count` outlines. The likeliest one where there is only one; whoever tries again wants
    another."""
    if options.outline_temperature is not None:
        return options.outline_temperature
    return 0.0 if count == 1 and attempt == 0 else USUAL_TEMPERATURE


def _read(ctx: Context, samples: Sequence[Sample]) -> list[Drawn]:
    drawn: list[Drawn] = []
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
        drawn.append((plan, sample))
    return drawn


async def _settle(ctx: Context, drawn: Sequence[Drawn], asked: int) -> tuple[Plan, str]:
    candidates = [plan for plan, _ in drawn]
    votes = Counter(plan.text for plan in candidates)
    distinct = list({plan.text: plan for plan in candidates}.values())
    if len(distinct) == 1 and ctx.options.dedupe:
        return distinct[0], "all outlines agree" if len(candidates) > 1 else "the only outline"
    if ctx.options.choice == "first":
        return candidates[0], "the first readable outline"
    if ctx.options.choice == "surest" and ctx.understanding is not None:
        best = surest(ctx.understanding, ctx.dialect, ctx.text, drawn, asked)
        return best, f"the surest of {_count(len(distinct), 'different outline')}"
    if ctx.options.choice != "model":
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
                temperature=temperature_of(ctx.options, ctx.outlines, attempt) if attempt else 0.0,
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
