"""A larger network that computes what a smaller one did: the warm start of a new training.

Knows how a Hugging Face checkpoint becomes a training network again, how layers are added that
change nothing yet, and how a longer vocabulary starts from the pieces of its words. Does not know
lessons or schedules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from scale_core.abacus.model import Abacus, Shape


def load_hugging_face(folder: Path) -> Abacus:
    """The training network of an exported checkpoint (float32)."""
    import json

    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text())
    shape = Shape(
        vocabulary=config["vocab_size"],
        width=config["hidden_size"],
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        hidden=config["intermediate_size"],
        context=config["max_position_embeddings"],
    )
    stored = {
        name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()
    }
    model = Abacus(shape)
    state: dict[str, Tensor] = {
        "embedding.weight": stored["model.embed_tokens.weight"],
        "norm": stored["model.norm.weight"],
    }
    for i in range(shape.layers):
        old, new = f"model.layers.{i}", f"blocks.{i}"
        qkv = [stored[f"{old}.self_attn.{part}_proj.weight"] for part in "qkv"]
        gate_up = [stored[f"{old}.mlp.{part}_proj.weight"] for part in ("gate", "up")]
        state |= {
            f"{new}.qkv.weight": torch.cat(qkv),
            f"{new}.out.weight": stored[f"{old}.self_attn.o_proj.weight"],
            f"{new}.gate_up.weight": torch.cat(gate_up),
            f"{new}.down.weight": stored[f"{old}.mlp.down_proj.weight"],
            f"{new}.norm1": stored[f"{old}.input_layernorm.weight"],
            f"{new}.norm2": stored[f"{old}.post_attention_layernorm.weight"],
        }
    model.load_state_dict(state)
    return model


def deepen(model: Abacus, after: Sequence[int]) -> Abacus:
    """The same function with one fresh layer behind each layer of `after`.

    A fresh layer writes nothing into the stream (its output matrices are zero), so the network
    answers as before until it is trained.
    """
    grown = Abacus(replace(model.shape, layers=model.shape.layers + len(after)))
    state, at = grown.state_dict(), 0
    old = model.state_dict()
    for i in range(model.shape.layers):
        for name in [n for n in old if n.startswith(f"blocks.{i}.")]:
            state[name.replace(f"blocks.{i}.", f"blocks.{at}.")] = old[name]
        at += 1 + (i in after)
    for name in ("embedding.weight", "norm"):
        state[name] = old[name]
    grown.load_state_dict(state)
    return grown


def extend_rows(rows: Tensor, old: Tokenizer, new: Tokenizer) -> Tensor:
    """Embedding rows for a tokenizer whose first tokens are the old ones: a new token starts at
    the mean of the pieces that the old tokenizer wrote it with."""
    grown = torch.empty(new.get_vocab_size(), rows.shape[1])
    grown[: len(rows)] = rows
    for token in range(len(rows), len(grown)):
        pieces = old.encode(new.decode([token])).ids
        grown[token] = rows[pieces].mean(0) if pieces else rows.mean(0)
    return grown


def extend(model: Abacus, old: Tokenizer, new: Tokenizer) -> Abacus:
    """The same network with the vocabulary of `new`."""
    grown = Abacus(replace(model.shape, vocabulary=new.get_vocab_size()))
    state = model.state_dict()
    state["embedding.weight"] = extend_rows(state["embedding.weight"], old, new)
    grown.load_state_dict(state)
    return grown
