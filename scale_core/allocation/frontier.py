"""The frontier of a whole plan: the most success that a number of tokens can buy.

Knows options of every sub-problem as (success, cost), of which a plan takes one each: its success
is their product, its cost their sum. Does not know what a policy is.

Two ways to walk it. By price: with one price for a token every sub-problem takes the option that
maximises log success - price x cost, by itself; from dear to cheap that visits the vertices of the
upper concave hull, each optimal for its own cost. By dynamic programming: all undominated plans,
also those between the vertices, which matter where tokens are few.

docs/optimum.md derives both.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scale_core.allocation.policies import Option

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Plan = Sequence[Sequence[Option]]

MOST = 20_000
SLACK = 1e-9
"""Relative: sums of the same costs in another order are the same cost."""


@dataclass(frozen=True, slots=True)
class PlanPoint:
    """A choice for every step. choices: the number of each step's option, in the given order.
    price: tokens' price (in log success per token) below which it pays to move here from the
    vertex before; inf for the first, None off the hull."""

    cost: float
    success: float
    choices: tuple[int, ...]
    price: float | None = None


@dataclass(frozen=True, eq=False)
class Frontier:
    """Undominated plans, cheapest first: costs and successes both rise strictly.

    tolerance: 0 if it is exact. Otherwise points were left out to bound its size, and a plan that
    is not here has at most 1 + tolerance times the success of one here that costs no more.
    """

    costs: Floats
    successes: Floats
    choices: Ints  # [points, steps]
    tolerance: float

    def __len__(self) -> int:
        return len(self.costs)

    def point(self, i: int) -> PlanPoint:
        chosen = tuple(int(c) for c in self.choices[i])
        return PlanPoint(float(self.costs[i]), float(self.successes[i]), chosen)


@dataclass(frozen=True, slots=True)
class Regret:
    """How far a lane lies from the frontier. tokens: what it spent beyond the cheapest plan of at
    least its success, None if no plan has that. probability: success that its tokens could have
    bought beyond its own. Below 0: it lies above the frontier (luck, or a belief that is off)."""

    tokens: float | None
    probability: float


def point(plan: Plan, choices: Sequence[int]) -> PlanPoint:
    """A plan's success and cost, given the option of each step."""
    taken = [options[i] for options, i in zip(plan, choices, strict=True)]
    success = math.prod(option.success for option in taken)
    return PlanPoint(sum(option.cost for option in taken), success, tuple(choices))


def efficient(options: Sequence[Option]) -> list[int]:
    """Numbers of the options that no other beats, cheapest first: cost and success both rise. Of
    equals the first stays. Raises ValueError if there are none."""
    if not options:
        raise ValueError("a step needs at least one option")
    order = sorted(range(len(options)), key=lambda i: (options[i].cost, -options[i].success, i))
    kept: list[int] = []
    for i in order:
        if not kept or options[i].success > options[kept[-1]].success:
            kept.append(i)
    return kept


def hull(plan: Plan) -> tuple[PlanPoint, ...]:
    """The plans that some price makes optimal, cheapest first.

    Starts with every step at its cheapest option of positive success, then makes the moves along
    the steps' own hulls, the steepest (most log success per token) first. A plan with a step that
    has no chance has one point, everything at its cheapest.
    """
    corners = [_corners(options) for options in plan]
    if not all(kept for kept, _ in corners):
        return (point(plan, [efficient(options)[0] for options in plan]),)
    moves = sorted(
        (-slope, step, rank)
        for step, (_, slopes) in enumerate(corners)
        for rank, slope in enumerate(slopes, start=1)
    )
    at = [0] * len(plan)

    def now(price: float) -> PlanPoint:
        here = point(plan, [corner[i] for (corner, _), i in zip(corners, at, strict=True)])
        return PlanPoint(here.cost, here.success, here.choices, price)

    points = [now(math.inf)]
    for fall, step, rank in moves:
        at[step] = rank
        points.append(now(-fall))
    return tuple(points)


