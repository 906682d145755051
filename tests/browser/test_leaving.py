"""A page that goes away and comes back: its run is there, live, where it is; or gone in time."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT, free_port, wait_for
from place import PATIENCE
from playwright.sync_api import Browser, Page, expect

from scale_core.store.database import FILE
from scale_core.store.recorder import SILENT

PROBLEM = "What is (94*87 - 68*59) mod 37?"
pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


TYPE_AT_ONCE = """(() => { const look = setInterval(() => {
  const box = document.querySelector('#sx-problem textarea');
  if (!box) return;
  clearInterval(look);
  box.value = '12 + 30';
  box.dispatchEvent(new Event('input', { bubbles: true }));
}, 10); })()"""
"""Somebody who types as soon as there is a box."""


def start_slow_duel(page: Page) -> None:
    page.locator(".sx-nav a", has_text="Compare").click()
    page.locator("#sx-budget input").fill("256")
    page.locator("#sx-problem textarea").fill(PROBLEM)
    page.get_by_label("Expected answer").fill("22")
    page.locator("#sx-race").click()
    page.wait_for_selector(".sx-lane .sx-tnode, .sx-lane .sx-arm")


def duel_of(page: Page) -> str | None:
    expect(page.locator(".sx-race")).not_to_have_attribute("data-status", "empty")
    return page.locator(".sx-race").get_attribute("data-duel")


def rollouts(page: Page) -> int:
    texts = page.locator(".sx-used").all_inner_texts()
    return sum(int(re.sub(r"\D", "", text.split(" of ")[0]) or 0) for text in texts)


def test_a_reload_finds_the_duel_live_where_it_is(visit: Visit, pictures: Path) -> None:
    page = visit()
    start_slow_duel(page)
    duel, before = duel_of(page), rollouts(page)
    page.reload()
    page.wait_for_selector(".sx-lane .sx-tnode, .sx-lane .sx-arm")
    assert duel_of(page) == duel
    expect(page.locator("#sx-problem textarea")).to_have_value(PROBLEM)
    expect(page.get_by_label("Expected answer")).to_have_value("22")
    expect(page.locator("#sx-race-stop")).to_be_enabled()
    seen = rollouts(page)
    assert seen >= before
    page.wait_for_function(
        "n => [...document.querySelectorAll('.sx-used')]"
        ".reduce((a, b) => a + (parseInt(b.textContent) || 0), 0) > n",
        arg=seen,
    )
    page.screenshot(path=pictures / "compare_returned_light.png", full_page=True)
    page.locator("#sx-race-stop").click()
    expect(page.locator(".sx-race")).to_have_attribute("data-status", "stopped")
    expect(page.locator("#sx-race")).to_be_enabled()
    assert not page.seen["errors"]  # type: ignore[attr-defined]


def test_a_tab_that_is_opened_anew_finds_it_too(visit: Visit) -> None:
    page = visit()
    start_slow_duel(page)
    duel, context, address = duel_of(page), page.context, page.url
    page.close()
    again = context.new_page()
    again.add_init_script(TYPE_AT_ONCE)
    again.goto(address, timeout=PATIENCE)
    again.wait_for_selector(".sx-lane .sx-tnode, .sx-lane .sx-arm", timeout=PATIENCE)
    assert duel_of(again) == duel
    expect(again.locator("#sx-problem textarea")).to_have_value("12 + 30")  # not written over
    stranger = visit()
    stranger.locator(".sx-nav a", has_text="Compare").click()
    expect(stranger.locator("#sx-race")).to_be_enabled()
    stranger.wait_for_timeout(500)
    assert stranger.locator(".sx-lane").count() == 0
    again.locator("#sx-race-stop").click()
    expect(again.locator(".sx-race")).to_have_attribute("data-status", "stopped")


class Mortal:
    """An app that keeps its runs, which can be killed and started again at the same address."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.address = f"http://127.0.0.1:{self.port}/"
        self.start()

    def start(self) -> None:
        command = [sys.executable, str(ROOT / "app.py"), "--port", str(self.port)]
        command += ["--data", str(self.data), "--grace", "0.5"]
        environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment)
        wait_for(self.address, self.process)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def long_ago(self) -> None:
        """Its last sign of life is older than one is waited for."""
        with contextlib.closing(sqlite3.connect(self.data / FILE)) as connection, connection:
            connection.execute("UPDATE writers SET seen = seen - ?", (2 * SILENT,))


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    app = Mortal(tmp_path_factory.mktemp("data"))
    yield app
    app.kill()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """`tab(address)`: another tab of the same browser."""
    context = browser.new_context()

    def opened(address: str) -> Page:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address, timeout=PATIENCE)
        page.wait_for_selector("#sx-chips .sx-chip", state="attached")
        return page

    yield opened
    context.close()


def test_nobody_returned_in_time(mortal: Mortal, tab: Callable[[str], Page]) -> None:
    page = tab(mortal.address)
    start_slow_duel(page)
    page.close()
    again = tab(f"{mortal.address}#runs")
    expect(again.locator(".sx-run-row .sx-run-end").first).to_contain_text("stopped")
    again.locator(".sx-nav a", has_text="Compare").click()
    assert again.locator(".sx-lane").count() == 0, "what was given up does not come back by itself"


def test_a_duel_whose_app_was_killed_is_there_as_far_as_it_was_seen(
    mortal: Mortal, tab: Callable[[str], Page], pictures: Path
) -> None:
    page = tab(mortal.address)
    start_slow_duel(page)
    duel, seen = duel_of(page), rollouts(page)
    mortal.kill()
    page.close()
    mortal.long_ago()
    mortal.start()
    page = tab(f"{mortal.address}#runs")
    row = page.locator(".sx-run-row").first
    expect(row).to_contain_text("interrupted")
    row.locator(".sx-run-title").click()
    expect(page.locator(".sx-race-line")).to_contain_text("interrupted")
    assert duel_of(page) == duel and rollouts(page) >= seen
    expect(page.locator("#sx-race")).to_be_enabled()
    page.screenshot(path=pictures / "compare_interrupted_light.png", full_page=True)
    film = page.locator("#sx-film-compare")
    film.locator("input").press("Home")
    expect(page.locator(".sx-race")).to_have_attribute("data-status", "running")
    film.locator("input").press("End")
    expect(page.locator(".sx-race")).to_have_attribute("data-status", "stopped")
