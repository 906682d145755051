"""Tables: the ledger as a DataFrame, with a row of totals.

Knows the columns and that what an engine did not report, or no price is known of, is "unknown",
never 0. Does not know the page.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from scale_core.trace.ledger import Entry
from scale_core.trace.prices import Cost, Prices
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage, total
from scale_core.views import units as measures
from scale_core.views.formats import UNKNOWN, shorten

COLUMNS = ["node", "stage", "calls", "samples", "prompt", "cached", "completion", "thinking",
           "retried", "cancelled", "seconds", "money", "FLOPs", "FLOPs uncached"]  # fmt: skip
"""seconds: of the engine's requests, added up. FLOPs: without the cached part of prompts;
FLOPs uncached: as if there were no cache."""


def ledger(run: Run, prices: Prices = measures.NO_PRICES) -> pd.DataFrame:
    """One row for each node and stage, and the totals last; empty before the first call."""
    return pd.DataFrame(rows(run, prices), columns=COLUMNS)


def rows(run: Run, prices: Prices) -> list[list[Any]]:
    """The cells of `ledger`."""
    entries = run.ledger.entries
    rates = measures.rates_of(run.start, prices)
    unit = measures.currency(rates)
    costs = [rates.cost(e.stage, e.usage, e.seconds) for e in entries]
    found: list[list[Any]] = [
        [_name(run, e.node), e.stage, *_numbers(e), *_cost(c, unit)]
        for e, c in zip(entries, costs, strict=True)
    ]
    if entries:
        found.append(["total", "", *_numbers(_total(entries)), *_cost(Cost.sum(costs), unit)])
    return found


def _name(run: Run, id: str) -> str:
    step = run.plan.by_id.get(id) if run.plan else None
    return shorten(step.name if step else id, 20)


def _numbers(entry: Entry) -> list[int | float | str]:
    usage = entry.usage
    counts = (usage.prompt, usage.cached, usage.completion, usage.thinking)
    return [
        entry.calls,
        entry.samples,
        *(UNKNOWN if n is None else n for n in (*counts, entry.retried, entry.cancelled)),
        round(entry.seconds, 3),
    ]


def _cost(cost: Cost, currency: str) -> list[str]:
    return [
        measures.written(measures.value(cost, "money"), "money", currency),
        measures.flops(cost.flops_cached),
        measures.flops(cost.flops),
    ]


def _total(entries: tuple[Entry, ...]) -> Entry:
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
