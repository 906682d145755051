"""The pages' handlers as Gradio calls them, with dictionaries by component; without a browser."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import gradio as gr
import pytest

from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.trace.duel import Duel
from scale_core.trace.run import Run
from scale_core.ui import pages
from scale_core.ui.form import Values
from scale_core.ui.page import Page
from scale_core.ui.pages import LanesPage
from scale_core.ui.player import Frame, Player, Session

PROBLEM = "Let a=37*48. Let b=a mod 13. What is b+17?"


@pytest.fixture(scope="module")
def page(engine: OnnxEngine) -> Page:
    page = Page(Player(engine), 0)
    with gr.Blocks() as blocks:
        page.lay_out()
        page.connect(blocks)
    return page


def pressed(
    page: LanesPage, session: Session, *, anyway: bool = False, **said: Any
) -> list[Values]:
    """What the browser gets after Run, or Try anyway."""
    values = {control: control.value for control in page.form.inputs} | {page.session: session}
    values |= {getattr(page.form, name): value for name, value in said.items()}

    async def go() -> list[Values]:
        return [shown async for shown in page._runner(False)(values)]

    return asyncio.run(go())


@pytest.mark.parametrize("name", ["explore", "compare"])
def test_run_draws_everything_and_gives_the_buttons_back(page: Page, name: str) -> None:
    there, session = getattr(page, name), Session()
    seen = pressed(there, session, problem=PROBLEM, expected="25")
    assert len(seen) > 2 and session.ready
    assert all(set(shown) <= set(there.outputs) for shown in seen)
    assert set(seen[-1]) >= set(there.outputs) - {there.form.preview}
    on, off = gr.update(interactive=True), gr.update(interactive=False)
    assert [(s[there.go], s[there.halt]) for s in seen[:-1]] == [(off, on)] * (len(seen) - 1)
    assert (seen[-1][there.go], seen[-1][there.halt]) == (on, off)
    assert seen[-1][there.form.notice] is None


def test_the_strip_counts_every_rating_as_it_stands(page: Page) -> None:
    last = pressed(page.explore, Session(), problem=PROBLEM)[-1]
    assert last[page.explore.strip]["stages"][1]["text"] == "3 of 3 steps rated"


def test_the_last_line_tells_how_it_ended(page: Page) -> None:
    explore, compare = page.explore, page.compare
    assert pressed(explore, Session(), problem=PROBLEM)[-1][explore.strip]["line_end"] == "Done"
    last = pressed(compare, Session(), problem=PROBLEM)[-1]
    assert last[compare.head]["line_end"] == "Done"
    assert last[compare.head]["duel"] == last[compare.cards]["duel"] == last[compare.heat]["duel"]
    assert len(last[compare.cards]["lanes"]) == len(last[compare.heat]["rows"]) == 4


@pytest.mark.parametrize("name", ["explore", "compare"])
def test_what_is_refused_is_told_and_leaves_the_page_as_it_is(page: Page, name: str) -> None:
    there, session = getattr(page, name), Session()
    for said in ({"problem": ""}, {"problem": PROBLEM, "seed": 0.5}, {"problem": "A poem, please"}):
        (only,) = pressed(there, session, **said)
        assert only[there.form.notice]["text"] and set(only) == {there.form.notice, there.anyway}
    assert session.duel.start is None


def test_a_budget_above_the_cap_is_told_on_the_page(page: Page) -> None:
    there = page.compare
    (only,) = pressed(there, Session(), problem=PROBLEM, amount=999_999)
    assert "at most" in only[there.form.notice]["text"]


def test_a_run_is_downloaded_and_folds_to_the_same(page: Page) -> None:
    from scale_core.trace import events as ev

    session = Session()
    pressed(page.explore, session, problem=PROBLEM)
    told = gr.EventData(None, {"file": "events", "number": 3})
    file = asyncio.run(page.explore.bar._fetch(session, told))["file"]
    assert session.run.start and file["name"] == f"scale-run-{session.run.start.run}.jsonl"
    assert file["number"] == 3
    events = [ev.from_json(json.loads(line)) for line in file["text"].splitlines()]
    assert Run(events).ledger.total == session.run.ledger.total and events == session.run.events


def test_a_duel_that_ended_opens_its_most_telling_reason_once(page: Page, recorded: Duel) -> None:
    there, session = page.compare, Session()
    session.duel = recorded
    ended = Frame(big=True, running=False)
    assert there.drawn(session, ended)[there.why] is not None
    session.opened = "scale", "1"
    assert there.why not in there.drawn(session, ended)


def test_the_lab_waits_for_a_duel(page: Page) -> None:
    there = page.compare
    values = {slider: slider.value for slider in there.lab.sliders.values()}
    told = asyncio.run(there._decide({**values, there.session: Session()}))
    assert "Run a duel first" in told[there.lab.status]["problem"]


def test_the_lab_decides_anew_and_goes_back(page: Page, recorded: Duel) -> None:
    there, session = page.compare, Session()
    session.duel = recorded
    sliders = there.lab.sliders
    values = {s: s.value for s in sliders.values()}
    values |= {s: u["value"] for s, u in there.lab.follow(recorded).items()} | {
        sliders["budget"]: 2
    }
    anew = asyncio.run(there._decide({**values, there.session: session}))
    assert anew[there.head]["recorded"] and anew[there.lab.status]["recorded"]
    assert not set(sliders.values()) & set(anew)
    back = asyncio.run(there._back(session))
    assert not back[there.head]["recorded"] and set(sliders.values()) <= set(back)


@pytest.mark.parametrize("name", ["explore", "compare"])
def test_a_visitor_who_left_nothing_finds_the_page_as_it_is(page: Page, name: str) -> None:
    there = getattr(page, name)

    async def go() -> list[Values]:
        return [shown async for shown in there._resume(Session())]

    assert asyncio.run(go()) == [{there.film: gr.skip()}]


def test_a_second_click_of_run_starts_nothing(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it goes on, or faster than a button can be switched off; another question is none."""
    there, session = page.explore, Session()
    values = {control: control.value for control in page.form.inputs} | {there.session: session}
    values |= {there.form.problem: PROBLEM}

    async def go() -> None:
        begun = there._runner(False)(values)
        await anext(begun)
        assert [list(shown) async for shown in there._runner(False)(values)] == [[there.film]]
        async for _ in begun:
            if session.busy:
                monkeypatch.setattr(pages, "DOUBLE", 0.0)
                again = [list(shown) async for shown in there._runner(False)(values)]
                assert again == [[there.film]]

    asyncio.run(go())
    first = session.duel
    assert len(pressed(there, session, problem="What is 7*8?")) > 1 and session.duel is not first
