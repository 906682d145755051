"""Where each lane put its compute: tokens, rollouts and what they cost, by sub-problem and lane,
under a strip of difficulty.

Knows how ledgers become a table of levels. Does not know pixels or themes.
"""

from __future__ import annotations

from typing import Any

from scale_core.problem import SubProblem
from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.prices import Cost, Prices, Rates
from scale_core.trace.run import Run
from scale_core.views import colours, lane_graphs
from scale_core.views import formats as wording
from scale_core.views import units as measures
from scale_core.views.lanes import difficulties

COLUMNS = 14
LABEL = 16


def heat(
    duel: du.Duel, before: du.Duel | None = None, prices: Prices = measures.NO_PRICES
) -> dict[str, Any]:
    """Columns, rows and the largest cell of each unit. `before`: a duel to compare with; each row
    then tells by how many rollouts its steps differ. `about`: what a unit's amounts mean."""
    plan = duel.plan
    steps = list(plan.steps[:COLUMNS]) if plan else []
    rated = difficulties(duel)
    labels = {lane.name: lane.label for lane in duel.start.lanes} if duel.start else {}
    ids = [s.id for s in steps]
    rates = measures.rates_of(duel.start, prices)
    rows = [
        {**_row(name, labels.get(name, name), run, ids), **_costs(run, ids, rates)}
        for name, run in duel.lanes.items()
    ]
    if before is not None:
        for row in rows:
            row["change"] = _change(row, before.lanes.get(row["lane"]), ids)
    return {
        "steps": [_column(s, rated.get(s.id)) for s in steps],
        "left_out": max(0, len(plan.steps) - COLUMNS) if plan else 0,
        "rows": rows,
        "most": {
            unit: max((n or 0 for row in rows for n in row[unit][1:-1]), default=0)
            for unit in ("tokens", "rollouts", *measures.COSTS)
        },
        **measures.told(rates, duel.start is not None),
    }


def _column(step: SubProblem, difficulty: float | None) -> dict[str, Any]:
    return {
        "id": step.id,
        "name": wording.shorten(step.name, 8),
        "label": wording.shorten(wording.pretty(step.text), LABEL),
        "s": colours.level(difficulty),
        "d": None if difficulty is None else round(difficulty, 2),
    }


def _row(name: str, label: str, run: Run, ids: list[str]) -> dict[str, Any]:
    """`tokens` and `rollouts`: plan, each step, total. `whole`: what a lane without a plan spent
    on the problem in one piece, else None."""
    in_one_piece = ev.WHOLE_NODE in run.nodes and run.plan is None
    return {
        "lane": name,
        "label": wording.shorten(label, 18),
        "colour": name if name in colours.LANE_COLOURS else "uniform",
        "whole": in_one_piece,
        "tokens": [_tokens(run, id) for id in (ev.PLAN_NODE, *ids)] + [run.ledger.total.total],
        "rollouts": [0, *(_rollouts(run, id) for id in ids), run.rollouts],
    }


def _costs(run: Run, ids: list[str], rates: Rates) -> dict[str, list[float | None]]:
    """The same as `tokens` in each other unit."""
    by_node = measures.grouped(rates, run.ledger.entries, lambda e: e.node)
    cells = [by_node.get(id, Cost()) for id in (ev.PLAN_NODE, *ids)]
    cells.append(Cost.sum(by_node.values()))
    return {unit: [measures.value(cost, unit) for cost in cells] for unit in measures.COSTS}


def _tokens(run: Run, id: str) -> int | None:
    return run.ledger.of_node(id).total


def _rollouts(run: Run, id: str) -> int:
    return lane_graphs.rollouts(run.nodes[id]) if id in run.nodes else 0


def _change(row: dict[str, Any], before: Run | None, ids: list[str]) -> list[int]:
    if before is None:
        return [0] * (len(ids) + 2)
    then = [0, *(_rollouts(before, id) for id in ids), before.rollouts]
    return [now - was for now, was in zip(row["rollouts"], then, strict=True)]
