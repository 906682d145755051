"""What all figures look like: paper, ink, axes, legends and notes, on light and on dark.

Knows Plotly's layout, the colours of the page's cards, and that text from users and models must not
become Plotly's markup. Does not know what is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import plotly.graph_objects as go

from scale_core.views import units
from scale_core.views.colours import LANE_COLOURS
from scale_core.views.units import Unit

NOTHING: Mapping[str, Any] = MappingProxyType({})
WIDTH, HEIGHT = 860, 420
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
FONT = "IBM Plex Sans, system-ui, sans-serif"
DASHES = ("solid", "6px,3px", "2px,3px", "9px,3px,2px,3px", "4px,2px", "12px,4px")
"""Lines differ by more than colour, as on the page."""


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours of a theme: those of the page's cards."""

    paper: str
    text: str
    muted: str
    grid: str
    sunk: str
    accent: str


LIGHT = Ink("#ffffff", "#10222b", "#5a6875", "#e1e6eb", "#f2f5f8", "#d1441c")
DARK = Ink("#171d22", "#e8edf1", "#9eabb7", "#283037", "#10161a", "#ff7d54")


def ink(dark: bool) -> Ink:
    return DARK if dark else LIGHT


def lane_colour(name: str, dark: bool) -> str:
    """name: as a view's `colour` has it."""
    return LANE_COLOURS[name][dark]


def plain(text: str) -> str:
    """Text that Plotly shows as it is: neither its own markup nor MathJax's."""
    return text.translate(_MARKUP)


_MARKUP = str.maketrans({"<": "‹", ">": "›", "$": "＄", "&": "＆"})


def figure(
    traces: Sequence[Any],
    dark: bool,
    x: str,
    y: str = "",
    *,
    note: str = "",
    xaxis: Mapping[str, Any] = NOTHING,
    yaxis: Mapping[str, Any] = NOTHING,
    **layout: Any,
) -> go.Figure:
    """A figure with titled axes. note: shown in the middle where there is nothing to draw, else
    above; xaxis, yaxis, layout: what differs from the common ones. All goes to Plotly at once:
    each later update would cost as much as the figure itself."""
    c, nothing = ink(dark), not any(any(trace.x) and any(trace.y) for trace in traces)
    visible = {"visible": not (note and nothing)}
    asked = _layout(c) | layout
    asked["xaxis"] = _axis(c, x) | visible | dict(xaxis)
    asked["yaxis"] = _axis(c, y) | visible | dict(yaxis)
    if note:
        asked["annotations"] = [{
            "text": "<br>".join(_lines(plain(note))), "showarrow": False,
            "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5 if nothing else 1,
            "yanchor": "middle" if nothing else "top",
            "font": {"size": 13, "color": c.muted}, "bgcolor": c.paper,
        }, *layout.get("annotations", ())]  # fmt: skip
    return go.Figure(data=list(traces), layout=asked)


def _layout(c: Ink) -> dict[str, Any]:
    return {
        "template": "none",
        "paper_bgcolor": c.paper,
        "plot_bgcolor": c.paper,
        "font": {"family": FONT, "size": 13, "color": c.text},
        "separators": f".{units.TABLE['thousands']}",
        "margin": {"l": 16, "r": 20, "t": 16, "b": 16},
        "height": HEIGHT,
        "showlegend": True,
        "legend": LEGEND,
        "hoverlabel": {
            "bgcolor": c.paper, "bordercolor": c.muted, "font": {"color": c.text}, "namelength": -1
        },
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": c.muted, "activecolor": c.text},
        "uirevision": "kept",  # what was zoomed or hidden stays so when new data come
    }  # fmt: skip


def _axis(c: Ink, title: str) -> dict[str, Any]:
    return {
        "title": {"text": title, "font": {"size": 12, "color": c.muted}, "standoff": 6},
        "tickfont": {"size": 12, "color": c.muted},
        "gridcolor": c.grid,
        "linecolor": c.grid,
        "zeroline": False,
        "automargin": True,
    }


def _lines(text: str, width: int = 64) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


# ---- units -----------------------------------------------------------------------------------


def axis_title(unit: Unit, currency: str) -> str:
    """What an axis counts."""
    words = {"tokens": "tokens", "FLOPs": "FLOPs", "time": "seconds of requests"}
    return words.get(unit) or plain(units.clean(currency)) or "money (nothing is billed)"


def tick_format(unit: Unit) -> dict[str, Any]:
    """How an axis writes its numbers."""
    return {"exponentformat": "SI"} if unit == "FLOPs" else {"separatethousands": True}


def written(amounts: Sequence[float | None], unit: Unit, currency: str) -> list[str]:
    """Amounts as the page says them."""
    return [plain(units.said(amount, unit, currency)) for amount in amounts]
