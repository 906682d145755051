"""The page in a real Chromium: the app in a subprocess, one browser for all tests.

SCALE_UI_PATIENCE: seconds that anything on the page may take (60), for busy machines.
SCALE_SCREENSHOTS names a folder for pictures of the page (a temporary one unless told).
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from place import CHROMIUM, PATIENCE  # noqa: E402

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE / 250
    while time.monotonic() < until:
        assert process.poll() is None, "the app ended before it served the page"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the app did not start in time")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The page's address; the app is stopped at the end."""
    with served() as url:
        yield url


@contextlib.contextmanager
def served(*arguments: str, **settings: str) -> Iterator[str]:
    """The app with these arguments and environment variables; its address."""
    port = free_port()
    env = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", **settings}
    apart = ["--visitors", "many"]  # tests are strangers to each other
    command = [sys.executable, str(ROOT / "app.py"), "--port", str(port), *apart, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        wait_for(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("no Chromium was found; SCALE_CHROMIUM names one")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def priced(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """`priced(line)`: the address of another app, whose table of prices has this line."""
    with contextlib.ExitStack() as stack:

        def start(line: str) -> str:
            file = tmp_path / "prices.csv"
            file.write_text(f"model,input,cached,output,currency\n{line}\n", encoding="utf-8")
            return stack.enter_context(served(SCALE_PRICES=str(file)))

        yield start


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open the page as a new visitor; `visit(theme=..., width=...)`. Requests, dialogs and errors
    of every page opened are kept in `page.seen`. `at`: another app's address; `settings`: of the
    visitor's browser."""
    contexts: list[BrowserContext] = []

    def open_page(
        theme: str = "light", width: int = 1280, height: int = 900, at: str = address,
        **settings: Any,
    ) -> Page:  # fmt: skip
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.seen = {"hosts": set(), "dialogs": [], "errors": []}  # type: ignore[attr-defined]
        watch(page)
        page.goto(f"{at}?__theme={theme}", timeout=PATIENCE)
        page.wait_for_selector("#sx-board .sx-empty")
        page.wait_for_selector("#sx-chips .sx-chip")
        return page

    yield open_page
    for context in contexts:
        context.close()


def watch(page: Page) -> None:
    seen = page.seen  # type: ignore[attr-defined]

    def request(url: str) -> None:
        if url.startswith(("http", "ws")):
            seen["hosts"].add(url.split("/")[2])

    page.on("request", lambda r: request(r.url))
    page.on("websocket", lambda w: request(w.url))
    page.on("pageerror", lambda e: seen["errors"].append(str(e)))
    page.on("dialog", lambda d: (seen["dialogs"].append(d.message), d.dismiss()))


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go."""
    told = os.environ.get("SCALE_SCREENSHOTS")
    folder = Path(told) if told else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
