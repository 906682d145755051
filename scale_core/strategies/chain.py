"""Chain-of-thought: the whole problem step by step, without a plan; with several samples and a
majority vote it is self-consistency.
"""

from __future__ import annotations

from scale_core.answers.grouping import majority
from scale_core.pipeline.context import Context
from scale_core.pipeline.fallbacks import extracted
from scale_core.trace import events as ev

NODE = ev.WHOLE_NODE


async def run_chain(ctx: Context) -> str | None:
    """Sample `options.samples` chains; returns the majority answer, None if none was readable."""
    options = ctx.options
    ctx.emit(
        ev.Progress(
            phase="execute", done=0, total=options.samples, text="thinking about the whole problem"
        )
    )
    samples = await ctx.ask(
        NODE,
        "chain",
        ctx.dialect.chain(ctx.text),
        n=options.samples,
        temperature=options.system2_temperature,
        max_tokens=options.system2_max_tokens or ctx.dialect.limits.chain,
    )
    answer, votes = majority([ctx.dialect.read_answer(s) for s in samples])
    if answer is None:
        answer = await extracted(ctx, NODE, ctx.text, samples, 0)
    ctx.emit(
        ev.Progress(
            phase="execute",
            done=len(samples),
            total=len(samples),
            text=f"{len(samples)} chain{'' if len(samples) == 1 else 's'} of thought",
        )
    )
    if answer is None:
        cut = all(s.finish == "length" for s in samples)
        ctx.emit(
            ev.StepFailed(
                node=NODE, reason="cut off at the token limit" if cut else "no answer could be read"
            )
        )
        return None
    ctx.emit(ev.Answered(answer=answer, node=NODE, votes=tuple(votes)))
    return answer
