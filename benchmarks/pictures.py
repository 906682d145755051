"""README's pictures, taken anew: `python benchmarks/pictures.py [FOLDER] [--every]`.

Starts the app, runs one problem on each page as a visitor would, and saves what a window of 1280
pixels shows (assets/images unless told). --every: also dark, and on a phone, to look at. Knows what
README shows; does not judge a picture: look at it.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Page, expect, sync_playwright
from ui import PATIENCE, ROOT, chromium, serve

STEPS = (
    "Mia has 3 boxes with 24 pencils each. She gives 15 pencils to her class. How many are left?"
)
HARD = "What is (94*87 - 68*59) mod 37?"
LOOKS = {
    "": ("light", 1280, 900),
    "-dark": ("dark", 1280, 900),
    "-phone": ("light", 390, 844),
    "-phone-dark": ("dark", 390, 844),
}
TALLEST = 1720
expect.set_options(timeout=PATIENCE)


def explore(page: Page) -> None:
    ask(page, "What is (6*9 + 84*37) mod 19 + 12?", "20", "#sx-run")
    expect(page.locator("#sx-answer-card .sx-facts")).to_contain_text(
        re.compile("Solved|No answer")
    )
    page.locator("#sx-board .sx-node").nth(2).click()


def compare(page: Page) -> None:
    page.locator(".sx-nav a", has_text="Compare").click()
    ask(page, HARD, "22", "#sx-race")
    over = re.compile("solved|unsolved|failed|refused")
    expect(page.locator(".sx-race")).to_have_attribute("data-status", over)


def runs(page: Page) -> None:
    """A list of three, one of them named and tagged."""
    story(page)
    explore(page)
    compare(page)
    page.locator(".sx-nav a", has_text="Runs").click()
    named = page.locator(".sx-run-row").nth(1)
    named.get_by_role("button", name="Name, tag").click()
    page.get_by_label("Name", exact=True).fill("What thinking slowly buys")
    page.get_by_label("Tags, between commas").fill("class 7, lesson")
    page.keyboard.press("Enter")
    expect(named.locator(".sx-run-tag")).to_have_count(2)


def story(page: Page) -> None:
    ask(page, STEPS, "57", "#sx-run")
    expect(page.locator("#sx-answer-card .sx-facts")).to_contain_text(
        re.compile("Solved|No answer")
    )


def ask(page: Page, problem: str, answer: str, button: str) -> None:
    page.locator("#sx-problem textarea").fill(problem)
    page.get_by_label("Expected answer").first.fill(answer)
    page.locator(button).click()
    expect(page.locator(button)).to_be_enabled()


SHOWN: dict[str, Callable[[Page], None]] = {
    "explore": explore,
    "compare": compare,
    "runs": runs,
    "story": story,
}
README = ("explore", "compare", "runs")


def take(browser: Browser, url: str, folder: Path, name: str, look: str) -> None:
    theme, width, height = LOOKS[look]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}?__theme={theme}")
    page.wait_for_selector("#sx-chips .sx-chip")
    SHOWN[name](page)
    page.wait_for_timeout(1500)  # until drawings stand still
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.mouse.move(2, 2)
    page.screenshot(path=folder / f"{name}{look}.png", full_page=True, clip=clipped(page, width))
    context.close()


def clipped(page: Page, width: int) -> FloatRect | None:
    """All of a phone's page; of a window's no more than README has room for."""
    height = page.evaluate("document.documentElement.scrollHeight")
    return {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)} if width > 600 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "assets" / "images")
    parser.add_argument("--every", action="store_true")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as play:
        process, url, _ = serve("--data", data, "--visitors", "many")
        try:
            browser = chromium(play)
            for name in SHOWN if args.every else README:
                for look in LOOKS if args.every else ("",):
                    take(browser, url, args.folder, name, look)
                    print(f"{name}{look}.png", flush=True)
            browser.close()
        finally:
            process.terminate()
            process.wait(20)


if __name__ == "__main__":
    main()
