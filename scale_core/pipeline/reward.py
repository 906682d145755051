"""What a process reward model says of a sub-problem's result.

Knows which lines such a model is given to read: one for each sub-problem solved so far, then the
one in question, as Qwen2.5-Math-PRM was trained to read solutions. Does not know what counts as
good enough.
"""

from __future__ import annotations

from collections.abc import Mapping

from scale_core.pipeline.context import Context
from scale_core.problem import Plan, SubProblem


async def reward(
    ctx: Context, plan: Plan, step: SubProblem, known: Mapping[str, str], result: str
) -> float:
    """The last line's score in [0, 1], charged to the step's `judge` stage. known: results by id.
    Raises EngineError, Stopped."""
    fill = ctx.dialect.fill
    lines = [f"{fill(plan, s, known)} = {known[s.id]}" for s in plan.steps if s.id in known]
    scores = await ctx.judge(step.id, [[*lines, f"{fill(plan, step, known)} = {result}"]])
    return scores[0][-1]
