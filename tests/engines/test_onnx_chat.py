"""The engine for chat models on ONNX keeps the protocol's promises, on a tiny random model."""

from __future__ import annotations

import asyncio
import json
import math
import os
import shutil
import signal
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from scale_core.engines.base import Completion, Delta, EngineError, Message, Request, Sample
from scale_core.engines.cancel import StopSignal
from scale_core.engines.onnx_chat import engine as onnx_chat
from scale_core.engines.onnx_chat.engine import OnnxChatEngine
from scale_core.engines.onnx_chat.model import ChatModel
from scale_core.engines.onnx_chat.prefixes import PIECE, Prefixes
from scale_core.engines.onnx_chat.text import ChatTokenizer
from scale_core.engines.onnx_chat.worker import CUT, SampleJob
from scale_core.engines.repetition import Repetition
from scale_core.trace.usage import Usage

og = pytest.importorskip("onnxruntime_genai")
T = TypeVar("T")
FOLDER = Path(__file__).resolve().parents[1] / "data" / "tiny_chat"
CHAT = (Message("system", "Be brief."), Message("user", "What is 12 + 30?"))
LONG = (Message("user", "Add 3 and 4, then double it. " * 40),)
BASE = Request(CHAT, max_tokens=24, temperature=1.0, logprobs=3, thinking=False)
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"difficulty": {"type": "integer", "minimum": 0, "maximum": 9}},
        "required": ["difficulty"],
        "additionalProperties": False,
    }
)


def run(work: Coroutine[Any, Any, T], seconds: float = 60) -> T:
    return asyncio.run(asyncio.wait_for(work, seconds))


def complete(engine: OnnxChatEngine, request: Request) -> Completion:
    return run(engine.sample(request))


def sample(engine: OnnxChatEngine, request: Request) -> tuple[Sample, ...]:
    return complete(engine, request).samples


@pytest.fixture(scope="module")
def engine() -> Iterator[OnnxChatEngine]:
    engine = OnnxChatEngine(FOLDER, threads=1)
    yield engine
    run(engine.close())


@pytest.fixture
def fresh() -> Iterator[OnnxChatEngine]:
    engine = OnnxChatEngine(FOLDER, threads=1)
    yield engine
    run(engine.close())


@pytest.fixture(scope="module")
def thinker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnnxChatEngine]:
    """The same model with a template that opens the thought itself, as R1's does."""
    folder = tmp_path_factory.mktemp("models") / "thinker"
    shutil.copytree(FOLDER, folder)
    template = folder / "chat_template.jinja"
    text = template.read_text().replace("{%- endif %}\n{%- endif %}", "")
    opened = "{%- if add_generation_prompt %}{{- '<think>\\n' }}{%- endif %}"
    lines = text.split("    {%- if enable_thinking")[0]
    template.write_text(f"{lines}{{%- endif %}}\n{opened}")
    engine = OnnxChatEngine(folder, threads=1)
    yield engine
    run(engine.close())


def test_info_says_what_it_can(engine: OnnxChatEngine) -> None:
    info = engine.info
    assert info.model == "tiny_chat"
    assert info.chat and info.reproducible and info.logprobs and info.schema
    assert info.thinking_switch and info.thinking_budget
    assert not info.embeds and not info.scores_steps
    assert info.context == 2048
    assert info.parameters is not None and info.parameters > 10_000
    for nothing in (engine.embed(["x"]), engine.score_steps("x", [["y"]])):
        with pytest.raises(EngineError):
            run(nothing)


def test_a_smaller_context_is_noted() -> None:
    engine = OnnxChatEngine(FOLDER, context=100, threads=1)
    assert engine.info.context == 100
    assert any("100" in note for note in engine.info.notes)
    with pytest.raises(EngineError, match="too long"):
        sample(engine, replace(BASE, prompt=LONG))
    run(engine.close())


