"""Which model a command uses: the options that all commands share, and the engine they mean.

Knows the kinds of engine and their options. Does not know what a command does with one.
"""

from __future__ import annotations

import argparse

from scale_core import api
from scale_core.cli_options import UsageError
from scale_core.engines.base import Engine


def add_to(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--engine",
        choices=tuple(api.ENGINES),
        default="embedded",
        help="what runs the model: embedded = the one shipped (default); onnx = any chat model in "
        "onnxruntime-genai's format, on this machine",
    )
    add(
        "--model",
        metavar="MODEL",
        help="embedded: folder of the model, instead of the one shipped; onnx: a folder, or "
        "owner/name[/folder][@revision] on the Hugging Face Hub",
    )
    add(
        "--context",
        type=int,
        metavar="N",
        help="onnx: longest prompt and reply in tokens (default: as much as the model takes, "
        "8192 at most; more needs more memory)",
    )


def opened(args: argparse.Namespace) -> Engine:
    """The engine. Raises UsageError if the options do not fit together, EngineError if it cannot
    be used."""
    if args.engine == "embedded" and args.context is not None:
        raise UsageError("--context belongs to --engine onnx")
    more = {} if args.context is None else {"context": args.context}
    try:
        return api.open_engine(args.engine, args.model, **more)
    except ValueError as error:
        raise UsageError(str(error)) from None
