"""The live picture of a duel as one small JSON value: its head, a card for each lane, the heat map.

Knows what changes while a duel runs and must stay small. Charts are in `race.py`, explanations in
`why.py`; both are sent seldom. Does not know the browser.
"""

from __future__ import annotations

from typing import Any

from scale_core.trace import duel as du
from scale_core.trace.prices import Prices
from scale_core.views import formats as wording
from scale_core.views import units as measures
from scale_core.views.heat import heat
from scale_core.views.lanes import lanes
from scale_core.views.reconciliation import balance


def view(
    duel: du.Duel,
    before: du.Duel | None = None,
    bank: du.Duel | None = None,
    prices: Prices = measures.NO_PRICES,
) -> dict[str, Any]:
    """Everything that the head, the lanes and the heat map show. `before`: the live duel that a
    recorded one is compared with. `bank`: the duel whose samples this one did not generate anew."""
    return {
        "duel": duel.start.duel if duel.start else "",
        "status": duel.status,
        "recorded": bool(duel.start and duel.start.recorded),
        "t": round(duel.seconds, 2),
        "head": head(duel, bank, prices),
        "lanes": lanes(duel, prices),
        "heat": heat(duel, before, prices),
    }


def head(
    duel: du.Duel, bank: du.Duel | None = None, prices: Prices = measures.NO_PRICES
) -> dict[str, Any]:
    """What is true of all lanes: the plan, the budget, the totals, and whether they balance.
    `costs`: both totals in other units."""
    logical, physical = duel.logical.total, duel.physical.total
    rates, charged, spent = measures.of_duel(duel, prices)
    done = sum(run.end is not None for run in duel.lanes.values())
    return {
        "status": duel.status,
        "message": wording.shorten(duel.end.message, 300) if duel.end else "",
        "done": done,
        "lanes": len(duel.lanes),
        "steps": len(duel.plan.steps) if duel.plan else None,
        "budget": budget_line(duel),
        "logical": logical,
        "physical": physical,
        "costs": {"logical": measures.amounts(charged), "physical": measures.amounts(spent)},
        **measures.told(rates, duel.start is not None),
        "shared": shared(duel),
        "balance": _balance(duel, bank),
        "notes": unequal(duel),
        "missing": missing(duel),
    }


def budget_line(duel: du.Duel) -> str:
    """`20 rollouts for each lane (4/step × 5 steps)`, or as it was asked before the plan."""
    if duel.start is None:
        return ""
    if duel.planned is None:
        return duel.start.budget
    each = f"{wording.count(duel.planned.limit)} {duel.planned.unit} for each lane"
    if duel.start.budget.endswith("/step"):
        steps = f"{duel.planned.steps} step" + "s" * (duel.planned.steps != 1)
        return f"{each} ({duel.start.budget[:-5]} a step × {steps})"
    return each


def shared(duel: du.Duel) -> float | None:
    """The share of the lanes' tokens that was generated for another lane already."""
    logical, physical = duel.logical.total, duel.physical.total
    if not logical or physical is None or (duel.start and duel.start.recorded):
        return None
    return round(1 - physical / logical, 3)


def unequal(duel: du.Duel) -> list[str]:
    """Lanes whose budget is not comparable with the others', and why (law 6)."""
    if duel.start is None:
        return []
    found = []
    for lane in duel.start.lanes:
        run = duel.lanes[lane.name]
        if run.budget is not None and run.budget.note:
            found.append(f"{lane.label}: {wording.shorten(run.budget.note, 160)}")
    return found


def missing(duel: du.Duel) -> list[dict[str, Any]]:
    """Samples that a replay would need and the bank does not hold, by sub-problem and stage: at
    least so many, as lanes often need the same ones and stop where they lack one."""
    most: dict[tuple[str, str], int] = {}
    for node, stage, n in duel.end.missing if duel.end else ():
        most[node, stage] = max(n, most.get((node, stage), 0))
    names = {s.id: s.name for s in duel.plan.steps} if duel.plan else {}
    return [
        {"name": wording.shorten(names.get(node, node), 12), "stage": stage, "n": n}
        for (node, stage), n in most.items()
    ]


def _balance(duel: du.Duel, bank: du.Duel | None) -> dict[str, Any] | None:
    if duel.end is None:
        return None
    found = balance(duel, bank)
    return {"ok": found.ok, "text": found.text}
