"""What a run cost, in the unit that a person chose: tokens, money, FLOPs or time.

Knows how a ledger's entries become amounts, how amounts are written, and why one is unknown. Does
not know prices (trace/prices.py) or pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args

from scale_core.trace.duel import Duel, Generated
from scale_core.trace.ledger import Entry
from scale_core.trace.prices import Cost, Prices, Rate, Rates
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views.formats import UNKNOWN, count

Unit = Literal["tokens", "money", "FLOPs", "time"]
UNITS: tuple[Unit, ...] = get_args(Unit)
COSTS: tuple[Unit, ...] = UNITS[1:]
NO_PRICES = Prices()

ABOUT: dict[Unit, str] = {
    "tokens": "",
    "money": "",
    "FLOPs": "FLOPs: 2 × parameters × tokens processed; what came from a cache is left out.",
    "time": "Seconds of the engine's requests, added up: side by side, each counts in full.",
}
_PREFIXES = ("", " k", " M", " G", " T", " P", " E", " Z")


def cost(rates: Rates, entries: Iterable[Entry]) -> Cost:
    """What these entries of a ledger cost together."""
    return Cost.sum(rates.cost(e.stage, e.usage, e.seconds) for e in entries)


def grouped(rates: Rates, entries: Iterable[Entry], key: Callable[[Entry], str]) -> dict[str, Cost]:
    """The cost of each group of entries."""
    sums: dict[str, Cost] = {}
    for e in entries:
        sums[key(e)] = sums.get(key(e), Cost()) + rates.cost(e.stage, e.usage, e.seconds)
    return sums


def generated(rates: Rates, items: Iterable[Generated]) -> Cost:
    """What a duel's engine really did."""
    stages: dict[str, tuple[Usage, float]] = {}
    for item in items:  # counts are cheap to add up, costs are not
        usage, seconds = stages.get(item.stage, (Usage(), 0.0))
        stages[item.stage] = (usage + item.usage, seconds + item.seconds)
    return Cost.sum(rates.cost(stage, *spent) for stage, spent in stages.items())


def of_run(run: Run, prices: Prices) -> tuple[Rates, Cost]:
    rates = rates_of(run.start, prices)
    return rates, cost(rates, run.ledger.entries)


def of_duel(duel: Duel, prices: Prices) -> tuple[Rates, Cost, Cost]:
    """The rates, what the lanes would have cost one by one, and what was really spent."""
    rates = rates_of(duel.start, prices)
    lanes = Cost.sum(cost(rates, run.ledger.entries) for run in duel.lanes.values())
    return rates, lanes, generated(rates, duel.generated)


def value(cost: Cost, unit: Unit) -> float | None:
    """The amount in a unit other than tokens; FLOPs without what was cached."""
    found = {"money": cost.money, "FLOPs": cost.flops_cached, "time": cost.seconds}[unit]
    return None if found is None else float(f"{found:.6g}")


def amounts(cost: Cost) -> dict[str, float | None]:
    """The amount in every unit but tokens."""
    return {unit: value(cost, unit) for unit in COSTS}


def currency(rates: Rates) -> str:
    return next((r.price.currency for r in _all(rates) if r.price and r.price.currency), "")


# ---- in words ------------------------------------------------------------------------------


def written(amount: float | None, unit: Unit, currency: str = "") -> str:
    """`1 234`, `USD 0.00123`, `4.12 G`, `1.5 s`, or the word for unknown."""
    if amount is None:
        return UNKNOWN
    if unit == "tokens":
        return count(round(amount))
    if unit == "money":
        return f"{currency} {_plain(amount)}".strip()
    if unit == "time":
        return f"{amount:.2f} s" if amount < 10 else f"{amount:.1f} s"
    return flops(amount)


def said(amount: float | None, unit: Unit, currency: str = "") -> str:
    """An amount that stands alone: `USD 0.00123`, `nothing billed`, `4.12 GFLOPs`, `money
    unknown`."""
    if amount is None:
        return f"{unit} {UNKNOWN}"
    if unit == "money" and not amount and not currency:
        return "nothing billed"
    text = written(amount, unit, currency)
    if unit == "FLOPs":
        return f"{text}FLOPs" if " " in text else f"{text} FLOPs"
    return f"{text} token{'' if amount == 1 else 's'}" if unit == "tokens" else text


