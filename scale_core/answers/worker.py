"""The processes in which answers are checked symbolically, bounded in time and memory.

One process imports sympy once and forks the others off, so that one that has to be killed is
replaced in a moment. Questions are asked twice at most: first with little time, in slots that plain
answers never wait long for; who needs more waits for the few slots that give it. A visitor whose
answers have used up their time is refused it. Knows how to start, ask and kill (`Worker`, which
grouping.py asks) and the processes' loops over JSON lines. Does not know how two texts are judged
(symbolic.py), about votes, runs, or where texts come from.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from pathlib import Path
from typing import IO, Any

from scale_core.answers.symbolic import judge, prepare

START_SECONDS = 60.0
"""How long the process may take to import sympy, on a busy machine."""
WALL = 4.0
"""The limits are on processor time, so that a verdict does not depend on load. The parent waits up
to this many times as long, and the process ends itself soon after, should the parent be gone."""
QUICK, SLOW = range(0, 2), range(2, 4)
"""Slots: of the first try, and of the second one."""
QUICK_SECONDS = 0.5
VISITOR_SECONDS, WINDOW = 30.0, 600.0
"""Processor time that second tries of one visitor may take in so many seconds."""

Verdict = tuple[str, str, bool]
"""(verdict, reason, whether it had to be stopped)"""

# ---------------------------------------------------------------- the parent's side


class UsedUp(RuntimeError):
    """A visitor's hard answers have used up their time."""


