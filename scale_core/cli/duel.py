"""The command line's duels: `python -m scale_core duel | replay`.

Knows their arguments and exit codes. Does not know how a duel looks (cli/duel_show.py), how it is
saved (cli/duel_file.py) or what happens in one; whatever is shown comes from its events.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import threading
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scale_core.cli import engine as cli_engine
from scale_core.cli import prices as cli_prices
from scale_core.cli.duel_file import Watch, read, recorder, writer
from scale_core.cli.main import (
    FAILED,
    INTERRUPTED,
    OK,
    USAGE,
    WRONG,
    _complain,
    _interruptible,
    _ListOptions,
    _problem,
    _unicode,
)
from scale_core.cli.options import UsageError, changes_of_duel
from scale_core.engines.base import Engine
from scale_core.engines.loading import ready
from scale_core.pipeline.options import Options
from scale_core.runs.replay import replay
from scale_core.runs.solve import duel
from scale_core.strategies.lanes import DEFAULT, LANES, lanes_named
from scale_core.strategies.settings import BudgetSpec, Settings
from scale_core.trace import duel as dv
from scale_core.trace.prices import Prices
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage

if TYPE_CHECKING:
    from rich.console import Console

EXITS = """exit codes:
  0  some lane solved it, with the right answer if --answer was given (or it could not be told)
  1  no lane did
  2  bad usage, a problem outside the model's language, or no lane did and one was refused, as
     for too small a budget
  3  the engine, or the program itself, failed
  130  stopped by Ctrl-C; what was spent is printed
"""


# ---- arguments -----------------------------------------------------------------------------


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `duel` and `replay` to the program's commands."""
    looks: dict[str, Any] = {
        "epilog": EXITS,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
    }
    _add_duel(commands.add_parser("duel", help="run several strategies side by side", **looks))
    _add_replay(
        commands.add_parser("replay", help="decide a saved duel again, without a model", **looks)
    )


def _add_duel(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    parser.set_defaults(command=_duel)
    add("problem", help='what to solve; "-" reads standard input; after "--" it may begin with -')
    add("--answer", help="the expected answer: every lane is then graded")
    _add_terms(parser, ",".join(DEFAULT), "4/step")
    add("--seed", type=int, default=0, help="same seed, same duel (default 0)")
    cli_engine.add_to(parser)
    add("--anyway", action="store_true", help="try a problem outside the model's language too")
    cli_prices.add_to(parser)
    add("--out", type=Path, metavar="FILE", help="save every event there, for replay")
    add("--list-options", action=_ListOptions, help="list every switch and lane, then exit")


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_replay)
    parser.add_argument(
        "file", metavar="FILE", help='what duel --out or --json wrote; "-" reads standard input'
    )
    _add_terms(parser, None, None)
    cli_prices.add_to(parser)


def _add_terms(parser: argparse.ArgumentParser, lanes: str | None, budget: str | None) -> None:
    """What a duel and its replay are both told; None: as it was recorded."""
    add = parser.add_argument
    parser.set_defaults(changes=[])
    add(
        "--lanes",
        default=lanes,
        metavar="A,B,...",
        help=f"who runs (default {lanes or 'as recorded'}); there are {', '.join(LANES)}",
    )
    add(
        "--budget",
        default=budget,
        metavar="B",
        help='what each lane may spend: "32" rollouts in all, "4/step" on average or '
        f'"2000 tokens" (default {budget or "as recorded"})',
    )
    add(
        "--set",
        dest="changes",
        action="append",
        metavar="NAME=VALUE",
        help="change one switch of the lanes or of the pipeline; may be given again "
        "(python -m scale_core options lists them)",
    )
    add(
        "--tau",
        dest="changes",
        action="append",
        type="tau={}".format,
        metavar="X",
        help="the threshold above which SCALE thinks slowly: short for --set tau=X",
    )
    add("--json", action="store_true", help="write every event as one line of JSON, nothing else")


@dataclass(frozen=True)
class _Terms:
    """What was asked for, checked as far as it can be before anything runs."""

    lanes: tuple[str, ...] | None
    budget: str | None
    settings: Mapping[str, Any]
    options: Mapping[str, Any]


def _terms(args: argparse.Namespace, recorded: dv.DuelStarted | None = None) -> _Terms:
    """recorded: what the changes are made to; the defaults if None. Raises UsageError."""
    settings, options = changes_of_duel(args.changes)
    lanes = None if args.lanes is None else _names(args.lanes)
    budget = None if args.budget is None else _unicode(args.budget)
    try:
        lanes_named(lanes if lanes is not None else _recorded_lanes(recorded))
        BudgetSpec.read(budget or (recorded.budget if recorded else "")).limit(1)
        Settings().with_({**(recorded.settings if recorded else {}), **settings})
        Options().with_({**(recorded.options if recorded else {}), **options})
    except ValueError as error:
        raise UsageError(str(error)) from None
    return _Terms(lanes, budget, settings, options)


def _recorded_lanes(start: dv.DuelStarted | None) -> list[str]:
    return [lane.name for lane in start.lanes] if start else []


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in _unicode(text).split(",") if (name := part.strip().lower()))


