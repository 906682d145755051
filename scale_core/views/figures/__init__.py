"""Charts as Plotly figures, from the same data as the page's.

    from scale_core.views import figures
    figures.spending(run).show()
    figures.save(figures.of(duel), "duel.html")

Knows which data each figure is drawn from, and which figures tell of a run, a duel or a look back.
`dark`: for a dark background. prices: of models; None: the table in force. Does not know how data
are made (`views/charts.py`, `views/hindsight.py`), drawn (the modules here) or saved (`files.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import plotly.graph_objects as go

from scale_core.experiments.hindsight import Hindsight
from scale_core.experiments.sweep import Sweep
from scale_core.trace.duel import Duel
from scale_core.trace.prices import Prices, load
from scale_core.trace.run import Run
from scale_core.views import charts, hindsight
from scale_core.views.figures import lookback
from scale_core.views.figures import rounds as _rounds
from scale_core.views.figures import spending as _spending
from scale_core.views.figures.files import NoBrowser, Sheet, html, save
from scale_core.views.units import Unit

__all__ = [
    "DRAWN", "NoBrowser", "Sheet", "by_node", "by_stage", "frontier", "html", "looking_back", "of",
    "regrets", "rounds", "save", "spending", "sweep",
]  # fmt: skip

Draw = Callable[[dict[str, Any], Unit, bool], go.Figure]
DRAWN: Mapping[str, Draw] = {
    "spend": _spending.lanes,
    "course": _spending.stacked,
    "nodes": _spending.bars,
    "split": _spending.bars,
    "rounds": _rounds.rounds,
    "frontier": lookback.frontier,
    "regrets": lookback.regrets,
    "sweep": lookback.sweep,
}
"""By the name of a drawing of the page, the figure of its data, in a unit, light or dark."""


def spending(
    record: Run | Duel, prices: Prices | None = None, unit: Unit = "tokens", dark: bool = False
) -> go.Figure:
    """What had been spent by when, in steps: of a run by stage, of a duel by lane."""
    if isinstance(record, Run):
        return _spending.stacked(charts.course(record, _in_force(prices)), unit, dark)
    return _spending.lanes(charts.spend(record, _in_force(prices)), unit, dark)


def by_stage(
    duel: Duel, prices: Prices | None = None, unit: Unit = "tokens", dark: bool = False
) -> go.Figure:
    """What each lane spent, by what it was spent on."""
    return _spending.bars(charts.stages(duel, _in_force(prices)), unit, dark)


def by_node(
    run: Run, prices: Prices | None = None, unit: Unit = "tokens", dark: bool = False
) -> go.Figure:
    """What each node of a run spent: tokens by kind, other units by stage."""
    return _spending.bars(charts.nodes(run, _in_force(prices)), unit, dark)


def rounds(duel: Duel, lane: str | None = None, dark: bool = False) -> go.Figure:
    """Who was given how many rollouts, round by round. lane: None for the first that has rounds,
    a search's or the bandit's before others."""
    return _rounds.rounds(charts.rounds(duel), dark=dark, lane=lane)


def frontier(look: Hindsight, duel: Duel, dark: bool = False) -> go.Figure:
    """The most success that tokens can buy, and where each lane was."""
    return lookback.frontier(hindsight.frontier(look, duel), dark=dark)


def regrets(look: Hindsight, duel: Duel, dark: bool = False) -> go.Figure:
    """What each lane gave away, in tokens and in points."""
    return lookback.regrets(hindsight.frontier(look, duel), dark=dark)


def sweep(found: Sweep, duel: Duel, dark: bool = False) -> go.Figure:
    """What the threshold tau buys."""
    return lookback.sweep(hindsight.sweep(found, duel), dark=dark)


def of(record: Run | Duel, prices: Prices | None = None, dark: bool = False) -> list[Sheet]:
    """All figures of a run or a duel, in tokens, each with its title."""
    prices = _in_force(prices)
    if isinstance(record, Run):
        return [
            Sheet("Tokens as they were spent, by stage", spending(record, prices, dark=dark)),
            Sheet("Where they went", by_node(record, prices, dark=dark)),
        ]
    told = charts.rounds(record)
    return [
        Sheet("Tokens as they were spent", spending(record, prices, dark=dark)),
        Sheet("What they were spent on", by_stage(record, prices, dark=dark)),
        *(
            Sheet(f"{lane['label']}: who was given what, round by round",
                  _rounds.rounds(told, dark=dark, lane=lane["lane"]))
            for lane in told["lanes"] if lane["rounds"]
        ),
    ]  # fmt: skip


def looking_back(
    duel: Duel, look: Hindsight | None = None, swept: Sweep | None = None, dark: bool = False
) -> list[Sheet]:
    """All figures of a look back on a duel, of what there is."""
    found = []
    if look is not None:
        title = "How far was each lane from the best possible?"
        found += [
            Sheet(title, frontier(look, duel, dark)),
            Sheet("Regret: what each lane gave away", regrets(look, duel, dark)),
        ]
    if swept is not None:
        found.append(Sheet("What does the threshold τ buy?", sweep(swept, duel, dark)))
    return found


def _in_force(prices: Prices | None) -> Prices:
    return load() if prices is None else prices
