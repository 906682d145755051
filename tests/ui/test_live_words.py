"""The words of a run while they are written, as the pages send them: driven without a browser."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest
from gradio.utils import diff

from scale_core.engines.base import Delta, EngineError, Request
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.openai.engine import OpenAIEngine
from scale_core.runs.lanes import run_lanes
from scale_core.runs.live_words import KEPT
from scale_core.ui.ask import Ask
from scale_core.ui.page import Page
from scale_core.ui.pages import LanesPage
from scale_core.ui.player import TICK, Frame, Player, Session
from scale_core.views import export
from tests.engines.faulty_server import MODEL, Server, Traits, scripted, serving
from tests.pipeline.scripted import ScriptedEngine, fails, script

PROBLEM = "Let a=37*48. Let b=a mod 13. What is b+17?"
LONG = "Let x=89*76. Let y=x mod 58. Let z=y*47. What is z-695?"
LANES = ("uniform", "scale", "dora", "bandit")


@pytest.fixture(scope="module")
def page(engine: OnnxEngine) -> Page:
    return page_of(engine)


def page_of(engine: Any) -> Page:
    page = Page(Player(engine), 0)
    with gr.Blocks() as blocks:
        page.lay_out()
        page.connect(blocks)
    return page


def ask(there: LanesPage, problem: str = PROBLEM) -> Ask:
    alone = there.outputs[0].elem_id == "sx-strip"
    long = {"outlines": 32}  # so that a plan is written for more than a frame
    if alone:
        return Ask(problem, options=long)
    return Ask(problem, lanes=LANES, budget="4/step", options=long)


def sent(
    there: LanesPage, session: Session, asked: Ask, watch: Callable[[dict[Any, Any]], None]
) -> list[dict[Any, Any]]:
    """What the browser gets of a run; `watch` sees each frame when it comes."""

    async def go() -> list[dict[Any, Any]]:
        seen = []
        async for shown in there.played(session, there.player.play(session, asked)):
            seen.append(shown)
            watch(shown)
        return seen

    return asyncio.run(asyncio.wait_for(go(), 120))


def words(shown: dict[Any, Any], there: LanesPage) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for lane, nodes in ((shown[there.words] or {}).get("lanes") or {}).items():
        for node, one in nodes.items():
            yield lane, node, one


@pytest.mark.parametrize("name", ["explore", "compare"])
def test_words_come_while_they_are_written_and_are_gone_at_the_end(page: Page, name: str) -> None:
    there, session = getattr(page, name), Session()
    seen = sent(there, session, ask(there, LONG), lambda shown: None)
    found = [found for shown in seen for found in words(shown, there)]
    assert any(node == "plan" and one["reply"] for _, node, one in found)
    assert any(one["tokens"] > 3 for _, _, one in found)
    assert {lane for lane, _, _ in found} <= set(session.duel.lanes)
    assert seen[-1][there.words] is None
    run = session.run.start.run if name == "explore" else session.duel.start.duel  # type: ignore[union-attr]
    assert {shown[there.words]["run"] for shown in seen[1:-1]} == {run}


def test_what_is_open_comes_whole_and_the_rest_as_counts(page: Page) -> None:
    there, session = page.compare, Session()

    def open_plan(shown: dict[Any, Any]) -> None:
        if session.opened is None:
            session.open("dora", "plan")

    seen = sent(there, session, ask(there, LONG), open_plan)
    plans = [(lane, one) for shown in seen for lane, node, one in words(shown, there)]
    assert max(len(one["reply"]) for lane, one in plans if lane == "dora") > 20
    assert all(len(one["reply"]) <= 2 * KEPT + 1 for _, one in plans)
    session.begin()
    assert session.opened is None


def test_words_are_no_events_and_in_no_file(page: Page, engine: OnnxEngine) -> None:
    """The run is the one that nobody listens to, and nothing of a frame's words is kept of it."""
    session, unheard = Session(), Session()
    sent(page.explore, session, ask(page.explore), lambda shown: None)

    async def play() -> None:
        async for _ in Player(engine).play(unheard, ask(page.explore), heard=False):
            pass

    asyncio.run(play())
    kinds = [type(event).__name__ for event in session.run.events]
    assert sorted(kinds) == sorted(type(event).__name__ for event in unheard.run.events)
    wanted = gr.EventData(None, {"file": "events", "number": 1})
    file = asyncio.run(page.explore.bar._fetch(session, wanted))["file"]
    text = export.json_lines(session.run) + file["text"]
    assert {json.loads(line)["kind"] for line in text.splitlines()} <= {
        json.loads(line)["kind"] for line in export.json_lines(unheard.run).splitlines()
    }
    assert "delta" not in text.lower() and not session.words.writing()


