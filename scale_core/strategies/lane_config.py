"""A lane's configuration: its rule's settings, its budget, and what it knows beside its context.

Knows how a lane opens its budget once its plan is there, and how it ends. Does not know any rule.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from scale_core.pipeline.context import Context
from scale_core.pipeline.difficulty_profile import DifficultyProfile
from scale_core.problem import Plan
from scale_core.strategies.settings import BudgetSpec, Settings
from scale_core.trace import events as ev


class Refused(ValueError):
    """The lane cannot run with this configuration; the message says why, in words for people."""


@dataclass(frozen=True)
class LaneConfig:
    """`budget`: None for no limit. `planned`: resolves to the size of the shared plan as soon as
    one lane has it (1 if none will), for lanes that have none. `profile`: of the model's dev
    set."""

    settings: Settings = field(default_factory=Settings)
    budget: BudgetSpec | None = None
    planned: asyncio.Future[int] | None = None
    profile: DifficultyProfile | None = None


Runner = Callable[[Context, LaneConfig], Awaitable[str | None]]
"""Runs a lane; returns its answer, None if it found none."""


def open_budget(ctx: Context, config: LaneConfig, steps: int, note: str = "") -> int:
    """Tell what may be spent on a plan of this size and put it into the lane's meter. In tokens
    the plan itself is already paid from it. Raises Refused, also without a budget."""
    if config.budget is None:
        raise Refused("this lane shares out a budget: give it one")
    try:
        limit = config.budget.limit(max(1, steps))
    except ValueError as error:
        raise Refused(str(error)) from None
    ctx.budget.limit = limit
    ctx.emit(ev.Budgeted(limit=limit, unit=config.budget.unit, steps=steps, note=note))
    return limit


def finish(ctx: Context, plan: Plan, results: dict[str, str]) -> str | None:
    """The last sub-problem's result is the answer."""
    answer = results.get(plan.last.id)
    if answer is not None:
        ctx.emit(ev.Answered(answer=answer, node=plan.last.id))
    return answer


def even(total: int, parts: int) -> list[int]:
    """A total split into equal whole parts; what is left over goes to the first ones."""
    return [total // parts + (i < total % parts) for i in range(parts)]
