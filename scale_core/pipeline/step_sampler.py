"""The step sampler: one sub-problem with the earlier results it was given, and its samples so far.

Knows how samples are drawn one after another from one prompt, read, judged once a result, and how
beliefs in equal results add up. Does not know how many are drawn, nor what follows from them: that
is the lanes' business, or `solve_step`'s.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from scale_core.answers.grouping import group_async, majority_async
from scale_core.pipeline.budget import BudgetMeter, Exhausted
from scale_core.pipeline.context import Context
from scale_core.pipeline.fallbacks import unreadable
from scale_core.pipeline.parse_cache import ParsedSample
from scale_core.pipeline.verify import Judgement, judged
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace import events as ev

Outcome = ev.StepSolved | str
"""A sub-problem's result, or why there is none."""


@dataclass
class StepSampler:
    """The samples of one prompt so far. Sample i of a mode is the same in every lane. `skip`: how
    many of them to leave out at the beginning, for another look at the same prompt."""

    ctx: Context
    plan: Plan
    step: SubProblem
    known: Mapping[str, str]
    drawn: list[ParsedSample] = field(default_factory=list)
    doubts: dict[str, float] = field(default_factory=dict)
    skip: int = 0
    _judgements: dict[str, Judgement | None] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict)
    _told: set[tuple[str, str]] = field(default_factory=set)

    def start(self, mode: Mode) -> None:
        """Tell that the sub-problem is being worked on."""
        self.ctx.emit(
            ev.StepStarted(
                node=self.step.id,
                mode=mode,
                text=self.ctx.dialect.fill(self.plan, self.step, self.known),
                received=tuple((i, self.known[i]) for i in self.step.depends_on),
            )
        )

    # ---- samples ---------------------------------------------------------------------------

    def spend_from(self, budget: BudgetMeter) -> None:
        self.ctx = replace(self.ctx, budget=budget)

    async def draw(
        self, mode: Mode, n: int, attempt: int = 0, first: int | None = None
    ) -> list[ParsedSample]:
        """The next n samples of a mode, or as many as the budget pays for. attempt: with another
        seed, for another try. Raises Exhausted, Stopped, EngineError."""
        if first is None:
            first = self.skip + sum(d.mode is mode for d in self.drawn)
        samples = await self.ctx.ask(
            self.step.id,
            mode.value,
            self.ctx.dialect.solve(self.ctx.text, self.plan, self.step, self.known, mode),
            n=n,
            first=first,
            temperature=self.ctx.temperature(mode),
            max_tokens=self.ctx.max_tokens(mode),
            attempt=attempt,
        )
        read, asked = self.ctx.parsed.read, self.plan.asked(self.step, self.ctx.text)
        new = [read(self.ctx.dialect, sample, mode, asked) for sample in samples]
        self.drawn += new
        return new

    async def draw_all(self, mode: Mode, n: int) -> list[ParsedSample]:
        """Draw n samples in as many requests as the budget makes necessary; fewer if it runs out
        after the first. Raises Exhausted if it pays for none, Stopped, EngineError."""
        new = await self.draw(mode, n)
        with contextlib.suppress(Exhausted):
            while len(new) < n:
                new += await self.draw(mode, n - len(new))
        return new

    async def spend(self, mode: Mode) -> list[ParsedSample]:
        """Draw for as much as the budget holds: all rollouts at once, or samples as long as
        tokens are left for one of the mean size. Raises Exhausted if it pays for none."""
        budget = self.ctx.budget
        assert budget.limit is not None
        if budget.unit == "rollouts":
            return await self.draw(mode, budget.limit)
        new = await self.draw(mode, 1)
        mean = max(1, budget.spent)
        with contextlib.suppress(Exhausted):
            while (budget.left or 0) >= mean:
                new += await self.draw(mode, max(1, (budget.left or 0) // mean))
                mean = max(1, budget.spent // len(new))
        return new

    # ---- judgements ------------------------------------------------------------------------

    async def check(self, sample: ParsedSample) -> float | None:
        """The probability that the sample's result is right: a process reward model's where there
        is one, else the model's own confidence in the text or its verdict, asked for once a
        result. None if it cannot be judged. Raises Exhausted, Stopped, EngineError."""
        if sample.result is None:
            return None
        probability, how = None, "confidence"
        if self._checker == "confidence":
            probability = self.ctx.parsed.probability(sample.sample)
        if probability is None:
            probability, how = await self._judged(sample.result) or (None, "model")
        if probability is not None:
            self._tell(sample, sample.result, probability, how)
        return probability

    @cached_property
    def _checker(self) -> str:
        """What judges here: asked for each sample, and the same for all."""
        return self.ctx.checker

    async def _judged(self, result: str) -> Judgement | None:
        if result not in self._judgements:
            self._judgements[result] = await judged(
                self.ctx, self.plan, self.step, self.known, result
            )
        return self._judgements[result]

    def _tell(self, sample: ParsedSample, result: str, probability: float, how: str) -> None:
        """Each result is told once a wording: of equal ones only the first."""
        if (result, how) in self._told:
            return
        self._told.add((result, how))
        self.ctx.emit(
            ev.Verified(
                node=self.step.id,
                mode=sample.mode,
                result=result,
                probability=round(probability, 4),
                accepted=probability >= self.ctx.options.accept,
                index=sample.sample.index,
                how=how,
            )
        )

    # ---- beliefs ---------------------------------------------------------------------------

    async def consider(self, sample: ParsedSample) -> float | None:
        """Judge a new sample and believe in its value accordingly: 1 - the product of the doubts
        of all samples that agree on it. None if there is nothing to judge, or to judge with."""
        probability = await self.check(sample)
        if sample.result is None or probability is None:
            return None
        key = await self.key(sample.result)
        self.doubts[key] = self.doubts.get(key, 1.0) * (1.0 - probability)
        return 1.0 - self.doubts[key]

    async def until(self, mode: Mode, sure: float) -> Outcome:
        """Draw one by one until a value is believed at least this much, or the budget is empty;
        the most believed value is the outcome, doubted if it is not believed enough. Raises
        Stopped, EngineError."""
        try:
            while True:
                (sample,) = await self.draw(mode, 1)
                belief = await self.consider(sample)
                if sample.result is not None and (belief is None or belief >= sure):
                    return await self.outcome(mode, await self.key(sample.result))
        except Exhausted:
            pass
        if not self.doubts:
            return await self.settled(mode, doubted=True)
        return await self.outcome(mode, self.most_believed, doubted=True)

    @property
    def belief(self) -> float | None:
        """In the most believed value so far; None before there is one."""
        return 1.0 - min(self.doubts.values()) if self.doubts else None

    @property
    def most_believed(self) -> str:
        """Of equals the first. There must be one."""
        return min(self.doubts, key=lambda key: self.doubts[key])

    async def key(self, result: str) -> str:
        """The first spelling of the result's value here: equal results have the same key."""
        if result not in self._keys:
            known = list(dict.fromkeys(self._keys.values()))
            groups = await group_async([*known, result])
            same = next((m for m in groups if len(known) in m), [len(known)])
            self._keys[result] = [*known, result][same[0]]
        return self._keys[result]

    # ---- outcomes --------------------------------------------------------------------------

    async def votes(self) -> tuple[str | None, list[tuple[str, int]]]:
        """The majority value of the samples and how often each value came."""
        return await majority_async([d.result for d in self.drawn])

    async def settled(self, mode: Mode, doubted: bool = False) -> Outcome:
        """The outcome by majority: the event, or why there is none."""
        result, _ = await self.votes()
        if result is None:
            return unreadable([d.sample for d in self.drawn])
        return await self.outcome(mode, result, doubted)

    async def outcome(self, mode: Mode, result: str, doubted: bool = False) -> ev.StepSolved:
        return ev.StepSolved(
            node=self.step.id,
            mode=mode,
            result=result,
            votes=tuple((await self.votes())[1]) if len(self.drawn) > 1 else (),
            doubted=doubted,
        )
