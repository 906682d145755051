"""Verification: the probability that a result is right, and whose judgement it is.

Knows the model's verdict when it is asked, a process reward model where there is one, and agreement
with fresh samples where a verdict cannot be read; the model's own confidence costs nothing and is
the parse cache's. Does not know what counts as good enough, or what follows.
"""

from __future__ import annotations

from collections.abc import Mapping

from scale_core.answers.grouping import group_async
from scale_core.pipeline.context import Context
from scale_core.problem import Mode, Plan, SubProblem

WITNESSES = 2
"""Fresh System 1 samples that a result is held against where no verdict can be read."""

Judgement = tuple[float | None, str]
"""A probability, None if it could not be read, and how it came about (`Verified.how`)."""


async def judged(
    ctx: Context,
    plan: Plan,
    step: SubProblem,
    known: Mapping[str, str],
    result: str,
    *,
    attempt: int = 0,
    place: int = 0,
) -> Judgement | None:
    """Somebody else's judgement: the process reward model's where there is one, else the verdict
    of the model itself; None where it cannot be asked for one. Raises Exhausted, Stopped,
    EngineError."""
    if ctx.checker == "prm":
        return await _reward(ctx, plan, step, known, result), "prm"
    prompt = ctx.dialect.verify(ctx.text, plan, step, known, result)
    if prompt is None:
        return None
    (sample,) = await ctx.ask(
        step.id, "verify", prompt, max_tokens=ctx.dialect.limits.verify,
        attempt=attempt, place=place,
    )  # fmt: skip
    return ctx.dialect.read_verdict(sample), "model"


async def _reward(
    ctx: Context, plan: Plan, step: SubProblem, known: Mapping[str, str], result: str
) -> float:
    """The score of the last line of a solution with one line for each sub-problem solved so far,
    as Qwen2.5-Math-PRM was trained to read them."""
    fill = ctx.dialect.fill
    lines = [f"{fill(plan, s, known)} = {known[s.id]}" for s in plan.steps if s.id in known]
    scores = await ctx.judge(step.id, [[*lines, f"{fill(plan, step, known)} = {result}"]])
    return scores[0][-1]


async def agreement(
    ctx: Context,
    plan: Plan,
    step: SubProblem,
    known: Mapping[str, str],
    mode: Mode,
    result: str,
    attempt: int,
) -> float | None:
    """The share of the result and fresh System 1 samples that agree on its value; None if none of
    them could be read. Raises Exhausted, Stopped, EngineError."""
    samples = await ctx.ask(
        step.id,
        "verify",
        ctx.dialect.solve(ctx.text, plan, step, known, Mode.SYSTEM1),
        n=WITNESSES,
        temperature=ctx.temperature(Mode.SYSTEM1),
        max_tokens=ctx.dialect.limits.system1,
        attempt=attempt,
        place=2 + int(mode is Mode.SYSTEM2),
    )
    asked = plan.asked(step, ctx.text)
    read = [ctx.dialect.read_result(sample, Mode.SYSTEM1, asked) for sample in samples]
    found = [r for r in read if r is not None]
    if not found:
        return None
    same = next(members for members in await group_async([result, *found]) if 0 in members)
    return len(same) / (1 + len(samples))
