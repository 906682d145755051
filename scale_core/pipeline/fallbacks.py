"""What helps where a chat model does not keep to the form it was asked for.

Knows two ways out, both visible in the run: the model is asked for the result that is somewhere in
its reply, and a result that no verdict could be read about is held against fresh samples. Both are
bounded: one request each. Does not know prompts or who uses the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scale_core.answers.grouping import group
from scale_core.engines.base import Sample
from scale_core.pipeline.context import Context
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace import events as ev

WITNESSES = 2


async def extracted(
    ctx: Context, node: str, question: str, samples: Sequence[Sample], attempt: int, place: int = 0
) -> str | None:
    """The result of the first complete reply, read out of it by the model; None if there is none
    or this dialect does not ask. Raises Stopped, Exhausted, EngineError."""
    reply = next((s.text for s in samples if s.finish == "stop" and s.text.strip()), None)
    prompt = None if reply is None else ctx.dialect.extract(ctx.text, question, reply)
    if prompt is None:
        return None
    ctx.emit(
        ev.Fallback(
            node=node,
            what="the model reads the result out of its reply",
            reason="the reply has no result in the form asked for",
        )
    )
    (sample,) = await ctx.ask(
        node, "extract", prompt, max_tokens=ctx.dialect.limits.extract, attempt=attempt, place=place
    )
    return ctx.dialect.read_extracted(sample)


async def agreement(
    ctx: Context,
    plan: Plan,
    step: SubProblem,
    known: Mapping[str, str],
    mode: Mode,
    result: str,
    attempt: int,
) -> float | None:
    """The share of the result and WITNESSES fresh System 1 samples that agree on its value; None
    if none of them could be read. Raises Stopped, Exhausted, EngineError."""
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
    read = [ctx.dialect.read_result(sample, Mode.SYSTEM1) for sample in samples]
    found = [r for r in read if r is not None]
    if not found:
        return None
    same = next(members for members in group([result, *found]) if 0 in members)
    return len(same) / (1 + len(samples))
