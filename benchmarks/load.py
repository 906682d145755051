"""Many visitors at once: does each get its own, and how soon does it see something?

    python benchmarks/load.py --visitors 50 --seconds 300
    python benchmarks/load.py --visitors 6 --seconds 60 --address http://127.0.0.1:7860/

Starts the app with `--public --trusted-proxy` (or asks one that runs so), opens a session for each
visitor as a page does, each from an address of its own, and presses Run on Explore and on Compare
in turn, on sums that nobody else has. Of each run it notes when the first node, or a place in the
queue, was seen, and whether the answer is the visitor's own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
START = 180.0  # seconds that the app may take to be there
PATIENCE = 300.0  # seconds that one run may take
PLACE = "Waiting: this run"


@dataclass
class Page:
    """What a browser knows of the page: its components, and the events of the two buttons."""

    config: dict[str, Any]

    def component(self, elem_id: str) -> dict[str, Any]:
        return next(c for c in self.config["components"] if c["props"].get("elem_id") == elem_id)

    def press(self, elem_id: str, problem: str) -> dict[str, Any]:
        """What a click sends: the values of the form, the problem changed."""
        button, box = self.component(elem_id)["id"], self.component("sx-problem")["id"]
        event = next(
            d
            for d in self.config["dependencies"]
            if [button, "click"] in d["targets"] and box in d["inputs"]
        )
        values = {c["id"]: c["props"].get("value") for c in self.config["components"]}
        values[box] = problem
        data = [values[id] for id in event["inputs"]]
        return {"data": data, "fn_index": event["id"], "trigger_id": button, "event_data": None}


@dataclass
class Outcomes:
    """Of all visitors. seen: seconds to the first node; placed: to a place in the queue."""

    seen: list[float] = field(default_factory=list)
    placed: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass
class Visitor(threading.Thread):
    number: int
    address: str
    page: Page
    until: float
    outcomes: Outcomes

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self._session = uuid.uuid4().hex[:12]
        self._numbers = random.Random(self.number)

    def __hash__(self) -> int:
        return self.number

    def run(self) -> None:
        threading.Thread(target=self._stay, daemon=True).start()
        turn = self.number
        while time.monotonic() < self.until:
            turn += 1
            # no two visitors have a sum in common
            a = 10 * self._numbers.randrange(10, 90) + self.number % 10
            b = 100 + self.number
            try:
                self._once("sx-race" if turn % 3 == 0 else "sx-run", a, b)
            except (OSError, ValueError) as error:
                self.outcomes.counts[f"lost: {type(error).__name__}"] += 1
            time.sleep(self._numbers.uniform(8, 14))  # a person looks at what came

    def _stay(self) -> None:
        """The connection that a page keeps open."""
        with contextlib.suppress(OSError), self._open(f"heartbeat/{self._session}") as answer:
            while time.monotonic() < self.until + PATIENCE and answer.readline():
                pass

    def _once(self, button: str, a: int, b: int) -> None:
        began, counts = time.monotonic(), self.outcomes.counts
        asked = self.page.press(button, f"What is {a} + {b}?") | {"session_hash": self._session}
        self._open("queue/join", asked).close()
        text, seen, placed = "", None, None
        with self._open(f"queue/data?session_hash={self._session}") as answer:
            for line in answer:
                text = line.decode()
                now = time.monotonic() - began
                if placed is None and PLACE in text:
                    placed = now
                if seen is None and '"plan"' in text and "process_generating" in text:
                    seen = now
                if "process_completed" in text or now > PATIENCE:
                    break
        self.outcomes.whole.append(time.monotonic() - began)
        if placed is not None:
            self.outcomes.placed.append(placed)
        if seen is None:
            counts["lost: no node was seen" if "too" not in text else "refused"] += 1
            return
        self.outcomes.seen.append(seen)
        self.outcomes.first.append(min(seen, seen if placed is None else placed))
        counts["own" if str(a + b) in text else "another answer"] += 1

    def _open(self, path: str, body: Any = None) -> Any:
        headers = {
            "Content-Type": "application/json",
            "X-Forwarded-For": f"9.{self.number // 250}.{self.number % 250}.1",
        }
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}gradio_api/{path}", data, headers)
        return urllib.request.urlopen(request, timeout=PATIENCE)


@contextlib.contextmanager
def app(address: str | None) -> Iterator[str]:
    """The address of an app; one is started where none is named."""
    if address:
        yield address
        return
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        words = ["--public", "--trusted-proxy", "--port", str(port), "--data", data]
        process = subprocess.Popen([sys.executable, str(ROOT / "app.py"), *words], cwd=ROOT)
        try:
            there = f"http://127.0.0.1:{port}/"
            until = time.monotonic() + START
            while not _answers(there) and time.monotonic() < until:
                time.sleep(0.5)
            yield there
        finally:
            process.terminate()
            process.wait(30)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}healthz", timeout=10):
            return True
    except (OSError, urllib.error.URLError):
        return False


def told(name: str, seconds: list[float]) -> str:
    if not seconds:
        return f"{name}: none"
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{name}: {len(ordered)}, median {statistics.median(ordered):.1f} s, p95 {p95:.1f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--address", help="of an app with --public --trusted-proxy")
    args = parser.parse_args()
    with app(args.address) as address:
        with urllib.request.urlopen(f"{address}config") as answer:
            page = Page(json.load(answer))
        outcomes, until = Outcomes(), time.monotonic() + args.seconds
        visitors = [Visitor(i, address, page, until, outcomes) for i in range(args.visitors)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join(args.seconds + PATIENCE)
    print(dict(outcomes.counts))
    print(told("first node", outcomes.seen))
    print(told("place in the queue, of those that waited", outcomes.placed))
    print(told("whichever came first", outcomes.first))
    print(told("whole runs", outcomes.whole))


if __name__ == "__main__":
    main()
