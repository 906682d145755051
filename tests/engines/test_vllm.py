"""The embedded model's checkpoint in a real vLLM: the engine's promises and whole runs."""

from __future__ import annotations

import asyncio
import math
import os
import threading
import time
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from scale_core.dialects.abacus.dialect import AbacusDialect, prompt
from scale_core.engines.base import Completion, Delta, EngineError, Message, Request, Sample
from scale_core.engines.cancel import StopSignal
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.vllm.engine import VllmEngine
from scale_core.engines.vllm.sampling import Sampler
from scale_core.runs.solve import solve
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from tests.engines.vllm_settings import ARGUMENTS, CHECKPOINT

pytestmark = pytest.mark.vllm

T = TypeVar("T")
PROBLEM = "What is (37*48 + 125*16) mod 13?"
PROBLEMS = {PROBLEM: "6", "gcd(84, 126)": "42", "Let a=23*14. Let b=a-58. What is b mod 31?": "16"}
REPLIES = [
    prompt("outline", PROBLEM),
    prompt("outline", "gcd(84, 126)"),
    *(prompt("s2", f"{a}*{b}") for a, b in ((37, 48), (125, 16), (999, 99), (12, 12))),
    *(prompt("s1", text) for text in ("7*8", "1776+2000", "3776%13")),
    *(prompt("verify", text) for text in ("37*48=1776", "37*48=1777")),
    prompt("rate", "37*48"),
    prompt("cot", PROBLEM),
]
WILD = Request("12+34=", max_tokens=40, temperature=1.0, logprobs=3)
LONG = Request("1 " * 20, max_tokens=400, temperature=1.5)


def run(work: Coroutine[Any, Any, T], seconds: float = 120) -> T:
    return asyncio.run(asyncio.wait_for(work, seconds))


def sample(engine: VllmEngine | OnnxEngine, request: Request) -> tuple[Sample, ...]:
    return run(engine.sample(request)).samples


def gone(before: Usage, after: Usage) -> tuple[int, int, int]:
    """(prompt, completion, thinking) tokens between two readings of the counters."""
    pairs = [(getattr(before, f), getattr(after, f)) for f in ("prompt", "completion", "thinking")]
    prompt, completion, thinking = (b - a for a, b in pairs)
    return prompt, completion, thinking


def known(usage: Usage) -> tuple[int | None, ...]:
    return usage.prompt, usage.completion, usage.thinking


async def quiet(engine: VllmEngine, seconds: float = 1.0) -> float:
    """Wait until vLLM has no request; the seconds that took. Fails after `seconds`."""
    began = time.monotonic()
    while engine.running:
        assert time.monotonic() - began < seconds, f"{engine.running} requests still run"
        await asyncio.sleep(0.005)
    return time.monotonic() - began


