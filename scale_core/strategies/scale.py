"""SCALE: decompose, assess, assign, execute. System 1 up to the threshold, System 2 above it.

Without a limit this is the paper's method, or our default, whatever the switches say: each
sub-problem is solved, checked, tried again and escalated. With a limit the same stages share it
out: one System 1 sample where difficulty is at most tau, System 2 with the share that the easy ones
left over elsewhere. The paper gives every sub-problem one sample; sharing out a budget is an
adaptation, and with one rollout a sub-problem it is the paper's method. Of tokens each later
sub-problem's share is set aside before any goes to a rating, an escalation or a second sample
(`TokenForecast`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from scale_core.pipeline.assess import answers_of, assess, assign, rate_now
from scale_core.pipeline.budget import BudgetMeter, Exhausted
from scale_core.pipeline.calibration import DifficultyProfile
from scale_core.pipeline.context import Context
from scale_core.pipeline.decompose import decompose
from scale_core.pipeline.drafts import holding
from scale_core.pipeline.scheduler import Scheduler
from scale_core.pipeline.solve_step import solve_step
from scale_core.pipeline.step_sampler import Outcome, StepSampler
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.strategies.settings import LaneConfig, even, finish, open_budget
from scale_core.trace import events as ev

Assignment = tuple[Mode, str]
"""A mode and the reason in words."""


async def run_scale(ctx: Context, config: LaneConfig) -> str | None:
    """The answer, None if the last sub-problem was not solved."""
    plan = await decompose(ctx)
    if config.budget is not None:
        open_budget(ctx, config, len(plan.steps))
    tight = ctx.budget.limit is not None and ctx.budget.unit == "tokens"
    late = tight and ctx.options.rating == "late"
    ratings = {} if late else await assess(ctx, plan)  # late: only those that are worth it
    if config.budget is None:
        _announce(ctx, plan, ratings)
    lane = _Lane(ctx, config, plan, Scheduler(ctx, plan), ratings)
    return finish(ctx, plan, await lane.scheduler.run(lane.solve))


def _announce(ctx: Context, plan: Plan, ratings: Mapping[str, ev.Rated]) -> None:
    """Stage 3 for the whole plan at once, before anything runs. Assignments that rest on a
    provisional rating are made again just before their sub-problem."""
    slow = late = 0
    for step in plan.steps:
        rating = ratings.get(step.id)
        if rating is None and ctx.options.assign == "threshold":
            late += 1
            continue
        mode, reason = _by_difficulty(ctx, plan, step, rating)
        slow += mode is Mode.SYSTEM2
        provisional = rating is not None and rating.provisional
        ctx.emit(ev.Assigned(node=step.id, mode=mode, reason=reason, provisional=provisional))
    total = len(plan.steps)
    text = f"{slow} × System 2, {total - late - slow} × System 1"
    text += f", {late} after their rating" if late else ""
    ctx.progress("assign", total, total, text)


def _by_difficulty(
    ctx: Context, plan: Plan, step: SubProblem, rating: ev.Rated | None
) -> Assignment:
    difficulty = rating.used if rating else None
    return assign(ctx.options.assign, difficulty, ctx.tau(), step is plan.last)


@dataclass
class _Lane:
    """One run while its sub-problems are solved. `ratings`: those made so far."""

    ctx: Context
    config: LaneConfig
    plan: Plan
    scheduler: Scheduler
    ratings: dict[str, ev.Rated]

    async def solve(self, samplers: Sequence[StepSampler]) -> Sequence[Outcome]:
        """Sub-problems that are ready: rate them with what is known now, assign, share, work."""
        later = len(self.scheduler.open) - 1
        forecast = TokenForecast(self.ctx.budget, self.config.profile, later)
        await self._rate(samplers, forecast)
        modes = self._assign(samplers, forecast)
        shares = self._share(samplers, modes, forecast)
        parts = [
            self._work(s, modes[s.step.id], share)
            for s, share in zip(samplers, shares, strict=True)
        ]
        return await self.ctx.together(parts)

    # ---- assess ----------------------------------------------------------------------------

    async def _rate(self, samplers: Sequence[StepSampler], forecast: TokenForecast) -> None:
        """With what is known now filled in, where a rating is worth its tokens."""
        seen = [r.used for r in self.ratings.values()]
        parts = [
            rate_now(s, had)
            for s in samplers
            if (had := self.ratings.get(s.step.id)) is not None
            or await self._drafted(s)
            or self._worth_rating(s.step, seen, forecast)
        ]
        fresh = await self.ctx.together(parts) if parts else []
        self.ratings |= {r.node: r for r in fresh if r is not None}

    async def _drafted(self, sampler: StepSampler) -> bool:
        """Whether a rating costs nothing, because the outline brought System 1's answer."""
        if self.ctx.options.rating != "attempt" or self.ctx.options.assign != "threshold":
            return False
        draft = await holding(sampler.plan, sampler.step, sampler.known)
        return draft is not None and draft.sure is not None

    def _worth_rating(
        self, step: SubProblem, seen: Sequence[float], forecast: TokenForecast
    ) -> bool:
        """It is expected to save more than it costs, or all that is open can be worked out even
        so."""
        options = self.ctx.options
        forced = step is self.plan.last and options.force_last is not None
        if options.assign != "threshold" or forced:
            return True
        if options.rating == "attempt" and self.ctx.budget.unit == "rollouts":
            left = self.ctx.budget.left  # an attempt is paid for, and each step needs one anyway
            return left is None or left >= len(self.scheduler.open) + answers_of(self.ctx)
        if not self._tight:
            return True
        price = forecast.rating
        if forecast.saving(self.ctx.tau(), seen) > price:
            return forecast.pays(price + forecast.cost(Mode.SYSTEM1), Mode.SYSTEM1)
        slow = forecast.cost(Mode.SYSTEM2)
        return forecast.left - price >= (1 + forecast.later) * slow

    @property
    def _tight(self) -> bool:
        """Whether every token counts."""
        return self.ctx.budget.limit is not None and self.ctx.budget.unit == "tokens"

    # ---- assign ----------------------------------------------------------------------------

    def _assign(
        self, samplers: Sequence[StepSampler], forecast: TokenForecast
    ) -> dict[str, Assignment]:
        """The mode of every open sub-problem; one that is not rated yet counts as one for
        System 2."""
        modes = {step.id: self._mode(step) for step in self.scheduler.open}
        if self._tight and self.ctx.options.assign == "threshold":
            id = samplers[0].step.id  # tokens are spent on one sub-problem after another
            modes[id] = _afford(modes[id], self.ratings.get(id), forecast)
        return modes

    def _mode(self, step: SubProblem) -> Assignment:
        rating = self.ratings.get(step.id)
        if rating is None and self.ctx.options.assign == "threshold":
            return Mode.SYSTEM2, "not rated yet"
        return _by_difficulty(self.ctx, self.plan, step, rating)

    # ---- share -----------------------------------------------------------------------------

    def _share(
        self,
        samplers: Sequence[StepSampler],
        modes: Mapping[str, Assignment],
        forecast: TokenForecast,
    ) -> Sequence[int | None]:
        """What each of these may spend; None without a limit."""
        if self.ctx.budget.limit is None:
            return [None] * len(samplers)
        if self._tight:
            shares = [_tokens(forecast, modes[samplers[0].step.id][0])]
        else:
            rollouts = self._rollouts(modes)
            shares = [rollouts[s.step.id] for s in samplers]
        self._tell(samplers, shares)
        return shares

    def _rollouts(self, modes: Mapping[str, Assignment]) -> Mapping[str, int]:
        """One for every open sub-problem that was not tried yet, then one for each System 1 result
        that may be rejected by the verifier, and all others evenly to System 2."""
        shares = {id: int(not self._tried(id, mode)) for id, (mode, _) in modes.items()}
        spare = max(0, self.ctx.budget.left or 0) - sum(shares.values())
        for id, (mode, _) in modes.items():
            rating = self.ratings.get(id)
            doubtful = rating is not None and rating.used > self.ctx.trust()
            checked = mode is Mode.SYSTEM1 and self.ctx.options.escalate and doubtful
            checked = checked and not self._tried(id, mode)
            if checked and spare > 0:
                shares[id], spare = 2, spare - 1
        slow = [id for id, (mode, _) in modes.items() if mode is Mode.SYSTEM2]
        for id, more in zip(slow, even(max(0, spare), len(slow)) if slow else [], strict=True):
            shares[id] += more
        return shares

    def _tried(self, id: str, mode: Mode) -> bool:
        """Whether a rating was an attempt whose answer stands: then nothing more is drawn."""
        rating = self.ratings.get(id)
        return mode is Mode.SYSTEM1 and rating is not None and rating.how != "asked"

    def _tell(self, samplers: Sequence[StepSampler], shares: Sequence[int]) -> None:
        budget = self.ctx.budget
        left, fair = budget.left or 0, (budget.limit or 0) / len(self.plan.steps)
        difficulty = {id: rating.used for id, rating in self.ratings.items()}
        told = tuple(
            ev.Share(
                s.step.id,
                share,
                round(fair, 3),
                (
                    ("difficulty", difficulty.get(s.step.id)),
                    ("tau", self.ctx.tau()),
                    ("open sub-problems", len(self.scheduler.open)),
                    ("left before", left),
                ),
            )
            for s, share in zip(samplers, shares, strict=True)
        )
        self.ctx.emit(
            ev.Allocated(
                node=ev.PLAN_NODE, round=self.scheduler.wave, rule="scale", budget=sum(shares),
                shares=told, unit=budget.unit,
            )
        )  # fmt: skip

    # ---- execute ---------------------------------------------------------------------------

    async def _work(
        self, sampler: StepSampler, assignment: Assignment, share: int | None
    ) -> Outcome:
        """One sub-problem. With a share a rejected System 1 result leaves the rest of it to
        System 2, and System 2 draws until it is sure, or all of it (`spare` off)."""
        (mode, reason), options = assignment, self.ctx.options
        self.ctx.emit(ev.Assigned(node=sampler.step.id, mode=mode, reason=reason))
        sampler.start(mode)
        if mode is Mode.SYSTEM1 and options.rating == "attempt":
            draft = await holding(self.plan, sampler.step, sampler.known)
            if draft is not None:
                return ev.StepSolved(node=sampler.step.id, mode=mode, result=draft.result)
        if mode is Mode.SYSTEM2:
            sampler = replace(sampler, drawn=[])  # what an attempt gave was too unsure to vote
        if share is not None:
            sampler.spend_from(self.ctx.budget.slice(share))
        if share is None or mode is Mode.SYSTEM1:
            rating = self.ratings.get(sampler.step.id)
            return await solve_step(sampler, mode, rating.used if rating else None)
        if self.config.settings.spare and options.escalate:
            return await sampler.until(mode, options.accept)
        try:
            await sampler.spend(mode)
        except Exhausted:
            return "the budget ran out before it could be tried"
        return await sampler.settled(mode)