# ---- commands ------------------------------------------------------------------------------


def _duel(args: argparse.Namespace) -> int:
    terms = _terms(args)
    problem, prices = _problem(args.problem), cli_prices.of(args)
    with recorder(args.out) as record, _interruptible() as cancel:
        show = _as_json if args.json else _on_screen
        duel = show(_Play(args, problem, terms, cancel, record, prices))
        return _finish(duel, cancel)


@dataclass(frozen=True)
class _Play:
    """A duel that can be run once, each event recorded before it is watched."""

    args: argparse.Namespace
    problem: str
    terms: _Terms
    cancel: threading.Event
    record: Watch
    prices: Prices

    async def run(self, watch: Watch) -> tuple[dv.Duel, Usage]:
        """The duel and what its engine counted. Raises EngineError if there is no model."""
        duel, engine = dv.Duel(), _engine(self.args)
        try:
            await ready(engine, self.cancel)
            # closed before the engine is: lanes end first, also where nobody reads any more
            async with contextlib.aclosing(self._events(engine)) as events:
                async for event in events:
                    duel.apply(event)
                    self.record(event, duel)
                    watch(event, duel)
            return duel, engine.counters
        finally:
            await engine.close()

    def _events(self, engine: Engine) -> AsyncGenerator[dv.DuelEvent, None]:
        args, terms = self.args, self.terms
        return duel(
            self.problem,
            answer=None if args.answer is None else _unicode(args.answer),
            lanes=terms.lanes or DEFAULT,
            budget=terms.budget or "",
            settings=terms.settings,
            options=terms.options,
            seed=args.seed,
            engine=engine,
            cancel=self.cancel,
            anyway=args.anyway,
        )


def _engine(args: argparse.Namespace) -> Engine:
    return cli_engine.opened(args)


def _as_json(play: _Play) -> dv.Duel:
    duel, counters = asyncio.run(play.run(writer([sys.stdout])))
    if play.cancel.is_set():
        from scale_core.cli import duel_show as cli_duel_show
        from scale_core.cli import run_show as cli_show

        cli_show.console(stderr=True).print(
            cli_duel_show.account(duel, counters, prices=play.prices)
        )
    return duel


def _on_screen(play: _Play) -> dv.Duel:
    from scale_core.cli import duel_show as cli_duel_show
    from scale_core.cli.duel_screen import Screen

    async def watched(screen: Screen) -> tuple[dv.Duel, Usage]:
        beat = asyncio.create_task(screen.beat())
        try:
            return await play.run(screen.show)
        finally:
            beat.cancel()

    out = _terminal()
    with Screen(out) as screen:
        duel, counters = asyncio.run(watched(screen))
    if duel.lanes and any(run.start for run in duel.lanes.values()):
        out.print(cli_duel_show.account(duel, counters, prices=play.prices))
    return duel


def _terminal() -> Console:
    from scale_core.cli import run_show as cli_show

    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="replace")  # a terminal that has no ✓ shows ? instead
    return cli_show.console()


def _replay(args: argparse.Namespace) -> int:
    recorded = read(args.file)
    terms, prices = _terms(args, recorded.start), cli_prices.of(args)
    duel = asyncio.run(
        replay(
            recorded,
            lanes=terms.lanes,
            budget=terms.budget,
            settings=terms.settings,
            options=terms.options,
        )
    )
    if args.json:
        write = writer([sys.stdout])
        for event in duel.events:
            write(event, duel)
    else:
        from scale_core.cli import duel_show as cli_duel_show

        _terminal().print(cli_duel_show.account(duel, before=recorded, prices=prices))
    return _outcome(duel)  # no engine took part: a lane that lacks samples only has no answer


def _finish(duel: dv.Duel, cancel: threading.Event) -> int:
    """The exit code of a duel; refusals and failures are told on stderr."""
    if cancel.is_set():
        return INTERRUPTED
    if duel.status not in ("solved", "unsolved", "refused"):
        message = duel.end.message if duel.end else "it did not end"
        _complain(f"The duel failed: {message or _why(duel, duel.status)}")
        return FAILED
    return _outcome(duel)


def _outcome(duel: dv.Duel) -> int:
    """Whether some lane was right, and if none was, whether that was because it was refused."""
    if any(_right(run) for run in duel.lanes.values()):
        return OK
    if duel.end is not None and duel.end.message:
        _complain(f"{duel.end.message}\nTo try it all the same, add --anyway.")
        return USAGE
    if refusals := _why(duel, "refused"):
        _complain(refusals)
        return USAGE
    return WRONG


def _right(run: Run) -> bool:
    wrong = run.grade is not None and run.grade.verdict == "different"
    return run.status == "solved" and not wrong


def _why(duel: dv.Duel, status: str) -> str:
    """What the lanes that ended so say, those that say the same together."""
    said: dict[str, list[str]] = {}
    for lane in duel.start.lanes if duel.start else ():
        run = duel.lanes[lane.name]
        if run.end is not None and run.status == status:
            said.setdefault(run.end.message, []).append(lane.label)
    return "\n".join(f"{', '.join(labels)}: {message}" for message, labels in said.items())
