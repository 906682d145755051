"""Which model a command uses: the options that all commands share, and the engine they mean.

Knows the kinds of engine and their options, and that whatever is nobody's option belongs to vLLM.
Does not know what a command does with an engine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from scale_core.cli.options import UsageError
from scale_core.engines import catalogue
from scale_core.engines.base import Engine
from scale_core.engines.catalogue import Watch
from scale_core.engines.loading import Loading

MORE = """Every option that is not listed here goes to vLLM, with its value, if vLLM runs the model
(--tensor-parallel-size 2 --max-model-len 8192 ...: `vllm serve --help=all` lists them). Write them
after everything else, or a value as --name=value."""
_QUOTED = ("--prm-args", "--embedder-args")
_NUMBER = re.compile(r"-\d+(\.\d+)?")


def add_to(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the model", MORE).add_argument
    add(
        "--engine",
        choices=tuple(catalogue.ENGINES),
        help="what runs the model. embedded: the one shipped; onnx: any chat model of "
        "onnxruntime-genai, on this machine; vllm: in this process; openai: a server. Without it: "
        "openai with --base-url, else what --model is, else embedded",
    )
    add(
        "--model",
        metavar="MODEL",
        help="a folder, or owner/name on the Hugging Face Hub (onnx: owner/name[/folder]"
        "[@revision]); for a server, its name there",
    )
    add("--prm", metavar="MODEL", help="vllm, openai: a process reward model, to judge steps")
    add("--embedder", metavar="MODEL", help="vllm, openai: a model that compares texts")
    add(
        "--base-url",
        dest="base_urls",
        action="append",
        default=[],
        metavar="URL",
        help="a server's address, up to and including /v1; may be given again. Its key, if it "
        "needs one, comes from OPENAI_API_KEY",
    )
    add("--prm-url", metavar="URL", help="openai: the server of --prm, where it is another one")
    add("--embedder-url", metavar="URL", help="openai: the same for --embedder")
    add(
        "--in-flight",
        type=int,
        metavar="N",
        help="openai: most requests at a time at each server (default: 64)",
    )
    add(
        "--extra",
        metavar="JSON",
        help="openai: fields added to every request, such as '{\"top_k\": 20}'",
    )
    add("--prm-args", default="", metavar="ARGS", help="vllm: its own options for --prm, quoted")
    add("--embedder-args", default="", metavar="ARGS", help="vllm: the same for --embedder")
    add(
        "--context",
        type=int,
        metavar="N",
        help="longest prompt and reply in tokens. onnx: by default as much as the model takes, "
        "8192 at most, since more needs more memory; openai: by default what the server says",
    )


def from_environment() -> list[str]:
    """The words of SCALE_ARGS: options for where nobody writes a command line, such as a Space.

    Raises UsageError if its quotes do not match.
    """
    try:
        return shlex.split(os.environ.get("SCALE_ARGS", ""))
    except ValueError as error:
        raise UsageError(f"SCALE_ARGS cannot be read: {error}") from None


# ---- arguments that are vLLM's -------------------------------------------------------------


def parse(parser: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace:
    """Arguments of a program whose unknown options are vLLM's: `args.rest`. Ends the program,
    as argparse does, where there are some and vLLM does not run the model."""
    ours, theirs = divide(argv, set(_options(parser)))
    args = parser.parse_args(ours)
    if theirs and ("engine" not in args or kind(args) != "vllm"):
        parser.error(f"unrecognized arguments: {' '.join(theirs)}")
    args.rest = theirs
    return args


def divide(argv: Sequence[str], known: set[str]) -> tuple[list[str], list[str]]:
    """The arguments that are ours, and the options that are not known with their values: the one
    word after each that is no option itself."""
    ours, theirs = list[str](), list[str]()
    words = list(argv)
    while words:
        word = words.pop(0)
        if word == "--":
            return [*ours, word, *words], theirs
        if word in _QUOTED and words:
            ours.append(f"{word}={words.pop(0)}")  # a value that looks like options
            continue
        if not _is_option(word) or word.partition("=")[0] in known:
            ours.append(word)
            continue
        theirs.append(word)
        if "=" not in word and words and not _is_option(words[0]):
            theirs.append(words.pop(0))
    return ours, theirs


def _is_option(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and not _NUMBER.fullmatch(word)


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """All options of a parser and of its commands' parsers."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _options(command)


