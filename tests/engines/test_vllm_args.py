"""vLLM's own arguments: handed on untouched, refused in words, and no vLLM is no crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from scale_core.engines.base import EngineError
from scale_core.engines.vllm import library as vllm_args
from scale_core.engines.vllm.engine import VllmEngine
from tests.engines.vllm_settings import HAS_VLLM

# A folder: vLLM would look an unknown name up on the Hub, if it is told that there is no network.
MODEL = str(Path(__file__).resolve().parents[2] / "assets" / "abacus" / "hf")


@pytest.mark.skipif(HAS_VLLM, reason="vLLM is installed")
def test_without_vllm_the_error_says_what_to_install() -> None:
    with pytest.raises(EngineError, match="requirements-gpu"):
        VllmEngine("Qwen/Qwen3-8B")


@pytest.mark.vllm
def test_arguments_reach_vllm_and_defaults_give_way() -> None:
    given = ["--max_model_len=512", "--tensor-parallel-size", "2", "--no-enable-prefix-caching",
             "--structured-outputs-config.backend", "guidance"]  # fmt: skip
    defaults = {
        "--enable-prefix-caching": None, "--no-enable-chunked-prefill": None,
        "--gpu-memory-utilization": "0.5", "--max-model-len": "9",
    }  # fmt: skip
    args = vllm_args.engine_args(MODEL, given, defaults)
    assert (args.model, args.max_model_len, args.tensor_parallel_size) == (MODEL, 512, 2)
    assert args.enable_prefix_caching is False
    assert args.enable_chunked_prefill is False
    assert args.gpu_memory_utilization == 0.5
    assert args.structured_outputs_config.backend == "guidance"
    spoken = vllm_args.engine_args(MODEL, ["--enable-chunked-prefill"], defaults)
    assert spoken.enable_chunked_prefill is True


@pytest.mark.vllm
@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--max-model-len", "many"], "max-model-len"),
        (["--tensor-paralel-size", "2"], "tensor-paralel-size"),
        (["stray"], "stray"),
        (["--help"], "help"),
    ],
)
def test_what_vllm_does_not_accept_is_told(given: list[str], words: str) -> None:
    with pytest.raises(EngineError, match=words):
        vllm_args.engine_args("m", given, {})
