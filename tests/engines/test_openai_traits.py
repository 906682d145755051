"""Servers as they are: each trait through a whole run and a duel, and the account is true.

The server answers the chat dialect's prompts by a script, so a run on a server with a trait must
come out as on a calm one, and what it is charged is what the server generated.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from scale_core.engines.base import (
    Cancel,
    Completion,
    Delta,
    EngineError,
    EngineInfo,
    Message,
    Request,
    Sample,
)
from scale_core.engines.openai.capabilities import Capabilities
from scale_core.engines.openai.engine import OpenAIEngine, RetryPolicy, Timeouts
from scale_core.runs.solve import duel, solve
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views.duel import balance
from scale_core.views.inspector import inspect
from tests.engines.faulty_server import (
    MODEL,
    Generated,
    Json,
    Server,
    Source,
    Traits,
    serving,
    words,
)
from tests.pipeline.chat_scripted import ANSWER, PROBLEM, right

CHAT = (Message("user", "12+34="),)
_MARK = re.compile(r"\[\[(.*)/(.*)\]\]\Z")


@dataclass
class Marked:
    """The engine, with what a request is for written below its prompt, so that the server's script
    knows what to answer. Chunks are streamed where `streamed`."""

    engine: OpenAIEngine

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
        assert isinstance(request.prompt, tuple)
        *before, last = request.prompt
        marked = Message(last.role, f"{last.content} [[{request.node}/{request.stage}]]")
        asked = replace(request, prompt=(*before, marked))
        return await self.engine.sample(asked, cancel=cancel, on_delta=on_delta)

    async def embed(self, texts: Sequence[str]) -> Any:
        return await self.engine.embed(texts)

    async def score_steps(self, problem: str, solutions: Sequence[Sequence[str]]) -> Any:
        return await self.engine.score_steps(problem, solutions)

    async def close(self) -> None:
        await self.engine.close()


def script(thought: str = "") -> Source:
    """Right answers, a word a token; ten words where nobody says what it is for."""

    async def generate(prompt: str, body: Json) -> tuple[list[Generated], int]:
        limit = body.get("max_tokens") or body.get("max_completion_tokens") or 16
        made = []
        for i in range(body.get("n", 1)):
            found = _MARK.search(prompt)
            one = "one word" in prompt
            text = "yes" if one else "word " * 30
            if found:
                text = right(Request(prompt), found[1], found[2], i)
            before = words(thought)[:limit]
            after = words(text)[: limit - len(before)]
            cut = len(before) + len(after) >= limit
            tops = tuple(((w, -0.5),) for w in after)
            count = len(before) + len(after) + (not cut)
            values = (-0.5,) * len(after)
            finish = "length" if cut else "stop"
            made.append(Generated(after, tops, values, count, finish, before))
        return made, len(words(prompt))

    return generate


TRAITS: dict[str, Traits] = {
    "calm": Traits(),
    "takes temperature 1 only": Traits(only=(("temperature", 1.0),)),
    "temperature or top_p": Traits(either=True),
    "schemas without bounds": Traits(bounds=False),
    "refuses schemas": Traits(refuses=frozenset({"response_format"}), schema=False),
    "refuses top_p": Traits(refuses=frozenset({"top_p"})),
    "refuses seed": Traits(refuses=frozenset({"seed"})),
    "refuses logprobs": Traits(refuses=frozenset({"logprobs"})),
    "refuses max_tokens": Traits(refuses=frozenset({"max_tokens"})),
    "refuses stop": Traits(refuses=frozenset({"stop"})),
    "replies as thoughts": Traits(misplaced=True, owner="other"),
    "thinking on top": Traits(on_top=True, owner="other"),
    "reasons in capitals": Traits(finishes=(("stop", "STOP"), ("length", "MAX_TOKENS"))),
    "always says stop": Traits(finishes=(("length", "stop"),)),
    "repeats itself": Traits(repeats=True),
    "lists patterns": Traits(listed=("test-*", "openai/*")),
    "counts one sample": Traits(counts_one=True, token_ids=False, running=False, owner="llamacpp"),
    "counts half": Traits(halves=True, token_ids=False, running=False, owner="other"),
    "closes idle connections": Traits(closes=0.05),
    "two samples a request": Traits(most=2),
    "one sample a request": Traits(most=1),
}
DOUBTED = ("counts one sample", "counts half")
NOTES = {
    "takes temperature 1 only": "takes only temperature 1",
    "temperature or top_p": "refuses: top_p",
    "schemas without bounds": "without bounds",
    "refuses schemas": "No JSON schema",
    "refuses top_p": "refuses: top_p",
    "refuses seed": "no seed",
    "refuses logprobs": "No log-probabilities",
    "replies as thoughts": "reasoning parser is mis-set",
    "lists patterns": "only patterns",
    "counts one sample": "are of one sample",
    "counts half": "were reckoned from what came",
    "two samples a request": "at most 2 samples",
    "one sample a request": "one by one",
}


def run(work: Coroutine[Any, Any, Any], seconds: float = 200) -> Any:
    return asyncio.run(asyncio.wait_for(work, seconds))


def opened(server: Server, **options: Any) -> OpenAIEngine:
    quick = {"retry": RetryPolicy(retries=2, first_wait=0.01)} | options
    return OpenAIEngine([server.url], MODEL, **quick)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("trait", TRAITS)
def test_a_run_and_a_duel_on_a_server_of_each_trait(trait: str, streamed: bool) -> None:
    async def go() -> None:
        source = script("hm hm hm " if trait == "thinking on top" else "")
        async with serving(Server(source, TRAITS[trait])) as server:
            engine = opened(server, stream=streamed, stream_from=10**6)
            await engine.probe(again=True)
            marked, before = Marked(engine), server.made
            # several samples of one request, where their count is what is in doubt
            how = {"engine": marked, "options": {"prompts": "ours"} if trait in DOUBTED else {}}
            events = [e async for e in solve(PROBLEM, answer=ANSWER, seed=3, **how)]
            check_run(Run(events), engine.counters)
            if TRAITS[trait].closes < 1:
                await asyncio.sleep(0.1)
            shown = Duel()
            budget = {"lanes": ["uniform", "scale"], "budget": "3/step"}
            async for event in duel(PROBLEM, answer=ANSWER, seed=4, **how, **budget):
                shown.apply(event)
            assert shown.end is not None and shown.end.status == "solved"
            for lane in shown.lanes.values():
                assert lane.end is not None and lane.end.status == "solved", lane.end
            spent = Usage.sum(e.usage for e in events if isinstance(e, ev.Sampled))
            assert engine.counters == spent + shown.physical
            exact = trait not in DOUBTED or (streamed and TRAITS[trait].counts_one)
            check_account(engine, server.made - before, exact)
            notes = " ".join(engine.info.notes)
            assert NOTES.get(trait, "") in notes, notes
            faults = [e for e in events if isinstance(e, ev.Fallback)]
            assert not [f for f in faults if "repeated" in f.what], faults
            await engine.close()

    run(go())


def check_run(found: Run, counters: Usage) -> None:
    assert found.end is not None and found.end.status == "solved", found.end
    assert found.grade is not None and found.grade.verdict == "equal"
    assert found.ledger.total == counters


def check_account(engine: OpenAIEngine, made: int, exact: bool) -> None:
    """What is charged is what the server generated, but for the end tokens, which are not listed;
    where it had to be reckoned that is said."""
    charged = engine.counters
    assert charged.prompt is not None and charged.completion is not None
    if exact:
        assert (charged.completion, charged.reckoned) == (made, 0)
    else:
        assert charged.reckoned > 0
        assert 0.8 * made <= charged.completion <= made


# ---- single traits, closer -------------------------------------------------------------------


def ask(server: Server, request: Request, **options: Any) -> tuple[Completion, list[Delta]]:
    async def go() -> tuple[Completion, list[Delta]]:
        heard = list[Delta]()
        async with serving(server):
            engine = opened(server, **options)
            await engine.probe(again=True)
            done = await engine.sample(request, on_delta=heard.append)
            await engine.close()
        return done, heard

    found: tuple[Completion, list[Delta]] = run(go())
    return found


def said(heard: Sequence[Delta], index: int = 0) -> tuple[str, str]:
    thought = reply = ""
    for delta in heard:
        if delta.index == index:
            thought, reply = ("", "") if delta.restart else (thought, reply)
            thought += delta.text if delta.thinking else ""
            reply += "" if delta.thinking else delta.text
    return thought, reply


@pytest.mark.parametrize("refuses", [frozenset({"stop"}), frozenset[str]()])
def test_stop_texts_cut_a_reply_whoever_does_it(refuses: frozenset[str]) -> None:
    prompt = (Message("user", "x [[1/system1]]"),)
    source = script()

    async def stopping(text: str, body: Json) -> tuple[list[Generated], int]:
        made, read = await source(text, body)
        if body.get("stop"):
            cut = "".join(made[0].pieces).split(body["stop"][0])[0]
            made = [replace(one, pieces=words(cut), tops=(), logprobs=()) for one in made]
        return made, read

    server = Server(stopping, Traits(refuses=refuses))
    done, heard = ask(server, Request(prompt, stop=("box",), max_tokens=50))
    (sample,) = done.samples
    assert sample.text == "Work.\n\\" and sample.finish == "stop"
    assert said(heard) == ("", sample.text)


def test_what_a_server_refused_is_not_asked_of_it_again() -> None:
    async def go() -> None:
        async with serving(Server(script(), Traits(only=(("temperature", 1.0),)))) as server:
            engine = opened(server)
            await engine.probe(again=True)
            for _ in range(3):
                await engine.sample(Request(CHAT, temperature=0.6))
            sent = [body["temperature"] for body in server.asked[-4:]]
            assert sent == [0.6, 1.0, 1.0, 1.0] and engine.state.repeated == 0
            await engine.close()

    run(go())


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("words", ["", "n is too large", "only n = 1 is supported\\n"])
def test_more_samples_than_a_server_takes_at_once_come_in_several_requests(
    words: str, streamed: bool
) -> None:
    """And it is told once; where it does not say how many it takes, they come one by one."""

    async def go() -> None:
        server = Server(script(), Traits(most=2, too_many=words))
        async with serving(server):
            engine = opened(server, stream=streamed)
            await engine.probe(again=True)
            request, probed = Request(CHAT, n=5, first=1, seed=4, max_tokens=9), len(server.asked)
            heard = list[Delta]()
            done = await engine.sample(request, on_delta=heard.append)
            assert [sample.index for sample in done.samples] == [1, 2, 3, 4, 5]
            assert {delta.index for delta in heard} <= {1, 2, 3, 4, 5} and not done.faults
            again = await engine.sample(request)
            sizes = [body.get("n", 1) for body in server.asked[probed:]]
            parts = [1] * 5 if words else [2, 2, 1]
            assert sizes == [5, *parts, *parts], sizes
            assert again.samples == done.samples and again.usage == done.usage
            assert engine.state.repeated == 0
            await engine.close()

    run(go())


def test_a_sample_as_long_as_it_may_be_is_doubted_unless_the_server_says_cut() -> None:
    for traits, finish in ((TRAITS["always says stop"], "length"), (Traits(), "length")):
        done, _ = ask(Server(script(), traits), Request(CHAT, max_tokens=5))
        assert done.samples[0].finish == finish
    done, _ = ask(Server(script(), Traits(finishes=(("stop", "SAFETY"),))), word())
    assert done.samples[0].finish == "abort"


def word() -> Request:
    return Request((Message("user", "one word"),), max_tokens=20)


def test_a_reply_that_came_as_a_thought_is_one_also_while_it_streams() -> None:
    done, heard = ask(Server(script(), TRAITS["replies as thoughts"]), word())
    assert (done.samples[0].text, done.samples[0].thinking) == ("yes", None)
    assert said(heard) == ("", "yes")


@pytest.mark.parametrize(
    ("written", "thought", "reply"),
    [
        ("<|channel|>analysis<|message|>is it \\boxed{1}?<|end|><|start|>assistant"
         "<|channel|>final<|message|>\\boxed{2}<|return|>", "is it \\boxed{1}?", "\\boxed{2}"),
        ("<|channel|>final<|message|>\\boxed{2}", None, "\\boxed{2}"),
        ("analysisis it 1?assistantfinal2", "analysisis it 1?", "2"),
        ("<thought>hm</thought>2", "hm", "2"),
        ("<THINK>hm</THINK>\n2", "hm", "2"),
        ("\u25c1think\u25b7hm\u25c1/think\u25b72", "hm", "2"),
        ("<think>hm</think>\n<think>ha</think>\n2", "hmha", "2"),
        ("<|begin_of_thought|>hm<|end_of_thought|><|begin_of_solution|>2<|end_of_solution|>", "hm",
         "2"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("streamed", [False, True])
def test_thoughts_in_other_spellings(
    written: str, thought: str | None, reply: str, streamed: bool
) -> None:
    async def source(prompt: str, body: Json) -> tuple[list[Generated], int]:
        pieces = tuple(written[i : i + 4] for i in range(0, len(written), 4))
        return [Generated(pieces, tokens=len(pieces) + 1)] * body.get("n", 1), 5

    done, heard = ask(
        Server(source, Traits(owner="other")), Request(CHAT, max_tokens=400),
        stream=streamed,
    )  # fmt: skip
    (sample,) = done.samples
    assert (sample.text, sample.thinking) == (reply, thought)
    assert bool(heard) == streamed
    if not streamed:
        return
    shown = said(heard)
    assert reply in shown[1] and (thought or "") in shown[0]


# ---- replies that go in circles ----------------------------------------------------------------

LOOP = ("so it is 5, ", "or is it 6? ", "No, ")


def circling(loops: Callable[[str, int], bool], thought: bool = False) -> Source:
    """The script, but for the samples that go round and round for ever: those of which `loops`,
    asked with the prompt's mark and the sample's index, says so."""
    source = script()

    async def generate(prompt: str, body: Json) -> tuple[list[Generated], int]:
        made, read = await source(prompt, body)
        found = _MARK.search(prompt)
        for i in range(len(made)):
            if found and loops(f"{found[1]}/{found[2]}", i):
                made[i] = Generated(("Hm. ",), ((("Hm. ", -0.5),),), (-0.5,), 1, loop=LOOP)
                if thought:
                    made[i] = Generated((), tokens=1, thought=("Hm. ",), loop=LOOP)
        return made, read

    return generate


MANNERS = {
    "counted as it goes": Traits(),
    "not counted": Traits(running=False, token_ids=False, owner="llamacpp"),
}


def circled(text: str) -> bool:
    """Whether that is a loop as it was cut: soon after it was clear."""
    return text.startswith("Hm. so it is 5, or is it 6? No, so ") and 1000 <= len(text) <= 1300


@pytest.mark.parametrize("traits", MANNERS.values(), ids=MANNERS)
@pytest.mark.parametrize("thought", [False, True], ids=["in its reply", "in its thought"])
def test_a_reply_that_goes_in_circles_is_cut(traits: Traits, thought: bool) -> None:
    prompt = (Message("user", "x [[1/system2]]"),)
    server = Server(circling(lambda mark, i: True, thought), traits)
    done, heard = ask(server, Request(prompt, max_tokens=30_000))
    (sample,) = done.samples
    assert sample.finish == "repetition" and sample.cut
    assert circled((sample.thinking if thought else sample.text) or "")
    assert bool(sample.text) != thought
    assert said(heard) == (sample.thinking or "", sample.text) and heard[-1].done
    assert server.aborted == 1 and not done.faults
    made = done.usage.completion or 0
    assert 0.8 * sample_words(sample) <= made <= 1.2 * sample_words(sample)
    assert sample.completion_tokens == made
    assert bool(done.usage.reckoned) == (not traits.running)


def sample_words(sample: Sample) -> int:
    """The tokens of a loop."""
    return ((sample.thinking or "") + sample.text).count(", ") * len(LOOP) // 2


@pytest.mark.parametrize("traits", MANNERS.values(), ids=MANNERS)
def test_the_others_go_on_beside_one_that_goes_in_circles(traits: Traits) -> None:
    prompt = (Message("user", "x [[1/system2]]"),)
    server = Server(circling(lambda mark, i: i == 2), traits)
    done, heard = ask(server, Request(prompt, n=4, max_tokens=30_000))
    assert [s.finish for s in done.samples] == ["stop", "stop", "repetition", "stop"]
    assert {s.text for s in done.samples if s.index != 2} == {"Work.\n\\boxed{24}"}
    assert circled(done.samples[2].text) and said(heard, 2)[1] == done.samples[2].text
    assert server.aborted == 1 and sum(body.get("n") == 4 for body in server.asked) == 1
    assert done.usage.completion == sum(s.completion_tokens or 0 for s in done.samples)


def test_a_server_may_say_itself_that_a_reply_went_in_circles() -> None:
    traits = Traits(finishes=(("stop", "repetition"),))
    for streamed in (False, True):
        done, _ = ask(Server(script(), traits), word(), stream=streamed)
        assert [(s.text, s.finish) for s in done.samples] == [("yes", "repetition")]


def first_only(stage: str) -> Callable[[str, int], bool]:
    """The first sample that is asked for of each node's stage."""
    before = set[str]()

    def loops(mark: str, index: int) -> bool:
        new = mark.endswith(f"/{stage}") and mark not in before
        before.add(mark)
        return new

    return loops


