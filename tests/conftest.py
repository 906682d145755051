"""What all tests share: the model's folder, whether there is a Chromium, and which tests are quick.

`make quick` leaves out the marks browser, vllm, model and slow. browser and model are set here,
from where a test stands and what it asks for, so that none can be forgotten; the end of a run tells
how many tests carry which.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

LEFT_OUT = ("browser", "vllm", "model", "slow")
"""Marks of the tests that `make quick` leaves out. They exclude one another in the count: the first
of a test's counts."""
ROOT = Path(__file__).resolve().parents[1]
KINDS = pytest.StashKey[Counter[str]]()
HAS_VLLM = importlib.util.find_spec("vllm") is not None


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """The shipped model, or the one that SCALE_TEST_MODEL names."""
    return Path(os.environ.get("SCALE_TEST_MODEL") or ROOT / "assets" / "abacus" / "onnx")


@functools.cache
def _chromium_is_here() -> bool:
    from scale_core.views.figures import files  # takes Plotly along

    try:
        return bool(files.browser())
    except files.NoBrowser:
        return False


def _in_browser(item: pytest.Item) -> bool:
    return ROOT / "tests" / "browser" in item.path.parents


def pytest_configure() -> None:
    """Some terminals, and the workers of pytest-xdist, export a width that output would obey."""
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    os.environ["SCALE_EXPLORER_DATA"] = "none"  # what a test runs is not kept among a person's runs


@pytest.hookimpl(tryfirst=True)  # before -m leaves any out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests in tests/browser carry the mark `browser` and need Chromium. They come last: while
    Playwright's synchronous interface is open, no other test can run an event loop."""
    items.sort(key=_in_browser)
    for item in items:
        if item.get_closest_marker("vllm") and not HAS_VLLM:
            item.add_marker(pytest.mark.skip(reason="vLLM is not installed (make vllm)"))
        if "model_dir" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.model)
        if _in_browser(item):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))  # one app, one Chromium
            if not _chromium_is_here():
                item.add_marker(pytest.mark.skip(reason="there is no Chromium on this machine"))
    kinds = [next(filter(item.get_closest_marker, LEFT_OUT), "quick") for item in items]
    config.stash[KINDS] = Counter(kinds)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands its count to the process that prints."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["kinds"] = dict(session.config.stash.get(KINDS, {}))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[KINDS] = Counter(node.workeroutput.get("kinds", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    kinds = config.stash.get(KINDS, Counter())
    told = ", ".join(f"{kinds[name]} {name}" for name in ("quick", *LEFT_OUT))
    terminalreporter.write_line(f"{kinds.total()} tests found: {told}")
