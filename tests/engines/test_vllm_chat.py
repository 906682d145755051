"""A tiny chat model of the Qwen3 kind in a real vLLM: templates, thoughts, budgets, schemas."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from scale_core.engines.base import Completion, Delta, EngineError, Message, Request
from scale_core.engines.vllm import sampling
from scale_core.engines.vllm.engine import VllmEngine
from scale_core.engines.vllm.sampling import Sampler
from tests.engines import tiny_models
from tests.engines.vllm_settings import ARGUMENTS

pytestmark = pytest.mark.vllm

ASK = (Message("user", "12+30"),)
THINK = Request(ASK, n=32, max_tokens=120, temperature=0.7, thinking=True)
COMPACT = (
    "--structured-outputs-config.backend", "xgrammar",
    "--structured-outputs-config.disable_any_whitespace", "true",
)  # fmt: skip
SCHEMA = {
    "type": "object",
    "properties": {"a": {"enum": ["yes", "no"]}},
    "required": ["a"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmEngine]:
    model = tiny_models.chat(tmp_path_factory.mktemp("chat"))
    engine = VllmEngine(str(model), [*ARGUMENTS, *COMPACT])
    yield engine
    asyncio.run(engine.close())


@pytest.fixture(params=["native", "ours"])
def either(
    request: pytest.FixtureRequest, chat: VllmEngine, monkeypatch: pytest.MonkeyPatch
) -> VllmEngine:
    """The engine with its thinking budget kept by vLLM, and by us."""
    assert chat._sampler.native
    monkeypatch.setattr(chat, "_sampler", replace(chat._sampler, native=request.param == "native"))
    return chat


def ask(engine: VllmEngine, request: Request, **keywords: Any) -> Completion:
    before = engine.counters
    completion = asyncio.run(engine.sample(request, **keywords))
    usage = completion.usage
    pairs = [(getattr(engine.counters, f), getattr(before, f), getattr(usage, f))
             for f in ("prompt", "cached", "completion", "thinking")]  # fmt: skip
    assert all(after - earlier == own for after, earlier, own in pairs)
    return completion


def test_info(chat: VllmEngine) -> None:
    info = chat.info
    assert info.chat and info.thinking_switch and info.thinking_budget and info.schema
    assert any("budget" in note for note in info.notes)
    assert info.parameters and 50_000 < info.parameters < 200_000


# ---- templates -------------------------------------------------------------------------------


def test_the_thinking_switch_is_sent_both_ways(chat: VllmEngine) -> None:
    texts = chat._sampler.texts
    asked = "<|im_start|>user\n12+30<|im_end|>\n<|im_start|>assistant\n"
    assert texts.render(ASK, True) == asked
    assert texts.render(ASK, False) == asked + "<think>\n\n</think>\n\n"
    on, off, unsaid = (
        ask(chat, replace(THINK, thinking=t)).samples for t in (True, False, None)
    )  # fmt: skip
    assert sum(s.thinking is not None for s in on) > 20
    assert all(s.thinking is None for s in off)
    assert [s.text for s in unsaid] == [s.text for s in off]


def test_an_assistants_message_at_the_end_is_continued(chat: VllmEngine) -> None:
    texts = chat._sampler.texts
    going_on = texts.render((*ASK, Message("assistant", "4")), False)
    assert going_on.endswith("<|im_start|>assistant\n4")
    request = Request((*ASK, Message("assistant", "4")), max_tokens=5, temperature=0)
    assert ask(chat, request).usage.prompt == len(texts.ids(going_on))


def test_plain_text_is_served_too_and_bad_chats_are_refused(chat: VllmEngine) -> None:
    assert ask(chat, Request("<|im_start|>user\n1", max_tokens=3)).samples[0].completion_tokens
    for prompt in ((), (Message("user", "1" * 600),)):
        with pytest.raises(EngineError):
            asyncio.run(chat.sample(Request(prompt)))


# ---- thoughts --------------------------------------------------------------------------------


def test_thoughts_are_told_from_replies(chat: VllmEngine) -> None:
    completion = ask(chat, replace(THINK, logprobs=2))
    thought = 0
    for s in completion.samples:
        assert "think>" not in s.text
        if s.finish != "stop" or not s.thinking or not set(s.thinking) <= set("abcdefgh"):
            continue
        assert s.text and set(s.text) <= set("0123456789+ ")
        # "<think>\n" + thought + "\n</think>" + "\n\n" + reply + end: a token a character here
        assert s.completion_tokens == 2 + len(s.thinking) + 2 + 2 + len(s.text) + 1
        assert "".join(t.text for t in s.tokens[:-1]) == s.text
        assert s.tokens[-1].text == "<|im_end|>"
        thought += 1
    assert thought > 10
    assert completion.usage.thinking
    assert completion.usage.completion
    assert completion.usage.thinking < completion.usage.completion


def test_a_thought_cut_by_the_limit_is_no_reply(chat: VllmEngine) -> None:
    completion = ask(chat, replace(THINK, max_tokens=4))
    cut = [s for s in completion.samples if s.thinking]
    assert len(cut) > 10
    assert all((s.finish, s.text, s.completion_tokens) == ("length", "", 4) for s in cut)


class Streams:
    """Collects deltas, thoughts and replies apart."""

    def __init__(self) -> None:
        self.texts: dict[bool, dict[int, str]] = {True: {}, False: {}}

    def take(self, delta: Delta) -> None:
        texts = self.texts[delta.thinking]
        texts[delta.index] = texts.get(delta.index, "") + delta.text

    def check(self, completion: Completion) -> None:
        samples = completion.samples
        assert {s.index: s.text for s in samples} == self.texts[False]
        thoughts = {i: text.strip() for i, text in self.texts[True].items()}
        assert {s.index: s.thinking for s in samples if s.thinking is not None} == thoughts


def test_deltas_are_thoughts_and_replies_apart(chat: VllmEngine) -> None:
    for n in (4, 32):
        streams = Streams()
        streams.check(ask(chat, replace(THINK, n=n), on_delta=streams.take))


def test_a_budget_bounds_every_thought(either: VllmEngine) -> None:
    for budget in (1, 5, 12):
        completion = ask(either, replace(THINK, thinking_budget=budget, logprobs=0))
        cut = whole = 0
        for s in completion.samples:
            assert s.thinking is not None
            assert len(s.thinking) <= budget
            cut += s.thought_cut
            whole += not s.thought_cut
            if s.finish == "stop" and s.text.isdigit():
                assert "".join(t.text for t in s.tokens[:-1]).strip() == s.text.strip()
        assert cut > 3
        assert whole > 1 or budget == 1
        replied = sum(bool(s.text) and s.finish == "stop" for s in completion.samples)
        assert replied > 28, "it answers after its thought was closed"


def test_a_budget_does_not_change_what_fits_in_it(either: VllmEngine) -> None:
    """Samples that close their thoughts earlier are what they are without a budget: all of them
    where vLLM keeps the budget, up to the reply where we do."""
    free = ask(either, THINK).samples
    bounded = ask(either, replace(THINK, thinking_budget=20)).samples
    same = [
        (a, b) for a, b in zip(free, bounded, strict=True)
        if a.thinking and len(a.thinking) < 15
    ]  # fmt: skip
    assert len(same) > 5
    assert sum(a.thinking == b.thinking for a, b in same) >= len(same) - 1


def test_a_budget_streams_the_reply_too(either: VllmEngine) -> None:
    streams = Streams()
    streams.check(ask(either, replace(THINK, n=8, thinking_budget=4), on_delta=streams.take))


def test_a_budget_without_thinking_is_ignored(either: VllmEngine) -> None:
    request = replace(THINK, thinking=False)
    assert ask(either, replace(request, thinking_budget=3)).samples == ask(either, request).samples


def test_samples_of_a_budget_do_not_depend_on_how_they_are_asked_for(either: VllmEngine) -> None:
    request = replace(THINK, n=6, thinking_budget=5)
    together = ask(either, request).samples
    alone = [ask(either, replace(request, n=1, first=i)).samples[0] for i in range(6)]
    assert [s.index for s in alone] == list(range(6))
    assert sum(a.text == b.text for a, b in zip(together, alone, strict=True)) >= 5


# ---- structured output -----------------------------------------------------------------------


@pytest.mark.parametrize("thinking", [False, True])
def test_a_schema_binds_the_reply_and_not_the_thought(chat: VllmEngine, thinking: bool) -> None:
    request = replace(
        THINK, n=12, max_tokens=200, thinking=thinking, schema=json.dumps(SCHEMA),
        thinking_budget=10 if thinking else None,
    )  # fmt: skip
    samples = ask(chat, request).samples
    assert all((s.thinking is not None) == thinking for s in samples)
    for s in samples:
        assert json.loads(s.text)["a"] in ("yes", "no")
    if thinking:
        assert all(set(s.thinking or "") <= set("abcdefgh") for s in samples)


# ---- loops -----------------------------------------------------------------------------------


def test_a_sample_that_goes_in_circles_is_ended(
    chat: VllmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One token again and again is a loop; what the model would say without that is none. The
    bound is lowered to what fits into this model's context; the usual one goes with all the other
    requests here."""
    monkeypatch.setattr(sampling, "_BLOCK", 31)
    monkeypatch.setattr(Sampler, "_params", endless(Sampler._params, logit_bias={40: 100.0}))
    request = Request((Message("user", "On and on"),), max_tokens=450, temperature=0.0)
    (one,) = ask(chat, request).samples
    assert one.finish == "repetition" and one.cut and one.stopped_by is None
    assert 128 <= (one.completion_tokens or 0) < 200
    monkeypatch.setattr(Sampler, "_params", endless(Sampler._params, logit_bias=None))
    (other,) = ask(chat, request).samples
    assert other.finish == "length" and other.completion_tokens == 450