# ---- same seed, same run ------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        BASE,
        replace(BASE, prompt=LONG, top_p=0.8, temperature=0.6, seed=3),
        replace(BASE, schema=SCHEMA, max_tokens=40, seed=5),
        replace(BASE, prompt="12 + 30 =", seed=8),
        replace(BASE, thinking=True, thinking_budget=6, max_tokens=60, seed=9),
    ],
    ids=["plain", "long", "schema", "text", "thinking"],
)
def test_asking_together_or_apart_gives_the_same_samples(
    engine: OnnxChatEngine, thinker: OnnxChatEngine, request_: Request
) -> None:
    for one in (engine, thinker):
        together = sample(one, replace(request_, n=4))
        assert [s.index for s in together] == [0, 1, 2, 3]
        apart = [sample(one, replace(request_, first=i))[0] for i in (0, 2, 3)]
        assert apart == [together[0], together[2], together[3]]
        assert len({s.text + (s.thinking or "") for s in together}) > 1


def test_load_does_not_change_samples(engine: OnnxChatEngine) -> None:
    requests = [
        replace(
            BASE,
            prompt=(CHAT, LONG, "7 * 8 =")[k % 3],
            n=1 + k % 3,
            seed=k,
            max_tokens=3 + 5 * (k % 4),
            schema=SCHEMA if k % 4 == 0 else None,
        )
        for k in range(10)
    ]

    async def all_at_once() -> list[Completion]:
        return await asyncio.gather(*(engine.sample(request) for request in requests))

    before = engine.counters
    loaded = run(all_at_once())
    assert engine.counters == before + Usage.sum(c.usage for c in loaded)
    for request, completion in zip(requests, loaded, strict=True):
        alone = complete(engine, request)
        assert alone.samples == completion.samples
        assert replace(alone.usage, cached=0) == replace(completion.usage, cached=0)


def test_a_model_that_cannot_go_back_gives_the_same(engine: OnnxChatEngine) -> None:
    model, tokenizer = ChatModel(FOLDER, 1), ChatTokenizer(FOLDER)
    assert model.rewinds and model.steady and model.grammars
    order = engine._order(replace(BASE, prompt=LONG, n=3), False)
    made = []
    for model.rewinds in (True, False):
        prefixes = Prefixes(model, 2048, 4096)
        job = SampleJob(order, model, prefixes, tokenizer, frozenset((0, 1)))
        while not job.done:
            job.turn()
        made.append((job.samples, job.counts.as_list()))
    assert made[0] == made[1]
    assert made[0][1][:2] == [len(order.prompt), 0]


def test_greedy_is_what_the_library_generates(engine: OnnxChatEngine) -> None:
    model = og.Model(str(FOLDER))
    for prompt in (CHAT, LONG[0].content, "x = "):
        order = engine._order(replace(BASE, prompt=prompt), False)
        parameters = og.GeneratorParams(model)
        parameters.set_search_options(do_sample=False, max_length=len(order.prompt) + 24)
        generator = og.Generator(model, parameters)
        # read in the same pieces, as rounding may follow them
        for at in range(0, len(order.prompt) - 1, PIECE):
            generator.append_tokens(order.prompt[at : min(at + PIECE, len(order.prompt) - 1)])
        generator.append_tokens(order.prompt[-1:])
        while not generator.is_done():
            generator.generate_next_token()
        wanted = generator.get_sequence(0)[len(order.prompt) :].tolist()
        found = sample(engine, replace(BASE, prompt=prompt, temperature=0))[0]
        labels = [engine._tokenizer.label(i) for i in wanted]
        assert [t.text for t in found.tokens][: len(labels)] == labels


# ---- tokens and probabilities ------------------------------------------------------------------


def test_log_probabilities_are_the_models_own(engine: OnnxChatEngine) -> None:
    hot, cold = (
        sample(engine, replace(BASE, max_tokens=1, logprobs=5, temperature=t))[0].tokens[0]
        for t in (3.0, 0.0)
    )
    assert hot.alternatives == cold.alternatives
    assert (cold.text, cold.logprob) == cold.alternatives[0]
    assert sum(math.exp(lp) for _, lp in hot.alternatives) <= 1.0001
    everything = sample(engine, replace(BASE, max_tokens=1, logprobs=10**4))[0].tokens[0]
    assert math.isclose(sum(math.exp(lp) for _, lp in everything.alternatives), 1, abs_tol=1e-3)
    none, zero = (sample(engine, replace(BASE, logprobs=k))[0] for k in (None, 0))
    assert none.tokens == () and none.text == zero.text
    assert all(t.alternatives == () and t.logprob is not None for t in zero.tokens)