async def busy(engine: VllmEngine, count: int = 1) -> None:
    while engine.running < count:
        await asyncio.sleep(0.005)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the model from ending its samples by itself."""
    original = Sampler._params

    def endless(self: Sampler, *args: Any, **keywords: Any) -> Any:
        params = original(self, *args, **keywords)
        params.ignore_eos = True
        return params

    monkeypatch.setattr(Sampler, "_params", endless)


@pytest.fixture(scope="module")
def vllm() -> Iterator[VllmEngine]:
    engine = VllmEngine(str(CHECKPOINT), ARGUMENTS)
    yield engine
    asyncio.run(engine.close())


# ---- what it says of itself ------------------------------------------------------------------


def test_info_says_what_it_can(vllm: VllmEngine) -> None:
    info = vllm.info
    assert (info.name, info.context, info.logprobs, info.schema) == ("vLLM", 512, True, True)
    assert not (info.chat or info.thinking_switch or info.thinking_budget)
    assert not (info.reproducible or info.embeds or info.scores_steps)
    assert info.parameters is not None and 6_000_000 < info.parameters < 8_000_000
    assert any("seed" in note for note in info.notes)
    with pytest.raises(EngineError, match="--embedder"):
        run(vllm.embed(["x"]))
    with pytest.raises(EngineError, match="--prm"):
        run(vllm.score_steps("x", [["y"]]))


# ---- the model's own numbers -----------------------------------------------------------------


@pytest.mark.parametrize("text", REPLIES)
def test_greedy_replies_are_those_of_the_onnx_engine(
    vllm: VllmEngine, engine: OnnxEngine, text: str
) -> None:
    request = Request(text, temperature=0, max_tokens=400, logprobs=3)
    (here,), (there,) = sample(vllm, request), sample(engine, request)
    assert (here.text, here.finish) == (there.text, there.finish)
    assert here.completion_tokens == there.completion_tokens == len(here.tokens)
    assert [t.text for t in here.tokens] == [t.text for t in there.tokens]
    pairs = zip(here.tokens, there.tokens, strict=True)
    # both compute in 32 bits, from the same 16-bit weights
    assert all(abs(a.logprob - b.logprob) < 0.01 for a, b in pairs if a.logprob and b.logprob)
    assert here.tokens[0].alternatives[0][0] == there.tokens[0].alternatives[0][0]


def test_log_probabilities_are_the_models_own(vllm: VllmEngine) -> None:
    request = replace(WILD, max_tokens=1, logprobs=20)
    hot, cold = (sample(vllm, replace(request, temperature=t))[0].tokens[0] for t in (1.9, 0.0))
    assert [t for t, _ in hot.alternatives] == [t for t, _ in cold.alternatives]
    assert hot.alternatives[0][1] == pytest.approx(cold.alternatives[0][1], abs=1e-4)
    values = [lp for _, lp in cold.alternatives]
    assert len(values) == 20 and values == sorted(values, reverse=True)
    assert sum(map(math.exp, values)) <= 1 + 1e-4
    assert cold.logprob == values[0]


def test_log_probabilities_only_where_asked(vllm: VllmEngine) -> None:
    none, zero, five = (sample(vllm, replace(WILD, logprobs=k))[0] for k in (None, 0, 5))
    assert none.tokens == ()
    assert none.text == zero.text == five.text
    assert len(five.tokens) == len(zero.tokens) == five.completion_tokens
    assert all(t.alternatives == () and t.logprob is not None for t in zero.tokens)
    assert all(len(t.alternatives) == 5 for t in five.tokens)


def test_first_tokens_follow_the_model(vllm: VllmEngine) -> None:
    draws = 400
    request = replace(WILD, n=draws, max_tokens=1, logprobs=20)
    tokens = [s.tokens[0] for s in sample(vllm, request)]
    for text, logprob in tokens[0].alternatives[:3]:
        p = math.exp(logprob)
        seen = sum(t.text == text for t in tokens) / draws
        assert abs(seen - p) <= 5 * math.sqrt(p * (1 - p) / draws) + 1e-9, text


# ---- same seed, same run ------------------------------------------------------------------


def test_asking_together_or_apart_gives_the_same_samples(vllm: VllmEngine) -> None:
    """vLLM does not promise it to the last bit, so one of sixteen may differ."""
    for seed in range(3):
        request = replace(WILD, seed=seed, logprobs=None)
        together = sample(vllm, replace(request, n=16))
        assert [s.index for s in together] == list(range(16))
        alone = [sample(vllm, replace(request, first=i))[0] for i in range(16)]
        some = sample(vllm, replace(request, n=4, first=9))
        assert [s.index for s in some] == [9, 10, 11, 12]
        assert sum(a.text == b.text for a, b in zip(together, alone, strict=True)) >= 15
        assert sum(a.text == b.text for a, b in zip(together[9:13], some, strict=True)) >= 3


def test_seed_and_index_matter_and_greedy_ignores_them(vllm: VllmEngine) -> None:
    request = replace(WILD, n=8, temperature=1.5, logprobs=None)
    texts = [s.text for seed in (0, 1) for s in sample(vllm, replace(request, seed=seed))]
    assert len(set(texts)) > 8
    greedy = [
        s.text
        for seed in (0, 1)
        for s in sample(vllm, replace(request, seed=seed, n=3, temperature=0))
    ]
    assert len(set(greedy)) == 1
    assert greedy[0] == sample(vllm, replace(request, n=1, temperature=0))[0].text


def test_it_serves_many_threads_and_loops(vllm: VllmEngine) -> None:
    request = Request(REPLIES[2], temperature=0, max_tokens=100)
    alone = sample(vllm, request)
    results: list[tuple[Sample, ...]] = []
    threads = [
        threading.Thread(target=lambda: results.append(sample(vllm, request))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [alone] * 6


# ---- ends ------------------------------------------------------------------------------------


def test_stop_text_cuts_where_it_first_appears(vllm: VllmEngine) -> None:
    whole = sample(vllm, Request(REPLIES[2], temperature=0, max_tokens=100))[0].text
    stop = whole[len(whole) // 2 : len(whole) // 2 + 3]
    request = Request(REPLIES[2], temperature=0, max_tokens=100, stop=(stop, "\0"))
    deltas: list[Delta] = []
    (stopped,) = run(vllm.sample(request, on_delta=deltas.append)).samples
    assert stopped.text == whole[: whole.find(stop)]
    assert (stopped.finish, stopped.stopped_by) == ("stop", stop)
    assert "".join(d.text for d in deltas) == stopped.text


def test_length_is_clipped_to_the_context(vllm: VllmEngine) -> None:
    completion = run(vllm.sample(replace(LONG, max_tokens=10**6, n=4)))
    room = vllm.info.context - (completion.usage.prompt or 0)
    for s in completion.samples:
        assert (s.completion_tokens or 0) <= room
        assert s.finish == ("length" if s.completion_tokens == room else "stop")
    (short,) = sample(vllm, replace(LONG, max_tokens=1))
    assert (short.completion_tokens, short.finish) == (1, "length")


def test_what_it_cannot_serve_is_refused_in_words(vllm: VllmEngine) -> None:
    before = vllm.counters
    for request, words in (
        (Request((Message("user", "hi"),)), "text"),
        (replace(WILD, stop=("",)), "stop"),
        (Request(""), "empty"),
        (Request("7" * 512), "too long"),
        (Request("word " * 200_000), "too long"),
        (replace(WILD, temperature=3.0), "temperature"),
        (replace(WILD, schema="{"), "refused"),
    ):
        with pytest.raises(EngineError, match=words):
            sample(vllm, request)
    assert vllm.counters == before
    assert run(quiet(vllm)) < 1


def test_deltas_join_to_the_texts_on_the_loops_thread(vllm: VllmEngine) -> None:
    texts: dict[int, str] = {}
    ends: dict[int, int] = {}
    threads = set()

    def on_delta(delta: Delta) -> None:
        threads.add(threading.get_ident())
        texts[delta.index] = texts.get(delta.index, "") + delta.text
        if delta.done:
            ends[delta.index] = delta.tokens

    for n in (3, 20):
        texts.clear()
        ends.clear()
        completion = run(vllm.sample(replace(WILD, n=n, first=2), on_delta=on_delta))
        assert {s.index: s.text for s in completion.samples} == texts
        assert {s.index: s.completion_tokens for s in completion.samples} == ends
    assert threads == {threading.get_ident()}


def test_deltas_come_while_the_sample_grows(vllm: VllmEngine, endless: None) -> None:
    seen: list[Delta] = []
    (whole,) = run(vllm.sample(LONG, on_delta=seen.append)).samples
    assert len(seen) > (whole.completion_tokens or 0) / 4


def test_a_failing_delta_callback_fails_its_request_only(vllm: VllmEngine, endless: None) -> None:
    plain = Request(REPLIES[2], temperature=0, max_tokens=60)

    def broken(delta: Delta) -> None:
        raise ZeroDivisionError(delta.text)

    async def both() -> Completion:
        bad = asyncio.ensure_future(vllm.sample(replace(LONG, n=4), on_delta=broken))
        good = await vllm.sample(plain)
        with pytest.raises(ZeroDivisionError):
            await bad
        await quiet(vllm)
        return good

    assert run(both()).samples == sample(vllm, plain)


# ---- Stop ------------------------------------------------------------------------------------


def test_cancel_frees_vllm_and_charges_what_was_spent(vllm: VllmEngine, endless: None) -> None:
    cancel, before = StopSignal(), vllm.counters

    async def work() -> Completion:
        task = asyncio.ensure_future(vllm.sample(replace(LONG, n=100), cancel=cancel))
        await busy(vllm, 100)
        await asyncio.sleep(0.2)
        cancel.set()
        await quiet(vllm)
        return await task

    completion = run(work())
    assert len(completion.samples) == 100
    aborted = [s for s in completion.samples if s.finish == "abort"]
    assert len(aborted) > 50
    assert any(s.completion_tokens for s in aborted)
    assert any(s.completion_tokens == 0 for s in aborted)  # it runs 64 at a time
    made = sum(s.completion_tokens or 0 for s in completion.samples)
    assert completion.usage.completion == made
    assert known(completion.usage) == gone(before, vllm.counters)


def test_cancelled_before_it_started_costs_nothing(vllm: VllmEngine) -> None:
    cancel, before = StopSignal(), vllm.counters
    cancel.set()
    completion = run(vllm.sample(replace(WILD, n=2, first=1), cancel=cancel))
    assert completion.usage == Usage()
    assert vllm.counters == before
    ends = [(s.index, s.finish, s.text, s.completion_tokens) for s in completion.samples]
    assert ends == [(1, "abort", "", 0), (2, "abort", "", 0)]


def test_a_cancelled_task_frees_vllm_and_is_counted(vllm: VllmEngine, endless: None) -> None:
    before = vllm.counters

    async def work() -> None:
        task = asyncio.ensure_future(vllm.sample(replace(LONG, n=20)))
        await busy(vllm)
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await quiet(vllm)

    run(work())
    read, made, _ = gone(before, vllm.counters)
    assert read > 0 and made > 0


def test_counters_are_the_sum_of_the_completions(vllm: VllmEngine, endless: None) -> None:
    before = vllm.counters
    cancels = [StopSignal() for _ in range(3)]

    async def work() -> list[Completion]:
        tasks = [
            asyncio.ensure_future(
                vllm.sample(replace(WILD, prompt=REPLIES[k % 5], n=1 + k % 4, seed=k))
            )
            for k in range(20)
        ]
        tasks += [
            asyncio.ensure_future(vllm.sample(replace(LONG, n=7, seed=k), cancel=cancel))
            for k, cancel in enumerate(cancels)
        ]
        for cancel in cancels:
            await asyncio.sleep(0.1)
            cancel.set()
        return await asyncio.gather(*tasks)

    completions = run(work())
    assert known(Usage.sum(c.usage for c in completions)) == gone(before, vllm.counters)
    for completion in completions:
        made = sum(s.completion_tokens or 0 for s in completion.samples)
        assert made == completion.usage.completion


def test_tokens_from_the_prefix_cache_are_counted(vllm: VllmEngine) -> None:
    block = vllm._host.llm.vllm_config.cache_config.block_size
    text = "".join(f"{k}+" for k in range(100, 200))[: 2 * block + 9]
    request = Request(text, max_tokens=2, n=4)
    first, again = (run(vllm.sample(request)).usage for _ in range(2))
    assert (first.cached, again.cached) == (0, 2 * block)
    assert first.prompt == again.prompt == 2 * block + 9


# ---- whole runs ------------------------------------------------------------------------------


async def collect(engine: VllmEngine, problem: str, **keywords: Any) -> list[ev.Event]:
    events = solve(problem, engine=engine, dialect=AbacusDialect(), **keywords)
    return [event async for event in events]


@pytest.mark.parametrize("preset", ["scale", "faithful", "self-consistency"])
def test_the_pipeline_runs_on_vllm(vllm: VllmEngine, preset: str) -> None:
    right = 0
    for problem, answer in PROBLEMS.items():
        before = vllm.counters
        result = Run(run(collect(vllm, problem, answer=answer, preset=preset)))
        assert result.status in ("solved", "unsolved")
        assert known(result.ledger.total) == gone(before, vllm.counters)
        right += result.grade is not None and result.grade.verdict == "equal"
    assert right >= 2


def test_runs_beside_each_other_are_those_alone(vllm: VllmEngine) -> None:
    """Greedy stages only, so that vLLM's rounding has little to change."""

    async def together() -> list[list[ev.Event]]:
        return await asyncio.gather(*(collect(vllm, p, preset="system2", seed=3) for p in PROBLEMS))

    results = [Run(events) for events in run(together())]
    alone = [Run(run(collect(vllm, p, preset="system2", seed=3))) for p in PROBLEMS]
    assert [r.plan for r in results] == [r.plan for r in alone]


