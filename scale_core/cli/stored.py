"""`runs`: what was run before, found again, named, tagged, deleted; and how commands store theirs.

Knows the arguments, the list on a terminal and how a run is named by the beginning of its key. Does
not know how runs are kept (store/) or how one looks (show.py).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import get_args

from rich.table import Table

from scale_core.cli import common, figure, options, show
from scale_core.cli.common import (
    OK,
    Commands,
    UsageError,
    columns,
    complain,
    console,
    in_words,
    text,
)
from scale_core.runs import files
from scale_core.store import keeping
from scale_core.store.recorder import Recording, recorded
from scale_core.store.store import NotThere, Order, Query, Store, Stored
from scale_core.trace import duel as dv
from scale_core.trace.prices import Prices
from scale_core.trace.redaction import redacted_duel
from scale_core.views import export, snippet, traces

OWNER = ""
"""Whose runs those of the command line are: this computer's user's."""
MOST_TRACES = 100_000
KEY = 8  # characters of a key that a list shows


# ---- storing -------------------------------------------------------------------------------


def add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        metavar="PLACE",
        help="where runs are stored: a folder, a PostgreSQL URL, or none (else the environment's "
        "SCALE_EXPLORER_DATA, else your data folder)",
    )


@contextlib.contextmanager
def storing(data: str | None) -> Iterator[Recording | None]:
    """A run to be stored; None where nothing is kept. A place that was named and cannot be used is
    a UsageError, the usual one only a warning: a read-only home must not keep anybody from
    solving."""
    try:
        store = keeping.opened(data)
    except keeping.Unusable as error:
        if error.named:
            raise UsageError(f"--data: {error}") from None
        complain(f"The run is not stored: {error}. (--data none says so on purpose.)")
        store = None
    if store is None:
        yield None
        return
    try:
        recording = store.record(OWNER)
        yield recording
        if recording.problem:
            complain(f"The run is not stored: {recording.problem}")
    finally:
        store.close()


@contextlib.asynccontextmanager
async def stored(
    events: AsyncIterator[dv.DuelEvent], recording: Recording | None
) -> AsyncIterator[AsyncIterator[dv.DuelEvent]]:
    """The same events, stored one by one where there is a recording; closed at the end."""
    source = events if recording is None else recorded(events, recording)
    async with contextlib.aclosing(source) as found:  # type: ignore[type-var]
        yield found


# ---- the command ---------------------------------------------------------------------------

_TELL = {
    "show": "print a run as its end showed it",
    "export": "write a run as JSON lines, a page, a table or a program, or traces to fine-tune on",
    "import": "store what duel --out or runs export wrote",
    "rename": "give a run a name of your own",
    "tag": "give a run these tags in place of those that it has",
    "delete": "delete runs; restore takes it back until purge",
    "restore": "take a deletion back",
    "purge": "remove deleted runs for good, and old ones or those beyond a quota if asked to",
}


def add_to(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `runs` to the program's commands."""
    parser = commands.add_parser(
        "runs",
        help="find, show and keep what was run before",
        description="Without an action: a list, the newest first.",
    )
    parser.set_defaults(command=_list)
    _add_filters(parser)
    add_data(parser)
    actions = parser.add_subparsers(metavar="ACTION")
    made = {name: actions.add_parser(name, help=what, description=what.capitalize() + ".")
            for name, what in _TELL.items()}  # fmt: skip
    for name, command in _COMMANDS.items():
        made[name].set_defaults(command=command)
        made[name].add_argument(
            "--data", metavar="PLACE", default=argparse.SUPPRESS, help="as of runs"
        )
    for name in ("show", "rename", "tag"):
        made[name].add_argument("key", metavar="KEY", help="the beginning of its key will do")
    for name in ("delete", "restore"):
        made[name].add_argument("keys", metavar="KEY", nargs="+")
    options.add_prices(made["show"])
    common.add_graph(made["show"])
    figure.add_to(made["show"])
    _add_export(made["export"])
    made["import"].add_argument("file", metavar="FILE")
    made["import"].add_argument("--name", default="", help="a name for it")
    made["rename"].add_argument("name", metavar="NAME", help='"" for none')
    made["tag"].add_argument("tags", metavar="TAG", nargs="*")
    made["purge"].add_argument("--days", type=float, help="also runs older than this")
    made["purge"].add_argument("--quota", type=float, metavar="MB", help="the oldest beyond this")


