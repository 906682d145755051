"""Looking back on a duel as a visitor does it, on the embedded model: frontier, regrets, sweep."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from place import PATIENCE
from playwright.sync_api import Locator, Page, expect

PROBLEM = "What is (23*7 - 68) mod 9?"
PLANLESS = ("Chain of thought",)
pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


def run(page: Page, *lanes: str, problem: str = PROBLEM) -> Page:
    """A duel of these lanes (labels), to its end."""
    page.locator(".sx-nav a", has_text="Compare").click()
    expect(page.locator("#sx-race")).to_be_visible()
    for label in page.locator("#sx-lane-names label").all():
        if label.locator("input").is_checked() != (label.inner_text().strip() in lanes):
            label.click()
    page.locator("#sx-problem textarea").fill(problem)
    page.locator("#sx-race").click()
    expect(page.locator(".sx-race")).to_have_attribute(
        "data-status", re.compile("solved|unsolved|stopped")
    )
    return page


def back(page: Page) -> Locator:
    return page.locator("#sx-look-back")


def line(page: Page) -> Locator:
    return page.locator(".sx-look-line")


def test_frontier_regrets_best_plan_and_sweep_of_one_duel(visit: Visit, pictures: Path) -> None:
    page = run(visit(), "Uniform", "SCALE", "Bandit", *PLANLESS)
    expect(back(page)).to_be_enabled()
    expect(page.locator(".sx-frontier")).to_be_hidden()
    back(page).click()
    expect(page.locator(".sx-f-dots circle")).to_have_count(4)
    check_frontier_and_regrets(page)
    page.locator("#sx-look").screenshot(path=pictures / "look_light.png")
    check_best_plan(page)
    page.evaluate("document.body.classList.add('dark')")
    page.locator("#sx-look-sweep").click()
    check_sweep(page)
    page.locator("#sx-look").screenshot(path=pictures / "sweep_dark.png")
    assert not page.seen["errors"]  # type: ignore[attr-defined]


def check_frontier_and_regrets(page: Page) -> None:
    expect(line(page)).to_contain_text("Looked back: 40 draws")
    curve = page.locator(".sx-f-curve").get_attribute("d") or ""
    assert len(re.findall("V", curve)) >= 3, "the frontier has steps"
    assert page.locator(".sx-f-names text").count() == 4
    rows = page.locator(".sx-regret-table tbody tr")
    expect(rows).to_have_count(4)
    for row in rows.all():
        name, right, tokens, *_ = row.locator("th, td").all_inner_texts()
        words = row.locator(".sx-words").inner_text().removeprefix("▲ ").removeprefix("✓ ")
        assert words.startswith(name.strip())
        assert re.match(r"[<>]?\d+%", right) and re.match(r"\d", tokens)
    scale = page.locator(".sx-regret-table tr[data-key='scale']")
    assert re.match(r"\+\d+|–|0|−\d+", scale.locator("td").nth(2).inner_text())


def check_best_plan(page: Page) -> None:
    """It follows lane and slider."""
    card = page.locator(".sx-optimum")
    expect(card).to_contain_text("Optimal (hindsight)")
    steps = card.locator(".sx-optimum-step")
    expect(steps).to_have_count(3)
    for step in steps.all():
        expect(step.locator(".sx-optimum-policy")).to_contain_text("System")
        assert len(step.locator(".sx-optimum-rate").all()) == 2
    expect(card.locator(".sx-seg button[aria-pressed=true]")).to_have_text("SCALE")
    expect(page.locator(".sx-f-regret path").first).to_be_attached()
    slider = card.locator("input[type=range]")
    slider.focus()
    page.keyboard.press("Home")
    expect(card.locator(".sx-optimum-policy").first).to_have_text("1 × System 1")
    cheapest = card.locator(".sx-optimum-big").inner_text()
    expect(card.locator(".sx-seg button[aria-pressed=true]")).to_have_count(0)
    page.keyboard.press("End")
    expect(card.locator(".sx-optimum-big")).not_to_have_text(cheapest)
    card.locator(".sx-seg button", has_text="Uniform").click()
    expect(card.locator(".sx-seg button[aria-pressed=true]")).to_have_text("Uniform")


def check_sweep(page: Page) -> None:
    """It is drawn with the threshold in force."""
    dots = page.locator(".sx-w-dots > g")
    expect(dots.first).to_be_attached()
    count = dots.count()
    assert 2 <= count <= 4, "at most one more than there are steps"
    expect(page.locator(".sx-w-dots .is-now")).to_have_count(1)
    expect(page.locator(".sx-sweep-table tbody tr")).to_have_count(count)
    texts = page.locator(".sx-sweep-table tbody td:nth-child(2)").all_inner_texts()
    assert (texts[0], texts[-1]) == ("all in System 2", "all in System 1")
    expect(page.locator(".sx-sweep-said")).to_contain_text("The threshold in force")
    expect(page.locator(".sx-tau-pin")).to_have_count(3)
    rated = page.locator(".sx-w-rated path[d]").count()
    assert rated == count - 2, "the ends need no ratings"


def test_stop_ends_it_it_can_begin_again_and_a_new_duel_clears_it(visit: Visit) -> None:
    page = run(visit(), "Uniform", "SCALE", "DORA", "Bandit")
    back(page).click()
    expect(page.locator("#sx-look-stop")).to_be_enabled()
    expect(back(page)).to_be_disabled()
    expect(page.locator("#sx-look-sweep")).to_be_disabled()
    expect(page.locator(".sx-looking .sx-bar")).to_be_visible()
    page.locator("#sx-look-stop").click()
    expect(line(page)).to_contain_text("Stopped")
    expect(back(page)).to_be_enabled()
    expect(page.locator(".sx-frontier")).to_be_hidden()
    back(page).click()
    expect(page.locator(".sx-f-dots circle")).to_have_count(4)
    page.locator("#sx-race").click()
    expect(page.locator(".sx-frontier")).to_be_hidden()
    expect(back(page)).to_be_enabled()
    expect(line(page)).to_contain_text("Ready to look back")


def test_where_there_is_no_hindsight_it_is_said(visit: Visit) -> None:
    page = visit()
    page.locator(".sx-nav a", has_text="Compare").click()
    expect(page.locator("#sx-race")).to_be_visible()
    expect(page.locator("#sx-look")).to_be_hidden()
    expect(back(page)).to_be_disabled()
    run(page, *PLANLESS)
    back(page).click()
    expect(line(page)).to_contain_text("Unavailable: no lane has a plan")
    expect(page.locator(".sx-frontier")).to_be_hidden()


def test_two_visitors_look_back_on_their_own_duels_at_once(visit: Visit) -> None:
    one, two = run(visit(), "Uniform", "SCALE"), visit()
    back(one).click()
    expect(one.locator("#sx-look-stop")).to_be_enabled()
    run(two, "Uniform", problem="What is 12*7 + 15?")
    back(two).click()
    expect(one.locator(".sx-optimum-step")).to_have_count(3)
    expect(two.locator(".sx-optimum-step")).to_have_count(2)
    expect(one.locator(".sx-regret-table tbody th")).to_have_text(["Uniform", "SCALE"])
    expect(two.locator(".sx-regret-table tbody th")).to_have_text(["Uniform"])


def test_on_a_phone_nothing_is_cut_off(visit: Visit, pictures: Path) -> None:
    page = run(visit(width=390), "Uniform", "SCALE")
    back(page).click()
    expect(page.locator(".sx-f-dots circle")).to_have_count(2)
    page.locator("#sx-look-sweep").click()
    expect(page.locator(".sx-w-dots > g").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in (".sx-frontier", ".sx-optimum", ".sx-regrets", ".sx-sweep"):
        box = page.locator(part).bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    expect(page.locator(".sx-look-key")).to_contain_text("UnUniform")
    page.locator("#sx-look").screenshot(path=pictures / "look_phone.png")
