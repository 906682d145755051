"""The commands that run lanes: `solve` (one, without a limit), `duel` (several, on one budget) and
`replay` (a saved duel, decided again without a model), with one screen while they run.

Knows their arguments and exit codes, what is redrawn on a terminal and what is worth a line
elsewhere. Does not know how lanes look (show.py), how they are saved (common.py) or what happens in
them; whatever is shown comes from their events.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from scale_core.cli import common, figure, options, show, stored
from scale_core.cli import engine as engines
from scale_core.cli.common import (
    FAILED,
    INTERRUPTED,
    OK,
    USAGE,
    WRONG,
    Commands,
    complain,
    console,
    in_words,
    interruptible,
    problem_text,
    text,
    unicode,
)
from scale_core.engines.loading import ready
from scale_core.pipeline.options import PRESETS, Options, options_for
from scale_core.runs.lanes import DETAIL, lane_of, run_lanes
from scale_core.runs.replay import replay
from scale_core.store.recorder import Recording
from scale_core.strategies.lanes import DEFAULT, LANES, lanes_named
from scale_core.strategies.settings import BudgetSpec, Caps, Settings
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage

RATE = 8
"""Times a second that a terminal is redrawn, at most."""


class Screen:
    """Lanes as they go: redrawn in place on a terminal, line by line elsewhere."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._live = Live(console=out, auto_refresh=False, transient=True)
        self._duel: dv.Duel | None = None
        self._began = monotonic()
        self._said: set[str] = set()

    @contextlib.asynccontextmanager
    async def on(self) -> AsyncIterator[Screen]:
        """Redrawn again and again while this lasts, if it is a terminal."""
        if not self._out.is_terminal:
            yield self
            return
        with self._live:
            beat = asyncio.create_task(self._beat())
            try:
                yield self
            finally:
                beat.cancel()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(1 / RATE)
            self._draw()

    def _draw(self) -> None:
        """Nothing is drawn of lanes before one has begun: all may be refused."""
        duel = self._duel
        if duel is not None and any(run.start for run in duel.lanes.values()):
            self._live.update(Group(*_picture(duel, monotonic() - self._began)), refresh=True)

    def watch(self, event: dv.DuelEvent, duel: dv.Duel) -> None:
        """Called after each event; `duel` has it already."""
        if isinstance(event, dv.DuelStarted):
            self._duel, self._began = duel, monotonic()
        line = None if self._out.is_terminal else _line(event, duel)
        if line is not None and line.plain not in self._said:
            self._said.add(line.plain)
            self._out.print(line)


def _picture(duel: dv.Duel, elapsed: float) -> tuple[RenderableType, ...]:
    if run := show.alone(duel):
        return show.strip(run), show.now(run), show.steps(run), *show.notes(duel)
    return show.caption(duel), show.board(duel, elapsed)


def _line(event: dv.DuelEvent, duel: dv.Duel) -> Text | None:
    """What is worth a line where nothing can be redrawn."""
    alone = show.alone(duel) is not None
    match event:
        case dv.DuelPlanned() if not alone:
            return text(f"plan: {event.steps} sub-problems, {show.terms(duel)}")
        case dv.LaneEvent(event=ev.Progress() as progress):
            lane = "" if alone else f"{event.lane}: "
            return text(f"{lane}{progress.phase}: {progress.text}")
        case dv.LaneEvent(event=ev.RunEnded()) if not alone:
            return show.ended(duel, event.lane)
    return None


EXITS = """exit codes:
  0  solved, or right if --answer was given (also where it could not be told); of several lanes,
     some lane was
  1  wrong, or no answer was found
  2  bad usage, a problem outside the model's language, or no lane solved it and one was refused,
     as for too small a budget
  3  the engine, or the program itself, failed
  130  stopped by Ctrl-C; what was spent is printed
"""


# ---- arguments -----------------------------------------------------------------------------


