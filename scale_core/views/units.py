"""Units and formats: what a run cost in tokens, money, FLOPs or time, and how amounts and texts are
written, the same everywhere.

Knows the one table of units and roundings, by which Python and the page's scripts write the same
text (`assets/js/units_table.js`), how a ledger's entries become amounts, why one is
unknown, and how texts are cleaned and shortened. Does not know prices (trace/prices.py) or
pictures. Texts stay text: nothing here makes markup, and whoever shows them escapes them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Literal, get_args

from scale_core.problem import Plan
from scale_core.shipped import ASSETS
from scale_core.trace.duel import Duel, Generated
from scale_core.trace.ledger import Entry
from scale_core.trace.prices import Cost, Prices, Rate, Rates
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage

STAGE_NAMES = {
    "outline": "outline", "choose": "choice", "rate": "rating",
    "system1": "System 1", "system2": "System 2", "extract": "extraction",
    "verify": "verifier", "chain": "whole problem", "judge": "step judge", "embed": "embeddings",
}  # fmt: skip

_ARITHMETIC = re.compile(r"[\d\s#A-Za-z+\-*/%^()=.,]{1,200}")
_WORDY = re.compile(r"[A-Za-z]{2,}")
_FUNCTIONS = re.compile(r"\b(gcd|lcm|ds|mod|div)\b", re.IGNORECASE)
_SIGNS = (("//", " div "), ("*", " × "), ("/", " ÷ "), ("%", " mod "))
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """Without control and direction-changing characters, which could disguise what is shown, and
    without halves of characters, which cannot be sent."""
    return _CONTROL.sub("�", text)


def is_arithmetic(text: str) -> bool:
    """Whether a text is a bare expression: numbers, names of one letter and signs."""
    rest = _FUNCTIONS.sub("", text)
    return bool(_ARITHMETIC.fullmatch(text)) and not _WORDY.search(rest)


def step_name(plan: Plan | None, id: str, length: int = 8) -> str:
    """What a sub-problem is called; its id where the plan does not hold it."""
    step = plan.by_id.get(id) if plan else None
    return shorten(step.name if step else id, length)


def pretty(text: str) -> str:
    """`37*48` as `37 × 48`; any other text as it is."""
    text = clean(text)
    if not is_arithmetic(text):
        return text
    for sign, shown in _SIGNS:
        text = text.replace(sign, shown)
    text = re.sub(r"(?<=[\w)])\s*([+\-=])\s*(?=[\w(#])", r" \1 ", text)
    text = re.sub(r"\s+", " ", text).strip()
    return text.replace("-", "\u2212").replace("ds(", "digit sum (").replace(",", ", ")


def shorten(text: str, length: int) -> str:
    """One line of at most `length` characters."""
    line = " ".join(clean(text[: 4 * length + 40]).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def bounded(text: str, length: int) -> str:
    """All of a text, or its start and how much is left out."""
    text = clean(text)
    if len(text) <= length:
        return text
    return f"{text[:length]}\n… {len(text) - length:,} more characters"


Unit = Literal["tokens", "money", "FLOPs", "time"]
UNITS: tuple[Unit, ...] = get_args(Unit)
COSTS: tuple[Unit, ...] = UNITS[1:]
NO_PRICES = Prices()


def _table() -> Mapping[str, Any]:
    """The table as the page's scripts import it: one module, whose export is written as JSON."""
    text = (ASSETS / "js" / "units_table.js").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text.partition("export default")[2].rstrip().rstrip(";"))
    return found


TABLE = _table()
"""How amounts are written, in Python and on the page."""
UNKNOWN: str = TABLE["unknown"]
NONE = "–"

ABOUT: dict[Unit, str] = {
    "tokens": "",
    "money": "",
    "FLOPs": "FLOPs: 2 × parameters × tokens processed; what came from a cache is left out.",
    "time": "Seconds of the engine's requests, added up: side by side, each counts in full.",
}
_EXACT = Context(prec=400)


# ---- amounts -------------------------------------------------------------------------------


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


def rounded(amount: float | None, decimals: int) -> float | None:
    return None if amount is None else round(amount, decimals)


def currency(rates: Rates) -> str:
    return next((r.price.currency for r in _all(rates) if r.price and r.price.currency), "")


# ---- as text -------------------------------------------------------------------------------


