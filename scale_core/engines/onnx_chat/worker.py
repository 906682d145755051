"""The process in which a chat model runs: JSON lines in, JSON lines out.

onnxruntime-genai keeps Python's lock while it computes, so in the program's own process every
token would stop the page and all other runs; and a model that does not fit into memory takes this
process with it, not the program. Knows the protocol and who is next: jobs take turns, so a long
thought does not hold up a short question. Does not know asyncio or templates.

In:  {"id", "op": "sample" | "abort", ...}. Out: {"ready"} or {"error"} once, then
{"id", "deltas"}, {"id", "samples", "counts"} and {"id", "error", "counts"}.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from pathlib import Path
from typing import IO, Any

from scale_core.engines.onnx_chat.jobs import Order, SampleJob
from scale_core.engines.onnx_chat.model import ChatModel
from scale_core.engines.onnx_chat.text import ChatTokenizer

SLOTS = 2
"""Jobs that take turns; more wait, since each holds a cache of its whole length."""


class Loop:
    """Serves jobs until the parent closes the pipe."""

    def __init__(self, folder: Path, threads: int, ends: frozenset[int], out: IO[str]) -> None:
        self._out = out
        self._model = ChatModel(folder, threads)
        self._tokenizer = ChatTokenizer(folder)
        self._ends = ends
        self._inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._jobs: dict[int, SampleJob] = {}  # in order of arrival; the first SLOTS run
        model = self._model
        self._send(
            ready={
                "device": model.device,
                "grammars": model.grammars,
                "rewinds": model.rewinds,
                "steady": model.steady,
            }
        )

    def run(self, lines: IO[str]) -> None:
        reader = threading.Thread(target=self._read, args=(lines,), daemon=True)
        reader.start()
        while self._take_in():
            for id in list(self._jobs)[:SLOTS]:
                self._turn(id)

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            self._inbox.put(json.loads(line))
        self._inbox.put(None)

    def _take_in(self) -> bool:
        """Act on what the parent sent; wait while there is nothing to do. False at its end."""
        while not self._jobs or not self._inbox.empty():
            message = self._inbox.get()
            if message is None:
                return False
            self._act(message)
        return True

    def _act(self, message: dict[str, Any]) -> None:
        id, op = message.pop("id"), message.pop("op")
        try:
            if op == "sample":
                order = Order(**message)
                self._jobs[id] = SampleJob(order, self._model, self._tokenizer, self._ends)
            elif id in self._jobs:
                self._jobs[id].abort()
                self._close(id)
        except Exception as error:
            self._fail(id, error)

    def _turn(self, id: int) -> None:
        job = self._jobs[id]
        try:
            job.turn()
        except Exception as error:
            self._fail(id, error)
            return
        if job.deltas:
            self._send(id=id, deltas=job.deltas)
            job.deltas = []
        if job.done:
            self._close(id)

    def _close(self, id: int) -> None:
        job = self._jobs.pop(id)
        counts = job.counts.as_list()
        self._send(id=id, samples=job.samples, counts=counts)

    def _fail(self, id: int, error: Exception) -> None:
        job = self._jobs.pop(id, None)
        counts = [0, 0, 0] if job is None else job.counts.as_list()
        self._send(id=id, error=f"{type(error).__name__}: {error}"[:500], counts=counts)

    def _send(self, **message: Any) -> None:
        print(json.dumps(message), file=self._out, flush=True)


def main(arguments: list[str]) -> None:
    """arguments: the folder, the threads, the end tokens' ids."""
    folder, threads, *ends = arguments
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not reach the pipe
    try:
        loop = Loop(Path(folder), int(threads), frozenset(map(int, ends)), out)
    except Exception as error:
        print(json.dumps({"error": f"{error}"[:1000]}), file=out, flush=True)
        return
    loop.run(sys.stdin)
    os._exit(0)  # the library's own teardown may wait for threads that are inside it


if __name__ == "__main__":
    main(sys.argv[1:])
