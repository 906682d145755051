"""A run or a duel as one tidy pandas frame: a row for each request, in the order it was charged.

Knows how `Sampled`, `Measured` and `Generated` events become columns, and sums in which what is
unknown stays unknown: pandas leaves NaN out of a sum unless it is told not to. What counts while a
run goes on is the ledger; the page's tables, heat map and totals are sums of this frame, and a test
holds them to it. Does not know how numbers are written or drawn.

    from scale_core.views.frames import frame, totals
    totals(frame(run), "stage")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scale_core.problem import Plan
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel, Generated, LaneEvent
from scale_core.trace.ledger import Entry
from scale_core.trace.prices import Prices, Rates, load
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import units
from scale_core.views.amounts import AMOUNTS, COUNTS, amounts

KEYS = ("lane", "node", "step", "stage", "kind", "t", "attempt")
COLUMNS = (*KEYS, *COUNTS, *AMOUNTS, "currency")

Charge = tuple[str, Plan | None, ev.Sampled | ev.Measured | Generated, float]
"""The lane, its plan, what was spent and when."""


def frame(record: Run | Duel, prices: Prices | None = None) -> pd.DataFrame:
    """One row for each request that a run, or the lanes of a duel, were charged for.

    lane: of a run, its strategy. node, stage: where the tokens have their home; step: the node's
    name in the plan. kind: `sampled` or `measured` (a second model's numbers). t: seconds since the
    start. attempt: 0 at first. rollouts: samples that tried to solve something. prompt, cached,
    completion, thinking: tokens; cached is part of prompt, thinking of completion, and tokens is
    prompt plus completion, of which `reckoned` were not reported. retried, cancelled: completion
    tokens of later attempts and of samples that were stopped. seconds: what the request took here;
    time: seconds of the engine's work, unknown of a server. money: in `currency`; FLOPs: without
    the cached part of prompts, FLOPs uncached: as if there were no cache.

    What an engine did not report, or no price is known of, is NaN. prices: of models; None: the
    table in force (assets/prices.csv and SCALE_PRICES). Raises PricesError if that cannot be read.
    """
    return _frame(_charged(record), _rates(record, prices))


def generated(duel: Duel, prices: Prices | None = None) -> pd.DataFrame:
    """The same columns for the requests that really went to the engine, each sample once: the
    physical side of a duel. kind: `generated`; the lane is empty, and what was retried or cancelled
    is unknown."""
    spent: Iterable[Charge] = (("", duel.plan, item, item.t) for item in duel.generated)
    return _frame(spent, _rates(duel, prices))


def total(frame: pd.DataFrame) -> pd.Series[Any]:
    """The sum of every count and amount; unknown (NaN) where a part is. Money in several currencies
    has no sum."""
    sums: dict[str, Any] = {name: int(frame[name].sum()) for name in COUNTS}
    sums |= {name: float(frame[name].sum(skipna=False)) for name in AMOUNTS}
    currencies = [name for name in frame["currency"].unique() if name]
    if len(currencies) > 1:
        sums["money"] = np.nan
    return pd.Series({**sums, "currency": currencies[0] if currencies else ""}, dtype=object)


def totals(frame: pd.DataFrame, by: str | Sequence[str]) -> pd.DataFrame:
    """The same for each group, in the order in which the groups first appeared. by: columns, as
    `"lane"` or `["node", "stage"]`."""
    groups = frame.groupby([by] if isinstance(by, str) else list(by), sort=False, dropna=False)
    sums = groups[[*COUNTS, *AMOUNTS]].sum(skipna=False)
    billed = frame["currency"].where(frame["currency"] != "").groupby(groups.ngroup())
    sums["money"] = sums["money"].where(billed.nunique().to_numpy() <= 1)
    sums["currency"] = billed.first().fillna("").to_numpy()
    return sums.reset_index()


# ---- rows ----------------------------------------------------------------------------------


def _rates(record: Run | Duel, prices: Prices | None) -> Rates:
    return units.rates_of(record.start, load() if prices is None else prices)


def _charged(record: Run | Duel) -> Iterator[Charge]:
    if isinstance(record, Run):
        lane = record.start.strategy if record.start else ""
        for event in record.events:
            if isinstance(event, ev.Sampled | ev.Measured):
                yield lane, record.plan, event, event.t
        return
    for told in record.events:
        if isinstance(told, LaneEvent) and isinstance(told.event, ev.Sampled | ev.Measured):
            yield told.lane, record.lanes[told.lane].plan, told.event, told.t


def _frame(charges: Iterable[Charge], rates: Rates) -> pd.DataFrame:
    rows = [(*_keys(charge), *_amounts(charge[2], rates)) for charge in charges]
    columns: dict[str, Sequence[Any]] = dict(
        zip(COLUMNS, zip(*rows, strict=True), strict=True) if rows else dict.fromkeys(COLUMNS, ())
    )
    whole, known = (*COUNTS, "attempt"), (*AMOUNTS, "t")
    return pd.DataFrame(
        {
            name: np.array(values, "int64") if name in whole
            else np.array(values, "float64") if name in known  # None becomes NaN
            else pd.Series(values, dtype=object)  # any text, which pyarrow would not take
            for name, values in columns.items()
        }
    )  # fmt: skip


def _keys(charge: Charge) -> tuple[Any, ...]:
    lane, plan, spent, t = charge
    step = plan.by_id.get(spent.node) if plan else None
    attempt = spent.attempt if isinstance(spent, ev.Sampled) else 0
    return lane, spent.node, step.name if step else spent.node, spent.stage, spent.kind, t, attempt


def _amounts(spent: ev.Sampled | ev.Measured | Generated, rates: Rates) -> tuple[Any, ...]:
    entry = _entry(spent)
    return amounts(entry, rates.cost(entry.stage, entry.usage, entry.seconds))


def _entry(spent: ev.Sampled | ev.Measured | Generated) -> Entry:
    """What one request adds to a ledger."""
    if isinstance(spent, Generated):
        usage: Usage = spent.usage
        return Entry(spent.node, spent.stage, usage, 1, spent.samples, None, None, spent.seconds)
    return Entry(spent.node, spent.stage).add(spent)
