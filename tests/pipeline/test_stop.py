"""Stop means stop, at every stage; failures and closing leave nothing running."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

import pytest

from scale_core.engines.base import EngineError
from scale_core.engines.scripted import Reply
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from tests.pipeline.scripted import (
    LONG,
    RIGHT,
    Call,
    Events,
    Handler,
    ScriptedEngine,
    begin,
    calibration_of,
    drain,
    fails,
    play,
    script,
    slow,
    stop_at,
)

BOUND = 10.0
"""Seconds that a stop may take on a busy machine; requests last LONG ones."""
WIDE = "#1=2+3;#2=3+4;#3=4+5;#4=#1+#2;#5=#4+#3"
STAGES: dict[str, dict[str, Any]] = {
    "outline": {},
    "choose": {"choice": "model", "dedupe": False},
    "rate": {},
    "s1": {},
    "verify": {},
    "s2": {"assign": "system2"},
    "last2": {"preset": "faithful"},
    "cot": {"preset": "cot"},
}


def halting(role: str, **more: Any) -> dict[str, Any]:
    return {**more, role: slow(RIGHT[role], LONG)}


def check_stopped(run: Run, began: float) -> None:
    assert run.end is not None
    assert (run.status, run.end.message) == ("stopped", "stopped by request")
    assert run.answer is None
    assert monotonic() - began < BOUND
    assert all(n.state in ("planned", "solved", "stopped") for n in run.steps)


@pytest.mark.parametrize("stage", STAGES)
def test_stop_at_each_stage(stage: str) -> None:
    cancel, began = threading.Event(), monotonic()
    engine = ScriptedEngine(script(**halting(stage)), on_call=stop_at(stage, cancel))
    check_stopped(play(engine, cancel=cancel, **STAGES[stage]), began)


@pytest.mark.parametrize("stage", ["rate", "s1", "verify"])
def test_stop_at_a_later_request_of_a_stage(stage: str) -> None:
    cancel, began = threading.Event(), monotonic()
    nth = 3
    engine = ScriptedEngine(on_call=stop_at(stage, cancel, nth))
    run = play(engine, cancel=cancel)
    check_stopped(run, began)
    assert [n.state for n in run.steps[:2]] == ["solved", "solved"]


def stop_later(role: str, cancel: threading.Event, nth: int) -> Callable[[Call], None]:
    """Presses Stop a little after the nth request of a role began."""
    later = stop_at(role, cancel, nth)

    def on_call(call: Call) -> None:
        asyncio.get_running_loop().call_later(0.03, later, call)

    return on_call


def _wide(role: str, handler: Handler) -> dict[str, Any]:
    return {"outline": WIDE, role: handler}


def uneven(role: str) -> Handler:
    """Requests whose token steps do not end together: 2 ms for the first step's, 80 ms else."""

    def handler(body: str, seed: int, index: int) -> Reply:
        quick = body in ("2+3", "#1=2+3")
        return Reply("5" * 12 if role == "s1" else "5", delay=LONG, step=0.002 if quick else 0.08)

    return handler


@pytest.mark.parametrize("role", ["rate", "s1"])
def test_stop_records_every_request_that_was_running(role: str) -> None:
    """Law 3: the ledger equals the counters also after Stop (`play` checks it)."""
    cancel, began = threading.Event(), monotonic()
    engine = ScriptedEngine(
        script(**_wide(role, uneven(role))), on_call=stop_later(role, cancel, 3)
    )
    run = play(engine, cancel=cancel)
    check_stopped(run, began)
    asked = {c.request.seed for c in engine.called(role)}
    assert {e.seed for n in run.nodes.values() for e in n.calls} >= asked


def failing_beside(role: str, delay: float) -> ScriptedEngine:
    """The second step's request fails while the others take their time."""

    def handler(body: str, seed: int, index: int) -> Reply:
        if body == "3+4":
            raise EngineError("out of memory")
        return Reply("5", delay=delay, step=0.05)

    return ScriptedEngine(script(**_wide(role, handler)))


@pytest.mark.parametrize("role", ["rate", "s1"])
@pytest.mark.parametrize("delay", [0.1, LONG])
def test_an_engine_failure_ends_and_records_what_runs_beside_it(role: str, delay: float) -> None:
    began = monotonic()
    run = play(failing_beside(role, delay), within=BOUND)
    assert run.end is not None
    assert (run.status, run.end.message) == ("failed", "out of memory")
    assert monotonic() - began < BOUND


def complaints(main: Callable[[], Coroutine[Any, Any, None]]) -> list[str]:
    """What the event loop complains about, such as exceptions that nobody retrieved."""
    heard: list[str] = []

    async def watched() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: heard.append(context["message"]))
        await main()
        gc.collect()
        await asyncio.sleep(0)

    with calibration_of(None):
        asyncio.run(watched())
    gc.collect()
    return heard


