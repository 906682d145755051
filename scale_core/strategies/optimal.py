"""The lane "Optimal (estimated)": what would be best if the model's own ratings were right.

Knows a budget, calibrated difficulties and the figures of a dev set. Before each sub-problem it
plans the rest anew (`allocation.planning`): the policies of all open ones
that make it likeliest that all are right, for what is left. A rating that costs tokens is part of
the plan: it is bought where knowing it is worth more. After a rejected result it believes
the sub-problem to be harder and plans again. Does not know any right value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from scale_core.allocation.planning.belief import beta, joined, spread
from scale_core.allocation.planning.frontier import best_at, frontier
from scale_core.allocation.planning.policies import (
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
from scale_core.pipeline.context import Context
from scale_core.pipeline.decompose import decompose
from scale_core.pipeline.difficulty_profile import DifficultyProfile, Expected
from scale_core.pipeline.scheduler import Outcome, Waves, start
from scale_core.pipeline.step_sampler import Desk
from scale_core.problem import Mode, Plan
from scale_core.strategies.lane_config import Refused, Terms, finish, open_budget
from scale_core.trace import events as ev

MOST = 6
"""Most samples of one sub-problem that a policy may plan."""
EDGE = 0.005
"""Chances are kept this far from 0 and 1: a dev set never proves certainty."""


async def run_optimal(ctx: Context, terms: Terms) -> str | None:
    figures = terms.figures
    if figures is None:
        raise Refused("this model has no figures of a dev set to plan with")
    plan = await decompose(ctx)
    open_budget(ctx, terms, len(plan.steps))
    late = ctx.purse.unit == "tokens" and ctx.options.rating == "late"
    ratings = {} if late else await assess(ctx, plan)  # late: only those that are worth it
    planner = _Planner(ctx, Waves(ctx, plan), figures, ratings)
    return finish(ctx, plan, await planner.waves.run(planner.solve))


@dataclass
class _Planner:
    ctx: Context
    waves: Waves
    figures: DifficultyProfile
    ratings: dict[str, ev.Rated]
    round: int = 0

    async def solve(self, desks: Sequence[Desk]) -> Sequence[Outcome]:
        """One sub-problem after another: each result tells how much is left for the others."""
        outcomes: list[Outcome] = []
        for i, desk in enumerate(desks):
            later = [
                s.id for s in self.waves.open if s.id not in {d.step.id for d in desks[: i + 1]}
            ]
            outcomes.append(await self._one(desk, later))
        return outcomes

    @property
    def plan(self) -> Plan:
        return self.waves.plan

    async def _one(self, desk: Desk, later: Sequence[str]) -> Outcome:
        had = self.ratings.get(desk.step.id)
        if had is not None or self._worth_rating(desk, later):
            rating = await rate_now(self.ctx, self.plan, desk.step, desk.known, had)
            if rating is not None:
                self.ratings[desk.step.id] = rating
        step, begun = self._step(desk.step.id), False
        try:
            while True:
                option = self._choose(desk, step, desk.belief, later)
                if not option.policy.modes:
                    return desk.outcome(Mode.SYSTEM2, desk.most_believed, doubted=True)
                mode = _mode(option.policy)
                if not begun:
                    self._begin(desk, mode, option)
                    begun = True
                if not option.policy.verified:
                    fresh = await desk.draw_all(mode, len(option.policy.modes))
                    return replace(desk, drawn=fresh).settled(mode)  # rejected ones do not vote
                (draw,) = await desk.draw(mode, 1)
                belief = await desk.consider(draw)
                if draw.result is not None and (
                    belief is None or belief >= self.ctx.options.accept
                ):
                    return desk.outcome(mode, desk.key(draw.result))
                step, _ = rejected(step, _number(mode), self._checker(self._expected(desk.step.id)))
        except Exhausted:
            if desk.doubts:
                return desk.outcome(Mode.SYSTEM2, desk.most_believed, doubted=True)
            return desk.settled(Mode.SYSTEM2, doubted=True)

    # ---- planning --------------------------------------------------------------------------

    @property
    def _rollouts(self) -> bool:
        return self.ctx.purse.unit == "rollouts"

    def _worth_rating(self, desk: Desk, later: Sequence[str]) -> bool:
        """Whether knowing the difficulty is worth its tokens: the best plans for each rating that
        it may turn out to be, on average, against the best one without."""
        if self._rollouts or self._free(desk):
            return True
        figures, left = self.figures, self._left()
        rest = frontier(self._rest(later), most=400) if later else None

        def after(left: float) -> float:
            if rest is None:
                return float(left >= 0)
            found = best_at(rest, left)
            return found.success if found else 0.0

        def best(own: Sequence[Option], left: float) -> float:
            return max(o.success * after(left - o.cost) for o in own)

        price = figures.average.c1  # a rating is about as long as a System 1 sample
        seen = [self._options(p, self._at(p), last=not later) for p in figures.points]
        blind = self._options(figures.average, self._step(desk.step.id), last=not later)
        return fmean(best(own, left - price) for own in seen) > best(blind, left)

    def _free(self, desk: Desk) -> bool:
        options = self.ctx.options
        forced = desk.step is self.plan.last and options.force_last is not None
        return forced or options.assign != "threshold"

    def _step(self, id: str) -> Step:
        """By its rating; one that is not rated may be any of the dev set's."""
        if rating := self.ratings.get(id):
            return self._at(self.figures.at(rating.used))
        points = self.figures.points
        beliefs = [self._at(point, nodes=4).belief for point in points]
        return replace(self._at(self.figures.average), belief=joined(beliefs))

    def _at(self, seen: Expected, nodes: int = 8) -> Step:
        one, two = (
            spread(min(1 - EDGE, max(EDGE, p)), strength)
            for p, strength in (
                (seen.p1, self.figures.strength1),
                (seen.p2, self.figures.strength2),
            )
        )
        costs = (1.0, 1.0) if self._rollouts else (seen.c1, seen.c2)
        return Step(beta(one, two, nodes), costs)

    def _checker(self, seen: Expected) -> Checker:
        return Checker(self.figures.t, self.figures.f, 0.0 if self._rollouts else seen.v)

    def _options(
        self, seen: Expected, step: Step, standing: float | None = None, *, last: bool
    ) -> tuple[Option, ...]:
        """Of the last sub-problem the last sample is not counted: in tokens it may begin while
        one is left (see Purse)."""
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
        return self.figures.average if rating is None else self.figures.at(rating.used)

    def _left(self) -> float:
        """What samples may be begun with, the last one aside: in tokens one must be left for it."""
        return max(0, (self.ctx.purse.left or 0) - (not self._rollouts))

    def _choose(
        self, desk: Desk, step: Step, standing: float | None, later: Sequence[str]
    ) -> Option:
        """The best policy for this sub-problem as part of the best plan for what is left; the
        cheapest one if nothing else is paid for."""
        seen = self._expected(desk.step.id)
        own, rest = self._options(seen, step, standing, last=not later), self._rest(later)
        best = best_at(frontier([own, *rest], most=400), self._left())
        chosen = own[best.choices[0]] if best else min(own, key=lambda o: o.cost)
        self._tell(desk, chosen, [r[i] for r, i in zip(rest, best.choices[1:], strict=True)]
                   if best else [], later)  # fmt: skip
        return chosen

    def _begin(self, desk: Desk, mode: Mode, option: Option) -> None:
        blind = self.ctx.options.assign == "threshold" and desk.step.id not in self.ratings
        reason = "a rating is not worth its tokens; " if blind else ""
        reason += f"the plan for what is left: {option.policy}"
        self.ctx.emit(ev.Assigned(node=desk.step.id, mode=mode, reason=reason))
        start(desk, mode)

    def _tell(
        self, desk: Desk, chosen: Option, rest: Sequence[Option], later: Sequence[str]
    ) -> None:
        self.round += 1
        planned: Mapping[str, Option] = {
            desk.step.id: chosen,
            **dict(zip(later, rest, strict=False)),
        }
        fair = (self.ctx.purse.limit or 0) / len(self.plan.steps)
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
                "active" if id == desk.step.id else "planned",
                str(option.policy),
            )
            for id, option in planned.items()
        )
        self.ctx.emit(
            ev.Allocated(
                node=desk.step.id, round=self.round, rule="optimal",
                budget=max(0, self.ctx.purse.left or 0), shares=shares, note=str(chosen.policy),
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
