"""Export: a trained network becomes a Hugging Face checkpoint and the ONNX files the app runs.

Knows both formats. Needs torch, transformers and onnxruntime-genai's model builder, which the
app itself never does.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer

from scale_core.abacus.model import Abacus
from scale_core.dialects.abacus.dialect import END, PAD


def export_checkpoint(model: Abacus, tokenizer: Tokenizer, folder: Path) -> None:
    """Write a LlamaForCausalLM checkpoint (bfloat16, safetensors) with its tokenizer."""
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    shape = model.shape
    end, pad = tokenizer.token_to_id(END), tokenizer.token_to_id(PAD)
    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        intermediate_size=shape.hidden,
        max_position_embeddings=shape.context,
        rms_norm_eps=shape.epsilon,
        rope_theta=shape.rope_theta,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=pad,
        hidden_act="silu",
    )
    llama = LlamaForCausalLM(config)
    missing, unexpected = llama.load_state_dict(model.hugging_face_state(), strict=False)
    if unexpected or set(missing) - {"lm_head.weight"}:
        raise ValueError(f"weights do not fit: missing {missing}, unexpected {unexpected}")
    folder.mkdir(parents=True, exist_ok=True)
    llama.to(torch.bfloat16).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=END, pad_token=PAD, model_max_length=shape.context
    ).save_pretrained(folder)


def export_onnx(checkpoint: Path, folder: Path) -> None:
    """Build the onnxruntime-genai folder (float32, CPU) from a Hugging Face checkpoint."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "onnxruntime_genai.models.builder",
            "-m",
            str(checkpoint),
            "-o",
            str(folder),
            "-p",
            "fp32",
            "-e",
            "cpu",
            "-c",
            str(folder.parent / ".cache"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.rmtree(folder.parent / ".cache", ignore_errors=True)


def load_checkpoint(path: Path) -> Abacus:
    """The network of a training checkpoint."""
    from scale_core.abacus.model import Shape

    state = torch.load(path, weights_only=True, map_location="cpu")
    model = Abacus(Shape(**state["shape"]))
    model.load_state_dict(state["model"])
    return model
