"""The command line's look back on a saved duel: `python -m scale_core lookback`.

Knows its arguments, exit codes and JSON, and how regrets, the frontier, the best plan and the sweep
look: with the numbers and sentences of the page (views/hindsight.py). Does not know how a
duel is read (common.py) or how hindsight and the sweep are computed (experiments).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scale_core.cli import engine as engines
from scale_core.cli import figure
from scale_core.cli.common import (
    INTERRUPTED,
    NOTHING,
    OK,
    Commands,
    UsageError,
    columns,
    complain,
    console,
    interruptible,
    plain_numbers,
    read,
    text,
)
from scale_core.engines.base import Engine
from scale_core.engines.cancel import Flag
from scale_core.engines.loading import ready
from scale_core.experiments import hindsight as hs
from scale_core.experiments import sweep as sw
from scale_core.pipeline.context import Stopped
from scale_core.runs.lanes import described, dialect_of
from scale_core.trace import duel as dv
from scale_core.trace.redaction import Redaction
from scale_core.views import hindsight as views
from scale_core.views.units import proportion

UNKNOWN = 1
ROWS = 16
SIDES = {"above": "yellow", "on": "green"}
EXITS = """exit codes:
  0  looked back
  1  there is no hindsight for this duel, as its right values are not known, or its plan is wrong;
     the sweep is shown all the same
  2  bad usage, a file that holds no duel, or a duel of another model
  3  the engine, or the program itself, failed
  130  stopped by Ctrl-C
"""
Progress = Callable[[int, int], None]


def add_to(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `lookback` to the program's commands."""
    parser = commands.add_parser(
        "lookback",
        help="how far each lane of a saved duel was from the best possible, and what tau buys",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_lookback)
    add = parser.add_argument
    add("file", metavar="FILE", help='what duel --out or --json wrote; "-" reads standard input')
    add(
        "--samples",
        type=_count,
        default=hs.SAMPLES,
        metavar="N",
        help="recorded of each mode and sub-problem with right inputs "
        f"(default {hs.SAMPLES}); what the duel lacks is generated",
    )
    add("--draws", type=_count, default=hs.REPEATS, metavar="N",
        help=f"of each lane from the recorded samples (default {hs.REPEATS})")  # fmt: skip
    add("--no-sweep", action="store_true", help="only hindsight, no sweep of the threshold tau")
    add("--json", action="store_true", help="write one JSON object, nothing else")
    figure.add_to(parser)
    engines.add_to(parser)


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 1000:
        raise argparse.ArgumentTypeError("must be a whole number between 1 and 1000")
    return count


@dataclass(frozen=True)
class Found:
    """What looking back gave. unavailable: why there is no hindsight, empty if there is."""

    duel: dv.Duel
    hindsight: hs.Hindsight | None = None
    unavailable: str = ""
    sweep: sw.Sweep | None = None


def _lookback(args: argparse.Namespace) -> int:
    recorded = read(args.file)
    figure.check(args)
    with interruptible() as cancel:
        try:
            found = asyncio.run(_find(args, recorded, cancel))
        except Stopped:
            complain("Stopped.")
            return INTERRUPTED
    if args.json:
        print(json.dumps(as_json(found)))
    else:
        _show(found)
    if args.figure is not None:
        from scale_core.views import figures

        sheets = figures.looking_back(found.duel, found.hindsight, found.sweep)
        figure.save(args, found.duel, sheets)
    return UNKNOWN if found.unavailable else OK


async def _find(args: argparse.Namespace, recorded: dv.Duel, cancel: Flag) -> Found:
    """Raises UsageError, Stopped, EngineError."""
    engine = engines.opened(args)
    try:
        await ready(engine, cancel)
        _same_model(recorded, engine)
        dialect = dialect_of(engine.info)
        look, why = None, ""
        try:
            with _told("Looking back: draw") as progress:
                look = await hs.hindsight(
                    recorded, engine, dialect=dialect, samples=args.samples, repeats=args.draws,
                    cancel=cancel, progress=progress,
                )  # fmt: skip
        except hs.Unavailable as error:
            why = str(error)
        if args.no_sweep:
            return Found(recorded, look, why)
        with _told("Sweeping τ: run") as progress:
            swept = await sw.sweep(
                recorded, engine, dialect=dialect, cancel=cancel, progress=progress
            )
        return Found(recorded, look, why, swept)
    finally:
        await engine.close()


