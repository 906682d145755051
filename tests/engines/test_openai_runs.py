"""Whole runs over HTTP, with hundreds of faults: none is lost, none hangs, the books balance.

The server gives the embedded model's texts, so a run that met faults must come out exactly as one
that met none: an HTTP retry repeats the same request.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import pytest

from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.engines.base import (
    Cancel,
    Completion,
    Delta,
    EngineError,
    EngineInfo,
    Message,
    Request,
)
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.openai.capabilities import Capabilities
from scale_core.engines.openai.engine import OpenAIEngine, RetryPolicy, Timeouts
from scale_core.runs.solve import solve
from scale_core.trace import events as ev
from scale_core.trace.ledger import Ledger
from scale_core.trace.usage import Usage
from tests.engines.faulty_server import (
    ALL,
    COUNTED,
    FREE,
    MODEL,
    Plan,
    Server,
    at_most,
    from_engine,
    serving,
)

T = TypeVar("T")
CAPS = Capabilities(chat=False, server="vLLM", running_usage=True, token_ids=True, context=512)
PROBLEMS = [
    "Add 17 and 26, then multiply the result by 3.",
    "Multiply 12 by 9, then take away 45.",
    "Add 14 and 35. Multiply 6 by 7. Then add both results.",
    "Take 58 away from 131, then add 27.",
    "Multiply 8 by 15, then add 64, then take away 39.",
]


def run(work: Coroutine[Any, Any, T], seconds: float = 240) -> T:
    return asyncio.run(asyncio.wait_for(work, seconds))


@dataclass
class Asked:
    """An engine that notes what failed requests cost, and can put each prompt into a chat."""

    engine: OpenAIEngine
    chat: bool = False
    failed: list[Usage] = field(default_factory=list)

    @property
    def info(self) -> EngineInfo:
        return self.engine.info

    @property
    def counters(self) -> Usage:
        return self.engine.counters

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: Callable[[Delta], None] | None = None,
    ) -> Completion:
        if self.chat and isinstance(request.prompt, str):
            request = replace(request, prompt=(Message("user", request.prompt),))
        try:
            return await self.engine.sample(request, cancel=cancel, on_delta=on_delta)
        except EngineError as error:
            self.failed.append(error.usage)
            raise

    async def embed(self, texts: Sequence[str]) -> Any:
        return await self.engine.embed(texts)

    async def score_steps(self, problem: str, solutions: Sequence[Sequence[str]]) -> Any:
        return await self.engine.score_steps(problem, solutions)

    async def close(self) -> None:
        await self.engine.close()


# What kinds of engines there are: (options, prompts as chat, servers beside the good one)
KINDS: dict[str, tuple[dict[str, Any], bool, tuple[str, ...]]] = {
    "together": ({"stream": False}, False, ()),
    "apart": ({"stream": False, "together": False}, False, ()),
    "streamed": ({}, False, ()),
    "chat": ({"stream": False}, True, ()),
    "chat streamed": ({}, True, ()),
    "one server dead": ({"stream": False}, False, ("http://127.0.0.1:9/v1",)),
}


def asked(server: Server, kind: str, patience: float) -> Asked:
    options, chat, more = KINDS[kind]
    engine = OpenAIEngine(
        [*more, server.url],
        MODEL,
        key=kind,
        capabilities=CAPS,
        timeouts=Timeouts(reply=patience),
        retry=RetryPolicy(retries=4, first_wait=0.01),
        **options,
    )
    return Asked(engine, chat)


async def solved(engine: Asked, number: int, cancel: Cancel | None = None) -> list[ev.Event]:
    problem = PROBLEMS[number % len(PROBLEMS)]
    stream = solve(
        problem,
        engine=engine,
        dialect=AbacusDialect(),
        seed=number,
        cancel=cancel,
        anyway=True,
        options={"system1_samples": 1 + number % 3},
    )
    return [event async for event in stream]


def texts(events: list[ev.Event]) -> Counter[Any]:
    """What was asked and what came back, in any order: independent steps run side by side."""
    return Counter(
        (e.node, e.stage, e.seed, e.attempt, tuple((s.text, s.finish, s.tokens) for s in e.samples))
        for e in events
        if isinstance(e, ev.Sampled)
    )


async def all_runs(
    source: Any, plan: Plan | None, count: int, patience: float = 60.0
) -> tuple[Server, dict[str, Asked], dict[str, list[list[ev.Event]]]]:
    """`count` runs with every kind of engine on one server, many at once, but not so many that a
    good reply could take longer than the patience."""
    gate = asyncio.Semaphore(16)

    async def one(engine: Asked, number: int) -> list[ev.Event]:
        async with gate:
            return await solved(engine, number)

    server = Server(source) if plan is None else Server(source, plan=plan)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(server))
        engines = {kind: asked(server, kind, patience) for kind in KINDS}
        numbers = range(count)
        work = {k: [one(e, i) for i in numbers] for k, e in engines.items()}
        done = await asyncio.gather(*(asyncio.gather(*runs) for runs in work.values()))
        for engine in engines.values():
            assert all(s.in_flight == 0 for s in engine.engine.state.servers)
            await engine.close()
    return server, engines, dict(zip(engines, done, strict=True))


def test_hundreds_of_faults_change_nothing_but_the_bill(engine: OnnxEngine) -> None:
    count = 17
    source = from_engine(engine)
    # a stall costs its patience, so there are fewer of them
    kinds = [kind for kind in ALL if kind != "stall"] * 10 + ["stall"]
    _, _, calm = run(all_runs(source, None, count))
    server, engines, rough = run(all_runs(source, at_most(2, kinds), count, patience=8.0))

    assert server.faults.total() >= 500
    assert set(server.faults) == set(ALL)
    assert server.running == 0
    for kind, runs in rough.items():
        assert len(runs) == count
        for number, events in enumerate(runs):
            assert isinstance(events[-1], ev.RunEnded)
            assert events[-1] == replace(calm[kind][number][-1], t=events[-1].t)
            assert texts(events) == texts(calm[kind][number])
        assert engines[kind].failed == []
        balanced(server, engines[kind], kind, runs)
    # n in one request or one by one: other seeds, so other texts; all that is streamed is the same
    for kind in ("streamed", "chat", "chat streamed", "one server dead"):
        assert [texts(events) for events in calm[kind]] == [texts(e) for e in calm["together"]]


def balanced(server: Server, asked: Asked, kind: str, runs: list[list[ev.Event]]) -> None:
    """The ledgers add up to the engine's counters, and the engine counted what was reported."""
    ledger = Usage.sum(Ledger(events).total for events in runs)
    failed = Usage.sum(asked.failed)
    # a run may charge what its failed requests cost, or leave it to whoever catches the error
    assert asked.counters in (ledger, ledger + failed)
    reported, tally = asked.engine.state.reported, server.tally[f"Bearer {kind}"]
    assert (reported.prompt, reported.completion) == (
        tally["prompt_tokens"],
        tally["completion_tokens"],
    )


