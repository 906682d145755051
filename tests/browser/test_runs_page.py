"""The Runs page as a visitor uses it: find, open, name, tag, delete, all by keyboard too."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from conftest import served
from place import PATIENCE
from playwright.sync_api import Locator, Page, expect
from test_axe import faults

from tests.recorded import FOLDER

EASY = "What is 7*8?"
PROBLEM = "What is (94*87 - 68*59) mod 37?"
pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app that keeps what it runs."""
    with served("--data", str(tmp_path_factory.mktemp("data"))) as url:
        yield url


@pytest.fixture
def kept(visit: Visit, keeping: str) -> Callable[..., Page]:
    """Open the page of that app; a new visitor each time."""

    def open_page(**look: object) -> Page:
        return visit(at=keeping, **look)

    return open_page


def turn(page: Page, name: str) -> None:
    page.locator(".sx-nav a", has_text=name).click()


def run(page: Page, problem: str = EASY, answer: str = "56") -> None:
    turn(page, "Explore")
    page.locator("#sx-problem textarea").fill(problem)
    page.get_by_label("Expected answer").fill(answer)
    page.locator("#sx-run").click()
    page.wait_for_selector("#sx-board .sx-node[data-key='answer'][data-state='solved']")
    expect(page.locator("#sx-run")).to_be_enabled()


def duel(page: Page, problem: str = PROBLEM, answer: str = "22") -> None:
    turn(page, "Compare")
    page.locator("#sx-problem textarea").fill(problem)
    page.get_by_label("Expected answer").fill(answer)
    page.locator("#sx-race").click()
    expect(page.locator(".sx-race")).to_have_attribute("data-status", "solved")
    expect(page.locator("#sx-race")).to_be_enabled()


def rows(page: Page) -> Locator:
    return page.locator(".sx-run-row")


def readable(page: Page, where: str) -> None:
    from test_compare import CONTRAST

    assert page.evaluate(CONTRAST.replace("#sx-compare *", f"{where} *")) == []


def test_what_was_run_is_listed_found_opened_and_tagged(
    kept: Callable[..., Page], pictures: Path
) -> None:
    page = kept()
    turn(page, "Runs")
    expect(page.locator(".sx-runs-empty")).to_contain_text("Nothing here yet")
    expect(page.locator("#sx-run")).to_be_hidden()
    expect(page.locator("#sx-problem")).to_be_hidden()
    page.screenshot(path=pictures / "runs_empty_light.png", full_page=True)
    run(page)
    duel(page)
    shown = page.locator(".sx-lane .sx-used").all_inner_texts()
    turn(page, "Runs")
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("Uniform, SCALE, DORA, Bandit · 4/step")
    expect(rows(page).last.locator(".sx-run-end")).to_contain_text("✓ right")

    page.get_by_label("Search runs").fill("mod 37")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    page.locator("#sx-runs").get_by_label("Strategy").select_option("dora")
    expect(rows(page)).to_have_count(1)
    page.locator("#sx-runs").get_by_label("Verdict").select_option("different")
    expect(page.locator(".sx-runs-empty")).to_contain_text("No run fits")
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("sorted by").select_option("tokens")
    page.get_by_role("button", name=re.compile("Largest")).click()
    expect(rows(page).first).to_contain_text(EASY)

    rows(page).first.get_by_role("button", name="Name, tag").click()
    page.get_by_label("Name", exact=True).fill("<img src=x onerror=alert(1)>")
    page.get_by_label("Tags, between commas").fill("Lesson, class 7")
    page.keyboard.press("Enter")
    expect(rows(page).first.locator(".sx-run-title")).to_have_text("<img src=x onerror=alert(1)>")
    expect(rows(page).first.locator(".sx-run-tag")).to_have_text(["class 7", "lesson"])
    page.screenshot(path=pictures / "runs_light.png", full_page=True)
    page.locator(".sx-run-tag", has_text="lesson").click()
    expect(rows(page)).to_have_count(1)
    tag = page.locator("#sx-runs").get_by_role("combobox", name="Tag", exact=True)
    expect(tag).to_have_value("lesson")
    page.get_by_role("button", name="Clear").click()

    page.get_by_role("button", name=f"Open {PROBLEM}").click()
    expect(page.locator(".sx-nav a[aria-current]")).to_have_text("Compare")
    expect(page.locator(".sx-lane .sx-used")).to_have_text(shown)
    page.locator(".sx-lane[data-key='dora'] .sx-tnode[role=button]").first.click()
    expect(page.locator(".sx-why .sx-why-title")).to_contain_text("of DORA get")
    expect(page.locator("#sx-look-back")).to_be_enabled()
    page.go_back()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Open <img").click()
    expect(page.locator(".sx-nav a[aria-current]")).to_have_text("Explore")
    page.locator("#sx-board .sx-node[data-key='plan']").click()
    expect(page.locator("#sx-inspector")).to_contain_text("outline")
    assert not page.seen["errors"] and not page.seen["dialogs"]  # type: ignore[attr-defined]


