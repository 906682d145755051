"""The SCALE lane of a duel: one System 1 sample where difficulty is at most tau, System 2 with
the share that the easy ones left over elsewhere.

The paper gives every sub-problem one sample; sharing out a budget is an adaptation, and with one
rollout a sub-problem it is the paper's method. Ratings, the verifier behind System 1 and
escalation are the pipeline's own (`pipeline`). Of tokens each later sub-problem's share is
set aside before any goes to a rating, an escalation or a second sample (`outlook`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scale_core.pipeline.assess import assess, rate_now
from scale_core.pipeline.assign import assign
from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.context import Context
from scale_core.pipeline.decompose import decompose
from scale_core.pipeline.execute import Solver
from scale_core.pipeline.scheduler import Outcome, Waves, even, start
from scale_core.pipeline.step_sampler import Desk
from scale_core.problem import Mode, SubProblem
from scale_core.strategies.lane_config import Terms, finish, open_budget
from scale_core.strategies.token_forecast import Outlook
from scale_core.trace import events as ev


async def run_scale_lane(ctx: Context, terms: Terms) -> str | None:
    plan = await decompose(ctx)
    open_budget(ctx, terms, len(plan.steps))
    late = ctx.purse.unit == "tokens" and ctx.options.rating == "late"
    ratings = {} if late else await assess(ctx, plan)  # late: only those that are worth it
    waves = Waves(ctx, plan)

    async def solve(desks: Sequence[Desk]) -> Sequence[Outcome]:
        outlook = Outlook(ctx.purse, terms.figures, len(waves.open) - 1)
        ratings.update(await _again(desks, ratings, outlook))
        modes = {s.id: _mode(ctx, ratings, s, s is plan.last) for s in waves.open}
        if ctx.purse.unit == "tokens" and ctx.options.assign == "threshold":
            id = desks[0].step.id  # tokens are spent on one sub-problem after another
            modes[id] = _afford(modes[id], ratings.get(id), outlook)
        shares = _shares(ctx, waves, desks, modes, ratings, outlook)
        _tell(waves, desks, shares, ratings)
        parts = [
            _solve(d, modes[d.step.id], ratings.get(d.step.id), k, terms.settings.spare)
            for d, k in zip(desks, shares, strict=True)
        ]
        return await ctx.together(parts)

    return finish(ctx, plan, await waves.run(solve))


async def _again(
    desks: Sequence[Desk], ratings: Mapping[str, ev.Rated], outlook: Outlook
) -> dict[str, ev.Rated]:
    """The wave's ratings, with what is known now filled in, if they are worth their tokens."""
    ctx = desks[0].ctx
    known = [r.used for r in ratings.values()]
    parts = [
        rate_now(ctx, d.plan, d.step, d.known, had)
        for d in desks
        if (had := ratings.get(d.step.id)) is not None or _worth_rating(d, known, outlook)
    ]
    fresh = await ctx.together(parts) if parts else []
    return {r.node: r for r in fresh if r is not None}


def _worth_rating(desk: Desk, known: Sequence[float], outlook: Outlook) -> bool:
    """It is expected to save more than it costs, or all that is open can be worked out even so."""
    ctx, options = desk.ctx, desk.ctx.options
    forced = desk.step is desk.plan.last and options.force_last is not None
    if ctx.purse.unit == "rollouts" or options.assign != "threshold" or forced:
        return True
    price = outlook.rating
    if outlook.saving(ctx.tau(), known) > price:
        return outlook.pays(price + outlook.cost(Mode.SYSTEM1), Mode.SYSTEM1)
    slow = outlook.cost(Mode.SYSTEM2)
    return outlook.left - price >= (1 + outlook.later) * slow


def _mode(
    ctx: Context, ratings: Mapping[str, ev.Rated], step: SubProblem, last: bool
) -> tuple[Mode, str]:
    """A sub-problem that is not rated yet counts as one for System 2."""
    rating = ratings.get(step.id)
    if rating is None and ctx.options.assign == "threshold":
        return Mode.SYSTEM2, "not rated yet"
    return assign(ctx.options.assign, rating.used if rating else None, ctx.tau(), last)