def line(cost: Cost, currency: str) -> str:
    """All but tokens in one line: `USD 0.00123 · 4.12 GFLOPs (5 G without a cache) · 1.20 s of
    requests`."""
    work = said(value(cost, "FLOPs"), "FLOPs")
    if cost.flops is not None and cost.flops != cost.flops_cached:
        work += f" ({flops(cost.flops)} without a cache)"
    time = said(value(cost, "time"), "time")
    time += "" if cost.seconds is None else " of requests"
    return " · ".join((said(value(cost, "money"), "money", currency), work, time))


def as_json(cost: Cost, currency: str) -> dict[str, Any]:
    """For programs; null: unknown. flops: without the cached part of prompts; flops_uncached: as if
    there were no cache. seconds: of requests, added up."""
    return {
        "money": None if cost.money is None else float(cost.money),
        "currency": currency or None,
        "flops": cost.flops_cached,
        "flops_uncached": cost.flops,
        "seconds": None if cost.seconds is None else round(cost.seconds, 3),
    }


def flops(amount: float | None) -> str:
    """`4.12 G`: three digits and the prefix of thousands."""
    if amount is None:
        return UNKNOWN
    power = 0
    while float(f"{amount:.3g}") >= 1000 and power < len(_PREFIXES) - 1:
        amount, power = amount / 1000, power + 1
    return _plain(amount) + _PREFIXES[power]


def _plain(amount: float) -> str:
    """Three digits, never as a power of ten."""
    rounded = float(f"{amount:.3g}")
    digits = next((d for d in range(13) if round(rounded, d) == rounded), 12)
    return f"{rounded:.{digits}f}"


def notes(rates: Rates) -> dict[str, str]:
    """For each unit what its amounts mean or, where one cannot be known, why."""
    return {unit: missing(rates, unit) or _about(rates, unit) for unit in COSTS}


def _about(rates: Rates, unit: Unit) -> str:
    price = rates.main.price
    if unit == "money" and price:
        return f"{rates.main.model}: {price.note}." if price.note else f"In {price.currency}."
    return ABOUT[unit]


def told(rates: Rates, started: bool) -> dict[str, Any]:
    """What the page's drawings say of the units: the currency, what amounts mean, and why one that
    is not known is not. Nothing before an engine is known."""
    return {
        "currency": currency(rates),
        "about": notes(rates) if started else {},
        "unknown": {unit: unknown(rates, unit) for unit in UNITS} if started else {},
    }


def missing(rates: Rates, unit: Unit) -> str:
    """Why an amount can never be known with these rates; "" if it can."""
    return next((why for rate in _all(rates) if (why := _missing(rate, unit))), "")


def unknown(rates: Rates, unit: Unit) -> str:
    """Why an amount that is not known is not."""
    return missing(rates, unit) or "The engine did not report every count that this needs."


def gaps(rates: Rates, cost: Cost) -> dict[str, str]:
    """For each unit in which a cost is not known, why; for money also where a price is put."""
    return {unit: unknown(rates, unit) for unit in COSTS if value(cost, unit) is None}


def _missing(rate: Rate, unit: Unit) -> str:
    model = rate.model or "this model"
    if unit == "money":
        if rate.price is None:
            return (
                f"Unknown: no price for {model}. Prices are lines of assets/prices.csv, or of the "
                "file named with --prices."
            )
        if None in (rate.price.input, rate.price.output):
            return f"Unknown: the table of prices does not tell all prices of {model}."
    if unit == "FLOPs" and rate.parameters is None:
        return f"Unknown: how many parameters {model} has is not told."
    if unit == "time" and rate.remote:
        return "Unknown: a server runs the model and does not tell how long it worked."
    return ""


def _all(rates: Rates) -> tuple[Rate, ...]:
    return (rates.main, *rates.others.values())


def rates_of(start: Any, prices: Prices) -> Rates:
    """The rates of a run's or a duel's engine; `start`: its first event, None before it."""
    return prices.rates(start.engine if start else {})
