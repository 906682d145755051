"""The command line's `evaluate`: presets or lanes on a set of problems, into a file of rows.

Knows its arguments, files, progress and exit codes. Does not know how a row is made
(experiments/evaluate.py), kept (evaluation_file.py), added up (evaluation_summary.py) or shown
(evaluation.py).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from scale_core.cli import engine as engines
from scale_core.cli import options
from scale_core.cli.common import (
    FAILED,
    INTERRUPTED,
    OK,
    Commands,
    UsageError,
    complain,
    console,
    in_words,
    interruptible,
    number,
    read_problems,
    unicode,
)
from scale_core.cli.evaluation import as_json, report, shown
from scale_core.engines.base import Engine
from scale_core.engines.loading import ready
from scale_core.experiments.evaluate import Evaluation, Row, Terms
from scale_core.experiments.evaluation_file import Header, Kept, Mismatch, RowFile, digest, read
from scale_core.experiments.problem_sets import Posed, chosen
from scale_core.pipeline.context import Stop
from scale_core.pipeline.options import PRESETS, Options, options_for
from scale_core.strategies.lanes import LANES, lanes_named
from scale_core.strategies.settings import BudgetSpec, Caps, Settings

EXPLANATION = """\
Runs every problem of FILE with every preset, or with all lanes side by side on one budget, and
writes a row for each to --out: what was answered, whether that is right, what it cost and what
happened at each step. Then it prints what the rows add up to. Run it again after it was stopped or
killed: what is in the file stays, the rest is done. More problems and presets may be added so.

FILE has one problem a line: {"problem": "...", "answer": "..."}, with "steps" (of a solution by
hand), "source" and "id" if you like; or, named .tsv, problem and answer with a tab between them."""
EXITS = """exit codes:
  0  every row is there
  2  bad usage, or an --out whose earlier part has other terms
  3  the engine, or the program itself, failed, or some row says that it did (--retry-failed)
  130  stopped by Ctrl-C; the same command goes on
"""
BUDGET = "4/step"
EVERY = 10.0
"""Seconds between two lines of progress where nothing can be redrawn."""


def add_to(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="measure presets or lanes on a set of problems",
        description=EXPLANATION,
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_evaluate)
    add = parser.add_argument
    add("file", nargs="?", metavar="FILE", help="the problems, with their answers")
    add("--out", type=Path, metavar="OUT", help="the file of rows; one that is there goes on")
    add("--report", type=Path, metavar="OUT", help="only print what such a file adds up to")
    add(
        "--presets",
        metavar="A,B,...",
        help=f"which (default scale); there are {', '.join(PRESETS)}",
    )
    add("--lanes", metavar="A,B,...", help=f"lanes instead; there are {', '.join(LANES)}")
    add("--budget", metavar="B", help=f'of each lane: "32", "4/step", "2000 tokens" ({BUDGET})')
    add("--limit", type=int, metavar="N", help="only so many problems")
    add("--offset", type=int, default=0, metavar="N", help="leave out the first N")
    add("--steps", type=int, metavar="K", help="only problems of K steps")
    add("--seed", type=int, default=0, help="same seed, same rows (default 0)")
    add("--at-once", type=int, default=8, metavar="N", help="runs side by side (default 8)")
    add("--anyway", action="store_true", help="try problems outside the model's language too")
    add("--retry-failed", action="store_true", help="run again what failed in the earlier part")
    add("--json", action="store_true", help="print the summary as JSON")
    options.add_tau(parser)
    options.add_caps(parser)
    options.add_switches(parser, "the pipeline or of the lanes")
    engines.add_to(parser)


def _evaluate(args: argparse.Namespace) -> int:
    if args.report is not None:
        if args.file is not None or args.out is not None:
            raise UsageError("--report reads one file and runs nothing: give no other")
        with _file_errors(args.report):
            kept = read(args.report)
        if not kept.rows:
            raise UsageError(f"{unicode(str(args.report))} has no rows")
        _print(args, kept)
        return OK
    asked = _asked(args)
    with interruptible() as cancel:
        kept = asyncio.run(_run(args, asked, cancel))
        if kept.rows:
            _print(args, kept)
        if cancel.is_set():
            complain(f"Stopped; the same command goes on from {args.out}.")
            return INTERRUPTED
    failures = sum(row.outcome == "failed" for row in kept.rows.values())
    if failures:
        complain(f"{failures} of {len(kept.rows)} rows failed; --retry-failed runs them again.")
    return FAILED if failures else OK


def _print(args: argparse.Namespace, kept: Kept) -> None:
    found = report(kept)
    if args.json:
        print(json.dumps(as_json(found)))
    else:
        console().print(shown(found))


@contextlib.contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    name = unicode(str(path))
    try:
        yield
    except Mismatch as error:
        raise UsageError(f"{name}: {error}. It is left as it is.") from None
    except OSError as error:
        raise UsageError(f"{name} cannot be used: {error.strerror}") from None


# ---- what is asked -------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What to run, checked as far as it can be before there is an engine. `digest`: of the whole
    set, of which `problems` may be a part."""

    problems: list[Posed]
    digest: str
    strategies: tuple[str, ...]
    terms: Terms
    caps: Caps


