"""What tests of several rooms share: the embedded model's folder, and where Chromium is."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = Path("/usr/bin/chromium")
HAS_VLLM = importlib.util.find_spec("vllm") is not None


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """The shipped model, or the one that SCALE_TEST_MODEL names."""
    return Path(os.environ.get("SCALE_TEST_MODEL") or ROOT / "assets" / "abacus" / "onnx")


def _in_browser(item: pytest.Item) -> bool:
    return ROOT / "tests" / "browser" in item.path.parents


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in tests/browser carry the mark `browser` and need Chromium. They come last: while
    Playwright's synchronous interface is open, no other test can run an event loop."""
    items.sort(key=_in_browser)
    for item in items:
        if item.get_closest_marker("vllm") and not HAS_VLLM:
            item.add_marker(pytest.mark.skip(reason="vLLM is not installed (make vllm)"))
        if _in_browser(item):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason="there is no Chromium on this machine"))