def _corners(options: Sequence[Option]) -> tuple[list[int], list[float]]:
    """Vertices of one step's upper concave hull of (cost, log success), and the slopes between;
    none if no option has a chance."""
    good = [i for i in efficient(options) if options[i].success > 0]

    def slope(i: int, j: int) -> float:
        rise = math.log(options[j].success) - math.log(options[i].success)
        return rise / (options[j].cost - options[i].cost)

    kept: list[int] = []
    for i in good:
        while len(kept) > 1 and slope(kept[-2], kept[-1]) <= slope(kept[-1], i):
            kept.pop()
        kept.append(i)
    return kept, [slope(i, j) for i, j in pairwise(kept)]


def frontier(plan: Plan, budget: float = math.inf, most: int = MOST) -> Frontier:
    """All undominated plans of at most `budget` tokens, by dynamic programming over the steps.

    Costs are real numbers and are not rounded: after each step the partial plans that another one
    beats in both cost and success are dropped, which loses nothing. If more than `most` remain
    they are thinned, see Frontier.tolerance. Empty if even the cheapest plan is too dear. Raises
    ValueError for a plan without steps or a step without options.
    """
    if not plan:
        raise ValueError("a plan needs at least one step")
    kept = [efficient(options) for options in plan]
    cheapest = [options[ids[0]].cost for options, ids in zip(plan, kept, strict=True)]
    costs, successes, loss = np.zeros(1), np.ones(1), 1.0
    choices = np.zeros((1, 0), np.int64)
    for n, (options, ids) in enumerate(zip(plan, kept, strict=True)):
        room = budget * (1 + SLACK) - sum(cheapest[n + 1 :])
        chosen = [options[i] for i in ids]
        all_costs = np.add.outer(costs, [o.cost for o in chosen]).ravel()
        all_successes = np.multiply.outer(successes, [o.success for o in chosen]).ravel()
        best = _undominated(all_costs, all_successes, room)
        best, lost = _thinned(best, all_successes, most)
        loss *= 1 + lost
        costs, successes = all_costs[best], all_successes[best]
        before, option = np.divmod(best, len(ids))
        choices = np.column_stack([choices[before], np.array(ids, np.int64)[option]])
    return Frontier(costs, successes, choices, loss - 1)


def _undominated(costs: Floats, successes: Floats, budget: float) -> Ints:
    """Numbers of the points that cost at most the budget and that none beats, cheapest first."""
    order = np.lexsort((-successes, costs))
    order = order[costs[order] <= budget]
    ordered = successes[order]
    before = np.maximum.accumulate(np.concatenate([[-1.0], ordered]))[:-1]
    found: Ints = order[ordered > before]
    return found


def _thinned(points: Ints, successes: Floats, most: int) -> tuple[Ints, float]:
    """At most `most` (at least 2) of the points, the first and the last among them: the cheapest
    of each bucket of successes of ratio up to 1 + loss, with the smallest loss that does."""
    if len(points) <= max(2, most):
        return points, 0.0
    logs = np.log(np.maximum(successes[points], 1e-300))
    low, high = 0.0, float(logs[-1] - logs[0])
    for _ in range(40):
        width = (low + high) / 2
        low, high = (width, high) if len(_buckets(logs, width)) > most - 1 else (low, width)
    firsts = _buckets(logs, high)
    if firsts[-1] != len(points) - 1:
        firsts = np.append(firsts, len(points) - 1)
    return points[firsts], math.expm1(high)


def _buckets(logs: Floats, width: float) -> Ints:
    """Where each new bucket of this width begins. logs rise."""
    bucket = np.floor((logs - logs[0]) / width)
    return np.flatnonzero(np.diff(bucket, prepend=-1.0))


def best_at(found: Frontier, budget: float) -> PlanPoint | None:
    """The plan of most success for at most this many tokens; None if none is that cheap."""
    i = bisect_right(found.costs, budget * (1 + SLACK)) - 1
    return found.point(i) if i >= 0 else None


def regret(found: Frontier, cost: float, success: float) -> Regret:
    """Where a lane of this cost and success lies: right of the frontier, and below it."""
    i = bisect_left(found.successes, success * (1 - SLACK))
    best = best_at(found, cost)
    return Regret(
        tokens=cost - float(found.costs[i]) if i < len(found) else None,
        probability=(best.success if best else 0.0) - success,
    )
