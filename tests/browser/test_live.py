"""Words as they are written, in a browser: on a slow server, and by the embedded model."""

from __future__ import annotations

import math
import os
import re
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import served
from place import PATIENCE
from playwright.sync_api import Page, expect
from slow_server import MODEL, slow

from tests.engines.faulty_server import Server, scripted

PROBLEM = "A box has 12 red marbles and twice as many blue marbles. How many marbles is that?"
HOSTILE = "<script>window.hacked = 1</script> <img src=x onerror='window.hacked = 2'> "
PLAN = "1. Find how many marbles that is"
PACE = 0.5  # seconds a token
SOON = 0.5  # seconds from a server's first token to a reader
pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


def counted(words: str, times: int) -> str:
    """The words many times, yet not in circles, which would be cut."""
    return "".join(f"{words} {i} " for i in range(times))


def reply(prompt: str, seed: int, index: int) -> str:
    """An outline or a result, by what was asked for."""
    if "List the steps" in prompt:
        return PLAN
    if "Answer only." in prompt:
        return r"\boxed{24}"
    return HOSTILE + counted("so it is", 500) + r"\boxed{36}"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A model that is unsure of its result, so that the step is thought about."""
    unsure = scripted(reply, counted("let me <b>think</b>", 100), logprob=math.log(0.4))
    with slow(unsure, 0.0) as server:
        yield server


@pytest.fixture(scope="module")
def slow_page(server: Server) -> Iterator[str]:
    """The address of the app on the slow server."""
    with served("--base-url", server.url, "--model", MODEL, OPENAI_API_KEY="") as url:
        yield url


def opened(visit: Visit, at: str, server: Server, **how: Any) -> Page:
    """The page, once the server has told what it can do."""
    server.pace = 0.0
    page = visit(at=at, **how)
    page.wait_for_selector(".sx-dot:not(.sx-off)")
    page.locator("#sx-problem textarea").fill(PROBLEM)
    return page


def planned(page: Page, server: Server, run: str = "#sx-run") -> None:
    """Run until the steps of the plan are thought about."""
    server.pace = 0.02
    page.locator(run).click()
    page.wait_for_selector(".sx-node[data-key='1'], .sx-lane[data-key='bandit'] .sx-arm")
    server.pace = 0.1


# When words are read for the first time, and every time that they change.
WATCH = """() => {
  window.readAt = []; window.changes = [];
  let last = '';
  new MutationObserver(() => {
    const text = document.querySelector('#sx-inspector .sx-writing')?.textContent || '';
    if (text && !last) window.readAt.push(Date.now());
    if (text !== last) window.changes.push(Date.now());
    last = text;
  }).observe(document.querySelector('#sx-inspector'),
    {subtree: true, childList: true, characterData: true, attributes: true}); }"""


def test_the_first_words_are_there_half_a_second_after_the_servers(
    visit: Visit, slow_page: str, server: Server
) -> None:
    """Two tokens a second; several runs, because the first one also draws for the first time. Where
    other work waits for the processors, the page waits with it: it has that much longer."""
    page = opened(visit, slow_page, server)
    page.evaluate(WATCH)
    server.pace = PACE
    waits = []
    for _ in range(5):
        server.begun.clear()
        page.evaluate("window.readAt = []")
        page.locator("#sx-run").click()
        page.wait_for_function("window.readAt.length > 0")
        epoch = time.time() - time.monotonic()
        waits.append(page.evaluate("window.readAt[0]") / 1000 - epoch - server.begun[0])
        page.locator("#sx-stop").click()
        expect(page.locator("#sx-run")).to_be_enabled()
        expect(page.locator(".sx-writing, .is-writing")).to_have_count(0)
    assert min(waits) > -0.05, f"read before it was written: {waits}"
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert statistics.median(waits) <= SOON * busy, (waits, busy)


def test_words_grow_in_the_node_and_in_the_inspector_and_hostile_ones_stay_text(
    visit: Visit, slow_page: str, server: Server, pictures: Path
) -> None:
    page = opened(visit, slow_page, server)
    planned(page, server)
    node, live = page.locator(".sx-node[data-key='1']"), page.locator("#sx-inspector .sx-writing")
    mark = node.locator(".sx-mark")
    expect(mark).to_have_text(re.compile(r"^✎ \d+ tok"))
    clock = page.locator("#sx-strip .sx-clock")
    expect(clock).to_have_text(re.compile(r"^\d+ s$"))
    began = clock.inner_text()
    expect(clock).not_to_have_text(began)  # it goes on by itself
    node.click()
    thought, said = live.locator("pre").nth(0), live.locator("pre").nth(1)
    expect(live).to_contain_text("System 2")
    expect(thought).to_contain_text("let me <b>think</b>")
    page.screenshot(path=pictures / "words_thinking_light.png", full_page=True)
    server.pace = 0.002
    expect(said).to_contain_text(HOSTILE.strip())
    server.pace = 0.1
    counts = set()
    for _ in range(6):
        counts.add(live.locator(".sx-num").inner_text())
        page.wait_for_timeout(400)
    assert len(counts) > 2, counts
    expect(node).to_have_attribute("aria-label", re.compile("being written, .* tokens or more"))
    expect(live).to_have_attribute("aria-live", "off")
    assert page.evaluate("document.querySelector('#sx-inspector [aria-live=off] .sx-num') !== null")
    page.screenshot(path=pictures / "words_light.png", full_page=True)
    assert page.evaluate("window.hacked") is None
    assert page.locator("#sx-inspector img, #sx-inspector script").count() == 0
    server.pace = 0.0
    expect(page.locator("#sx-run")).to_be_enabled()
    expect(page.locator(".sx-writing, .is-writing")).to_have_count(0)
    expect(
        page.locator("#sx-inspector details").first
    ).to_be_visible()  # the event has replaced them
    expect(clock).to_be_hidden()
    assert not page.seen["errors"] and not page.seen["dialogs"]  # type: ignore[attr-defined]


def test_at_most_ten_changes_a_second(visit: Visit, slow_page: str, server: Server) -> None:
    page = opened(visit, slow_page, server)
    page.evaluate(WATCH)
    planned(page, server)
    server.pace = 0.03
    page.evaluate("window.changes = []")
    page.wait_for_timeout(3000)
    changes = page.evaluate("window.changes")
    page.locator("#sx-stop").click()
    assert 1 < len(changes) <= 2 + 10 * (changes[-1] - changes[0]) / 1000


def test_stop_takes_all_words_away(visit: Visit, slow_page: str, server: Server) -> None:
    page = opened(visit, slow_page, server)
    server.pace = 0.1
    page.locator("#sx-run").click()
    expect(page.locator(".sx-node[data-key='plan'] .sx-mark")).to_contain_text("✎")
    expect(page.locator("#sx-inspector .sx-writing")).to_be_visible()
    page.locator("#sx-stop").click()
    expect(page.locator("#sx-run")).to_be_enabled()
    expect(page.locator(".sx-writing, .is-writing")).to_have_count(0)
    page.wait_for_timeout(700)
    assert "✎" not in page.locator("#sx-explore").inner_text()
    expect(page.locator("#sx-strip .sx-line")).to_contain_text("Stopped")


def test_each_lane_has_its_line(
    visit: Visit, slow_page: str, server: Server, pictures: Path
) -> None:
    page = opened(visit, slow_page, server)
    page.locator(".sx-nav a", has_text="Compare").click()
    planned(page, server, "#sx-race")
    expect(page.locator(".sx-lane.st-running .sx-lane-words b", has_text="✎")).to_have_count(4)
    heights = set()
    for _ in range(8):
        heights.add(page.locator(".sx-lane-grid").evaluate("x => Math.round(x.offsetHeight)"))
        page.wait_for_timeout(150)
    expect(page.locator(".sx-arm-state.is-writing")).to_contain_text(re.compile(r"✎ \d+ tok"))
    page.locator(".sx-lane[data-key='bandit'] .sx-arm").first.click()
    expect(page.locator(".sx-why .sx-writing pre").first).not_to_be_empty()
    page.screenshot(path=pictures / "words_compare_light.png", full_page=True)
    page.locator("#sx-race-stop").click()
    expect(page.locator("#sx-race")).to_be_enabled()
    expect(page.locator(".sx-writing, .is-writing")).to_have_count(0)
    assert "✎" not in page.locator("#sx-compare").inner_text()
    heights.add(page.locator(".sx-lane-grid").evaluate("x => Math.round(x.offsetHeight)"))
    assert len(heights) == 1, "cards keep their size"


def test_less_motion_is_respected_and_the_words_are_for_every_theme(
    visit: Visit, slow_page: str, server: Server, pictures: Path
) -> None:
    for theme, width in (("dark", 1280), ("light", 390)):
        wanted = "reduce" if theme == "dark" else "no-preference"
        page = opened(visit, slow_page, server, theme=theme, width=width, reduced_motion=wanted)
        planned(page, server)
        live = page.locator("#sx-inspector .sx-writing")
        expect(live.locator("pre").first).not_to_be_empty()
        motion = "e => getComputedStyle(e.querySelector('pre'), '::after').animationName"
        expect(live).to_have_class(re.compile("is-thinking"))
        assert (live.evaluate(motion) == "none") == (theme == "dark")
        fits = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert fits, "nothing sticks out"
        page.screenshot(path=pictures / f"words_{theme}_{width}.png", full_page=True)
        page.locator("#sx-stop").click()


def test_the_embedded_models_words_are_seen(visit: Visit) -> None:
    page = visit()
    page.evaluate(WATCH)
    page.get_by_role("button", name="All options").click()
    for name, value in (
        ("outlines How", "32"),
        ("system1 samples", "64"),
        ("system2 samples", "64"),
    ):
        page.locator("#sx-options").get_by_label(name).first.fill(value)
        page.keyboard.press("Tab")
    page.wait_for_timeout(500)  # a text is told to the app a moment later
    page.locator("#sx-problem textarea").fill("What is (37*48 + 125*16) mod 13?")
    page.locator("#sx-run").click()
    page.wait_for_function("window.readAt.length > 0")
    expect(page.locator("#sx-run")).to_be_enabled()
    expect(page.locator(".sx-writing, .is-writing")).to_have_count(0)
