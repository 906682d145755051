"""The sample cache: one sample, many engines before it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.engines import scripted
from scale_core.engines.base import Completion, Delta, EngineError, Request
from scale_core.engines.cancel import StopSignal
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.sample_cache import CachedEngine, Missing, SampleCache
from scale_core.engines.scripted import Reply
from scale_core.pipeline.context import record
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
        replayed.recall(record("1", "system2", ask(2), had, 0))
        again = await CachedEngine(replayed).sample(ask(2))
        assert (again.samples, again.usage) == (had.samples, had.usage)
        with pytest.raises(Missing) as lack:
            await CachedEngine(replayed).sample(ask(5))
        assert lack.value.count == 3 and replayed.missing == [lack.value]

    asyncio.run(go())


# ---- handed on as it came ------------------------------------------------------------------


class Telling(scripted.ScriptedEngine):
    """Counts thinking of several samples together, was repeated once, and takes its time."""

    async def sample(self, request: Request, **how: Any) -> Completion:
        self.asked = [*getattr(self, "asked", ()), (request.first, request.n)]
        done = await super().sample(request, **how)
        return replace(done, seconds=1.5, faults=("it broke off",))


def thoughtful(delay: float = 0.0) -> Telling:
    return Telling(lambda request, i: Reply(f"reply {i}", thinking=f"hm {i}", delay=delay))


def test_one_physical_request_is_handed_on_as_it_came() -> None:
    async def go() -> None:
        engine = thoughtful(0.05)
        cache = SampleCache(engine)
        alone = await thoughtful().sample(ask(3))
        together = await asyncio.gather(*(CachedEngine(cache).sample(ask(3)) for _ in range(2)))
        later = await CachedEngine(cache).sample(ask(3))
        assert [*together, later] == [alone] * 3
        assert alone.usage.thinking == 12 and alone.faults and alone.seconds == 1.5
        part = await CachedEngine(cache).sample(ask(2))
        assert part.samples == alone.samples[:2] and part.faults == alone.faults
        assert part.usage.thinking is None  # of three together: whose it was is not known
        more = await CachedEngine(cache).sample(ask(4))
        assert more.faults == ("it broke off",) * 2  # of both requests that it needed
        assert engine.asked == [(0, 3), (3, 1)]

    asyncio.run(go())


def test_recorded_samples_tell_what_went_wrong_on_their_way() -> None:
    async def go() -> None:
        engine = thoughtful()
        had = await engine.sample(ask(2))
        replayed = SampleCache(None, engine.info)
        replayed.recall(record("1", "system2", ask(2), had, 0), had.faults)
        again = await CachedEngine(replayed).sample(ask(2))
        assert again == had

    asyncio.run(go())


def texts_of(deltas: Sequence[Delta]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for delta in deltas:
        thought, reply = ("", "") if delta.restart else found.get(delta.index, ("", ""))
        found[delta.index] = (
            (thought + delta.text, reply) if delta.thinking else (thought, reply + delta.text)
        )
    return found


WORDS = (("wrong ", False), ("words ", False), ("reply ", True), ("", False))


class Streaming(scripted.ScriptedEngine):
    """Streams sample i in words, one every 20 ms, the first two before a restart."""

    async def sample(self, request: Request, **how: Any) -> Completion:
        tell = how.pop("on_delta", None)
        for word, restart in WORDS:
            if tell:
                for i in request.indices:
                    tell(Delta(i, word or f"{i}", restart=restart))
            await asyncio.sleep(0.02)
        return await super().sample(request, **how)


def test_text_reaches_everybody_as_it_grows_also_who_comes_later() -> None:
    async def go() -> None:
        cache = SampleCache(Streaming(lambda request, i: f"reply {i}"))
        heard: list[list[Delta]] = [[], [], []]
        first = asyncio.create_task(CachedEngine(cache).sample(ask(3), on_delta=heard[0].append))
        await asyncio.sleep(0.03)
        assert texts_of(heard[0])[0] == ("", "wrong words ")
        late = CachedEngine(cache).sample(ask(2, first=1), on_delta=heard[1].append)
        await asyncio.gather(first, late)
        await CachedEngine(cache).sample(ask(3), on_delta=heard[2].append)
        whole = {i: ("", f"reply {i}") for i in range(3)}
        assert texts_of(heard[0]) == whole
        assert texts_of(heard[1]) == {i: whole[i] for i in (1, 2)}
        assert [d.text for d in heard[2]] == ["reply 0", "reply 1", "reply 2"]  # whole: was there

    asyncio.run(go())


def test_who_listens_to_a_request_that_was_begun_in_silence_hears_it_whole() -> None:
    async def go() -> None:
        cache, heard = SampleCache(thoughtful(0.05)), list[Delta]()
        silent = asyncio.create_task(CachedEngine(cache).sample(ask(2)))
        await asyncio.sleep(0.01)
        await CachedEngine(cache).sample(ask(1, first=1), on_delta=heard.append)
        await silent
        assert texts_of(heard) == {1: ("hm 1", "reply 1")}

    asyncio.run(go())


def test_a_callback_that_fails_fails_its_own_request_only() -> None:
    async def go() -> None:
        cache, heard = SampleCache(Streaming(lambda request, i: f"reply {i}")), list[Delta]()

        def bug(delta: Delta) -> None:
            raise KeyError("a bug")

        good = asyncio.create_task(CachedEngine(cache).sample(ask(1), on_delta=heard.append))
        await asyncio.sleep(0.01)
        with pytest.raises(KeyError, match="a bug"):
            await CachedEngine(cache).sample(ask(1), on_delta=bug)
        assert (await good).samples[0].finish == "stop"
        assert texts_of(heard) == {0: ("", "reply 0")}

    asyncio.run(go())


def test_nobody_waits_any_more_so_the_request_ends() -> None:
    async def go() -> None:
        engine = ScriptedEngine(script(s2=slow("6", LONG)))
        task = asyncio.create_task(CachedEngine(SampleCache(engine)).sample(ask()))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(500):
            if not engine.active:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it goes on")

    asyncio.run(go())


def test_one_who_comes_after_the_stop_gets_samples_of_his_own() -> None:
    engine = ScriptedEngine(script(s2=slow("6", 0.3, step=0.2)))
    cancel = threading.Event()

    async def go() -> list[Completion]:
        cache = SampleCache(engine)
        stopped = asyncio.create_task(CachedEngine(cache).sample(ask(), cancel=StopSignal(cancel)))
        await asyncio.sleep(0.02)
        cancel.set()
        await asyncio.sleep(0.1)  # it was told to stop, and has not done so yet
        late = await CachedEngine(cache).sample(ask())
        return [await stopped, late]

    assert [c.samples[0].finish for c in asyncio.run(go())] == ["abort", "stop"]


def test_a_failure_charges_what_the_other_parts_spent() -> None:
    def some(request: Request, i: int) -> str:
        if request.first == 3:
            raise EngineError("out of luck", Usage(1, 0, 2, 0))
        return "6"

    async def go() -> None:
        cache = SampleCache(scripted.ScriptedEngine(some))
        await CachedEngine(cache).sample(ask(1, first=2))
        own = CachedEngine(cache)
        with pytest.raises(EngineError, match="luck"):
            await own.sample(ask(5))  # 0, 1 and 3, 4 are lacking
        spent = scripted.count(PROMPT) + 2 * 2  # the part that worked
        assert own.counters == Usage(spent - 4 + 1, 0, 4 + 2, 0)

    asyncio.run(go())
