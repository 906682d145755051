"""The SCALE Explorer: `python app.py`, then open the printed address.

Builds the engine, the dialect and the page, and launches. Knows flags; everything else is in
scale_core/.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Watch a small model solve maths with SCALE.")
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
    add("--model", type=Path, help="folder of the embedded model (default: the one shipped)")
    add("--seed", type=int, default=0, help="seed that the page starts with (default 0)")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    if args.mcp and importlib.util.find_spec("mcp") is None:
        sys.exit("--mcp needs the MCP package: pip install 'gradio[mcp]'")
    from scale_core import api, duel, replay
    from scale_core.compare import bank_of
    from scale_core.dialects.abacus import AbacusDialect
    from scale_core.engines.base import EngineError
    from scale_core.scale import calibration
    from scale_core.strategies.lanes import LANES
    from scale_core.ui.duels import DuelPlayer
    from scale_core.ui.page import build
    from scale_core.ui.theme import launch_settings

    try:
        engine = api.embedded_engine(args.model or api.MODEL_FOLDER)
    except EngineError as error:
        sys.exit(f"The embedded model could not be loaded: {error}")
    tau = calibration.load(api.MODEL_FOLDER).tau
    dialect = AbacusDialect()
    duels = DuelPlayer(duel, replay, engine, dialect, refill=bank_of, lanes=LANES)
    page = build(api.solve, duels, engine, dialect, seed=args.seed, tau=tau)
    page.launch(
        server_name=args.host,
        server_port=args.port,
        root_path=args.root_path or None,
        share=args.share,
        mcp_server=args.mcp,
        **launch_settings(),
    )


if __name__ == "__main__":
    main()
