"""Many visitors at once: does each get its own, how soon does it see something, and what is kept?

    python benchmarks/load.py --visitors 50 --seconds 300
    python benchmarks/load.py --visitors 8 --seconds 1800 --stay 4   # the soak
    python benchmarks/load.py --visitors 6 --seconds 60 --address http://127.0.0.1:7860/

Starts the app with `--public --trusted-proxy` (or asks one that runs so), opens a session for each
visitor as a page does, each from an address of its own, and presses Run on Explore and on Compare
in turn, on sums that nobody else has. Of each run it notes when the first node, or a place in the
queue, was seen, whether the answer is the visitor's own, and whether anything of anybody else's
came. With --stay a visitor leaves after so many runs and another comes. The memory of an app that
it started is noted four times a minute.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
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
PLACE, REFUSED = "Waiting: this run", "please try again"
SOON, PLACED = 15.0, 1.0  # seconds within which a node is seen, or else a place in the queue
ARRIVAL = 10.0  # seconds within which all come
EVERY = 15.0  # seconds between two looks at the app's memory
_ASKED = re.compile(r"What is (\d+ \+ \d+)\?")


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
    """Of all visitors. seen: seconds to the first node; placed: to a place in the queue; late: runs
    of which neither came in time."""

    seen: list[float] = field(default_factory=list)
    placed: list[float] = field(default_factory=list)
    late: int = 0
    whole: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass
class Visitor(threading.Thread):
    """Visitors who come one after the other, each from where the one before came. width: more than
    there are at a time. stay: runs until one leaves."""

    number: int
    address: str
    page: Page
    until: float
    outcomes: Outcomes
    width: int
    stay: int

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self._session = ""
        self._numbers = random.Random(self.number)

    def __hash__(self) -> int:
        return self.number

    def run(self) -> None:
        runs = 0
        time.sleep(self._numbers.uniform(0, ARRIVAL))
        while time.monotonic() < self.until:
            if runs % self.stay == 0:
                self._session = uuid.uuid4().hex[:12]
                threading.Thread(target=self._be_there, args=[self._session], daemon=True).start()
            runs += 1
            # no two visitors have a problem or a sum in common
            a, b = (
                self.width * self._numbers.randrange(100 // self.width + 1, 16),
                100 + self.number,
            )
            try:
                self._once("sx-race" if (self.number + runs) % 3 == 0 else "sx-run", a, b)
            except (OSError, ValueError) as error:
                self.outcomes.counts[f"lost: {type(error).__name__}"] += 1
            # a person looks at what came, and asks at most six times a minute
            time.sleep(self._numbers.uniform(10, 15))

    def _be_there(self, session: str) -> None:
        """The connection that a page keeps open."""
        with contextlib.suppress(OSError), self._open(f"heartbeat/{session}") as answer:
            while session == self._session and time.monotonic() < self.until + PATIENCE:
                if not answer.readline():
                    break

    def _once(self, button: str, a: int, b: int) -> None:
        began, counts = time.monotonic(), self.outcomes.counts
        asked = self.page.press(button, f"What is {a} + {b}?") | {"session_hash": self._session}
        self._open("queue/join", asked).close()
        text, seen, placed = "", None, None
        shown, got, refused = set[str](), list[str](), False
        with self._open(f"queue/data?session_hash={self._session}") as answer:
            for line in answer:
                text = line.decode()
                got = [*got[-8:], text[:400]]
                now = time.monotonic() - began
                refused |= REFUSED in text
                shown |= set(_ASKED.findall(text))
                if placed is None and PLACE in text:
                    placed = now
                if seen is None and '"plan"' in text and "process_generating" in text:
                    seen = now
                if "process_completed" in text or now > PATIENCE:
                    break
        self.outcomes.whole.append(time.monotonic() - began)
        if shown - {f"{a} + {b}"}:
            counts["crossed"] += 1
        if placed is not None:
            self.outcomes.placed.append(placed)
        if seen is None:
            counts["refused" if refused else "lost: no node was seen"] += 1
            if not refused:
                print(f"after {time.monotonic() - began:.1f} s:", *got, file=sys.stderr)
            return
        self.outcomes.seen.append(seen)
        self.outcomes.late += seen > SOON and (placed is None or placed > PLACED)
        counts["own" if str(a + b) in text else "another answer"] += 1

    def _open(self, path: str, body: Any = None) -> Any:
        headers = {
            "Content-Type": "application/json",
            "X-Forwarded-For": f"9.{self.number // 250}.{self.number % 250}.1",
        }
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}gradio_api/{path}", data, headers)
        return urllib.request.urlopen(request, timeout=PATIENCE)


def memory_of(process: int) -> float:
    """Megabytes that a process and those it started have in memory."""
    kilobytes = 0
    with contextlib.suppress(OSError):
        told = Path(f"/proc/{process}/status").read_text("utf-8")
        kilobytes = int(told.partition("VmRSS:")[2].split()[0])
        for task in Path(f"/proc/{process}/task").iterdir():
            children = (task / "children").read_text("utf-8").split()
            kilobytes += round(1024 * sum(memory_of(int(child)) for child in children))
    return kilobytes / 1024


@dataclass
class Memory(threading.Thread):
    """Looks at an app's memory. seen: (seconds, megabytes)."""

    process: int
    seen: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return self.process

    def run(self) -> None:
        began = time.monotonic()
        while found := memory_of(self.process):
            self.seen.append((time.monotonic() - began, found))
            time.sleep(EVERY)

    def told(self, until: float) -> str:
        """The mean of the minute after each fifth one and of the last one, in megabytes."""
        ends = [*range(360, round(until), 300), round(until)]
        means = [
            (end, statistics.mean(within))
            for end in dict.fromkeys(ends)
            if (within := [found for at, found in self.seen if end - 60 <= at < end])
        ]
        return "memory: " + ", ".join(f"minute {end / 60:.0f}: {mb:.0f} MB" for end, mb in means)


@contextlib.contextmanager
def app(address: str | None) -> Iterator[tuple[str, int]]:
    """The address of an app and the process that was started for it; 0 where one is named."""
    if address:
        yield address, 0
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
            yield there, process.pid
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
    parser.add_argument("--stay", type=int, default=10**6, help="runs until a visitor leaves")
    parser.add_argument("--address", help="of an app with --public --trusted-proxy")
    args = parser.parse_args()
    width = max(50, args.visitors)
    with app(args.address) as (address, process):
        with urllib.request.urlopen(f"{address}config") as answer:
            page = Page(json.load(answer))
        outcomes, until, memory = Outcomes(), time.monotonic() + args.seconds, Memory(process)
        if process:
            memory.start()
        visitors = [
            Visitor(i, address, page, until, outcomes, width, args.stay)
            for i in range(args.visitors)
        ]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join(args.seconds + PATIENCE)
        print(dict(outcomes.counts))
        print(told("first node", outcomes.seen))
        print(told("place in the queue, of those that waited", outcomes.placed))
        print(f"neither a node within {SOON:g} s nor a place within {PLACED:g} s: {outcomes.late}")
        print(told("whole runs", outcomes.whole))
        print(f"load of this machine: {os.getloadavg()[1]:.1f} on {os.cpu_count()} processors")
        if process:
            print(memory.told(args.seconds))


if __name__ == "__main__":
    main()