def endless(original: Any, **more: Any) -> Any:
    """Sampling parameters under which no sample ends by itself. more: others of theirs."""

    def params(self: Sampler, *args: Any, **keywords: Any) -> Any:
        found = original(self, *args, **keywords)
        found.ignore_eos = True
        for name, value in more.items():
            setattr(found, name, value)
        return found

    return params


# ---- when the engine dies --------------------------------------------------------------------


def test_a_dead_engine_fails_aloud(chat: VllmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last test here: vLLM's process is gone afterwards."""
    manager = chat._host.llm.engine_core.resources.engine_manager
    monkeypatch.setattr(Sampler, "_params", endless(Sampler._params))

    async def work() -> None:
        task = asyncio.ensure_future(chat.sample(replace(THINK, n=64, max_tokens=450)))
        while not chat.running:
            await asyncio.sleep(0.01)
        for process in manager.processes:
            os.kill(process.pid, signal.SIGKILL)
        before = chat.counters
        with pytest.raises(EngineError, match="ended") as failed:
            await asyncio.wait_for(task, 60)
        assert failed.value.usage.completion
        assert before + failed.value.usage == chat.counters
        with pytest.raises(EngineError, match="ended"):
            await asyncio.wait_for(chat.sample(THINK), 60)

    asyncio.run(work())
