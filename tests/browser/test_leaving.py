"""A page that goes away and comes back: its run is there, live, where it is; or gone in time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, free_port, served, wait_for
from place import PATIENCE
from playwright.sync_api import Browser, Page, expect

PROBLEM = "What is (94*87 - 68*59) mod 37?"
pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


def start_slow_duel(page: Page) -> None:
    page.locator(".sx-nav a", has_text="Compare").click()
    page.locator("#sx-budget input").fill("512")
    page.keyboard.press("Tab")
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
    began = time.monotonic()
    page.locator("#sx-race-stop").click()
    expect(page.locator(".sx-race")).to_have_attribute("data-status", "stopped")
    assert time.monotonic() - began < 1 + PATIENCE / 20_000
    expect(page.locator("#sx-race")).to_be_enabled()
    assert not page.seen["errors"]  # type: ignore[attr-defined]


def test_a_tab_that_is_opened_anew_finds_it_too(visit: Visit) -> None:
    page = visit()
    start_slow_duel(page)
    duel, context, address = duel_of(page), page.context, page.url
    page.close()
    again = context.new_page()
    again.goto(address, timeout=PATIENCE)
    again.wait_for_selector(".sx-lane .sx-tnode, .sx-lane .sx-arm", timeout=PATIENCE)
    assert duel_of(again) == duel
    stranger = visit()
    stranger.locator(".sx-nav a", has_text="Compare").click()
    stranger.wait_for_timeout(1500)
    assert stranger.locator(".sx-lane").count() == 0
    again.locator("#sx-race-stop").click()
    expect(again.locator(".sx-race")).to_have_attribute("data-status", "stopped")


def test_nobody_returned_in_time(browser: Browser) -> None:
    with served("--grace", "0.5") as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address, timeout=PATIENCE)
        page.wait_for_selector("#sx-chips .sx-chip")
        start_slow_duel(page)
        page.close()
        time.sleep(3)
        again = context.new_page()
        again.goto(f"{address}#compare", timeout=PATIENCE)
        again.wait_for_selector("#sx-chips .sx-chip")
        again.wait_for_timeout(1500)
        assert again.locator(".sx-lane").count() == 0
        context.close()


def started(port: int, data: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(ROOT / "app.py"), "--port", str(port), "--data", str(data)]
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    wait_for(f"http://127.0.0.1:{port}/", process)
    return process


def test_a_duel_whose_app_was_killed_is_there_as_far_as_it_was_seen(
    browser: Browser, tmp_path: Path, pictures: Path
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    context, process = browser.new_context(), started(port, tmp_path)
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address, timeout=PATIENCE)
        page.wait_for_selector("#sx-chips .sx-chip")
        start_slow_duel(page)
        duel, seen = duel_of(page), rollouts(page)
        process.send_signal(signal.SIGKILL)
        process.wait()
        page.close()
        process = started(port, tmp_path)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{address}#runs", timeout=PATIENCE)
        row = page.locator(".sx-run-row")
        expect(row).to_contain_text("interrupted")  # once its app has been silent for long enough
        row.locator(".sx-run-title").click()
        expect(page.locator(".sx-race-line")).to_contain_text("interrupted")
        assert duel_of(page) == duel and rollouts(page) >= seen
        expect(page.locator("#sx-race")).to_be_enabled()
        page.screenshot(path=pictures / "compare_interrupted_light.png", full_page=True)
    finally:
        process.kill()
        context.close()
