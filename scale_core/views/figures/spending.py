"""Figures of what was spent: by when, in steps, and on what.

Knows how the charts' data (`views/charts.py`) become lines, areas and bars; tokens arrive at
events, so a line stays level between them. Does not know runs, duels or the ledger.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from scale_core.views.charts import UNCACHED
from scale_core.views.figures.layout import (
    DASHES,
    LEGEND,
    axis_title,
    figure,
    ink,
    lane_colour,
    plain,
    tick_format,
    written,
)
from scale_core.views.units import Unit

View = dict[str, Any]
FROM_ZERO = {"rangemode": "tozero"}
AFTER = 1.05  # how far the steps of a run go on
Point = tuple[float, float]


def lanes(view: View, unit: Unit, dark: bool = False) -> go.Figure:
    """`charts.spend`: a line of steps for each lane, in the unit; pale, FLOPs as if there were no
    cache. A line ends where an amount is unknown."""
    currency, traces = view["currency"], []
    for i, series in enumerate(view["series"]):
        points, ends = _known(series, unit)
        name = plain(series["label"]) + ("" if ends else " ?")
        traces.append(_line(points, series, name, i, unit, currency, dark))
        pale = _known(series, UNCACHED)[0] if unit == "FLOPs" else []
        if pale and points and (pale[-1][1] != points[-1][1] or not ends):
            line = _line(pale, series, f"{name}, without a cache", i, unit, currency, dark)
            line.update(opacity=0.5, showlegend=False, line_width=1.2)
            traces.append(line)
    x = "calls" if view["unit"] == "calls" else "seconds since the start"
    return figure(
        traces, dark, x, axis_title(unit, currency), note=_why(view, unit),
        xaxis=FROM_ZERO, yaxis=FROM_ZERO | tick_format(unit),
    )  # fmt: skip


def _known(series: View, unit: str) -> tuple[list[Point], bool]:
    """A lane's points up to the first that is not known, and whether they are all."""
    times = [t for t, _ in series["points"]]
    amounts = [n for _, n in series["points"]] if unit == "tokens" else series["costs"][unit]
    end = next((i for i, n in enumerate(amounts) if n is None), len(amounts))
    return list(zip(times[:end], amounts[:end], strict=True)), end == len(amounts)


def _line(
    points: list[Point], series: View, name: str, i: int, unit: Unit, currency: str, dark: bool
) -> go.Scatter:
    return go.Scatter(
        x=[t for t, _ in points], y=[n for _, n in points], name=name, mode="lines",
        line={"shape": "hv", "width": 2.2, "color": lane_colour(series["colour"], dark),
              "dash": DASHES[i % len(DASHES)]},
        customdata=written([n for _, n in points], unit, currency),
        hovertemplate="%{customdata} by %{x}",
    )  # fmt: skip


def _why(view: View, unit: Unit) -> str:
    """Why there is no line at all, or where lines end."""
    series = [_known(s, unit) for s in view["series"]]
    open_ended = [s["label"] for s in view["series"] if not _known(s, unit)[1]]
    if not any(n for points, _ in series for _, n in points):
        told = view["unknown"] if open_ended else view["about"] if len(view["series"]) else {}
        return str(told.get(unit, ""))
    if open_ended:
        return f"Unknown from the end of its line on: {', '.join(open_ended)}."
    return ""


def stacked(view: View, unit: Unit, dark: bool = False) -> go.Figure:
    """`charts.course`: the running sums of a run's stages as steps, one upon the other. They go on
    a little after the last one, which would have no width else."""
    currency, note, times = view["currency"], view["notes"][unit], view["times"]
    c = ink(dark)
    traces = []
    for series in view["series"]:
        amounts = series["tokens"] if unit == "tokens" else series["costs"][unit]
        if any(amounts):
            amounts = [*amounts, amounts[-1]]
            traces.append(go.Scatter(
                x=[*times, AFTER * times[-1]], y=amounts, name=series["label"],
                stackgroup="all", mode="lines",
                line={"shape": "hv", "width": 0.8, "color": c.paper}, fillcolor=series["fill"],
                customdata=written(amounts, unit, currency),
                hovertemplate="%{customdata} by %{x} s",
            ))  # fmt: skip
    return figure(
        traces, dark, "seconds", axis_title(unit, currency), note=note,
        xaxis=FROM_ZERO, yaxis=FROM_ZERO | tick_format(unit),
        legend=LEGEND | {"traceorder": "normal"}, hovermode="x unified",
    )  # fmt: skip


def bars(view: View, unit: Unit, dark: bool = False) -> go.Figure:
    """`charts.stages` or `charts.nodes`: a bar for each lane or node, split by what it was spent
    on; its total at its end, which may be unknown."""
    currency, rows = view["currency"], [_row(row, unit) for row in view["rows"]]
    names = [plain(row["label"]) for row in rows]
    kinds = view["kinds"] if unit == "tokens" and "kinds" in view else view["stages"]
    traces = []
    for key, name, colour in kinds:
        amounts = [dict(row["parts"]).get(key, 0) for row in rows]
        if any(amounts):
            traces.append(go.Bar(
                y=names, x=amounts, name=name, orientation="h", marker={"color": colour},
                customdata=written(amounts, unit, currency), hovertemplate="%{customdata}",
            ))  # fmt: skip
    total = [row["total"] for row in rows]
    note = "" if any(map(any, (t.x for t in traces))) else _nothing(view, total, unit)
    ends = [sum(n for _, n in row["parts"]) for row in rows]
    totals = zip(names, ends, written(total, unit, currency), strict=True) if traces else ()
    return figure(
        traces, dark, axis_title(unit, currency), note=note, barmode="stack", bargap=0.4,
        xaxis=tick_format(unit),
        yaxis={"type": "category", "autorange": "reversed", "showgrid": False},
        legend=LEGEND | {"traceorder": "normal"},
        annotations=[
            {"x": end, "y": name, "text": text, "showarrow": False, "xanchor": "left",
             "xshift": 5, "font": {"size": 12}}
            for name, end, text in totals
        ],
    )  # fmt: skip


def _row(row: View, unit: Unit) -> View:
    return row if unit == "tokens" else {**row, **row["costs"][unit]}


def _nothing(view: View, totals: list[float | None], unit: Unit) -> str:
    if not totals:
        return ""
    return str((view["unknown"] if None in totals else view["about"]).get(unit, ""))
