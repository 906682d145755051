"""The gallery on a first visit: one click opens a recording, and it plays to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from place import PATIENCE
from playwright.sync_api import Page, expect
from test_axe import faults

from scale_core.gallery import exhibits

expect.set_options(timeout=PATIENCE)
PLAYED = 20  # seconds in which a duel has been played


def cards(page: Page) -> dict[str, str]:
    found = page.locator(".sx-gal-card")
    expect(found).to_have_count(len(exhibits()))
    return dict(enumerate(found.all_inner_texts()))  # type: ignore[arg-type]


def test_every_recording_stands_there_with_a_picture(
    visit: Callable[..., Page], pictures: Path
) -> None:
    page = visit(reduced_motion="reduce")
    for text, exhibit in zip(cards(page).values(), exhibits(), strict=True):
        assert exhibit.title in text and exhibit.look in text and exhibit.problem in text
    assert page.locator(".sx-gal-picture rect").count() > 20
    for theme in ("light", "dark"):
        page.evaluate("dark => document.body.classList.toggle('dark', dark)", theme == "dark")
        page.locator("#sx-gallery").screenshot(path=pictures / f"gallery_{theme}.png")
        assert faults(page) == []
    page.locator(".sx-nav a", has_text="Compare").click()
    expect(page.locator(".sx-gal-card").first).to_be_hidden()
    page.locator(".sx-nav a", has_text="Runs").click()
    expect(page.locator(".sx-gal-card").first).to_be_visible()


def test_one_click_plays_a_duel_and_the_lab_decides_it_again(visit: Callable[..., Page]) -> None:
    page = visit()
    exhibit = next(item for item in exhibits() if item.kind == "duel")
    began = time.monotonic()
    page.locator(".sx-gal-card", has_text=exhibit.title).click()
    expect(page.locator(".sx-lane")).to_have_count(len(exhibit.lanes))
    play = page.locator("#sx-film-compare .sx-film-play")
    expect(play).to_have_attribute("aria-label", "Pause")
    expect(play).to_have_attribute("aria-label", "Play this run again")
    assert time.monotonic() - began < PLAYED * PATIENCE / 60_000
    assert page.evaluate("[location.hash, window.scrollY]") == ["#compare", 0]
    expect(page.locator("#sx-problem textarea")).to_have_value(exhibit.problem)
    expect(page.locator(".sx-race")).to_have_attribute("data-status", "solved")
    page.get_by_role("button", name="Replay lab").click()
    budget = page.get_by_label("number input for Budget ·")
    budget.fill("2")
    budget.press("Enter")
    expect(page.locator("#sx-lab-status .sx-badge")).to_be_visible()
    expect(page.locator("#sx-lab-status tbody tr")).to_have_count(len(exhibit.lanes))
    assert page.seen["errors"] == [] and page.seen["dialogs"] == []  # type: ignore[attr-defined]


def test_a_run_opens_on_explore_by_keyboard(visit: Callable[..., Page]) -> None:
    page = visit(width=390)
    exhibit = next(item for item in exhibits() if item.name == "escalated")
    page.locator(".sx-gal-card", has_text=exhibit.title).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#sx-board .sx-node.is-escalated")
    expect(page.locator("#sx-film-explore .sx-film-play")).to_be_enabled()
    assert page.evaluate("location.hash") == "#explore"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