def _afford(chosen: Assignment, rating: ev.Rated | None, forecast: TokenForecast) -> Assignment:
    """System 2 only where the tokens pay for it: with a rating, if each later sub-problem can
    still be tried in System 1; without one, if all of them can be worked out as well."""
    if chosen[0] is Mode.SYSTEM1:
        return chosen
    least = Mode.SYSTEM1 if rating else Mode.SYSTEM2
    cost = forecast.cost(Mode.SYSTEM2, rating.used if rating else None)
    mode = Mode.SYSTEM2 if forecast.pays(cost, least) else Mode.SYSTEM1
    if rating and mode is Mode.SYSTEM2:
        return chosen
    said = f"{chosen[1]}, but" if rating else "a rating is not worth its tokens;"
    left = f"{forecast.left} tokens are left, and {forecast.later} sub-problems come later"
    return mode, f"{said} {left}"


def _tokens(forecast: TokenForecast, mode: Mode) -> int:
    """At most an even share, and another sample may begin only where it is paid for: one more in
    System 2 costs about what the first did, an escalation what System 2 is expected to."""
    share = even(forecast.left, forecast.later + 1)[0]
    if not forecast.later:
        return max(1, share)
    spare = forecast.left - forecast.reserve(mode)
    most = spare / 2 if mode is Mode.SYSTEM2 else spare - forecast.cost(Mode.SYSTEM2)
    return max(1, min(share, int(most)))