def _add_export(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("keys", metavar="KEY", nargs="*", help="the beginning of its key will do")
    add("--as", dest="form", choices=_FORMS, default="jsonl",
        help="jsonl: its events, for replay; html: one page that opens offline; csv: a row for "
        "each request; python: a program that runs it again; chat: right runs to fine-tune on "
        "(docs/traces.md)")  # fmt: skip
    add("--search", metavar="WORDS", help="chat: all runs that runs --search finds")
    add("--control", action="store_true", help="chat: plain traces, of runs without a plan")
    add("--out", type=Path, metavar="FILE", help="default: standard output")
    options.add_prices(parser)


def _add_filters(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--search", default="", metavar="WORDS", help="in problem, name, tags, answer and model")
    add("--model", default="", help="exactly this model")
    add("--strategy", default="", help="a preset, or a lane of a duel")
    add("--status", default="", help="solved, unsolved, stopped, failed, refused, interrupted ...")
    add("--verdict", default="", help="equal, different or could not tell")
    add("--tag", default="")
    add("--since", type=_date, metavar="DATE", help="as 2026-01-31, or with a time: ...T12:00")
    add("--until", type=_date, metavar="DATE")
    add("--sort", default="created", choices=get_args(Order))
    add("--ascending", action="store_true")
    add("--limit", type=int, default=20, metavar="N", help="at most N (default 20)")
    add("--json", action="store_true", help="one line of JSON each")


def _date(word: str) -> float:
    try:
        return datetime.fromisoformat(word).timestamp()
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError(f"{word!r} is no date") from None


@contextlib.contextmanager
def _opened(args: argparse.Namespace) -> Iterator[Store]:
    """The store that is asked. Raises UsageError where there is none."""
    try:
        store = keeping.opened(args.data)
    except keeping.Unusable as error:
        raise UsageError(f"stored runs cannot be opened: {error}") from None
    if store is None:
        raise UsageError("no runs are stored: --data, or SCALE_EXPLORER_DATA, says none")
    try:
        yield store
    except NotThere as error:
        raise UsageError(str(error)) from None
    finally:
        store.close()


def _list(args: argparse.Namespace) -> int:
    query = Query(
        text=args.search, model=args.model, strategy=args.strategy, status=args.status,
        verdict=args.verdict, tag=args.tag, since=args.since, until=args.until, order=args.sort,
        ascending=args.ascending, limit=max(0, args.limit),
    )  # fmt: skip
    with _opened(args) as store:
        found, count = store.find(OWNER, query), store.count(OWNER, query)
    if args.json:
        for run in found:
            print(json.dumps(_as_json(run)))
        return OK
    if found:
        console().print(_table(found))
    noun = "run" if count == 1 else "runs"
    print(f"{len(found):,} of {count:,} {noun}" if len(found) < count else f"{count:,} {noun}")
    return OK


def _table(found: list[Stored]) -> Table:
    table = columns(
        "key", "when", "what", "problem", "answer", "status", "tokens",
        right=("tokens",), whole=("key", "when"),
    )  # fmt: skip
    for run in found:
        about = run.summary
        title = " ".join([run.title, *(f"#{tag}" for tag in run.tags)])
        table.add_row(
            text(run.key[:KEY]),
            text(f"{datetime.fromtimestamp(run.created):%Y-%m-%d %H:%M}"),
            text(" ".join(about.strategies), longest=30),
            text(title, longest=60),
            text(about.answer or common.NOTHING, longest=20),
            text(f"{about.status}{_VERDICTS.get(about.verdict or '', '')}"),
            common.number(about.tokens),
        )
    return table


_VERDICTS = {"equal": ", right", "different": ", wrong", "could not tell": ", could not tell"}


def _as_json(run: Stored) -> dict[str, object]:
    about = run.summary
    return {
        "key": run.key,
        "created": run.created,
        "name": run.name,
        "tags": list(run.tags),
        "problem": about.problem,
        "expected": about.expected,
        "answer": about.answer,
        "verdict": about.verdict,
        "status": about.status,
        "model": about.model,
        "strategies": list(about.strategies),
        "budget": about.budget or None,
        "tokens": about.tokens,
        "seconds": about.seconds,
        "events": about.events,
    }


def _show(args: argparse.Namespace) -> int:
    figure.check(args)
    prices = options.prices_of(args)
    with common.graph_saver(args.graph) as save, _opened(args) as store:
        duel = dv.Duel(store.events(store.key_of(OWNER, args.key)))
        save(show.alone(duel) or duel)
    if any(run.start for run in duel.lanes.values()):
        console().print(show.account(duel, prices=prices))
        figure.lanes(args, duel, prices)
    else:
        complain(duel.end.message if duel.end else "nothing of this run was written")
    return OK


def _export(args: argparse.Namespace) -> int:
    chat = args.form == "chat"
    if not chat and (len(args.keys) != 1 or args.search is not None or args.control):
        raise UsageError("one KEY is exported; several, --search and --control are for --as chat")
    if chat and not args.keys and args.search is None:
        raise UsageError("--as chat wants keys, or --search WORDS")
    with _opened(args) as store:
        keys = [store.key_of(OWNER, key) for key in args.keys]
        if args.search is not None:
            found = store.find(OWNER, Query(text=args.search, limit=MOST_TRACES))
            keys += [run.key for run in found]
        duels = (dv.Duel(store.events(key)) for key in dict.fromkeys(keys))
        if chat:
            text = traces.chat_lines(map(_redacted, duels), control=args.control)
        else:
            text = _FORMS[args.form](_redacted(next(duels)), options.prices_of(args))
    common.write(args.out, text)
    return OK


def _redacted(duel: dv.Duel) -> dv.Duel:
    return dv.Duel(redacted_duel(duel.events, _known_keys()))


def _known_keys() -> list[str]:
    """What a key could be among the environment's variables."""
    return [
        value.strip()
        for name, value in os.environ.items()
        if name.endswith(("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")) and len(value.strip()) >= 12
    ]


def _lines(duel: dv.Duel) -> str:
    """As `duel --out` writes them."""
    file = io.StringIO()
    write = common.writer(file)
    for event in duel.events:
        write(event, duel)
    return file.getvalue()


def _page(duel: dv.Duel, prices: Prices) -> str:
    from scale_core.ui import sheet  # brings a web framework, which no other command needs

    return sheet.html(duel, prices)


def _program(duel: dv.Duel, _: Prices) -> str:
    with in_words():
        return snippet.python(duel)


_FORMS: Mapping[str, Callable[[dv.Duel, Prices], str]] = {
    "jsonl": lambda duel, _: _lines(duel),
    "html": lambda duel, prices: _page(duel, prices),
    "csv": export.csv,
    "python": _program,
    "chat": lambda duel, _: traces.chat_lines([duel]),
}


def _import(args: argparse.Namespace) -> int:
    duel = _read(args.file)
    with _opened(args) as store:
        print(store.add(duel.events, OWNER, args.name))
    return OK


def _read(name: str) -> dv.Duel:
    """The run of a file, as the page's import reads it. Raises UsageError."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        duel = files.read(data)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{name} holds no run: {error}") from None
    dv.cut(duel, "stopped", files.CUT_OFF)
    return duel


def _rename(args: argparse.Namespace) -> int:
    with _opened(args) as store:
        store.rename(OWNER, store.key_of(OWNER, args.key), common.unicode(args.name))
    return OK


def _tag(args: argparse.Namespace) -> int:
    with _opened(args) as store:
        tags = [common.unicode(tag) for tag in args.tags]
        store.tag(OWNER, store.key_of(OWNER, args.key), tags)
    return OK


def _delete(args: argparse.Namespace) -> int:
    with _opened(args) as store:
        count = store.delete(OWNER, [store.key_of(OWNER, key) for key in args.keys])
    print(f"{count} deleted; to take it back: runs restore {' '.join(args.keys)}")
    return OK


def _restore(args: argparse.Namespace) -> int:
    with _opened(args) as store:
        keys = [store.key_of(OWNER, key, deleted=True) for key in args.keys]
        print(f"{store.restore(OWNER, keys)} restored")
    return OK


def _purge(args: argparse.Namespace) -> int:
    quota = None if args.quota is None else int(args.quota * 1_000_000)
    with _opened(args) as store:
        print(f"{store.purge(days=args.days, quota=quota)} removed for good")
    return OK


_COMMANDS = {
    "show": _show, "export": _export, "import": _import, "rename": _rename, "tag": _tag,
    "delete": _delete, "restore": _restore, "purge": _purge,
}  # fmt: skip
