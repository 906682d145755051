"""Programs that ask the endpoints: one that leaves stops what it had running, and what may be
asked for has a cap. The real page with the embedded model; clients are killed in mid-duel."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.ui.page import build

PATIENCE = 60.0
PROBLEM = "Let x=89*76. Let y=x mod 58. Let z=y*47. What is z-695?"
BUDGET = "200/step"  # minutes of work
ARGUMENTS = {"problem": PROBLEM, "budget": BUDGET}

GRADIO = f"""
import sys
from gradio_client import Client
Client(sys.argv[1], verbose=False).predict(**{ARGUMENTS!r}, api_name="/duel")
"""
CALL = f"""
import json, sys, urllib.request
def post(url, body):
    kind = {{"Content-Type": "application/json"}}
    return urllib.request.Request(url, json.dumps(body).encode(), kind)
url = sys.argv[1] + "gradio_api/call/duel"
data = [{PROBLEM!r}, "", None, {BUDGET!r}, None, 0]
event = json.load(urllib.request.urlopen(post(url, {{"data": data}})))["event_id"]
for line in urllib.request.urlopen(url + "/" + event):
    pass
"""
RUN = CALL.replace("gradio_api/call/duel", "gradio_api/run/duel").split("event =")[0] + (
    'urllib.request.urlopen(post(url, {"data": data})).read()'
)
MCP = f"""
import json, sys, urllib.request
call = {{"name": "duel", "arguments": {ARGUMENTS!r}}}
body = {{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}}
kinds = {{"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}}
url = sys.argv[1] + "gradio_api/mcp/"
urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), kinds)).read()
"""
HAS_MCP = importlib.util.find_spec("mcp") is not None
NO_MCP = pytest.mark.skipif(not HAS_MCP, reason="the MCP package is not installed")


@dataclass
class Served:
    address: str
    engine: OnnxEngine

    def spent(self) -> int:
        total = self.engine.counters.total
        assert total is not None
        return total

    def working(self) -> bool:
        before = self.spent()
        time.sleep(0.5)
        return self.spent() > before


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def served(model_dir: Path) -> Iterator[Served]:
    engine = OnnxEngine(model_dir)
    page, port = build(engine), free_port()
    page.launch(server_port=port, prevent_thread_lock=True, quiet=True, mcp_server=HAS_MCP)
    yield Served(f"http://127.0.0.1:{port}/", engine)
    page.close()
    asyncio.run(engine.close())


def wait_for(condition: Any) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def slower() -> float:
    """How many times longer everything takes here, because others keep the processors busy."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.mark.parametrize(
    "script",
    [GRADIO, CALL, RUN, pytest.param(MCP, marks=NO_MCP)],
    ids=["gradio_client", "call", "run", "mcp"],
)
def test_a_client_that_is_killed_stops_its_duel(served: Served, script: str) -> None:
    client = subprocess.Popen([sys.executable, "-c", script, served.address])
    try:
        wait_for(served.working)
        assert client.poll() is None
    finally:
        client.send_signal(signal.SIGKILL)
        client.wait()
    time.sleep(2 * slower())
    assert not served.working()


def test_a_client_that_stays_gets_its_result(served: Served) -> None:
    client = Client(served.address, verbose=False)
    result = client.predict(problem="What is 7*8?", answer="56", api_name="/solve")
    assert (result["status"], result["answer"], result["verdict"]) == ("solved", "56", "equal")
    duel = client.predict(problem="What is 7*8?", lanes=["scale"], budget="4", api_name="/duel")
    assert duel["balances"] and duel["lanes"]["scale"]["answer"] == "56"


def test_the_next_visitor_does_not_wait_for_a_duel_at_500_a_step(served: Served) -> None:
    """By what the engine does meanwhile, not by the clock: it writes 64 samples at a time, and a
    solve takes some dozens of steps. The duel has thousands of samples to write."""
    script = GRADIO.replace(BUDGET, "500/step")
    client = subprocess.Popen([sys.executable, "-c", script, served.address])
    try:
        wait_for(served.working)
        mine = Client(served.address, verbose=False)
        before = served.spent()
        assert mine.predict(problem="What is 7*8?", api_name="/solve")["answer"] == "56"
        assert served.spent() - before < 10_000
        assert client.poll() is None and served.working()
    finally:
        client.send_signal(signal.SIGKILL)
        client.wait()
    wait_for(lambda: not served.working())


@pytest.mark.parametrize("budget", ["999999999/step", "999999999", "999999999999 tokens"])
def test_a_budget_has_a_cap(served: Served, budget: str) -> None:
    began = time.monotonic()
    with pytest.raises(AppError, match=r"at most|is written"):
        Client(served.address, verbose=False).predict(
            problem=PROBLEM, budget=budget, api_name="/duel"
        )
    assert time.monotonic() - began < 5
    assert not served.working()
