"""What an entry of a ledger holds, as named numbers: the columns that frame and tables share.

Knows their names and their order. Does not know pandas, how rows are made, or how numbers are
written.
"""

from __future__ import annotations

from typing import Any

from scale_core.trace import events as ev
from scale_core.trace.ledger import Entry
from scale_core.trace.prices import Cost

COUNTS = ("calls", "samples", "rollouts", "reckoned")
"""Whole numbers, always known."""
TOKENS = ("prompt", "cached", "completion", "thinking", "tokens", "retried", "cancelled")
COSTS = ("seconds", "time", "money", "FLOPs", "FLOPs uncached")
AMOUNTS = (*TOKENS, *COSTS)
"""Numbers of which each may be unknown: NaN."""


def amounts(entry: Entry, cost: Cost) -> tuple[Any, ...]:
    """An entry of a ledger as COUNTS, AMOUNTS and the currency; None: unknown."""
    usage = entry.usage
    rollouts = entry.samples if entry.stage in ev.SOLVING else 0
    money = None if cost.money is None else float(cost.money)
    return (
        *(entry.calls, entry.samples, rollouts, usage.reckoned),
        *(usage.prompt, usage.cached, usage.completion, usage.thinking, usage.total),
        *(entry.retried, entry.cancelled),
        *(entry.seconds, cost.seconds, money, cost.flops_cached, cost.flops, cost.currency),
    )