# ---- the engine ----------------------------------------------------------------------------


def kind(args: argparse.Namespace) -> str:
    """The engine's kind: the one that was named, or what the other options mean."""
    engine, model = args.engine, args.model
    if engine is None:
        if args.base_urls:
            return "openai"
        if model is None:
            return "embedded"
        engine = "onnx" if catalogue.is_onnx(model) else "vllm"
    if engine == "onnx" and (model is None or catalogue.is_embedded(model)):
        return "embedded"
    return str(engine)


def opened(args: argparse.Namespace, watch: Watch | None = None) -> Engine:
    """The engine; one that takes a while is still on its way, and tells stderr, or `watch`, how
    far it is. Raises UsageError if the options do not fit together, EngineError if it cannot be
    used."""
    which = kind(args)
    more: dict[str, Any] = {}
    if which == "vllm":
        more = {
            "arguments": getattr(args, "rest", []),
            "prm_arguments": shlex.split(args.prm_args),
            "embedder_arguments": shlex.split(args.embedder_args),
            "watch": watch or tell,
        }
        _end_with_the_program()
    if which in ("vllm", "openai"):
        more |= {"prm": args.prm, "embedder": args.embedder}
    if which == "openai":
        more |= _server(args)
    if which in ("onnx", "openai") and args.context is not None:
        more["context"] = args.context
    _check(args, which)
    try:
        return catalogue.open_engine(which, args.model, **more)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _server(args: argparse.Namespace) -> dict[str, Any]:
    """What only a server is told. Raises UsageError if --extra is no JSON object."""
    given: dict[str, Any] = {"base_urls": args.base_urls}
    for name in ("prm_url", "embedder_url", "in_flight"):
        if (value := getattr(args, name)) is not None:
            given[name] = value
    if args.extra is not None:
        try:
            given["extra"] = json.loads(args.extra)
        except ValueError as error:
            raise UsageError(f"--extra is not JSON: {error}") from None
        if not isinstance(given["extra"], dict):
            raise UsageError("--extra must be a JSON object, such as '{\"top_k\": 20}'")
    return given


_HOMES = {
    "--base-url": ("openai",),
    "--prm": ("vllm", "openai"),
    "--embedder": ("vllm", "openai"),
    "--prm-url": ("openai",),
    "--embedder-url": ("openai",),
    "--in-flight": ("openai",),
    "--extra": ("openai",),
    "--prm-args": ("vllm",),
    "--embedder-args": ("vllm",),
    "--context": ("onnx", "openai"),
}


def _check(args: argparse.Namespace, which: str) -> None:
    for option, kinds in _HOMES.items():
        name = "base_urls" if option == "--base-url" else option[2:].replace("-", "_")
        given = getattr(args, name) not in (None, "", [])
        if given and which not in kinds:
            raise UsageError(f"{option} belongs to --engine {' and '.join(kinds)}, not {which}")
    for option, owner in (("--prm-url", args.prm), ("--embedder-url", args.embedder)):
        if getattr(args, option[2:].replace("-", "_")) is not None and owner is None:
            raise UsageError(f"{option} needs {option.removesuffix('-url')}")


def _end_with_the_program() -> None:
    """vLLM's processes are ended when Python ends in an orderly way, which SIGTERM alone would
    not let it do."""
    main = threading.current_thread() is threading.main_thread()
    if main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def tell(state: Loading) -> None:
    """One line on stderr for each thing that happens while an engine is loaded. A failure is told
    by whoever waits for the engine."""
    if state.phase != "failed":
        tell_all(state)


def tell_all(state: Loading) -> None:
    """The same, also where nobody waits."""
    print(f"[{state.seconds:5.0f} s] {state.text}", file=sys.stderr, flush=True)
