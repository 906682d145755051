"""What words cost on the wire while four lanes write at once: `python benchmarks/words.py`.

A stub server writes 20 tokens a second in each sample; Uniform, SCALE, DORA and the bandit run on
it, and one sub-problem is open, so that its words travel whole. Prints, once there is a plan: how
often a second the page hears something, the bytes a second (before any compression), those of an
update, and the longest time in which the page could not answer. Needs playwright and Chromium.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from playwright.sync_api import sync_playwright
from ui import PATIENCE, Meter, chromium, serve

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from slow_server import MODEL, slow  # noqa: E402

from tests.engines.faulty_server import scripted  # noqa: E402

PROBLEM = "A box has 12 red marbles and twice as many blue marbles. How many marbles is that?"
PLAN = "1. Find the number of blue marbles\n2. Add the red marbles"
PACE = 0.05  # seconds a token
STILL = """() => { let last = performance.now(); window.stillest = 0;
  const look = () => { const now = performance.now();
    window.stillest = Math.max(window.stillest, now - last); last = now; setTimeout(look, 10); };
  look(); }"""


def reply(prompt: str, seed: int, index: int) -> str:
    """A plan at once; long results, so that every lane writes for as long as is measured."""
    if "List the quantities" in prompt:
        return PLAN
    return r"\boxed{24}" if "Answer only." in prompt else "and then we see that " * 400


def measure(url: str, seconds: float) -> None:
    with sync_playwright() as play:
        browser = chromium(play)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        meter = Meter(page.context.new_cdp_session(page))
        page.goto(f"{url}#compare")
        page.wait_for_selector(".sx-dot:not(.sx-off)")
        page.locator("#sx-problem textarea").fill(PROBLEM)
        page.locator("#sx-race").click()
        page.locator(".sx-lane[data-key='bandit'] .sx-arm").first.click()
        page.wait_for_function(
            "() => [...document.querySelectorAll('.sx-lane-words b')].filter(b => b.textContent)"
            ".length === 4 && document.querySelector('.sx-why .sx-writing')"
        )
        page.evaluate(STILL)
        meter.reset()
        began = time.monotonic()
        page.wait_for_timeout(1000 * seconds)
        took, updates, size = time.monotonic() - began, meter.updates, meter.stream
        print(f"{'updates a second':<28}{updates / took:10.1f}")
        print(f"{'bytes a second':<28}{size / took:10,.0f}")
        print(f"{'bytes an update':<28}{size / max(1, updates):10,.0f}")
        print(f"{'longest stillness, ms':<28}{page.evaluate('window.stillest'):10.0f}")
        page.locator("#sx-race-stop").click()
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=15)
    seconds = parser.parse_args().seconds
    with slow(scripted(reply, thought="let me think " * 200), PACE) as server:
        os.environ["OPENAI_API_KEY"] = ""  # no key of somebody's goes to the stub
        process, url, _ = serve("--base-url", server.url, "--model", MODEL)
        try:
            measure(url, seconds)
        finally:
            process.terminate()
            process.wait(20)


if __name__ == "__main__":
    main()
