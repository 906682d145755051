"""The process in which answers are checked symbolically, bounded in time and memory.

Knows how to start, ask, kill and restart that process (`Worker`, which grouping.py asks) and its
loop over JSON lines. Does not know how two texts are judged (symbolic.py), about votes, runs, or
where texts come from.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from scale_core.answers.symbolic import judge, prepare

START_SECONDS = 60.0
"""How long the process may take to import sympy, on a busy machine."""
WALL = 4.0
"""The limit is on processor time, so that a verdict does not depend on load. The parent waits up to
this many times as long, and the process ends itself soon after, should the parent be gone."""

# ---------------------------------------------------------------- the parent's side


class Worker:
    """One long-lived process, started at the first question, one question at a time."""

    def __init__(self, seconds: float = 3.0) -> None:
        """seconds: of processor time, for one question."""
        self.seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._started = self._closing = False

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def ask(self, expected: str, answer: str) -> tuple[str, str, bool]:
        """(verdict, reason, whether it had to be stopped). A process that overruns is killed and
        replaced. RuntimeError if none can be started."""
        with self._lock:
            if not self._ready():
                raise RuntimeError("The symbolic check could not be started.")
            assert self._process is not None and self._process.stdin is not None
            request = {"expected": expected, "answer": answer, "seconds": self.seconds}
            line: str | None = None
            reason = "The symbolic check ended before it had an answer."
            try:
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
                line = self._lines.get(timeout=self.seconds * WALL)
                late = line is None and self._process.wait() == -getattr(signal, "SIGPROF", 0)
            except queue.Empty:
                late = True
            except OSError:
                late = False
            if late:
                reason = f"The symbolic check took longer than {self.seconds:g} seconds."
            reply = json.loads(line or "{}")
            if line is None or reply.get("memory"):
                self._restart()
                return "could not tell", reply.get("reason", reason), True
            return reply["verdict"], reply["reason"], False

    def close(self) -> None:
        """End the process, whatever it is doing. The next question starts a new one."""
        self._closing = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._kill()
            self._closing = False

    def _ready(self) -> bool:
        if self.pid is None:
            self._restart()
        if self._process is None:
            return False
        if self._started:
            return True
        try:
            self._started = self._lines.get(timeout=START_SECONDS) is not None
        except queue.Empty:
            return False  # still importing: the next question waits on
        if not self._started:
            self._kill()
        return self._started

    def _restart(self) -> None:
        """Replace the process; the new one imports while nobody waits for it."""
        self._kill()
        if self._closing:
            return
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        secret = ("KEY", "TOKEN", "SECRET", "PASSWORD")
        env = {k: v for k, v in os.environ.items() if not any(s in k.upper() for s in secret)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scale_core.answers.worker"],
            cwd=root,
            env=env | {"PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._started = False
        self._lines = queue.Queue()
        reader = (self._process.stdout, self._lines)
        threading.Thread(target=_read_lines, args=reader, daemon=True).start()

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            assert process.stdin is not None
            with contextlib.suppress(OSError):
                process.stdin.close()


def _read_lines(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    """Move lines to the queue (a pipe cannot be read with a time limit everywhere), then None."""
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(None)


# ---------------------------------------------------------------- the process's side


def _answer(line: str) -> dict[str, object]:
    request = json.loads(line)
    try:
        verdict, reason = judge(request["expected"], request["answer"])
    except MemoryError:
        reason = "The symbolic check needed more memory than it may use."
        return {"verdict": "could not tell", "reason": reason, "memory": True}
    except Exception:  # whatever a hostile text provokes in the libraries: it is no verdict
        verdict, reason = "could not tell", "The symbolic check could not handle these answers."
    return {"verdict": verdict, "reason": reason}


def main() -> None:
    """Answer JSON lines until the parent closes the pipe, or a limit ends this process."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not reach the pipe
    prepare()
    print("ready", file=out, flush=True)
    timer = getattr(signal, "setitimer", None)
    for line in sys.stdin:
        if timer is not None:  # by default these signals end the process, wherever it is
            seconds = json.loads(line)["seconds"]
            timer(signal.ITIMER_PROF, seconds)
            timer(signal.ITIMER_REAL, seconds * WALL + 2)
        reply = _answer(line)
        if timer is not None:
            timer(signal.ITIMER_PROF, 0)
            timer(signal.ITIMER_REAL, 0)
        print(json.dumps(reply), file=out, flush=True)


if __name__ == "__main__":
    main()
