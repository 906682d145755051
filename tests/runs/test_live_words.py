"""What is being written is there while it is written, as much of it as is kept, and then gone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scale_core.engines.base import Delta, Request
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.sample_cache import SampleCache
from scale_core.runs.lanes import run_lanes
from scale_core.runs.live_words import KEPT, MOST, LiveWords, Tail, Writing, window
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from tests.pipeline.scripted import ScriptedEngine, fails, script

PROBLEM = "Let a=37*48. Let b=a mod 13. What is b+17?"
REQUEST = Request("prompt", n=3, first=4, node="1", stage="system2")


@pytest.fixture(scope="module")
def engine(model_dir: Path) -> Iterator[OnnxEngine]:
    engine = OnnxEngine(model_dir)
    yield engine
    asyncio.run(engine.close())


def text(writing: Writing) -> tuple[str, str]:
    return writing.sample.thought.text, writing.sample.reply.text


def told(writing: Writing) -> tuple[Any, ...]:
    of = writing.sample
    return writing.lane, writing.node, of.index, of.reply.text, of.tokens, writing.others


# ---- what is kept ------------------------------------------------------------------------------


def test_the_end_of_a_text_is_bounded_and_mostly_only_grows() -> None:
    whole, tail, jumps, before = "", Tail(), 0, ""
    for i in range(3000):
        whole += f"{i} "
        tail.add(f"{i} ", 50)
        assert whole.endswith(tail.text) and tail.length == len(whole)
        assert min(50, len(whole)) <= len(tail.text) < 100
        assert tail.last(20) == whole[window(len(whole), 20) :]
        jumps += not tail.text.startswith(before)
        before = tail.text
    assert jumps == len(whole) // 50 - 1


def test_a_piece_longer_than_what_is_kept() -> None:
    tail = Tail()
    tail.add("x" * 1234 + "end", 50)
    assert tail.text.endswith("xend") and 50 <= len(tail.text) < 100


def test_all_words_together_are_bounded() -> None:
    live = LiveWords()
    with ExitStack() as stack:
        size, count = 2 * KEPT - 1, 2 * MOST // KEPT
        for i in range(count):
            hear = stack.enter_context(live.listening("a", replace(REQUEST, node=f"{i}")))
            for index in (4, 5):
                hear(Delta(index, "x" * size))
        kept = sum(len(s.reply.text) for call in live._calls for s in call.samples.values())
        assert MOST <= kept < 1.1 * MOST + 400 * count
        assert len(live.writing()) == count
    assert live._size == 0 and not live.writing()


# ---- whose words are shown ---------------------------------------------------------------------


def test_the_first_unfinished_sample_is_shown_and_how_many_others_run() -> None:
    live = LiveWords()
    with live.listening("a", REQUEST) as hear:
        assert [told(w) for w in live.writing()] == [("a", "1", 4, "", 0, 2)]
        hear(Delta(5, "five", tokens=2))
        assert told(live.writing()[0]) == ("a", "1", 5, "five", 2, 2)  # 4 has no words yet
        hear(Delta(4, "fo", tokens=1))
        hear(Delta(4, "ur", tokens=2))
        assert told(live.writing()[0]) == ("a", "1", 4, "four", 2, 2)
        hear(Delta(4, "", tokens=3, done=True))
        assert told(live.writing()[0]) == ("a", "1", 5, "five", 2, 1)
        hear(Delta(6, "", done=True))
        hear(Delta(5, "!", done=True))
        assert not live.writing()
    assert not live.writing()


def test_thought_and_reply_are_apart_and_a_restart_voids_both() -> None:
    live = LiveWords()
    with live.listening("a", REQUEST) as hear:
        hear(Delta(4, "hm ", thinking=True))
        hear(Delta(4, "so 42"))
        assert text(live.writing()[0]) == ("hm ", "so 42")
        hear(Delta(4, "hm so", thinking=True, restart=True))
        assert text(live.writing()[0]) == ("hm so", "")
        hear(Delta(4, "", done=True))
        hear(Delta(4, "again", restart=True))  # its stream had broken
        assert text(live.writing()[0]) == ("", "again")


def test_requests_of_one_node_are_one_and_lanes_are_apart() -> None:
    live = LiveWords()
    with live.listening("a", REQUEST) as first, live.listening("a", REQUEST) as second:
        second(Delta(4, "second"))
        first(Delta(4, "first"))
        with live.listening("b", REQUEST), live.listening("a", replace(REQUEST, node="2")):
            assert [told(w)[:2] for w in live.writing()] == [("a", "1"), ("b", "1"), ("a", "2")]
            assert told(live.writing()[0])[2:] == (4, "first", 0, 5)
    assert not live.writing()


def test_after_its_end_nothing_is_shown_any_more() -> None:
    news: list[int] = []
    live = LiveWords(lambda: news.append(len(live.writing())))
    with live.listening("a", REQUEST) as hear:
        hear(Delta(4, "words"))
        live.close()
        hear(Delta(4, "more"))
        with live.listening("b", REQUEST):
            assert not live.writing()
    assert news[:3] == [1, 1, 0] and not any(news[2:])


# ---- in runs -----------------------------------------------------------------------------------


class Watch:
    """Everything that was being written at any moment of a run."""

    def __init__(self) -> None:
        self.live = LiveWords(self.look)
        self.stages: set[tuple[str, str]] = set()
        self.shared: set[str] = set()
        self.grown: dict[tuple[str, str, str, int], list[str]] = {}

    def look(self) -> None:
        said: dict[tuple[str, str], set[str]] = {}
        for w in self.live.writing():
            reply = w.sample.reply.text
            if not reply:
                continue
            self.stages.add((w.node, w.stage))
            self.grown.setdefault((w.lane, w.node, w.stage, w.sample.index), []).append(reply)
            said.setdefault((w.node, reply), set()).add(w.lane)
        self.shared |= {node for (node, _), lanes in said.items() if len(lanes) > 1}


def ran(lanes: Sequence[str], budget: str | None, **asked: Any) -> list[dv.DuelEvent]:
    async def go() -> list[dv.DuelEvent]:
        return [event async for event in run_lanes(PROBLEM, lanes, budget, **asked)]

    return asyncio.run(asyncio.wait_for(go(), 60))


def plain(events: Sequence[dv.DuelEvent]) -> list[str]:
    """Lane by lane, without times and names that are new each time."""
    found = []
    for event in events:
        if isinstance(event, dv.LaneEvent) and not isinstance(event.event, ev.RunStarted):
            inner = replace(event.event, t=0.0)
            if isinstance(inner, ev.Sampled):
                inner = replace(inner, seconds=0.0)
            found.append(f"{event.lane} {inner}")
    return sorted(found)


@pytest.mark.parametrize(
    ("lanes", "budget"), [(["scale"], None), (["uniform", "scale", "dora", "bandit"], "4/step")]
)
def test_a_run_is_the_same_whether_anybody_listens(
    engine: OnnxEngine, lanes: list[str], budget: str | None
) -> None:
    watch = Watch()
    heard = ran(lanes, budget, engine=engine, live=watch.live)
    assert plain(heard) == plain(ran(lanes, budget, engine=engine))
    assert not watch.live.writing()


def test_every_stage_is_heard_and_samples_that_lanes_share_are_shown_in_each(
    engine: OnnxEngine,
) -> None:
    watch = Watch()
    events = ran(["uniform", "scale"], "4/step", engine=engine, live=watch.live)
    asked = {
        (e.event.node, e.event.stage)
        for e in events
        if isinstance(e, dv.LaneEvent) and isinstance(e.event, ev.Sampled)
    }
    assert {("plan", "outline"), ("1", "rate")} <= watch.stages <= asked
    # stages whose replies are a single token end with it
    assert {stage for _, stage in asked - watch.stages} <= {"rate", "verify", "system1"}
    assert "plan" in watch.shared
    growing = [texts for (_, node, *_), texts in watch.grown.items() if node == "plan"]
    assert any(len(set(texts)) > 5 and texts == sorted(texts, key=len) for texts in growing)


def test_what_is_written_is_what_the_event_says(engine: OnnxEngine) -> None:
    watch = Watch()
    events = ran(["scale"], None, engine=engine, live=watch.live)
    samples = {
        (e.event.node, e.event.stage, sample.index): sample.text
        for e in events
        if isinstance(e, dv.LaneEvent) and isinstance(e.event, ev.Sampled)
        for sample in e.event.samples
    }
    for (_, *place), texts in watch.grown.items():
        whole = samples[tuple(place)]  # type: ignore[index]
        assert all(whole.startswith(said) for said in texts)


@pytest.mark.parametrize("how", ["stop", "error"])
def test_words_are_gone_after_stop_and_after_an_error(how: str) -> None:
    if how == "error":
        engine = ScriptedEngine(script(s1=fails("the model is gone"), s2=fails("it is gone")))
    else:
        engine = ScriptedEngine(script())
    live, heard = LiveWords(), []

    async def go() -> str:
        events = run_lanes(PROBLEM, ["scale"], engine=engine, live=live, options={"tau": 0.0})
        status = ""
        async for event in events:
            heard.append(len(live.writing()))
            if how == "stop" and len(heard) == 4:
                await events.aclose()
                break
            if isinstance(event, dv.DuelEnded):
                status = event.status
        return status

    status = asyncio.run(asyncio.wait_for(go(), 20))
    assert status == ("failed" if how == "error" else "")
    assert not live.writing() and live._size == 0


def test_a_sample_that_is_there_already_leaves_no_words(engine: OnnxEngine) -> None:
    cache = SampleCache(engine)
    ran(["scale"], None, cache=cache)
    spent = engine.counters
    watch = Watch()
    ran(["scale"], None, cache=cache, live=watch.live)
    assert engine.counters == spent and not watch.live.writing()