def written(amount: float | None, unit: str, currency: str = "") -> str:
    """`1 234`, `USD 0.00123`, `4.12 G`, `1.50 s`, or the word for unknown."""
    if amount is None:
        return UNKNOWN
    size, rounding = abs(float(amount)), TABLE["units"][unit][0]
    if rounding == "telling":
        text = _telling(size)
    elif rounding == "seconds":
        text = f"{_fixed(size, 2 if size < 10 else 1 if size < 1000 else 0)} s"
    elif rounding == "prefixed":
        text = _prefixed(size)
    else:
        text = _fixed(size, 0)
    sign = "−" if amount < 0 and any(c in "123456789" for c in text) else ""
    return f"{sign}{currency} {text}" if currency and unit == "money" else sign + text


def _fixed(size: float, decimals: int) -> str:
    """Halves go up, as in JavaScript's toFixed; thousands stand apart."""
    step = Decimal(1).scaleb(-decimals)
    text = format(Decimal(size).quantize(step, ROUND_HALF_UP, _EXACT), ",f")
    return text.replace(",", TABLE["thousands"])


def _telling(size: float) -> str:
    """As many decimals as show three telling digits, without zeros at their end."""
    enough, most = 10.0 ** (TABLE["telling"] - 1) - 0.05, TABLE["decimals"]
    decimals = next((d for d in range(most) if size * 10.0**d >= enough), most)
    text = _fixed(size, decimals)
    return text.rstrip("0").rstrip(".") if decimals else text


def _prefixed(size: float) -> str:
    """With the prefix of thousands, moved on where rounding would make a thousand of it."""
    steps = TABLE["prefixes"]
    at = next((i for i, (_, of) in enumerate(steps) if size / of < 999.5), len(steps) - 1)
    sign, of = steps[at]
    return _telling(size / of) + str(sign)


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
    return tokens(amount) if unit == "tokens" else text


def count(amount: float | None) -> str:
    """`12 345` with thin spaces, or the word for unknown."""
    return written(amount, "tokens")


def tokens(amount: float | None) -> str:
    return f"{count(amount)} token" + ("" if amount == 1 else "s")


def seconds(amount: float | None) -> str:
    return written(amount, "time")


def flops(amount: float | None) -> str:
    return written(amount, "FLOPs")


def proportion(share: float) -> str:
    """`87%`, or `<1%` and `>99%` where rounding would say never or always."""
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{math.floor(100 * share + 0.5)}%"


def number(value: float | None) -> str:
    """At most three telling digits; whole numbers as such."""
    if value is None:
        return NONE
    if abs(value - round(value)) < 1e-9 and abs(value) < 1e6:
        return f"{round(value)}".replace("-", "−")
    if abs(value) >= 100:
        return f"{value:.0f}".replace("-", "−")
    return (f"{value:.2f}" if abs(value) >= 0.095 else f"{value:.2g}").replace("-", "−")


def percent(part: float, whole: float) -> str:
    if whole <= 0:
        return "0%"
    share = 100 * part / whole
    return f"{share:.0f}%" if share >= 9.95 or share == 0 else f"{share:.1f}%"


def ordinal(place: int) -> str:
    ending = "th" if 10 <= place % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


def many(count: int | float, word: str) -> str:
    return f"{number(count)} {word}" + ("" if abs(count - 1) < 1e-9 else "s")


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
        "seconds": rounded(cost.seconds, 3),
    }


def notes(rates: Rates) -> dict[str, str]:
    """For each unit what its amounts mean or, where one cannot be known, why."""
    return {
        unit: unknown(rates, unit) if missing(rates, unit) else _about(rates, unit)
        for unit in COSTS
    }


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
    why = missing(rates, unit)
    return f"Unknown: {why}" if why else "The engine did not report every count that this needs."


def gaps(rates: Rates, cost: Cost) -> dict[Unit, str]:
    """For each unit in which a cost is not known, why; for money also where a price is put."""
    return {unit: unknown(rates, unit) for unit in COSTS if value(cost, unit) is None}


def _missing(rate: Rate, unit: Unit) -> str:
    model = rate.model or "this model"
    if unit == "money":
        if rate.price is None:
            return (
                f"no price for {model}. Prices are lines of assets/prices.csv, or of the "
                "file named with --prices."
            )
        if None in (rate.price.input, rate.price.output):
            return f"the table of prices does not tell all prices of {model}."
    if unit == "FLOPs" and rate.parameters is None:
        return f"how many parameters {model} has is not told."
    if unit == "time" and rate.remote:
        return "a server runs the model and does not tell how long it worked."
    return ""


def _all(rates: Rates) -> tuple[Rate, ...]:
    return (rates.main, *rates.others.values())


def rates_of(start: Any, prices: Prices) -> Rates:
    """The rates of a run's or a duel's engine; `start`: its first event, None before it."""
    return prices.rates(start.engine if start else {})
