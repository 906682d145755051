"""What is kept of earlier prompts saves reading them, and changes no bit of any sample."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scale_core.engines.onnx_chat import worker
from scale_core.engines.onnx_chat.model import ChatModel
from scale_core.engines.onnx_chat.prefixes import PIECE, Prefixes, piece_end, shared
from scale_core.engines.onnx_chat.text import ChatTokenizer
from scale_core.engines.onnx_chat.worker import Order, SampleJob

pytest.importorskip("onnxruntime_genai")
FOLDER = Path(__file__).resolve().parents[1] / "data" / "tiny_chat"
CONTEXT, ENDS = 2048, frozenset((0, 1))
SCHEMA = json.dumps({"type": "object", "properties": {"a": {"type": "integer"}}})
ORDER = Order(
    prompt=[], n=1, first=0, seed=0, limit=8, temperature=1.0, top_p=1.0, stop=[], logprobs=2,
    opened=False, budget=None, schema=None, stream=False,
)  # fmt: skip


@pytest.fixture(scope="module")
def model() -> ChatModel:
    return ChatModel(FOLDER, 1)


@pytest.fixture(scope="module")
def tokenizer() -> ChatTokenizer:
    return ChatTokenizer(FOLDER)


def text(seed: int, length: int) -> list[int]:
    """Tokens that differ from the first one on for another seed."""
    return [3 + (seed * 101 + i * i * (seed + 7)) % 400 for i in range(length)]


def job_of(order: Order, model: ChatModel, prefixes: Prefixes, words: ChatTokenizer) -> SampleJob:
    return SampleJob(order, model, prefixes, words, ENDS)


def finished(job: SampleJob) -> SampleJob:
    while not job.done:
        job.turn()
    return job


# A prompt is a beginning that others share, and a rest of its own.
PROMPTS = st.builds(
    lambda seed, common, rest_seed, rest: text(seed, common) + text(rest_seed, rest),
    st.integers(0, 1), st.integers(1, 300), st.integers(2, 4), st.sampled_from([0, 1, 5, 64, 130]),
)  # fmt: skip
CLOSED = len(ChatTokenizer(FOLDER).encode(worker.CUT, 1000)) + 6
KINDS = [{}, {}, {"limit": 1}, {"schema": SCHEMA}, {"limit": 700, "seed": 1},
         {"opened": True, "budget": 3, "limit": CLOSED}]  # fmt: skip
ORDERS = st.builds(
    lambda prompt, n, first, kind: replace(ORDER, prompt=prompt, n=n, first=first, **kind),
    PROMPTS, st.integers(1, 2), st.integers(0, 2), st.sampled_from(KINDS),
)  # fmt: skip
"""Of few tokens each, but the long one: its seed happens to end early."""


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(st.tuples(ORDERS, st.sampled_from([1, 3, 9, 0, 0])), min_size=2, max_size=6),
    st.sampled_from([600, 2048, 4096]),
)
def test_samples_do_not_depend_on_what_ran_before(
    model: ChatModel,
    tokenizer: ChatTokenizer,
    orders: list[tuple[Order, int]],
    room: int,
) -> None:
    """Jobs in pairs that take turns, some of them stopped half-way, as the worker runs them."""
    prefixes = Prefixes(model, CONTEXT, room)
    for pair in (orders[:1], orders[1:3], orders[3:5], orders[5:]):
        jobs = [job_of(order, model, prefixes, tokenizer) for order, _ in pair]
        turn, stopped = 0, set[int]()
        while any(not job.done for job in jobs):
            turn += 1
            for at, job in enumerate(jobs):
                if not job.done:
                    job.turn()
                if not job.done and turn == pair[at][1]:
                    job.abort()
                    stopped.add(at)
        for at, (order, job) in enumerate(zip((order for order, _ in pair), jobs, strict=True)):
            alone = finished(job_of(order, model, Prefixes(model, CONTEXT, CONTEXT), tokenizer))
            ended = [s for s in job.samples if s["finish"] != "abort"]
            assert ended == alone.samples[: len(ended)]
            if at not in stopped:
                assert len(ended) == order.n
                assert job.counts.prompt == alone.counts.prompt == len(order.prompt)
                assert 0 <= job.counts.cached < max(1, len(order.prompt))
                assert job.counts.completion == alone.counts.completion
            assert alone.counts.cached == 0


def test_a_shared_beginning_is_counted_as_such(model: ChatModel, tokenizer: ChatTokenizer) -> None:
    prefixes = Prefixes(model, CONTEXT, 2 * CONTEXT)
    begun = text(1, 3 * PIECE + 10)

    def cached(prompt: list[int], **more: Any) -> int:
        order = replace(ORDER, prompt=prompt, **more)
        job = finished(job_of(order, model, prefixes, tokenizer))
        assert job.counts.prompt == len(prompt)
        return job.counts.cached

    assert cached(begun + text(2, 20)) == 0
    assert cached(begun + text(3, 50)) == 3 * PIECE
    assert cached(begun + text(3, 50), first=4, n=2) == len(begun) + 49, "the very same prompt"
    assert cached(begun[:PIECE]) == 0, "its last token is read by every sample itself"
    assert cached(begun[: PIECE + 1]) == PIECE
    assert cached(text(2, 100)) == 0
    assert cached(begun + text(4, 9), schema=SCHEMA) == 0, "a grammar is part of its track"


class _Counted(ChatModel):
    """Which lengths of tracks were asked for."""

    made: list[int]

    def track(self, length: int, schema: str | None = None) -> Any:
        self.made = [*getattr(self, "made", []), length]
        return super().track(length, schema)


def test_all_tracks_together_stay_within_the_room(tokenizer: ChatTokenizer) -> None:
    model = _Counted(FOLDER, 1)
    prefixes = Prefixes(model, CONTEXT, 2 * CONTEXT)
    held = [prefixes.take(text(9, 10), CONTEXT, None)[0] for _ in range(2)]
    for track in held:
        prefixes.give(track, [])
    for seed in range(12):
        length = 100 + 700 * (seed % 3)
        track, _ = prefixes.take(text(seed, 90), length, None)
        track.append(text(seed, 90))
        assert length <= track.length <= CONTEXT
        prefixes.give(track, text(seed, 90))
        assert prefixes._taken <= 2 * CONTEXT
    assert prefixes._kept, "something is kept"
    model.made = []
    track, read = prefixes.take(text(11, 90), 100, None)
    assert (read, model.made) == (90, []), "used again, not made anew"
    prefixes.forget(track)
    prefixes.clear()
    assert prefixes._taken == 0


@settings(deadline=None)
@given(st.lists(st.integers(0, 1), max_size=300), st.integers(0, 300), st.data())
def test_what_is_shared_ends_where_a_piece_begins(
    read: list[int], common: int, data: st.DataObject
) -> None:
    rest = data.draw(st.lists(st.integers(0, 1), max_size=200))
    prompt = read[:common] + rest
    found = shared(read, prompt)
    assert read[:found] == prompt[:found]
    assert found == len(prompt) == len(read) or found % PIECE == 0
    if found < min(len(read), len(prompt)) and found % PIECE == 0:
        end = piece_end(found)
        assert read[:end] != prompt[:end] or end > min(len(read), len(prompt)), "all of it is used"
    assert found < piece_end(found) and piece_end(found) % PIECE == 0


def test_what_is_kept_is_freed_when_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "IDLE", 0.05)
    out = io.StringIO()
    loop = worker.Loop(FOLDER, 1, CONTEXT, ENDS, out)

    def lines() -> Iterator[str]:
        order = asdict(replace(ORDER, prompt=text(1, 2 * PIECE)))
        for id, pause in enumerate((0, 0, 1.0)):
            time.sleep(pause)
            yield json.dumps({**order, "id": id, "op": "sample"})
            while f'"id": {id}, "samples"' not in out.getvalue():
                time.sleep(0.001)

    loop.run(lines())
    ready, *answers = map(json.loads, out.getvalue().splitlines())
    assert ready["ready"]["threads"] == 1
    assert [a["counts"][1] for a in answers] == [0, 2 * PIECE - 1, 0]
    assert answers[0]["samples"] == answers[1]["samples"] == answers[2]["samples"]
