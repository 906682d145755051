"""A lane's card: its rule, its graph, its answer, and what it has used of the budget.

Knows how a lane's run becomes one small JSON value. Does not know how graphs are made
(`tree.py`, `lane_graphs.py`) or drawn, or anything about other lanes.
"""

from __future__ import annotations

from typing import Any

from scale_core.trace import duel as du
from scale_core.trace.prices import Prices, Rates
from scale_core.trace.run import Run
from scale_core.views import colours, lane_graphs
from scale_core.views import formats as wording
from scale_core.views import units as measures

ANSWER, LINE = 24, 110


def lanes(duel: du.Duel, prices: Prices = measures.NO_PRICES) -> list[dict[str, Any]]:
    """One card for each lane, in the duel's order. `costs`: what its tokens are in other units."""
    if duel.start is None:
        return []
    rated = difficulties(duel)
    rates = measures.rates_of(duel.start, prices)
    return [card(duel, lane, rated, rates) for lane in duel.start.lanes]


def difficulties(duel: du.Duel) -> dict[str, float]:
    """The difficulty of each sub-problem of the shared plan: the first lane's that rated it."""
    found: dict[str, float] = {}
    for run in duel.lanes.values():
        for node in run.steps:
            if node.difficulty is not None:
                found.setdefault(node.id, node.difficulty)
    return found


def card(duel: du.Duel, lane: du.Lane, rated: lane_graphs.Rated, rates: Rates) -> dict[str, Any]:
    run = duel.lanes[lane.name]
    return {
        "name": lane.name,
        "label": wording.shorten(lane.label, 24),
        "about": wording.shorten(lane.about, 80),
        "adapted": bool(lane.adaptation),
        "colour": lane.name if lane.name in colours.LANE_COLOURS else "uniform",
        "state": "lacking" if lacking(duel, run) else state(duel, run),
        "t": round(seconds(duel, run), 2),
        "answer": wording.shorten(run.answer.answer, ANSWER) if run.answer else None,
        "verdict": run.grade.verdict if run.grade else None,
        "tokens": run.ledger.total.total,
        "costs": measures.amounts(measures.cost(rates, run.ledger.entries)),
        "rollouts": run.rollouts,
        **budget(run),
        "note": note(run),
        "graph": lane_graphs.graph(run, lane, rated),
    }


def state(duel: du.Duel, run: Run) -> str:
    """The run's status; a lane that has not begun is waiting, and stopped once the duel ended."""
    if run.start is None:
        return "waiting" if duel.end is None else "stopped"
    return run.status if run.end or duel.end is None else "stopped"


def lacking(duel: du.Duel, run: Run) -> bool:
    """Whether a recorded lane ended because a sample that it needed was not recorded."""
    recorded = duel.start is not None and duel.start.recorded
    return recorded and run.status == "failed" and duel.end is not None and bool(duel.end.missing)


def seconds(duel: du.Duel, run: Run) -> float:
    """Seconds from the lane's first event to its last, or to now while it runs."""
    if run.start is None:
        return 0.0
    last = run.seconds if run.end or duel.end else max(run.seconds, duel.seconds)
    return max(0.0, last)


def budget(run: Run) -> dict[str, Any]:
    """used of limit in `unit`; None where the engine does not count or no budget is known yet."""
    if run.budget is None:
        return {"used": None, "limit": None, "unit": "rollouts", "saved": None}
    spent = used(run)
    ended = run.end is not None and run.status in ("solved", "unsolved")
    over = None if spent is None else run.budget.limit - spent
    saved = over if ended and over is not None and over > 0 else None
    return {
        "used": spent, "limit": run.budget.limit, "unit": run.budget.unit, "saved": saved
    }  # fmt: skip


def used(run: Run) -> int | None:
    """What the lane has used of its budget, in the budget's unit."""
    by_tokens = run.budget is not None and run.budget.unit == "tokens"
    return run.ledger.total.total if by_tokens else run.rollouts


def notes(run: Run) -> list[str]:
    """Whatever is not as one would expect, in the order of weight."""
    found = []
    if run.end is not None and run.end.message:
        found.append(run.end.message)
    if run.budget is not None and run.budget.note:
        found.append(f"budget not comparable: {run.budget.note}")
    for node in run.nodes.values():
        found += [f"{f.what}: {f.reason}" for f in node.fallbacks]
        if node.failure:
            found.append(f"failed: {node.failure}")
    tries = sum(len(node.retries) for node in run.nodes.values())
    if tries:
        found.append(f"{tries} reply tried again" if tries == 1 else f"{tries} replies tried again")
    return found


def note(run: Run) -> str:
    """The card's one line under the budget."""
    found = notes(run)
    saving = budget(run)["saved"]
    if saving is not None:
        unit = run.budget.unit if run.budget else "rollouts"
        found.insert(0, f"saved {wording.count(saving)} of {_of(run)} {unit}")
    if not found:
        return ""
    line = found[0] if len(found) == 1 else f"{found[0]} · +{len(found) - 1} more"
    return wording.shorten(line, LINE)


def _of(run: Run) -> str:
    return wording.count(run.budget.limit if run.budget else None)
