"""The worker's process as the chat engine holds it: start, send, receive, end.

Knows pipes, threads and event loops. Does not know what the messages mean, beyond the id that
tells whose they are.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from scale_core.engines.base import EngineError
from scale_core.trace.usage import Usage

ROOT = Path(__file__).resolve().parents[3]
_SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD")
_LINES = 15


class Call:
    """One request under way: its answer, and a callback for what comes before it."""

    def __init__(self, id: int, on_part: Callable[[dict[str, Any]], None]) -> None:
        self.id = id
        self.answered = False  # the worker is done with it, whoever still waits
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[dict[str, Any]] = self.loop.create_future()
        self._on_part = on_part

    def part(self, message: dict[str, Any]) -> None:
        self._on_loop(self._part, message)

    def resolve(self, message: dict[str, Any]) -> None:
        self._on_loop(self._settle, message, None)

    def fail(self, error: Exception) -> None:
        self._on_loop(self._settle, {}, error)

    def _part(self, message: dict[str, Any]) -> None:
        if self.future.done():
            return
        try:
            self._on_part(message)
        except Exception as error:  # the caller's own callback: its bug goes to the caller
            self.future.set_exception(error)

    def _settle(self, message: dict[str, Any], error: Exception | None) -> None:
        if self.future.done():
            return
        if error is None:
            self.future.set_result(message)
        else:
            self.future.set_exception(error)

    def _on_loop(self, function: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits
            self.loop.call_soon_threadsafe(function, *args)


class WorkerProcess:
    """Starts `python -m scale_core.engines.onnx_chat.worker` and waits until it is ready.

    ready: what it said about itself. on_counts: called with the token counts of each request that
    ended, before its caller hears of it, on the reading thread.
    Raises EngineError, in words for people, if it does not come up.
    """

    def __init__(self, arguments: Sequence[str], on_counts: Callable[[list[int]], None]) -> None:
        self._on_counts = on_counts
        self._calls: dict[int, Call] = {}
        self._lock = threading.Lock()
        self._next = 0
        self._closed = False
        self._complaints: deque[str] = deque(maxlen=_LINES)
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        env = {k: v for k, v in os.environ.items() if not any(s in k.upper() for s in _SECRET)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scale_core.engines.onnx_chat.worker", *arguments],
            env=env | {"PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._stdin = self._process.stdin
        listening = threading.Thread(
            target=_keep, args=(self._process.stderr, self._complaints), daemon=True
        )
        listening.start()
        self.ready: dict[str, Any] = self._first(self._process.stdout)
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), name="onnx-chat", daemon=True
        )
        self._reader.start()

    def call(self, message: dict[str, Any], on_part: Callable[[dict[str, Any]], None]) -> Call:
        """Send a request. Raises EngineError if the process has ended."""
        with self._lock:
            call = self._calls[self._next] = Call(self._next, on_part)
            self._next += 1
        try:
            self._send(message | {"id": call.id})
        except EngineError:
            with self._lock:
                self._calls.pop(call.id, None)
            raise
        return call

    def abort(self, id: int) -> None:
        """End a request early; it is answered with what it has. No effect once answered."""
        with contextlib.suppress(EngineError):
            self._send({"id": id, "op": "abort"})

    def close(self) -> None:
        """End the process; pending requests get EngineError. May be called twice."""
        with self._lock:
            self._closed = True
            with contextlib.suppress(OSError, ValueError):
                self._stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)
        self._process.kill()
        self._process.wait()
        if threading.current_thread() is not self._reader:
            self._reader.join()

    def _first(self, stdout: IO[str]) -> dict[str, Any]:
        line = stdout.readline()
        message = json.loads(line) if line else {}
        if "ready" in message:
            return dict(message["ready"])
        self._process.kill()
        self._process.wait()
        for pipe in (self._stdin, stdout):
            pipe.close()
        raise EngineError(message.get("error") or self._epitaph())

    def _send(self, message: dict[str, Any]) -> None:
        with self._lock:
            if self._closed:
                raise EngineError("the engine is closed")
            try:
                self._stdin.write(json.dumps(message) + "\n")
                self._stdin.flush()
            except (OSError, ValueError) as error:
                raise EngineError(self._epitaph()) from error

    def _read(self, stdout: IO[str]) -> None:
        with stdout:
            for line in stdout:
                message = json.loads(line)
                with self._lock:
                    call = self._calls.get(message["id"])
                    if "counts" in message:
                        self._calls.pop(message["id"], None)
                if "counts" in message:
                    self._on_counts(message["counts"])
                if call is not None:
                    call.answered = "counts" in message
                    _deliver(call, message)
        with self._lock:
            left, self._calls = self._calls, {}
        for call in left.values():
            call.answered = True
            words = "the engine is closed" if self._closed else self._epitaph()
            call.fail(EngineError(words))

    def _epitaph(self) -> str:
        """Why the process is gone, as far as can be told."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        code = self._process.returncode
        reason = "it may have run out of memory" if code == -9 else " / ".join(self._complaints)
        return f"the model's process has ended (code {code}): {reason}"[:600]


def _deliver(call: Call, message: dict[str, Any]) -> None:
    if "error" in message:
        call.fail(EngineError(f"the model failed: {message['error']}", Usage(*message["counts"])))
    elif "counts" in message:
        call.resolve(message)
    else:
        call.part(message)


def _keep(stream: IO[str], lines: deque[str]) -> None:
    with stream:
        for line in stream:
            lines.append(line.strip()[:300])
