"""The command line's look back on a saved duel: `python -m scale_core lookback`.

Knows its arguments, exit codes and JSON. Does not know how a duel is read (cli/duel_file.py), how
hindsight and the sweep are computed (experiments) or how they look (cli/lookback_show.py).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from scale_core.cli import engine as cli_engine
from scale_core.cli.duel_file import read
from scale_core.cli.main import INTERRUPTED, OK, _complain, _interruptible
from scale_core.cli.options import UsageError
from scale_core.engines.base import Engine
from scale_core.engines.cancel import Flag
from scale_core.engines.loading import ready
from scale_core.experiments import hindsight as hs
from scale_core.experiments import sweep as sw
from scale_core.pipeline.context import Stopped
from scale_core.runs.lanes import dialect_of
from scale_core.trace import duel as dv

UNKNOWN = 1
EXITS = """exit codes:
  0  looked back
  1  there is no hindsight for this duel, as its right values are not known, or its plan is wrong;
     the sweep is shown all the same
  2  bad usage, a file that holds no duel, or a duel of another model
  3  the engine, or the program itself, failed
  130  stopped by Ctrl-C
"""
Progress = Callable[[int, int], None]


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
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
    cli_engine.add_to(parser)


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
    with _interruptible() as cancel:
        try:
            found = asyncio.run(_find(args, recorded, cancel))
        except Stopped:
            _complain("Stopped.")
            return INTERRUPTED
    if args.json:
        print(json.dumps(as_json(found)))
    else:
        _show(found)
    return UNKNOWN if found.unavailable else OK


async def _find(args: argparse.Namespace, recorded: dv.Duel, cancel: Flag) -> Found:
    """Raises UsageError, Stopped, EngineError."""
    engine = cli_engine.opened(args)
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
    if was != engine.info.model:
        raise UsageError(
            f"this duel was recorded on {was}, and the model here is {engine.info.model}: choose "
            "its model with --model or --engine"
        )


@contextlib.contextmanager
def _told(words: str) -> Iterator[Progress]:
    """How far it is, on a terminal only, and not on standard output."""
    from scale_core.cli.run_show import console

    out = console(stderr=True)
    if not out.is_terminal:
        yield lambda done, total: None
        return
    with out.status(f"{words} …") as status:
        yield lambda done, total: status.update(f"{words} {done} of {total}")


def _show(found: Found) -> None:
    from scale_core.cli import lookback_show as cli_lookback_show
    from scale_core.cli.run_show import console

    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="replace")  # a terminal that has no τ shows ? instead
    out = console()
    if found.hindsight is not None:
        out.print(cli_lookback_show.hindsight(found.hindsight, found.duel))
    else:
        out.print(cli_lookback_show.unavailable(found.unavailable))
    if found.sweep is not None:
        out.print(cli_lookback_show.sweep(found.sweep, found.duel))


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
