"""The sample cache: one sample, many engines before it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.engines.base import Completion, EngineError, Request
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.sample_cache import CachedEngine, Missing, SampleCache
from scale_core.trace.usage import Usage
from tests.pipeline.scripted import LONG, ScriptedEngine, in_turn, script, slow

PROMPT = "<|s2|>37*48<|go|>"


@pytest.fixture(scope="module")
def engine(model_dir: Path) -> Iterator[OnnxEngine]:
    engine = OnnxEngine(model_dir)
    yield engine
    asyncio.run(engine.close())


def ask(n: int = 1, first: int = 0, seed: int = 1, prompt: str = PROMPT) -> Request:
    return Request(prompt, n=n, first=first, seed=seed, max_tokens=120)


def physical(cache: SampleCache) -> list[Usage]:
    seen: list[Usage] = []
    cache.listeners.append(lambda request, completion: seen.append(completion.usage))
    return seen


def test_each_gets_what_the_engine_alone_would_give(engine: OnnxEngine) -> None:
    async def go() -> tuple[Completion, Completion]:
        alone = await engine.sample(ask(4))
        cache = SampleCache(engine)
        await CachedEngine(cache).sample(ask(2, first=1))
        return alone, await CachedEngine(cache).sample(ask(4))

    alone, shared = asyncio.run(go())
    assert [s.text for s in shared.samples] == [s.text for s in alone.samples]
    assert shared.usage == alone.usage


def test_what_two_want_at_the_same_time_is_generated_once(engine: OnnxEngine) -> None:
    async def go() -> tuple[list[Completion], list[Usage], Usage]:
        cache, before = SampleCache(engine), engine.counters
        seen = physical(cache)
        engines = [CachedEngine(cache) for _ in range(3)]
        got = await asyncio.gather(*(a.sample(ask(3)) for a in engines))
        assert all(a.counters == got[0].usage for a in engines)
        after = engine.counters
        spent = Usage(
            (after.prompt or 0) - (before.prompt or 0),
            0,
            (after.completion or 0) - (before.completion or 0),
            0,
        )
        return list(got), seen, spent

    got, seen, spent = asyncio.run(go())
    assert len({c.samples for c in got}) == 1
    assert seen == [got[0].usage] and Usage.sum(seen) == spent


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 6)), min_size=1, max_size=6))
def test_every_token_is_generated_once_and_charged_to_everyone(
    wanted: list[tuple[int, int]],
) -> None:
    engine = ScriptedEngine()

    async def go() -> tuple[SampleCache, list[Usage], list[Usage]]:
        cache = SampleCache(engine)
        seen, charged = physical(cache), list[Usage]()
        for n, first in wanted:
            own = CachedEngine(cache)
            charged.append((await own.sample(ask(n, first))).usage)
            assert own.counters == charged[-1]
        return cache, seen, charged

    _, seen, charged = asyncio.run(go())
    assert Usage.sum(seen) == engine.counters
    distinct = {i for n, first in wanted for i in range(first, first + n)}
    assert sum(call.request.n for call in engine.calls) == len(distinct)
    alone = ScriptedEngine()
    for (n, first), usage in zip(wanted, charged, strict=True):
        assert asyncio.run(alone.sample(ask(n, first))).usage == usage


def test_one_who_stops_does_not_stop_the_others() -> None:
    engine = ScriptedEngine(script(s2=slow("6", 0.2)))
    stopped, going = threading.Event(), threading.Event()
    stopped.set()

    async def go() -> list[Completion]:
        cache = SampleCache(engine)
        engines = CachedEngine(cache), CachedEngine(cache)
        return await asyncio.gather(
            engines[0].sample(ask(), cancel=stopped), engines[1].sample(ask(), cancel=going)
        )

    assert [c.samples[0].finish for c in asyncio.run(go())] == ["stop", "stop"]


def test_when_all_stop_the_engine_does_and_nothing_cut_is_kept() -> None:
    engine = ScriptedEngine(script(s2=slow("6", LONG)))
    cancel = threading.Event()

    async def go() -> tuple[list[Completion], SampleCache]:
        cache = SampleCache(engine)
        asyncio.get_running_loop().call_later(0.05, cancel.set)
        engines = CachedEngine(cache), CachedEngine(cache)
        got = await asyncio.gather(*(a.sample(ask(), cancel=cancel) for a in engines))
        assert [a.counters for a in engines] == [c.usage for c in got]
        return list(got), cache

    got, cache = asyncio.run(asyncio.wait_for(go(), 5))
    assert [c.samples[0].finish for c in got] == ["abort", "abort"]
    assert got[0].usage == engine.counters and (engine.counters.total or 0) > 0
    assert not cache.has(ask())


def test_an_error_reaches_all_and_the_next_one_may_try_again() -> None:
    calls = []

    def once(body: str, seed: int, index: int) -> str:
        calls.append(index)
        if len(calls) == 1:
            raise EngineError("out of luck")
        return "6"

    unlucky = ScriptedEngine(script(s2=once))

    async def go() -> Completion:
        own = CachedEngine(SampleCache(unlucky))
        with pytest.raises(EngineError, match="luck"):
            await own.sample(ask())
        return await own.sample(ask())

    assert asyncio.run(go()).samples[0].text == "6"


def test_a_recorded_cache_gives_what_it_has_and_says_what_it_lacks() -> None:
    engine = ScriptedEngine(script(s2=in_turn("1", "2")))

    async def go() -> None:
        live = SampleCache(engine)
        had = await CachedEngine(live).sample(ask(2))
        replayed = SampleCache(None, engine.info)
        from scale_core.pipeline.context import record

        replayed.recall(record("1", "system2", ask(2), had, 0))
        again = await CachedEngine(replayed).sample(ask(2))
        assert (again.samples, again.usage) == (had.samples, had.usage)
        with pytest.raises(Missing) as lack:
            await CachedEngine(replayed).sample(ask(5))
        assert lack.value.count == 3 and replayed.missing == [lack.value]

    asyncio.run(go())
