"""A desk: where one sub-problem, with the earlier results it was given, is worked on.

Knows how samples are drawn one after another from one prompt, read, and checked once a result.
Does not know how many are drawn, nor what follows from them: that is the lanes' business.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from scale_core.answers.grouping import group, majority
from scale_core.pipeline.budget import Exhausted, Purse
from scale_core.pipeline.context import Context
from scale_core.pipeline.parse_cache import Draw
from scale_core.pipeline.reward import reward
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace import events as ev


@dataclass
class Desk:
    """The samples of one prompt so far. Sample i of a mode is the same in every lane. `skip`: how
    many of them to leave out at the beginning, for another look at the same prompt."""

    ctx: Context
    plan: Plan
    step: SubProblem
    known: Mapping[str, str]
    drawn: list[Draw] = field(default_factory=list)
    checked: dict[str, float | None] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    told: set[tuple[str, str]] = field(default_factory=set)
    doubts: dict[str, float] = field(default_factory=dict)
    skip: int = 0

    def spend_from(self, purse: Purse) -> None:
        self.ctx = replace(self.ctx, purse=purse)

    async def draw_all(self, mode: Mode, n: int) -> list[Draw]:
        """Draw n samples in as many requests as the purse makes necessary; fewer if it runs out
        after the first. Raises Exhausted if it pays for none, Stopped, EngineError."""
        new = await self.draw(mode, n)
        with contextlib.suppress(Exhausted):
            while len(new) < n:
                new += await self.draw(mode, n - len(new))
        return new

    async def spend(self, mode: Mode) -> list[Draw]:
        """Draw for as much as the purse holds: all rollouts at once, or samples as long as
        tokens are left for one of the mean size. Raises Exhausted if it pays for none."""
        purse = self.ctx.purse
        assert purse.limit is not None
        if purse.unit == "rollouts":
            return await self.draw(mode, purse.limit)
        new = await self.draw(mode, 1)
        mean = max(1, purse.spent)
        with contextlib.suppress(Exhausted):
            while (purse.left or 0) >= mean:
                new += await self.draw(mode, max(1, (purse.left or 0) // mean))
                mean = max(1, purse.spent // len(new))
        return new

    async def draw(self, mode: Mode, n: int, attempt: int = 0) -> list[Draw]:
        """The next n samples of a mode, or as many as the purse pays for. attempt: with another
        seed, for another try. Raises Exhausted, Stopped, EngineError."""
        limits, options = self.ctx.dialect.limits, self.ctx.options
        slow = mode is Mode.SYSTEM2
        samples = await self.ctx.ask(
            self.step.id,
            mode.value,
            self.ctx.dialect.solve(self.ctx.text, self.plan, self.step, self.known, mode),
            n=n,
            first=self.skip + sum(d.mode is mode for d in self.drawn),
            temperature=self.ctx.temperature(mode),
            max_tokens=(options.system2_max_tokens or limits.system2) if slow else limits.system1,
            attempt=attempt,
        )
        read, dialect = self.ctx.readings.draw, self.ctx.dialect
        new = [read(dialect, sample, mode) for sample in samples]
        self.drawn += new
        return new

    async def check(self, draw: Draw) -> float | None:
        """The probability that the draw's result is right: a process reward model's where there is
        one, else the model's own confidence in the text or its verdict, asked for once a result.
        None if it cannot be judged. Raises Exhausted, Stopped, EngineError."""
        if draw.result is None:
            return None
        probability, how = None, "confidence"
        if self._checker == "confidence":
            probability = self.ctx.readings.probability(draw.sample)
        if probability is None:
            probability, how = await self._verdict(draw.result)
        if probability is not None:
            self._tell(draw, draw.result, probability, how)
        return probability

    @cached_property
    def _checker(self) -> str:
        """What judges here: asked for each draw, and the same for all."""
        return self.ctx.checker

    async def _verdict(self, result: str) -> tuple[float | None, str]:
        prm = self._checker == "prm"
        if result not in self.checked:
            self.checked[result] = await (
                reward(self.ctx, self.plan, self.step, self.known, result)
                if prm
                else self._verify(result)
            )
        return self.checked[result], "prm" if prm else "model"

    async def _verify(self, result: str) -> float | None:
        dialect = self.ctx.dialect
        prompt = dialect.verify(self.ctx.text, self.plan, self.step, self.known, result)
        if prompt is None:
            return None
        (sample,) = await self.ctx.ask(
            self.step.id, "verify", prompt, max_tokens=dialect.limits.verify
        )
        return dialect.read_verdict(sample)

    def _tell(self, draw: Draw, result: str, probability: float, how: str) -> None:
        """Each result is told once a wording: of equal ones only the first."""
        if (result, how) in self.told:
            return
        self.told.add((result, how))
        self.ctx.emit(
            ev.Verified(
                node=self.step.id,
                mode=draw.mode,
                result=result,
                probability=round(probability, 4),
                accepted=probability >= self.ctx.options.accept,
                index=draw.sample.index,
                how=how,
            )
        )

    async def consider(self, draw: Draw) -> float | None:
        """Judge a new draw and believe in its value accordingly: 1 - the product of the doubts of
        all draws that agree on it. None if there is nothing to judge, or to judge with."""
        probability = await self.check(draw)
        if draw.result is None or probability is None:
            return None
        key = self.key(draw.result)
        self.doubts[key] = self.doubts.get(key, 1.0) * (1.0 - probability)
        return 1.0 - self.doubts[key]

    async def until(self, mode: Mode, sure: float) -> ev.StepSolved | str:
        """Draw one by one until a value is believed at least this much, or the purse is empty;
        the most believed value is the outcome, doubted if it is not believed enough. Raises
        Stopped, EngineError."""
        try:
            while True:
                (draw,) = await self.draw(mode, 1)
                belief = await self.consider(draw)
                if draw.result is not None and (belief is None or belief >= sure):
                    return self.outcome(mode, self.key(draw.result))
        except Exhausted:
            pass
        if not self.doubts:
            return self.settled(mode, doubted=True)
        return self.outcome(mode, self.most_believed, doubted=True)

    @property
    def belief(self) -> float | None:
        """In the most believed value so far; None before there is one."""
        return 1.0 - min(self.doubts.values()) if self.doubts else None

    @property
    def most_believed(self) -> str:
        """Of equals the first. There must be one."""
        return min(self.doubts, key=lambda key: self.doubts[key])

    def key(self, result: str) -> str:
        """The first spelling of the result's value here: equal results have the same key."""
        if result not in self.keys:
            known = list(dict.fromkeys(self.keys.values()))
            same = next((m for m in group([*known, result]) if len(known) in m), [len(known)])
            self.keys[result] = [*known, result][same[0]]
        return self.keys[result]

    @property
    def votes(self) -> tuple[str | None, list[tuple[str, int]]]:
        """The majority value of the draws and how often each value came."""
        return majority([d.result for d in self.drawn])

    def settled(self, mode: Mode, doubted: bool = False) -> ev.StepSolved | str:
        """The outcome by majority: the event, or why there is none."""
        result = self.votes[0]
        if result is None:
            return unreadable(self.drawn)
        return self.outcome(mode, result, doubted)

    def outcome(self, mode: Mode, result: str, doubted: bool = False) -> ev.StepSolved:
        return ev.StepSolved(
            node=self.step.id,
            mode=mode,
            result=result,
            votes=tuple(self.votes[1]) if len(self.drawn) > 1 else (),
            doubted=doubted,
        )


def unreadable(drawn: list[Draw]) -> str:
    if not drawn:
        return "the budget ran out before it could be tried"
    if all(d.sample.finish == "length" for d in drawn):
        return "every reply was cut off at the token limit"
    return "no result could be read from any reply"
