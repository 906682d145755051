"""The embedded model and engine that the engine tests share; vLLM where it is installed."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scale_core.engines.onnx import OnnxEngine

SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "abacus" / "onnx"
HAS_VLLM = importlib.util.find_spec("vllm") is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("vllm") and not HAS_VLLM:
            item.add_marker(pytest.mark.skip(reason="vLLM is not installed (make vllm)"))


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """The shipped model, or the one that SCALE_TEST_MODEL names."""
    return Path(os.environ.get("SCALE_TEST_MODEL") or SHIPPED)


@pytest.fixture(scope="session")
def engine(model_dir: Path) -> Iterator[OnnxEngine]:
    engine = OnnxEngine(model_dir)
    yield engine
    asyncio.run(engine.close())
