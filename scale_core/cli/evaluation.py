"""How the command line shows an evaluation: tables of outcomes, costs, plans and pairs.

Knows how summaries become text and JSON. Does not know where rows come from. Every function is
pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scale_core.allocation.intervals import Interval
from scale_core.cli.common import columns, nothing, text
from scale_core.experiments.evaluate import OUTCOMES
from scale_core.experiments.evaluation_file import Kept
from scale_core.experiments.evaluation_summary import (
    Mean,
    Outcomes,
    Pair,
    Summary,
    pairs,
    summarise,
)
from scale_core.views.units import UNKNOWN


@dataclass(frozen=True)
class Report:
    """Everything that is shown of an evaluation's file."""

    kept: Kept
    summaries: Sequence[Summary]
    pairs: Sequence[Pair]


def report(kept: Kept) -> Report:
    rows = [kept.rows[key] for key in sorted(kept.rows)]
    names = kept.strategies
    return Report(kept, [summarise(rows, name) for name in names], pairs(rows, names))


def as_json(found: Report) -> dict[str, Any]:
    header = found.kept.header
    return {
        "evaluation": None if header is None else header.as_json(),
        "strategies": [dataclasses.asdict(s) for s in found.summaries],
        "pairs": [dataclasses.asdict(p) for p in found.pairs],
    }


def shown(found: Report) -> RenderableType:
    tables = (outcomes, doubt, costs, plans)
    parts: list[RenderableType] = [table(found.summaries) for table in tables]
    if found.pairs:
        parts += [differences(found.pairs), Text(_PAIRS, "dim")]
    return Group(*parts, Text(caption(found.kept), "dim"))


_PAIRS = (
    "only one: problems that only the first, only the second got right. right: points of the first "
    "less the second's, paired by problem, with Newcombe's 95% interval and McNemar's p. tokens: "
    "the first by the second, with a bootstrap interval over problems."
)


def caption(kept: Kept) -> str:
    header = kept.header
    if header is None:
        return "no rows yet"
    terms = header.terms
    budget = f"{terms.budget} for each lane" if terms.budget is not None else "no limit"
    changed = [f"{k}={v}" for k, v in {**terms.options, **terms.settings}.items()]
    parts = [header.problems, header.model, header.engine, budget, f"seed {terms.seed}", *changed]
    return text(" · ".join(parts)).plain


# ---- tables: narrow enough for 80 columns ----------------------------------------------------


def _table(first: str, *numbers: str) -> Table:
    return columns(first, *numbers, right=numbers, whole=(first,))


def outcomes(summaries: Sequence[Summary]) -> Table:
    table = _table("outcomes", "all", "right", "95%", *(_SHORT.get(n, n) for n in OUTCOMES[1:]))
    for s in summaries:
        right = Text(_percent(s.right.mean)), Text(_interval(s.right, _whole_percent))
        counts = [Text(f"{s.outcomes[name].all:,}") for name in OUTCOMES[1:]]
        table.add_row(_name(s.strategy), Text(f"{s.problems:,}"), *right, *counts)
    return table


_SHORT = {"unreadable": "unread"}


def doubt(summaries: Sequence[Summary]) -> Table:
    """What was marked, among the right answers and the others; and what stands without a mark."""
    table = _table("doubt", "right marked", "wrong marked", "unmarked", "of it right", "95%")
    for s in summaries:
        cells = [nothing()] * 2
        if s.unmarked is not None:
            cells = [_marked(s.outcomes["right"]), _marked(s.outcomes["wrong"])]
        sure = [nothing()] * 2
        if s.sure is not None:
            sure = [Text(_percent(s.sure.mean)), Text(_interval(s.sure, _whole_percent))]
        table.add_row(_name(s.strategy), *cells, _share(s.unmarked), *sure)
    return table


def _marked(found: Outcomes) -> Text:
    return Text(f"{found.marked:,} of {found.all:,}")


def costs(summaries: Sequence[Summary]) -> Table:
    """A problem's, on average."""
    numbers = ("generated", "thinking", "prompt", "uncached", "calls", "seconds")
    table = _table("a problem", "tokens", *numbers)
    for s in summaries:
        t = s.tokens
        means = (t.total, t.generated, t.thinking, t.prompt, t.uncached)
        rest = (Text(f"{s.calls:.1f}"), Text(f"{s.seconds:.2f}"))
        table.add_row(_name(s.strategy), *map(_mean, means), *rest)
    return table


def _mean(mean: Mean) -> Text:
    if mean.value is None:
        return Text(UNKNOWN, "dim")
    shown = Text(f"{mean.value:,.0f}")
    return shown.append(f" ({mean.unknown:,} {UNKNOWN})", "dim") if mean.unknown else shown


def plans(summaries: Sequence[Summary]) -> Table:
    table = _table("plans", "answers read", "steps", "within 1", "one step", "first try")
    for s in summaries:
        p = s.plans
        shares = (p.near, p.one_step, p.first_try)
        length = _or(p.median, "{:g}".format)
        table.add_row(_name(s.strategy), _share(s.readable), length, *map(_share, shares))
    return table


def differences(found: Sequence[Pair]) -> Table:
    numbers = ("all", "only one", "right", "p", "tokens")
    table = columns("first - second", *numbers, right=numbers)
    for p in found:
        ratio = nothing()
        if p.tokens is not None:
            ratio = Text(f"×{p.tokens.mean:.2f} {_interval(p.tokens, '{:.2f}'.format)}")
        table.add_row(
            text(f"{p.first} - {p.second}", "bold", 40), Text(f"{p.problems:,}"),
            Text(f"{p.only_first:,}, {p.only_second:,}"),
            Text(f"{_points(p.right.mean)} {_interval(p.right, _whole_points)}"),
            Text(f"{p.chance:.3f}"), ratio,
        )  # fmt: skip
    return table


def _name(strategy: str) -> Text:
    return text(strategy, "bold", 24)


# ---- numbers -------------------------------------------------------------------------------


def _or(value: float | None, write: Callable[[float], str]) -> Text:
    return nothing() if value is None else Text(write(value))


def _share(value: float | None) -> Text:
    return _or(value, _percent)


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _whole_percent(value: float) -> str:
    return f"{100 * value:.0f}"


def _points(value: float) -> str:
    return f"{100 * value:+.1f}"


def _whole_points(value: float) -> str:
    return f"{100 * value:+.0f}"


def _interval(interval: Interval, write: Callable[[float], str]) -> str:
    return f"[{write(interval.low)}, {write(interval.high)}]"
