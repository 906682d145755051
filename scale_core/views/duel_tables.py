"""A duel as tables, as JSON for clients, and as JSON lines.

Knows columns, and that what an engine did not report is "unknown", never 0. Does not know the
page.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from scale_core.trace import duel as du
from scale_core.trace.prices import Cost, Prices
from scale_core.views import lanes, summary, tables
from scale_core.views import units as measures
from scale_core.views.duel import head
from scale_core.views.formats import UNKNOWN, shorten
from scale_core.views.reconciliation import balance

LANES = ["lane", "status", "answer", "verdict", "budget", "used", "unit", "rollouts", "tokens",
         "prompt", "completion", "seconds", "money", "FLOPs", "FLOPs uncached"]  # fmt: skip


def lane_table(duel: du.Duel, prices: Prices = measures.NO_PRICES) -> pd.DataFrame:
    """One row for each lane; then what the engine really generated for all of them."""
    labels = {lane.name: lane.label for lane in duel.start.lanes} if duel.start else {}
    rates = measures.rates_of(duel.start, prices)
    money = measures.currency(rates)
    rows: list[list[Any]] = []
    for name, run in duel.lanes.items():
        total = run.ledger.total
        limit, unit = (run.budget.limit, run.budget.unit) if run.budget else ("", "")
        rows.append([
            shorten(labels.get(name, name), 24), lanes.state(duel, run),
            shorten(run.answer.answer, 40) if run.answer else "",
            run.grade.verdict if run.grade else "", limit, _known(lanes.used(run)), unit,
            run.rollouts, *map(_known, (total.total, total.prompt, total.completion)),
            round(run.seconds, 3), *_cost(measures.cost(rates, run.ledger.entries), money),
        ])  # fmt: skip
    if rows:
        real = duel.physical
        made = sum(g.samples for g in duel.generated if g.stage in ("system1", "system2", "chain"))
        spent = measures.generated(rates, duel.generated)
        counts = map(_known, (real.total, real.prompt, real.completion))
        rows.append(["generated", "", "", "", "", "", "", made, *counts, round(duel.seconds, 3),
                     *_cost(spent, money)])  # fmt: skip
    return pd.DataFrame(rows, columns=LANES)


def ledger(duel: du.Duel, prices: Prices = measures.NO_PRICES) -> pd.DataFrame:
    """One row for each lane, node and stage, and each lane's total."""
    rows = [[name, *row] for name, run in duel.lanes.items() for row in tables.rows(run, prices)]
    return pd.DataFrame(rows, columns=["lane", *tables.COLUMNS])


def json_lines(duel: du.Duel) -> str:
    """The duel's events, one JSON object a line; reading them back gives the same duel."""
    return "".join(json.dumps(du.to_json(e), ensure_ascii=False) + "\n" for e in duel.events)


def duel_summary(duel: du.Duel, prices: Prices = measures.NO_PRICES) -> dict[str, Any]:
    """What a client of the API wants to know at the end; what is unknown is null, and `cost` says
    once why."""
    found, totals = balance(duel), head(duel)
    rates, charged, spent = measures.of_duel(duel, prices)
    money = measures.currency(rates)
    return {
        "duel": duel.start.duel if duel.start else None,
        "status": duel.status,
        "message": duel.end.message if duel.end else "",
        "budget": duel.start.budget if duel.start else None,
        "limit": duel.planned.limit if duel.planned else None,
        "tokens": {
            "logical": totals["logical"],
            "physical": totals["physical"],
            "shared": totals["shared"],
        },
        "cost": {
            "logical": measures.as_json(charged, money),
            "physical": measures.as_json(spent, money),
            "unknown": measures.gaps(rates, charged),
        },
        "balances": found.ok,
        "lanes": {
            name: {**summary.spent(run, rates), "rollouts": run.rollouts, **lanes.budget(run)}
            for name, run in duel.lanes.items()
        },
    }


def _cost(cost: Cost, currency: str) -> list[str]:
    money = measures.written(measures.value(cost, "money"), "money", currency)
    return [money, measures.flops(cost.flops_cached), measures.flops(cost.flops)]


def _known(count: int | None) -> int | str:
    return UNKNOWN if count is None else count
