"""The Explore page as a visitor uses it: type, watch, open, drag, stop."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pytest
from place import PATIENCE
from playwright.sync_api import Page, expect

PROBLEM = "What is (37*48 + 125*16) mod 13?"
pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


def start(page: Page, problem: str = PROBLEM, answer: str = "") -> None:
    """Type a problem and run it, the doubtful ones too."""
    page.locator("#sx-problem textarea").fill(problem)  # at once, as it is pasted
    if answer:
        page.get_by_label("Expected answer").fill(answer)
    page.locator("#sx-run").click()


def start_slow(page: Page) -> None:
    """A run that goes on for long enough to be stopped by hand."""
    page.get_by_role("button", name="All options").click()
    for name, value in (
        ("outlines How", "32"),
        ("system1 samples", "64"),
        ("system2 samples", "64"),
    ):
        page.locator("#sx-options").get_by_label(name).first.fill(value)
        page.keyboard.press("Tab")
    page.wait_for_timeout(500)  # a text is told to the app a moment later
    return start(page)


def finished(page: Page) -> None:
    expect(page.locator("#sx-answer-card .sx-facts")).to_contain_text(
        re.compile("Solved|No answer|Stopped|Failed|Not run")
    )
    expect(page.locator("#sx-run")).to_be_enabled()


def nodes(page: Page) -> int:
    return page.locator("#sx-board .sx-node").count()


def growth(page: Page) -> list[int]:
    """Numbers of nodes as a script in the page saw them change, while the run went on."""
    found = page.evaluate("window.grown")
    assert isinstance(found, list)
    return found


WATCH = """() => { window.grown = [];
  new MutationObserver(() => {
    const n = document.querySelectorAll('#sx-board .sx-node').length;
    const busy = document.querySelector('#sx-run').disabled;
    if (n !== window.grown.at(-1) && (busy || n)) window.grown.push(n);
  }).observe(document.querySelector('#sx-board'), {subtree: true, childList: true}); }"""


BARS = {"money": r"^EUR\s0\.\d+$", "FLOPs": r"^[\d.]+ [MG]$", "time": r"^[\d.]+ s$",
        "tokens": r"^\d+$"}  # fmt: skip


def test_everything_follows_the_switch(
    visit: Visit, priced: Callable[[str], str], pictures: Path
) -> None:
    page = visit(at=priced("abacus,2,1,8,EUR"))
    start(page)
    finished(page)
    page.wait_for_selector("#sx-board .sx-node[data-key='answer'][data-state='solved']")
    seen = {"money": "EUR", "FLOPs": "FLOPs", "time": "seconds of requests", "tokens": "tokens"}
    for unit, axis in seen.items():
        page.locator(".sx-course .sx-seg button", has_text=unit).click()
        expect(page.locator("#sx-course").get_by_text(axis, exact=True).last).to_be_visible()
        total = page.locator(".sx-nodes .sx-num").first
        expect(total).to_have_text(re.compile(BARS[unit]))
        expect(page.locator(".sx-nodes .sx-k-stage").first).to_be_visible()
        step = page.locator("#sx-board .sx-node.is-step").first
        strip = page.locator(".sx-stage-head .sx-num").first
        written = {"money": r"EUR\s0\.\d+", "FLOPs": r"\d GFLOPs", "time": r"\d s$",
                   "tokens": r"\d tokens"}[unit]  # fmt: skip
        expect(strip).to_have_text(re.compile(written))
        expect(step.locator(".sx-tok")).to_have_text(
            re.compile({"money": r"0\.\d+$", "FLOPs": r"\d [MG]$", "time": r"\d s$",
                        "tokens": r"\d tok$"}[unit])
        )  # fmt: skip
        expect(page.locator("#sx-answer-card .sx-facts > div")).to_have_count(
            4 if unit == "tokens" else 5
        )
        page.screenshot(path=pictures / f"explore_{unit}_light.png", full_page=True)
    assert not page.seen["errors"]  # type: ignore[attr-defined]


def test_an_examples_answer_goes_with_the_example(visit: Visit) -> None:
    page = visit()
    page.locator(".sx-chip", has_text="let-chains").click()
    page.locator(".sx-menu button").first.click()
    box, expected = page.locator("#sx-problem textarea"), page.get_by_label("Expected answer")
    expect(expected).to_have_value(re.compile(r"\d+"))
    box.press_sequentially(" Then add 1.", delay=2)
    expect(expected).to_have_value("")
    expected.fill("7")
    box.press_sequentially(" Then add 2.", delay=2)
    page.wait_for_timeout(500)
    expect(expected).to_have_value("7")


def test_the_graph_grows_and_the_answer_is_judged(visit: Visit, pictures: Path) -> None:
    page = visit()
    page.screenshot(path=pictures / "empty_light.png", full_page=True)
    page.evaluate(WATCH)
    start(page, answer="6")
    page.wait_for_selector("#sx-board .sx-node[data-key='1']")
    page.screenshot(path=pictures / "running_light.png", full_page=True)
    finished(page)
    grown = [n for n in growth(page) if n]
    assert len(grown) > 1 and grown == sorted(grown) and grown[-1] == nodes(page) >= 5
    expect(page.locator("#sx-answer-card .sx-verdict")).to_contain_text(
        re.compile("equals|differs|could not tell")
    )
    expect(page.locator("#sx-strip .is-done")).to_have_count(4)
    expect(page.locator("#sx-course .sx-c-bands path")).to_have_count(3)
    expect(page.locator("#sx-nodes .sx-stack-row")).to_have_count(5)
    page.screenshot(path=pictures / "solved_light.png", full_page=True)
    assert not page.seen["errors"]  # type: ignore[attr-defined]


def test_a_node_opens_by_click_and_by_keyboard(visit: Visit, pictures: Path) -> None:
    page = visit()
    start(page)
    finished(page)
    inspector = page.locator("#sx-inspector")
    page.locator(".sx-node[data-key='1']").click()
    expect(inspector).to_contain_text("37*48")
    expect(inspector.locator("pre").first).to_be_attached()
    expect(inspector).to_contain_text("difficulty")
    expect(inspector).to_contain_text("temperature")
    page.locator(".sx-node[data-key='1']").focus()
    page.keyboard.press("Tab")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.startswith("step #2") and "System" in label and "token" in label
    page.keyboard.press("Enter")
    expect(inspector).to_contain_text(re.compile(r"#2 · 125 × 16"))
    token = inspector.locator("details[open] .sx-token").first
    token.focus()
    expect(inspector.locator("details[open] .sx-told").first).to_contain_text("%")
    page.screenshot(path=pictures / "inspector_light.png", full_page=True)
    page.locator(".sx-node[data-key='plan']").click()
    expect(inspector.locator(".sx-outlines li").first).to_be_visible()
    expect(inspector.locator(".sx-outlines .is-chosen")).to_be_visible()


ALL_COUNTED = """() => {
  const count = (which) => document.querySelectorAll(which).length;
  const steps = count('#sx-board .sx-node.is-step'), slow = count('.sx-pin.is-slow');
  const said = document.querySelector('.sx-tally').textContent;
  return steps > 1 && steps === count('.sx-pin')
    && said.includes(`${slow} of ${steps} steps in System 2`); }"""


def test_moving_tau_recounts_without_a_run(visit: Visit) -> None:
    page = visit()
    start(page)
    finished(page)
    handle, tally = page.locator(".sx-handle"), page.locator(".sx-tally")
    handle.focus()
    page.keyboard.press("Home")
    expect(handle).to_have_attribute("aria-valuenow", "0.00")
    page.wait_for_function(ALL_COUNTED)  # the graph and the ruler are drawn one after the other
    steps = page.locator("#sx-board .sx-node.is-step").count()
    page.keyboard.press("End")
    expect(tally).to_contain_text(f"0 of {steps} steps in System 2")
    expect(page.locator("#sx-tau input[type=number]")).to_have_value("1")
    expect(page.locator("#sx-fitted input")).not_to_be_checked()
    box = page.locator(".sx-track").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 4, steps=4)
    page.mouse.up()
    expect(handle).to_have_attribute("aria-valuenow", re.compile(r"0\.(29|3[01])"))
    assert page.locator("#sx-run").is_enabled()


def test_stop_ends_the_run_and_keeps_what_was_spent(visit: Visit, pictures: Path) -> None:
    page = visit()
    start_slow(page)
    page.wait_for_selector("#sx-board .sx-node")
    page.locator("#sx-stop").click()
    finished(page)
    expect(page.locator("#sx-answer-card .sx-facts")).to_contain_text("Stopped")
    expect(page.locator("#sx-strip .sx-line")).to_contain_text("Stopped")
    page.screenshot(path=pictures / "stopped_light.png", full_page=True)


def test_dark_theme_and_its_colours(visit: Visit, pictures: Path) -> None:
    page = visit(theme="dark")
    start(page, answer="36")
    finished(page)
    page.locator(".sx-node[data-key='3']").click()
    expect(page.locator("#sx-inspector")).to_contain_text("#3")
    page.screenshot(path=pictures / "solved_dark.png", full_page=True)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    card = page.evaluate("getComputedStyle(document.querySelector('.sx-card')).backgroundColor")
    assert max(map(int, re.findall(r"\d+", dark)[:3])) < 60
    assert max(map(int, re.findall(r"\d+", card)[:3])) < 70


def test_hostile_text_is_shown_and_never_run(visit: Visit) -> None:
    page = visit()
    hostile = "hostile 1+1 <img src=x onerror=alert(1)><script>alert(2)</script>"
    page.locator("#sx-problem textarea").fill(hostile)
    page.locator("#sx-problem textarea").press_sequentially(" ")
    page.locator("#sx-run").click()
    anyway = page.locator("#sx-anyway")
    expect(anyway.or_(page.locator("#sx-notice .sx-error"))).to_be_visible()
    if anyway.is_visible():
        anyway.click()
        finished(page)
        page.locator(".sx-node[data-key='plan']").click()
        expect(page.locator("#sx-inspector")).to_contain_text("onerror")
        page.locator(".sx-node[data-key='answer']").click()
        expect(page.locator("#sx-inspector")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src='x']").count() == 0
    assert not page.seen["dialogs"]  # type: ignore[attr-defined]


def test_two_visitors_do_not_see_each_other(visit: Visit) -> None:
    one, two = visit(), visit()
    start(one)
    one.wait_for_selector("#sx-board .sx-node")
    assert nodes(two) == 0
    start(two, "What is 12*12?")
    finished(one)
    finished(two)
    one.locator(".sx-node[data-key='answer']").click()
    expect(one.locator("#sx-inspector")).to_contain_text(PROBLEM)
    two.locator(".sx-node[data-key='answer']").click()
    expect(two.locator("#sx-inspector")).not_to_contain_text(PROBLEM)


def test_an_example_fills_the_box_and_its_answer(visit: Visit) -> None:
    page = visit()
    page.locator(".sx-chip", has_text="number theory").click()
    page.locator(".sx-menu button").first.click()
    expect(page.locator("#sx-problem textarea")).to_have_value(re.compile("least common"))
    expect(page.get_by_label("Expected answer")).to_have_value("252")


def test_what_the_model_cannot_read_is_told(visit: Visit, pictures: Path) -> None:
    page = visit()
    start(page, "Write a poem about the sea")
    expect(page.locator("#sx-notice .sx-notice")).to_have_class(re.compile("sx-(error|warn)"))
    page.screenshot(path=pictures / "outside_light.png", full_page=True)
    page.locator("#sx-problem textarea").fill("")
    page.locator("#sx-run").click()
    expect(page.locator("#sx-notice")).to_contain_text("Type a problem first")
    assert nodes(page) == 0


def test_opening_the_options_changes_nothing(visit: Visit, pictures: Path) -> None:
    page = visit()
    page.get_by_role("button", name="All options").click()
    expect(page.locator("#sx-options").get_by_label("force last")).to_have_value("")
    page.screenshot(path=pictures / "options_light.png", full_page=True)
    start(page)
    finished(page)
    expect(page.locator("#sx-answer-card .sx-facts")).to_contain_text("Solved")


def test_an_option_that_is_out_of_bounds_is_told(visit: Visit) -> None:
    page = visit()
    page.get_by_role("button", name="All options").click()
    page.locator("#sx-problem textarea").fill(PROBLEM)
    page.locator("#sx-options").get_by_label("outlines How many").fill("99")
    page.keyboard.press("Tab")
    page.wait_for_timeout(500)  # a text is told to the app a moment later
    page.locator("#sx-run").click()
    expect(page.locator("#sx-notice")).to_contain_text("outlines must be")


def test_no_request_leaves_this_machine(visit: Visit, address: str) -> None:
    page = visit()
    start(page)
    finished(page)
    assert page.seen["hosts"] == {address.split("/")[2]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scroll(visit: Visit, pictures: Path, theme: str) -> None:
    page = visit(width=390, height=844, theme=theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    start(page)
    finished(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=pictures / f"phone_{theme}.png", full_page=True)


def test_nothing_jumps_while_it_runs(visit: Visit) -> None:
    page = visit()
    cards = ["#sx-main", "#sx-side", "#sx-strip", "#sx-answer"]
    before = [page.locator(card).bounding_box() for card in cards]
    start(page)
    page.wait_for_selector("#sx-board .sx-node[data-key='1']")
    during = [page.locator(card).bounding_box() for card in cards]
    finished(page)
    after = [page.locator(card).bounding_box() for card in cards]
    for a, b, c in zip(before, during, after, strict=True):
        assert a is not None and b is not None and c is not None
        assert abs(a["height"] - b["height"]) <= 2 and abs(a["height"] - c["height"]) <= 2
        assert abs(a["y"] - c["y"]) <= 46  # the preview may take a line


def test_the_download_is_the_run(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    start(page)
    finished(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download as JSON lines").filter(visible=True).click()
    path = tmp_path / "run.jsonl"
    waiting.value.save_as(path)
    kinds = [json.loads(line)["kind"] for line in path.read_text().splitlines()]
    assert kinds[0] == "run_started" and kinds[-1] == "run_ended" and "planned" in kinds
    for _ in range(2):  # the same file can be had twice
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Download as GraphML").filter(visible=True).click()
    graph = nx.read_graphml(waiting.value.path())
    assert graph.graph["problem"] == PROBLEM and set(graph) >= {"plan", "1", "answer"}
    assert any(critical for _, _, critical in graph.edges(data="critical"))
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download as Graph JSON").filter(visible=True).click()
    linked = nx.node_link_graph(json.loads(waiting.value.path().read_text()), edges="edges")
    assert set(linked.edges) == set(graph.edges)


def test_the_table_sorts_by_its_numbers(visit: Visit) -> None:
    page = visit()
    start(page)
    finished(page)
    page.get_by_role("button", name="Every token in a table").click()
    header = page.locator("#sx-explore .sx-table [title=completion]").filter(visible=True)
    place = header.get_attribute("data-heading")
    cells = page.locator(f"#sx-explore .sx-table [data-testid^=cell-][data-col='{place}']")

    def numbers() -> list[int]:
        return [int(text) for text in cells.filter(visible=True).all_inner_texts()]

    expect(cells.filter(visible=True).first).to_have_text(re.compile(r"^\s*\d+\s*$"))
    before = numbers()
    assert len({len(str(n)) for n in before}) > 1  # as texts they would sort in another way
    for order, reverse in (("ascending", False), ("descending", True)):
        header.hover()
        header.locator("button.cell-menu-button").click()
        page.get_by_role("menuitem", name=f"Sort {order}").click()
        wanted = sorted(before, reverse=reverse)
        expect(cells.filter(visible=True).first).to_have_text(str(wanted[0]))
        assert numbers() == wanted and wanted != sorted(before, key=str, reverse=reverse)


def test_programs_can_run_it_too(address: str) -> None:
    from gradio_client import Client

    client = Client(address, verbose=False)
    told = client.predict(
        problem=PROBLEM, answer="6", preset="scale", tau=None, seed=1, api_name="/solve"
    )
    assert told["status"] == "solved" and told["answer"] and told["tokens"]["total"] > 0
    assert len(told["steps"]) >= 3
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(named) == {"/solve", "/duel"}
