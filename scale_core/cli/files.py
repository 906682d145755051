"""Duels as files: one event a line, as JSON.

Knows how a duel's events are written as they happen and read back, and that a file may hold
anything. Does not know arguments or how a duel looks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from scale_core.cli.common import UsageError
from scale_core.pipeline.calibration import Calibration
from scale_core.runs.replay import bank_of
from scale_core.trace import duel as dv
from scale_core.trace import events as ev

Watch = Callable[[dv.DuelEvent, dv.Duel], None]
"""Called after each event of a duel, which has it already."""


def writer(file: TextIO) -> Watch:
    """Writes each event of a duel as one line of JSON."""

    def write(event: dv.DuelEvent, _: dv.Duel) -> None:
        print(json.dumps(dv.to_json(event)), file=file, flush=True)

    return write


def run_writer(file: TextIO) -> Watch:
    """Writes the events of a lane that is alone, without what is around them."""

    def write(event: dv.DuelEvent, _: dv.Duel) -> None:
        if isinstance(event, dv.LaneEvent):
            print(json.dumps(ev.to_json(event.event)), file=file, flush=True)

    return write


@contextlib.contextmanager
def recorder(path: Path | None) -> Iterator[Watch]:
    """Saves to a file, if one is named. Raises UsageError if that cannot be written."""
    if path is None:
        yield lambda event, duel: None
        return
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    with file:
        yield writer(file)


def read(name: str) -> dv.Duel:
    """The duel that a file holds, "-": standard input. Raises UsageError if it holds none."""
    try:
        with contextlib.ExitStack() as stack:
            file = sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
            duel = dv.Duel(_event(line, i) for i, line in enumerate(file, 1) if line.strip())
        asyncio.run(_try_out(duel))
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{name} holds no duel: {error}") from None
    return duel


def _event(line: bytes, number: int) -> dv.DuelEvent:
    """Raises ValueError, which names the line."""
    try:
        data = json.loads(line)
        if not isinstance(data, dict):
            raise ValueError("it is no JSON object")
        return dv.from_json(data)
    except KeyError as error:
        raise ValueError(f"line {number}: it lacks {error}") from None
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"line {number}: {error}") from None


async def _try_out(duel: dv.Duel) -> None:
    """Raises whatever is wrong with a record that no duel wrote."""
    bank_of(duel)
    if duel.start is not None:
        Calibration.of(duel.start.calibration)
        dict(duel.start.settings), dict(duel.start.options)
