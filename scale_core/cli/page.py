"""The page's start: its options, the engine it opens, the address it serves; and `scale-explorer`.

Knows the flags of `python app.py` and which words mean a command instead. Does not know what the
page shows (ui/) or how a model runs (engines/).
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence

from scale_core.cli import engine as cli_engine
from scale_core.cli import options as cli_options
from scale_core.cli.common import UsageError


def main() -> None:
    """Serve the page until it is stopped, with the options of the command line."""
    serve(_arguments(sys.argv[1:]))


def script() -> int:
    """`scale-explorer`: the page, with its options if there are any, or a command (`solve ...`)."""
    words = sys.argv[1:]
    if not words or (words[0].startswith("-") and words[0] != "--version"):
        main()
        return 0
    from scale_core.cli.main import main as command

    return command(words)


def serve(args: argparse.Namespace) -> None:
    """Build the engine and the page, and launch it. Ends the program with a message
    where the options do not fit together or there is no model."""
    if args.mcp and importlib.util.find_spec("mcp") is None:
        sys.exit("--mcp needs the MCP package: pip install 'gradio[mcp]'")
    from scale_core.engines.base import EngineError
    from scale_core.ui.page import build
    from scale_core.ui.theme import launch_settings

    try:
        prices = cli_options.prices_of(args)
    except UsageError as error:
        sys.exit(str(error))
    try:
        engine = cli_engine.opened(args, cli_engine.tell_all)
    except (EngineError, UsageError) as error:
        sys.exit(f"The model could not be used: {error}")
    caps = cli_options.caps_of(args)
    page = build(engine, seed=args.seed, prices=prices, caps=caps)
    page.launch(
        server_name=args.host,
        server_port=args.port,
        root_path=args.root_path or None,
        share=args.share,
        mcp_server=args.mcp,
        **launch_settings(),
    )


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
    add("--seed", type=int, default=0, help="seed that the page starts with (default 0)")
    try:
        words = [*cli_engine.from_environment(), *argv]
    except UsageError as error:
        parser.error(str(error))
    return cli_engine.parse(parser, words)
