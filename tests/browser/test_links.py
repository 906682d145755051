"""Links: a run that was shared is looked at elsewhere; settings come back; files are had."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from conftest import ROOT, served, watch
from place import PATIENCE
from playwright.sync_api import Browser, Locator, Page, expect
from test_axe import faults
from test_runs_page import dropped, readable, rows, run, saved, slider, to, turn

from scale_core.ui.pages import NOT_SHARED

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
expect.set_options(timeout=PATIENCE)
HOSTILE = "<img src=x onerror=alert(1)>"
BAR = ".sx-record:visible"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app that keeps what it runs, on a Space as far as it knows: its links are the Space's, and
    beside each stands the plain one, which leads here."""
    with served("--data", str(tmp_path_factory.mktemp("data")), SPACE_ID="someone/scale") as url:
        yield url


@pytest.fixture
def kept(visit: Visit, keeping: str) -> Visit:
    return lambda **look: visit(at=keeping, **look)


def plain(place: Locator) -> str:
    """The link there that leads to the app itself, and not to the Space that holds it."""
    ours = place.locator(".sx-link-field").nth(1)
    expect(ours).to_be_visible()
    link, on_space = ours.input_value(), place.locator(".sx-link-field").first.input_value()
    assert on_space == "https://huggingface.co/spaces/someone/scale?" + urlsplit(link).query
    return link


def share(page: Page) -> str:
    """Share what is shown; the link."""
    page.locator(f"{BAR} .sx-share").click()
    return plain(page.locator(BAR))


def follow(page: Page, link: str) -> Page:
    page.goto(link)
    page.wait_for_selector("#sx-chips .sx-chip")
    return page


