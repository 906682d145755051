"""What vLLM knows of the model it serves: device, size, and what marks its thoughts.

Knows vLLM's configuration objects. Does not know requests.
"""

from __future__ import annotations

from math import prod
from typing import Any

from scale_core.engines.vllm.args import load
from scale_core.engines.vllm.text import usual_markers

Marks = tuple[list[int], list[int]]


def mark_thoughts(args: Any) -> None:
    """Tell vLLM which tokens mark a thought, where it was not told and they are the usual ones:
    its thinking budget and a schema after a thought need to know. args: its parsed arguments."""
    if args.reasoning_parser or args.reasoning_config is not None:
        return
    tokenizers = load("vllm.tokenizers")
    tokenizer = tokenizers.cached_tokenizer_from_config(args.create_model_config())
    if tokenizer is not None and usual_markers(tokenizer):
        args.reasoning_parser = "deepseek_r1"  # the plain <think> ... </think> parser


def marks_of(config: Any) -> Marks | None:
    """Token ids that open and close a thought, None where vLLM does not know any."""
    reasoning = getattr(config, "reasoning_config", None)
    if reasoning is None or not reasoning.enabled:
        return None
    opens = reasoning.reasoning_start_token_ids
    closes = getattr(reasoning, "natural_reasoning_end_token_ids", None)
    closes = closes or reasoning.reasoning_end_token_ids
    return (list(opens), list(closes)) if opens and closes else None


def device_of(config: Any) -> str:
    platform = load("vllm.platforms").current_platform
    if platform.is_cpu():
        return "CPU"
    try:
        name = str(platform.get_device_name())
    except Exception:  # drivers fail in their own ways; a name is not worth a crash
        name = str(platform.device_type)
    count = config.parallel_config.world_size * config.parallel_config.data_parallel_size
    return f"{count} × {name}" if count > 1 else name


def parameters_of(model: Any) -> int | None:
    """The model's size by its checkpoint's headers; None where they do not say."""
    if model.quantization is not None:
        return None  # packed weights have other shapes
    try:
        config = load("vllm.transformers_utils.config")
        tensors = config.get_safetensors_params_metadata(model.model, revision=model.revision)
        shapes = [t["shape"] for t in tensors.values() if "shape" in t]  # a header has more
        return sum(map(prod, shapes)) or None
    except Exception:  # no network, no such file: the size is unknown
        return None