def test_with_faults_that_cost_nothing_or_report_it_every_number_is_known(
    engine: OnnxEngine,
) -> None:
    plan = at_most(2, (*FREE, *COUNTED), seed=1)
    server, engines, rough = run(all_runs(from_engine(engine), plan, 3))
    assert server.faults.total() > 100
    for kind, runs in rough.items():
        counters = engines[kind].counters
        assert counters.prompt is not None and counters.completion is not None
        if kind != "one server dead":
            assert counters.thinking == 0
        balanced(server, engines[kind], kind, runs)


def test_requests_that_are_hopeless_end_their_run_and_no_other(engine: OnnxEngine) -> None:
    """Some requests fail for good, after attempts that reported tokens."""
    rare = at_most(1, ALL[:-3], share=0.04, seed=2)

    def plan(body: bytes, before: int) -> str | None:
        return "empty" if rare(body, 0) else None

    server, engines, rough = run(all_runs(from_engine(engine), plan, 6))
    ended = Counter(type(events[-1]).__name__ for runs in rough.values() for events in runs)
    assert ended == {"RunEnded": 6 * len(KINDS)}
    status = Counter(e[-1].status for runs in rough.values() for e in runs)  # type: ignore[attr-defined]
    assert status["failed"] > 0 and status["solved"] + status["unsolved"] > 0
    for kind, runs in rough.items():
        for events in runs:
            last = events[-1]
            assert isinstance(last, ev.RunEnded)
            if last.status == "failed":
                assert "no choices" in last.message or "out of memory" in last.message
        balanced(server, engines[kind], kind, runs)


@pytest.mark.parametrize("kind", ["together", "streamed", "apart"])
def test_stop_in_the_middle_of_faults_still_balances(engine: OnnxEngine, kind: str) -> None:
    async def go() -> None:
        server = Server(from_engine(engine), plan=at_most(2, ALL), pace=0.002)
        async with serving(server):
            http = asked(server, kind, 30)
            stops = [threading.Event() for _ in range(6)]
            tasks = [asyncio.create_task(solved(http, i, stop)) for i, stop in enumerate(stops)]
            for stop in stops:
                await asyncio.sleep(0.15)
                stop.set()
            done, late = await asyncio.wait(tasks, timeout=10)
            assert not late
            runs = [task.result() for task in done]
            assert all(isinstance(events[-1], ev.RunEnded) for events in runs)
            assert any(events[-1].status == "stopped" for events in runs)  # type: ignore[attr-defined]
            ledger = Usage.sum(Ledger(events).total for events in runs)
            assert http.counters in (ledger, ledger + Usage.sum(http.failed))
            assert all(s.in_flight == 0 for s in http.engine.state.servers)
            await http.close()

    run(go(), 60)
