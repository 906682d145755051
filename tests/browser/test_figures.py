"""Figures in files: the page opens without any network, pictures are drawn by a real Chromium."""

from __future__ import annotations

import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from place import CHROMIUM, PATIENCE
from playwright.sync_api import Browser

from scale_core.trace.duel import Duel
from scale_core.trace.run import Run
from scale_core.views import figures
from tests import recorded

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("dark", [False, True])
def test_a_page_of_figures_needs_no_network(
    browser: Browser, tmp_path: Path, pictures: Path, dark: bool
) -> None:
    sheets = figures.of(Duel(recorded.duel_events()), dark=dark)
    figures.save(sheets, tmp_path / "duel.html", "What is <b>7</b>*8?")
    context = browser.new_context(offline=True, viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "duel.html").as_uri())
    page.wait_for_function(f"document.querySelectorAll('.main-svg').length >= {len(sheets)}")
    page.screenshot(path=pictures / f"figures_{'dark' if dark else 'light'}.png", full_page=True)
    assert asked == [(tmp_path / "duel.html").as_uri()] and errors == []
    assert page.title() == "What is <b>7</b>*8?"
    assert page.locator(".js-plotly-plot").count() == len(sheets)
    assert page.locator("a[href*='plotly']").count() == 0  # no logo that leads elsewhere
    context.close()


def test_a_run_becomes_a_png_and_an_svg(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCALE_CHROMIUM", CHROMIUM)
    sheets = figures.of(Run(recorded.run_events()))
    for name in ("run.png", "run.svg"):
        figures.save(sheets, tmp_path / name, "a run")
    data = (tmp_path / "run.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    assert width == 2 * 908 and height > 1600  # twice the pixels, two figures below each other
    drawing = ElementTree.fromstring((tmp_path / "run.svg").read_text(encoding="utf-8"))
    words = {text for element in drawing.iter() for text in [element.text or ""]}
    assert {"Where they went", "outline", "System 2", "tokens", "seconds", "#1"} <= words