def test_stop_in_a_run_reaches_vllm_and_the_ledger_balances(
    vllm: VllmEngine, endless: None
) -> None:
    cancel, before = StopSignal(), vllm.counters

    async def work() -> Run:
        run_ = Run()
        options = {"system2_samples": 32, "system2_temperature": 1.5}
        events = solve(
            PROBLEM, engine=vllm, dialect=AbacusDialect(), preset="system2", options=options,
            cancel=cancel,
        )  # fmt: skip
        async for event in events:
            run_.apply(event)
            if isinstance(event, ev.StepStarted) and not cancel.is_set():
                await busy(vllm)
                cancel.set()
                await quiet(vllm)
        return run_

    result = run(work())
    assert result.status == "stopped"
    assert known(result.ledger.total) == gone(before, vllm.counters)


def test_a_closed_tab_frees_vllm(vllm: VllmEngine, endless: None) -> None:
    async def leave() -> None:
        options = {"system2_samples": 64, "system2_temperature": 1.5}
        events = solve(
            PROBLEM, engine=vllm, dialect=AbacusDialect(), preset="system2", options=options
        )
        async for event in events:
            if isinstance(event, ev.StepStarted):
                await busy(vllm)
                break
        await events.aclose()  # type: ignore[attr-defined]
        await quiet(vllm)

    run(leave())


# ---- the end: closes the engine that all tests above share -----------------------------------


def children() -> set[int]:
    """Processes below this one."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(stat.parent.name)] = int(fields[1])
    found, fresh = set[int](), {os.getpid()}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def test_close_fails_what_is_pending_and_ends_all_processes(
    vllm: VllmEngine, endless: None
) -> None:
    before = children()

    async def work() -> list[Any]:
        tasks = [asyncio.ensure_future(vllm.sample(replace(LONG, n=9, seed=k))) for k in (1, 2)]
        await busy(vllm)
        await vllm.close()
        await vllm.close()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = run(work())
    assert all(isinstance(r, EngineError) for r in results), results
    assert vllm.running == 0
    with pytest.raises(EngineError, match="closed"):
        sample(vllm, WILD)
    left = children()
    assert len(before - left) >= 2, "the engine's core and its worker"
    assert all("VLLM" not in (Path("/proc") / str(p) / "cmdline").read_text() for p in left)