def add_to(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `solve`, `duel` and `replay` to the program's commands."""
    for name, add, help in (
        ("solve", _add_solve, "solve a problem and watch"),
        ("duel", _add_duel, "run several strategies side by side"),
        ("replay", _add_replay, "decide a saved duel again, without a model"),
    ):
        looks = argparse.RawDescriptionHelpFormatter
        parser = commands.add_parser(name, help=help, epilog=EXITS, formatter_class=looks)
        add(parser)
        options.add_tau(parser)
        options.add_prices(parser)
        common.add_graph(parser)
        figure.add_to(parser)
        parser.add_argument(
            "--json", action="store_true", help="write every event as one line of JSON, no more"
        )


def _add_solve(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _add_problem(parser)
    parser.set_defaults(command=_live, asked=_solve, lanes=None, budget=None, out=None)
    add("--preset", default="scale", choices=tuple(PRESETS), help="named switches (default scale)")
    add(
        "--faithful",
        action="store_const",
        const="faithful",
        dest="preset",
        help="SCALE as published: short for --preset faithful",
    )
    options.add_switches(parser, "the pipeline")


def _add_duel(parser: argparse.ArgumentParser) -> None:
    _add_problem(parser)
    parser.set_defaults(command=_live, asked=_duel)
    _add_terms(parser, ",".join(DEFAULT), "4/step")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="save every event there, for replay"
    )


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_replay)
    parser.add_argument(
        "file", metavar="FILE", help='what duel --out or --json wrote; "-" reads standard input'
    )
    _add_terms(parser, None, None)


