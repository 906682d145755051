"""The bandit lane: sub-problems are arms, and each is pulled until it is solved.

An adaptation of Zuo & Zhu (arXiv 2506.12721): the paper's arms are independent questions; here
they are the sub-problems of one plan, so an arm opens when its prerequisites are solved, and all
must be solved. A rollout is kept for each sub-problem that was not tried yet; an
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
from scale_core.pipeline.parse_cache import ParsedSample, unreadable
from scale_core.pipeline.scheduler import Scheduler
from scale_core.pipeline.step_sampler import StepSampler
from scale_core.problem import Mode, Plan
from scale_core.strategies.settings import LaneConfig, Refused, finish, open_budget
from scale_core.trace import events as ev

_OVER = (State.SOLVED, State.TAKEN, State.BLOCKED)
FIRST_PRICE = 60
"""Tokens that a pull is expected to cost before the first one was made."""


async def run_bandit(ctx: Context, config: LaneConfig) -> str | None:
    plan = await decompose(ctx)
    limit = open_budget(ctx, config, len(plan.steps))
    left = limit if ctx.budget.unit == "rollouts" else max(0, ctx.budget.left or 0)
    try:
        bandit = _bandit(plan, config, left, ctx.budget.unit)
    except ValueError as error:
        raise Refused(str(error)) from None
    lane = _Lane(ctx, Scheduler(ctx, plan), config, bandit)
    return finish(ctx, plan, await lane.run())


def _bandit(plan: Plan, config: LaneConfig, budget: int, unit: ev.Unit) -> Bandit:
    settings, n = config.settings, len(plan.steps)
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
    scheduler: Scheduler
    config: LaneConfig
    bandit: Bandit
    samplers: dict[int, StepSampler] = field(default_factory=dict)
    round: int = 0
    opened: int = -1

    @property
    def plan(self) -> Plan:
        return self.scheduler.plan

    async def run(self) -> dict[str, str]:
        """Rounds until every arm is done, or nothing can be pulled any more."""
        while True:
            self._open()
            if not (decisions := self._decide()):
                if not await self._move_on():
                    break
                continue
            self.round += 1
            await self._pull(decisions)
            self._tell(decisions)
        self.scheduler.give_up("it was never reached: the budget went to earlier sub-problems")
        return self.scheduler.results

    # ---- arms ------------------------------------------------------------------------------

    def _open(self) -> None:
        """A sampler for each arm whose prerequisites are done."""
        done = len(self.scheduler.results) + len(self.scheduler.failed)
        if done == self.opened:
            return
        for sampler in self.scheduler.ready():
            arm = self._arm(sampler.step.id)
            if arm not in self.samplers:
                self.samplers[arm] = sampler
                sampler.start(Mode.SYSTEM2)
        self.opened = len(self.scheduler.results) + len(self.scheduler.failed)
        for arm, step in enumerate(self.plan.steps):
            if step.id in self.scheduler.failed and self.bandit.state(arm) not in _OVER:
                self.bandit.take(arm)  # beyond the model, or it needs one that is

    def _arm(self, id: str) -> int:
        return next(i for i, step in enumerate(self.plan.steps) if step.id == id)

    def _untried(self) -> int:
        """Arms that were not pulled yet and still can matter."""
        return sum(
            self.bandit.pulls(i) == 0 and step.id not in self.scheduler.failed
            for i, step in enumerate(self.plan.steps)
        )

    def _decide(self) -> Sequence[Decision]:
        """One round, but never with the rollouts that untried sub-problems will need."""
        price = 1 if self.ctx.budget.unit == "rollouts" else self._reprice()
        spare = self.bandit.left // price - self._untried()
        fresh = [i for i in self.samplers if self.bandit.pulls(i) == 0 and self._usable(i)]
        if spare < 1:
            return self.bandit.decide(len(fresh)) if fresh else ()
        if self.config.settings.bandit_rule in ("elimination", "uniform", "two-stage"):
            open_arms = sum(self._usable(i) for i in self.samplers)
            return self.bandit.decide() if open_arms <= spare else self.bandit.decide(spare)
        return self.bandit.decide()

    def _usable(self, arm: int) -> bool:
        return self.bandit.state(arm) is State.ACTIVE

    async def _move_on(self) -> bool:
        """Nothing may be pulled: go on with the best attempt of an arm that others wait for."""
        for arm, sampler in self.samplers.items():
            view = self.bandit.arm(arm)
            if (
                view.state in (State.SOLVED, State.TAKEN)
                or sampler.step.id in self.scheduler.failed
            ):
                continue
            if view.pulls == 0:
                return False
            await self._take(arm)
            return True
        return False

    async def _take(self, arm: int) -> None:
        sampler = self.samplers[arm]
        best = sampler.most_believed if sampler.doubts else (await sampler.votes())[0]
        if best is None:
            self.scheduler.settle(sampler.step, unreadable([d.sample for d in sampler.drawn]))
        else:
            await self._solve(sampler, best, doubted=True)
        self.bandit.take(arm)

    async def _solve(self, sampler: StepSampler, result: str, doubted: bool) -> None:
        outcome = await sampler.outcome(Mode.SYSTEM2, result, doubted)
        self.scheduler.settle(sampler.step, outcome)

    # ---- pulls -----------------------------------------------------------------------------

    async def _pull(self, decisions: Sequence[Decision]) -> None:
        if self.ctx.budget.unit == "rollouts":
            drawn = await self.ctx.together([self._draw(d) for d in decisions])
        else:
            drawn = [await self._draw(d) for d in decisions]
        for decision, draws in zip(decisions, drawn, strict=True):
            for draw, reward, cost in draws:
                key = await self._key(self.samplers[decision.arm], draw)
                self.bandit.observe(decision, reward, cost, key)
            if len(draws) < decision.count:
                self.bandit.release(decision)
        for arm, sampler in self.samplers.items():
            if (
                self.bandit.state(arm) is State.SOLVED
                and sampler.step.id not in self.scheduler.results
            ):
                await self._solve(sampler, self._accepted(arm), doubted=False)

    async def _draw(self, decision: Decision) -> list[tuple[ParsedSample, float | None, int]]:
        """The draws, each with its reward and cost in the budget's unit."""
        sampler, budget = self.samplers[decision.arm], self.ctx.budget
        before = budget.spent
        try:
            draws = await sampler.draw(Mode.SYSTEM2, decision.count)
        except Exhausted:
            return []
        rewards: list[float | None] = []
        for draw in draws:
            rewards.append(await self._reward(sampler, draw))
        if budget.unit == "rollouts":
            return [(d, r, 1) for d, r in zip(draws, rewards, strict=True)]
        cost = budget.spent - before
        shares = [cost // len(draws) + (i < cost % len(draws)) for i in range(len(draws))]
        return list(zip(draws, rewards, shares, strict=True))

    async def _reward(self, sampler: StepSampler, draw: ParsedSample) -> float | None:
        """The probability that the draw's result is right, given all draws so far that agree
        with it; with the agreement rule nothing is judged and nothing scored."""
        if draw.result is None:
            return None
        if self.config.settings.solved_by == "agreement":
            return 0.0
        try:
            return await sampler.consider(draw)
        except Exhausted:
            return None

    async def _key(self, sampler: StepSampler, draw: ParsedSample) -> Hashable | None:
        """Equal results have one key, however they are written."""
        if draw.result is None:
            return None
        return await sampler.key(draw.result)

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
        made = sum(len(d.drawn) for d in self.samplers.values())
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
                rule=self.config.settings.bandit_rule,
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
