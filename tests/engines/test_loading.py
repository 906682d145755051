"""An engine that is still loading: requests wait, Stop works, failures are told in words."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scale_core.engines.base import Engine, EngineError, EngineInfo, Request
from scale_core.engines.cancel import StopSignal
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.loading import Loading, LoadingEngine, Report
from scale_core.trace.usage import Usage

EARLY = EngineInfo("test", "slow model", "", 0, notes=("It is being loaded.",))
ASK = Request("<|s2|>12*12<|go|>", temperature=0, max_tokens=60)
PATIENCE = 20.0


class Gate:
    """A load that waits until it is let through; it then loads the embedded model."""

    def __init__(self, model_dir: Path, error: Exception | None = None) -> None:
        self.open, self.error, self.model_dir = threading.Event(), error, model_dir
        self.made: list[OnnxEngine] = []

    def load(self, report: Report) -> Engine:
        report("loading", "loading weights")
        assert self.open.wait(PATIENCE)
        if self.error is not None:
            raise self.error
        report("compiling", "warming up")
        self.made.append(OnnxEngine(self.model_dir))
        return self.made[-1]


@pytest.fixture
def gate(model_dir: Path) -> Iterator[Gate]:
    gate = Gate(model_dir)
    yield gate
    gate.open.set()
    for engine in gate.made:
        asyncio.run(engine.close())


def until(true: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.005)


def test_requests_wait_and_are_served(gate: Gate) -> None:
    seen: list[Loading] = []
    engine = LoadingEngine(gate.load, EARLY, seen.append)
    until(lambda: engine.state.phase == "loading")
    assert engine.info == EARLY
    assert engine.counters == Usage()

    async def work() -> str:
        tasks = [asyncio.ensure_future(engine.sample(ASK)) for _ in range(3)]
        await asyncio.sleep(0.2)
        assert not any(task.done() for task in tasks)
        before = engine.state.seconds
        gate.open.set()
        texts = {(await task).samples[0].text for task in tasks}
        assert engine.state.phase == "ready"
        assert engine.state.seconds >= before
        return texts.pop()

    assert asyncio.run(work()).endswith("=144")
    assert engine.info.name == "ONNX Runtime"
    assert engine.counters.completion
    assert [s.phase for s in seen] == ["starting", "loading", "compiling", "ready"]
    assert [s.seconds for s in seen] == sorted(s.seconds for s in seen)
    asyncio.run(engine.close())
    with pytest.raises(EngineError):
        asyncio.run(engine.sample(ASK))


def test_stop_ends_what_waits_and_costs_nothing(gate: Gate) -> None:
    engine = LoadingEngine(gate.load, EARLY)
    cancel = StopSignal()

    async def work() -> None:
        task = asyncio.ensure_future(engine.sample(Request("x", n=3, first=2), cancel=cancel))
        await asyncio.sleep(0.1)
        cancel.set()
        completion = await asyncio.wait_for(task, 1)
        assert completion.usage == Usage()
        assert [(s.index, s.finish, s.text) for s in completion.samples] == [
            (2, "abort", ""), (3, "abort", ""), (4, "abort", "")
        ]  # fmt: skip

    asyncio.run(work())
    assert not engine.state.settled


@pytest.mark.parametrize(
    ("error", "words"),
    [(EngineError("the card has no memory left"), "no memory"), (KeyError("x"), "slow model.*'x'")],
)
def test_a_failure_is_told_to_whoever_waits_or_comes_later(
    gate: Gate, error: Exception, words: str
) -> None:
    gate.error = error
    engine = LoadingEngine(gate.load, EARLY)

    async def work() -> None:
        task = asyncio.ensure_future(engine.sample(ASK))
        await asyncio.sleep(0.1)
        gate.open.set()
        with pytest.raises(EngineError, match=words):
            await asyncio.wait_for(task, 5)
        for call in (
            engine.sample(ASK), engine.embed(["1"]), engine.score_steps("1", [["2"]]),
        ):  # fmt: skip
            with pytest.raises(EngineError, match=words):
                await call

    asyncio.run(work())
    assert engine.state.phase == "failed"
    assert engine.info == EARLY
    asyncio.run(engine.close())


def test_closed_while_it_loads_it_is_dropped_as_soon_as_it_is_there(gate: Gate) -> None:
    engine = LoadingEngine(gate.load, EARLY)
    asyncio.run(engine.close())
    gate.open.set()
    until(lambda: engine.state.settled)
    with pytest.raises(EngineError, match="closed"):
        asyncio.run(engine.sample(ASK))
    with pytest.raises(EngineError, match="closed"):
        asyncio.run(gate.made[0].sample(ASK))


def test_whoever_watches_cannot_stop_the_loading(gate: Gate) -> None:
    def broken(state: Loading) -> None:
        raise ZeroDivisionError

    gate.open.set()
    engine = LoadingEngine(gate.load, EARLY, broken)
    assert asyncio.run(engine.sample(ASK)).samples[0].text.endswith("=144")
