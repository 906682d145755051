"""The figure of one lane's rounds of allocation: who was given how many rollouts.

Knows how the data (`charts.rounds`) become stacked bars, one a round, a piece for each receiver.
Does not know rules of allocation.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from scale_core.views.figures.layout import figure, ink, lane_colour, plain
from scale_core.views.units import Unit

FIRST = ("dora", "bandit", "rebase", "dvts", "beam", "optimal", "scale")
"""Lanes of which one is shown first, as on the page."""


def shown(view: dict[str, Any], lane: str | None = None) -> dict[str, Any] | None:
    """The lane that is drawn: the one that is named, else the first that has rounds."""
    lanes = {told["lane"]: told for told in view["lanes"] if told["rounds"]}
    if lane is not None:
        return lanes.get(lane)
    return next((lanes[name] for name in (*FIRST, *lanes) if name in lanes), None)


def rounds(
    view: dict[str, Any], unit: Unit = "tokens", dark: bool = False, lane: str | None = None
) -> go.Figure:
    """A bar for each round, its largest piece at the bottom. Rollouts have no other unit."""
    told = shown(view, lane)
    if told is None:
        return figure([], dark, "round", "rollouts", note="No rounds of allocation.")
    columns = [_pieces(told_round) for told_round in told["rounds"]]
    numbers = [*range(1, len(columns) + 1)]  # two rounds may have one name
    colour = lane_colour(told["colour"], dark)
    traces = []
    for rank in range(max(map(len, columns))):
        piece = [column[rank] if rank < len(column) else ("", 0, "") for column in columns]
        traces.append(go.Bar(
            x=numbers, y=[n for _, n, _ in piece], text=[name for name, _, _ in piece],
            customdata=[f"{name}: {n}{letter}" for name, n, letter in piece],
            hovertemplate="%{customdata}<extra></extra>", textposition="inside",
            insidetextanchor="middle", showlegend=False,
            marker={"color": colour, "line": {"color": ink(dark).paper, "width": 2}},
        ))  # fmt: skip
    title = f"round of {plain(told['label'])}"
    names = [plain(told_round["name"]) for told_round in told["rounds"]]
    return figure(
        traces, dark, title, "rollouts", barmode="stack", bargap=0.25, height=300,
        xaxis={"tickvals": numbers, "ticktext": names, "showgrid": False},
    )  # fmt: skip


def _pieces(told: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Receivers with their rollouts and the direction's letter, the largest first."""
    pieces = [
        (plain(name), n, f", direction {letter}" if letter else "")
        for _, name, n, letter in told["pieces"]
    ]
    return [*pieces, ("others", told["rest"], "")] if told["rest"] else pieces
