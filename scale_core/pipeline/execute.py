"""Stage 4, execute: solve the sub-problems in an order that respects the plan (SCALE eq. 5-6).

Knows the schedule of a DAG, how one step is solved, checked, escalated and retried, and that only
concise results are passed on, never thinking. Does not know prompts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from scale_core.answers.grouping import majority
from scale_core.engines.base import Sample
from scale_core.pipeline.assess import rate_now
from scale_core.pipeline.assign import assign
from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.confidence import confidence
from scale_core.pipeline.context import Context, worst
from scale_core.pipeline.fallbacks import agreement, extracted
from scale_core.pipeline.reward import reward
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace import events as ev


@dataclass
class Execution:
    """The results so far, by step id, and the steps that failed."""

    ctx: Context
    plan: Plan
    ratings: Mapping[str, ev.Rated]
    results: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    async def run(self) -> dict[str, str]:
        """Solve all steps; independent ones at the same time unless `parallel` is off."""
        total, started = len(self.plan.steps), set[str]()
        running: set[asyncio.Task[None]] = set()
        try:
            while len(self.results) + len(self.failed) < total:
                self._progress(total)
                self._fail_unreachable(started)
                for step in self.plan.ready(self.results, started | self.failed):
                    if running and not self.ctx.options.parallel:
                        break
                    started.add(step.id)
                    running.add(asyncio.create_task(self._step(step)))
                if not running:
                    break
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                if any(task.exception() for task in done):
                    running |= done
                    break
        finally:
            await self._wind_up(running)
        self._progress(total)
        return self.results

    async def _wind_up(self, running: set[asyncio.Task[None]]) -> None:
        """Stop what still runs (not drop it: it charges its tokens) and raise what went wrong."""
        if not running:
            return
        self.ctx.cancel.halt()
        await asyncio.wait(running)
        if error := worst(e for task in running if (e := task.exception())):
            raise error

    def _progress(self, total: int) -> None:
        done = len(self.results) + len(self.failed)
        failed = f", {len(self.failed)} failed" if self.failed else ""
        self.ctx.emit(
            ev.Progress(
                phase="execute",
                done=done,
                total=total,
                text=f"{len(self.results)} of {total} step{'s' * (total != 1)} solved{failed}",
            )
        )

    def _fail_unreachable(self, started: set[str]) -> None:
        for step in self.plan.steps:
            lost = self.failed.intersection(step.depends_on)
            if lost and step.id not in started | self.failed:
                names = ", ".join(self.plan.by_id[i].name for i in sorted(lost))
                self._fail(step, f"it needs {names}, which failed")

    def _fail(self, step: SubProblem, reason: str) -> None:
        self.failed.add(step.id)
        self.ctx.emit(ev.StepFailed(node=step.id, reason=reason))

    async def _step(self, step: SubProblem) -> None:
        known = {i: self.results[i] for i in self._visible(step)}
        if reason := self.ctx.dialect.refuse(self.plan, step, known):
            self._fail(step, reason)
            return
        mode, difficulty = await self._mode(step, known)
        self.ctx.emit(
            ev.StepStarted(
                node=step.id,
                mode=mode,
                text=self.ctx.dialect.fill(self.plan, step, known),
                received=tuple((i, self.results[i]) for i in step.depends_on),
            )
        )
        solved = await Solver(self.ctx, self.plan, step, known, difficulty).solve(mode)
        if isinstance(solved, str):
            self._fail(step, solved)
            return
        self.ctx.emit(solved)
        self.results[step.id] = solved.result

    def _visible(self, step: SubProblem) -> list[str]:
        """Earlier steps whose results this one may see: the plan's order, so that it does not
        depend on timing. Independent steps see only what they depend on."""
        if self.ctx.options.parallel:
            needed: set[str] = set()
            stack = list(step.depends_on)
            while stack:
                id = stack.pop()
                if id not in needed:
                    needed.add(id)
                    stack += self.plan.by_id[id].depends_on
            return [s.id for s in self.plan.steps if s.id in needed]
        return [s.id for s in self.plan.steps if s.id in self.results]

    async def _mode(self, step: SubProblem, known: Mapping[str, str]) -> tuple[Mode, float | None]:
        rating = await rate_now(self.ctx, self.plan, step, known, self.ratings.get(step.id))
        difficulty = rating.used if rating else None
        mode, reason = assign(
            self.ctx.options.assign, difficulty, self.ctx.tau(), step is self.plan.last
        )
        self.ctx.emit(ev.Assigned(node=step.id, mode=mode, reason=reason))
        return mode, difficulty


@dataclass
class Solver:
    """Solves one step: sample, read, check, escalate. Returns the event or the failure."""

    ctx: Context
    plan: Plan
    step: SubProblem
    known: Mapping[str, str]
    difficulty: float | None = None

    async def solve(self, mode: Mode) -> ev.StepSolved | str:
        solved = await self._attempts(mode)
        if mode is Mode.SYSTEM2 or not self.ctx.options.escalate:
            return solved
        if isinstance(solved, str):
            reason = solved
        elif solved.doubted:
            reason = f"the verifier doubts {solved.result}"
        else:
            return solved
        self.ctx.emit(ev.Escalated(node=self.step.id, reason=reason))
        careful = await self._attempts(Mode.SYSTEM2)
        if isinstance(careful, str) and not isinstance(solved, str):
            self.ctx.emit(
                ev.Fallback(node=self.step.id, what="System 1's doubted result", reason=careful)
            )
            return solved
        return careful

    async def _attempts(self, mode: Mode) -> ev.StepSolved | str:
        """Try a mode until a result is read and accepted; the likeliest doubted one stands.

        A doubted System 1 result is not tried again where it can be escalated instead.
        """
        best: tuple[float, ev.StepSolved] | None = None
        reason = ""
        for attempt in range(self.ctx.options.retries + 1):
            if attempt:
                self.ctx.emit(
                    ev.Retried(node=self.step.id, stage=mode.value, attempt=attempt, reason=reason)
                )
            try:
                solved, reason, confident = await self._once(mode, attempt)
            except Exhausted:
                reason = f"{reason}, and the budget ran out" if reason else "the budget ran out"
                break
            if solved is None:
                continue
            try:
                probability, accepted = await self._check(mode, solved.result, attempt, confident)
            except Exhausted:  # nothing is left to check it with
                return solved
            if accepted:
                return solved
            reason = f"the verifier doubts {solved.result}"
            doubted = ev.StepSolved(
                node=self.step.id, mode=mode, result=solved.result, votes=solved.votes, doubted=True
            )
            if best is None or probability > best[0]:
                best = (probability, doubted)
            if mode is Mode.SYSTEM1 and self.ctx.options.escalate:
                break
        return best[1] if best else reason

    async def _once(
        self, mode: Mode, attempt: int
    ) -> tuple[ev.StepSolved | None, str, float | None]:
        """The outcome, why there is none, and the model's own confidence in it."""
        options, limits, dialect = self.ctx.options, self.ctx.dialect.limits, self.ctx.dialect
        slow = mode is Mode.SYSTEM2
        samples = await self.ctx.ask(
            self.step.id,
            mode.value,
            dialect.solve(self.ctx.text, self.plan, self.step, self.known, mode),
            n=options.system2_samples if slow else options.system1_samples,
            temperature=self.ctx.temperature(mode),
            max_tokens=(options.system2_max_tokens or limits.system2) if slow else limits.system1,
            attempt=attempt,
        )
        read = [dialect.read_result(s, mode) for s in samples]
        result, votes = majority(read)
        if result is None:
            text = dialect.fill(self.plan, self.step, self.known)
            result = await extracted(self.ctx, self.step.id, text, samples, attempt, int(slow))
        if result is None:
            return None, _unreadable(samples), None
        solved = ev.StepSolved(
            node=self.step.id,
            mode=mode,
            result=result,
            votes=tuple(votes) if len(samples) > 1 else (),
        )
        return (
            solved,
            "",
            confidence([s for s, r in zip(samples, read, strict=True) if r == result]),
        )

    async def _check(
        self, mode: Mode, result: str, attempt: int, confident: float | None
    ) -> tuple[float, bool]:
        """The probability that the result is right and whether it is accepted; 1 if not checked."""
        options = self.ctx.options
        if options.verify == "none" or (mode is Mode.SYSTEM2 and not self._checks_slow(confident)):
            return 1.0, True
        judged = await self._judge(mode, result, attempt, confident)
        if judged is None:
            return 1.0, True
        probability, how = judged
        accepted = probability is not None and probability >= options.accept
        self.ctx.emit(
            ev.Verified(
                node=self.step.id,
                mode=mode,
                result=result,
                accepted=accepted,
                index=attempt,
                probability=None if probability is None else round(probability, 4),
                how=how,
            )
        )
        return probability or 0.0, accepted

    def _checks_slow(self, confident: float | None) -> bool:
        """Whether System 2's results are checked as well."""
        free = self.ctx.checker == "confidence" and confident is not None
        return self.ctx.options.verify == "all" or (self.ctx.options.verify == "auto" and free)

    async def _judge(
        self, mode: Mode, result: str, attempt: int, confident: float | None
    ) -> tuple[float | None, str] | None:
        """The probability that the result is right, and whose it is. None if nobody is asked."""
        ctx = self.ctx
        if ctx.checker == "confidence" and confident is not None:
            return confident, "confidence"
        if mode is Mode.SYSTEM1 and self.difficulty is not None and self.difficulty <= ctx.trust():
            return None
        if ctx.checker == "prm":
            return await reward(ctx, self.plan, self.step, self.known, result), "prm"
        dialect, place = ctx.dialect, int(mode is Mode.SYSTEM2)
        prompt = dialect.verify(ctx.text, self.plan, self.step, self.known, result)
        if prompt is None:
            return None
        (sample,) = await ctx.ask(
            self.step.id, "verify", prompt, max_tokens=dialect.limits.verify,
            attempt=attempt, place=place,
        )  # fmt: skip
        probability = dialect.read_verdict(sample)
        if probability is None and not dialect.judges_itself:
            probability = await agreement(
                ctx, self.plan, self.step, self.known, mode, result, attempt
            )
            return probability, "agreement"
        return probability, "model"


def _unreadable(samples: tuple[Sample, ...]) -> str:
    if all(s.finish == "length" for s in samples):
        return "the reply was cut off at the token limit"
    return "no result could be read from the reply"
