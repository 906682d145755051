"""The engine for OpenAI-compatible servers keeps the protocol's promises over real HTTP."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import pickle
import re
import threading
import traceback
import tracemalloc
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from scale_core.engines.base import Completion, Delta, EngineError, Message, Request, Token
from scale_core.engines.cancel import StopSignal
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.openai import session
from scale_core.engines.openai.capabilities import Capabilities
from scale_core.engines.openai.engine import OpenAIEngine, RetryPolicy, Timeouts
from scale_core.engines.openai.request_body import seed_of
from scale_core.trace.usage import Usage
from tests.engines.faulty_server import (
    MODEL,
    Generated,
    Server,
    Source,
    Traits,
    always,
    from_engine,
    scripted,
    serving,
)

T = TypeVar("T")
CAPS = Capabilities(server="vLLM", running_usage=True, token_ids=True, thinking="template")
PLAIN = replace(CAPS, chat=False, thinking="none")
QUICK = RetryPolicy(retries=3, first_wait=0.01)
CHAT = (Message("system", "Be brief."), Message("user", "two words"))


def run(work: Coroutine[Any, Any, T], seconds: float = 30) -> T:
    return asyncio.run(asyncio.wait_for(work, seconds))


def engine_at(*servers: Server, **options: Any) -> OpenAIEngine:
    options = {"capabilities": CAPS, "retry": QUICK} | options
    return OpenAIEngine([s.url for s in servers], MODEL, **options)


def using(server: Server, work: Callable[[OpenAIEngine], Awaitable[T]], **options: Any) -> T:
    """Serve, do the work, close; nothing may be left in flight."""

    async def go() -> T:
        async with serving(server):
            engine = engine_at(server, **options)
            try:
                return await work(engine)
            finally:
                assert all(s.in_flight == 0 for s in engine.state.servers)
                await engine.close()

    return run(go())


def ask(server: Server, request: Request, **options: Any) -> Completion:
    return using(server, lambda engine: engine.sample(request), **options)


# Samples


def rounded(token: Token) -> Token:
    """Log-probabilities as they are kept of a server."""
    assert token.logprob is not None
    others = tuple((text, round(logprob, 5)) for text, logprob in token.alternatives)
    return Token(token.text, round(token.logprob, 5), others)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("prompt", ["12+34=", (Message("user", "12+34="),)])
def test_samples_are_those_of_the_model_behind_the_server(
    engine: OnnxEngine, prompt: Any, streamed: bool
) -> None:
    request = Request(prompt, n=5, first=2, seed=9, max_tokens=12, temperature=1.0, logprobs=3)
    listen = list[Delta]()
    caps = replace(CAPS, thinking="none")
    done = using(
        Server(from_engine(engine)),
        lambda http: http.sample(request, on_delta=listen.append),
        capabilities=caps,
        stream=streamed,
    )
    seed = seed_of(9, 2)
    wanted = run(engine.sample(replace(request, prompt="12+34=", first=0, seed=seed)))
    assert [s.index for s in done.samples] == [2, 3, 4, 5, 6]
    for mine, theirs in zip(done.samples, wanted.samples, strict=True):
        assert (mine.text, mine.finish) == (theirs.text, theirs.finish)
        assert mine.completion_tokens == theirs.completion_tokens
        # the end token is no part of what a server lists
        assert mine.tokens == tuple(map(rounded, theirs.tokens[: len(mine.tokens)]))
        assert len(mine.tokens) >= len(theirs.tokens) - 1 > 0
    assert done.usage.prompt == wanted.usage.prompt
    assert done.usage.completion == wanted.usage.completion
    assert bool(listen) == streamed
    if streamed:
        for sample in done.samples:
            assert "".join(d.text for d in listen if d.index == sample.index) == sample.text


def test_one_request_for_all_samples_where_the_server_can() -> None:
    server = Server(scripted())
    ask(server, Request(CHAT, n=7))
    assert [body["n"] for body in server.asked] == [7]
    server = Server(scripted())
    done = ask(server, Request(CHAT, n=300))
    assert sorted(body["n"] for body in server.asked) == [44, 128, 128]
    assert [s.index for s in done.samples] == list(range(300))


def test_one_by_one_otherwise_and_then_sample_i_can_be_asked_again() -> None:
    server = Server(scripted())
    apart = replace(CAPS, together=False)
    together = ask(server, Request(CHAT, n=5), capabilities=apart)
    assert all("n" not in body for body in server.asked)
    assert len({body["seed"] for body in server.asked}) == 5
    alone = ask(Server(scripted()), Request(CHAT, first=3), capabilities=apart)
    assert alone.samples == together.samples[3:4]
    assert together.usage.prompt == 5 * (alone.usage.prompt or 0)  # as the server counts it


def test_a_server_that_ignores_n_is_asked_for_the_rest_and_remembered() -> None:
    server = Server(scripted(), Traits(ignores=frozenset({"n"})))

    async def work(engine: OpenAIEngine) -> tuple[Completion, int, Completion]:
        first = await engine.sample(Request(CHAT, n=4))
        asked = len(server.asked)
        assert any("one by one" in note for note in engine.info.notes)
        return first, asked, await engine.sample(Request(CHAT, n=4))

    first, asked, second = using(server, work)
    assert asked == 1 + 3
    assert [s.index for s in first.samples] == [0, 1, 2, 3]
    assert len(server.asked) == asked + 4
    assert [s.text for s in first.samples][1:] == [s.text for s in second.samples][1:]


def test_seeds_differ_by_index_and_fit_every_server() -> None:
    seeds = {seed_of(seed, index) for seed in (0, 1, 2**62) for index in range(1000)}
    assert len(seeds) == 3000
    assert min(seeds) >= 0 and max(seeds) + 1000 < 2**31
    server = Server(scripted())

    async def work(engine: OpenAIEngine) -> None:
        for first in (0, 5):
            await engine.sample(Request(CHAT, seed=1, first=first))

    using(server, work)
    assert [body["seed"] for body in server.asked] == [seed_of(1, 0), seed_of(1, 5)]


def test_what_is_sent() -> None:
    server = Server(scripted())
    request = Request(
        CHAT, seed=1, max_tokens=9, temperature=0.7, top_p=0.9, stop=("\n",), logprobs=4,
        thinking=False, schema='{"type": "object"}',
    )  # fmt: skip
    ask(server, request, extra={"top_k": 20}, key="k")
    assert server.asked[0] == {
        "stream": True,
        "stream_options": {"include_usage": True, "continuous_usage_stats": True},
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "two words"},
        ],
        "max_tokens": 9,
        "temperature": 0.7,
        "top_p": 0.9,
        "seed": seed_of(1, 0),
        "stop": ["\n"],
        "logprobs": True,
        "top_logprobs": 4,
        "chat_template_kwargs": {"enable_thinking": False, "thinking": False},
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": {"type": "object"}, "strict": True},
        },
        "top_k": 20,
    }
    assert server.headers[0]["Authorization"] == "Bearer k"
    plain = Server(scripted())
    ask(plain, Request("two words", logprobs=0, thinking=True), capabilities=PLAIN)
    assert plain.asked[0]["prompt"] == "two words"
    assert plain.asked[0]["logprobs"] == 1
    assert "chat_template_kwargs" not in plain.asked[0]
    assert "Authorization" not in plain.headers[0]


@pytest.mark.parametrize(
    ("caps", "thinking", "sent"),
    [
        (CAPS, True, {"chat_template_kwargs": {"enable_thinking": True, "thinking": True}}),
        (CAPS, False, {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}}),
        (CAPS, None, {}),
        (replace(CAPS, thinking="effort"), True, {"reasoning_effort": "high"}),
        (replace(CAPS, thinking="effort"), False, {"reasoning_effort": "low"}),
        (replace(CAPS, thinking="always"), False, {}),
        (replace(CAPS, thinking="none"), True, {}),
    ],
)
def test_the_thinking_switch(
    caps: Capabilities, thinking: bool | None, sent: dict[str, Any]
) -> None:
    server = Server(scripted())
    ask(server, Request(CHAT, thinking=thinking), capabilities=caps)
    switches = {"chat_template_kwargs", "reasoning_effort"}
    assert {k: v for k, v in server.asked[0].items() if k in switches} == sent


@pytest.mark.parametrize(("thinking", "word"), [(True, "/think"), (False, "/no_think")])
def test_the_switch_in_the_prompt(thinking: bool, word: str) -> None:
    server = Server(scripted())
    prompt = (
        *CHAT,
        Message("assistant", "ok"),
        Message("user", "go on"),
        Message("assistant", "x"),
    )
    caps = replace(CAPS, thinking="tags")
    ask(server, Request(prompt, thinking=thinking), capabilities=caps)
    contents = [m["content"] for m in server.asked[0]["messages"]]
    assert contents == ["Be brief.", "two words", "ok", f"go on {word}", "x"]


def test_a_thinking_budget_and_a_renamed_limit_and_refused_fields() -> None:
    server = Server(scripted())
    caps = replace(
        CAPS,
        thinking_budget=True,
        limit="max_completion_tokens",
        left_out=frozenset({"temperature"}),
    )
    request = Request(CHAT, thinking=True, thinking_budget=50)
    ask(server, request, capabilities=caps)
    sent = server.asked[0]
    assert sent["thinking_token_budget"] == 50
    assert sent["max_completion_tokens"] == 256
    assert not {"max_tokens", "temperature"} & sent.keys()


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("style", ["reasoning", "reasoning_content", "inline", "open"])
def test_thoughts_in_every_style(style: str, streamed: bool) -> None:
    source = scripted(lambda prompt, seed, i: "so 42", "let me think about it")
    listen = list[Delta]()
    done = using(
        Server(source, Traits(thoughts=style)),
        lambda engine: engine.sample(
            Request(CHAT, n=2, thinking=True, max_tokens=40), on_delta=listen.append
        ),
        stream=streamed,
    )
    for sample in done.samples:
        assert (sample.text, sample.finish) == ("so 42", "stop")
        assert (sample.thinking or "").strip() == "let me think about it"
    assert done.usage.thinking == 10
    if streamed:
        assert _followed(listen, 0) == ("so 42", "let me think about it")


def _followed(deltas: list[Delta], index: int) -> tuple[str, str]:
    reply = thought = ""
    for delta in deltas:
        if delta.index == index:
            if delta.restart:
                reply = thought = ""
            if delta.thinking:
                thought += delta.text
            else:
                reply += delta.text
    return reply, thought.strip()


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("style", ["reasoning", "inline", "open", "plain"])
def test_a_thought_cut_by_the_limit_is_never_a_reply(style: str, streamed: bool) -> None:
    source = scripted(lambda prompt, seed, i: "so 42", "let me think about it")
    listen = list[Delta]()
    (sample,) = using(
        Server(source, Traits(thoughts=style)),
        lambda engine: engine.sample(
            Request(CHAT, thinking=True, max_tokens=3), on_delta=listen.append
        ),
        stream=streamed,
    ).samples
    assert (sample.text, sample.finish) == ("", "length")
    assert (sample.thinking or "").strip() == "let me think"
    if streamed:
        assert _followed(listen, 0) == ("", "let me think")


def test_what_no_server_reports_is_unknown() -> None:
    request = Request(CHAT, n=2)
    bare = Traits(usage=False, token_ids=False)
    hosted = replace(CAPS, server="", thinking="none")
    silent = replace(hosted, usage=False)
    done = ask(Server(scripted(), bare), request, capabilities=silent)
    assert done.usage == Usage(None, None, None, None)
    assert [s.completion_tokens for s in done.samples] == [None, None]
    some = Traits(cached=False, reasoning=False, token_ids=False)
    done = ask(Server(scripted(), some), request, capabilities=hosted)
    assert done.usage.prompt and done.usage.completion
    assert (done.usage.cached, done.usage.thinking) == (None, None)
    # a server of one's own hides no thoughts: without one, none was spent
    done = ask(Server(scripted(), some), request)
    assert (done.usage.cached, done.usage.thinking) == (None, 0)
    with_thought = scripted(thought="hm hm")
    done = ask(Server(with_thought, some), replace(request, thinking=True))
    assert done.usage.thinking is None


# Connections, limits, loops


def test_connections_are_reused_and_the_limit_holds() -> None:
    server = Server(scripted(), pace=0.02)

    async def work(engine: OpenAIEngine) -> None:
        tasks = [asyncio.create_task(engine.sample(Request(CHAT, seed=i))) for i in range(20)]
        await asyncio.sleep(0.01)
        state = engine.state
        assert state.limit == 3
        assert state.waiting + state.servers[0].in_flight + server.seen.total() >= 20
        await asyncio.gather(*tasks)

    using(server, work, max_in_flight=3)
    assert server.most == 3
    assert len(server.connections) == 3


def test_streams_are_read_to_their_end_so_that_connections_are_reused() -> None:
    server = Server(scripted())

    async def work(engine: OpenAIEngine) -> None:
        for seed in range(5):
            await engine.sample(Request(CHAT, seed=seed), on_delta=lambda delta: None)

    using(server, work)
    assert len(server.connections) == 1


def test_long_requests_are_streamed_in_any_case() -> None:
    server = Server(scripted())

    async def work(engine: OpenAIEngine) -> None:
        for limit in (99, 100):
            await engine.sample(Request(CHAT, max_tokens=limit))

    using(server, work, stream=False, stream_from=100)
    assert [body.get("stream", False) for body in server.asked] == [False, True]


@pytest.mark.parametrize("stream", [False, True])
def test_whether_anybody_listens_changes_no_request(stream: bool) -> None:
    server = Server(scripted())

    async def work(engine: OpenAIEngine) -> None:
        for listen in (None, lambda delta: None):
            await engine.sample(Request(CHAT, n=2), on_delta=listen)

    using(server, work, stream=stream)
    alone, heard = server.asked
    assert alone == heard and alone.get("stream", False) == stream


def test_any_number_of_loops_and_threads() -> None:
    async def go() -> None:
        async with serving(Server(scripted())) as server:
            engine = engine_at(server)
            request = Request(CHAT, n=2, seed=1)
            wanted = await engine.sample(request)
            found: list[Completion] = []

            def work() -> None:
                found.extend([asyncio.run(engine.sample(request)) for _ in range(3)])

            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                await asyncio.to_thread(thread.join, 20)
            assert [c.samples for c in found] == [wanted.samples] * 12
            assert engine.counters.completion == 13 * (wanted.usage.completion or 0)
            await engine.close()

    run(go())


@pytest.mark.filterwarnings("error")
def test_a_loop_that_ends_closes_its_connections(caplog: pytest.LogCaptureFixture) -> None:
    ready, over = threading.Event(), threading.Event()
    server = Server(scripted())

    def serve() -> None:
        async def go() -> None:
            async with serving(server):
                ready.set()
                await asyncio.to_thread(over.wait, 20)

        asyncio.run(go())

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ready.wait(10)
        engine = engine_at(server)
        with caplog.at_level(logging.DEBUG):
            for _ in range(3):
                asyncio.run(engine.sample(Request(CHAT)))
            gc.collect()
        assert not [r for r in caplog.records if "nclosed" in r.getMessage()]
    finally:
        over.set()
        thread.join(10)
    assert len(server.connections) == 3


def test_a_closed_engine_says_so_and_ends_what_is_pending() -> None:
    async def go() -> None:
        async with serving(Server(scripted(), pace=60)) as server:
            engine = engine_at(server, max_in_flight=2)
            pending = [
                asyncio.create_task(engine.sample(Request(CHAT, seed=i), **more))
                for i in range(8)
                for more in ({}, {"cancel": StopSignal()}, {"on_delta": lambda delta: None})
            ]
            await asyncio.sleep(0.1)
            assert engine.state.waiting == 22
            await engine.close()
            for error in await asyncio.gather(*pending, return_exceptions=True):
                assert isinstance(error, EngineError) and "engine is closed" in str(error)
            assert engine.state.servers[0].in_flight == engine.state.waiting == 0
            with pytest.raises(EngineError, match="closed"):
                await engine.sample(Request(CHAT))
            await engine.close()

    run(go(), 10)


# Stop


def _stop_after(engine: OpenAIEngine, request: Request, seconds: float, **more: Any) -> Any:
    async def go() -> Completion:
        stop = StopSignal()
        task = asyncio.create_task(engine.sample(request, cancel=stop, **more))
        await asyncio.sleep(seconds)
        stop.set()
        return await asyncio.wait_for(task, 5)

    return go()


LONG = scripted(lambda prompt, seed, i: "word " * 500)


def test_stop_in_a_stream_keeps_and_charges_what_came() -> None:
    server = Server(LONG, pace=0.01)
    request = Request(CHAT, n=2, max_tokens=1000)
    listen = list[Delta]()

    async def work(engine: OpenAIEngine) -> Completion:
        done: Completion = await _stop_after(engine, request, 0.4, on_delta=listen.append)
        assert engine.counters == done.usage
        for _ in range(100):
            if server.running == 0:
                break
            await asyncio.sleep(0.01)
        return done

    done = using(server, work)
    assert server.running == 0 and server.aborted == 1  # the server saw that we left
    assert [s.finish for s in done.samples] == ["abort", "abort"]
    made = [s.completion_tokens or 0 for s in done.samples]
    assert min(made) > 2
    assert [s.text for s in done.samples] == ["word " * k for k in made]
    assert done.usage == Usage(2, None, sum(made), None)
    for sample in done.samples:
        assert "".join(d.text for d in listen if d.index == sample.index) == sample.text


def test_stop_without_running_counts_costs_what_came() -> None:
    server = Server(LONG, Traits(running=False), pace=0.01)
    caps = replace(CAPS, running_usage=False, token_ids=False)
    request = Request(CHAT, max_tokens=5000)
    done = using(server, lambda e: _stop_after(e, request, 0.3), capabilities=caps)
    assert done.samples[0].text.startswith("word word")
    made = done.samples[0].text.count("word")
    assert done.samples[0].completion_tokens == done.usage.completion == made
    assert (done.usage.cached, done.usage.thinking) == (None, None)
    assert done.usage.reckoned == done.usage.total and done.usage.prompt


def test_stop_while_a_whole_reply_is_awaited() -> None:
    server = Server(LONG, pace=60)
    done = using(server, lambda e: _stop_after(e, Request(CHAT, n=2), 0.2), stream=False)
    assert [(s.index, s.text, s.finish) for s in done.samples] == [
        (0, "", "abort"), (1, "", "abort"),
    ]  # fmt: skip
    assert done.usage.completion == 0 and done.usage.prompt == done.usage.reckoned > 0
    assert (done.usage.cached, done.usage.thinking) == (None, None)
    assert server.aborted == 1


def test_stop_before_and_while_waiting_for_a_place_costs_nothing() -> None:
    server = Server(LONG, pace=1)

    async def work(engine: OpenAIEngine) -> None:
        stop = StopSignal()
        stop.set()
        done = await engine.sample(Request(CHAT, n=3), cancel=stop)
        assert [s.finish for s in done.samples] == ["abort"] * 3
        assert done.usage == Usage()
        first = asyncio.create_task(engine.sample(Request(CHAT, seed=1)))
        await asyncio.sleep(0.1)
        done = await _stop_after(engine, Request(CHAT, seed=2), 0.1)
        assert done.usage == Usage()
        assert (await first).samples[0].finish == "length"

    using(server, work, max_in_flight=1, stream=False)
    assert len(server.asked) == 1


def test_stop_between_attempts() -> None:
    server = Server(LONG, plan=always("429"))
    slow = RetryPolicy(retries=3, first_wait=8)
    done = using(server, lambda e: _stop_after(e, Request(CHAT), 0.2), retry=slow)
    assert done.samples[0].finish == "abort"
    assert done.usage == Usage()
    assert len(done.faults) == 1


def test_a_cancelled_task_frees_its_request() -> None:
    server = Server(LONG, pace=0.01)

    async def work(engine: OpenAIEngine) -> None:
        for apart in (False, True):
            request = Request(CHAT, n=3 if apart else 1, max_tokens=5000)
            task = asyncio.create_task(engine.sample(request))
            await asyncio.sleep(0.2)
            assert server.running == request.n
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            for _ in range(200):
                if server.running == 0:
                    break
                await asyncio.sleep(0.01)
            assert server.running == 0
            assert engine.counters.completion is not None  # the running counts were charged

    using(server, work, capabilities=replace(CAPS, together=False))


def test_the_listener_s_error_goes_to_the_caller() -> None:
    def listen(delta: Delta) -> None:
        raise ConnectionResetError("the listener's own")

    server = Server(LONG)
    with pytest.raises(ConnectionResetError, match="own"):
        using(server, lambda e: e.sample(Request(CHAT), on_delta=listen))
    assert len(server.asked) == 1


# Faults, one by one

ONCE: dict[str, str] = {
    "429": "too many requests",
    "429 wait": "too many requests",
    "500": "status 500",
    "502": "status 502",
    "503": "status 503",
    "drop": "closed the connection",
    "malformed": "not valid JSON",
    "html": "text/html",
    "truncated": "broke off",
    "reset": "broke off|closed the connection",
    "stall": "no reply within|nothing new",
    "empty": "no choices|out of memory",
    "error with usage": "out of memory",
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("kind", ONCE)
def test_a_fault_is_met_by_the_same_request_again(kind: str, streamed: bool) -> None:
    server = Server(scripted(), plan=lambda body, before: kind if before == 0 else None)
    listen = list[Delta]()
    timeouts = Timeouts(reply=0.4 if kind == "stall" else 5)

    async def work(engine: OpenAIEngine) -> Completion:
        done = await engine.sample(Request(CHAT, n=2), on_delta=listen.append)
        assert done.usage == engine.counters
        assert engine.state.repeated == 1
        return done

    done = using(server, work, timeouts=timeouts, stream=streamed)
    assert len(server.asked) == 2 and server.asked[0] == server.asked[1]
    assert [s.finish for s in done.samples] == ["stop", "stop"]
    assert len(done.faults) == 1
    assert re.search(ONCE[kind], done.faults[0])
    if streamed:
        for sample in done.samples:
            assert _followed(listen, sample.index)[0] == sample.text


@pytest.mark.slow
def test_a_slow_stream_may_take_longer_than_a_stalled_one() -> None:
    words = scripted(lambda prompt, seed, i: "word " * 20)
    request = Request(CHAT, max_tokens=100)
    idle = {"timeouts": Timeouts(reply=0.5), "stream_from": 1}
    done = ask(Server(words, pace=0.05), request, **idle)
    assert done.seconds > 1
    assert (done.samples[0].finish, done.faults) == ("stop", ())
    # comments that keep the line open are no progress
    pings = Server(words, plan=lambda body, before: "pings" if before == 0 else None)
    done = ask(pings, request, **idle)
    assert len(done.faults) == 1 and "nothing new in the stream for 0.5 s" in done.faults[0]
    # nor may a stream go on for ever
    drip = Server(scripted(lambda prompt, seed, i: "word " * 10000), pace=0.01)
    short = idle | {"timeouts": Timeouts(reply=5, stream=0.5), "retry": RetryPolicy(retries=0)}
    with pytest.raises(EngineError, match=r"did not end within 0\.5 s"):
        ask(drip, Request(CHAT, max_tokens=9999), **short)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_packed_reply_is_not_unpacked(streamed: bool) -> None:
    server = Server(scripted(), plan=always("packed"))
    once = {"retry": RetryPolicy(retries=0), "stream": streamed}
    tracemalloc.start()
    try:
        with pytest.raises(EngineError, match="packed its reply"):
            ask(server, Request(CHAT), **once)
        # the server, in this process, packs 128 MB; nobody unpacks them
        assert tracemalloc.get_traced_memory()[1] < 1.5 * 2**27
    finally:
        tracemalloc.stop()
    assert server.headers[0]["Accept-Encoding"] == "identity"


def test_a_stream_has_a_size_that_it_may_not_exceed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_LARGEST", 2**23)
    server = Server(scripted(), plan=always("flood"))
    once = {"retry": RetryPolicy(retries=0), "stream": True}
    with pytest.raises(EngineError, match="larger than any reply"):
        ask(server, Request(CHAT), **once)


def test_what_a_broken_attempt_reported_is_charged() -> None:
    def spent(kind: str, streamed: bool) -> tuple[Usage, Usage]:
        server = Server(scripted(), plan=lambda body, before: kind if before == 0 else None)

        clean = ask(Server(scripted()), Request(CHAT), stream=streamed).usage
        return ask(server, Request(CHAT), stream=streamed).usage, clean

    for streamed in (False, True):
        both, one = spent("empty", streamed)
        assert both == one + one
        both, one = spent("429", streamed)
        assert both == one
        both, one = spent("500", streamed)  # it may have run: the prompt is reckoned
        assert both.completion == one.completion and both.cached is None
        assert both.reckoned == (both.prompt or 0) - (one.prompt or 0) > 0
    both, one = spent("reset", True)  # half a stream with running counts
    assert both.prompt == 2 * (one.prompt or 0)
    assert (one.completion or 0) < (both.completion or 0) < 2 * (one.completion or 0)
    assert both.cached is None


@pytest.mark.parametrize(
    ("kind", "attempts", "reason"),
    [
        ("500", 4, "status 500"),
        ("429", 4, "429"),
        ("429 long", 1, "429"),
        ("401", 1, "refused the key"),
        ("302", 1, "redirects"),
        ("malformed", 4, "JSON"),
    ],
)
def test_hopeless_cases_end_with_a_clear_error(kind: str, attempts: int, reason: str) -> None:
    server = Server(scripted(), plan=always(kind))
    with pytest.raises(EngineError, match=reason) as caught:
        ask(server, Request(CHAT), stream=False)
    assert len(server.asked) == attempts
    if kind in ("500", "malformed"):
        spent = caught.value.usage
        assert spent.cached is None and spent.reckoned and spent.reckoned == spent.total
    else:
        assert caught.value.usage == Usage()
    if attempts > 1:
        assert f"attempt {attempts}" in str(caught.value)


def test_a_failure_carries_the_tokens_of_all_attempts_and_parts() -> None:
    """Asked one by one: sample 2 fails for good, after attempts that cost something; what the
    others cost is not lost."""
    bad = seed_of(0, 2)

    def plan(body: bytes, before: int) -> str | None:
        return "empty" if json.loads(body)["seed"] == bad else None

    server = Server(scripted(), plan=plan)

    async def work(engine: OpenAIEngine) -> None:
        with pytest.raises(EngineError, match="no choices") as caught:
            await engine.sample(Request(CHAT, n=4))
        assert caught.value.usage == engine.counters
        assert caught.value.usage.prompt == 2 * len(server.asked)

    using(server, work, capabilities=replace(CAPS, together=False), stream=False)


def test_an_unknown_model_and_an_overflow_are_not_asked_twice(engine: OnnxEngine) -> None:
    server = Server(scripted(), Traits(models=("other",)))
    with pytest.raises(EngineError, match="does not know the model"):
        ask(server, Request(CHAT))
    assert len(server.asked) == 1
    server = Server(from_engine(engine))
    with pytest.raises(EngineError, match="do not fit into the model's context"):
        ask(server, Request("7" * 5000), capabilities=PLAIN)
    assert len(server.asked) == 1


REFUSALS = (
    "This model's maximum context length is {context} tokens. However, you requested {total} "
    "tokens ({prompt} in the messages, {asked} in the completion).",
    "Requested token count exceeds the model's maximum context length of {context} tokens. You "
    "requested a total of {total} tokens: {prompt} tokens from the input messages and {asked} "
    "tokens for the completion.",
    "'max_tokens' is too large: {asked}. This model's maximum context length is {context} tokens "
    "and your request has {prompt} input tokens ({asked} > {context} - {prompt}).",
)


@pytest.mark.parametrize("words", REFUSALS)
@pytest.mark.parametrize("context", [None, 64])
def test_a_server_that_refuses_long_replies_is_asked_for_what_fits(
    words: str, context: int | None
) -> None:
    """One word is one token there; what the probe knows of the context is only a guess."""
    server = Server(scripted(), Traits(context=64, strict=words))
    prompt = " ".join("abcdefghijklmno")
    done = ask(
        server, Request(prompt, max_tokens=2048), capabilities=replace(PLAIN, context=context)
    )
    assert done.samples[0].finish == "stop"
    first, *rest = [body["max_tokens"] for body in server.asked]
    if context is None:
        assert (first, rest) == (2048, [64 - 15])
    else:
        assert 16 <= first <= 49 and not rest
    assert done.faults == () and (done.usage.prompt, done.usage.completion) == (15, 18)


def test_a_server_that_tells_its_longest_reply_gets_that() -> None:
    words = "max_tokens is too large: {asked}. This model supports at most 20 completion tokens."
    server = Server(scripted(), Traits(context=64, strict=words))
    ask(server, Request("a b", max_tokens=2048), capabilities=replace(PLAIN, context=None))
    assert [body["max_tokens"] for body in server.asked] == [2048, 20]


def test_a_refused_connection() -> None:
    async def go() -> None:
        engine = OpenAIEngine(["http://127.0.0.1:9/v1"], MODEL, capabilities=CAPS, retry=QUICK)
        with pytest.raises(EngineError, match=r"127.0.0.1:9/v1: the connection was refused"):
            await engine.sample(Request(CHAT))
        assert engine.counters == Usage()
        assert "is out: the connection was refused" in engine.info.notes[-1]
        await engine.close()

    run(go())


def test_a_dead_server_takes_no_tries_from_the_one_that_lives() -> None:
    """Found dead first, then as many faults as are allowed, then the reply."""
    server = Server(scripted(), plan=lambda body, before: "500" if before < 3 else None)

    async def go() -> None:
        async with serving(server):
            engine = OpenAIEngine(
                ["http://127.0.0.1:9/v1", server.url], MODEL, capabilities=CAPS, retry=QUICK
            )
            done = await engine.sample(Request(CHAT))
            assert done.samples[0].finish == "stop"
            refused = [f for f in done.faults if "connection was refused" in f]
            assert refused and len(done.faults) == 3 + len(refused)
            await engine.close()

    run(go())


def test_a_pause_that_the_server_asked_for_is_kept() -> None:
    def plan(body: bytes, before: int) -> str | None:
        return "429 wait" if before == 0 else None

    server = Server(scripted(), plan=plan)
    done = ask(server, Request(CHAT), retry=RetryPolicy(retries=1, first_wait=0))
    assert done.seconds >= 0.02


def test_requests_too_large_or_odd_for_json() -> None:
    server = Server(scripted())
    done = ask(server, Request("lone \ud83d surrogate"), capabilities=PLAIN)
    assert done.samples[0].text.startswith("lone \ud83d surrogate")
    with pytest.raises(EngineError, match="schema is not valid JSON"):
        ask(Server(scripted()), Request(CHAT, schema="{"))


def test_a_key_that_comes_back_in_a_reply_is_hidden() -> None:
    secret = "sk-secret-key-0123"
    said = ask(Server(scripted()), Request(f"my {secret} is"), capabilities=PLAIN, key=secret)
    assert said.samples[0].text.startswith("my (key) is") and secret not in str(said.samples)
    said = ask(
        Server(scripted()), Request(f"my {secret} is"), capabilities=PLAIN, key="another-key"
    )
    assert said.samples[0].text.startswith(f"my {secret} is")


# Several servers


def test_the_load_is_spread_and_a_dead_server_is_left_out_and_comes_back() -> None:
    async def go() -> None:
        two = Server(scripted(), pace=0.02)
        async with serving(Server(scripted(), pace=0.02)) as one:
            async with serving(two):
                port = int(two.url.split(":")[2].split("/")[0])
                engine = engine_at(one, two)

                async def many(first: int) -> None:
                    requests = [Request(CHAT, seed=first + i) for i in range(20)]
                    await asyncio.gather(*(engine.sample(r) for r in requests))

                await many(0)
                assert [len(s.asked) for s in (one, two)] == [10, 10]
            await many(100)
            assert len(one.asked) == 10 + 20
            assert not engine.state.servers[1].alive
            assert "is out" in engine.info.notes[-1]
            async with serving(two, port):
                await asyncio.sleep(1.1)
                await many(200)
                await many(300)
                assert len(two.asked) > 15
                assert all(s.alive for s in engine.state.servers)
                assert not any("is out" in note for note in engine.info.notes)
                await engine.close()

    run(go())


# The key


def test_the_key_is_nowhere_but_in_the_header(caplog: pytest.LogCaptureFixture) -> None:
    secret = "sk-secret-key"
    texts: list[str] = []

    async def work(engine: OpenAIEngine) -> None:
        await engine.sample(Request(CHAT))
        texts.append(f"{engine!r} {vars(engine)} {engine.info} {engine.state} {engine.counters}")
        with pytest.raises(TypeError):
            pickle.dumps(engine)

    with caplog.at_level(logging.DEBUG):
        good = Server(scripted())
        using(good, work, key=secret)
        for kind in ("401", "500", "malformed", "drop", "html", "302"):
            with pytest.raises(EngineError) as caught:
                ask(Server(scripted(), plan=always(kind)), Request(CHAT), key=secret)
            error: BaseException | None = caught.value
            texts.append("".join(traceback.format_exception(caught.value)))
            while error is not None:  # what a logger would walk through
                texts.append(f"{error!r} {vars(error)}")
                error = error.__context__
    assert good.headers[0]["Authorization"] == f"Bearer {secret}"
    assert not [text for text in [*texts, caplog.text] if secret in text]


def test_a_key_over_an_open_line_is_noted() -> None:
    note = "travels without encryption"
    open_line = OpenAIEngine(["http://example.org"], MODEL, key="k", capabilities=CAPS)
    assert any(note in n for n in open_line.info.notes)
    for url, key in (("https://example.org", "k"), ("http://127.0.0.1", "k"), ("http://a", None)):
        engine = OpenAIEngine([url], MODEL, key=key, capabilities=CAPS)
        assert not any(note in n for n in engine.info.notes)


# Scores, embeddings, steps


def test_embeddings_in_batches_and_in_order() -> None:
    server = Server(scripted(), Traits(models=(MODEL, "embedder")))
    texts = ["x" * (i + 1) for i in range(150)]

    async def work(engine: OpenAIEngine) -> None:
        assert engine.info.embeds
        vectors, usage = await engine.embed(texts)
        assert vectors == [[float(i + 1), 1.0] for i in range(150)]
        assert (usage.prompt, usage.completion) == (150, 0)
        assert await engine.embed([]) == ([], Usage())

    using(server, work, embed_model="embedder")
    assert sorted(len(body["input"]) for body in server.asked) == [22, 64, 64]
    with pytest.raises(EngineError, match="no embedding model"):
        using(Server(scripted()), lambda e: e.embed(["x"]))


def test_steps_are_judged_on_a_server_of_their_own() -> None:
    async def go() -> None:
        async with serving(Server(scripted())) as one, serving(Server(scripted())) as judge:
            engine = engine_at(one, prm_model="prm", prm_url=judge.url)
            assert engine.info.scores_steps
            solutions = [["a", "bb<extra_0>"], [], ["ccc"]]
            judged, usage = await engine.score_steps("problem", solutions)
            assert judged == [pytest.approx([0.1, 0.2]), [], pytest.approx([0.3])]
            assert usage.prompt == 30
            assert len(judge.asked) == 2 and not one.asked
            assert judge.asked[0]["messages"][1] == {"role": "user", "content": "problem"}
            await engine.close()
            plain = engine_at(one)
            with pytest.raises(EngineError, match="no process reward model"):
                await plain.score_steps("problem", solutions)
            await plain.close()

    run(go())


@pytest.mark.parametrize(
    "options",
    [
        {"max_in_flight": 0},
        {"key": "two\nlines"},
        {"embed_model": "x", "embed_url": "nowhere"},
    ],
)
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        OpenAIEngine(["http://a"], MODEL, **options)
    with pytest.raises(ValueError):
        OpenAIEngine(["http://a"], " ")


def test_a_source_may_be_anything() -> None:
    async def source(prompt: str, body: dict[str, Any]) -> tuple[list[Generated], int]:
        return [Generated(("é", "漢", "\U0001f600"), tokens=3)], 1

    typed: Source = source
    listen = list[Delta]()
    done = using(Server(typed), lambda e: e.sample(Request(CHAT), on_delta=listen.append))
    assert done.samples[0].text == "é漢\U0001f600" == "".join(d.text for d in listen)
