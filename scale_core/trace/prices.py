"""Cost: what tokens cost in money, FLOPs and seconds.

Knows the tables of prices, where they lie, and how usage becomes cost; what is not known stays
unknown (None), never 0. Does not know runs or how a cost is shown.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

from scale_core.shipped import ASSETS
from scale_core.trace.events import Event, Measured, Sampled
from scale_core.trace.usage import Usage

COLUMNS = ("model", "input", "cached", "output", "currency", "parameters", "note")
_NEEDED = COLUMNS[:5]

SHIPPED = ASSETS / "prices.csv"
VARIABLE = "SCALE_PRICES"
"""Names a person's own table in the environment."""

MEASURED = ("judge", "embed")
"""Stages of a second model's numbers, whose seconds lanes are not told."""

N = TypeVar("N", int, float, Decimal)


class PricesError(ValueError):
    """A table of prices cannot be read; the message names the line."""


@dataclass(frozen=True, slots=True)
class Price:
    """Of a million tokens, in `currency` ("" where all are 0). None: unknown. parameters: those
    that work on a token, where the table says so."""

    input: Decimal | None
    cached: Decimal | None
    output: Decimal | None
    currency: str = ""
    parameters: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """None: unknown. money: in `currency`, "" as long as nothing was billed. flops: 2 x parameters
    x tokens processed as if there were no cache; flops_cached: without the cached part of prompts.
    seconds: of the engine's requests, added up (side by side, each counts in full)."""

    money: Decimal | None = Decimal(0)
    currency: str = ""
    flops: int | None = 0
    flops_cached: int | None = 0
    seconds: float | None = 0.0

    def __add__(self, other: Cost) -> Cost:
        same = not self.currency or not other.currency or self.currency == other.currency
        return Cost(
            _sum(self.money, other.money) if same else None,
            self.currency or other.currency,
            _sum(self.flops, other.flops),
            _sum(self.flops_cached, other.flops_cached),
            _sum(self.seconds, other.seconds),
        )

    @staticmethod
    def sum(items: Iterable[Cost]) -> Cost:
        return reduce(Cost.__add__, items, Cost())


