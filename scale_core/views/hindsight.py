"""What should have been done, as small JSON values: the frontier with each lane's regret, and the
sweep of the threshold tau.

Knows how the frontier, the lanes' places, the best plan and the sweep's points become numbers,
labels and sentences. Does not know how they are computed (`experiments.hindsight`,
`experiments.sweep`) or drawn.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from scale_core.allocation.intervals import Interval, wilson
from scale_core.experiments.hindsight import MOST, Hindsight, LaneWorth
from scale_core.experiments.sweep import Sweep, SweepPoint
from scale_core.trace import duel as du
from scale_core.views import colours, units
from scale_core.views.lanes import lane_of, named
from scale_core.views.units import proportion

NO_TOKENS, NO_POINTS = 0.5, 0.005
"""Differences below these are none: half a token, half a point."""

NOT = "refused"


def frontier(look: Hindsight, duel: du.Duel) -> dict[str, Any]:
    """Everything that the drawings of hindsight show. Sides of lanes: below, on, above, or left
    (cheaper than any way of carrying out the plan). A lane that was refused has no place."""
    ran = [w for w in look.lanes if w.lane not in duel.lanes or duel.lanes[w.lane].status != NOT]
    told = [_lane(look, duel, worth) for worth in ran]
    most = max([look.frontier[-1][0], *(worth.tokens.high for worth in ran)])
    return {
        "duel": duel.start.duel if duel.start else "",
        "most": round(most, 1),
        "planning": look.planning,
        "line": [[cost, success] for cost, success, _ in look.frontier],
        "policies": [list(policies) for _, _, policies in look.frontier],
        "steps": _steps(look, duel),
        "lanes": told,
        "first": _first(told),
        "notes": notes(look, duel),
    }


# ---- lanes ---------------------------------------------------------------------------------


def _lane(look: Hindsight, duel: du.Duel, worth: LaneWorth) -> dict[str, Any]:
    lane = lane_of(duel, worth.lane)
    return {
        **named(duel, worth.lane, 24),
        "x": _places(worth.tokens, 1),
        "y": _places(worth.success, 4),
        "side": side(worth),
        "best": None if worth.best_point is None else list(worth.best_point),
        "best_policies": [policy for _, policy in worth.best],
        "needed": None
        if worth.regret_tokens is None
        else round(worth.tokens.mean - worth.regret_tokens, 1),
        "could": round(worth.success.mean + worth.regret_success, 4),
        "tokens": signed(worth.regret_tokens, 0, NO_TOKENS),
        "points": signed(100 * worth.regret_success, 1, 100 * NO_POINTS),
        "apart": _points(abs(worth.regret_success)),
        "right": proportion(worth.success.mean),
        "right_range": f"{proportion(worth.success.low)} to {proportion(worth.success.high)}",
        "spent": units.count(round(worth.tokens.mean)),
        "sentence": sentence(look, lane, worth),
    }


def side(worth: LaneWorth) -> str:
    """Where a lane lies as seen from the frontier."""
    if worth.best_point is None and worth.success.mean == 0:
        return "left"
    over = worth.regret_tokens
    if worth.regret_success < -NO_POINTS or over is None or over < -NO_TOKENS:
        return "above"
    if worth.regret_success > NO_POINTS or over > NO_TOKENS:
        return "below"
    return "on"


def sentence(look: Hindsight, lane: du.Lane, worth: LaneWorth) -> str:
    """One or two sentences: how far the lane is from the best, and why if it is beyond it."""
    name = lane.label
    match side(worth):
        case "left":
            cheapest = units.tokens(round(look.frontier[0][0]))
            return (
                f"{name} spent less than any way of carrying out the plan ({cheapest}), and was "
                "never right."
            )
        case "above":
            return f"{name} {_above(worth)} {_why_above(look, lane, worth)}"
        case "on":
            return f"{name} lies on the frontier: nothing does better for its tokens."
    said = f"{name} {_below(worth, look.repeats)}"
    if worth.lane == "optimal":
        said += " This is the price of knowing the difficulties only from the model's own ratings."
    return said


def _below(worth: LaneWorth, repeats: int) -> str:
    over, points = worth.regret_tokens, worth.regret_success
    if worth.success.mean == 0:
        if points <= NO_POINTS:
            return f"was never right in {repeats} draws, nor could its tokens have bought more."
        could = proportion(points)
        return f"was never right in {repeats} draws; its tokens could have bought {could}."
    more = "" if over is None or over <= NO_TOKENS else (
        f"spent {units.tokens(round(over))} more than needed for what it achieved"
    )  # fmt: skip
    chance = worth.success.high >= worth.success.mean + points
    less = "" if points <= NO_POINTS else (
        f"is {_points(points)} below what its tokens could have bought"
        f"{' (within its interval)' if chance else ''}"
    )  # fmt: skip
    if more and less:
        return f"{more}, and {less}."
    return f"{more}; nothing better could be bought with them." if more else f"{less}."


def _above(worth: LaneWorth) -> str:
    if worth.best_point is None:
        share = proportion(worth.success.mean)
        return (
            f"spent less than any way of carrying out the plan, and was right in {share} of draws."
        )
    if worth.regret_success < -NO_POINTS:
        return f"lies {_points(-worth.regret_success)} above the frontier."
    return "lies just above the frontier."


def _why_above(look: Hindsight, lane: du.Lane, worth: LaneWorth) -> str:
    """Luck, where the frontier is within the lane's interval; else what the class leaves out."""
    could = worth.success.mean + worth.regret_success
    if worth.success.low <= could:
        return (
            f"That is within its interval: luck in {look.repeats} draws, not a better way to "
            "spend tokens."
        )
    why = "a wrong step of it can still end in the right answer"
    if not lane.plans:
        why = "it does without the plan"
    elif lane.drawing == "tree":
        why = "it compares whole paths, and a path with a wrong step can be outvoted"
    return f"That is more than luck explains. The policies of the frontier leave it out: {why}."