def test_first_tokens_follow_the_model(engine: OnnxChatEngine) -> None:
    draws = 200
    request = replace(BASE, n=draws, max_tokens=1, logprobs=1)
    tokens = [s.tokens[0] for s in sample(engine, request)]
    text, logprob = tokens[0].alternatives[0]
    p = math.exp(logprob)
    seen = sum(t.logprob == logprob for t in tokens) / draws
    assert abs(seen - p) <= 5 * math.sqrt(p * (1 - p) / draws), text


def test_draws_under_a_grammar_follow_the_model(engine: OnnxChatEngine) -> None:
    """Of the tokens that the grammar allows, each is drawn as often as its weight says."""
    schema = json.dumps({"enum": [0, 1]})
    draws = 200
    samples = sample(engine, replace(BASE, n=draws, schema=schema, logprobs=10**4))
    assert {s.text for s in samples} == {"0", "1"}
    odds = dict(samples[0].tokens[0].alternatives)
    p = math.exp(odds["0"]) / (math.exp(odds["0"]) + math.exp(odds["1"]))
    seen = sum(s.text == "0" for s in samples) / draws
    assert abs(seen - p) <= 5 * math.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize("top_p", [1.0, 0.3])
def test_a_schema_is_kept_to(engine: OnnxChatEngine, top_p: float) -> None:
    request = replace(BASE, n=6, schema=SCHEMA, max_tokens=60, top_p=top_p)
    for one in sample(engine, request):
        assert one.finish == "stop"
        assert json.loads(one.text)["difficulty"] in range(10)


def test_a_bad_schema_fails_its_request_only(engine: OnnxChatEngine) -> None:
    for schema in ("{", '{"type": "banana"}'):
        with pytest.raises(EngineError, match=r"schema|grammar"):
            sample(engine, replace(BASE, schema=schema))
    assert sample(engine, BASE)


# ---- thinking --------------------------------------------------------------------------------


def test_the_switch_is_in_the_prompt(engine: OnnxChatEngine, thinker: OnnxChatEngine) -> None:
    on, off = (engine._render(replace(BASE, thinking=t)) for t in (True, False))
    assert on.text.endswith("<|im_start|>assistant\n") and not on.opened
    assert off.text == f"{on.text}<think>\n\n</think>\n\n" and not off.opened
    on, off = (thinker._render(replace(BASE, thinking=t)) for t in (True, False))
    assert on.text.endswith("<think>\n") and on.opened
    assert off.text.endswith("<think>\n\n</think>\n\n") and not off.opened
    assert thinker.info.thinking_switch


def test_a_thought_is_cut_at_its_budget(thinker: OnnxChatEngine) -> None:
    request = replace(BASE, thinking=True, thinking_budget=10, max_tokens=80, n=6)
    completion = complete(thinker, request)
    cut = len(thinker._tokenizer.encode(CUT, 1000))
    for one in completion.samples:
        assert one.thinking is not None and one.completion_tokens is not None
        if one.thought_cut:
            assert one.thinking.endswith(CUT.partition("</think>")[0].strip())
            assert 10 + cut < one.completion_tokens <= 80
            assert [t.logprob for t in one.tokens].count(None) == cut
        assert len(one.tokens) == one.completion_tokens
    cuts = [one for one in completion.samples if one.thought_cut]
    assert len(cuts) >= 3
    assert completion.usage.thinking == len(cuts) * (10 + cut) + sum(
        s.completion_tokens or 0 for s in completion.samples if not s.thought_cut
    )


def test_without_a_budget_a_thought_may_use_up_the_reply(thinker: OnnxChatEngine) -> None:
    one = sample(thinker, replace(BASE, thinking=True, seed=1))[0]
    assert (one.finish, one.text, one.thought_cut) == ("length", "", False)
    assert one.thinking