def _asked(args: argparse.Namespace) -> Asked:
    if args.file is None or args.out is None:
        raise UsageError("evaluate needs a file of problems and --out, or --report")
    if min(args.at_once, 1 if args.limit is None else args.limit) < 1 or args.offset < 0:
        raise UsageError("--at-once and --limit are at least 1, --offset at least 0")
    settings, changes = options.changes_of(args.changes, Settings, Options)
    caps = options.caps_of(args)
    strategies, budget = _strategies(args, changes, caps)
    with in_words():
        Settings().with_(settings)
    every = read_problems(args.file)
    problems = chosen(every, steps=args.steps, offset=args.offset, limit=args.limit)
    if not problems:
        raise UsageError("no problem is left: see --steps, --offset and --limit")
    if lacking := [p for p in problems if p.problem.expected is None]:
        raise UsageError(f"problem {lacking[0].number + 1} has no answer to hold a run against")
    terms = Terms(budget, changes, settings, args.seed, args.anyway)
    return Asked(problems, digest(every), strategies, terms, caps)


def _strategies(
    args: argparse.Namespace, changes: dict[str, object], caps: Caps
) -> tuple[tuple[str, ...], str | None]:
    """Presets, or lanes and their budget."""
    if args.lanes is None:
        if args.budget is not None:
            raise UsageError("--budget is what each of --lanes may spend")
        names = options.names(args.presets or "scale")
        with in_words():
            for name in names:
                options_for(name, changes)
        if len(set(names)) < len(names):
            raise UsageError("a preset is named twice")
        return names, None
    if args.presets is not None:
        raise UsageError("give either --presets or --lanes")
    names, budget = options.names(args.lanes), unicode(args.budget or BUDGET)
    with in_words():
        lanes_named(names)
        BudgetSpec.read(budget, caps).limit(1)
        Options().with_(changes)
    return names, budget


# ---- running -------------------------------------------------------------------------------


async def _run(args: argparse.Namespace, asked: Asked, cancel: threading.Event) -> Kept:
    """The file's rows in the end. Raises UsageError, EngineError if there is no model."""
    engine = engines.opened(args)
    try:
        await ready(engine, cancel)
        if cancel.is_set():
            return Kept()
        with _file_errors(args.out):
            header = _header(args, asked, engine)
            file = RowFile(args.out, header)
        with file:
            await _fill(args, asked, engine, file, cancel)
        with _file_errors(args.out):
            return read(args.out)
    finally:
        spent = engine.counters
        await engine.close()
        counts = f"{number(spent.prompt)} prompt, {number(spent.completion)} completion"
        print(f"tokens: {counts}", file=sys.stderr)


def _header(args: argparse.Namespace, asked: Asked, engine: Engine) -> Header:
    info = engine.info
    name = unicode(Path(args.file).name)
    return Header(name, asked.digest, info.name, info.model, asked.terms, asked.strategies)


async def _fill(
    args: argparse.Namespace, asked: Asked, engine: Engine, file: RowFile, cancel: threading.Event
) -> None:
    again = args.retry_failed
    done = {key for key, r in file.rows.items() if not (again and r.outcome == "failed")}
    evaluation = Evaluation(asked.problems, asked.strategies, asked.terms, engine, asked.caps)
    total = len(asked.problems) * len(asked.strategies)
    there = sum((p.number, name) in done for p in asked.problems for name in asked.strategies)
    with _Meter(total, there) as meter:

        def on_row(row: Row) -> None:
            file.add(row)
            meter.add(row)

        await evaluation.run(on_row, done=done, at_once=args.at_once, cancel=Stop(cancel))


class _Meter(contextlib.AbstractContextManager["_Meter"]):
    """How far it is, on stderr: rows, how many are right, rate and time left. A bar on a terminal,
    now and then a line elsewhere."""

    def __init__(self, total: int, there: int) -> None:
        self._total, self._there, self._made = total, there, 0
        self._outcomes = Counter[str]()
        self._began = self._told = monotonic()
        out = console(stderr=True)
        self._bar: Progress | None = None
        self._task = TaskID(0)
        if out.is_terminal:
            self._bar = Progress(
                BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), console=out
            )
            self._task = self._bar.add_task("", total=total, completed=there)

    def add(self, row: Row) -> None:
        self._made += 1
        self._outcomes[row.outcome] += 1
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, description=self._line)
        elif monotonic() - self._told >= EVERY or self._done == self._total:
            self._tell()

    @property
    def _done(self) -> int:
        return self._there + self._made

    @property
    def _line(self) -> str:
        rate = self._made / max(1e-9, monotonic() - self._began)
        left = (self._total - self._done) / rate if rate else 0.0
        right = self._outcomes["right"] / max(1, self._made)
        return f"{right:.0%} right · {_rate(rate)} · {_time(left)} left"

    def _tell(self) -> None:
        self._told = monotonic()
        print(f"{self._done} of {self._total} rows · {self._line}", file=sys.stderr, flush=True)

    def __enter__(self) -> _Meter:
        if self._there:
            print(f"{self._there} of {self._total} rows are there already", file=sys.stderr)
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def _rate(rate: float) -> str:
    return f"{rate:.1f} a second" if rate >= 1 else f"{60 * rate:.1f} a minute"


def _time(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