class Worker:
    """The processes, started at the first question. It may be asked from any thread."""

    def __init__(self, seconds: float = 3.0) -> None:
        """seconds: of processor time, for one question."""
        self.seconds = seconds
        self._starting, self._lock = threading.Lock(), threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._waiting: dict[int, Future[dict[str, Any] | None]] = {}
        self._ready: Future[dict[str, Any] | None] = Future()
        self._ids = itertools.count()
        self._slots = {kind: _Slots(kind) for kind in (QUICK, SLOW)}
        self._used: dict[str, deque[tuple[float, float]]] = {}

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def ask(self, first: str, second: str, visitor: str | None = None) -> Verdict:
        """The judgement of two answers. RuntimeError if no process can be started, UsedUp if they
        are hard and the visitor has no time left for such."""
        seconds = min(QUICK_SECONDS, self.seconds)
        verdict = self._try(first, second, QUICK, seconds)
        if not verdict[2] or seconds == self.seconds:
            return verdict
        if visitor is not None and self._left(visitor) < self.seconds:
            raise UsedUp("The time for hard answers is used up.")
        begun = time.monotonic()
        verdict = self._try(first, second, SLOW, self.seconds)
        if visitor is not None:
            spent = self.seconds if verdict[2] else min(self.seconds, time.monotonic() - begun)
            self._used.setdefault(visitor, deque()).append((begun, spent))
        return verdict

    def _left(self, visitor: str) -> float:
        """Processor time that a visitor has left; who has not come for long is forgotten."""
        now = time.monotonic()
        for name, used in list(self._used.items()):
            while used and used[0][0] < now - WINDOW:
                used.popleft()
            if not used:
                self._used.pop(name, None)
        return VISITOR_SECONDS - sum(seconds for _, seconds in self._used.get(visitor, ()))

    def _try(self, first: str, second: str, kind: range, seconds: float) -> Verdict:
        with self._slots[kind] as slot:
            self._start()
            number, reply = next(self._ids), Future[dict[str, Any] | None]()
            request = {"id": number, "slot": slot, "first": first, "second": second}
            with self._lock:
                self._waiting[number] = reply
            found: dict[str, Any] | None = None
            late = False
            try:
                self._send(request | {"seconds": seconds})
                found = reply.result(timeout=seconds * WALL)
            except Late:
                late = True
                self._send({"kill": slot})
            finally:
                self._waiting.pop(number, None)
        reason = "The symbolic check ended before it had an answer."
        if late or (found is not None and found.get("late")):
            reason = f"The symbolic check took longer than {self.seconds:g} seconds."
        if found is None or "verdict" not in found:
            return "could not tell", reason, True
        return found["verdict"], found["reason"], bool(found.get("stopped"))

    def close(self) -> None:
        """End the processes, whatever they are doing. The next question starts new ones."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
        process.wait()
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()

    def _send(self, request: dict[str, Any]) -> None:
        process = self._process
        with self._lock, contextlib.suppress(OSError, ValueError):
            if process is not None and process.stdin is not None:
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()

    def _start(self) -> None:
        """Have a process that has imported what it needs."""
        with self._starting:
            if self.pid is None:
                self.close()
                self._spawn()
            ready = self._ready
        try:
            alive = ready.result(timeout=START_SECONDS) is not None
        except Late:
            alive = False  # still importing: the next question waits on
        if not alive:
            raise RuntimeError("The symbolic check could not be started.")

    def _spawn(self) -> None:
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
        self._ready = Future()
        reader = (self._process.stdout, self._ready)
        threading.Thread(target=self._read, args=reader, daemon=True).start()

    def _read(self, stream: IO[str], ready: Future[dict[str, Any] | None]) -> None:
        """Hand replies to those who wait; None to all of them when the process has ended."""
        with stream:
            for line in stream:
                reply = json.loads(line)
                waiting = ready if "ready" in reply else self._waiting.get(reply["id"])
                if waiting is not None and not waiting.done():
                    waiting.set_result(reply)
        with self._lock:
            lost = [ready, *self._waiting.values()] if self._ready is ready else [ready]
        for waiting in lost:
            if not waiting.done():
                waiting.set_result(None)


class _Slots:
    """Numbers of which each is given to one thread at a time, first come first served."""

    def __init__(self, numbers: range) -> None:
        self._free = deque(numbers)
        self._queue: deque[Future[int]] = deque()
        self._held = threading.local()
        self._lock = threading.Lock()

    def __enter__(self) -> int:
        with self._lock:
            turn = Future[int]()
            if self._free:
                turn.set_result(self._free.popleft())
            else:
                self._queue.append(turn)
        self._held.number = turn.result()
        return int(self._held.number)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set_result(self._held.number)
            else:
                self._free.append(self._held.number)


# ---------------------------------------------------------------- the processes' side


def _answer(request: dict[str, Any]) -> dict[str, object]:
    try:
        verdict, reason = judge(request["first"], request["second"])
    except MemoryError:
        reason = "The symbolic check needed more memory than it may use."
        return {"verdict": "could not tell", "reason": reason, "stopped": True}
    except Exception:  # whatever a hostile text provokes in the libraries: it is no verdict
        verdict, reason = "could not tell", "The symbolic check could not handle these answers."
    return {"verdict": verdict, "reason": reason}


def _limited(request: dict[str, Any]) -> dict[str, object]:
    """The answer, if the process lives so long: by default these signals end it, wherever it is."""
    timer = getattr(signal, "setitimer", None)
    if timer is not None:
        timer(signal.ITIMER_PROF, request["seconds"])
        timer(signal.ITIMER_REAL, request["seconds"] * WALL + 2)
    reply = _answer(request)
    if timer is not None:
        timer(signal.ITIMER_PROF, 0)
        timer(signal.ITIMER_REAL, 0)
    return reply | {"id": request["id"]}


class _Fork:
    """A forked process that answers in one slot; dead ones are replaced at the next question."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self.pid = 0
        self.replies = -1
        self._requests = -1
        self.asked: int | None = None

    def ask(self, request: dict[str, Any]) -> None:
        if not self.pid:
            self._fork()
        self.asked = request["id"]
        with contextlib.suppress(OSError):  # it has just died: its end is seen in `replies`
            os.write(self._requests, (json.dumps(request) + "\n").encode())

    def read(self) -> None:
        """Pass a reply on; where the process has ended instead, say so and bury it."""
        line = os.read(self.replies, 65_536)
        if line:
            self._say(json.loads(line))
            return
        status = self._bury()
        late = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM)
        if self.asked is not None:
            self._say({"id": self.asked, "late": late})

    def kill(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self._bury()

    def _bury(self) -> int:
        for end in (self.replies, self._requests):
            os.close(end)
        _, status = os.waitpid(self.pid, 0)
        self.pid, self.replies = 0, -1
        return status

    def _say(self, reply: dict[str, Any]) -> None:
        self.asked = None
        print(json.dumps(reply), file=self._out, flush=True)

    def _fork(self) -> None:
        requests, self._requests = os.pipe()
        self.replies, replies = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(requests)
            os.close(replies)
            return
        for end in (self._requests, self.replies, sys.stdin.fileno(), self._out.fileno()):
            os.close(end)
        with os.fdopen(requests, encoding="utf-8") as lines, os.fdopen(replies, "w") as out:
            for line in lines:
                print(json.dumps(_limited(json.loads(line))), file=out, flush=True)
        os._exit(0)


def main() -> None:
    """Answer JSON lines until the parent closes the pipe."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not reach the pipe
    prepare()
    print('{"ready": true}', file=out, flush=True)
    if not hasattr(os, "fork"):  # one at a time, as the system allows
        for line in sys.stdin:
            request = json.loads(line)
            if "id" in request:
                print(json.dumps(_limited(request)), file=out, flush=True)
        return
    forks = {slot: _Fork(out) for slot in (*QUICK, *SLOW)}
    pending = b""
    while True:
        ends = {fork.replies: fork for fork in forks.values() if fork.pid}
        for end in select.select([0, *ends], [], [])[0]:
            if end in ends:
                ends[end].read()
                continue
            if not (read := os.read(0, 65_536)):
                os.killpg(0, signal.SIGKILL)  # the parent is gone: so are we all
            *lines, pending = (pending + read).split(b"\n")
            for line in lines:
                request = json.loads(line)
                if "kill" in request:
                    forks[request["kill"]].kill()
                else:
                    forks[request["slot"]].ask(request)


if __name__ == "__main__":
    main()
