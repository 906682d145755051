"""What a recorded duel would have done differently under other settings, lane by lane.

Knows how to hold a replayed duel against the live one. Does not know how a replay is made.
"""

from __future__ import annotations

from typing import Any

from scale_core.trace import duel as du
from scale_core.trace.prices import Prices, Rates
from scale_core.trace.run import Run
from scale_core.views import formats as wording
from scale_core.views import lane_graphs
from scale_core.views import units as measures
from scale_core.views.lanes import lacking


def changes(
    duel: du.Duel, before: du.Duel, prices: Prices = measures.NO_PRICES
) -> list[dict[str, Any]]:
    """One row for each lane: rollouts that went elsewhere (None where the lane lacked samples),
    answers, tokens and what they cost, each with what was."""
    labels = {lane.name: lane.label for lane in duel.start.lanes} if duel.start else {}
    rates = measures.rates_of(duel.start, prices)
    return [
        {
            **_row(labels.get(name, name), run, before.lanes[name], lacking(duel, run)),
            "costs": _costs(rates, run, before.lanes[name]),
        }
        for name, run in duel.lanes.items()
        if name in before.lanes
    ]


def _costs(rates: Rates, run: Run, was: Run) -> dict[str, list[float | None]]:
    """By unit the amount, and how much more than before that is."""
    now, then = (measures.amounts(measures.cost(rates, r.ledger.entries)) for r in (run, was))
    found: dict[str, list[float | None]] = {}
    for unit in measures.COSTS:
        a, b = now[unit], then[unit]
        found[unit] = [a, None if a is None or b is None else float(f"{a - b:.6g}")]
    return found


def _row(label: str, run: Run, was: Run, stuck: bool) -> dict[str, Any]:
    tokens, then = run.ledger.total.total, was.ledger.total.total
    return {
        "label": wording.shorten(label, 20),
        "moved": None if stuck else moved(run, was),
        "answer": _answer(run),
        "was": _answer(was),
        "verdict": run.grade.verdict if run.grade else None,
        "same": _answer(run) == _answer(was),
        "rollouts": run.rollouts,
        "tokens": tokens,
        "more": None if tokens is None or then is None else tokens - then,
    }


def moved(run: Run, was: Run) -> int:
    """Rollouts that one of the two gave to something else: over candidates where a search gave
    them to candidates, else over nodes."""
    mine, others = _spread(run), _spread(was)
    keys = {*mine, *others}
    apart = sum(abs(mine.get(k, 0) - others.get(k, 0)) for k in keys)
    return (apart + 1) // 2


def _spread(run: Run) -> dict[tuple[str, str], int]:
    if run.candidates:
        return {
            (a.node, s.id): s.count for a in run.rounds for s in a.shares if s.count
        }  # fmt: skip
    return {(id, ""): lane_graphs.rollouts(node) for id, node in run.nodes.items()}


def _answer(run: Run) -> str | None:
    return wording.shorten(run.answer.answer, 24) if run.answer else None
