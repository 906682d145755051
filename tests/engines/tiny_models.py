"""Tiny randomly initialised models of the kinds that the vLLM engine meets, made on the spot.

A chat model of the Qwen3 kind with its thinking switch, two process reward models and an
embedder of the BGE-M3 kind. Their numbers mean nothing; their shapes and protocols are real.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
ADDED = ("<think>", "</think>", "<extra_0>")  # as in Qwen3: tokens of their own, yet plain text
TEMPLATE = """\
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}
{{- '<think>\\n\\n</think>\\n\\n' }}
{%- endif %}
{%- endif %}"""
CONTEXT = 512
_SHAPE = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": CONTEXT,
    "dtype": "float32",
}


def tokenizer(folder: Path, template: str | None = TEMPLATE) -> int:
    """A byte-level tokenizer with Qwen's tokens, saved to a folder. Returns its size."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([AddedToken(t, special=True) for t in SPECIAL])
    core.add_tokens([AddedToken(t, special=False) for t in ADDED])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    if template is not None:
        fast.chat_template = template
    fast.save_pretrained(folder)
    return len(fast)


def _ends(folder: Path) -> dict[str, int]:
    from transformers import AutoTokenizer

    known = AutoTokenizer.from_pretrained(folder).get_vocab()
    return {"eos_token_id": known["<|im_end|>"], "pad_token_id": known["<|endoftext|>"]}


def chat(folder: Path, seed: int = 0, context: int = CONTEXT) -> Path:
    """A chat model of the Qwen3 kind: 100 steps of training on top of random weights, so that it
    thinks where it is asked to, ends its thought by itself sooner or later, and then replies."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(seed)
    size = tokenizer(folder)
    config = Qwen3Config(
        vocab_size=size, head_dim=32, tie_word_embeddings=False, initializer_range=0.05,
        **{**_SHAPE, "max_position_embeddings": context}, **_ends(folder),
    )  # fmt: skip
    model = Qwen3ForCausalLM(config)
    _teach(model, folder, random.Random(seed))
    model.save_pretrained(folder)
    return folder


def _teach(model: Any, folder: Path, luck: random.Random) -> None:
    import torch
    from transformers import AutoTokenizer

    coder = AutoTokenizer.from_pretrained(folder)
    pad = coder.pad_token_id
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(100):
        texts = [_lesson(coder, luck) for _ in range(24)]
        rows = [coder.encode(text, add_special_tokens=False) for text in texts]
        longest = max(map(len, rows))
        ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows])
        loss = model(input_ids=ids, labels=ids.masked_fill(ids == pad, -100)).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def _lesson(coder: Any, luck: random.Random) -> str:
    """A chat whose thought has about ten letters, or none, and whose reply has one to three."""
    thinking = luck.random() < 0.7
    asked = [
        {"role": "user", "content": "".join(luck.choices("0123456789+ ", k=luck.randrange(2, 9)))}
    ]
    text: str = coder.apply_chat_template(
        asked, tokenize=False, add_generation_prompt=True, enable_thinking=thinking
    )
    if thinking:
        thought = "".join(luck.choices("abcdefgh", k=1 + min(40, int(luck.expovariate(0.1)))))
        text += f"<think>\n{thought}\n</think>\n\n"
    return text + "".join(luck.choices("0123456789", k=luck.randrange(1, 4))) + "<|im_end|>"


def token_classifier(folder: Path, seed: int = 0) -> Path:
    """A process reward model as a token classifier with two classes."""
    import torch
    from transformers import Qwen2Config, Qwen2ForTokenClassification

    torch.manual_seed(seed)
    size = tokenizer(folder)
    config = Qwen2Config(
        vocab_size=size, num_labels=2, initializer_range=0.3, classifier_dropout=0.0,
        **_SHAPE, **_ends(folder),
    )  # fmt: skip
    Qwen2ForTokenClassification(config).save_pretrained(folder)
    return folder


def process_reward_model(folder: Path, seed: int = 0) -> Path:
    """The architecture of Qwen2.5-Math-PRM: a Qwen2 body and two linear layers on top."""
    import torch
    from safetensors.torch import save_file
    from transformers import Qwen2Config, Qwen2Model

    torch.manual_seed(seed)
    size = tokenizer(folder)
    config = Qwen2Config(vocab_size=size, initializer_range=0.3, **_SHAPE, **_ends(folder))
    body = Qwen2Model(config)
    weights = {f"model.{name}": value.contiguous() for name, value in body.state_dict().items()}
    for layer, rows in (("0", 64), ("2", 2)):
        weights[f"score.{layer}.weight"] = torch.randn(rows, 64) * 0.3
        weights[f"score.{layer}.bias"] = torch.randn(rows) * 0.3
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config.architectures = ["Qwen2ForProcessRewardModel"]
    config.save_pretrained(folder)
    return folder


def embedder(folder: Path, seed: int = 0) -> Path:
    """The architecture of BGE-M3: an XLM-RoBERTa encoder, the first token's vector, length 1."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel

    torch.manual_seed(seed)
    size = tokenizer(folder, template=None)
    shape = {**_SHAPE, "max_position_embeddings": CONTEXT + 2}
    shape.pop("num_key_value_heads")
    config = XLMRobertaConfig(
        vocab_size=size,
        initializer_range=0.3,
        type_vocab_size=1,
        pad_token_id=1,
        position_embedding_type="absolute",
        **shape,
    )
    XLMRobertaModel(config, add_pooling_layer=False).save_pretrained(folder)
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(kinds)
    ]
    _write(folder / "modules.json", modules)
    _write(folder / "1_Pooling" / "config.json", {
        "word_embedding_dimension": 64, "pooling_mode_cls_token": True,
        "pooling_mode_mean_tokens": False,
    })  # fmt: skip
    return folder


def _write(path: Path, data: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(data), "utf-8")
