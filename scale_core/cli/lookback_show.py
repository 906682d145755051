"""How the command line shows a look back: regrets, the frontier, the best plan, the sweep.

Knows terminals, and that text from models is hostile: it is shown as text, never as markup. Its
numbers and sentences are those of the page (views.frontier, views.sweep). Every function is pure.
"""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scale_core.cli.duel_ledger import columns
from scale_core.cli.run_show import text
from scale_core.experiments.hindsight import Hindsight
from scale_core.experiments.sweep import Sweep
from scale_core.trace import duel as dv
from scale_core.views.hindsight import frontier
from scale_core.views.hindsight import sweep as sweep_view
from scale_core.views.units import proportion

ROWS = 16
SIDES = {"above": "yellow", "on": "green"}


def unavailable(why: str) -> RenderableType:
    return text(f"No hindsight: {why}.", "yellow")


def hindsight(look: Hindsight, duel: dv.Duel) -> RenderableType:
    """Regrets with a sentence each, what is known of each sub-problem, the frontier."""
    view = frontier(look, duel)
    said = [_line(lane["sentence"], SIDES.get(lane["side"], "")) for lane in view["lanes"]]
    notes = [_line(_plain(note), "dim") for note in view["notes"]]
    title = Text("What should have been done?", "bold")
    return Group(title, _regrets(view), *said, _steps(view), _curve(view), *notes)


def _line(sentence: str, style: str = "") -> RenderableType:
    """Indented, also where it is broken."""
    return Padding(text(_plain(sentence), style), (0, 0, 0, 2))


def _regrets(view: dict[str, Any]) -> Table:
    numbers = ("right", "95%", "tokens", "too many", "points short")
    table = columns("lane", *numbers, "best for its tokens", right=numbers)
    for lane in view["lanes"]:
        best = lane["best"]
        table.add_row(
            text(lane["label"], "bold", 24),
            text(lane["right"]),
            text(lane["right_range"]),
            text(_plain(lane["spent"])),
            text(_plain(lane["tokens"])),
            text(lane["points"]),
            text("–" if best is None else f"{proportion(best[1])} for {best[0]:,.0f}"),
        )
    return table


def _plain(number: str) -> str:
    """Thousands as everywhere on the command line."""
    return number.replace("\u2009", ",")


def _steps(view: dict[str, Any]) -> Table:
    """Chances and costs that only hindsight knows."""
    numbers = ("System 1 right", "tokens", "System 2 right", "tokens ")
    table = columns("step", "sub-problem", "right value", *numbers, right=numbers)
    for step in view["steps"]:
        table.add_row(
            text(step["name"], "bold"),
            text(step["label"]),
            text(step["right"]),
            text(proportion(step["p"][0])),
            text(f"{step['c'][0]:g}"),
            text(proportion(step["p"][1])),
            text(f"{step['c'][1]:g}"),
        )
    return table


def _curve(view: dict[str, Any]) -> Table:
    """The frontier, at most ROWS of its points, the ends among them."""
    table = columns("frontier: tokens", "right", "with", right=("frontier: tokens", "right"))
    count = len(view["line"])
    size = min(ROWS, count)
    for i in sorted({round(k * (count - 1) / max(1, size - 1)) for k in range(size)}):
        cost, success = view["line"][i]
        named = zip((s["name"] for s in view["steps"]), view["policies"][i], strict=True)
        table.add_row(
            text(f"{cost:,.0f}"),
            text(proportion(success)),
            text("; ".join(f"{name} {policy}" for name, policy in named)),
        )
    return table


def sweep(found: Sweep, duel: dv.Duel) -> RenderableType:
    """A row for each interval of tau, the one in force marked."""
    view = sweep_view(found, duel)
    share = "right" if view["measure"] == "right" else "agree"
    numbers = ("tokens", share, "95%")
    table = columns("", "threshold", "thinking slowly", *numbers, right=numbers)
    for point in view["points"]:
        low, high = point["range"]
        spent = f"{point['x']:,.0f}"
        if point["rated"] is not None:
            spent += f" + {view['rating']:,}"
        style = "bold" if point["chosen"] else ""
        table.add_row(
            text("▸" if point["chosen"] else " ", "bold"),
            text(point["tau"], style),
            text(point["slow"], style),
            text(spent, style),
            text(point["share"], style),
            text(f"{proportion(low)} to {proportion(high)}"),
        )
    said = [_line(sentence) for sentence in view["sentences"]]
    return Group(Text(""), Text("What does the threshold τ buy?", "bold"), table, *said)
