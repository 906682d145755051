"""The scheduler: sub-problems in an order that respects the plan (SCALE eq. 5).

Knows prerequisites, what is passed on and what cannot be solved any more. Without a limit each
sub-problem starts as soon as its prerequisites are done. With one the plan is solved in waves: all
that are ready run at the same time, and the next wave starts when they are over, so that what a
lane decides about the rest of its budget never depends on timing. Does not know how a sub-problem
is solved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field

from scale_core.pipeline.context import Context, worst
from scale_core.pipeline.step_sampler import Outcome, StepSampler
from scale_core.problem import Plan, SubProblem
from scale_core.trace import events as ev

Solve = Callable[[Sequence[StepSampler]], Awaitable[Sequence[Outcome]]]
"""Solves some sub-problems at the same time: their outcomes, in order."""


@dataclass
class Scheduler:
    """The results so far, by sub-problem id, and the sub-problems that failed."""

    ctx: Context
    plan: Plan
    results: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    wave: int = 0
    _counted: int = -1

    async def run(self, solve: Solve) -> dict[str, str]:
        """Results by sub-problem id. Raises what `solve` raises."""
        if self.ctx.budget.limit is None:
            await self._as_soon_as_ready(solve)
        else:
            await self._in_waves(solve)
        self._progress()
        return self.results

    async def _in_waves(self, solve: Solve) -> None:
        """A token budget is spent one sub-problem after another: only then is it known what is
        left, so that no more than one sample can exceed it."""
        while ready := self.ready():
            self.wave += 1
            together = self.ctx.budget.unit == "rollouts" and self.ctx.options.parallel
            ready = ready if together else ready[:1]
            outcomes = await solve(ready)
            for sampler, outcome in zip(ready, outcomes, strict=True):
                self.settle(sampler.step, outcome)

    async def _as_soon_as_ready(self, solve: Solve) -> None:
        started: set[str] = set()
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                for sampler in self.ready(started):
                    if running and not self.ctx.options.parallel:
                        break
                    started.add(sampler.step.id)
                    running.add(asyncio.create_task(self._alone(solve, sampler)))
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                if any(task.exception() for task in done):
                    running |= done
                    return
        finally:
            await self._wind_up(running)

    async def _alone(self, solve: Solve, sampler: StepSampler) -> None:
        (outcome,) = await solve([sampler])
        self.settle(sampler.step, outcome)

    async def _wind_up(self, running: set[asyncio.Task[None]]) -> None:
        """Stop what still runs (not drop it: it charges its tokens) and raise what went wrong."""
        if not running:
            return
        self.ctx.cancel.halt()
        await asyncio.wait(running)
        if error := worst(e for task in running if (e := task.exception())):
            raise error

    # ---- one sub-problem -------------------------------------------------------------------

    def ready(self, started: Collection[str] = ()) -> list[StepSampler]:
        """A sampler for each sub-problem that can be worked on now and was not started. Those that
        cannot be, because of what they need or because they are beyond the model, fail here."""
        while True:
            self._progress()
            self._fail_unreachable()
            over = {*self.results, *self.failed, *started}
            ready = self.plan.ready(self.results, over)
            found = [s for step in ready if (s := self._sampler(step)) is not None]
            if found or not ready:
                return found

    def _sampler(self, step: SubProblem) -> StepSampler | None:
        """None, and a failure, for a sub-problem that is beyond the model."""
        known = {i: self.results[i] for i in self._visible(step)}
        if reason := self.ctx.dialect.refuse(self.plan, step, known):
            self.settle(step, reason)
            return None
        return StepSampler(self.ctx, self.plan, step, known)

    def _visible(self, step: SubProblem) -> Sequence[str]:
        """Earlier sub-problems whose results this one may see, in the plan's order. Where
        independent ones run at the same time: what it rests on, so that nothing depends on
        timing; else all before it."""
        if self.ctx.options.parallel:
            return self.plan.behind(step)
        return [s.id for s in self.plan.steps if s.id in self.results]

    @property
    def open(self) -> list[SubProblem]:
        """Sub-problems that are neither solved nor failed, in plan order."""
        return [s for s in self.plan.steps if s.id not in self.results and s.id not in self.failed]

    def settle(self, step: SubProblem, outcome: Outcome) -> None:
        """A sub-problem's result, or its failure."""
        if isinstance(outcome, str):
            self.failed.add(step.id)
            self.ctx.emit(ev.StepFailed(node=step.id, reason=outcome))
        else:
            self.results[step.id] = outcome.result
            self.ctx.emit(outcome)

    def give_up(self, reason: str) -> None:
        """Nothing more can be done for the sub-problems that are still open."""
        for step in self.open:
            self.settle(step, reason)

    def _fail_unreachable(self) -> None:
        for step in self.open:
            if lost := self.failed.intersection(step.depends_on):
                names = ", ".join(self.plan.by_id[i].name for i in sorted(lost))
                self.settle(step, f"it needs {names}, which failed")

    def _progress(self) -> None:
        """Tell how many are done, where that has changed."""
        done, total = len(self.results) + len(self.failed), len(self.plan.steps)
        if done == self._counted:
            return
        self._counted = done
        failed = f", {len(self.failed)} failed" if self.failed else ""
        text = f"{len(self.results)} of {total} step{'s' * (total != 1)} solved{failed}"
        self.ctx.progress("execute", done, total, text)
