"""The probe tells servers apart by what they do, and the page is told what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from scale_core.engines.base import Delta, EngineError, EngineInfo, Message, Request
from scale_core.engines.cancel import StopSignal
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.openai.capabilities import Capabilities, notes, weakest
from scale_core.engines.openai.engine import OpenAIEngine, RetryPolicy
from scale_core.trace.usage import Usage
from tests.engines.faulty_server import (
    MODEL,
    Server,
    Source,
    Traits,
    always,
    from_engine,
    scripted,
    serving,
)

T = TypeVar("T")
QUICK = RetryPolicy(retries=2, first_wait=0.01)
THINKER = scripted(thought="let me think " * 20)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 30))


def probed(
    source: Source, traits: Traits | None = None, model: str = MODEL, **options: Any
) -> tuple[EngineInfo, Capabilities, Server]:
    async def go() -> tuple[EngineInfo, Capabilities, Server]:
        server = Server(source, traits or Traits(models=(model,)))
        async with serving(server):
            engine = OpenAIEngine([server.url], model, retry=QUICK, **options)
            try:
                info = await engine.probe(again=True)
                assert engine.capabilities is not None
                assert engine.counters == Usage()  # the probe's tokens belong to no run
                return info, engine.capabilities, server
            finally:
                await engine.close()

    return run(go())


def fields(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_a_server_that_can_everything() -> None:
    info, caps, server = probed(THINKER)
    assert caps == Capabilities(
        server="vLLM",
        context=4096,
        thinking="template",
        running_usage=True,
        token_ids=True,
        says_cut=True,
    )
    assert (info.name, info.model) == ("vLLM server", MODEL)
    assert info.device == f"{server.url}; at most 64 requests at a time"
    assert info.chat and info.schema and info.logprobs and info.thinking_switch
    assert not info.reproducible and not info.embeds and not info.scores_steps
    assert info.context == 4096
    assert info.notes == (
        "Several samples are drawn in one request from one seed: sample i alone cannot be asked "
        "for again.",
        "No thinking budget: only the token limit.",
    )
    assert len(server.asked) <= 12
    assert all(body.get("max_tokens", 99) <= 40 for body in server.asked)


def test_the_embedded_model_behind_completions(engine: OnnxEngine) -> None:
    info, caps, server = probed(from_engine(engine), Traits(chat=False, schema=False))
    assert not info.chat and not info.schema and not info.thinking_switch
    assert caps.together and caps.seed and caps.repeats
    assert caps.logprobs == 20
    assert {("messages" in body) for body in server.asked[1:]} == {False}


@pytest.mark.parametrize("status", [400, 404, 500, 501])
def test_a_server_without_a_list_of_models_and_without_chat(status: int) -> None:
    traits = Traits(chat=False, chat_status=status, models_status=status)
    info, caps, _ = probed(scripted(), traits)
    assert not info.chat and caps.together
    assert caps.context is None and caps.server == ""


def test_chat_can_be_chosen_and_is_then_not_tried() -> None:
    info, _, server = probed(scripted(), chat=False)
    assert not info.chat
    assert not any("messages" in body for body in server.asked)
    with pytest.raises(EngineError, match="no chat template"):
        probed(scripted(), Traits(chat=False), chat=True)


def test_a_server_like_ollama() -> None:
    traits = Traits(
        owner="library",
        context=None,
        ignores=fields("n", "chat_template_kwargs"),
        cached=False,
        reasoning=False,
        running=False,
    )
    info, caps, _ = probed(scripted(), traits)
    assert caps.server == "Ollama"
    assert not caps.together and caps.seed
    assert caps.thinking == "none"
    assert not caps.cached and caps.reasoning  # nothing to report where nobody thinks
    said = " ".join(info.notes)
    for words in ("one by one", "context is not known", "Cached prompt tokens", "counts only at"):
        assert words in said


def test_a_strict_hosted_server() -> None:
    strict = fields("chat_template_kwargs", "max_tokens", "temperature", "return_token_ids", "seed")
    traits = Traits(owner="somebody", refuses=strict, running=False)

    async def go() -> None:
        async with serving(Server(scripted(), traits)) as server:
            engine = OpenAIEngine([server.url], MODEL, retry=QUICK)
            info = await engine.probe(again=True)
            caps = engine.capabilities
            assert caps is not None
            assert caps.limit == "max_completion_tokens"
            assert caps.left_out == fields("temperature")
            assert caps.together and not caps.seed
            assert "The server refuses: temperature." in info.notes
            assert any("no seed" in note for note in info.notes)
            await engine.sample(Request((Message("user", "x"),), n=2))
            assert not strict & server.asked[-1].keys()
            await engine.close()

    run(go())


def test_missing_log_probabilities_and_fewer_of_them() -> None:
    info, _, _ = probed(scripted(), Traits(ignores=fields("logprobs")))
    assert not info.logprobs
    assert any("No log-probabilities" in note for note in info.notes)
    info, _, _ = probed(scripted(), Traits(refuses=fields("logprobs")))
    assert not info.logprobs


def test_a_schema_counts_only_if_it_rules() -> None:
    info, _, _ = probed(scripted(), Traits(schema=False))
    assert not info.schema
    assert any("No JSON schema" in note for note in info.notes)
    info, _, _ = probed(scripted(), Traits(refuses=fields("response_format")))
    assert not info.schema


def test_a_seed_that_does_not_repeat() -> None:
    made = iter(range(10**6))
    info, caps, _ = probed(scripted(lambda prompt, seed, i: f"{next(made)}"))
    assert caps.seed and not caps.repeats
    assert any("another reply" in note for note in info.notes)


@pytest.mark.parametrize(
    ("traits", "stream", "usage", "running"),
    [
        (Traits(), True, True, True),
        (Traits(running=False), True, True, False),
        (Traits(refuses=fields("stream_options")), True, False, False),
        (Traits(usage=False), True, False, False),
        (Traits(refuses=fields("stream")), False, False, False),
        (Traits(ignores=fields("stream")), False, True, False),
        (Traits(stream_logprobs=False), True, True, True),
    ],
)
def test_streams(traits: Traits, stream: bool, usage: bool, running: bool) -> None:
    _, caps, _ = probed(scripted(), traits)
    assert (caps.stream, caps.stream_usage, caps.running_usage) == (stream, usage, running)
    assert caps.stream_logprobs == traits.stream_logprobs


@pytest.mark.parametrize(
    ("caps", "logprobs", "streamed"),
    [
        (Capabilities(), 5, True),
        (Capabilities(stream=False), None, False),
        (Capabilities(stream_usage=False), None, False),
        (Capabilities(usage=False, stream_usage=False), None, True),
        (Capabilities(stream_logprobs=False), 5, False),
        (Capabilities(stream_logprobs=False), None, True),
        (Capabilities(stream_logprobs=False, logprobs=None), 5, True),
    ],
)
def test_who_listens_loses_neither_counts_nor_log_probabilities(
    caps: Capabilities, logprobs: int | None, streamed: bool
) -> None:
    async def go() -> tuple[list[Delta], Server]:
        heard = list[Delta]()
        async with serving(Server(scripted(lambda *_: "two words"))) as server:
            engine = OpenAIEngine([server.url], MODEL, capabilities=caps)
            request = Request((Message("user", "x"),), logprobs=logprobs)
            await engine.sample(request, on_delta=heard.append)
            await engine.close()
            return heard, server

    heard, server = run(go())
    assert bool(server.asked[0].get("stream")) == streamed == bool(heard)


# Thinking


@pytest.mark.parametrize("style", ["reasoning", "inline", "plain"])
def test_a_template_switch_is_found_even_where_thoughts_are_not_set_apart(style: str) -> None:
    _, caps, _ = probed(THINKER, Traits(thoughts=style))
    assert caps.thinking == "template"


def switched(body: dict[str, Any]) -> bool:
    """Whether a model thinks whose server looks at the prompt and at the effort."""
    text = body["messages"][-1]["content"] if "messages" in body else ""
    return body.get("reasoning_effort") != "none" and "/no_think" not in text


def by_prompt_or_effort() -> Source:
    thinks, quiet = THINKER, scripted()

    async def generate(prompt: str, body: dict[str, Any]) -> Any:
        body.pop("chat_template_kwargs", None)
        return await (thinks if switched(body) else quiet)(prompt, body)

    return generate


def test_a_hybrid_model_behind_a_server_without_template_switch() -> None:
    info, caps, _ = probed(by_prompt_or_effort(), model="Qwen/Qwen3-8B")
    assert caps.thinking == "tags"
    assert any("/no_think" in note for note in info.notes)


def test_effort_switches_other_thinking_models() -> None:
    info, caps, _ = probed(by_prompt_or_effort(), model="some-thinker")
    assert caps.thinking == "effort" and caps.efforts == ("none", "high")
    assert any("System 1 none, System 2 high" in note for note in info.notes)


def test_a_model_known_for_its_effort_levels() -> None:
    async def generate(prompt: str, body: dict[str, Any]) -> Any:
        if body.get("reasoning_effort") == "none":
            raise EngineError("reasoning_effort: none is not known")
        body.pop("chat_template_kwargs", None)
        return await THINKER(prompt, body)

    info, caps, _ = probed(generate, model="openai/gpt-oss-20b")
    assert caps.thinking == "effort" and caps.efforts == ("minimal", "high")
    assert any("thinks a little too" in note for note in info.notes)


def test_a_model_that_always_thinks() -> None:
    refuses = fields("chat_template_kwargs", "reasoning_effort")
    info, caps, _ = probed(THINKER, Traits(refuses=refuses))
    assert caps.thinking == "always" and not info.thinking_switch
    assert "This model always thinks: System 1 thinks too." in info.notes


def test_a_budget_counts_only_if_it_ends_the_thought() -> None:
    async def bounded(prompt: str, body: dict[str, Any]) -> Any:
        source = THINKER
        if body.get("thinking_token_budget"):
            source = scripted(thought="let me " * body["thinking_token_budget"])
        return await source(prompt, body)

    info, caps, _ = probed(bounded)
    assert caps.thinking_budget and info.thinking_budget
    _, caps, _ = probed(THINKER)
    assert not caps.thinking_budget


# What cannot be used


def test_an_unknown_model_is_named_with_those_that_there_are() -> None:
    with pytest.raises(EngineError, match="no model test-model; there are: a, b"):
        probed(scripted(), Traits(models=("b", "a")))


@pytest.mark.parametrize(
    ("kind", "reason"), [("401", "refused the key"), ("500", "500"), ("html", "text/html")]
)
def test_a_server_that_cannot_be_used(kind: str, reason: str) -> None:
    async def go() -> None:
        async with serving(Server(scripted(), plan=always(kind))) as server:
            engine = OpenAIEngine([server.url], MODEL, retry=QUICK)
            with pytest.raises(EngineError, match=reason):
                await engine.probe(again=True)
            assert engine.capabilities is None
            assert engine.info.notes[0].startswith("Not probed yet")
            await engine.close()

    run(go())


def test_faults_now_and_then_do_not_mislead_the_probe() -> None:
    async def go() -> None:
        calm = Server(THINKER)
        rough = Server(THINKER, plan=lambda body, before: "503" if before == 0 else None)
        found = []
        for server in (calm, rough):
            async with serving(server):
                engine = OpenAIEngine([server.url], MODEL, retry=QUICK)
                await engine.probe(again=True)
                found.append(engine.capabilities)
                await engine.close()
        assert found[0] == found[1]
        assert rough.faults["503"] > 5

    run(go())


# Once, and for several servers


def test_the_first_request_probes_once_and_the_result_is_kept() -> None:
    async def go() -> None:
        async with serving(Server(scripted())) as server:
            engine = OpenAIEngine([server.url], MODEL)
            request = Request((Message("user", "x"),))
            await asyncio.gather(*(engine.sample(replace(request, seed=i)) for i in range(5)))
            asked = len(server.asked)
            other = OpenAIEngine([server.url], MODEL)
            await other.probe()
            assert len(server.asked) == asked  # found out lately
            assert other.capabilities == engine.capabilities
            await other.probe(again=True)
            assert len(server.asked) > asked
            for e in (engine, other):
                await e.close()

    run(go())


def test_stop_ends_a_probe_that_a_request_began() -> None:
    async def go() -> None:
        async with serving(Server(scripted(), pace=60)) as server:
            engine = OpenAIEngine([server.url], MODEL)
            stop = StopSignal()
            request = Request((Message("user", "x"),), n=2)
            task = asyncio.create_task(engine.sample(request, cancel=stop))
            await asyncio.sleep(0.2)
            stop.set()
            done = await asyncio.wait_for(task, 2)
            assert [s.finish for s in done.samples] == ["abort", "abort"]
            assert done.usage == Usage()
            await engine.close()

    run(go())


def test_several_servers_can_what_all_of_them_can() -> None:
    async def go() -> None:
        good, poor = Server(THINKER), Server(THINKER, Traits(context=2048, schema=False))
        async with serving(good), serving(poor):
            engine = OpenAIEngine([good.url, poor.url, "http://127.0.0.1:9/v1"], MODEL, retry=QUICK)
            info = await engine.probe(again=True)
            assert info.context == 2048 and not info.schema
            assert all(url in info.device for url in (good.url, poor.url, "127.0.0.1:9"))
            assert [s.alive for s in engine.state.servers] == [True, True, False]
            assert "127.0.0.1:9/v1 is out: the connection was refused" in info.notes[-1]
            await engine.close()
            dead = OpenAIEngine(["http://127.0.0.1:9/v1"], MODEL, retry=QUICK)
            with pytest.raises(EngineError, match="refused"):
                await dead.probe()
            await dead.close()

    run(go())


def test_the_weakest_of_all() -> None:
    best = Capabilities(context=100, thinking="template", token_ids=True)
    worst = Capabilities(
        context=None, together=False, logprobs=None, thinking="none", left_out=fields("seed")
    )
    both = weakest([best, worst, best])
    assert (both.context, both.together, both.logprobs) == (100, False, None)
    assert (both.thinking, both.token_ids, both.left_out) == ("none", False, fields("seed"))
    assert weakest([best]) == best


def test_notes_are_sentences() -> None:
    poor = Capabilities(
        together=False, seed=False, repeats=False, logprobs=None, schema=False, thinking="always",
        usage=False, cached=False, reasoning=False, stream=False, stream_usage=False,
    )  # fmt: skip
    for caps in (Capabilities(), poor, replace(poor, seed=True, usage=True, stream=True)):
        assert all(note.endswith(".") and note[0].isupper() for note in notes(caps))
    assert len(notes(poor)) >= 7