@pytest.mark.parametrize("ending", ["stop", "failure"])
@pytest.mark.parametrize("role", ["rate", "s1"])
def test_steps_that_end_together_leave_no_lost_exception(role: str, ending: str) -> None:
    cancel = threading.Event()
    handler: Handler = slow(RIGHT[role], LONG) if ending == "stop" else fails("closed")
    engine = ScriptedEngine(script(**_wide(role, handler)))
    if ending == "stop":
        engine.on_call = stop_at(role, cancel, 3)

    async def main() -> None:
        await drain(begin(engine, cancel=cancel))

    assert complaints(main) == []


async def _reach(events: Events, engine: ScriptedEngine, role: str) -> list[ev.Event]:
    """Take events until a request of the role is running."""
    taken = [await anext(events)]
    while not any(call.role == role for call in engine.active):
        await asyncio.sleep(0.001)
    return taken


@pytest.mark.parametrize("stage", STAGES)
def test_closing_early_cancels_everything(stage: str) -> None:
    engine = ScriptedEngine(script(**halting(stage)))

    async def main() -> None:
        before = asyncio.all_tasks()
        events = begin(engine, **STAGES[stage])
        await asyncio.wait_for(_reach(events, engine, stage), BOUND)
        await asyncio.wait_for(events.aclose(), BOUND)
        assert asyncio.all_tasks() == before
        assert engine.active == []
        assert not engine.closed, "the engine belongs to the caller"
        with pytest.raises(StopAsyncIteration):
            await anext(events)

    assert complaints(main) == []


@pytest.mark.parametrize("stage", ["rate", "s1"])
def test_cancelling_the_reader_cancels_everything(stage: str) -> None:
    engine = ScriptedEngine(script(**halting(stage)))

    async def main() -> None:
        before = asyncio.all_tasks()
        reader = asyncio.create_task(drain(begin(engine)))
        while not any(call.role == stage for call in engine.active):
            await asyncio.sleep(0.001)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(reader, BOUND)
        assert asyncio.all_tasks() == before
        assert engine.active == []

    assert complaints(main) == []


def test_concurrent_runs_do_not_mix() -> None:
    plans = {"one": "#1=2+3;#2=#1*4", "two": "#1=30-4;#2=#1-9;#3=#2+#1"}

    def outline(body: str, seed: int, index: int) -> Reply:
        return Reply(plans[body], delay=0.003 * (index + 1))

    engine = ScriptedEngine(script(outline=outline, s1=slow(RIGHT["s1"], 0.004)))

    async def both() -> list[Run]:
        return list(
            await asyncio.gather(*(_collected(begin(engine, name, seed=3)) for name in plans))
        )

    with calibration_of(None):
        one, two = asyncio.run(both())
    assert one.answer is not None
    assert two.answer is not None
    assert (one.answer.answer, two.answer.answer) == ("20", "43")
    assert one.ledger.total + two.ledger.total == engine.counters
    assert {e.prompt for n in one.nodes.values() for e in n.calls}.isdisjoint(
        e.prompt for n in two.nodes.values() for e in n.calls
    )


async def _collected(events: Events) -> Run:
    return Run([event async for event in events])


def test_stopping_one_run_leaves_the_other() -> None:
    cancel = threading.Event()
    engine = ScriptedEngine(script(s1=slow(RIGHT["s1"], 0.02)), on_call=stop_at("s1", cancel))

    async def both() -> list[Run]:
        return list(
            await asyncio.gather(
                _collected(begin(engine, cancel=cancel)), _collected(begin(engine, seed=1))
            )
        )

    with calibration_of(None):
        stopped, other = asyncio.run(both())
    assert (stopped.status, other.status) == ("stopped", "solved")
    assert stopped.ledger.total + other.ledger.total == engine.counters


def test_a_run_beside_another_is_the_same_run() -> None:
    alone = play(ScriptedEngine(), seed=5)
    engine = ScriptedEngine()

    async def both() -> list[Run]:
        return list(
            await asyncio.gather(
                _collected(begin(engine, seed=5)), _collected(begin(engine, seed=6))
            )
        )

    with calibration_of(None):
        beside, _ = asyncio.run(both())
    assert [c.seed for n in beside.nodes.values() for c in n.calls] == [
        c.seed for n in alone.nodes.values() for c in n.calls
    ]
    assert beside.ledger.total == alone.ledger.total


def test_a_bug_in_the_engine_is_not_swallowed() -> None:
    def broken(body: str, seed: int, index: int) -> str:
        raise KeyError("bug")

    engine = ScriptedEngine(script(rate=broken))

    async def main() -> None:
        with pytest.raises(KeyError):
            await asyncio.wait_for(drain(begin(engine)), BOUND)

    assert complaints(main) == []
    assert engine.active == []
