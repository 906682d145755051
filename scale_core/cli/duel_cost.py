"""What a duel cost, on the command line: a row for each lane, and what was really spent.

Knows how amounts become text that is never markup. Does not know tables of prices or how a cost
is made (views/units.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from scale_core.cli.duel_ledger import columns, lanes_of, recorded
from scale_core.cli.run_show import hints, number, text
from scale_core.trace import duel as dv
from scale_core.trace.prices import Cost, Prices
from scale_core.trace.usage import Usage
from scale_core.views import units
from scale_core.views.units import UNKNOWN

NUMBERS = ("tokens", "money", "FLOPs", "FLOPs uncached", "request time")


def costs(duel: dv.Duel, prices: Prices) -> tuple[Table, list[Text]]:
    """A row for each lane, what they cost together, and what was really spent; then why amounts
    are not known. Times are those of requests, added up."""
    rates, charged, spent = units.of_duel(duel, prices)
    money = units.currency(rates)
    table = columns("cost", *NUMBERS, right=NUMBERS)
    for lane, run in lanes_of(duel):
        own = units.cost(rates, run.ledger.entries)
        table.add_row(text(lane.label, "bold", 24), *_amounts(run.ledger.total, own, money))
    table.add_section()
    table.add_row(Text("logical", "bold"), *_amounts(duel.logical, charged, money))
    if not recorded(duel):
        table.add_row(Text("physical", "bold"), *_amounts(duel.physical, spent, money))
    return table, list(hints(rates, charged))


def _amounts(usage: Usage, cost: Cost, currency: str) -> Iterator[Text]:
    free = cost.money == 0 and not currency
    yield number(usage.total)
    yield Text("none", "dim") if free else _amount(cost, "money", currency)
    yield _amount(cost, "FLOPs")
    yield _flops(cost.flops)
    yield _amount(cost, "time")


def _amount(cost: Cost, unit: units.Unit, currency: str = "") -> Text:
    amount = units.value(cost, unit)
    shown = units.written(amount, unit, currency)
    return Text(UNKNOWN, "dim") if amount is None else text(shown)


def _flops(amount: int | None) -> Text:
    return Text(UNKNOWN, "dim") if amount is None else text(units.flops(amount))