@pytest.fixture
def arrive(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`arrive(link)`: somebody else follows it, who was nowhere before."""
    with contextlib.ExitStack() as stack:

        def follows(link: str, width: int = 1280, **look: Any) -> Page:
            context = browser.new_context(viewport={"width": width, "height": 900}, **look)
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.seen = {"hosts": set(), "dialogs": [], "errors": []}  # type: ignore[attr-defined]
            watch(page)
            return follow(page, link)

        yield follows


def opened_duel(page: Page, folder: Path) -> None:
    """A recorded duel, imported and opened as one's own."""
    turn(page, "Runs")
    page.wait_for_selector(".sx-runs[data-state='listed']")
    dropped(page, saved("recorded_duel", folder, lanes=("scale", "dora")))
    rows(page).first.locator(".sx-run-title").click()
    expect(slider(page)).to_be_visible()


def unharmed(page: Page) -> None:
    seen = page.seen  # type: ignore[attr-defined]
    assert not seen["errors"] and not seen["dialogs"]


def test_a_shared_duel_is_looked_at_in_another_browser(
    kept: Visit, arrive: Visit, keeping: str, tmp_path: Path, pictures: Path
) -> None:
    """After a restart, too: tests/ui/test_record.py."""
    page = kept()
    opened_duel(page, tmp_path)
    lanes = page.locator(".sx-lane .sx-used").all_inner_texts()
    link = share(page)
    assert link.startswith(f"{keeping}?run=")
    page.screenshot(path=pictures / "shared_own_light.png")
    unharmed(page)
    guest = arrive(link)
    expect(guest.locator(".sx-nav a[aria-current]")).to_have_text("Compare")
    expect(guest.locator(f"{BAR} .sx-record-guest")).to_contain_text("Read only")
    expect(guest.locator(".sx-lane .sx-used")).to_have_text(lanes)
    expect(guest.locator(f"{BAR} .sx-share")).to_be_hidden()
    expect(guest.locator("#sx-look-back")).to_be_disabled()
    guest.locator(".sx-lane[data-key='dora'] .sx-tnode[role=button]").first.click()
    expect(guest.locator(".sx-why .sx-why-title")).to_contain_text("of DORA get")
    to(guest, 0.3)
    expect(guest.locator(".sx-race")).to_have_attribute("data-status", "running")
    to(guest, 1.0)
    guest.get_by_role("button", name="Replay lab").click()
    budget = guest.get_by_label("number input for Budget ·")
    budget.fill("8")
    budget.press("Enter")
    expect(guest.locator("#sx-lab-status .sx-badge")).to_be_visible()
    expect(guest.locator("#sx-lab-fill")).to_be_hidden()
    turn(guest, "Runs")
    expect(guest.locator(".sx-runs-empty")).to_contain_text("Nothing here yet")
    guest.reload()
    expect(guest.locator(f"{BAR} .sx-record-guest")).to_be_visible()
    unharmed(guest)


def test_what_is_run_afterwards_is_ones_own(kept: Visit, arrive: Visit) -> None:
    page = kept()
    run(page)
    guest = arrive(share(page))
    expect(guest.locator(f"{BAR} .sx-record-guest")).to_be_visible()
    expect(guest.locator("#sx-problem textarea")).to_have_value("What is 7*8?")
    run(guest, "What is 6*9?", "54")
    expect(guest.locator(f"{BAR} .sx-share")).to_be_enabled()
    assert "run=" not in guest.evaluate("location.href"), "a reload must not bring it back"
    guest.reload()
    expect(guest.locator("#sx-problem textarea")).to_have_value("What is 6*9?")


def test_a_row_is_shared_by_keyboard_and_withdrawn(
    kept: Visit, arrive: Visit, tmp_path: Path
) -> None:
    page = kept()
    turn(page, "Runs")
    page.wait_for_selector(".sx-runs[data-state='listed']")
    dropped(page, saved("recorded_run", tmp_path))
    button = rows(page).first.locator(".sx-share")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_text("Shared")
    link = plain(rows(page).first)
    guest = arrive(link)
    expect(guest.locator(f"{BAR} .sx-record-guest")).to_be_visible()
    rows(page).first.get_by_role("button", name="Unshare").focus()
    page.keyboard.press("Enter")
    expect(button).to_have_text("Share")
    guest.reload()
    expect(guest.locator("#sx-told")).to_contain_text(NOT_SHARED)
    expect(guest.locator("#sx-board .sx-empty")).to_be_visible()
    unharmed(page)


def test_an_unknown_link_gives_a_calm_message(arrive: Visit, keeping: str) -> None:
    """Others that lead nowhere: tests/ui/test_links.py and test_record.py."""
    page = arrive(f"{keeping}?run={HOSTILE}")
    expect(page.locator("#sx-told")).to_contain_text(NOT_SHARED)
    expect(page.locator("#sx-board .sx-empty")).to_be_visible()
    page.get_by_role("button", name="Close this note").click()
    expect(page.locator("#sx-told")).to_be_hidden()
    unharmed(page)


# ---- settings --------------------------------------------------------------------------------


def settings_link(page: Page) -> str:
    page.keyboard.press("Tab")
    page.wait_for_timeout(500)  # a text is told to the app a moment later
    place = page.locator(".sx-address:visible")
    place.locator(".sx-quiet").click()
    field = place.locator(".sx-link-field").first
    expect(field).not_to_have_value("")
    return field.input_value()


def test_settings_of_explore_are_a_link_and_nothing_runs(visit: Visit, arrive: Visit) -> None:
    page = visit()
    page.locator("#sx-problem textarea").fill("gcd(84, 126)")
    page.get_by_label("Expected answer").fill("42")
    page.locator("#sx-tau").get_by_label("number input").fill("0.35")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="All options").click()
    page.get_by_label("outlines How many").fill("7")
    link = settings_link(page)
    assert "outlines=7" in link and "tau=0.35" in link
    other = arrive(link)
    expect(other.locator("#sx-problem textarea")).to_have_value("gcd(84, 126)")
    expect(other.get_by_label("Expected answer")).to_have_value("42")
    expect(other.locator("#sx-tau").get_by_label("number input")).to_have_value("0.35")
    expect(other.locator("#sx-fitted input")).not_to_be_checked()
    other.get_by_role("button", name="All options").click()
    expect(other.get_by_label("outlines How many")).to_have_value("7")
    expect(other.locator("#sx-board .sx-empty")).to_be_visible()
    for note in ("#sx-told", "#sx-left-out"):
        expect(other.locator(note)).to_be_hidden()
    assert settings_link(other) == link
    unharmed(other)


def test_settings_of_compare_are_a_link(visit: Visit, arrive: Visit) -> None:
    page = visit()
    turn(page, "Compare")
    page.locator("#sx-problem textarea").fill("7 * 8")
    page.locator("#sx-lane-names").get_by_label("REBASE").check()
    page.locator("#sx-lane-names").get_by_label("Uniform").uncheck()
    page.locator("#sx-budget input").fill("12")
    link = settings_link(page)
    other = arrive(link)
    expect(other.locator(".sx-nav a[aria-current]")).to_have_text("Compare")
    expect(other.locator("#sx-lane-names").get_by_label("REBASE")).to_be_checked()
    expect(other.locator("#sx-lane-names").get_by_label("Uniform")).not_to_be_checked()
    expect(other.locator("#sx-budget input")).to_have_value("12")
    assert settings_link(other) == link
    expect(other.locator(".sx-race")).to_have_attribute("data-status", "empty")


def test_a_hostile_link_sets_what_fits_and_says_the_rest_once(
    arrive: Visit, address: str, pictures: Path
) -> None:
    words = f"problem={HOSTILE}&beam=99999&{HOSTILE}=1&lanes=dora&budget=1e99&kappa=2&seed=x"
    page = arrive(f"{address}?{words}")
    expect(page.locator("#sx-left-out")).to_contain_text("Left out of this link")
    expect(page.locator("#sx-problem textarea")).to_have_value(HOSTILE)
    expect(page.locator("#sx-budget input")).to_have_value("4")
    page.screenshot(path=pictures / "link_hostile_light.png")
    unharmed(page)


