"""The command line: `python -m scale_core solve | duel | replay | lookback | calibrate | ...`.

Knows arguments, exit codes and Ctrl-C. Does not know how a run looks (cli/run_show.py) or what
happens in one, nor what its switches are (cli/options.py); whatever it shows or writes comes from
the run's events.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from scale_core import __version__
from scale_core.cli import engine as cli_engine
from scale_core.cli import prices as cli_prices
from scale_core.cli.options import UsageError, changes_of
from scale_core.engines.base import EngineError
from scale_core.engines.loading import ready
from scale_core.pipeline.options import PRESETS, options_for
from scale_core.runs.solve import solve
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices
from scale_core.trace.run import Run

OK, WRONG, USAGE, FAILED, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141
LONGEST_INPUT = 100_000
EXITS = """exit codes:
  0  solved, or right if --answer was given (also where it could not be told)
  1  wrong, or no answer was found
  2  bad usage, or a problem outside the model's language
  3  the engine, or the program itself, failed
  130  stopped by Ctrl-C; what was spent is printed
"""

Watch = Callable[[ev.Event, Run], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code; argparse exits by itself on bad usage (2)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] == ["train"]:
            return _train(arguments[1:])
        if arguments[:1] == ["grade"]:  # its answers may look like options
            args = _parser().parse_args(arguments)
        else:
            args = cli_engine.parse(_parser(), arguments)
        return int(args.command(args))
    except UsageError as error:
        _complain(str(error))
        return USAGE
    except EngineError as error:
        _complain(f"The model could not be used: {error}")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes stdout once more at exit, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception:  # a bug of ours: exit code 1 would say "wrong"
        traceback.print_exc()
        return FAILED


# ---- arguments -----------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    # They need this module's codes and helpers.
    from scale_core.cli import calibrate as cli_calibrate
    from scale_core.cli import duel as cli_duel
    from scale_core.cli import grade as cli_grade
    from scale_core.cli import lookback as cli_lookback
    from scale_core.cli import space as cli_space

    parser = argparse.ArgumentParser(
        prog="python -m scale_core", description="Watch a model spend its compute on a problem."
    )
    parser.add_argument("--version", action="version", version=f"scale_core {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_solve(
        commands.add_parser(
            "solve",
            help="solve a problem and watch",
            epilog=EXITS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )
    cli_duel.add_to(commands)
    cli_lookback.add_to(commands)
    cli_calibrate.add_to(commands)
    cli_grade.add_to(commands)
    cli_space.add_to(commands)
    commands.add_parser("options", help="list every switch and preset").set_defaults(
        command=_list_options
    )
    commands.add_parser("train", help="train the embedded model (see train --help)", add_help=False)
    return parser


def _add_solve(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    parser.set_defaults(command=_solve, changes=[])
    add("problem", help='what to solve; "-" reads standard input; after "--" it may begin with -')
    add("--answer", help="the expected answer: the run is then graded")
    add("--preset", default="scale", choices=tuple(PRESETS), help="named switches (default scale)")
    add(
        "--faithful",
        action="store_const",
        const="faithful",
        dest="preset",
        help="SCALE as published: short for --preset faithful",
    )
    add(
        "--set",
        dest="changes",
        action="append",
        metavar="NAME=VALUE",
        help="change one switch; may be given again; none for no value (see --list-options)",
    )
    add(
        "--tau",
        dest="changes",
        action="append",
        type="tau={}".format,
        metavar="X",
        help="the threshold above which a step thinks slowly: short for --set tau=X",
    )
    add("--seed", type=int, default=0, help="same seed, same run (default 0)")
    cli_engine.add_to(parser)
    cli_prices.add_to(parser)
    add("--anyway", action="store_true", help="try a problem outside the model's language too")
    add("--json", action="store_true", help="write every event as one line of JSON, nothing else")
    add("--list-options", action=_ListOptions, help="list every switch and preset, then exit")


class _ListOptions(argparse.Action):
    """Like --help: needs no problem."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        parser.exit(_list_options(argparse.Namespace()))