def _same_model(recorded: dv.Duel, engine: Engine) -> None:
    """Raises UsageError: samples of two models do not belong together."""
    was = recorded.start.engine.get("model") if recorded.start else None
    if was is None:
        raise UsageError("this duel has not started")
    here = Redaction().engine(described(engine.info))["model"]  # as events name it
    if was not in (engine.info.model, here):
        raise UsageError(
            f"this duel was recorded on {was}, and the model here is {engine.info.model}: choose "
            "its model with --model or --engine"
        )


@contextlib.contextmanager
def _told(words: str) -> Iterator[Progress]:
    """How far it is, on a terminal only, and not on standard output."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield lambda done, total: None
        return
    with out.status(f"{words} …") as status:
        yield lambda done, total: status.update(f"{words} {done} of {total}")


def _show(found: Found) -> None:
    out = console()
    if found.hindsight is not None:
        out.print(hindsight(found.hindsight, found.duel))
    else:
        out.print(text(f"No hindsight: {found.unavailable}.", "yellow"))
    if found.sweep is not None:
        out.print(sweep(found.sweep, found.duel))


# ---- JSON ----------------------------------------------------------------------------------


def as_json(found: Found) -> dict[str, Any]:
    """One JSON-ready object; `hindsight` and `sweep` are null where there is none."""
    start = found.duel.start
    return {
        "duel": start.duel if start else None,
        "unavailable": found.unavailable or None,
        "hindsight": None if found.hindsight is None else dataclasses.asdict(found.hindsight),
        "sweep": None if found.sweep is None else _sweep_json(found.sweep),
    }


def _sweep_json(swept: sw.Sweep) -> dict[str, Any]:
    """Without the runs themselves: only what they answered and cost."""
    points = [
        {
            "low": p.low, "high": p.high, "slow": list(p.slow), "tokens": p.tokens,
            "right": p.right, "agree": p.agree,
            "answers": [run.answer.answer if run.answer else None for run in p.runs],
        }
        for p in swept.points
    ]  # fmt: skip
    return {
        "points": points, "chosen": swept.chosen, "tau": swept.tau,
        "rating_tokens": swept.rating_tokens, "difficulty": dict(swept.difficulty),
        "repeats": swept.repeats,
    }  # fmt: skip


# ---- tables --------------------------------------------------------------------------------


def hindsight(look: hs.Hindsight, duel: dv.Duel) -> RenderableType:
    """Regrets with a sentence each, what is known of each sub-problem, the frontier."""
    view = views.frontier(look, duel)
    said = [_line(lane["sentence"], SIDES.get(lane["side"], "")) for lane in view["lanes"]]
    notes = [_line(plain_numbers(note), "dim") for note in view["notes"]]
    title = Text("What should have been done?", "bold")
    return Group(title, _regrets(view), *said, _steps(view), _curve(view), *notes)


def _line(sentence: str, style: str = "") -> RenderableType:
    """Indented, also where it is broken."""
    return Padding(text(plain_numbers(sentence), style), (0, 0, 0, 2))


def _regrets(view: dict[str, Any]) -> Table:
    numbers = ("right", "95%", "tokens", "too many", "points short")
    table = columns("lane", *numbers, "best for its tokens", right=numbers)
    for lane in view["lanes"]:
        best = lane["best"]
        table.add_row(
            text(lane["label"], "bold", 24),
            text(lane["right"]),
            text(lane["right_range"]),
            text(plain_numbers(lane["spent"])),
            text(plain_numbers(lane["tokens"])),
            text(lane["points"]),
            text(NOTHING if best is None else f"{proportion(best[1])} for {best[0]:,.0f}"),
        )
    return table


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


def sweep(found: sw.Sweep, duel: dv.Duel) -> RenderableType:
    """A row for each interval of tau, the one in force marked."""
    view = views.sweep(found, duel)
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