def _afford(
    chosen: tuple[Mode, str], rating: ev.Rated | None, outlook: Outlook
) -> tuple[Mode, str]:
    """System 2 only where the tokens pay for it: with a rating, if each later sub-problem can
    still be tried in System 1; without one, if all of them can be worked out as well."""
    if chosen[0] is Mode.SYSTEM1:
        return chosen
    least = Mode.SYSTEM1 if rating else Mode.SYSTEM2
    cost = outlook.cost(Mode.SYSTEM2, rating.used if rating else None)
    mode = Mode.SYSTEM2 if outlook.pays(cost, least) else Mode.SYSTEM1
    if rating and mode is Mode.SYSTEM2:
        return chosen
    said = f"{chosen[1]}, but" if rating else "a rating is not worth its tokens;"
    left = f"{outlook.left} tokens are left, and {outlook.later} sub-problems come later"
    return mode, f"{said} {left}"


def _shares(
    ctx: Context,
    waves: Waves,
    desks: Sequence[Desk],
    modes: Mapping[str, tuple[Mode, str]],
    ratings: Mapping[str, ev.Rated],
    outlook: Outlook,
) -> list[int]:
    """What each of this wave's sub-problems may spend.

    Rollouts: one for every open sub-problem, then one for each System 1 result that may be
    rejected by the verifier, and all others evenly to System 2. Tokens: an even share of what is
    left, but more than one sample only from what the later ones do not need.
    """
    left = max(0, ctx.purse.left or 0)
    if ctx.purse.unit == "tokens":
        return [_tokens(outlook, modes[desks[0].step.id][0])]
    shares = dict.fromkeys((s.id for s in waves.open), 1)
    spare = left - len(shares)
    for id in shares:
        rating = ratings.get(id)
        checked = ctx.options.escalate and rating is not None and rating.used > ctx.trust()
        if modes[id][0] is Mode.SYSTEM1 and checked and spare > 0:
            shares[id], spare = 2, spare - 1
    slow = [id for id in shares if modes[id][0] is Mode.SYSTEM2]
    if slow:
        for id, more in zip(slow, even(max(0, spare), len(slow)), strict=True):
            shares[id] += more
    return [shares[d.step.id] for d in desks]


def _tokens(outlook: Outlook, mode: Mode) -> int:
    """At most an even share, and another sample may begin only where it is paid for: one more in
    System 2 costs about what the first did, an escalation what System 2 is expected to."""
    share = even(outlook.left, outlook.later + 1)[0]
    if not outlook.later:
        return max(1, share)
    spare = outlook.left - outlook.reserve(mode)
    most = spare / 2 if mode is Mode.SYSTEM2 else spare - outlook.cost(Mode.SYSTEM2)
    return max(1, min(share, int(most)))


def _tell(
    waves: Waves, desks: Sequence[Desk], shares: Sequence[int], ratings: Mapping[str, ev.Rated]
) -> None:
    ctx = waves.ctx
    left, fair = ctx.purse.left or 0, (ctx.purse.limit or 0) / len(waves.plan.steps)
    told = tuple(
        ev.Share(
            d.step.id,
            share,
            round(fair, 3),
            (
                ("difficulty", rating.used if (rating := ratings.get(d.step.id)) else None),
                ("tau", ctx.tau()),
                ("open sub-problems", len(waves.open)),
                ("left before", left),
            ),
        )
        for d, share in zip(desks, shares, strict=True)
    )
    ctx.emit(
        ev.Allocated(
            node=ev.PLAN_NODE, round=waves.number, rule="scale", budget=sum(shares), shares=told,
            unit=ctx.purse.unit,
        )
    )  # fmt: skip


async def _solve(
    desk: Desk, mode: tuple[Mode, str], rating: ev.Rated | None, share: int, spare: bool
) -> Outcome:
    """One sub-problem with its share: a rejected System 1 result leaves the rest to System 2."""
    chosen, reason = mode
    options = desk.ctx.options
    desk.ctx.emit(ev.Assigned(node=desk.step.id, mode=chosen, reason=reason))
    start(desk, chosen)
    desk.spend_from(desk.ctx.purse.slice(share))
    if chosen is Mode.SYSTEM1:
        difficulty = rating.used if rating else None
        return await Solver(desk.ctx, desk.plan, desk.step, desk.known, difficulty).solve(chosen)
    if spare and options.escalate:
        return await desk.until(chosen, options.accept)
    try:
        await desk.spend(chosen)
    except Exhausted:
        return "the budget ran out before it could be tried"
    return desk.settled(chosen)
