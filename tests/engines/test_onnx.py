"""The embedded engine keeps the protocol's promises, whatever its model says."""

from __future__ import annotations

import asyncio
import gc
import math
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from scale_core.engines.base import (
    Completion,
    Delta,
    Engine,
    EngineError,
    Message,
    Request,
    Sample,
)
from scale_core.engines.cancel import StopSignal
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.embedded.model import Decoder
from scale_core.engines.onnx_file import count_parameters
from scale_core.trace.usage import Usage

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
# Of very different lengths: they share prefills and steps when asked for together.
PROMPTS = ("7", "12+34=", "Add 3 and 4, then double it. " * 3, "x y " * 60, "\u4e8c\u00e9!" * 9)
BASE = Request(PROMPTS[1], max_tokens=40, temperature=1.0, logprobs=3)


def run(work: Coroutine[Any, Any, T], seconds: float = 60) -> T:
    return asyncio.run(asyncio.wait_for(work, seconds))


def sample(engine: Engine, request: Request) -> tuple[Sample, ...]:
    return run(engine.sample(request)).samples


async def gather(engine: Engine, requests: list[Request]) -> list[Completion]:
    return await asyncio.gather(*(engine.sample(request) for request in requests))


def spent(before: Usage, after: Usage) -> tuple[int, int]:
    pairs = [(before.prompt, after.prompt), (before.completion, after.completion)]
    prompt, completion = (b - a for a, b in pairs if a is not None and b is not None)
    return prompt, completion


@pytest.fixture
def small(model_dir: Path) -> Iterator[OnnxEngine]:
    """An engine of three slots: samples queue, and move as others end."""
    engine = OnnxEngine(model_dir, max_batch=3)
    yield engine
    asyncio.run(engine.close())


def test_info_says_what_it_can(engine: OnnxEngine) -> None:
    info = engine.info
    assert info.reproducible
    assert info.logprobs
    assert not info.embeds
    assert info.context >= 64
    assert info.parameters is None or info.parameters > 100_000
    with pytest.raises(EngineError):
        run(engine.embed(["x"]))


# Same seed, same run. Equality of samples compares texts, token counts, token texts and
# every log-probability exactly.


@pytest.mark.parametrize("seed", range(6))
def test_asking_together_or_apart_gives_the_same_samples(engine: OnnxEngine, seed: int) -> None:
    request = replace(BASE, prompt=PROMPTS[seed % len(PROMPTS)], seed=seed)
    together = sample(engine, replace(request, n=16))
    assert [s.index for s in together] == list(range(16))
    alone = [sample(engine, replace(request, first=i))[0] for i in range(0, 16, 3)]
    assert alone == [together[i] for i in range(0, 16, 3)]
    assert sample(engine, replace(request, n=4, first=9)) == together[9:13]


def _mixture() -> list[Request]:
    """Requests of all kinds, enough to fill the batch and make some wait."""
    return [
        Request(
            PROMPTS[k % len(PROMPTS)],
            n=1 + k % 5,
            first=k % 3,
            seed=k // 2,
            max_tokens=5 + 7 * (k % 6),
            temperature=(1.0, 0.6, 0.0, 1.5)[k % 4],
            top_p=(1.0, 0.9)[k % 2],
            logprobs=(None, 2, 0)[k % 3],
        )
        for k in range(40)
    ]


def test_load_does_not_change_samples(engine: OnnxEngine, small: OnnxEngine) -> None:
    mixture = _mixture()
    loaded = run(gather(engine, mixture))
    for request, completion in list(zip(mixture, loaded, strict=True))[::3]:
        assert sample(engine, request) == completion.samples
    shuffled = run(gather(small, mixture[::-1]))[::-1]
    assert [c.samples for c in shuffled] == [c.samples for c in loaded]
    assert [c.usage for c in shuffled] == [c.usage for c in loaded]


def test_the_same_from_many_threads_and_loops(engine: OnnxEngine) -> None:
    request = replace(BASE, n=3, max_tokens=20)
    alone = sample(engine, request)
    results: list[tuple[Sample, ...]] = []

    def work(seed: int) -> None:
        sample(engine, replace(request, seed=seed + 100))
        results.append(sample(engine, request))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [alone] * 8


