"""The page's tables: the ledger of a run or a duel, each number with the text that is shown of it.

Knows the tables' columns, and that a table sorts by its numbers while it shows their texts. Rows
are the ledger's entries, so they are sums of the frame in `frames.py` (a test holds them to it)
without what pandas would cost whenever a slider moves. Does not know how an amount is written
(`units.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.ledger import Entry
from scale_core.trace.prices import Cost, Prices, Rates
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage, total
from scale_core.views import lanes, units
from scale_core.views.amounts import AMOUNTS, COUNTS, amounts
from scale_core.views.units import UNKNOWN, shorten, step_name

COLUMNS = ["node", "stage", "calls", "samples", "prompt", "cached", "completion", "thinking",
           "retried", "cancelled", "seconds", "money", "FLOPs", "FLOPs uncached"]  # fmt: skip
"""seconds: of the engine's requests, added up. FLOPs: without the cached part of prompts;
FLOPs uncached: as if there were no cache."""

LANE_COLUMNS = ["lane", "status", "answer", "verdict", "budget", "used", "unit", "rollouts",
                "tokens", "prompt", "completion", "seconds", "money", "FLOPs",
                "FLOPs uncached"]  # fmt: skip

Row = dict[str, Any]
"""By column a number, a text, or None for what nobody knows; what does not apply is left out."""
Table = dict[str, Any]
"""`headers`; `data`: rows of numbers and texts, None for what is unknown or does not apply; and in
`metadata`, `display_value`: the same cells as texts. So Gradio's table takes it."""


def ledger(run: Run, prices: Prices = units.NO_PRICES) -> Table:
    """One row for each node and stage, and the totals last; empty before the first call."""
    rates = units.rates_of(run.start, prices)
    return _written(_entries(run, rates), COLUMNS, rates)


def duel_ledger(duel: du.Duel, prices: Prices = units.NO_PRICES) -> Table:
    """The same for each lane, one below the other."""
    rates = units.rates_of(duel.start, prices)
    rows = [{"lane": n, **row} for n, run in duel.lanes.items() for row in _entries(run, rates)]
    return _written(rows, ["lane", *COLUMNS], rates)


def lane_table(duel: du.Duel, prices: Prices = units.NO_PRICES) -> Table:
    """One row for each lane; then what the engine really generated for all of them. seconds: on
    the clock."""
    rates = units.rates_of(duel.start, prices)
    rows = [_lane(duel, name, rates) for name in duel.lanes]
    if rows:
        made = sum(g.samples for g in duel.generated if g.stage in ev.SOLVING)
        spent = Entry("", "", duel.physical, seconds=duel.seconds)
        real = _amounts(spent, units.generated(rates, duel.generated))
        rows.append({**real, "lane": "generated", "rollouts": made})
    return _written(rows, LANE_COLUMNS, rates)


# ---- rows ----------------------------------------------------------------------------------


def _entries(run: Run, rates: Rates) -> list[Row]:
    entries = run.ledger.entries
    costs = [rates.cost(e.stage, e.usage, e.seconds) for e in entries]
    rows = [
        {**_amounts(e, cost), "node": step_name(run.plan, e.node, 20), "stage": e.stage}
        for e, cost in zip(entries, costs, strict=True)
    ]
    if entries:
        rows.append({**_amounts(_total(entries), Cost.sum(costs)), "node": "total"})
    return rows


def _amounts(entry: Entry, cost: Cost) -> Row:
    return dict(zip((*COUNTS, *AMOUNTS), amounts(entry, cost), strict=False))


def _total(entries: Sequence[Entry]) -> Entry:
    return Entry(
        "total",
        "",
        Usage.sum(e.usage for e in entries),
        sum(e.calls for e in entries),
        sum(e.samples for e in entries),
        total(e.retried for e in entries),
        total(e.cancelled for e in entries),
        sum(e.seconds for e in entries),
    )


def _lane(duel: du.Duel, name: str, rates: Rates) -> Row:
    run = duel.lanes[name]
    spent = Entry("", "", run.ledger.total, seconds=run.seconds)
    budget: Row = {}
    if run.budget is not None:
        budget = {"budget": run.budget.limit, "used": lanes.used(run), "unit": run.budget.unit}
    return {
        **_amounts(spent, units.cost(rates, run.ledger.entries)),
        "lane": shorten(lanes.lane_of(duel, name).label, 24),
        "status": lanes.state(duel, run),
        "answer": shorten(run.answer.answer, 40) if run.answer else "",
        "verdict": run.grade.verdict if run.grade else "",
        **budget,
        "rollouts": run.rollouts,
    }


# ---- how they are written ------------------------------------------------------------------


def _written(rows: Sequence[Row], columns: Sequence[str], rates: Rates) -> Table:
    currency = units.currency(rates)
    return {
        "headers": list(columns),
        "data": [[row.get(name) for name in columns] for row in rows],
        "metadata": {
            "display_value": [
                [_text(row[name], name, currency) if name in row else "" for name in columns]
                for row in rows
            ]
        },
    }


def _text(value: float | str | None, name: str, currency: str) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return UNKNOWN
    if name in ("money", "FLOPs", "FLOPs uncached"):
        return units.written(value, name.removesuffix(" uncached"), currency)
    return f"{value:.3f}" if name == "seconds" else f"{value:.0f}"
