"""The page is up while the model loads, says how far it is, and serves whoever waited."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client

from scale_core.engines.base import Engine, EngineError, EngineInfo
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.loading import LoadingEngine, Report
from scale_core.ui.page import EngineLine, build

PATIENCE = 60.0
EARLY = EngineInfo("test", "a large model", "", 0, logprobs=True)


@dataclass
class Slow:
    """A model whose loading is held until `go` is set, and then fails if told so."""

    folder: Path
    error: EngineError | None = None
    go: threading.Event = field(default_factory=threading.Event)

    def load(self, report: Report) -> Engine:
        report("loading", "a large model: loading weights")
        assert self.go.wait(PATIENCE)
        if self.error is not None:
            raise self.error
        return OnnxEngine(self.folder)


@pytest.fixture
def slow(model_dir: Path) -> Iterator[Slow]:
    slow = Slow(model_dir)
    yield slow
    slow.go.set()


@pytest.fixture
def engine(slow: Slow) -> Iterator[LoadingEngine]:
    engine = LoadingEngine(slow.load, EARLY)
    while engine.state.phase == "starting":
        time.sleep(0.01)
    yield engine
    slow.go.set()
    asyncio.run(engine.close())


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


@pytest.fixture
def address(engine: LoadingEngine) -> Iterator[str]:
    page = build(engine)
    port = free_port()
    page.launch(server_port=port, prevent_thread_lock=True, quiet=True)
    yield f"http://127.0.0.1:{port}/"
    page.close()


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        text: str = answer.read().decode()
        return text


def test_the_page_is_up_and_a_run_waits_for_the_model(
    slow: Slow, engine: LoadingEngine, address: str
) -> None:
    assert "SCALE Explorer" in read(address)
    assert "a large model: loading weights" in read(f"{address}config")
    assert not engine.state.settled
    done: list[dict[str, Any]] = []

    def solve() -> None:
        client = Client(address, verbose=False)
        done.append(client.predict(problem="What is 7*8?", answer="56", api_name="/solve"))

    waiting = threading.Thread(target=solve)
    waiting.start()
    waiting.join(3)
    assert waiting.is_alive()
    assert not done
    slow.go.set()
    waiting.join(PATIENCE)
    assert done[0]["answer"] == "56"


def test_a_failure_is_told_on_the_page_and_to_programs(
    slow: Slow, engine: LoadingEngine, address: str
) -> None:
    slow.error = EngineError("the card has 3 GiB left and the model needs 16")
    slow.go.set()
    result = Client(address, verbose=False).predict(problem="What is 7*8?", api_name="/solve")
    assert result["status"] == "failed"
    assert "3 GiB left" in str(result)


# ---- the engine's line -----------------------------------------------------------------------


def look(line: EngineLine) -> dict[str, Any]:
    return asyncio.run(line.look())


def test_the_line_follows_the_engine(slow: Slow, engine: LoadingEngine) -> None:
    line = EngineLine(engine, 7)
    before = look(line)
    assert before["parts"][0] == "a large model: loading weights"
    assert (before["ok"], before["seed"], line.settled) == (False, 7, False)
    slow.go.set()
    asyncio.run(engine.ready())
    while not engine.state.settled:
        time.sleep(0.01)
    after = look(line)
    assert (after["ok"], after["seed"], line.settled) == (True, 7, True)
    assert "CPU" in after["parts"][1]
    assert "M parameters" in after["parts"][2]


def test_the_line_tells_why_there_is_no_engine(slow: Slow, engine: LoadingEngine) -> None:
    line = EngineLine(engine, 0)
    slow.error = EngineError("no <b>such<i> model")
    slow.go.set()
    while not engine.state.settled:
        time.sleep(0.01)
    assert look(line)["parts"] == ["no <b>such<i> model"]
    assert line.settled


class Server:
    """Something that has to be asked what it can do, and first does not answer."""

    def __init__(self) -> None:
        self.info = EngineInfo("test server", "m", "http://x", 0, parameters=8_200_000_000)
        self.errors: list[EngineError] = [EngineError("no server answers")]

    async def probe(self) -> EngineInfo:
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop()
        return self.info


def test_a_server_is_asked_again_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scale_core.ui.page.AGAIN", 0.0)
    line = EngineLine(Server(), 0)

    async def follow() -> list[dict[str, Any]]:
        seen = []
        while not line.settled:
            seen.append(await line.look())
            await asyncio.sleep(0.01)
        return [*seen, await line.look()]

    seen = asyncio.run(follow())
    assert ["no server answers"] in [s["notes"] for s in seen]
    assert seen[-1]["ok"]
    assert seen[-1]["parts"] == ["m", "server 1", "8.2 B parameters"]


def test_an_engine_that_is_there_is_settled_from_the_start(model_dir: Path) -> None:
    engine = OnnxEngine(model_dir)
    assert EngineLine(engine, 0).settled
    assert EngineLine(engine, 3).now()["seed"] == 3
    asyncio.run(engine.close())
