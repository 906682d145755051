"""Attacks on whoever looks at the page: what people, models, files and addresses say stays words.
And a visitor who comes many times at once, and waits for their own runs in a public app's queue."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from conftest import served
from place import PATIENCE
from playwright.sync_api import Page, expect
from slow_server import MODEL, slow
from test_runs_page import dropped, rows, turn

from scale_core.trace import duel as dv
from tests.engines.faulty_server import Server, scripted
from tests.ui.hostile import TEXT, hostile_duel

OURS = (
    '<button id="sx-run" class="sx-link sx-forged" onclick="document.title=\'broken\'">Run</button>'
    '<div class="sx-notice sx-forged">Your key was stolen</div><svg onload="alert(1)"></svg>'
    '<iframe srcdoc="<script>top.document.title=1</script>"></iframe>'
    "[a](javascript:alert(1)) ![b](http://evil.test/y.png) <a href='javascript:alert(1)'>c</a>"
)
"""What imitates the page itself, or is Markdown."""
ATTACK = f"{TEXT} {OURS}"
HARM = (
    ".sx-forged, [onerror], [onload], [onclick], iframe, [src*='evil.test'], [href*='evil.test'], "
    "[href^='javascript']"
)
pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


def reply(prompt: str, seed: int, index: int) -> str:
    """A plan, a result or a thought of a model that somebody else has the word in."""
    if "List the steps" in prompt:
        return f"1. {ATTACK} marbles: 12 * 2 = 24\n2. all {ATTACK}: 24 + 12 = 36"
    return rf"{ATTACK} \boxed{{{OURS}}}"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with slow(scripted(reply, thought=ATTACK), 0.0) as server:
        yield server


@pytest.fixture(scope="module")
def public(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a public app on that model."""
    data = str(tmp_path_factory.mktemp("data"))
    words = ["--public", "--data", data, "--base-url", server.url, "--model", MODEL]
    with served(*words, OPENAI_API_KEY="") as url:
        yield url


def unharmed(page: Page, address: str) -> None:
    """Nothing ran or was fetched from elsewhere, and nothing of it became part of the page."""
    seen = page.seen  # type: ignore[attr-defined]
    assert page.title() == "SCALE Explorer"
    assert (seen["dialogs"], seen["errors"]) == ([], [])
    assert seen["hosts"] == {address.split("/")[2]}
    expect(page.locator(HARM)).to_have_count(0)
    expect(page.locator("#sx-run")).to_have_count(1)


def test_hostile_words_stay_words_wherever_they_come_from(
    visit: Visit, public: str, server: Server, tmp_path: Path
) -> None:
    """And the server's address is nowhere."""
    page = visit(at=public)
    names = ("problem", "answer", "seed", "preset", "tau", "samples", "run", ATTACK)
    page.goto(f"{public}?{urlencode(dict.fromkeys(names, ATTACK))}#{ATTACK}")
    expect(page.locator("#sx-left-out")).to_contain_text("Left out of this link")
    expect(page.locator("#sx-told")).to_contain_text("This link leads to no run")
    page.wait_for_selector(".sx-dot:not(.sx-off)")
    box = page.locator("#sx-problem textarea")
    expect(box).to_have_value(re.compile(re.escape("onerror")))
    box.fill(ATTACK)
    page.get_by_label("Expected answer").fill("")
    unharmed(page, public)

    page.locator("#sx-run").click()
    page.locator(".sx-node[data-key='2']").click()  # the last sub-problem, whatever is left to it
    expect(page.locator("#sx-inspector")).to_contain_text("onerror")
    expect(page.locator("#sx-stop")).to_be_disabled()
    unharmed(page, public)
    place = server.url.split("/")[2]
    assert place not in page.content() + page.request.get(f"{public}config").text()

    turn(page, "Runs")
    rows(page).first.get_by_role("button", name="Name, tag").click()
    page.get_by_label("Name", exact=True).fill(ATTACK)
    page.get_by_label("Tags, between commas").fill(f"{TEXT[:60]}, sx-forged")
    page.keyboard.press("Enter")
    expect(rows(page).first.locator(".sx-run-title")).to_contain_text("onerror")
    file = tmp_path / "hostile.jsonl"
    lines = (json.dumps(dv.to_json(event)) for event in hostile_duel().events)
    file.write_text("\n".join(lines), encoding="utf-8")
    dropped(page, file)
    expect(page.locator(".sx-runs-told")).to_contain_text("1 run imported.")
    expect(rows(page)).to_have_count(2)
    unharmed(page, public)

    rows(page).first.get_by_role("button", name=re.compile("^Open")).click()
    page.locator(".sx-lane .sx-tnode[role=button]").first.click()
    expect(page.locator(".sx-why")).to_be_visible()
    unharmed(page, public)


def test_of_a_visitor_s_runs_the_third_waits_and_can_be_taken_back(
    visit: Visit, public: str, server: Server
) -> None:
    """Its place in the queue is told, and Stop is there. Each page is in a browser of its own, with
    the same name: browsers open only six connections to an app that has no HTTP/2, and three pages
    that run have two each."""
    pages = [visit(at=public) for _ in range(3)]
    name = pages[0].evaluate("localStorage.getItem('scale-visitor')")
    pages[0].wait_for_selector(".sx-dot:not(.sx-off)")
    server.pace = 0.5
    for page in pages:
        if page is not pages[0]:
            page.evaluate(f"localStorage.setItem('scale-visitor', '{name}')")
            page.reload()
            page.wait_for_selector("#sx-chips .sx-chip")
        page.locator("#sx-problem textarea").fill("How many marbles are there?")
        page.locator("#sx-run").click()
        expect(page.locator("#sx-stop")).to_be_enabled()
    last = pages[2]
    told = last.locator(".sx-notice", has_text="Waiting: this run is the next one")
    expect(told).to_be_visible()
    last.locator("#sx-stop").click()
    expect(last.locator("#sx-run")).to_be_enabled()
    expect(told).to_have_count(0)
    for page in pages[:2]:
        expect(page.locator("#sx-stop")).to_be_enabled()
    server.pace = 0.0