# ---- files -----------------------------------------------------------------------------------


def download(page: Page, name: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.locator(BAR).get_by_role("button", name=f"Download as {name}:").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_a_duel_is_taken_away_in_every_form(
    kept: Visit, browser: Browser, tmp_path: Path, pictures: Path
) -> None:
    page = kept()
    opened_duel(page, tmp_path)
    sheet = download(page, "HTML", tmp_path)
    table = download(page, "CSV", tmp_path)
    program = download(page, "Python", tmp_path)
    events = download(page, "JSON lines", tmp_path)
    assert "lane" in table.read_text().splitlines()[0]
    compile(program.read_text(), "program", "exec")
    offline = browser.new_context(offline=True)
    alone, errors = offline.new_page(), []
    alone.on("pageerror", lambda error: errors.append(str(error)))
    alone.goto(sheet.as_uri())
    expect(alone.locator(".sx-lane")).to_have_count(page.locator(".sx-lane").count())
    expect(alone.locator(".sx-heat")).to_be_visible()
    alone.screenshot(path=pictures / "saved_sheet.png")
    assert errors == []
    offline.close()
    turn(page, "Runs")
    dropped(page, events)
    expect(rows(page)).to_have_count(2)
    texts = [row.locator(".sx-run-end").inner_text() for row in rows(page).all()]
    assert texts[0] == texts[1]
    unharmed(page)


def test_drawings_are_saved_as_they_are_drawn(
    visit: Visit, browser: Browser, tmp_path: Path, pictures: Path
) -> None:
    page = visit()
    page.locator(".sx-gal-card", has_text="An easy step that was not").click()
    slider(page).press("End")
    page.wait_for_selector("#sx-board .sx-node[data-key='answer'][data-state='solved']")
    alone = browser.new_context(offline=True).new_page()
    for name, text in (("Decomposition", "escalated"), ("Where they went", "completion")):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Save as SVG, as it is drawn: {name}").click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        root = ElementTree.parse(path).getroot()
        texts = [node.text for node in root.iter(f"{SVG}text")]
        assert text in " ".join(filter(None, texts)), "what is read there stands in it"
        assert len(list(root.iter(f"{SVG}rect"))) > 3 and root.find(f"{SVG}title") is not None
        assert "var(" not in path.read_text() and "class=" not in path.read_text()
        alone.goto(path.as_uri())
        alone.screenshot(path=pictures / path.with_suffix(".png").name)
    alone.context.close()
    unharmed(page)


# ---- whose runs ------------------------------------------------------------------------------


def test_on_ones_own_machine_the_command_lines_runs_are_listed(
    visit: Visit, tmp_path: Path
) -> None:
    data = str(tmp_path / "data")
    command = [sys.executable, "-m", "scale_core", "runs", "import", "--data", data]
    subprocess.run([*command, str(saved("recorded_run", tmp_path))], cwd=ROOT, check=True)
    with served("--data", data, "--visitors", "auto") as url:
        page = visit(at=url)
        turn(page, "Runs")
        expect(rows(page)).to_have_count(1)
        rows(page).first.locator(".sx-run-title").click()
        expect(slider(page)).to_be_visible()
        run(page)
        other = visit(at=url)
        turn(other, "Runs")
        expect(rows(other)).to_have_count(2)


# ---- looks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1280, "dark")])
def test_links_are_readable_and_without_fault(
    kept: Visit, arrive: Visit, tmp_path: Path, pictures: Path, theme: str, width: int
) -> None:
    page = kept(theme=theme, width=width, reduced_motion="reduce")
    opened_duel(page, tmp_path)
    link = share(page)
    settings_link(page)
    page.screenshot(path=pictures / f"shared_{width}_{theme}.png", full_page=True)
    readable(page, "#sx-record-compare")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults(page, "#sx-record-compare") == faults(page, "#sx-address-compare") == []
    turn(page, "Runs")
    rows(page).first.locator(".sx-share").click()
    expect(rows(page).first.locator(".sx-link-field").first).to_be_visible()
    page.screenshot(path=pictures / f"shared_row_{width}_{theme}.png")
    assert faults(page, "#sx-runs") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    guest = arrive(f"{link}&__theme={theme}", width=width, reduced_motion="reduce")
    expect(guest.locator(f"{BAR} .sx-record-guest")).to_be_visible()
    guest.screenshot(path=pictures / f"guest_{width}_{theme}.png", full_page=True)
    assert faults(guest, "#sx-record-compare") == []
    page.locator(".sx-run-row .sx-share-panel button", has_text="Unshare").click()
    guest.reload()
    expect(guest.locator("#sx-told")).to_contain_text(NOT_SHARED)
    assert faults(guest, "#sx-told") == []
