"""The command line: `python -m scale_core solve | duel | replay | runs | evaluate | ...`.

Knows which commands there are, and which exit code an error leads to. Does not know what any of
them does.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from scale_core import __version__
from scale_core.cli import calibrate, engine, evaluate, grade, lookback, options, run, space, stored
from scale_core.cli.common import (
    FAILED,
    INTERRUPTED,
    PIPE_CLOSED,
    USAGE,
    UsageError,
    complain,
    leave_at_once,
)
from scale_core.engines.base import EngineError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code; argparse exits by itself on bad usage (2)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] == ["train"]:
            return _train(arguments[1:])
        if arguments[:1] == ["grade"]:  # its answers may look like options
            args = parser().parse_args(arguments)
        else:
            args = engine.parse(parser(), arguments)
        return int(args.command(args))
    except UsageError as error:
        complain(str(error))
        return USAGE
    except EngineError as error:
        complain(f"The model could not be used: {error}")
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


def script(argv: Sequence[str] | None = None) -> int:
    """As `main`, for a process that does nothing else. An interrupted one ends here: a thread may
    still be loading a model, and some native libraries abort the process when Python, at its exit,
    ends a thread that is inside them."""
    code = main(argv)
    if code == INTERRUPTED:
        leave_at_once(code)
    return code


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m scale_core", description="Watch a model spend its compute on a problem."
    )
    made.add_argument("--version", action="version", version=f"scale_core {__version__}")
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    for module in (run, stored, lookback, evaluate, calibrate, grade, space):
        module.add_to(commands)
    listing = commands.add_parser("options", help="list every switch, preset and lane")
    listing.set_defaults(command=options.list_options)
    commands.add_parser("train", help="train the embedded model (see train --help)", add_help=False)
    return made


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
