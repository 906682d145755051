"""The bandit lane: sub-problems are arms, and each is pulled until it is solved.

An adaptation of Zuo & Zhu (arXiv 2506.12721): the paper's arms are independent questions; here
they are the sub-problems of one plan, so an arm opens when its prerequisites are solved, and all
must be solved (bandit.md 10.2). A rollout is kept for each sub-problem that was not tried yet; an
arm that may be pulled no more goes on with its best attempt, marked as doubted.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from scale_core.allocation.bandit.algorithm import Bandit
from scale_core.allocation.bandit.rules import Rule
from scale_core.allocation.bandit.values import Decision, Settings, State, Unit
from scale_core.allocation.votes import Agreement
from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.context import Context
from scale_core.pipeline.decompose import decompose
from scale_core.pipeline.parse_cache import Draw
from scale_core.pipeline.scheduler import Waves, start
from scale_core.pipeline.step_sampler import Desk, unreadable
from scale_core.problem import Mode, Plan
from scale_core.strategies.lane_config import Refused, Terms, finish, open_budget
from scale_core.trace import events as ev

_OVER = (State.SOLVED, State.TAKEN, State.BLOCKED)
FIRST_PRICE = 60
"""Tokens that a pull is expected to cost before the first one was made."""


async def run_bandit(ctx: Context, terms: Terms) -> str | None:
    plan = await decompose(ctx)
    limit = open_budget(ctx, terms, len(plan.steps))
    left = limit if ctx.purse.unit == "rollouts" else max(0, ctx.purse.left or 0)
    try:
        bandit = _bandit(plan, terms, left, ctx.purse.unit)
    except ValueError as error:
        raise Refused(str(error)) from None
    lane = _Lane(ctx, Waves(ctx, plan), terms, bandit)
    return finish(ctx, plan, await lane.run())


def _bandit(plan: Plan, terms: Terms, budget: int, unit: ev.Unit) -> Bandit:
    settings, n = terms.settings, len(plan.steps)
    number = {step.id: i for i, step in enumerate(plan.steps)}
    average = max(1, budget // n) if unit == "rollouts" else 8
    agreement = settings.solved_by == "agreement"
    return Bandit(
        n,
        Settings(
            budget=budget,
            rule=Rule(settings.bandit_rule),
            gamma=settings.gamma,
            k=settings.pulls,
            max_sample=settings.max_sample or 4 * average,
            lam=settings.lam,
            agreement=Agreement(level=settings.confident, least=2) if agreement else None,
            unit=Unit.SAMPLES if unit == "rollouts" else Unit.TOKENS,
            any_k=True,
        ),
        [[number[i] for i in step.depends_on] for step in plan.steps],
        1 if unit == "rollouts" else FIRST_PRICE,
    )


@dataclass
class _Lane:
    ctx: Context
    waves: Waves
    terms: Terms
    bandit: Bandit
    desks: dict[int, Desk] = field(default_factory=dict)
    round: int = 0
    opened: int = -1

    @property
    def plan(self) -> Plan:
        return self.waves.plan

    async def run(self) -> dict[str, str]:
        """Rounds until every arm is done, or nothing can be pulled any more."""
        while True:
            self._open()
            if not (decisions := self._decide()):
                if not self._move_on():
                    break
                continue
            self.round += 1
            await self._pull(decisions)
            self._tell(decisions)
        self.waves.give_up("it was never reached: the budget went to earlier sub-problems")
        return self.waves.results

    # ---- arms ------------------------------------------------------------------------------

    def _open(self) -> None:
        """A desk for each arm whose prerequisites are done."""
        done = len(self.waves.results) + len(self.waves.failed)
        if done == self.opened:
            return
        for desk in self.waves.desks():
            arm = self._arm(desk.step.id)
            if arm not in self.desks:
                self.desks[arm] = desk
                start(desk, Mode.SYSTEM2)
        self.opened = len(self.waves.results) + len(self.waves.failed)
        for arm, step in enumerate(self.plan.steps):
            if step.id in self.waves.failed and self.bandit.state(arm) not in _OVER:
                self.bandit.take(arm)  # beyond the model, or it needs one that is

    def _arm(self, id: str) -> int:
        return next(i for i, step in enumerate(self.plan.steps) if step.id == id)

    def _untried(self) -> int:
        """Arms that were not pulled yet and still can matter."""
        return sum(
            self.bandit.pulls(i) == 0 and step.id not in self.waves.failed
            for i, step in enumerate(self.plan.steps)
        )

    def _decide(self) -> Sequence[Decision]:
        """One round, but never with the rollouts that untried sub-problems will need."""
        price = 1 if self.ctx.purse.unit == "rollouts" else self._reprice()
        spare = self.bandit.left // price - self._untried()
        fresh = [i for i in self.desks if self.bandit.pulls(i) == 0 and self._usable(i)]
        if spare < 1:
            return self.bandit.decide(len(fresh)) if fresh else ()
        if self.terms.settings.bandit_rule in ("elimination", "uniform", "two-stage"):
            open_arms = sum(self._usable(i) for i in self.desks)
            return self.bandit.decide() if open_arms <= spare else self.bandit.decide(spare)
        return self.bandit.decide()

    def _usable(self, arm: int) -> bool:
        return self.bandit.state(arm) is State.ACTIVE

    def _move_on(self) -> bool:
        """Nothing may be pulled: go on with the best attempt of an arm that others wait for."""
        for arm, desk in self.desks.items():
            view = self.bandit.arm(arm)
            if view.state in (State.SOLVED, State.TAKEN) or desk.step.id in self.waves.failed:
                continue
            if view.pulls == 0:
                return False
            self._take(arm)
            return True
        return False

    def _take(self, arm: int) -> None:
        desk = self.desks[arm]
        best = desk.most_believed if desk.doubts else desk.votes[0]
        if best is None:
            self.waves.settle(desk.step, unreadable(desk.drawn))
        else:
            self._solve(desk, best, doubted=True)
        self.bandit.take(arm)

    def _solve(self, desk: Desk, result: str, doubted: bool) -> None:
        self.waves.settle(desk.step, desk.outcome(Mode.SYSTEM2, result, doubted))

    # ---- pulls -----------------------------------------------------------------------------

    async def _pull(self, decisions: Sequence[Decision]) -> None:
        if self.ctx.purse.unit == "rollouts":
            drawn = await self.ctx.together([self._draw(d) for d in decisions])
        else:
            drawn = [await self._draw(d) for d in decisions]
        for decision, draws in zip(decisions, drawn, strict=True):
            for draw, reward, cost in draws:
                key = self._key(self.desks[decision.arm], draw)
                self.bandit.observe(decision, reward, cost, key)
            if len(draws) < decision.count:
                self.bandit.release(decision)
        for arm, desk in self.desks.items():
            if self.bandit.state(arm) is State.SOLVED and desk.step.id not in self.waves.results:
                self._solve(desk, self._accepted(arm), doubted=False)

    async def _draw(self, decision: Decision) -> list[tuple[Draw, float | None, int]]:
        """The draws, each with its reward and cost in the budget's unit."""
        desk, purse = self.desks[decision.arm], self.ctx.purse
        before = purse.spent
        try:
            draws = await desk.draw(Mode.SYSTEM2, decision.count)
        except Exhausted:
            return []
        rewards: list[float | None] = []
        for draw in draws:
            rewards.append(await self._reward(desk, draw))
        if purse.unit == "rollouts":
            return [(d, r, 1) for d, r in zip(draws, rewards, strict=True)]
        cost = purse.spent - before
        shares = [cost // len(draws) + (i < cost % len(draws)) for i in range(len(draws))]
        return list(zip(draws, rewards, shares, strict=True))

    async def _reward(self, desk: Desk, draw: Draw) -> float | None:
        """The probability that the draw's result is right, given all draws so far that agree
        with it; with the agreement rule nothing is judged and nothing scored."""
        if draw.result is None:
            return None
        if self.terms.settings.solved_by == "agreement":
            return 0.0
        try:
            return await desk.consider(draw)
        except Exhausted:
            return None

    def _key(self, desk: Desk, draw: Draw) -> Hashable | None:
        """Equal results have one key, however they are written."""
        if draw.result is None:
            return None
        return desk.key(draw.result)

    def _accepted(self, arm: int) -> str:
        return str(self.bandit.arm(arm).accepted)

    def _reprice(self) -> int:
        """Tell the bandit what a pull costs: the mean so far, but never more than what is left,
        because the last sample may begin while a token is left."""
        price = self._price()
        for arm in range(len(self.plan.steps)):
            self.bandit.price(arm, max(1, min(price, self.bandit.left)))
        return price

    def _price(self) -> int:
        """Mean tokens of a pull so far."""
        made = sum(len(d.drawn) for d in self.desks.values())
        return max(1, self.bandit.spent // made) if made else FIRST_PRICE

    # ---- what is told ----------------------------------------------------------------------

    def _tell(self, decisions: Sequence[Decision]) -> None:
        by_arm = {d.arm: d for d in decisions}
        shares = tuple(
            self._share(i, step.id, by_arm.get(i)) for i, step in enumerate(self.plan.steps)
        )
        self.ctx.emit(
            ev.Allocated(
                node=ev.PLAN_NODE,
                round=self.round,
                rule=self.terms.settings.bandit_rule,
                budget=sum(d.count for d in decisions),
                shares=shares,
            )
        )

    def _share(self, arm: int, id: str, decision: Decision | None) -> ev.Share:
        """The arm after the round, with the numbers that the rule saw before it."""
        view = self.bandit.arm(arm)
        told = decision or view
        bonus = None if decision is None else decision.bonus
        factors = (
            ("pulls", float(view.pulls)),
            ("mean", told.mean),
            ("bonus", bonus),
            ("index", told.index),
            ("gap to gamma", told.gap),
            ("entropy", told.entropy),
        )
        return ev.Share(
            id,
            decision.count if decision else 0,
            round(view.share, 3),
            tuple((n, None if v is None else _finite(v)) for n, v in factors),
            str(view.state),
        )


def _finite(value: float) -> float | None:
    """Infinity has no place in JSON: an arm never pulled has no index yet."""
    return round(value, 6) if abs(value) < float("inf") else None