def _points(difference: float) -> str:
    points = f"{100 * difference:.1f}".removesuffix(".0")
    return f"{points} point{'' if points == '1' else 's'}"


# ---- the best plan -------------------------------------------------------------------------


def _steps(look: Hindsight, duel: du.Duel) -> list[dict[str, Any]]:
    """What is known of each sub-problem in hindsight: p and c of System 1 and System 2."""
    texts = {s.id: s.text for s in duel.plan.steps} if duel.plan else {}
    return [
        {
            "name": units.shorten(bank.name, 8),
            "label": units.shorten(units.pretty(texts.get(bank.id, "")), 22),
            "right": units.shorten(bank.right, 12),
            "p": [round(p, 4) for p in bank.rates],
            "c": [round(c, 1) for c in bank.costs],
        }
        for bank in look.steps
    ]


def _first(told: list[dict[str, Any]]) -> str | None:
    """The lane at whose cost the best plan is shown first."""
    known = [lane["lane"] for lane in told if lane["best"] is not None]
    return "scale" if "scale" in known else next(iter(known), None)


# ---- words ---------------------------------------------------------------------------------


def notes(look: Hindsight, duel: du.Duel) -> list[str]:
    """What the picture rests on, in sentences."""
    accept = duel.start.options.get("accept", 0.9) if duel.start else 0.9
    checker = look.checker
    return [
        "The frontier is the most success that tokens can buy on this plan with, for each step, "
        f"one of these policies of up to {MOST} samples: a majority vote, samples checked one by "
        "one, or samples until agreeing results are believed, in System 1, in System 2, or in "
        "System 1 first.",
        f"Both the frontier and the lanes draw from the same {look.samples} recorded samples of "
        f"each mode and step; each lane ran {look.repeats} times on samples drawn anew. Bars are "
        "95% intervals of these draws.",
        "Checking is by the model's own confidence, which costs nothing: at "
        f"{accept:g} it accepts {proportion(checker.t)} of the right results and "
        f"{proportion(checker.f)} of the wrong ones.",
        f"Looking back cost {units.tokens(look.generated)}, charged to no lane.",
    ]


def signed(value: float | None, digits: int, none: float) -> str:
    """`+12.5`, `−3`, `0` for what is too little to tell, `–` for None."""
    if value is None:
        return "–"
    if abs(value) <= none:
        return "0"
    shown = f"{abs(value):,.{digits}f}".removesuffix("." + "0" * digits).replace(",", "\u2009")
    return f"{'+' if value > 0 else '−'}{shown}"


def _places(interval: Interval, digits: int) -> list[float]:
    return [round(v, digits) for v in (interval.mean, interval.low, interval.high)]


# ---- the sweep -----------------------------------------------------------------------------


NAMES = 5
"""Steps that are named one by one; more are counted."""


def sweep(found: Sweep, duel: du.Duel) -> dict[str, Any]:
    """Points from all System 2 to all System 1, with labels of their intervals of tau."""
    graded = all(point.right is not None for point in found.points)
    names = {s.id: s.name for s in duel.plan.steps} if duel.plan else {}
    labels, short = intervals(found), intervals(found, short=True)
    return {
        "measure": "right" if graded else "agree",
        "tau": round(found.tau, 4),
        "rating": found.rating_tokens,
        "repeats": found.repeats,
        "points": [
            {"short": short[i], **_point(found, i, labels[i], names, graded)}
            for i in range(len(found.points))
        ],
        "ruler": [
            {"name": units.shorten(names.get(id, id), 8), "d": round(d, 4),
             "s": colours.level(d)}
            for id, d in found.difficulty
        ],
        "sentences": sentences(found, labels, graded),
    }  # fmt: skip


