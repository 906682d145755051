"""What all commands share: exit codes, complaints, Ctrl-C, terminals, files of problems and duels.

Knows how an error becomes words and a code, that text from users and models is shown as text, and
how a run's events are written as they happen, one JSON line each, and read back; a file may hold
anything. Does not know any command.
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import contextlib
import json
import os
import signal
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, NoReturn, TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scale_core.experiments import problem_sets
from scale_core.experiments.problem_sets import Posed
from scale_core.pipeline.calibration import Calibration
from scale_core.runs import files
from scale_core.runs.replay import bank_of
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.views import graph_file
from scale_core.views.units import UNKNOWN

OK, WRONG, USAGE, FAILED, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141
LONGEST_INPUT, LONGEST = 100_000, 500
LARGEST_SET = 20 * 2**20
"""Bytes of a file of problems."""
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


def read_problems(name: str) -> list[Posed]:
    """The problems of a file, JSON lines or, as its name ends in .tsv, tab-separated. Raises
    UsageError if there are none."""
    shown = unicode(name)
    try:
        with open(name, "rb") as file:
            data = file.read(LARGEST_SET + 1)
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}") from None
    if len(data) > LARGEST_SET:
        raise UsageError(f"{shown} is larger than {LARGEST_SET >> 20} MiB")
    text = data.decode("utf-8-sig", "replace")
    with in_words(f"{shown}: "):
        problems = problem_sets.read_problems(text, tabs=name.endswith(".tsv"))
    if not problems:
        raise UsageError(f"{shown} has no problems")
    return problems


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


def leave_at_once(code: int) -> NoReturn:
    """End the process as at its exit, but for taking Python apart."""
    atexit._run_exitfuncs()  # engines' other processes end
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


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
    """Saves to a file, if one is named. What is in it stays until there is a first event; where the
    disk is full later on that is told, and the run goes on. Raises UsageError if the file cannot be
    written."""
    if path is None:
        yield lambda event, duel: None
        return
    with _writable(path), contextlib.ExitStack() as stack:
        save: Watch | None = None
        broken = False

        def record(event: dv.DuelEvent, duel: dv.Duel) -> None:
            nonlocal save, broken
            if broken:
                return
            try:
                if save is None:
                    file = path.open("w", encoding="utf-8")
                    stack.callback(_closed, file)
                    save = writer(file)
                save(event, duel)
            except OSError as error:
                broken = True
                complain(
                    f"{path} cannot be written any further: {error.strerror}. The run goes on."
                )

        yield record


@contextlib.contextmanager
def _writable(path: Path) -> Iterator[None]:
    """Raises UsageError if a file cannot be written. Nothing in it is changed, and one that nobody
    wrote to is gone again afterwards."""
    new = not path.exists()
    try:
        path.open("a").close()
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if new and path.stat().st_size == 0:
                path.unlink()


def _closed(file: TextIO) -> None:
    """A full disk was told when it was written to."""
    with contextlib.suppress(OSError):
        file.close()


def write(path: Path | None, text: str) -> None:
    """A whole text into a file, or to standard output. Raises UsageError if it cannot be."""
    data = text.encode("utf-8", "replace")
    if path is None:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def add_graph(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--graph",
        type=Path,
        metavar="FILE",
        help="save the plan with what it came to as a graph: FILE.graphml or FILE.json",
    )


@contextlib.contextmanager
def graph_saver(path: Path | None) -> Iterator[Callable[[Run | dv.Duel], None]]:
    """Saves the graph of a run or a duel, if a file is named. Raises UsageError if that cannot be
    written, or its name does not end as a graph's."""
    if path is None:
        yield lambda record: None
        return
    written = graph_file.FORMATS.get(path.suffix.lower())
    if written is None:
        raise UsageError(f"{path} must end in {' or '.join(graph_file.FORMATS)}")
    with _writable(path):
        yield lambda record: write(path, written(record))


def read(name: str) -> dv.Duel:
    """The duel that a file holds, "-": standard input. Raises UsageError if it holds none."""
    try:
        with contextlib.ExitStack() as stack:
            file = sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
            duel = dv.Duel(_events(file))
        asyncio.run(_try_out(duel))
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{name} holds no duel: {error}") from None
    return duel


def _events(file: Iterable[bytes]) -> Iterator[dv.DuelEvent]:
    """Those of a file. A last line of which only a part was written, as before a kill or on a full
    disk, is left out, and that is told."""
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            yield _event(line, number)
        except ValueError:
            if number == 1 or line.endswith(b"\n") or _complete(line):
                raise
            complain(f"line {number}, the last one, was written only in part: it is left out")


def _complete(line: bytes) -> bool:
    """Whether a line is JSON to its end."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _event(line: bytes, number: int) -> dv.DuelEvent:
    """Raises ValueError, which names the line."""
    return files.built(dv.from_json, files.event_of(line, number), number)


async def _try_out(duel: dv.Duel) -> None:
    """Raises whatever is wrong with a record that no duel wrote."""
    bank_of(duel)
    if duel.start is not None:
        Calibration.of(duel.start.calibration)
        dict(duel.start.settings), dict(duel.start.options)
