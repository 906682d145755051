"""All arms together: who is open, in what order, and what happens to the others when one is done.

Knows settings, prerequisites and the ranking, and keeps them in step. Does not know tickets,
rounds or stages.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scale_core.allocation.bandit.arm import Arm, Purse
from scale_core.allocation.bandit.prerequisites import Prerequisites
from scale_core.allocation.bandit.rules import Ranking, bonus_scale, fixed_part
from scale_core.allocation.bandit.values import Settings, State, Unit


class Standing(NamedTuple):
    """What the rule sees of an arm (see Decision for the words; `value` is the index)."""

    pulls: int
    mean: float
    bonus: float
    value: float
    gap: float
    entropy: float


class Pool:
    """The arms, numbered from 0. After a change to an arm call `refresh`.

    current: in a stream the arm at hand; earlier ones are never pulled again. Raises ValueError
    for settings that do not fit together.
    """

    def __init__(
        self, settings: Settings, prerequisites: Sequence[Sequence[int]], prices: Sequence[int]
    ) -> None:
        _check(settings, prices)
        self.settings = settings
        self.plan = Prerequisites(len(prices), prerequisites)
        if settings.stream and self.plan:
            raise ValueError("the arms of a stream cannot wait for one another")
        self.purse = Purse(settings.budget)
        self.dearest = settings.k * max(prices)
        self.current = 0 if settings.stream else len(prices) - 1
        self.arms = [
            Arm(worst=price, waiting=len(self.plan.needs(i))) for i, price in enumerate(prices)
        ]
        self._ranking = Ranking(len(prices))

    # One arm

    @property
    def target(self) -> float:
        """What the mean is measured against: gamma, or the level of agreement."""
        agreement = self.settings.agreement
        return agreement.level if agreement else self.settings.gamma

    def mean(self, arm: Arm) -> float:
        """Score per pull, pending ones as 0; under agreement its measure of the answers so far."""
        agreement = self.settings.agreement
        if not agreement:
            return arm.mean
        return agreement.value(arm.answers) if arm.pulls else 0.0

    def accepts(self, arm: Arm, passes: bool) -> bool:
        """Whether the arm is solved, given whether the response just counted passes gamma."""
        agreement = self.settings.agreement
        return agreement.reached(self.mean(arm), arm.pulls) if agreement else passes

    def take(self, arm: Arm) -> int:
        """How many pulls it gets at once: K, fewer at its cap."""
        cap = self.settings.max_sample
        return self.settings.k if cap is None else min(self.settings.k, cap - arm.count)

    def need(self, arm: Arm) -> int:
        """What its next pulls may cost."""
        return self.take(arm) * arm.worst

    def capped(self, arm: Arm, pulls: int) -> bool:
        cap = self.settings.max_sample
        return cap is not None and pulls >= cap

    def open(self, i: int) -> bool:
        """Whether the rule may pull it, money aside."""
        arm = self.arms[i]
        return not (
            arm.waiting
            or arm.taken
            or (arm.solved and self.settings.rule.eliminates)
            or self.capped(arm, arm.count)
            or arm.spent + arm.held >= arm.share
            or (self.settings.stream and i != self.current)
        )

    def state(self, i: int) -> State:
        arm = self.arms[i]
        if arm.done:
            return State.SOLVED if arm.solved else State.TAKEN
        if arm.waiting or i > self.current:
            return State.BLOCKED
        if self.capped(arm, arm.pulls) or arm.spent >= arm.share:
            return State.CAPPED
        dear = self.need(arm) > self.purse.left and not self.capped(arm, arm.count)
        return State.UNAFFORDABLE if dear else State.ACTIVE

    def standing(self, i: int, scale: float) -> Standing:
        """scale: lambda sqrt(ln t) of the rule, see `scale`."""
        arm, rule = self.arms[i], self.settings.rule
        pulls, mean = arm.count, self.mean(arm)
        fixed = self._fixed(arm, mean)
        bonus = scale * pulls**-0.5 if pulls else (math.inf if rule.has_bonus else 0.0)
        return Standing(pulls, mean, bonus, fixed + bonus, self.target - mean, arm.entropy())

    def _fixed(self, arm: Arm, mean: float) -> float:
        settings = self.settings
        spread = arm.entropy(settings.normalised) if settings.rule.measures_entropy else 0.0
        gap = self.target - mean
        return fixed_part(settings.rule, arm.count, mean, gap, spread, settings.eps)

    # The order

    def refresh(self, i: int) -> None:
        """Bring the ranking up to date with one arm."""
        arm = self.arms[i]
        if not self.open(i):
            self._ranking.close(i)
            return
        fixed = self._fixed(arm, self.mean(arm))
        self._ranking.set(i, fixed, arm.count, self.need(arm), not arm.pending)

    def refresh_all(self) -> None:
        for i in range(len(self.arms)):
            self.refresh(i)

    def scale(self, t: int) -> float:
        return bonus_scale(self.settings.rule, self.settings.lam, t)

    def choose(self, most: int | None, scale: float, left: int) -> list[int]:
        """The arms to pull next that `left` can pay, in order; see Bandit.decide for `most`."""
        limit = None if left >= self.dearest else left
        if most is None:
            arms = self._round(scale, limit)
        else:
            enough = most == 1 or most * self.dearest <= left
            arms = self._ranking.top(scale, most if enough else len(self.arms), limit)
        chosen: list[int] = []
        for i in arms:
            need = self.need(self.arms[i])
            if need <= left and len(chosen) != most:
                chosen.append(i)
                left -= need
        return chosen

    def _round(self, scale: float, limit: int | None) -> list[int]:
        if self.settings.rule.indexed:
            first = self._ranking.best(scale, limit, idle=True)
            if not first or self.arms[first[0]].count:
                return first
        return self._ranking.fewest(limit)

    # What one arm means for the others

    def finish(self, i: int, solved: bool) -> None:
        """The arm is solved, or taken as it is: those that need it wait for one arm less."""
        arm = self.arms[i]
        arm.solved, arm.taken = solved, not solved
        for j in self.plan.dependants(i):
            self.arms[j].waiting -= 1
            self.refresh(j)

    def reopen(self, i: int) -> None:
        """Undo `finish`, and all that was built on it."""
        if self.settings.agreement:
            self.arms[i].forget()
        else:
            self.arms[i].withdraw()
        lost = self.plan.descendants(i)
        for j in lost:
            self.arms[j].forget()
        for j in [i, *lost]:
            self.arms[j].waiting = sum(not self.arms[k].done for k in self.plan.needs(j))
            self.refresh(j)


def _check(settings: Settings, prices: Sequence[int]) -> None:
    if not prices:
        raise ValueError("there must be at least one arm")
    if min(prices) < 1:
        raise ValueError("a pull costs at least 1")
    if settings.unit is Unit.SAMPLES and max(prices) > 1:
        raise ValueError("a sample costs 1; set the unit to tokens for other costs")
    settings.check_k(len(prices), max(prices))