def _add_problem(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("problem", help='what to solve; "-" reads standard input; after "--" it may begin with -')
    add("--answer", help="the expected answer: the result is then graded")
    add("--seed", type=int, default=0, help="same seed, same run (default 0)")
    add("--anyway", action="store_true", help="try a problem outside the model's language too")
    add("--list-options", action=options.ListOptions, help="list every switch, preset and lane")
    stored.add_data(parser)
    engines.add_to(parser)


def _add_terms(parser: argparse.ArgumentParser, lanes: str | None, budget: str | None) -> None:
    """What a duel and its replay are both told; None: as it was recorded."""
    add = parser.add_argument
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
    options.add_caps(parser)
    options.add_switches(parser, "the lanes or of the pipeline")


@dataclass(frozen=True)
class Asked:
    """What was asked for, checked as far as it can be before anything runs. Of a replay, None and
    what is not named: as recorded. budget: None also means no limit."""

    lanes: tuple[str, ...] | None
    budget: str | None
    options: Mapping[str, Any]
    settings: Mapping[str, Any]
    caps: Caps = Caps()


def _solve(args: argparse.Namespace) -> Asked:
    (changes,) = options.changes_of(args.changes, Options)
    with in_words():
        options_for(args.preset, changes)
        return Asked((lane_of(args.preset, changes),), None, changes, {})


def _duel(args: argparse.Namespace, recorded: dv.DuelStarted | None = None) -> Asked:
    """recorded: what the changes are made to; the defaults if None."""
    settings, changes = options.changes_of(args.changes, Settings, Options)
    lanes = None if args.lanes is None else options.names(args.lanes)
    budget = None if args.budget is None else unicode(args.budget)
    caps = options.caps_of(args)
    with in_words():
        before = [lane.name for lane in recorded.lanes] if recorded else []
        lanes_named(lanes if lanes is not None else before)
        if budget is not None:
            BudgetSpec.read(budget, caps).limit(1)
        elif recorded and recorded.budget:
            BudgetSpec.read(recorded.budget)
        Settings().with_({**(recorded.settings if recorded else {}), **settings})
        Options().with_({**(recorded.options if recorded else {}), **changes})
    return Asked(lanes, budget, changes, settings, caps)


# ---- commands ------------------------------------------------------------------------------


def _live(args: argparse.Namespace) -> int:
    """`solve` and `duel`."""
    asked: Asked = args.asked(args)
    problem, prices = problem_text(args.problem), options.prices_of(args)
    figure.check(args)
    with (
        common.graph_saver(args.graph) as save,
        common.recorder(args.out) as record,
        stored.storing(args.data) as recording,
        interruptible() as cancel,
    ):
        play = _Play(args, asked, problem, cancel, record, recording)
        duel = asyncio.run((_as_json if args.json else _on_screen)(play, prices))
        save(show.alone(duel) or duel)
        figure.lanes(args, duel, prices)
        return _finish(duel, cancel)


@dataclass(frozen=True)
class _Play:
    """Lanes that can be run once, each event recorded before it is watched."""

    args: argparse.Namespace
    asked: Asked
    problem: str
    cancel: threading.Event
    record: common.Watch
    recording: Recording | None

    async def run(self, watch: common.Watch) -> tuple[dv.Duel, Usage]:
        """What happened and what the engine counted. Raises EngineError if there is no model."""
        args, asked, duel = self.args, self.asked, dv.Duel()
        engine = engines.opened(args)
        try:
            await ready(engine, self.cancel)
            events = run_lanes(
                self.problem,
                asked.lanes or DEFAULT,
                asked.budget,
                answer=None if args.answer is None else unicode(args.answer),
                preset=getattr(args, "preset", "scale"),
                options=asked.options,
                settings=asked.settings,
                seed=args.seed,
                engine=engine,
                cancel=self.cancel,
                anyway=args.anyway,
                caps=asked.caps,
                detail=DETAIL if asked.budget is None else 0,
            )
            # closed before the engine is: lanes end first, also where nobody reads any more
            async with stored.stored(events, self.recording) as kept:
                async for event in kept:
                    duel.apply(event)
                    self.record(event, duel)
                    watch(event, duel)
            return duel, engine.counters
        finally:
            await engine.close()


async def _as_json(play: _Play, prices: Prices) -> dv.Duel:
    write = common.run_writer if play.asked.budget is None else common.writer
    duel, counters = await play.run(write(sys.stdout))
    if play.cancel.is_set():
        console(stderr=True).print(show.account(duel, counters, prices=prices))
    return duel


async def _on_screen(play: _Play, prices: Prices) -> dv.Duel:
    out = console()
    async with Screen(out).on() as screen:
        duel, counters = await play.run(screen.watch)
    refused = show.alone(duel) is not None and duel.status == "refused"
    if any(run.start for run in duel.lanes.values()) and not refused:
        out.print(show.account(duel, counters, prices=prices))
    return duel


def _replay(args: argparse.Namespace) -> int:
    recorded = common.read(args.file)
    asked, prices = _duel(args, recorded.start), options.prices_of(args)
    figure.check(args)
    with common.graph_saver(args.graph) as save:
        duel = asyncio.run(
            replay(
                recorded,
                lanes=asked.lanes,
                budget=asked.budget,
                settings=asked.settings,
                options=asked.options,
                caps=asked.caps,
            )
        )
        save(show.alone(duel) or duel)
    if args.json:
        write = common.writer(sys.stdout)
        for event in duel.events:
            write(event, duel)
    else:
        console().print(show.account(duel, before=recorded, prices=prices))
    figure.lanes(args, duel, prices)
    return _outcome(duel)  # no engine took part: a lane that lacks samples only has no answer


# ---- exit codes ----------------------------------------------------------------------------


def _finish(duel: dv.Duel, cancel: threading.Event) -> int:
    """The exit code; refusals and failures are told on stderr."""
    if cancel.is_set():
        return INTERRUPTED
    if duel.status not in ("solved", "unsolved", "refused"):
        message = duel.end.message if duel.end else "it did not end"
        complain(f"The run failed: {message or _why(duel, duel.status)}")
        return FAILED
    return _outcome(duel)


def _outcome(duel: dv.Duel) -> int:
    """Whether some lane was right, and if none was, whether that was because it was refused."""
    if any(_right(run) for run in duel.lanes.values()):
        return OK
    if duel.end is not None and duel.end.message:
        complain(f"{duel.end.message}\nTo try it all the same, add --anyway.")
        return USAGE
    if refusals := _why(duel, "refused"):
        complain(refusals)
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
    if show.alone(duel):
        return "\n".join(said)
    return "\n".join(f"{', '.join(labels)}: {message}" for message, labels in said.items())