@dataclass(frozen=True)
class TokenForecast:
    """What the rest of a token budget must still pay for: by the difficulty profile, where the
    model has one, else by what the lane paid so far. `later`: open sub-problems after this one.
    What nothing is known of yet costs 0: then there is nothing to save by. The last sample of all
    may begin while one token is left (see BudgetMeter), so it is not set aside."""

    budget: BudgetMeter
    profile: DifficultyProfile | None
    later: int

    @property
    def left(self) -> int:
        return max(0, self.budget.left or 0)

    def cost(self, mode: Mode, difficulty: float | None = None) -> float:
        """Expected tokens of a sample; without a difficulty of an average sub-problem."""
        if self.profile is None:
            return self.budget.mean(mode.value) or 0.0
        known = self.profile.average if difficulty is None else self.profile.at(difficulty)
        return known.c1 if mode is Mode.SYSTEM1 else known.c2

    @property
    def rating(self) -> float:
        """Before the first one: about as long as a System 1 sample."""
        return self.budget.mean("rate") or self.cost(Mode.SYSTEM1)

    def reserve(self, mode: Mode) -> float:
        """What the later sub-problems need for one sample each."""
        return 1 + (self.later - 1) * self.cost(mode) if self.later else 0.0

    def pays(self, tokens: float, mode: Mode) -> bool:
        """Whether this can be spent now and each later sub-problem still be worked on."""
        return not self.later or self.left - tokens >= self.reserve(mode)

    def saving(self, tau: float, seen: Iterable[float]) -> float:
        """Tokens that a rating is expected to save: System 1 where it is at most tau. Without a
        dev set the share of those follows from the ratings seen (Laplace's rule)."""
        if self.profile is not None:
            return fmean((p.c2 - p.c1) * (p.difficulty <= tau) for p in self.profile.points)
        easy = [d <= tau for d in seen]
        share = (sum(easy) + 1) / (len(easy) + 2)
        return share * (self.cost(Mode.SYSTEM2) - self.cost(Mode.SYSTEM1))