@dataclass(frozen=True, slots=True)
class Rate:
    """What makes a cost of one model's tokens. remote: it runs on a server, whose seconds of work
    nobody tells."""

    model: str
    price: Price | None = None
    parameters: int | None = None
    remote: bool = False

    def cost(self, usage: Usage, seconds: float | None = None) -> Cost:
        """seconds: what the requests took; None: unknown."""
        return Cost(
            self._money(usage),
            self.price.currency if self.price else "",
            self._flops(usage.total),
            self._flops(_minus(usage.total, usage.cached)),
            None if self.remote else seconds,
        )

    def _money(self, usage: Usage) -> Decimal | None:
        price = self.price
        if price is None:
            return None
        if price.input == price.cached:  # then how much was cached does not matter
            prompt = _product(usage.prompt, price.input)
        else:
            fresh = _product(_minus(usage.prompt, usage.cached), price.input)
            prompt = _sum(fresh, _product(usage.cached, price.cached))
        millions = _sum(prompt, _product(usage.completion, price.output))
        return None if millions is None else millions.scaleb(-6)

    def _flops(self, tokens: int | None) -> int | None:
        if tokens is None or self.parameters is None:
            return None
        return 2 * self.parameters * tokens


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of one engine: of the model that samples and, by stage, of those beside it."""

    main: Rate
    others: Mapping[str, Rate] = field(default_factory=dict)

    def of(self, stage: str) -> Rate:
        return self.others.get(stage, self.main)

    def cost(self, stage: str, usage: Usage, seconds: float | None = None) -> Cost:
        """seconds: None, or 0 of a second model's numbers (no engine takes none): unknown."""
        timed = seconds or stage not in MEASURED
        return self.of(stage).cost(usage, seconds if timed or not usage.total else None)

    def of_event(self, event: Event) -> Cost:
        """The cost of one event; nothing for those that used no tokens."""
        if isinstance(event, Sampled | Measured):
            return self.cost(event.stage, event.usage, event.seconds)
        return Cost()


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices by model. `Prices.read(text)` reads a table, `|` lets another's lines come first."""

    rows: Mapping[str, Price] = field(default_factory=dict)

    @staticmethod
    def read(text: str) -> Prices:
        """A table as CSV with a head of `COLUMNS` (the last two may be missing); lines that begin
        with # are not read. Raises PricesError."""
        kept = [(i, x) for i, x in enumerate(text.splitlines(), 1) if x.strip() and x[0] != "#"]
        lines = csv.DictReader((x for _, x in kept), strict=True, skipinitialspace=True)
        rows: dict[str, Price] = {}
        try:
            if missing := [c for c in _NEEDED if c not in (lines.fieldnames or ())]:
                raise PricesError(f"the table of prices has no column {missing[0]}")
            for line in lines:
                at = kept[min(lines.line_num, len(kept)) - 1][0]
                name = (line["model"] or "").strip().lower()
                if not name or name in rows:
                    raise PricesError(f"line {at}: {'again ' + name if name else 'no model'}")
                rows[name] = _price(line, at)
        except csv.Error as error:
            raise PricesError(f"the table of prices is not CSV: {error}") from None
        return Prices(rows)

    def __or__(self, other: Prices) -> Prices:
        return Prices({**self.rows, **other.rows})

    def of(self, model: str) -> Price | None:
        return self.rows.get(model.strip().lower())

    def rates(self, engine: Mapping[str, Any]) -> Rates:
        """The rates of an engine, from its info as a run's first event holds it."""
        remote = bool(engine.get("remote"))
        main = self._rate(str(engine.get("model", "")), engine.get("parameters"), remote)
        return Rates(
            main,
            {
                str(stage): self._rate(str(model), parameters, remote)
                for stage, model, parameters in engine.get("others", ())
            },
        )

    def _rate(self, model: str, parameters: int | None, remote: bool) -> Rate:
        price = self.of(model)
        told = price.parameters if price else None
        return Rate(model, price, told or parameters, remote)


def load(own: str | Path | None = None) -> Prices:
    """The shipped prices and, over them, those of `own`, else of the file that SCALE_PRICES names.

    Raises PricesError, with the file's name, if one cannot be read.
    """
    own = own or os.environ.get(VARIABLE) or None
    prices = _read(SHIPPED)
    return prices if own is None else prices | _read(Path(own))


def _read(path: Path) -> Prices:
    try:
        return Prices.read(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeError, PricesError) as error:
        raise PricesError(f"the prices in {path} cannot be used: {error}") from None


def _price(line: Mapping[str | Any, str | Any], at: int) -> Price:
    values = {c: _number(line.get(c), f"line {at}, {c}") for c in COLUMNS[1:4]}
    currency = str(line.get("currency") or "").strip()
    if not currency and any(values.values()):
        raise PricesError(f"line {at}: a price needs a currency")
    parameters = _number(line.get("parameters"), f"line {at}, parameters")
    return Price(
        **values,
        currency=currency,
        parameters=None if parameters is None else int(parameters) or None,
        note=str(line.get("note") or "").strip(),
    )


def _number(text: object, where: str) -> Decimal | None:
    """None for an empty cell. Raises PricesError for what is no finite number of at least 0."""
    if not str(text or "").strip():
        return None
    try:
        value = Decimal(str(text).strip())
    except InvalidOperation:
        raise PricesError(f"{where}: {str(text)[:40]!r} is no number") from None
    if not value.is_finite() or value < 0 or value.adjusted() > 18:
        raise PricesError(f"{where}: {str(text)[:40]!r} is not a number from 0 up")
    return value


def _sum(a: N | None, b: N | None) -> N | None:
    return None if a is None or b is None else a + b


def _minus(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a - b


def _product(count: int | None, price: Decimal | None) -> Decimal | None:
    return None if count is None or price is None else count * price
