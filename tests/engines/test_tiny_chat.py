"""The script beside the tiny chat model makes one like it, for who has the trainer's libraries."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from scale_core.engines.base import Message, Request
from scale_core.engines.onnx_chat.engine import OnnxChatEngine
from scale_core.engines.onnx_chat.text import ChatTokenizer

DATA = Path(__file__).resolve().parents[1] / "data"
NEEDED = ("torch", "transformers", "onnx", "onnx_ir", "onnxruntime_genai")


def test_the_kept_model_is_small() -> None:
    assert sum(p.stat().st_size for p in (DATA / "tiny_chat").iterdir()) < 300_000


@pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in NEEDED),
    reason="needs what training needs: requirements-train.txt",
)
def test_the_script_makes_such_a_model(tmp_path: Path) -> None:
    made, kept = tmp_path / "made", DATA / "tiny_chat"
    script = [sys.executable, str(DATA / "make_tiny_chat.py"), str(made)]
    done = subprocess.run(script, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert {p.name for p in made.iterdir()} == {p.name for p in kept.iterdir()}
    for name in ("genai_config.json", "tokenizer.json"):
        assert json.loads((made / name).read_text()) == json.loads((kept / name).read_text())
    text = "What is 12 + 30? <think>naïve</think>"
    assert ChatTokenizer(made).encode(text, 99) == ChatTokenizer(kept).encode(text, 99)
    engine = OnnxChatEngine(made, threads=1)
    request = Request((Message("user", text),), n=2, max_tokens=9, thinking=False)
    completion = asyncio.run(engine.sample(request))
    assert [s.index for s in completion.samples] == [0, 1]
    assert engine.info.thinking_switch
    asyncio.run(engine.close())
