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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scale_core.cli.common import UsageError, in_words
from scale_core.engines import catalogue
from scale_core.engines.base import Engine
from scale_core.engines.catalogue import Watch
from scale_core.engines.loading import Loading

MORE = """Every option that is not listed here goes to vLLM, with its value, if vLLM runs the model
(--tensor-parallel-size 2 --max-model-len 8192 ...: `vllm serve --help=all` lists them). Write them
after everything else, or a value as --name=value."""
_QUOTED = ("--prm-args", "--embedder-args")
_NUMBER = re.compile(r"-\d+(\.\d+)?")


def _json_object(text: str) -> dict[str, Any]:
    """Raises UsageError."""
    with in_words("--extra is not JSON: "):
        value = json.loads(text)
    if not isinstance(value, dict):
        raise UsageError("--extra must be a JSON object, such as '{\"top_k\": 20}'")
    return value


@dataclass(frozen=True)
class _Option:
    """An option of some kinds of engine. keyword: what their makers call it; read: its value from
    the text that was given, where that takes more than a type; needs: another option."""

    flag: str
    kinds: tuple[str, ...]
    help: str
    metavar: str
    keyword: str
    type: Callable[[str], Any] = str
    read: Callable[[str], Any] | None = None
    needs: str | None = None

    @property
    def name(self) -> str:
        return self.flag[2:].replace("-", "_")


_VLLM, _SERVER, _BOTH = ("vllm",), ("openai",), ("vllm", "openai")
_OPTIONS = (
    _Option("--prm", _BOTH, "a process reward model, to judge steps", "MODEL", "prm"),
    _Option("--embedder", _BOTH, "a model that compares texts", "MODEL", "embedder"),
    _Option("--base-url", _SERVER, "a server's address, up to and including /v1; may be given "
        "again. Its key, if it needs one, comes from OPENAI_API_KEY", "URL", "base_urls"),
    _Option("--prm-url", _SERVER, "the server of --prm, where it is another one", "URL", "prm_url",
        needs="prm"),
    _Option("--embedder-url", _SERVER, "the same for --embedder", "URL", "embedder_url",
        needs="embedder"),
    _Option("--in-flight", _SERVER, "most requests at a time at each server (default: 64)", "N",
        "in_flight", int),
    _Option("--patience", _SERVER, "how long one request may take while its server is alive "
        "(default: 900)", "SECONDS", "patience", float),
    _Option("--extra", _SERVER, "fields added to every request, such as '{\"top_k\": 20}'", "JSON",
        "extra", read=_json_object),
    _Option("--prm-args", _VLLM, "its own options for --prm, quoted", "ARGS", "prm_arguments",
        read=shlex.split),
    _Option("--embedder-args", _VLLM, "the same for --embedder", "ARGS", "embedder_arguments",
        read=shlex.split),
    _Option("--context", ("onnx", "openai"), "longest prompt and reply in tokens; by default what "
        "the server says, or as much as the model takes, 8192 at most, since more needs more "
        "memory", "N", "context", int),
    _Option("--threads", ("onnx",), "cores for one step; by default as many as make it fastest, "
        "which is measured when a model is first used", "N", "threads", int),
)  # fmt: skip


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
    for o in _OPTIONS:
        action = "append" if o.keyword == "base_urls" else "store"
        help = f"{', '.join(o.kinds)}: {o.help}"
        add(o.flag, metavar=o.metavar, type=o.type, action=action, help=help)


def from_environment() -> list[str]:
    """The words of SCALE_ARGS: options for where nobody writes a command line, such as a Space.

    Raises UsageError if its quotes do not match.
    """
    with in_words("SCALE_ARGS cannot be read: "):
        return shlex.split(os.environ.get("SCALE_ARGS", ""))


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
        if args.base_url:
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
    with in_words():
        more = _given(args, which)
        if which == "vllm":
            more |= {"arguments": getattr(args, "rest", [])}
            _end_with_the_program()
        if which in _BOTH:
            more |= {"watch": watch or tell}
        return catalogue.open_engine(which, args.model, **more)


def _given(args: argparse.Namespace, which: str) -> dict[str, Any]:
    """What the engine's maker is told beside the model. Raises ValueError."""
    more: dict[str, Any] = {}
    for option in _OPTIONS:
        value = getattr(args, option.name)
        if value in (None, ""):
            continue
        if which not in option.kinds:
            kinds = " and ".join(option.kinds)
            raise UsageError(f"{option.flag} belongs to --engine {kinds}, not {which}")
        if option.needs and getattr(args, option.needs) is None:
            raise UsageError(f"{option.flag} needs --{option.needs}")
        more[option.keyword] = option.read(value) if option.read else value
    return more


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
