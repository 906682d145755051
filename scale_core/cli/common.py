"""What all commands share: exit codes, complaints, Ctrl-C, terminals, and duels as files.

Knows how an error becomes words and a code, that text from users and models is shown as text, and
how a run's events are written as they happen, one JSON line each, and read back; a file may hold
anything. Does not know any command.
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
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scale_core.pipeline.calibration import Calibration
from scale_core.runs.replay import bank_of
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.views.units import UNKNOWN

OK, WRONG, USAGE, FAILED, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141
LONGEST_INPUT, LONGEST = 100_000, 500
NOTHING = "–"
INDENT = Text("  ")

Commands = argparse._SubParsersAction  # what `add_subparsers` gives: commands are added to it


class UsageError(ValueError):
    """The command line asks for something that there is not; the message is for people."""


@contextlib.contextmanager
def in_words(what: str = "") -> Iterator[None]:
    """A ValueError is bad usage. what: said before its message."""
    try:
        yield
    except ValueError as error:
        raise UsageError(f"{what}{error}") from None


# ---- text ----------------------------------------------------------------------------------


def plain(text: str, longest: int = LONGEST) -> str:
    """One line of at most `longest` characters, without anything a terminal would obey: control
    characters, direction changes, invisible ones and lone surrogates."""
    line = " ".join(text[: 4 * longest].split())
    kept = "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def text(value: str, style: str = "", longest: int = LONGEST) -> Text:
    """The same as something to print: never markup."""
    return Text(plain(value, longest), style)


def number(value: int | None) -> Text:
    return Text(UNKNOWN, "dim") if value is None else Text(f"{value:,}")


def plain_numbers(text: str) -> str:
    """A sentence of the page with its thousands as everywhere on the command line."""
    return text.replace("\u2009", ",")


def nothing() -> Text:
    return Text(NOTHING, "dim")


def columns(
    *names: str, right: Iterable[str] = (), whole: Iterable[str] = (), close: bool = True
) -> Table:
    """A table with these columns. right: those of numbers; whole: others that are never broken
    into lines; close: columns stand one space apart."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=close, header_style="bold")
    for name in names:
        table.add_column(
            text(name),
            justify="right" if name in right else "left",
            no_wrap=name in right or name in whole,
            overflow="fold",
        )
    return table


def unicode(text: str) -> str:
    """Bytes of the command line that were no UTF-8 become "�"."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def problem_text(text: str) -> str:
    """The problem's text, from standard input for "-". Raises UsageError if it is empty."""
    if text == "-":
        text = sys.stdin.buffer.read(LONGEST_INPUT).decode("utf-8", "replace")
    if not text.strip():
        raise UsageError("the problem is empty")
    return unicode(text.strip())


# ---- where it goes -------------------------------------------------------------------------


def console(file: IO[str] | None = None, *, stderr: bool = False) -> Console:
    """A console that takes text as text. Where there is no terminal it is plain, 100 wide."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None and file is None and not stderr:
        reconfigure(errors="replace")  # a terminal that has no ① shows ? instead
    made = Console(file=file, stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = 100
    return made


def complain(message: str) -> None:
    """A message for people on stderr."""
    for line in message.splitlines():
        print(plain(line, 2000), file=sys.stderr)


@contextlib.contextmanager
def interruptible() -> Iterator[threading.Event]:
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
