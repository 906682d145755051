"""The lane "Optimal (estimated)": what would be best if the model's own ratings were right.

Knows a budget, calibrated difficulties and the profile of a dev set. Before each sub-problem it
plans the rest anew (`allocation.frontier`): the policies of all open ones that make it likeliest
that all are right, for what is left. A rating that costs tokens is part of the plan: it is bought
where knowing it is worth more. After a rejected result it believes the sub-problem to be harder and
plans again. Does not know any right value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from scale_core.allocation.belief import beta, joined, spread
from scale_core.allocation.frontier import best_at, frontier
from scale_core.allocation.policies import (
    Checker,
    Option,
    Policy,
    Step,
    policies,
    rejected,
    value,
)
from scale_core.pipeline.assess import assess, rate_now
from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.calibration import DifficultyProfile, Expected
from scale_core.pipeline.context import Context
from scale_core.pipeline.decompose import decompose
from scale_core.pipeline.scheduler import Scheduler
from scale_core.pipeline.step_sampler import Outcome, StepSampler
from scale_core.problem import Mode, Plan
from scale_core.strategies.settings import LaneConfig, Refused, finish, open_budget
from scale_core.trace import events as ev

MOST = 6
"""Most samples of one sub-problem that a policy may plan."""
EDGE = 0.005
"""Chances are kept this far from 0 and 1: a dev set never proves certainty."""


async def run_optimal(ctx: Context, config: LaneConfig) -> str | None:
    profile = config.profile
    if profile is None:
        raise Refused("this model has no difficulty profile to plan with")
    plan = await decompose(ctx)
    open_budget(ctx, config, len(plan.steps))
    late = ctx.budget.unit == "tokens" and ctx.options.rating == "late"
    ratings = {} if late else await assess(ctx, plan)  # late: only those that are worth it
    planner = _Planner(ctx, Scheduler(ctx, plan), profile, ratings)
    return finish(ctx, plan, await planner.scheduler.run(planner.solve))


@dataclass
class _Planner:
    ctx: Context
    scheduler: Scheduler
    profile: DifficultyProfile
    ratings: dict[str, ev.Rated]
    round: int = 0

    async def solve(self, samplers: Sequence[StepSampler]) -> Sequence[Outcome]:
        """One sub-problem after another: each result tells how much is left for the others."""
        outcomes: list[Outcome] = []
        for i, sampler in enumerate(samplers):
            later = [
                s.id
                for s in self.scheduler.open
                if s.id not in {d.step.id for d in samplers[: i + 1]}
            ]
            outcomes.append(await self._one(sampler, later))
        return outcomes

    @property
    def plan(self) -> Plan:
        return self.scheduler.plan

    async def _one(self, sampler: StepSampler, later: Sequence[str]) -> Outcome:
        had = self.ratings.get(sampler.step.id)
        if had is not None or self._worth_rating(sampler, later):
            rating = await rate_now(sampler, had)
            if rating is not None:
                self.ratings[sampler.step.id] = rating
        step, begun = self._step(sampler.step.id), False
        try:
            while True:
                option = self._choose(sampler, step, sampler.belief, later)
                if not option.policy.modes:
                    return await sampler.outcome(Mode.SYSTEM2, sampler.most_believed, doubted=True)
                mode = _mode(option.policy)
                if not begun:
                    self._begin(sampler, mode, option)
                    begun = True
                if not option.policy.verified:
                    fresh = await sampler.draw_all(mode, len(option.policy.modes))
                    accepted = replace(sampler, drawn=fresh)  # rejected ones do not vote
                    return await accepted.settled(mode)
                (draw,) = await sampler.draw(mode, 1)
                belief = await sampler.consider(draw)
                if draw.result is not None and (
                    belief is None or belief >= self.ctx.options.accept
                ):
                    return await sampler.outcome(mode, await sampler.key(draw.result))
                step, _ = rejected(
                    step, _number(mode), self._checker(self._expected(sampler.step.id))
                )
        except Exhausted:
            if sampler.doubts:
                return await sampler.outcome(Mode.SYSTEM2, sampler.most_believed, doubted=True)
            return await sampler.settled(Mode.SYSTEM2, doubted=True)

    # ---- planning --------------------------------------------------------------------------

    @property
    def _rollouts(self) -> bool:
        return self.ctx.budget.unit == "rollouts"

    def _worth_rating(self, sampler: StepSampler, later: Sequence[str]) -> bool:
        """Whether knowing the difficulty is worth its tokens: the best plans for each rating that
        it may turn out to be, on average, against the best one without."""
        if self._rollouts or self._free(sampler):
            return True
        profile, left = self.profile, self._left()
        rest = frontier(self._rest(later), most=400) if later else None

        def after(left: float) -> float:
            if rest is None:
                return float(left >= 0)
            found = best_at(rest, left)
            return found.success if found else 0.0

        def best(own: Sequence[Option], left: float) -> float:
            return max(o.success * after(left - o.cost) for o in own)

        price = profile.average.c1  # a rating is about as long as a System 1 sample
        seen = [self._options(p, self._at(p), last=not later) for p in profile.points]
        blind = self._options(profile.average, self._step(sampler.step.id), last=not later)
        return fmean(best(own, left - price) for own in seen) > best(blind, left)

    def _free(self, sampler: StepSampler) -> bool:
        options = self.ctx.options
        forced = sampler.step is self.plan.last and options.force_last is not None
        return forced or options.assign != "threshold"

    def _step(self, id: str) -> Step:
        """By its rating; one that is not rated may be any of the dev set's."""
        if rating := self.ratings.get(id):
            return self._at(self.profile.at(rating.used))
        points = self.profile.points
        beliefs = [self._at(point, nodes=4).belief for point in points]
        return replace(self._at(self.profile.average), belief=joined(beliefs))

    def _at(self, seen: Expected, nodes: int = 8) -> Step:
        one, two = (
            spread(min(1 - EDGE, max(EDGE, p)), strength)
            for p, strength in (
                (seen.p1, self.profile.strength1),
                (seen.p2, self.profile.strength2),
            )
        )
        costs = (1.0, 1.0) if self._rollouts else (seen.c1, seen.c2)
        return Step(beta(one, two, nodes), costs)

    def _checker(self, seen: Expected) -> Checker:
        return Checker(self.profile.t, self.profile.f, 0.0 if self._rollouts else seen.v)

    def _options(
        self, seen: Expected, step: Step, standing: float | None = None, *, last: bool
    ) -> tuple[Option, ...]:
        """Of the last sub-problem the last sample is not counted: in tokens it may begin while
        one is left (see BudgetMeter)."""
        checker = self._checker(seen)
        found = policies(step, MOST, checker, standing)
        if not last or self._rollouts:
            return found
        return tuple(replace(o, cost=_before_last(step, o.policy, checker)) for o in found)

    def _rest(self, later: Sequence[str]) -> list[tuple[Option, ...]]:
        return [
            self._options(self._expected(id), self._step(id), last=id == later[-1]) for id in later
        ]

    def _expected(self, id: str) -> Expected:
        """By the rating; of a sub-problem that is not rated, the average of the dev set."""
        rating = self.ratings.get(id)
        return self.profile.average if rating is None else self.profile.at(rating.used)

    def _left(self) -> float:
        """What samples may be begun with, the last one aside: in tokens one must be left for it."""
        return max(0, (self.ctx.budget.left or 0) - (not self._rollouts))

    def _choose(
        self, sampler: StepSampler, step: Step, standing: float | None, later: Sequence[str]
    ) -> Option:
        """The best policy for this sub-problem as part of the best plan for what is left; the
        cheapest one if nothing else is paid for."""
        seen = self._expected(sampler.step.id)
        own, rest = self._options(seen, step, standing, last=not later), self._rest(later)
        best = best_at(frontier([own, *rest], most=400), self._left())
        chosen = own[best.choices[0]] if best else min(own, key=lambda o: o.cost)
        self._tell(sampler, chosen, [r[i] for r, i in zip(rest, best.choices[1:], strict=True)]
                   if best else [], later)  # fmt: skip
        return chosen

    def _begin(self, sampler: StepSampler, mode: Mode, option: Option) -> None:
        blind = self.ctx.options.assign == "threshold" and sampler.step.id not in self.ratings
        reason = "a rating is not worth its tokens; " if blind else ""
        reason += f"the plan for what is left: {option.policy}"
        self.ctx.emit(ev.Assigned(node=sampler.step.id, mode=mode, reason=reason))
        sampler.start(mode)

    def _tell(
        self, sampler: StepSampler, chosen: Option, rest: Sequence[Option], later: Sequence[str]
    ) -> None:
        self.round += 1
        planned: Mapping[str, Option] = {
            sampler.step.id: chosen,
            **dict(zip(later, rest, strict=False)),
        }
        fair = (self.ctx.budget.limit or 0) / len(self.plan.steps)
        shares = tuple(
            ev.Share(
                id,
                len(option.policy.modes),
                round(fair, 3),
                (
                    ("difficulty", r.used if (r := self.ratings.get(id)) else None),
                    ("expected success", round(option.success, 4)),
                    ("expected cost", round(option.cost, 2)),
                ),
                "active" if id == sampler.step.id else "planned",
                str(option.policy),
            )
            for id, option in planned.items()
        )
        self.ctx.emit(
            ev.Allocated(
                node=sampler.step.id, round=self.round, rule="optimal",
                budget=max(0, self.ctx.budget.left or 0), shares=shares, note=str(chosen.policy),
            )
        )  # fmt: skip


def _before_last(step: Step, policy: Policy, checker: Checker) -> float:
    """Expected cost of a policy without its last sample."""
    fewer = replace(policy, modes=policy.modes[:-1])
    return value(step, fewer, checker).cost if fewer.modes else 0.0


def _mode(policy: Policy) -> Mode:
    return Mode.SYSTEM1 if policy.modes and policy.modes[0] == 1 else Mode.SYSTEM2


def _number(mode: Mode) -> int:
    return 1 if mode is Mode.SYSTEM1 else 2
