"""A chart opened as an interactive figure: keyboard, zoom, units, live updates, files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from place import PATIENCE
from playwright.sync_api import Browser, Page, expect
from test_compare import compare
from test_compare import finished as raced
from test_compare import start as race
from test_compare import start_slow as race_slowly
from test_explore import finished, start

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
expect.set_options(timeout=PATIENCE)
SHOWN = ".sx-dialog[data-shown]"
PLOT = "document.querySelector('.sx-figure-plot')"


def opened(page: Page, chart: str) -> None:
    page.locator(f".sx-{chart} .sx-open").click()
    page.wait_for_selector(SHOWN)


def number(page: Page) -> int:
    return int(page.locator(SHOWN).get_attribute("data-shown") or 0)


def drawn_after(page: Page, before: int) -> None:
    page.wait_for_function(
        "(n) => Number(document.querySelector('.sx-dialog').dataset.shown) > n", arg=before
    )


def axis(page: Page) -> str:
    title: str = page.evaluate(f"{PLOT}.layout.yaxis.title.text")
    return title


def test_a_run_s_chart_opens_by_keyboard_and_zooms(visit: Visit, pictures: Path) -> None:
    page = visit()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    start(page)
    finished(page)
    assert not any("plotly" in url.lower() for url in asked)  # nor has the first load
    assert page.evaluate("window.Plotly") is None
    page.locator(".sx-course .sx-open").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(SHOWN)
    assert [url.split("/")[-1] for url in asked if "plotly" in url] == ["plotly.min.js"]
    expect(page.locator(".sx-dialog .legendtext")).to_have_text(["outline", "rating", "System 2"])
    page.screenshot(path=pictures / "figure_light.png")
    for _ in range(24):  # Tab stays in the dialog, or leaves to the browser and comes back
        page.keyboard.press("Tab")
        where = "document.activeElement.closest('.sx-dialog') || document.activeElement"
        assert page.evaluate(f"({where}).tagName") in ("DIALOG", "BODY")
    whole = page.evaluate(f"{PLOT}.layout.xaxis.range[1]")
    zoomed = page.evaluate_handle(
        f"() => ({{ done: new Promise((so) => {PLOT}.once('plotly_relayout', so)) }})"
    )
    box = page.locator(".sx-figure-plot .nsewdrag").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, y, steps=4)
    page.mouse.up()
    zoomed.evaluate("(it) => it.done")
    assert page.evaluate(f"{PLOT}.layout.xaxis.range[1]") < 0.7 * whole
    page.keyboard.press("Escape")
    expect(page.locator(".sx-dialog")).to_be_hidden()
    expect(page.locator(".sx-course .sx-open")).to_be_focused()
    assert not page.seen["errors"]  # type: ignore[attr-defined]


def test_unit_theme_and_updates_draw_it_anew(visit: Visit, pictures: Path) -> None:
    page = compare(visit())
    race_slowly(page)
    page.wait_for_selector(".sx-lane .sx-tnode, .sx-lane .sx-arm")
    opened(page, "spend")
    most = page.evaluate(f"Math.max(...{PLOT}.data[0].x)")
    page.wait_for_function(f"(most) => Math.max(...{PLOT}.data[0].x) > most", arg=most)
    page.keyboard.press("Escape")
    page.locator("#sx-race-stop").click()
    raced(page)
    opened(page, "spend")
    assert axis(page) == "tokens"
    before = number(page)
    page.locator(".sx-dialog .sx-seg button", has_text="FLOPs").click()
    drawn_after(page, before)
    assert axis(page) == "FLOPs"
    expect(page.locator(".sx-dialog .sx-title")).to_have_text("FLOPs as they were spent")
    before = number(page)
    page.evaluate("document.body.classList.add('dark')")
    drawn_after(page, before)
    assert page.evaluate(f"{PLOT}.layout.paper_bgcolor") == "#171d22"
    page.screenshot(path=pictures / "figure_dark.png")
    assert not page.seen["errors"]  # type: ignore[attr-defined]


def test_a_duel_s_charts_open_and_become_files(
    visit: Visit, browser: Browser, tmp_path: Path, pictures: Path
) -> None:
    page = compare(visit())
    race(page)
    raced(page)
    for chart in ("split", "rounds", "spend"):
        opened(page, chart)
        expect(page.locator(".sx-dialog .sx-seg")).to_be_visible(visible=chart != "rounds")
        if chart != "spend":
            page.get_by_role("button", name="Close").click()
    dialog = page.locator(".sx-dialog")
    expect(dialog.locator(".legendtext")).to_have_count(4)
    kept = {}
    for kind in ("HTML", "PNG", "SVG"):
        with page.expect_download() as waiting:
            dialog.get_by_role("button", name=f"Download as {kind}").click()
        kept[kind] = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(kept[kind])
    assert {path.name for path in kept.values()} == {
        f"scale-spend.{k}" for k in ("html", "png", "svg")
    }
    assert kept["PNG"].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    ElementTree.fromstring(kept["SVG"].read_text(encoding="utf-8"))
    context = browser.new_context(offline=True)
    alone = context.new_page()
    alone.goto(kept["HTML"].as_uri())
    alone.wait_for_selector(".main-svg")
    expect(alone.locator(".legendtext")).to_have_count(4)
    assert alone.title() == "SCALE: Tokens as they were spent"
    context.close()
    assert not page.seen["errors"]  # type: ignore[attr-defined]


def test_an_open_figure_fits_a_phone(visit: Visit, pictures: Path) -> None:
    page = visit(width=390, height=844, theme="dark")
    start(page)
    finished(page)
    opened(page, "nodes")
    box = page.locator(".sx-dialog").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    inside = "(d) => d.scrollWidth <= d.clientWidth"
    assert page.locator(".sx-dialog").evaluate(inside)
    plot = page.locator(".sx-figure-plot .main-svg").first.bounding_box()
    assert plot is not None and plot["width"] <= box["width"]
    page.screenshot(path=pictures / "figure_phone.png")
