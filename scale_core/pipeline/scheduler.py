"""Waves: a plan is solved in waves of sub-problems whose prerequisites are done.

Knows the order, what is passed on and what cannot be solved any more. All of a wave runs at the
same time; the next one starts when it is over, so that what a lane decides about the rest of its
budget never depends on timing (law 4). Does not know how a sub-problem is solved.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from scale_core.pipeline.context import Context
from scale_core.pipeline.step_sampler import Desk
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace import events as ev

Outcome = ev.StepSolved | str
"""A sub-problem's result, or why there is none."""


@dataclass
class Waves:
    """`run` calls `solve_wave` with the desks of each wave; it returns their outcomes in order."""

    ctx: Context
    plan: Plan
    results: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    number: int = 0

    async def run(
        self, solve_wave: Callable[[Sequence[Desk]], Awaitable[Sequence[Outcome]]]
    ) -> dict[str, str]:
        """Results by sub-problem id. Raises what `solve_wave` raises.

        A token budget is spent one sub-problem after another: only then is it known what is left,
        so that no more than one sample can exceed it.
        """
        while desks := self.desks():
            self.number += 1
            desks = desks if self.ctx.purse.unit == "rollouts" else desks[:1]
            outcomes = await solve_wave(desks)
            for desk, outcome in zip(desks, outcomes, strict=True):
                self.settle(desk.step, outcome)
        return self.results

    def desks(self) -> list[Desk]:
        """A desk for each sub-problem that can be worked on now. Those that cannot be, because of
        what they need or because they are beyond the model, fail here."""
        while True:
            self._progress()
            self._fail_unreachable()
            ready = self._ready()
            if found := [d for s in ready if (d := self._desk(s)) is not None]:
                return found
            if not ready:
                return []

    def give_up(self, reason: str) -> None:
        """Nothing more can be done for the sub-problems that are still open."""
        for step in self.open:
            self.settle(step, reason)

    @property
    def open(self) -> list[SubProblem]:
        """Sub-problems that are neither solved nor failed, in plan order."""
        return [s for s in self.plan.steps if s.id not in self.results and s.id not in self.failed]

    def _ready(self) -> tuple[SubProblem, ...]:
        return self.plan.ready(self.results, {*self.results, *self.failed})

    def _desk(self, step: SubProblem) -> Desk | None:
        """None, and a failure, for a sub-problem that is beyond the model."""
        known = {i: self.results[i] for i in self._ancestors(step)}
        if reason := self.ctx.dialect.refuse(self.plan, step, known):
            self.settle(step, reason)
            return None
        return Desk(self.ctx, self.plan, step, known)

    def _ancestors(self, step: SubProblem) -> list[str]:
        needed = set(step.depends_on)
        for earlier in reversed(self.plan.steps):
            if earlier.id in needed:
                needed |= set(earlier.depends_on)
        return [s.id for s in self.plan.steps if s.id in needed]

    def settle(self, step: SubProblem, outcome: Outcome) -> None:
        """A sub-problem's result, or its failure."""
        if isinstance(outcome, str):
            self.failed.add(step.id)
            self.ctx.emit(ev.StepFailed(node=step.id, reason=outcome))
        else:
            self.results[step.id] = outcome.result
            self.ctx.emit(outcome)

    def _fail_unreachable(self) -> None:
        for step in self.open:
            if lost := self.failed.intersection(step.depends_on):
                names = ", ".join(self.plan.by_id[i].name for i in sorted(lost))
                self.settle(step, f"it needs {names}, which failed")

    def _progress(self) -> None:
        done, total = len(self.results) + len(self.failed), len(self.plan.steps)
        failed = f", {len(self.failed)} failed" if self.failed else ""
        text = f"{len(self.results)} of {total} step{'s' * (total != 1)} solved{failed}"
        self.ctx.emit(ev.Progress(phase="execute", done=done, total=total, text=text))


def start(desk: Desk, mode: Mode) -> None:
    """Tell that a sub-problem is being worked on."""
    desk.ctx.emit(
        ev.StepStarted(
            node=desk.step.id,
            mode=mode,
            text=desk.ctx.dialect.fill(desk.plan, desk.step, desk.known),
            received=tuple((i, desk.known[i]) for i in desk.step.depends_on),
        )
    )


def even(total: int, parts: int) -> list[int]:
    """A total split into equal whole parts; what is left over goes to the first ones."""
    return [total // parts + (i < total % parts) for i in range(parts)]
