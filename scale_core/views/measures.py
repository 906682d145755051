"""What a run cost, in the unit that a person chose: tokens, money, FLOPs or time.

Knows how a ledger's entries become amounts, how amounts are written, and why one is unknown. Does
not know prices (trace/prices.py) or pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args

from scale_core.trace.ledger import Entry
from scale_core.trace.prices import Cost, Prices, Rate, Rates
from scale_core.views.wording import UNKNOWN, count

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


def missing(rates: Rates, unit: Unit) -> str:
    """Why an amount can never be known with these rates; "" if it can."""
    return next((why for rate in _all(rates) if (why := _missing(rate, unit))), "")


def unknown(rates: Rates, unit: Unit) -> str:
    """Why an amount that is not known is not."""
    return missing(rates, unit) or "The engine did not report every count that this needs."


def _missing(rate: Rate, unit: Unit) -> str:
    model = rate.model or "this model"
    if unit == "money":
        if rate.price is None:
            return f"Unknown: no price for {model}. Prices are lines of assets/prices.csv."
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
