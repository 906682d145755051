"""axe on both pages, light and dark: no fault by WCAG 2.1, level A or AA.

Without motion, so that no colour is looked at on its way to another.
"""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from test_compare import compare, lane
from test_compare import finished as raced
from test_compare import start as race
from test_explore import Visit, finished, start

pytestmark = pytest.mark.browser
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])


def faults(page: Page, within: str | None = None) -> list[tuple[str, str, str]]:
    """What axe finds: rule, place, reason. within: a part of the page, where the rest has been
    looked at elsewhere; it takes seconds for a whole page."""
    options = {"runOnly": {"type": "tag", "values": LEVELS}}
    found: dict[str, Any] = Axe().run(page, context=within, options=options).response
    assert len(found["passes"]) > (2 if within else 10)  # it looked
    return [
        (rule["id"], str(node["target"]), node["failureSummary"])
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def unfold(page: Page, *titles: str) -> None:
    for title in titles:
        page.get_by_role("button", name=title).click()
    page.wait_for_timeout(300)


@THEMES
def test_explore_before_and_after_a_run(visit: Visit, theme: str) -> None:
    page = visit(theme=theme, reduced_motion="reduce")
    assert faults(page) == []
    start(page, answer="6")
    finished(page)
    page.locator("#sx-board .sx-node.is-step").first.click()
    expect(page.locator("#sx-inspector .sx-call").first).to_be_visible()
    unfold(page, "All options", "Every token in a table", "What do these words mean?")
    page.locator("#sx-run").hover()
    assert faults(page) == []


@THEMES
def test_compare_before_and_after_a_duel(visit: Visit, theme: str) -> None:
    page = compare(visit(theme=theme, reduced_motion="reduce"))
    assert faults(page) == []
    race(page)
    raced(page)
    lane(page, "dora").locator(".sx-tnode[role=button]").first.click()
    page.locator("#sx-look-back").click()
    expect(page.locator(".sx-frontier")).to_be_visible()
    unfold(page, "Rules of the lanes", "Replay lab", "Every token of every lane in a table")
    lane(page, "dora").hover()  # the other lanes are dimmed in the charts
    assert faults(page) == []


@THEMES
def test_an_open_figure(visit: Visit, theme: str) -> None:
    page = visit(theme=theme, reduced_motion="reduce")
    start(page)
    finished(page)
    page.locator(".sx-course .sx-open").click()
    page.wait_for_selector(".sx-dialog[data-shown]")
    assert faults(page) == []


@THEMES
def test_a_phone(visit: Visit, theme: str) -> None:
    page = visit(theme=theme, width=390, height=844, reduced_motion="reduce")
    start(page, answer="6")
    finished(page)
    assert faults(page) == []
    assert faults(compare(page)) == []
