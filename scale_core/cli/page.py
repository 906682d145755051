"""The page's start: its options, the engine it opens, the address it serves; and `scale-explorer`.

Knows the flags of `python app.py` and which words mean a command instead. Does not know what the
page shows (ui/) or how a model runs (engines/).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import math
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scale_core import user_data
from scale_core.cli import engine as cli_engine
from scale_core.cli import logins
from scale_core.cli import options as cli_options
from scale_core.cli.common import OK, UsageError, leave_at_once
from scale_core.cli.stored import add_data
from scale_core.engines.base import Engine
from scale_core.store import keeping
from scale_core.store.store import Store
from scale_core.strategies.settings import Caps
from scale_core.trace.prices import Prices

if TYPE_CHECKING:
    from scale_core.ui.bounds import Bounds
    from scale_core.ui.operations import Operations
    from scale_core.ui.player import Player
    from scale_core.ui.visitors import Rule

CLOSING = 20.0  # seconds that an engine may take to end
MOST_GRACE = 86_400  # seconds


def main() -> None:
    """Serve the page until it is stopped, with the options of the command line."""
    warnings.filterwarnings("ignore", module=r"gradio\.")  # how it calls pandas is not ours to mend
    serve(_arguments(sys.argv[1:]))
    # Everything is written and closed. Python's own way to take a large program apart takes longer
    # than those who end it may wait before they kill it.
    leave_at_once(OK)


def script() -> int:
    """`scale-explorer`: the page, with its options if there are any, or a command (`solve ...`)."""
    words = sys.argv[1:]
    if not words or (words[0].startswith("-") and words[0] != "--version"):
        main()
        return 0
    from scale_core.cli.main import script as command

    return command(words)


def serve(args: argparse.Namespace) -> None:
    """Build the engine and the page, and launch it. Ends the program with a message
    where the options do not fit together or there is no model."""
    if args.mcp and importlib.util.find_spec("mcp") is None:
        sys.exit("--mcp needs the MCP package: pip install 'gradio[mcp]'")
    from scale_core.engines.base import EngineError
    from scale_core.ui import serving
    from scale_core.ui.operations import logged
    from scale_core.ui.page import page_of
    from scale_core.ui.retention import storage

    try:
        prices = cli_options.prices_of(args)
        login = logins.read(args.auth) if args.auth else None
    except UsageError as error:
        sys.exit(str(error))
    try:
        engine = cli_engine.opened(args, cli_engine.tell_all)
    except (EngineError, UsageError) as error:
        sys.exit(f"The model could not be used: {error}")
    store = _store(args.data or (None if user_data.named() else storage()))
    logged(args.log)
    player, operations = _player(args, engine, prices, store)
    place = serving.Place(
        args.host, args.port, args.root_path or None, args.share, args.mcp, args.trusted_proxy,
        login,
    )  # fmt: skip
    try:
        with _kept_within(store, player.admission.bounds, args.public):
            page = page_of(player, args.seed, _visitors(args), args.public)
            serving.serve(page, player, operations, place)
    except serving.PortInUse as error:
        sys.exit(str(error))
    finally:
        # what an engine has started (vLLM's processes) would keep this one from ending
        with contextlib.suppress(Exception):
            asyncio.run(asyncio.wait_for(engine.close(), CLOSING))
        if store is not None:
            store.close()


def _visitors(args: argparse.Namespace) -> Rule:
    """Who is one person. An app that only this machine can reach is asked by one, as far as the
    requests say so, too."""
    from scale_core.ui.visitors import is_loopback

    if args.visitors != "auto":
        return "one" if args.visitors == "one" else "many"
    elsewhere = args.share or args.root_path or args.public or args.trusted_proxy or args.auth
    return "many" if elsewhere or not is_loopback(args.host) else "local"


def _player(
    args: argparse.Namespace, engine: Engine, prices: Prices, store: Store | None
) -> tuple[Player, Operations]:
    """What plays for visitors, within the bounds of those who come; and who watches it."""
    from scale_core.ui.admission import Admission
    from scale_core.ui.bounds import HOME, PUBLIC
    from scale_core.ui.operations import Operations
    from scale_core.ui.performance import UnderWay
    from scale_core.ui.player import Player

    bounds, caps = PUBLIC if args.public else HOME, cli_options.caps_of(args)
    most = Caps(min(caps.rollouts, bounds.rollouts), min(caps.tokens, bounds.lane_tokens))
    admission = Admission(bounds)
    operations = Operations(engine, store, admission, texts=args.log_problems)
    under_way = UnderWay(args.grace)
    player = Player(
        engine, prices, most, store, under_way, admission=admission, operations=operations
    )
    return player, operations


@contextlib.contextmanager
def _kept_within(store: Store | None, bounds: Bounds, public: bool) -> Iterator[None]:
    """Old runs go by themselves, where people come who are not known."""
    from scale_core.ui.retention import Retention

    if store is None or not public:
        yield
        return
    retention = Retention(store, bounds)
    try:
        yield
    finally:
        retention.close()


def _store(data: str | None) -> Store | None:
    """Where runs are kept. Ends the program where a place was named that cannot be used."""
    try:
        return keeping.opened(data)
    except keeping.Unusable as error:
        if error.named:
            sys.exit(f"--data: {error}")
        print(f"Runs are not stored: {error}. (--data none says so on purpose.)", file=sys.stderr)
        return None


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Watch a small model solve maths with SCALE.",
        epilog="Options in the environment variable SCALE_ARGS come before those given here. "
        "`scale-explorer COMMAND`, or `python -m scale_core COMMAND`, works without the page: "
        "solve, duel, replay and others (COMMAND --help).",
    )
    add = parser.add_argument
    add(
        "--host",
        default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),
        help="address to listen on (else GRADIO_SERVER_NAME, else 127.0.0.1)",
    )
    add("--port", type=int, help="port (else GRADIO_SERVER_PORT, else a free one from 7860)")
    add(
        "--root-path",
        default=os.environ.get("GRADIO_ROOT_PATH", ""),
        help="path under which a proxy serves the page (else GRADIO_ROOT_PATH)",
    )
    add("--share", action="store_true", help="also open a public gradio.live address")
    add("--mcp", action="store_true", help="also offer the run as an MCP tool (gradio[mcp])")
    cli_engine.add_to(parser)
    cli_options.add_prices(parser)
    cli_options.add_caps(parser)
    add_data(parser)
    add(
        "--grace",
        type=_seconds,
        default=60.0,
        metavar="SECONDS",
        help="how long a run goes on for after its page has gone away (default 60)",
    )
    add(
        "--visitors",
        choices=("auto", "one", "many"),
        default="auto",
        help="whose runs the page lists: of one person, those of the command line and of programs "
        "among them, or of many, each browser its own (auto: one for who opens it on this machine, "
        "unless it listens on the network, is shared or stands behind a proxy)",
    )
    add("--seed", type=int, default=0, help="seed that the page starts with (default 0)")
    _add_public(parser)
    try:
        words = [*cli_engine.from_environment(), *argv]
    except UsageError as error:
        parser.error(str(error))
    return cli_engine.parse(parser, words)


def _add_public(parser: argparse.ArgumentParser) -> None:
    """Options for where people come who are not known."""
    add = parser.add_argument_group("on the open internet").add_argument
    space, switch = bool(os.environ.get("SPACE_ID")), argparse.BooleanOptionalAction
    add(
        "--public",
        action=switch,
        default=space,
        help="hold visitors to the README's bounds and keep runs for 30 days (on a Space: on)",
    )
    add(
        "--trusted-proxy",
        action=switch,
        default=space,
        help="a proxy of yours stands before the app: believe its X-Forwarded-For (on a Space: on)",
    )
    add("--auth", metavar="FILE", help="who may come in: lines of NAME:PASSWORD")
    add("--log", metavar="FILE", help="a line of JSON for each run that ended; - is standard error")
    add("--log-problems", action="store_true", help="with the problems' texts in it")


def _seconds(word: str) -> float:
    try:
        found = float(word)
    except ValueError:
        found = math.nan
    if not 0 <= found <= MOST_GRACE:
        raise argparse.ArgumentTypeError(f"{word!r} is no number from 0 to {MOST_GRACE:,}")
    return found
