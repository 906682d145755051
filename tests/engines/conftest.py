"""The embedded model and engine that the engine tests share."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scale_core.engines.embedded.engine import OnnxEngine

SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "abacus" / "onnx"


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """The shipped model, or the one that SCALE_TEST_MODEL names."""
    return Path(os.environ.get("SCALE_TEST_MODEL") or SHIPPED)


@pytest.fixture(scope="session")
def engine(model_dir: Path) -> Iterator[OnnxEngine]:
    engine = OnnxEngine(model_dir)
    yield engine
    asyncio.run(engine.close())