WHY = "the reply went in circles and was cut"


@pytest.mark.parametrize("traits", MANNERS.values(), ids=MANNERS)
def test_a_run_whose_replies_go_in_circles_tries_again_with_another_seed(traits: Traits) -> None:
    async def go() -> None:
        async with serving(Server(circling(first_only("system2")), traits)) as server:
            engine = opened(server)
            await engine.probe(again=True)
            how = {"engine": Marked(engine), "options": {"prompts": "ours"}}
            found = Run([e async for e in solve(PROBLEM, answer=ANSWER, seed=3, **how)])
            check_run(found, engine.counters)
            retried = [e for e in found.events if isinstance(e, ev.Retried)]
            assert retried and {e.reason for e in retried} == {WHY}
            assert server.aborted == len(retried)
            await engine.close()

    run(go())


@pytest.mark.parametrize("traits", MANNERS.values(), ids=MANNERS)
def test_a_run_and_a_duel_of_nothing_but_circles_end_and_say_so(traits: Traits) -> None:
    def loops(mark: str, index: int) -> bool:
        return mark.endswith(("/system1", "/system2", "/chain"))

    async def go() -> None:
        async with serving(Server(circling(loops), traits)) as server:
            engine = opened(server)
            await engine.probe(again=True)
            how = {"engine": Marked(engine), "options": {"prompts": "ours", "retries": 0}}
            found = Run([e async for e in solve(PROBLEM, answer=ANSWER, seed=3, **how)])
            assert found.status == "unsolved" and found.ledger.total == engine.counters
            failed = next(e for e in found.events if isinstance(e, ev.StepFailed))
            assert failed.reason == WHY
            page = inspect(found, failed.node)
            assert WHY in str(page) and "cut off: went in circles" in str(page)
            shown = Duel()
            lanes = {"lanes": ["uniform", "scale", "self-consistency"], "budget": "2/step"}
            async for event in duel(PROBLEM, answer=ANSWER, seed=4, **how, **lanes):
                shown.apply(event)
            assert engine.counters == found.ledger.total + shown.physical
            account = balance(shown)
            assert account.nodes_add_up and account.ok is True
            for lane in shown.lanes.values():
                assert lane.end is not None and lane.end.status == "unsolved", lane.end
                assert "in circles" in str([e for e in lane.events if e.kind == "step_failed"])
            assert server.aborted > 4
            await engine.close()

    run(go())


