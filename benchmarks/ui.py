"""How fast the page is and how much it sends: `python benchmarks/ui.py`.

Prints the time from `python app.py` to the served page and to its first drawing, from the click
on Run to the first node, and the bytes of a run: in all, for each update, and for opening a node.
Needs playwright and Chromium. Knows only what a browser can see.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scale_core.views.figures import files  # noqa: E402

PROBLEMS = (
    "What is (37*48 + 125*16) mod 13?",
    "What is 12*12?",
    "Let a=23*14. Let b=a-58. Let c=a+b. What is c mod 31?",
)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"]
PATIENCE = 300_000


def chromium(play: Playwright) -> Browser:
    """The Chromium that draws the app's figures, too."""
    return play.chromium.launch(executable_path=files.browser(), args=FLAGS)


class Meter:
    """Counts what arrives from the server, by path; streamed chunks count as updates."""

    def __init__(self, session: CDPSession) -> None:
        self.urls: dict[str, str] = {}
        self.reset()
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.dataReceived", self._came)

    def reset(self) -> None:
        self.bytes = self.stream = self.updates = 0

    def _asked(self, event: dict[str, Any]) -> None:
        self.urls[event["requestId"]] = event["request"]["url"]

    def _came(self, event: dict[str, Any]) -> None:
        size = event["dataLength"]
        self.bytes += size
        if "queue/data" in self.urls.get(event["requestId"], ""):
            self.stream += size
            self.updates += 1


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def serve(*arguments: str) -> tuple[subprocess.Popen[bytes], str, float]:
    """Start the app, which keeps nothing unless told; the seconds until it serves the page."""
    port = free_port()
    command = [str(ROOT / "app.py"), "--port", str(port), "--data", "none", *arguments]
    began, url = time.monotonic(), f"http://127.0.0.1:{port}/"
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL)
    while True:
        if process.poll() is not None:
            raise SystemExit("the app did not start")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return process, url, time.monotonic() - began
        except OSError:
            time.sleep(0.05)


def run(page: Page, meter: Meter, problem: str) -> dict[str, float]:
    box = page.locator("#sx-problem textarea")
    box.fill("")
    box.press_sequentially(problem, delay=2)
    page.wait_for_timeout(800)
    meter.reset()
    before = page.get_attribute("#sx-board .sx-board", "data-run") or ""
    began = time.monotonic()
    page.locator("#sx-run").click()
    page.wait_for_function(
        "b => (document.querySelector('#sx-board .sx-board').dataset.run || '') !== b"
        " && document.querySelector('.sx-node')",
        arg=before,
    )
    first = time.monotonic() - began
    page.wait_for_function(
        "() => !document.querySelector('#sx-run').disabled && "
        "/Solved|No answer|Failed/.test("
        "document.querySelector('.sx-answer').innerText)"
    )
    page.wait_for_timeout(500)
    spent = {
        "first node, s": first,
        "run, s": time.monotonic() - began - 0.5,
        "updates": meter.updates,
        "bytes of the run": meter.stream,
        "bytes an update": meter.stream / max(1, meter.updates),
    }
    meter.reset()
    page.locator(".sx-node").nth(1).click()
    page.wait_for_timeout(1000)
    return {**spent, "bytes to open a node": meter.bytes}


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    process, url, served = serve()
    print(f"{'python app.py to served page, s':<36}{served:8.2f}")
    try:
        with sync_playwright() as play:
            browser = chromium(play)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(PATIENCE)
            meter = Meter(page.context.new_cdp_session(page))
            began = time.monotonic()
            page.goto(url)
            page.wait_for_selector("#sx-board .sx-empty")
            print(f"{'page opened to first drawing, s':<36}{time.monotonic() - began:8.2f}")
            page.wait_for_timeout(2000)
            print(f"{'bytes of the page':<36}{meter.bytes:8d}")
            for problem in PROBLEMS:
                print(problem)
                for name, value in run(page, meter, problem).items():
                    print(
                        f"  {name:<34}{value:8.2f}"
                        if name[-1] == "s" and "," in name
                        else f"  {name:<34}{value:8.0f}"
                    )
            browser.close()
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    main()
