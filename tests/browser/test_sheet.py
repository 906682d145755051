"""A run's page of its own, opened from a file in a browser that has no network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from place import PATIENCE
from playwright.sync_api import Browser, Page

from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.ui import sheet
from tests import recorded
from tests.ui.hostile import hostile_duel, hostile_run


@contextmanager
def opened(browser: Browser, folder: Path, record: Any, **settings: Any) -> Iterator[Page]:
    """The page of a record; nothing may be asked for but the file itself, and nothing may fail."""
    file = folder / "sheet.html"
    file.write_text(sheet.html(record), encoding="utf-8", errors="replace")
    context = browser.new_context(offline=True, **settings)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
    page.goto(file.as_uri())
    page.wait_for_selector(".sx-sheet-table")
    yield page
    assert asked == [file.as_uri()] and errors == []
    context.close()


def test_a_run_is_drawn_and_its_nodes_open(browser: Browser, tmp_path: Path) -> None:
    run = Run(recorded.run_events("recorded_run_escalated"))
    with opened(browser, tmp_path, run) as page:
        page.wait_for_selector(".sx-board .is-answer")
        assert page.locator(".sx-board .sx-node").count() == len(run.steps) + 2
        assert page.locator(".sx-inspector .sx-result").inner_text() == f"= {run.steps[0].result}"
        page.locator(".sx-board .sx-node").nth(2).click()
        page.wait_for_function(
            "t => document.querySelector('.sx-inspector .sx-result').textContent === t",
            arg=f"= {run.steps[1].result}",
        )
        prompt = next(c.prompt for c in run.steps[1].calls if c.stage in ev.SOLVING)
        assert prompt in "".join(page.locator(".sx-inspector pre").all_text_contents())
        assert "equals the expected" in page.locator(".sx-answer").inner_text()
        assert page.locator(".sx-course path").count() > 0
        assert page.locator(".sx-nodes .sx-stack").count() > 2
        page.locator(".sx-sheet-table summary").click()
        assert page.locator(".sx-sheet-table tbody tr").count() > 3


def test_a_duel_is_drawn_and_says_why(browser: Browser, tmp_path: Path) -> None:
    duel = dv.Duel(recorded.duel_events())
    with opened(browser, tmp_path, duel) as page:
        page.wait_for_selector(".sx-lane")
        assert page.locator(".sx-lane").count() == len(duel.lanes)
        before = page.locator(".sx-why").inner_text()
        assert before.startswith("Why")
        page.locator("#sx-heat-card .sx-cell").first.click()
        page.wait_for_function("t => document.querySelector('.sx-why').innerText !== t", arg=before)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_reader_s_theme_and_can_be_told(
    browser: Browser, tmp_path: Path, scheme: Any
) -> None:
    run = Run(recorded.run_events())
    with opened(browser, tmp_path, run, color_scheme=scheme) as page:
        shade = "getComputedStyle(document.querySelector('.sx-card')).backgroundColor"
        light, dark = "rgb(255, 255, 255)", "rgb(23, 29, 34)"
        assert page.evaluate(shade) == (dark if scheme == "dark" else light)
        page.locator(".sx-sheet-brand button").click()
        assert page.evaluate(shade) == (light if scheme == "dark" else dark)


def test_on_a_phone_nothing_sticks_out(browser: Browser, tmp_path: Path) -> None:
    size = {"width": 390, "height": 800}
    for record in (Run(recorded.run_events()), dv.Duel(recorded.duel_events())):
        with opened(browser, tmp_path, record, viewport=size) as page:
            assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("record", [hostile_run, hostile_duel])
def test_hostile_texts_are_texts(browser: Browser, tmp_path: Path, record: Any) -> None:
    with opened(browser, tmp_path, record()) as page:
        page.wait_for_selector(".sx-card")
        assert page.title() != "broken"
        assert page.locator("img, iframe, object, link, b script, main script").count() == 0
        assert page.locator("script").count() == 2
        assert "<img src=" in page.locator(".sx-sheet-problem").inner_text()


def test_formulas_are_drawn(browser: Browser, tmp_path: Path) -> None:
    start, *rest = recorded.run_events()
    problem = r"What is \(\frac{1}{2} + \sqrt{9}\)? It costs $5 and $7."
    record = Run([ev.from_json({**ev.to_json(start), "problem": problem}), *rest])
    with opened(browser, tmp_path, record) as page:
        box = page.locator(".sx-sheet-problem math mfrac").bounding_box()
        assert box is not None and box["height"] > 15
        assert "It costs $5 and $7." in page.locator(".sx-sheet-problem").inner_text()
