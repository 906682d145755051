"""The SCALE strategy: decompose, assess, assign, execute.

Knows the order of the stages. Each stage is a module of `scale_core.pipeline`.
"""

from __future__ import annotations

from scale_core.pipeline.assess import assess
from scale_core.pipeline.assign import assign
from scale_core.pipeline.context import Context
from scale_core.pipeline.decompose import decompose
from scale_core.pipeline.execute import Execution
from scale_core.problem import Plan
from scale_core.trace import events as ev


async def run_scale(ctx: Context) -> str | None:
    """Solve the problem; returns the answer, None if the last step was not solved."""
    plan = await decompose(ctx)
    ratings = await assess(ctx, plan)
    _announce(ctx, plan, ratings)
    results = await Execution(ctx, plan, ratings).run()
    answer = results.get(plan.last.id)
    if answer is not None:
        ctx.emit(ev.Answered(answer=answer, node=plan.last.id))
    return answer


def _announce(ctx: Context, plan: Plan, ratings: dict[str, ev.Rated]) -> None:
    """Stage 3 for the whole plan at once, before anything runs. Assignments that rest on a
    provisional rating are made again just before their step."""
    slow = late = 0
    for step in plan.steps:
        rating = ratings.get(step.id)
        if rating is None and ctx.options.assign == "threshold":
            late += 1
            continue
        mode, reason = assign(
            ctx.options.assign, rating.used if rating else None, ctx.tau(), step is plan.last
        )
        slow += mode.value == "system2"
        ctx.emit(
            ev.Assigned(
                node=step.id,
                mode=mode,
                reason=reason,
                provisional=rating is not None and rating.provisional,
            )
        )
    total = len(plan.steps)
    ctx.emit(
        ev.Progress(
            phase="assign",
            done=total,
            total=total,
            text=f"{slow} × System 2, {total - late - slow} × System 1"
            + (f", {late} after their rating" if late else ""),
        )
    )