def test_seed_and_index_matter_and_greedy_ignores_them(engine: OnnxEngine) -> None:
    request = replace(BASE, n=8, temperature=1.5, logprobs=None)
    texts = [s.text for seed in (0, 1) for s in sample(engine, replace(request, seed=seed))]
    assert len(set(texts)) > 8
    greedy = [
        s.text
        for seed in (0, 1)
        for s in sample(engine, replace(request, seed=seed, temperature=0))
    ]
    assert len(set(greedy)) == 1


def test_a_processor_that_rounds_by_batch_is_found_out(
    model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Decoder._is_independent
    floors: list[int] = []

    def needs_two(self: Decoder, rows: int) -> bool:
        floors.append(self._floor)
        return self._floor >= 2 and honest(self, rows)

    monkeypatch.setattr(Decoder, "_is_independent", needs_two)
    engine = OnnxEngine(model_dir, max_batch=4)
    assert engine.info.reproducible
    assert floors == [1, 2]
    assert len(sample(engine, replace(BASE, n=6))) == 6
    run(engine.close())

    original = Decoder.step

    def by_batch(self: Decoder, rows: int) -> Any:
        return original(self, rows) + np.float32(rows)

    monkeypatch.setattr(Decoder, "_is_independent", honest)
    monkeypatch.setattr(Decoder, "step", by_batch)
    engine = OnnxEngine(model_dir, max_batch=4)
    assert not engine.info.reproducible
    assert engine.info.notes
    run(engine.close())


# The model's own numbers.


def test_greedy_is_what_the_library_generates(engine: OnnxEngine, model_dir: Path) -> None:
    og = pytest.importorskip("onnxruntime_genai")
    model = og.Model(str(model_dir))
    vocabulary = engine._vocabulary
    for prompt in PROMPTS:
        ids = vocabulary.encode(prompt, engine.info.context - 1)
        limit = min(30, engine.info.context - len(ids))
        params = og.GeneratorParams(model)
        params.set_search_options(do_sample=False, max_length=len(ids) + limit)
        generator = og.Generator(model, params)
        generator.append_tokens(ids)
        while not generator.is_done():
            generator.generate_next_token()
        wanted = [vocabulary.labels[i] for i in generator.get_sequence(0)[len(ids) :]]
        request = Request(prompt, temperature=0, max_tokens=limit, logprobs=0)
        found = [t.text for t in sample(engine, request)[0].tokens]
        # the library leaves the end token out of its sequence
        assert found[: len(wanted)] == wanted
        assert found[len(wanted) :] in ([], ["<|end|>"])


def test_first_tokens_follow_the_model(engine: OnnxEngine) -> None:
    draws = 600
    request = Request(PROMPTS[2], n=draws, max_tokens=1, temperature=1.0, logprobs=10**6)
    tokens = [s.tokens[0] for s in sample(engine, request)]
    everything = tokens[0].alternatives
    assert math.isclose(sum(math.exp(lp) for _, lp in everything), 1, abs_tol=1e-4)
    assert [lp for _, lp in everything] == sorted((lp for _, lp in everything), reverse=True)
    assert all((t.text, t.logprob) in everything for t in tokens)
    text, logprob = everything[0]
    p = math.exp(logprob)
    seen = sum(t.logprob == logprob for t in tokens) / draws
    assert abs(seen - p) <= 5 * math.sqrt(p * (1 - p) / draws) + 1e-9, text


def test_temperature_does_not_change_log_probabilities(engine: OnnxEngine) -> None:
    request = replace(BASE, max_tokens=1, logprobs=4)
    hot, cold = (sample(engine, replace(request, temperature=t))[0].tokens for t in (2.0, 0.0))
    assert hot[0].alternatives == cold[0].alternatives
    assert cold[0].logprob == cold[0].alternatives[0][1]


def test_log_probabilities_only_where_asked(engine: OnnxEngine) -> None:
    none, zero, five = (
        sample(engine, replace(BASE, logprobs=k))[0] for k in (None, 0, 5)
    )  # fmt: skip
    assert none.tokens == ()
    assert none.text == zero.text == five.text
    assert len(five.tokens) == five.completion_tokens
    assert all(len(t.alternatives) == 5 for t in five.tokens)
    assert [t.logprob for t in zero.tokens] == [t.logprob for t in five.tokens]
    assert all(t.alternatives == () for t in zero.tokens)


# Ends: stop texts, lengths, cancelling.


def test_stop_text_cuts_where_it_first_appears(engine: OnnxEngine) -> None:
    for seed in range(40):
        request = replace(BASE, seed=seed, logprobs=None)
        whole = sample(engine, request)[0].text
        if len(whole) < 8:
            continue
        stop = whole[len(whole) // 2 : len(whole) // 2 + 3]
        deltas: list[Delta] = []
        stopped = run(engine.sample(replace(request, stop=(stop, "\0")), on_delta=deltas.append))
        assert stopped.samples[0].text == whole[: whole.find(stop)]
        assert stopped.samples[0].finish == "stop"
        assert "".join(d.text for d in deltas) == stopped.samples[0].text
        return
    pytest.fail("no sample was long enough to cut")


def test_length_is_clipped_to_the_context(engine: OnnxEngine) -> None:
    request = replace(BASE, prompt="1 " * 30, max_tokens=10**6, n=4, logprobs=0)
    completion = run(engine.sample(request))
    room = engine.info.context - (completion.usage.prompt or 0)
    for s in completion.samples:
        assert s.completion_tokens == len(s.tokens) <= room
        assert s.finish == ("length" if s.completion_tokens == room else "stop")
    short = sample(engine, replace(BASE, max_tokens=1))[0]
    assert short.completion_tokens == 1


def test_the_fullest_prompt_leaves_one_token(engine: OnnxEngine) -> None:
    context = engine.info.context
    full = "7" * (context - 1)
    completion = run(engine.sample(Request(full, max_tokens=9)))
    assert completion.usage.prompt == context - 1
    assert completion.usage.completion == 1
    with pytest.raises(EngineError, match="too long"):
        sample(engine, Request(full + "7"))


@pytest.mark.parametrize("prompt", ["7" * 100_000, "word " * 20_000, "\ud800" * 100_000, ""])
def test_hostile_prompts_are_refused_at_once(engine: OnnxEngine, prompt: str) -> None:
    start = time.perf_counter()
    with pytest.raises(EngineError):
        sample(engine, Request(prompt))
    assert time.perf_counter() - start < 1


def test_what_it_cannot_serve_is_refused(engine: OnnxEngine) -> None:
    with pytest.raises(EngineError, match="text"):
        sample(engine, Request((Message("user", "hi"),)))
    with pytest.raises(EngineError, match="stop"):
        sample(engine, replace(BASE, stop=("",)))


def test_deltas_join_to_the_texts_on_the_loops_thread(engine: OnnxEngine) -> None:
    texts: dict[int, str] = {}
    ends: dict[int, int] = {}
    threads = set()

    def on_delta(delta: Delta) -> None:
        threads.add(threading.get_ident())
        texts[delta.index] = texts.get(delta.index, "") + delta.text
        assert delta.index not in ends
        if delta.done:
            ends[delta.index] = delta.tokens

    completion = run(engine.sample(replace(BASE, n=9, first=2), on_delta=on_delta))
    assert {s.index: s.text for s in completion.samples} == texts
    assert {s.index: s.completion_tokens for s in completion.samples} == ends
    assert threads == {threading.get_ident()}


def test_a_failing_delta_callback_fails_its_request_only(engine: OnnxEngine) -> None:
    def broken(delta: Delta) -> None:
        raise ZeroDivisionError(delta.text)

    async def both() -> Completion:
        bad = asyncio.ensure_future(engine.sample(replace(BASE, n=4), on_delta=broken))
        good = await engine.sample(BASE)
        with pytest.raises(ZeroDivisionError):
            await bad
        return good

    assert run(both()).samples == sample(engine, BASE)


def _endless(monkeypatch: pytest.MonkeyPatch, engine: OnnxEngine) -> None:
    """Keep the model from ending its samples by itself."""
    is_end = engine._batcher._is_end
    monkeypatch.setattr(engine._batcher, "_is_end", np.zeros_like(is_end))


def test_cancel_ends_every_sample_and_charges_what_was_spent(
    small: OnnxEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _endless(monkeypatch, small)
    cancel, seen = StopSignal(), list[Delta]()

    def on_delta(delta: Delta) -> None:
        seen.append(delta)
        cancel.set()

    request = Request(PROMPTS[1], n=8, max_tokens=10**6, temperature=1.0)
    completion = run(small.sample(request, cancel=cancel, on_delta=on_delta))
    assert seen
    assert [s.finish for s in completion.samples] == ["abort"] * 8
    made = [s.completion_tokens or 0 for s in completion.samples]
    assert made[3:] == [0] * 5  # never given one of the three slots
    assert max(made[:3]) < small.info.context // 2
    usage = completion.usage
    assert (usage.prompt, usage.completion) == spent(Usage(), small.counters)
    whole = run(small.sample(replace(request, n=3, max_tokens=max(made)))).samples
    assert all(
        w.text.startswith(s.text[:-4]) for s, w in zip(completion.samples[:3], whole, strict=True)
    )


def test_cancelled_before_it_started_costs_nothing(small: OnnxEngine) -> None:
    cancel = StopSignal()
    cancel.set()
    completion = run(small.sample(replace(BASE, n=2), cancel=cancel))
    assert completion.usage == small.counters == Usage()
    assert [(s.finish, s.text, s.completion_tokens) for s in completion.samples] == [
        ("abort", "", 0)
    ] * 2


def test_a_cancelled_task_frees_its_slots(
    small: OnnxEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _endless(monkeypatch, small)

    async def work() -> tuple[float, Completion]:
        greedy = Request(PROMPTS[1], n=500, max_tokens=10**6)
        task = asyncio.ensure_future(small.sample(greedy))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        start = time.perf_counter()
        completion = await small.sample(Request("1", max_tokens=2))
        return time.perf_counter() - start, completion

    seconds, completion = run(work())
    assert completion.samples[0].finish == "length"
    assert seconds < 2  # 500 samples of a whole context would take minutes


def test_counters_are_the_sum_of_the_completions(small: OnnxEngine) -> None:
    cancels = [StopSignal() for _ in range(3)]

    async def work() -> list[Completion]:
        tasks = [asyncio.ensure_future(small.sample(request)) for request in _mixture()]
        tasks += [
            asyncio.ensure_future(
                small.sample(
                    Request(PROMPTS[2], n=7, max_tokens=300, seed=k, temperature=1), cancel=cancel
                )
            )
            for k, cancel in enumerate(cancels)
        ]
        for cancel in cancels:
            await asyncio.sleep(0.03)
            cancel.set()
        return await asyncio.gather(*tasks)

    completions = run(work())
    assert Usage.sum(c.usage for c in completions) == small.counters
    for completion in completions:
        made = sum(s.completion_tokens or 0 for s in completion.samples)
        assert made == completion.usage.completion
        assert (completion.usage.cached, completion.usage.thinking) == (0, 0)


# The event loop and the end.


def test_the_event_loop_stays_free(engine: OnnxEngine) -> None:
    async def work() -> float:
        task = asyncio.ensure_future(
            engine.sample(Request(PROMPTS[3], n=64, max_tokens=80, temperature=1, logprobs=5))
        )
        longest, last = 0.0, time.perf_counter()
        while not task.done():
            await asyncio.sleep(0.002)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
        await task
        return longest

    assert run(work()) < 0.3


def test_close_fails_what_is_pending_and_what_comes_after(model_dir: Path) -> None:
    engine = OnnxEngine(model_dir, max_batch=2)

    async def work() -> list[Any]:
        requests = [Request(PROMPTS[1], n=200, max_tokens=10**6, seed=k) for k in range(3)]
        tasks = [asyncio.ensure_future(engine.sample(request)) for request in requests]
        await asyncio.sleep(0.05)
        await engine.close()
        await engine.close()
        return await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(result, EngineError) for result in run(work()))
    with pytest.raises(EngineError, match="closed"):
        sample(engine, BASE)


def test_a_program_may_end_without_closing(model_dir: Path) -> None:
    """The worker is inside the native library then; tearing Python down under it would abort."""
    code = f"""
import asyncio
from pathlib import Path
from scale_core.engines.base import Request
from scale_core.engines.embedded.engine import OnnxEngine

async def main():
    engine = OnnxEngine(Path({str(model_dir)!r}), max_batch=8)
    request = Request("1", n=999, max_tokens=400, temperature=1.0)
    task = asyncio.ensure_future(engine.sample(request))
    await asyncio.sleep(0.05)
    return engine

engine = asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_forgotten_engine_ends_its_thread(model_dir: Path) -> None:
    engine = OnnxEngine(model_dir, max_batch=2)
    thread = engine._batcher._thread
    assert thread.is_alive()
    del engine
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()


def test_a_failing_model_fails_aloud(model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = OnnxEngine(model_dir, max_batch=2)

    def broken(rows: int) -> Any:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(engine._batcher._decoder, "step", broken)
    with pytest.raises(EngineError, match="out of memory"):
        sample(engine, replace(BASE, n=5))
    with pytest.raises(EngineError, match="out of memory"):
        sample(engine, BASE)
    assert "out of memory" in engine.fault
    run(engine.close())


def test_a_failure_of_the_model_is_not_the_end_of_the_engine(
    model_dir: Path, small: OnnxEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is pending fails with the cause; what comes after is served as ever."""
    engine = OnnxEngine(model_dir, max_batch=2)
    step, calls = engine._batcher._decoder.step, iter(range(1000))

    def once(rows: int) -> Any:
        if next(calls) == 2:
            raise RuntimeError("a hiccup")
        return step(rows)

    monkeypatch.setattr(engine._batcher._decoder, "step", once)
    with pytest.raises(EngineError, match="a hiccup"):
        sample(engine, replace(BASE, n=5))
    assert "a hiccup" in engine.fault
    assert sample(engine, replace(BASE, n=5)) == sample(small, replace(BASE, n=5))
    assert engine.fault == ""
    run(engine.close())


def test_a_run_does_not_wait_for_all_that_another_asked_for(small: OnnxEngine) -> None:
    """Forty samples of one run stand before it in the queue; its own one comes soon."""

    async def work() -> tuple[int | None, int | None]:
        before = small.counters.completion or 0
        crowd = asyncio.create_task(small.sample(replace(BASE, n=40, run="a")))
        await asyncio.sleep(0)
        await small.sample(replace(BASE, seed=5, run="b"))
        till_mine = (small.counters.completion or 0) - before
        return till_mine, (await crowd).usage.completion

    till_mine, all_of_it = run(work())
    assert till_mine is not None and all_of_it is not None
    assert till_mine < all_of_it / 4


def test_unusable_folders_are_refused(model_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no usable model"):
        OnnxEngine(tmp_path)
    for name in ("genai_config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((model_dir / name).read_bytes())
    (tmp_path / "model.onnx").write_bytes(b"\x08\x01 not a model")
    with pytest.raises(EngineError, match="cannot load"):
        OnnxEngine(tmp_path)
    assert count_parameters(tmp_path / "model.onnx") is None
    assert count_parameters(tmp_path / "absent.onnx") is None


# What a file says of its weights.


def number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(place: int, value: int | str | bytes) -> bytes:
    """A field in protobuf's wire format."""
    if isinstance(value, int):
        return number(place << 3) + number(value)
    data = value.encode() if isinstance(value, str) else value
    return number(place << 3 | 2) + number(len(data)) + data


def tensor(name: str, kind: int, *dims: int) -> bytes:
    return field(5, b"".join(field(1, d) for d in dims) + field(2, kind) + field(8, name))


def node(op: str, inputs: Sequence[str], **numbers: int) -> bytes:
    attributes = (field(5, field(1, name) + field(3, v)) for name, v in numbers.items())
    return field(1, b"".join(field(1, i) for i in inputs) + field(4, op) + b"".join(attributes))


def test_parameters_of_packed_weights_are_counted_at_their_full_number(tmp_path: Path) -> None:
    matrix = [
        tensor("w", 2, 96, 2, 16), tensor("w_scales", 1, 192), tensor("w_zeros", 2, 96),
        node("MatMulNBits", ["x", "w", "w_scales", "w_zeros"], K=64, N=96, bits=4, block_size=32),
    ]  # fmt: skip
    table = [
        tensor("table", 2, 100, 32), tensor("table_scales", 1, 200),
        node("GatherBlockQuantized", ["table", "ids", "table_scales"], block_size=32, bits=4),
    ]  # fmt: skip
    norm, shape = tensor("norm", 10, 64), tensor("shape", 7, 4)
    graph = field(7, b"".join([*matrix, *table, norm, shape]))
    (tmp_path / "packed.onnx").write_bytes(graph)
    assert count_parameters(tmp_path / "packed.onnx") == 64 * 96 + 100 * 64 + 64
    (tmp_path / "other.onnx").write_bytes(field(7, tensor("w", 2, 96, 64) + norm))
    assert count_parameters(tmp_path / "other.onnx") is None  # packed, and nobody says how


def packed_rows(matrix: np.ndarray) -> tuple[bytes, int]:
    """In four bits as MatMulNBits has them, blocks of 32 with scales of either sign."""
    blocks = matrix.reshape(len(matrix), -1, 32)
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)
    numbers = np.clip(np.round(blocks / largest * -8) + 8, 0, 15).astype(np.uint8)
    return (numbers[..., ::2] | numbers[..., 1::2] << 4).tobytes(), blocks.shape[1]


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("outside", [False, True])
def test_a_table_that_is_the_last_matrix_as_well_counts_once(
    tmp_path: Path, kind: str, outside: bool
) -> None:
    table = np.random.default_rng(1).normal(size=(300, 64)).astype(np.float32)
    codes = {"float32": 1, "float16": 10, "bfloat16": 16}
    stored = {
        "float32": table.tobytes(),
        "float16": table.astype(np.float16).tobytes(),
        "bfloat16": (table.view(np.uint32) >> 16).astype(np.uint16).tobytes(),
    }[kind]

    def weights(name: str, code: int, dims: tuple[int, ...], data: bytes) -> bytes:
        """Inside the file, or in one beside it, behind what is there already."""
        where = field(9, data)
        if outside:
            beside = tmp_path / "weights.bin"
            at = beside.stat().st_size if beside.exists() else 0
            with beside.open("ab") as file:
                file.write(data)
            entries = {"location": "weights.bin", "offset": str(at), "length": str(len(data))}
            where = b"".join(field(13, field(1, k) + field(2, v)) for k, v in entries.items())
        sizes = b"".join(field(1, d) for d in dims)
        return field(5, sizes + field(2, code) + field(8, name) + where)

    def counted(*parts: bytes) -> int | None:
        (tmp_path / "model.onnx").write_bytes(field(7, b"".join(parts)))
        return count_parameters(tmp_path / "model.onnx")

    def matrix(values: np.ndarray, **numbers: int) -> list[bytes]:
        data, blocks = packed_rows(values)
        shape = {"K": 64, "N": 300, "bits": 4, "block_size": 32} | numbers
        return [
            weights("head", 2, (300, blocks, 16), data), tensor("head_scales", 1, 300 * blocks),
            node("MatMulNBits", ["x", "head", "head_scales"], **shape),
        ]  # fmt: skip

    embedding = [weights("table", codes[kind], (300, 64), stored), node("Gather", ["table", "ids"])]
    assert counted(*embedding) == 300 * 64
    assert counted(*embedding, *matrix(table)) == 300 * 64
    assert counted(*embedding, *matrix(table[::-1].copy())) == 2 * 300 * 64, "another one"
    turned = np.ascontiguousarray(table.T)
    across = [weights("head", 1, (64, 300), turned.tobytes()), node("MatMul", ["x", "head"])]
    assert counted(*embedding, *across) == 300 * 64
    shared = [
        *matrix(table), node("GatherBlockQuantized", ["head", "ids", "head_scales"], bits=4)
    ]  # fmt: skip
    assert counted(*shared) == counted(*reversed(shared)) == 300 * 64, "one in the file, too"
    if outside:
        (tmp_path / "weights.bin").unlink()
        assert counted(*embedding, tensor("head", 2, 300, 2, 16), shared[-2]) == 2 * 300 * 64
