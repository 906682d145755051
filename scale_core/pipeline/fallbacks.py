"""Fallbacks: what helps where a model does not keep to the form it was asked for.

Knows how the model is asked, once, for the result that is somewhere in its reply, and how it is
said that nothing could be read. Each is visible in the run. Does not know prompts.
"""

from __future__ import annotations

from collections.abc import Sequence

from scale_core.engines.base import Sample
from scale_core.pipeline.context import Context


async def extracted(
    ctx: Context, node: str, question: str, samples: Sequence[Sample], attempt: int, place: int = 0
) -> str | None:
    """The result of the first complete reply, read out of it by the model; None if there is none
    or this dialect does not ask. Raises Stopped, Exhausted, EngineError."""
    reply = next((s.text for s in samples if s.finish == "stop" and s.text.strip()), None)
    prompt = None if reply is None else ctx.dialect.extract(ctx.text, question, reply)
    if prompt is None:
        return None
    what = "the model reads the result out of its reply"
    ctx.fallback(node, what, "the reply has no result in the form asked for")
    (sample,) = await ctx.ask(
        node, "extract", prompt, max_tokens=ctx.dialect.limits.extract, attempt=attempt, place=place
    )
    return ctx.dialect.read_extracted(sample)


def unreadable(samples: Sequence[Sample]) -> str:
    """Why there is no result, in words."""
    if not samples:
        return "the budget ran out before it could be tried"
    one = len(samples) == 1
    if all(s.finish == "length" for s in samples):
        return f"{'the' if one else 'every'} reply was cut off at the token limit"
    return f"no result could be read from {'the' if one else 'any'} reply"
