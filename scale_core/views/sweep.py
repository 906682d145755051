"""The threshold sweep as one small JSON value: what tau buys, and what deciding by it costs.

Knows how points become labels, intervals and sentences. Does not know how they are recorded
(`experiments.sweep`) or drawn.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from scale_core.allocation.intervals import wilson
from scale_core.experiments.sweep import Sweep, SweepPoint
from scale_core.trace import duel as du
from scale_core.views import colours
from scale_core.views import formats as wording
from scale_core.views.frontier import percent

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
            {"name": wording.shorten(names.get(id, id), 8), "d": round(d, 4),
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
        "share": percent(part),
        "tokens": wording.count(round(point.tokens)),
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
    return ", ".join(wording.shorten(names.get(id, id), 8) for id in point.slow) + " in System 2"


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
    chosen, rating = found.points[found.chosen], wording.tokens(found.rating_tokens)
    kind = "right" if graded else "in agreement"
    said = [
        f"The threshold in force, τ = {found.tau:.2f}, spends "
        f"{wording.tokens(round(chosen.tokens))} and is {kind} in "
        f"{percent(share(chosen, graded))} of {found.repeats} runs; the ratings that it needs cost "
        f"{rating} more.",
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
    fewer = wording.tokens(round(saved))
    if best in (0, last):
        what = "All System 2" if best == 0 else "All System 1"
        return (
            f"{what}, fixed beforehand, is no less {kind} and saves {fewer}: it needs no ratings."
        )
    return f"With {labels[best]} it is no less {kind} and saves {fewer}."
