"""Strategic scaling as a bandit: which arm gets the next sample (Zuo & Zhu, Algorithm 1).

Knows arms, rewards, costs and the budget. Does no I/O and holds no text: a strategy asks `decide`,
makes the pulls in whatever order and tells `observe` what came of each. Does not know what an arm
stands for: a question of a pool (the paper's setting) or a sub-problem of a plan (an adaptation).

    bandit = Bandit(arms, Settings(budget=...))
    while decisions := bandit.decide():
        for decision in decisions:
            for _ in range(decision.count):
                bandit.observe(decision, reward)

Everything follows from the order of the calls: no clock, no chance.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from scale_core.allocation.bandit.arms import Pool
from scale_core.allocation.bandit.rules import Rule
from scale_core.allocation.bandit.values import (
    ArmView,
    Decision,
    Record,
    Refund,
    Settings,
    State,
    Unit,
)
from scale_core.allocation.votes import leader


@dataclass(slots=True)
class _Pending:
    """Pulls of a decision that were not observed yet."""

    count: int
    worst: int
    epoch: int


class Bandit:
    """The state of one allocation. Arms are numbered in order of arrival, from 0.

    prerequisites: for each arm the arms that must be solved before it is pulled (empty: none).
    worst: what one pull may cost at most, one number or one an arm; it is reserved before the
    pull, so the budget is exceeded only by what pulls cost beyond it. Counting samples it is 1.
    Raises ValueError for settings that do not fit together.
    """

    def __init__(
        self,
        arms: int,
        settings: Settings,
        prerequisites: Sequence[Sequence[int]] = (),
        worst: int | Sequence[int] = 1,
    ) -> None:
        prices = [worst] * arms if isinstance(worst, int) else list(worst)
        if len(prices) != arms:
            raise ValueError(f"costs of {len(prices)} arms, but there are {arms}")
        self._pool = Pool(settings, prerequisites, prices)
        self._pending: dict[int, _Pending] = {}
        self._tickets = self._made = self._on_way = 0
        self._exploring = settings.rule is Rule.TWO_STAGE
        if not settings.rule.eliminates:
            part = settings.explore if self._exploring else 1.0
            for arm in self._pool.arms:
                arm.share = part * settings.budget / arms
        self._pool.refresh_all()

    # What a strategy calls

    def decide(self, most: int | None = None) -> tuple[Decision, ...]:
        """Which arms to pull now; what it returns is reserved and pending.

        most: that many arms at most, the first of the rule's order; an arm with pending pulls may
        be among them, ranked as if those had failed. None: a round, that is all open arms with
        the fewest pulls (for the rules with an index: all open arms without a pull, else the first
        of the order), without those that have pending pulls. Rounds observed in full before the
        next are the paper's Algorithm 1 exactly.

        An arm gets K pulls (fewer only at its cap) or none, and none that the budget might not
        pay. Empty: nothing to pull now; nor ever, if nothing is pending (`finished`).
        """
        if most is not None and most < 0:
            raise ValueError("decide about at least 0 arms")
        chosen = self._choose(most)
        t = self._made + self._on_way
        scale = self._pool.scale(t)
        return tuple(self._issue(i, scale, t) for i in chosen)

    def observe(
        self,
        decision: Decision,
        reward: float | None = None,
        cost: int = 1,
        key: Hashable | None = None,
    ) -> Record:
        """One pull of this decision was made.

        reward: the oracle's score in [0, 1]; None for an error or an unreadable response, which
        counts as a failure with score 0. cost: in the budget's unit. key: equal for equal answers,
        None for unreadable ones, which are all alike. Raises ValueError if no pull of the decision
        is pending, or for values outside their ranges (nothing changes then).
        """
        self._check(decision, reward, cost)
        pool, i = self._pool, decision.arm
        arm, counted = pool.arms[i], self._settle(decision, 1, cost)
        self._made += 1
        arm.drawn += 1
        if counted:
            passes = reward is not None and reward >= pool.settings.gamma
            frozen = arm.done and bool(pool.plan.dependants(i))
            arm.add(reward or 0.0, key, passes, frozen)
            if not arm.done and pool.accepts(arm, passes):
                arm.accepted = leader(arm.answers) if pool.settings.agreement else key
                pool.finish(i, solved=True)
        pool.refresh(i)
        return Record(
            decision=decision, t=self._made, reward=reward or 0.0, cost=cost, counted=counted,
            pulls=arm.pulls, state=pool.state(i), left=self.left, uniform=self._uniform(arm.pulls),
        )  # fmt: skip

    def release(self, decision: Decision, cost: int = 0) -> Refund:
        """The remaining pulls of this decision will not be made: give back what was reserved.

        For a batch that stops at its first success, and for Stop. cost: what they cost
        nevertheless. Raises ValueError if none is pending.
        """
        if cost < 0 or decision.ticket not in self._pending:
            raise ValueError("no such pulls are pending, or their cost is negative")
        count = self._pending[decision.ticket].count
        self._settle(decision, count, cost)
        self._pool.refresh(decision.arm)
        return Refund(decision, count, cost, self.left)

    def reopen(self, arm: int) -> None:
        """The accepted response of this arm was wrong after all (not in the paper).

        The responses that passed count as failures, under agreement all votes are lost; every arm
        that needs this one, directly or not, loses its samples, because they were asked with a
        wrong result. Nothing is refunded. Raises ValueError in a stream, or if the arm is not
        solved or taken.
        """
        if self._pool.settings.stream or not self._pool.arms[arm].done:
            raise ValueError(f"arm {arm} cannot be opened again")
        self._pool.reopen(arm)

    def take(self, arm: int) -> None:
        """Go on with the best attempt of an arm that is not solved: it gets no more pulls and the
        arms that need it are free. Raises ValueError if it is done already or blocked."""
        if self._pool.arms[arm].done or self._pool.arms[arm].waiting:
            raise ValueError(f"arm {arm} is done or waits for another")
        self._pool.finish(arm, solved=False)
        self._pool.refresh(arm)

    def switch(self, rule: Rule) -> None:
        """Go on with another rule. Raises ValueError for the baselines, which plan ahead."""
        if not (rule.eliminates and self._pool.settings.rule.eliminates):
            raise ValueError("only exploration rules can be exchanged")
        self._pool.settings = replace(self._pool.settings, rule=rule)
        self._pool.refresh_all()

    def price(self, arm: int, worst: int) -> None:
        """What a pull of this arm may cost from now on, for example because its prompt grew."""
        if worst < 1 or self._pool.settings.unit is Unit.SAMPLES:
            raise ValueError("a pull costs at least 1, and a sample exactly 1")
        self._pool.arms[arm].worst = worst
        self._pool.dearest = max(self._pool.dearest, self._pool.settings.k * worst)
        self._pool.refresh(arm)

    # What there is to show

    @property
    def settings(self) -> Settings:
        return self._pool.settings

    @property
    def t(self) -> int:
        """Pulls made."""
        return self._made

    @property
    def spent(self) -> int:
        return self._pool.budget.spent

    @property
    def left(self) -> int:
        """Budget neither spent nor reserved; when all is over, what was saved."""
        return self._pool.budget.left

    @property
    def finished(self) -> bool:
        """Nothing is pending and nothing will be decided, unless an arm is opened again."""
        return not self._pending and not self._choose(1)

    @property
    def solved(self) -> tuple[int, ...]:
        return tuple(i for i, arm in enumerate(self._pool.arms) if arm.solved)

    @property
    def uniform(self) -> float:
        """What Uniform would have spent to pull every arm as often as the most-pulled one."""
        return self._uniform(max(arm.pulls for arm in self._pool.arms))

    def state(self, arm: int) -> State:
        return self._pool.state(arm)

    def pulls(self, arm: int) -> int:
        """Pulls of an arm that counted. Raises IndexError if there is none."""
        return self._pool.arms[arm].pulls

    def arm(self, arm: int) -> ArmView:
        """Everything about one arm. Raises IndexError if there is none."""
        mine = self._pool.arms[arm]
        now = self._pool.standing(arm, self._pool.scale(self._made + self._on_way))
        tried = mine.best.at >= 0
        return ArmView(
            arm=arm, state=self.state(arm), pulls=mine.pulls, drawn=mine.drawn,
            pending=mine.pending, best=mine.best.score if tried else None,
            best_at=mine.best.at if tried else None, mean=now.mean, gap=now.gap, index=now.value,
            entropy=now.entropy, answers=tuple(mine.answers.items()),
            leader=leader(mine.answers), accepted=mine.accepted, spent=mine.spent,
            share=self._pool.settings.budget / len(self._pool.arms),
        )  # fmt: skip

    # How it works

    def _choose(self, most: int | None) -> list[int]:
        self._move_on()
        pool, scale = self._pool, self._pool.scale(self._made + self._on_way)
        if self._exploring:
            stage = math.floor(pool.settings.explore * pool.settings.budget)
            chosen = pool.choose(most, scale, self.left - pool.settings.budget + stage)
            if chosen or self._pending or most == 0:
                return chosen
            self._commit()
        return pool.choose(most, scale, self.left)

    def _issue(self, i: int, scale: float, t: int) -> Decision:
        pool, arm = self._pool, self._pool.arms[i]
        standing, count = pool.standing(i, scale), pool.take(arm)
        arm.pending += count
        arm.held += count * arm.worst
        pool.budget.reserve(count * arm.worst)
        pool.refresh(i)
        self._on_way += count
        self._tickets += 1
        self._pending[self._tickets] = _Pending(count, arm.worst, arm.epoch)
        return Decision(self._tickets, t, i, pool.settings.rule, count, *standing, self.left)

    def _check(self, decision: Decision, reward: float | None, cost: int) -> None:
        if decision.ticket not in self._pending:
            raise ValueError(f"no pull of decision {decision.ticket} is pending")
        if reward is not None and not 0 <= reward <= 1:
            raise ValueError(f"a reward lies in [0, 1], not {reward}")
        if cost < 0 or (cost != 1 and self._pool.settings.unit is Unit.SAMPLES):
            raise ValueError(f"a pull cannot cost {cost}: a sample costs 1, tokens at least 0")

    def _settle(self, decision: Decision, count: int, cost: int) -> bool:
        """Pay for pulls, or for not making them; whether the arm still has a use for them."""
        pending, arm = self._pending[decision.ticket], self._pool.arms[decision.arm]
        pending.count -= count
        if not pending.count:
            del self._pending[decision.ticket]
        self._on_way -= count
        self._pool.budget.settle(count * pending.worst, cost)
        arm.spent += cost
        current = pending.epoch == arm.epoch
        if current:
            arm.pending -= count
            arm.held -= count * pending.worst
        return current

    def _move_on(self) -> None:
        """To the next arm of a stream."""
        pool = self._pool
        while pool.current + 1 < len(pool.arms) and self._past(pool.current):
            pool.current += 1
            pool.refresh(pool.current - 1)
            pool.refresh(pool.current)

    def _commit(self) -> None:
        """The second of two stages: what is left is split evenly over the unsolved arms."""
        self._exploring = False
        unsolved = sum(not arm.done for arm in self._pool.arms)
        for arm in self._pool.arms:
            arm.share = 0.0 if arm.done else arm.spent + self.left / unsolved
        self._pool.refresh_all()

    def _past(self, i: int) -> bool:
        """Whether a stream is through with this arm."""
        arm = self._pool.arms[i]
        return not arm.pending and self._pool.state(i) is not State.ACTIVE

    def _uniform(self, pulls: int) -> float:
        mean_cost = self.spent / self._made if self._made else 0.0
        return len(self._pool.arms) * pulls * mean_cost
