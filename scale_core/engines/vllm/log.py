"""What vLLM says while it starts: its log, read for progress and for the cause of a failure.

Knows vLLM's logging configuration and a few of its phrases. Does not know engines; where a
phrase has changed, the line itself is still shown.
"""

from __future__ import annotations

import contextlib
import copy
import json
import logging
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from scale_core.engines.loading import Phase, Report
from scale_core.engines.vllm.model import load

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