def test_a_reload_of_another_visit_and_a_stranger(kept: Callable[..., Page]) -> None:
    page = kept()
    run(page)
    turn(page, "Runs")
    expect(rows(page)).to_have_count(1)
    page.reload()
    expect(rows(page)).to_have_count(1)
    stranger = kept()
    turn(stranger, "Runs")
    expect(stranger.locator(".sx-runs-empty")).to_contain_text("Nothing here yet")
    assert page.context.cookies() == []


def test_delete_is_taken_back_and_everything_goes_by_keyboard(kept: Callable[..., Page]) -> None:
    page = kept()
    run(page)
    run(page, "What is 6*9?", "54")
    turn(page, "Runs")
    expect(rows(page)).to_have_count(2)
    page.locator(".sx-run-title").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == EASY
    page.keyboard.press("Delete")
    expect(rows(page)).to_have_count(1)
    expect(page.locator(".sx-runs-told")).to_contain_text("1 run deleted.")
    assert page.evaluate("document.activeElement.textContent") == "What is 6*9?"
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(2)
    page.locator(".sx-run-title").last.focus()
    page.keyboard.press(" ")
    expect(page.locator(".sx-runs-acts")).to_contain_text("1 run chosen")
    page.keyboard.press("Enter")
    expect(page.locator(".sx-nav a[aria-current]")).to_have_text("Explore")
    expect(page.locator("#sx-problem textarea")).to_have_value(EASY)


def looks(page: Page) -> Iterator[tuple[str, int]]:
    """The page in both themes, large and on a phone, without another load: theme and width."""
    for theme, width in product(("light", "dark"), (1280, 390)):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("dark => document.body.classList.toggle('dark', dark)", theme == "dark")
        yield theme, width


def test_it_is_readable_everywhere(kept: Callable[..., Page], pictures: Path) -> None:
    page = kept(reduced_motion="reduce")
    run(page)
    turn(page, "Runs")
    expect(rows(page)).to_have_count(1)
    page.locator(".sx-run-choose").check()
    for theme, width in looks(page):
        page.screenshot(path=pictures / f"runs_{width}_{theme}.png", full_page=True)
        readable(page, "#sx-runs-page")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_app_that_keeps_nothing_says_so(visit: Visit) -> None:
    page = visit()
    turn(page, "Runs")
    expect(page.locator(".sx-runs-empty")).to_contain_text("--data none")


def slider(page: Page) -> Locator:
    return page.locator(".sx-film:not(.is-idle) .sx-film-slider:visible")


def to(page: Page, part: float) -> None:
    """Move the time slider as a visitor's hand does."""
    slider(page).evaluate(
        """(x, part) => { x.value = part * x.max;
        x.dispatchEvent(new Event('input')); x.dispatchEvent(new Event('change')); }""",
        part,
    )


def test_time_goes_back_and_a_run_is_played_again(
    kept: Callable[..., Page], pictures: Path, tmp_path: Path
) -> None:
    page = kept()
    turn(page, "Runs")
    page.wait_for_selector(".sx-runs[data-state='listed']")
    dropped(page, saved("recorded_duel", tmp_path, lanes=("scale", "dora")))
    rows(page).first.locator(".sx-run-title").click()
    expect(page.locator(".sx-race")).to_have_attribute("data-status", "solved")
    ended = page.locator(".sx-used").all_inner_texts()
    to(page, 0.0)
    expect(page.locator(".sx-race")).to_have_attribute("data-status", "running")
    expect(page.locator(".sx-used").first).not_to_have_text(ended[0])
    to(page, 0.5)
    expect(page.locator(".sx-film:not(.is-idle):visible .sx-film-said")).not_to_have_text(
        "the start"
    )
    page.screenshot(path=pictures / "compare_film_light.png", full_page=True)
    to(page, 0.0)
    page.get_by_role("button", name="Play this run again").locator("visible=true").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause").locator("visible=true")).to_be_visible()
    expect(page.locator(".sx-race")).to_have_attribute("data-status", "solved")
    expect(page.locator(".sx-used")).to_have_text(ended)
    expect(page.locator("#sx-race")).to_be_enabled()
    slider(page).focus()
    page.keyboard.press("Home")
    expect(page.locator(".sx-race")).to_have_attribute("data-status", "running")
    page.keyboard.press("End")
    expect(page.locator(".sx-race")).to_have_attribute("data-status", "solved")
    assert not page.seen["errors"]  # type: ignore[attr-defined]