def _point(found: Sweep, i: int, label: str, names: dict[str, str], graded: bool) -> dict[str, Any]:
    point = found.points[i]
    part = share(point, graded)
    sure = wilson(round(part * len(point.runs)), len(point.runs)) if point.runs else None
    return {
        "tau": label,
        "low": max(0.0, point.low),
        "high": point.high,
        "x": round(point.tokens, 1),
        "y": round(part, 4),
        "range": [round(sure.low, 4), round(sure.high, 4)] if sure else [part, part],
        "share": proportion(part),
        "tokens": units.count(round(point.tokens)),
        "slow": _slow(point, found, names),
        "chosen": i == found.chosen,
        "rated": _rated(found, i),
    }


def _rated(found: Sweep, i: int) -> float | None:
    """Tokens with what ratings cost; None for the two ends, which need none."""
    if i in (0, len(found.points) - 1):
        return None
    return round(found.points[i].tokens + found.rating_tokens, 1)


def _slow(point: SweepPoint, found: Sweep, names: dict[str, str]) -> str:
    """Which steps are in System 2."""
    if len(point.slow) == len(found.difficulty):
        return "all in System 2"
    if not point.slow:
        return "all in System 1"
    if len(point.slow) > NAMES:
        return f"{len(point.slow)} of {len(found.difficulty)} in System 2"
    return ", ".join(units.shorten(names.get(id, id), 8) for id in point.slow) + " in System 2"


def share(point: SweepPoint, graded: bool) -> float:
    """Share of right answers, or of those that agree with all System 2."""
    return point.right if graded and point.right is not None else point.agree


# ---- words ---------------------------------------------------------------------------------


def intervals(found: Sweep, short: bool = False) -> list[str]:
    """Each point's interval of tau in words or signs."""
    told = _told([point.low for point in found.points[1:]])
    if not told:
        return ["any τ"]
    if short:
        between = [f"{low}–{high}" for low, high in pairwise(told)]
        return [f"τ < {told[0]}", *between, f"τ ≥ {told[-1]}"]
    between = [f"τ {low} to {high}" for low, high in pairwise(told)]
    return [f"τ below {told[0]}", *between, f"τ from {told[-1]}"]


def _told(edges: list[float]) -> list[str]:
    """Each edge with as many digits as tell it from the others and from 0, two at least."""

    def written(edge: float) -> str:
        for digits in (2, 3, 4):
            text = f"{edge:.{digits}f}"
            same = sum(f"{other:.{digits}f}" == text for other in edges)
            if same == 1 and (edge == 0 or float(text) > 0):
                return text
        return f"{edge:.5f}"

    return [written(edge) for edge in edges]


def sentences(found: Sweep, labels: list[str], graded: bool) -> list[str]:
    """What the chosen tau does, what another would, and what deciding by tau costs."""
    chosen, rating = found.points[found.chosen], units.tokens(found.rating_tokens)
    kind = "right" if graded else "in agreement"
    said = [
        f"The threshold in force, τ = {found.tau:.2f}, spends "
        f"{units.tokens(round(chosen.tokens))} and is {kind} in "
        f"{proportion(share(chosen, graded))} of {found.repeats} runs; the ratings that it needs "
        f"cost {rating} more.",
        _better(found, labels, graded, kind),
    ]
    if not graded:
        said.append("No expected answer is known: agreement is with the majority of all System 2.")
    return said


def _better(found: Sweep, labels: list[str], graded: bool, kind: str) -> str:
    """The cheapest way that is as good as the chosen one, ratings included. All System 2 and all
    System 1 can be fixed beforehand, and then need none."""
    good, last = share(found.points[found.chosen], graded), len(found.points) - 1
    prices = [p.tokens + found.rating_tokens * (0 < i < last) for i, p in enumerate(found.points)]
    as_good = [i for i, p in enumerate(found.points) if share(p, graded) >= good - 1e-9]
    best = min(as_good, key=lambda i: prices[i])
    saved = found.points[found.chosen].tokens + found.rating_tokens - prices[best]
    if saved <= 0.5:
        return "No other way is as good for fewer tokens."
    fewer = units.tokens(round(saved))
    if best in (0, last):
        what = "All System 2" if best == 0 else "All System 1"
        return (
            f"{what}, fixed beforehand, is no less {kind} and saves {fewer}: it needs no ratings."
        )
    return f"With {labels[best]} it is no less {kind} and saves {fewer}."
