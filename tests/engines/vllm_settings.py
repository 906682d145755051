"""How the tests start vLLM: small, eager, the same on a CPU and on a GPU."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")  # GiB; without it vLLM takes nearly all
os.environ.setdefault("HF_HUB_OFFLINE", "1")

HAS_VLLM = importlib.util.find_spec("vllm") is not None
ROOT = Path(__file__).resolve().parents[2]
CHECKPOINT = ROOT / "assets" / "abacus" / "hf"
ARGUMENTS = (
    "--dtype", "float32", "--enforce-eager", "--max-model-len", "512", "--max-num-seqs", "64",
    "--gpu-memory-utilization", "0.2",
)  # fmt: skip