@pytest.mark.parametrize("how", ["stop", "failure", "leaving"])
def test_nothing_is_being_written_after(page: Page, how: str) -> None:
    there = page.explore
    if how == "failure":
        broken = script(s1=fails("the model is gone"), s2=fails("it is gone"))
        there = page_of(ScriptedEngine(broken)).explore
    session, heard = Session(), []

    async def go() -> dict[Any, Any]:
        frames = there.played(session, there.player.play(session, ask(there, LONG)))
        async for shown in frames:
            heard.extend(words(shown, there))
            if heard and how == "stop":
                session.stop()
            if heard and how == "leaving":
                await frames.aclose()
                break
        await session.stopped()
        return there.frame(session, Frame(big=True, running=False))

    last = asyncio.run(asyncio.wait_for(go(), 120))
    assert last[there.words] is None
    assert session.duel.status == {"stop": "stopped", "leaving": "stopped"}.get(how, "failed")
    assert not session.words.writing()
    with session.words.listening("scale", Request("x", node="plan", stage="outline")) as hear:
        hear(Delta(0, "too late"))
        assert not session.words.writing(), "what an engine says after its end is not heard"


def test_an_error_of_the_program_ends_the_words_too(engine: OnnxEngine) -> None:
    async def breaks(*asked: Any, live: Any, **more: Any) -> Any:
        async for event in run_lanes(*asked, live=live, **more):
            yield event
            if live.writing():
                raise EngineError("the model file is gone")

    page = Page(Player(engine, lanes=breaks), 0)
    with gr.Blocks() as blocks:
        page.lay_out()
        page.connect(blocks)
    session = Session()
    last = sent(page.explore, session, ask(page.explore, LONG), lambda shown: None)[-1]
    assert last[page.explore.words] is None and session.duel.status == "failed"


def test_at_most_ten_frames_a_second_however_fast_the_words_come(page: Page) -> None:
    times: list[float] = []
    sent(page.compare, Session(), ask(page.compare, LONG), lambda _: times.append(time.monotonic()))
    assert 3 < len(times) <= 3 + (times[-1] - times[0]) / TICK


def test_words_are_in_a_frame_half_a_second_after_the_servers_first_token() -> None:
    """Of a server that writes two tokens a second."""

    async def go() -> tuple[float, float]:
        server = Server(scripted(lambda *_: "one word after another"), Traits(schema=False))
        async with serving(server):
            server.pace = 0.0
            engine = OpenAIEngine([server.url], MODEL)
            await engine.probe()
            server.pace = 0.5
            server.begun.clear()
            there, session = page_of(engine).explore, Session()
            async for shown in there.played(session, there.player.play(session, Ask(PROBLEM))):
                if any(one["reply"] for _, _, one in words(shown, there)):
                    break
            heard, begun = time.monotonic(), server.begun[0]
            session.stop()
            await engine.close()
            return heard, begun

    heard, begun = asyncio.run(asyncio.wait_for(go(), 60))
    assert 0 <= heard - begun <= 0.5


def test_a_frame_of_words_alone_draws_nothing_anew(page: Page) -> None:
    """The rest is repeated as it was: Gradio sends nothing of it, and nothing of it is lost."""
    there, session = page.explore, Session()
    sent(there, session, ask(there), lambda shown: None)
    frames = [Frame(big=True, running=True), Frame(big=False, running=True, events=False)]

    async def go() -> list[dict[Any, Any]]:
        async def two() -> Any:
            for frame in frames:
                yield frame

        return [shown async for shown in there.played(session, two())]

    full, only = asyncio.run(go())
    assert {type(of) for of in full if of not in only} == {gr.Dataframe}
    assert all(only[of] is full[of] for of in only if of is not there.words)
    assert not [of for of in only if diff(full[of], only[of])]


def test_new_words_travel_alone(page: Page) -> None:
    """As Gradio sends them: what is added to a text, not the text."""
    there = page.explore

    def value(reply: str, tokens: int) -> dict[str, Any]:
        one = {"name": "#1", "stage": "System 2", "sample": 0, "tokens": tokens, "others": 0}
        return {"run": "r", "lanes": {"scale": {"1": {**one, "thought": "", "reply": reply}}}}

    before, after = value("so " * 500, 500), value("so " * 500 + "42", 501)
    before, after = ({there.words: v}[there.words] for v in (before, after))
    assert len(json.dumps(diff(before, after))) < 200


def test_a_program_that_asks_hears_no_words(engine: OnnxEngine) -> None:
    heard = []

    async def lanes(*asked: Any, **more: Any) -> Any:
        heard.append(more["live"])
        async for event in run_lanes(*asked, **more):
            yield event

    async def play() -> None:
        player, asked = Player(engine, lanes=lanes), replace(Ask(PROBLEM), preset="system1")
        async for _ in player.play(Session(), asked, heard=False):
            pass

    asyncio.run(play())
    assert heard == [None]