# ---- slow and busy servers -------------------------------------------------------------------


def patient(server: Server, **options: Any) -> OpenAIEngine:
    seconds = Timeouts(reply=30, alive=0.2)
    return opened(server, timeouts=seconds, retry=RetryPolicy(retries=0), **options)


@pytest.mark.slow
def test_a_busy_server_is_waited_for_while_it_is_alive() -> None:
    async def go() -> None:
        told = list[str]()
        async with serving(Server(script(), pace=1.2)) as server:
            engine = patient(server, watch=lambda state: told.append(state.text))
            task = asyncio.create_task(engine.sample(word()))
            await asyncio.sleep(0.7)
            assert engine.state.waited > 0.5
            assert any("has been waiting" in note for note in engine.info.notes)
            assert (await task).samples[0].text == "yes"
            assert engine.state.waited == 0
            assert told and "busy but alive" in told[0]
            await engine.close()

    run(go())


def test_a_server_that_still_loads_its_model_is_waited_for() -> None:
    async def go() -> None:
        busy = Server(script(), plan=lambda body, before: "loading" if before < 6 else None)
        async with serving(busy) as server:
            engine = opened(server, capabilities=Capabilities())
            done = await engine.sample(word())
            assert done.samples[0].text == "yes" and done.usage.reckoned == 0
            assert len(done.faults) == 1 and "Loading model" in done.faults[0]
            await engine.close()
            short = RetryPolicy(retries=2, first_wait=0.01, patience=0.3)
            engine = opened(server, retry=short, capabilities=Capabilities())
            busy.plan = lambda body, before: "loading"
            with pytest.raises(EngineError, match="Loading model"):
                await engine.sample(word())
            await engine.close()

    run(go())


