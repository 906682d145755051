"""One sub-problem solved in a mode: sample, read, check, escalate (SCALE eq. 6).

Knows retries, which get a seed of their own and are bounded, checks of a result, and the way from
a doubted System 1 result to System 2. Does not know how a mode was chosen or what a lane may spend
beyond the budget that refuses to pay.
"""

from __future__ import annotations

from dataclasses import dataclass

from scale_core.answers.grouping import majority_async
from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.context import Context
from scale_core.pipeline.parse_cache import unreadable
from scale_core.pipeline.step_sampler import Outcome, StepSampler
from scale_core.pipeline.verify import Judgement, agreement, extracted, judged
from scale_core.problem import Mode
from scale_core.trace import events as ev


async def solve_step(sampler: StepSampler, mode: Mode, difficulty: float | None) -> Outcome:
    """The sub-problem's outcome. A System 1 result that is doubted or cannot be read is worked out
    in System 2 where `escalate` says so. Raises Stopped, EngineError."""
    return await _StepSolver(sampler, difficulty).solve(mode)


@dataclass(frozen=True)
class _Read:
    """What one try gave: a result with the model's confidence in it, or why there is none."""

    solved: ev.StepSolved | None
    reason: str = ""
    confidence: float | None = None


@dataclass
class _StepSolver:
    sampler: StepSampler
    difficulty: float | None

    @property
    def ctx(self) -> Context:
        return self.sampler.ctx

    @property
    def node(self) -> str:
        return self.sampler.step.id

    async def solve(self, mode: Mode) -> Outcome:
        solved = await self._attempts(mode)
        if mode is Mode.SYSTEM2 or not self.ctx.options.escalate:
            return solved
        if isinstance(solved, str):
            reason = solved
        elif solved.doubted:
            reason = f"the verifier doubts {solved.result}"
        else:
            return solved
        self.ctx.emit(ev.Escalated(node=self.node, reason=reason))
        careful = await self._attempts(Mode.SYSTEM2)
        if isinstance(careful, str) and not isinstance(solved, str):
            self.ctx.fallback(self.node, "System 1's doubted result", careful)
            return solved
        return careful

    async def _attempts(self, mode: Mode) -> Outcome:
        """Try a mode until a result is read and accepted; the likeliest doubted one stands.

        A doubted System 1 result is not tried again where it can be escalated instead.
        """
        best: tuple[float, ev.StepSolved] | None = None
        reason = ""
        for attempt in range(self.ctx.options.retries + 1):
            self.ctx.retried(self.node, mode.value, attempt, reason)
            try:
                read = await self._once(mode, attempt)
            except Exhausted:
                reason = f"{reason}, and the budget ran out" if reason else "the budget ran out"
                break
            reason = read.reason
            if (solved := read.solved) is None:
                continue
            try:
                probability, accepted = await self._check(solved, attempt, read.confidence)
            except Exhausted:  # nothing is left to check it with
                return solved
            if accepted:
                return solved
            reason = f"the verifier doubts {solved.result}"
            doubted = ev.StepSolved(
                node=self.node, mode=mode, result=solved.result, votes=solved.votes, doubted=True
            )
            if best is None or probability > best[0]:
                best = (probability, doubted)
            if mode is Mode.SYSTEM1 and self.ctx.options.escalate:
                break
        return best[1] if best else reason

    async def _once(self, mode: Mode, attempt: int) -> _Read:
        sampler, options = self.sampler, self.ctx.options
        slow = mode is Mode.SYSTEM2
        n = options.system2_samples if slow else options.system1_samples
        tried = [d for d in sampler.drawn if d.mode is mode] if attempt == 0 else []
        drawn = tried or await sampler.draw(mode, n, attempt, first=0)
        samples = [d.sample for d in drawn]
        result, votes = await majority_async([d.result for d in drawn])
        if result is None:
            text = self.ctx.dialect.fill(sampler.plan, sampler.step, sampler.known)
            result = await extracted(self.ctx, self.node, text, samples, attempt, int(slow))
        if result is None:
            return _Read(None, unreadable(samples))
        solved = ev.StepSolved(
            node=self.node,
            mode=mode,
            result=result,
            votes=tuple(votes) if len(samples) > 1 else (),
        )
        same = [d.sample for d in drawn if d.result == result]
        return _Read(solved, confidence=self.ctx.parsed.confidence(same))

    async def _check(
        self, solved: ev.StepSolved, attempt: int, confidence: float | None
    ) -> tuple[float, bool]:
        """The probability that the result is right and whether it is accepted; 1 if not checked."""
        options, mode = self.ctx.options, solved.mode
        slow = mode is Mode.SYSTEM2
        unchecked = not self._checks_slow(confidence) if slow else self._rated_by_answer
        if options.verify == "none" or unchecked:
            return 1.0, True
        found = await self._judge(solved, attempt, confidence)
        if found is None:
            return 1.0, True
        probability, how = found
        accepted = probability is not None and probability >= options.accept
        self.ctx.emit(
            ev.Verified(
                node=self.node,
                mode=mode,
                result=solved.result,
                accepted=accepted,
                index=attempt,
                probability=None if probability is None else round(probability, 4),
                how=how,
            )
        )
        return probability or 0.0, accepted

    @property
    def _rated_by_answer(self) -> bool:
        """Whether its rating was a look at System 1's answer already."""
        options = self.ctx.options
        return (
            options.verify == "auto"
            and options.rating == "attempt"
            and (options.assign == "threshold")
        )

    def _checks_slow(self, confidence: float | None) -> bool:
        """Whether System 2's results are checked as well."""
        free = self.ctx.checker == "confidence" and confidence is not None
        return self.ctx.options.verify == "all" or (self.ctx.options.verify == "auto" and free)

    async def _judge(
        self, solved: ev.StepSolved, attempt: int, confidence: float | None
    ) -> Judgement | None:
        """None if nobody is asked."""
        ctx, s, mode = self.ctx, self.sampler, solved.mode
        if ctx.checker == "confidence" and confidence is not None:
            return confidence, "confidence"
        easy = self.difficulty is not None and self.difficulty <= ctx.trust()
        if mode is Mode.SYSTEM1 and easy:
            return None
        place = int(mode is Mode.SYSTEM2)
        found = await judged(
            ctx, s.plan, s.step, s.known, solved.result, attempt=attempt, place=place
        )
        if found == (None, "model") and not ctx.dialect.judges_itself:
            share = await agreement(ctx, s.plan, s.step, s.known, mode, solved.result, attempt)
            return share, "agreement"
        return found