def test_a_run_is_played_again_on_a_phone(kept: Callable[..., Page], pictures: Path) -> None:
    page = kept(theme="dark", width=390, height=844)
    run(page, "What is (37*48 + 125*16) mod 13?", "6")
    nodes = page.locator("#sx-board .sx-node").count()
    to(page, 0.0)
    expect(page.locator("#sx-board .sx-node")).not_to_have_count(nodes)
    to(page, 0.7)
    page.screenshot(path=pictures / "explore_film_phone_dark.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    to(page, 1.0)
    expect(page.locator("#sx-board .sx-node")).to_have_count(nodes)


# ---- two runs, and files ---------------------------------------------------------------------


def dropped(page: Page, *files: Path) -> None:
    page.locator("#sx-runs-drop input[type=file]").set_input_files([str(file) for file in files])


def saved(name: str, folder: Path, cut: int | None = None, lanes: tuple[str, ...] = ()) -> Path:
    """A recorded run as a file to drop; of a duel only these lanes, where some are named: a page
    with ten is slow to look through."""
    lines = gzip.decompress((FOLDER / f"{name}.jsonl.gz").read_bytes()).splitlines()
    events = [json.loads(line) for line in lines][:cut]
    if lanes:
        events[0]["lanes"] = [lane for lane in events[0]["lanes"] if lane["name"] in lanes]
        events = [event for event in events if event.get("lane", lanes[0]) in lanes]
    path = folder / f"{name}{cut or ''}.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return path


def test_files_are_dropped_opened_and_compared(
    kept: Callable[..., Page], pictures: Path, tmp_path: Path
) -> None:
    page = kept()
    turn(page, "Runs")
    expect(page.locator("#sx-runs-drop")).to_contain_text("drop")
    hostile = tmp_path / "hostile.jsonl"
    hostile.write_text('{"kind": "run_started", "problem": "<img src=x onerror=alert(1)>"}')
    bomb = tmp_path / "bomb.jsonl.gz"
    bomb.write_bytes(gzip.compress(b"\n" * (65 * 2**20), compresslevel=9))
    half = saved("recorded_duel", tmp_path, 150)
    dropped(page, saved("recorded_duel", tmp_path), FOLDER / "recorded_run.jsonl.gz", half,
            hostile, bomb)  # fmt: skip
    expect(rows(page)).to_have_count(3)
    told = page.locator(".sx-runs-told")
    expect(told).to_contain_text("3 runs imported.")
    expect(told).to_contain_text("hostile.jsonl was not imported: line 1")
    expect(told).to_contain_text("bomb.jsonl.gz was not imported: it is larger than 64 MiB.")
    expect(rows(page).first).to_contain_text("stopped")

    page.locator(".sx-run-choose").nth(0).check()
    page.locator(".sx-run-choose").nth(2).check()
    page.get_by_role("button", name="Compare node by node").click()
    found = page.locator(".sx-differences")
    expect(found).to_be_visible()
    expect(found.locator(".sx-diff-lane").first).to_contain_text("differ")
    expect(found.locator(".sx-diff-table .sx-diff-sign").first).to_be_visible()
    before = found.locator(".sx-diff-table tbody tr:visible").count()
    page.screenshot(path=pictures / "runs_compared_light.png", full_page=True)
    page.get_by_role("button", name="Only what differs").click()
    assert found.locator(".sx-diff-table tbody tr:visible").count() <= before
    page.keyboard.press("Escape")
    expect(found).to_be_hidden()

    rows(page).nth(1).locator(".sx-run-title").click()
    expect(page.locator(".sx-nav a[aria-current]")).to_have_text("Explore")
    expect(page.locator("#sx-answer-card")).to_contain_text("Solved")
    assert not page.seen["errors"] and not page.seen["dialogs"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_no_fault(
    kept: Callable[..., Page], pictures: Path, tmp_path: Path, theme: str, width: int
) -> None:
    page = kept(theme=theme, width=width, reduced_motion="reduce")
    turn(page, "Runs")
    expect(page.locator(".sx-runs-empty")).to_contain_text("Nothing here yet")
    two = ("scale", "dora")
    dropped(page, saved("recorded_duel", tmp_path, lanes=two),
            saved("recorded_duel", tmp_path, 250, lanes=two))  # fmt: skip
    expect(rows(page)).to_have_count(2)
    rows(page).first.get_by_role("button", name="Name, tag").click()
    for box in page.locator(".sx-run-choose").all():
        box.check()
    page.get_by_role("button", name="Compare node by node").click()
    expect(page.locator(".sx-differences")).to_be_visible()
    page.screenshot(path=pictures / f"runs_compared_{width}_{theme}.png", full_page=True)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    rows(page).last.locator(".sx-run-title").click()
    expect(slider(page)).to_be_visible()
    to(page, 0.5)
    expect(page.locator(".sx-race")).to_have_attribute("data-status", "running")
    assert faults(page) == []