def test_a_server_that_says_nothing_at_all_is_given_up_long_before_the_patience_ends() -> None:
    async def go() -> None:
        server = Server(script(), pace=60, hangs=True)
        async with serving(server):
            engine = patient(server, capabilities=None)
            began = asyncio.get_running_loop().time()
            with pytest.raises(EngineError, match="silent"):
                await engine.sample(word())
            assert asyncio.get_running_loop().time() - began < 10
            await engine.close()

    run(go())


def test_patience_bounds_a_request_and_is_not_spent_again() -> None:
    async def go() -> None:
        async with serving(Server(script(), pace=60)) as server:
            engine = opened(
                server, timeouts=Timeouts(reply=0.5), retry=RetryPolicy(retries=5, patience=0.5)
            )
            with pytest.raises(EngineError, match=r"no reply within|not probed within"):
                await engine.sample(word())
            assert len(server.asked) <= 4
            await engine.close()

    run(go())


def test_a_connection_that_the_server_closed_is_opened_again_in_silence() -> None:
    async def go() -> None:
        async with serving(Server(script(), Traits(closes=0.05))) as server:
            engine = opened(server)
            await engine.probe(again=True)
            for pause in (0.0, 0.06, 0.04, 0.05, 0.1, 0.05, 0.05, 0.05):
                await asyncio.sleep(pause)
                done = await engine.sample(word())
                assert done.faults == () and done.usage.reckoned == 0
            assert engine.state.repeated == 0
            await engine.close()

    run(go())