def _problem(text: str) -> str:
    """The problem's text, from standard input for "-". Raises UsageError if it is empty."""
    if text == "-":
        text = sys.stdin.buffer.read(LONGEST_INPUT).decode("utf-8", "replace")
    if not text.strip():
        raise UsageError("the problem is empty")
    return _unicode(text.strip())


def _unicode(text: str) -> str:
    """Bytes of the command line that were no UTF-8 become "�"."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# ---- commands ------------------------------------------------------------------------------


def _solve(args: argparse.Namespace) -> int:
    changes = changes_of(args.changes)
    try:
        options_for(args.preset, changes)
    except ValueError as error:
        raise UsageError(str(error)) from None
    problem, prices = _problem(args.problem), cli_prices.of(args)
    show = _as_json if args.json else _on_screen
    with _interruptible() as cancel:
        run = show(args, problem, changes, cancel, prices)
        return _finish(run, cancel)


def _as_json(
    args: argparse.Namespace,
    problem: str,
    changes: Mapping[str, Any],
    cancel: threading.Event,
    prices: Prices,
) -> Run:
    def write(event: ev.Event, _: Run) -> None:
        print(json.dumps(ev.to_json(event)), flush=True)

    run = asyncio.run(_play(args, problem, changes, cancel, write))
    if cancel.is_set():
        from scale_core.cli import run_show as cli_show

        cli_show.console(stderr=True).print(cli_show.account(run, prices))
    return run


def _on_screen(
    args: argparse.Namespace,
    problem: str,
    changes: Mapping[str, Any],
    cancel: threading.Event,
    prices: Prices,
) -> Run:
    from scale_core.cli import run_show as cli_show

    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="replace")  # a terminal that has no ① shows ? instead
    with cli_show.Screen(cli_show.console()) as screen:
        run = asyncio.run(_play(args, problem, changes, cancel, screen.show))
    if run.status != "refused":
        screen.close(run, prices)
    return run


async def _play(
    args: argparse.Namespace,
    problem: str,
    changes: Mapping[str, Any],
    cancel: threading.Event,
    watch: Watch,
) -> Run:
    """The run, `watch` called after each event. Raises EngineError if there is no model."""
    run = Run()
    engine = cli_engine.opened(args)
    try:
        await ready(engine, cancel)
        solving = solve(
            problem,
            answer=None if args.answer is None else _unicode(args.answer),
            preset=args.preset,
            options=changes,
            seed=args.seed,
            engine=engine,
            cancel=cancel,
            anyway=args.anyway,
        )
        # closed before the engine is: the run ends first, also where nobody reads any more
        async with contextlib.aclosing(solving) as events:
            async for event in events:
                run.apply(event)
                watch(event, run)
    finally:
        await engine.close()
    return run


def _finish(run: Run, cancel: threading.Event) -> int:
    """The exit code; refusals and failures are told on stderr."""
    if cancel.is_set():
        return INTERRUPTED
    message = run.end.message if run.end else "the run did not end"
    if run.status == "refused":
        _complain(f"{message}\nTo try it all the same, add --anyway.")
        return USAGE
    if run.status not in ("solved", "unsolved"):
        _complain(f"The run failed: {message}")
        return FAILED
    wrong = run.grade is not None and run.grade.verdict == "different"
    return WRONG if wrong or run.status == "unsolved" else OK


def _list_options(_: argparse.Namespace) -> int:
    from scale_core.cli import run_show as cli_show
    from scale_core.cli.options import switches

    cli_show.console().print(switches())
    return OK


def _train(arguments: list[str]) -> int:
    """Hand everything after `train` to the trainer, whose libraries the app does not need."""
    try:
        from scale_core.abacus import recipe

        return recipe.main(arguments)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("scale_core"):
            raise
        raise UsageError(
            f"training needs the Python package {error.name}: pip install -r requirements-train.txt"
        ) from None


# ---- helpers -------------------------------------------------------------------------------


def _complain(message: str) -> None:
    """A message for people on stderr, without anything a terminal would obey."""
    from scale_core.cli.run_show import plain

    for line in message.splitlines():
        print(plain(line, 2000), file=sys.stderr)


@contextlib.contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; the second one interrupts at once."""
    cancel = threading.Event()

    def stop(*_: object) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()

    if threading.current_thread() is not threading.main_thread():
        yield cancel
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)