def test_a_budget_shrinks_with_the_reply(thinker: OnnxChatEngine) -> None:
    cut = thinker._cut
    for most, budget, limit, expected in [
        (100, 60, 100, 60),
        (100, 90, 100, 100 - cut - 1),
        (10_000, 9000, 1000, 500),
        (10_000, 9800, 9900, 9700),
        (10_000, 20, 1000, 20),
        (100, 50, cut, None),
    ]:
        request = replace(BASE, max_tokens=most, thinking_budget=budget)
        assert thinker._budget(request, limit) == expected


def test_a_thought_switched_off_is_none(thinker: OnnxChatEngine) -> None:
    for one in sample(thinker, replace(BASE, thinking=False, n=3, thinking_budget=3)):
        assert one.thinking is None and not one.thought_cut


def test_a_reply_that_was_begun_is_continued(
    engine: OnnxChatEngine, thinker: OnnxChatEngine
) -> None:
    begun = (*CHAT, Message("assistant", "First, 12 + 30"))
    for one in (engine, thinker):
        on = one._render(replace(BASE, prompt=begun, thinking=False))
        assert on.text == one._render(BASE).text + "First, 12 + 30"
        assert not on.opened
    (more,) = sample(engine, replace(BASE, prompt=begun))
    assert not more.text.startswith("First")


def test_a_schema_waits_for_no_thought(thinker: OnnxChatEngine) -> None:
    assert thinker._order(replace(BASE, thinking=True, schema=SCHEMA), False).schema is None
    assert thinker._order(replace(BASE, thinking=False, schema=SCHEMA), False).schema is not None


# ---- ends: stop texts, lengths, cancelling ---------------------------------------------------


