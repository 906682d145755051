"""Figures of what should have been done: the frontier, each lane's regret, the sweep of tau.

Knows how the data of `views/hindsight.py` become lines, points with intervals and bars. Does not
know how they were computed.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from scale_core.views.figures.layout import figure, ink, lane_colour, plain
from scale_core.views.units import Unit

View = dict[str, Any]
TOKENS = "tokens, the plan included"
_PERCENT = {"tickformat": ".0%", "rangemode": "tozero"}


def frontier(view: View, unit: Unit = "tokens", dark: bool = False) -> go.Figure:
    """The most success that tokens can buy, each lane with its 95% intervals, and the best plan
    for a lane's tokens."""
    c, lanes = ink(dark), view["lanes"]
    traces = [_curve(view, dark)]
    traces += [_lane(x, _size(x, lanes[i + 1 :], view["most"]), dark) for i, x in enumerate(lanes)]
    across = {"separatethousands": True, "rangemode": "tozero"}
    made = figure(traces, dark, TOKENS, "right", xaxis=across, yaxis=_PERCENT)
    if view["planning"] > 0:
        told = {"text": "the plan alone", "font": {"color": c.muted}}
        made.add_vrect(x0=0, x1=view["planning"], fillcolor=c.sunk, line_width=0, layer="below",
                       annotation=told)  # fmt: skip
    return made


def _curve(view: View, dark: bool) -> go.Scatter:
    """Level between its points, as a plan that costs more is needed for more success."""
    points = [(view["line"][0][0], 0.0), *view["line"], (view["most"], view["line"][-1][1])]
    steps = [plain(step["name"]) for step in view["steps"]]
    told = ["", *(_policies(steps, policies) for policies in view["policies"]), ""]
    return go.Scatter(
        x=[x for x, _ in points], y=[y for _, y in points], name="frontier", mode="lines",
        line={"shape": "hv", "width": 2.4, "color": ink(dark).text}, customdata=told,
        hovertemplate="%{y:.1%} for %{x:,.0f} tokens<br>%{customdata}<extra></extra>",
    )  # fmt: skip


def _policies(steps: list[str], policies: list[str]) -> str:
    return "<br>".join(f"{s}: {plain(p)}" for s, p in zip(steps, policies, strict=True))


def _size(lane: View, later: list[View], most: float) -> int:
    """Larger than what is drawn upon it, so that lanes on one spot are rings around each other."""
    (x, *_), (y, *_) = lane["x"], lane["y"]
    upon = [o for o in later if abs(o["x"][0] - x) < 0.01 * most and abs(o["y"][0] - y) < 0.02]
    return 12 + 7 * len(upon)


def _lane(lane: View, size: int, dark: bool) -> go.Scatter:
    """A lane's mean with its intervals and, where there is one, the best plan for its tokens."""
    (x, left, right), (y, low, high) = lane["x"], lane["y"]
    best = [tuple(lane["best"])] if lane["best"] else []
    points, more = [(x, y), *best], [0.0] * len(best)
    return go.Scatter(
        x=[a for a, _ in points], y=[b for _, b in points], name=plain(lane["label"]),
        mode="markers",
        marker={"color": lane_colour(lane["colour"], dark), "opacity": 1, "line": {"width": 1.5},
                "size": [size, *[12] * len(best)],
                "symbol": ["circle", *["diamond-open"] * len(best)]},
        error_x=_bars([right - x, *more], [x - left, *more]),
        error_y=_bars([high - y, *more], [y - low, *more]),
        customdata=[plain(lane["sentence"]), *["the best plan for its tokens"] * len(best)],
        hovertemplate="%{y:.1%} for %{x:,.0f} tokens<br>%{customdata}",
    )  # fmt: skip


def _bars(above: list[float], below: list[float]) -> dict[str, Any]:
    return {"type": "data", "array": above, "arrayminus": below, "thickness": 1.6, "width": 0}


def regrets(view: View, unit: Unit = "tokens", dark: bool = False) -> go.Figure:
    """What each lane gave away: tokens more than needed for what it achieved, and points below
    what its tokens could have bought. Below zero: better than the frontier."""
    lanes = view["lanes"]
    names = [plain(lane["label"]) for lane in lanes]
    columns = (
        ("tokens too many", [_tokens(lane) for lane in lanes], [lane["tokens"] for lane in lanes]),
        ("points short", [_points(lane) for lane in lanes], [lane["points"] for lane in lanes]),
    )
    made = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.06)
    common = figure([], dark, "")
    made.update_layout(common.layout)
    colours = [lane_colour(lane["colour"], dark) for lane in lanes]
    for column, (title, amounts, texts) in enumerate(columns, 1):
        bar = go.Bar(y=names, x=amounts, orientation="h", text=texts, marker={"color": colours},
                     customdata=[plain(lane["sentence"]) for lane in lanes],
                     hovertemplate="%{customdata}<extra></extra>", showlegend=False)  # fmt: skip
        made.add_trace(bar, 1, column)
        made.update_xaxes(common.layout.xaxis, row=1, col=column)
        made.update_xaxes(title_text=title, zeroline=True, separatethousands=True,
                          zerolinecolor=ink(dark).muted, row=1, col=column)  # fmt: skip
    made.update_yaxes(common.layout.yaxis)
    made.update_yaxes(type="category", autorange="reversed", showgrid=False, title_text="")
    return made


def _tokens(lane: View) -> float | None:
    return None if lane["needed"] is None else round(lane["x"][0] - lane["needed"], 1)


def _points(lane: View) -> float:
    return float(round(100 * (lane["could"] - lane["y"][0]), 2))


def sweep(view: View, unit: Unit = "tokens", dark: bool = False) -> go.Figure:
    """What each interval of tau buys, with its 95% interval; dotted, the tokens with what ratings
    cost; the tau in force stands out."""
    c, points = ink(dark), view["points"]
    x, y = [p["x"] for p in points], [p["y"] for p in points]
    intervals = go.Scatter(
        x=x, y=y, mode="lines+markers+text", name="an interval of τ",
        text=[p["short"] for p in points],
        textposition=["top left"] * (len(points) - 1) + ["top right"],
        line={"width": 1.4, "color": c.muted},
        marker={"size": [14 if p["chosen"] else 10 for p in points], "opacity": 1,
                "color": [c.accent if p["chosen"] else c.text for p in points]},
        error_y=_bars([p["range"][1] - p["y"] for p in points],
                      [p["y"] - p["range"][0] for p in points]),
        customdata=[f"{p['tau']}: {plain(p['slow'])}" for p in points],
        hovertemplate="%{customdata}<br>%{y:.1%} for %{x:,.0f} tokens<extra></extra>",
    )  # fmt: skip
    more = [p for p in points if p["rated"] is not None]
    rated = go.Scatter(
        x=[end for p in more for end in (p["x"], p["rated"], None)],
        y=[end for p in more for end in (p["y"], p["y"], None)],
        mode="lines", name="with what ratings cost",
        line={"width": 1.6, "dash": "4px,3px", "color": c.accent}, hoverinfo="skip",
    )  # fmt: skip
    measure = "right" if view["measure"] == "right" else "agreement with all System 2"
    across = {"separatethousands": True}
    return figure([rated, intervals], dark, TOKENS, measure, xaxis=across, yaxis=_PERCENT)
