"""What a lane of a duel is given beside its context: the rule's settings and the budget.

Knows how a lane opens its budget once its plan is there. Does not know any rule.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from scale_core.pipeline.context import Context
from scale_core.pipeline.difficulty_profile import DifficultyProfile
from scale_core.problem import Plan
from scale_core.strategies.settings import Budget, Settings
from scale_core.trace import events as ev


class Refused(ValueError):
    """The lane cannot run under these terms; the message says why, in words for people."""


@dataclass(frozen=True)
class Terms:
    """`planned`: resolves to the size of the shared plan as soon as one lane has it (1 if none
    will), for lanes that have none; None outside a duel. `figures`: of the model's dev set."""

    settings: Settings = field(default_factory=Settings)
    budget: Budget = field(default_factory=lambda: Budget(4, "rollouts", per_step=True))
    planned: asyncio.Future[int] | None = None
    figures: DifficultyProfile | None = None


Runner = Callable[[Context, Terms], Awaitable[str | None]]
"""Runs a lane; returns its answer, None if it found none."""


def open_budget(ctx: Context, terms: Terms, steps: int, note: str = "") -> int:
    """Tell what may be spent on a plan of this size and put it into the lane's purse. In tokens
    the plan itself is already paid from it. Raises Refused."""
    try:
        limit = terms.budget.limit(max(1, steps))
    except ValueError as error:
        raise Refused(str(error)) from None
    ctx.purse.limit = limit
    ctx.emit(ev.Budgeted(limit=limit, unit=terms.budget.unit, steps=steps, note=note))
    return limit


def finish(ctx: Context, plan: Plan, results: dict[str, str]) -> str | None:
    """The last sub-problem's result is the answer."""
    answer = results.get(plan.last.id)
    if answer is not None:
        ctx.emit(ev.Answered(answer=answer, node=plan.last.id))
    return answer