def test_stop_text_cuts_where_it_first_appears(engine: OnnxChatEngine) -> None:
    request = replace(BASE, max_tokens=60, logprobs=None)
    whole = next(s.text for s in sample(engine, replace(request, n=20)) if len(set(s.text)) > 12)
    index = [s.text for s in sample(engine, replace(request, n=20))].index(whole)
    stop = whole[len(whole) // 2 : len(whole) // 2 + 3]
    deltas: list[Delta] = []
    asked = replace(request, first=index, stop=(stop, "\u2603"))
    (stopped,) = run(engine.sample(asked, on_delta=deltas.append)).samples
    assert stopped.text == whole[: whole.find(stop)]
    assert (stopped.finish, stopped.stopped_by) == ("stop", stop)
    assert "".join(d.text for d in deltas) == stopped.text


def test_length_is_clipped_to_the_context(engine: OnnxChatEngine) -> None:
    completion = complete(engine, replace(BASE, prompt="1 " * 980, max_tokens=10**6, n=2))
    room = engine.info.context - (completion.usage.prompt or 0)
    for one in completion.samples:
        assert one.completion_tokens == len(one.tokens) <= room
        assert one.finish == ("length" if one.completion_tokens == room else "stop")


def test_a_sample_that_goes_in_circles_is_ended(engine: OnnxChatEngine) -> None:
    """Greedy decoding of random weights falls into loops sooner or later, of some prompt."""
    for i in range(1, 10):
        request = Request(
            (Message("user", str(i)),), n=2, max_tokens=1900, temperature=0.0, thinking=True
        )
        completion = complete(engine, request)
        one, other = completion.samples
        circles = Repetition().feed((one.thinking or "") + one.text)
        assert (one.finish == "repetition") == (circles and one.finish != "stop")
        if one.finish == "repetition":
            break
    assert circles and (one.completion_tokens or 0) < 1900
    assert replace(other, index=0) == one, "the next one begins anew"
    assert completion.usage.completion == 2 * (one.completion_tokens or 0)


@pytest.mark.parametrize("prompt", ["7" * 100_000, "word " * 20_000, "\ud800" * 90_000, ""])
def test_hostile_prompts_are_refused(engine: OnnxChatEngine, prompt: str) -> None:
    with pytest.raises(EngineError):
        sample(engine, Request(prompt))
    if prompt:
        with pytest.raises(EngineError):
            sample(engine, Request((Message("user", prompt),)))


def test_the_empty_stop_text_is_refused(engine: OnnxChatEngine) -> None:
    with pytest.raises(EngineError, match="stop"):
        sample(engine, replace(BASE, stop=("",)))


def test_deltas_join_to_the_texts_on_the_loops_thread(
    engine: OnnxChatEngine, thinker: OnnxChatEngine
) -> None:
    for one in (engine, thinker):
        deltas: list[Delta] = []
        threads = set()

        def on_delta(
            delta: Delta, deltas: list[Delta] = deltas, threads: set[int] = threads
        ) -> None:
            threads.add(threading.get_ident())
            deltas.append(delta)

        request = replace(BASE, n=4, first=2, thinking=True, thinking_budget=5, max_tokens=60)
        samples = run(one.sample(request, on_delta=on_delta)).samples
        joined = {
            (s.index, part): "".join(
                d.text for d in deltas if (d.index, d.thinking) == (s.index, part)
            )
            for s in samples
            for part in (False, True)
        }
        assert all(joined[s.index, False] == s.text for s in samples)
        assert all(joined[s.index, True].strip() == (s.thinking or "") for s in samples)
        assert threads == {threading.get_ident()}
        assert all((d.text or d.done) and not d.restart for d in deltas)
        ends = [(d.index, d.tokens) for d in deltas if d.done]
        assert ends == [(s.index, s.completion_tokens) for s in samples]


def test_a_failing_delta_callback_fails_its_request_only(engine: OnnxChatEngine) -> None:
    def broken(delta: Delta) -> None:
        raise ZeroDivisionError(delta.text)

    async def both() -> Completion:
        bad = asyncio.ensure_future(engine.sample(replace(BASE, n=4), on_delta=broken))
        good = await engine.sample(BASE)
        with pytest.raises(ZeroDivisionError):
            await bad
        return good

    assert run(both()).samples == sample(engine, BASE)


ENDLESS = replace(BASE, n=50, max_tokens=1800, logprobs=None)
"""Hundreds of thousands of tokens: nobody waits for its end."""


class Begun:
    """Told when the first text of a request has come."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    def __call__(self, delta: Delta) -> None:
        self.event.set()


@pytest.mark.parametrize("streams", [False, True])
def test_stop_ends_it_and_what_was_spent_is_counted(engine: OnnxChatEngine, streams: bool) -> None:
    cancel = StopSignal()
    whole = sample(engine, replace(ENDLESS, n=1))[0]
    before = engine.counters

    async def stopped() -> Completion:
        def on_delta(delta: Delta) -> None:
            cancel.set()

        if not streams:
            asyncio.get_running_loop().call_later(0.2, cancel.set)
        return await engine.sample(ENDLESS, cancel=cancel, on_delta=on_delta if streams else None)

    completion = run(stopped())
    assert [s.index for s in completion.samples] == list(range(50))
    assert completion.samples[-1].finish == "abort"
    assert completion.usage.completion == sum(s.completion_tokens or 0 for s in completion.samples)
    assert engine.counters == before + completion.usage
    assert whole.text.startswith(completion.samples[0].text)
    assert sample(engine, BASE)


def test_stopped_while_it_waited_it_costs_nothing(engine: OnnxChatEngine) -> None:
    cancel = StopSignal()
    cancel.set()

    async def third() -> Completion:
        begun = Begun(), Begun()
        busy = [asyncio.ensure_future(engine.sample(ENDLESS, on_delta=b)) for b in begun]
        await asyncio.wait([asyncio.ensure_future(b.event.wait()) for b in begun])
        waiting = await engine.sample(replace(BASE, n=3), cancel=cancel)
        for task in busy:
            task.cancel()
        await asyncio.wait(busy)
        return waiting

    completion = run(third())
    assert [s.finish for s in completion.samples] == ["abort"] * 3
    assert completion.usage == Usage(0, 0, 0, 0)


def test_a_cancelled_task_frees_the_worker(engine: OnnxChatEngine) -> None:
    before = engine.counters

    async def leave() -> Completion:
        begun = Begun()
        tasks = [asyncio.ensure_future(engine.sample(ENDLESS, on_delta=begun)) for _ in range(3)]
        await begun.event.wait()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return await engine.sample(BASE)

    after = run(leave())
    assert after.samples == sample(engine, BASE)
    spent = (engine.counters.completion or 0) - (before.completion or 0)
    assert spent > 2 * (after.usage.completion or 0), "what was dropped is counted too"


def test_short_requests_do_not_wait_for_long_ones(engine: OnnxChatEngine) -> None:
    async def both() -> bool:
        begun = Begun()
        long = asyncio.ensure_future(engine.sample(ENDLESS, on_delta=begun))
        await begun.event.wait()
        await engine.sample(BASE)
        waited = long.done()
        long.cancel()
        await asyncio.wait([long])
        return waited

    assert not run(both())


def test_closing_fails_what_is_pending(fresh: OnnxChatEngine) -> None:
    async def closed() -> None:
        begun = Begun()
        pending = asyncio.ensure_future(fresh.sample(ENDLESS, on_delta=begun))
        await begun.event.wait()
        await fresh.close()
        with pytest.raises(EngineError, match="closed"):
            await pending
        with pytest.raises(EngineError, match="closed"):
            await fresh.sample(BASE)
        await fresh.close()

    run(closed())


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_worker_that_dies_fails_what_is_pending(fresh: OnnxChatEngine) -> None:
    async def killed() -> None:
        begun = Begun()
        pending = asyncio.ensure_future(fresh.sample(ENDLESS, on_delta=begun))
        await begun.event.wait()
        os.kill(fresh._process._process.pid, signal.SIGKILL)
        with pytest.raises(EngineError, match="has ended"):
            await pending
        with pytest.raises(EngineError, match="has ended"):
            await fresh.sample(BASE)

    run(killed())


# ---- folders that are none -------------------------------------------------------------------


def broken(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(FOLDER, folder)
    return folder


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("genai_config.json", None, "genai_config.json"),
        ("genai_config.json", "{}", "no usable model"),
        ("genai_config.json", '{"model": {"eos_token_id": 1}}', "no usable model"),
        ("tokenizer.json", None, "tokenizer"),
        ("tokenizer.json", "{}", "tokenizer"),
        ("chat_template.jinja", None, "chat template"),
        ("chat_template.jinja", "{% if %}", "cannot be read"),
        ("chat_template.jinja", "{{ raise_exception('no') }}", "refuses"),
        ("chat_template.jinja", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "refuses"),
        ("model.onnx", None, "model.onnx is missing"),
        ("model.onnx", "this is no graph", "."),
        ("model.onnx.data", None, "model.onnx.data"),
    ],
)
def test_unusable_folders_are_refused_in_words(
    tmp_path: Path, name: str, content: str | None, words: str
) -> None:
    folder = broken(tmp_path)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content)
    with pytest.raises(EngineError, match=words):
        OnnxChatEngine(folder)


def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_chat.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"pip install -r requirements-onnx-chat\.txt"):
        OnnxChatEngine(FOLDER)


def test_nonsense_arguments() -> None:
    for wrong in ({"context": 3}, {"threads": 0}):
        with pytest.raises(ValueError):
            OnnxChatEngine(FOLDER, **wrong)


def test_noise_under_a_grammar_is_its_own() -> None:
    from scale_core.engines.embedded.sampling import gumbels, uniforms

    a, b = gumbels(1, 2, 3, 50), gumbels(1, 2, 3, 50)
    assert np.array_equal(a, b) and np.array_equal(a[:20], gumbels(1, 2, 3, 20))
    others = [gumbels(*place, 50) for place in ((0, 2, 3), (1, 0, 3), (1, 2, 4))]
    assert all(not np.array_equal(a, other) for other in others)
    as_uniform = np.exp(-np.exp(-a.astype(float)))
    assert not np.isin(np.round(as_uniform, 5), np.round(uniforms(1, 2, 5000), 5)).all()
    mean = float(np.mean([gumbels(s, 0, 0, 400).mean() for s in range(50)]))
    assert abs(mean - 0.5772) < 0.05
