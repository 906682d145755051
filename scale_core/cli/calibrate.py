"""The command line's calibration: `python -m scale_core calibrate`.

Knows its arguments, files and exit codes. Does not know how ratings are fitted
(experiments/calibrate.py) or where the result is kept (pipeline/calibration.py).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from scale_core.cli import engine as engines
from scale_core.cli.common import (
    FAILED,
    INTERRUPTED,
    OK,
    Commands,
    UsageError,
    complain,
    in_words,
    interruptible,
    number,
    plain,
    read_problems,
)
from scale_core.cli.options import add_switches, changes_of
from scale_core.engines.loading import ready
from scale_core.experiments import calibrate as lesson
from scale_core.pipeline import calibration
from scale_core.pipeline.calibration import Calibration
from scale_core.pipeline.context import Stop, Stopped
from scale_core.pipeline.options import Options
from scale_core.problem import Problem
from scale_core.runs.lanes import dialect_of

EXPLANATION = """\
Runs both modes on the sub-problems of dev problems and fits how likely System 1 fails where the
model says how hard a sub-problem is; then the threshold. What the majority of System 2 says is
taken for right; problems whose known answer it does not reach are left out. The result is kept for
this model and used by every later run on it.

FILE has one problem a line: {"problem": "...", "answer": "..."}; the answer may be left out."""


def add_to(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "calibrate",
        help="fit a model's ratings to what System 1 gets wrong",
        description=EXPLANATION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_calibrate)
    add = parser.add_argument
    add("--problems", required=True, metavar="FILE", help="the dev problems, a JSONL file")
    engines.add_to(parser)
    usual = lesson.Amounts()
    for name, default, what in (
        ("samples", usual.fast, "System 1 samples of each sub-problem"),
        ("truth", usual.slow, "System 2 samples whose majority is taken for right"),
        ("at-once", usual.at_once, "problems worked on side by side"),
    ):
        add(f"--{name}", type=int, default=default, metavar="N", help=f"{what} (default {default})")
    add("--seed", type=int, default=0, help="same seed, same samples (default 0)")
    add_switches(parser, "the pipeline")
    add("--out", type=Path, metavar="FILE", help="write there instead of where runs look for it")


def _calibrate(args: argparse.Namespace) -> int:
    problems = [posed.problem for posed in read_problems(args.problems)]
    amounts = _amounts(args)
    (changes,) = changes_of(args.changes, Options)
    with in_words():
        options = Options().with_({"calibrated": False, **changes})
    with interruptible() as cancel:
        try:
            fitted, engine = asyncio.run(_fit(args, problems, options, amounts, cancel))
        except Stopped:
            complain("stopped; nothing was written")
            return INTERRUPTED
        except ValueError as error:
            complain(str(error))
            return FAILED
        path = calibration.store(fitted, engine, args.out)
        _show(fitted, path)
        return OK


def _amounts(args: argparse.Namespace) -> lesson.Amounts:
    amounts = lesson.Amounts(args.samples, args.truth, args.at_once)
    if min(amounts.fast, amounts.slow, amounts.at_once) < 1 or max(amounts.fast, amounts.slow) > 64:
        raise UsageError("--samples and --truth are from 1 to 64, --at-once is at least 1")
    return amounts


async def _fit(
    args: argparse.Namespace,
    problems: list[Problem],
    options: Options,
    amounts: lesson.Amounts,
    cancel: threading.Event,
) -> tuple[Calibration, str]:
    """The calibration and the model's name. Raises Stopped, EngineError, ValueError."""
    engine = engines.opened(args)
    try:
        await ready(engine, cancel)
        dialect = dialect_of(engine.info).variant(options.prompts)
        tell = _teller(len(problems))
        findings = await lesson.study(
            problems, engine, dialect, options, amounts, args.seed, Stop(cancel), tell
        )
        how = "attempt" if options.settled(dialect.usual).rating == "attempt" else "asked"
        return lesson.calibrated(findings, how), engine.info.model
    finally:
        spent = engine.counters
        await engine.close()
        counts = f"{number(spent.prompt)} prompt, {number(spent.completion)} completion"
        print(f"tokens: {counts}", file=sys.stderr)


def _teller(problems: int) -> Callable[[lesson.Findings], None]:
    """Tells on stderr how far it is."""
    done = itertools.count(1)

    def tell(findings: lesson.Findings) -> None:
        wrong = sum(not s.right for s in findings.seen)
        what = f"{findings.steps} steps, {len(findings.seen)} samples, {wrong} wrong"
        if findings.reason:
            what += f"; {findings.reason}"
        line = f"{next(done)}/{problems}  {plain(findings.problem.text, 60)}: {what}"
        print(plain(line, 300), file=sys.stderr, flush=True)

    return tell


def _show(fitted: Calibration, path: Path) -> None:
    print("rating  System 1 fails")
    for raw, failed in fitted.points:
        print(f"{raw:6.2f}  {failed:.2f}")
    print(f"threshold {fitted.tau:g}; not checked up to {fitted.trust:g}")
    print(f"{fitted.source}")
    print(f"written to {path}")
