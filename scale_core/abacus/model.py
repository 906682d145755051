"""The embedded model's network: a small Llama in plain torch, for training and measuring.

Knows the architecture and how to hand its weights to Hugging Face's LlamaForCausalLM. Does not
know data. Needs torch, which the app itself never does.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network; `context` is the longest prompt plus reply, in tokens."""

    vocabulary: int = 1024
    width: int = 256
    layers: int = 5
    heads: int = 4
    hidden: int = 768
    context: int = 512
    rope_theta: float = 10_000.0
    epsilon: float = 1e-5

    def as_dict(self) -> dict[str, int | float]:
        return asdict(self)


def _rotary(shape: Shape, length: int) -> tuple[Tensor, Tensor]:
    size = shape.width // shape.heads
    frequency = shape.rope_theta ** (-torch.arange(0, size, 2).float() / size)
    angles = torch.outer(torch.arange(length).float(), frequency)
    angles = torch.cat([angles, angles], dim=-1)
    return angles.cos(), angles.sin()


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    turned = torch.cat([-x[..., half:], x[..., :half]], dim=-1)
    return x * cos + turned * sin


def _attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention written out: for our short rows twice as fast on a CPU as the fused one."""
    length = q.shape[2]
    future = torch.ones(length, length, dtype=torch.bool, device=q.device).triu(1)
    scores = (q @ k.transpose(2, 3)) * q.shape[-1] ** -0.5
    return scores.masked_fill(future, -1e4).softmax(-1).to(v.dtype) @ v


class Block(nn.Module):
    """Attention and a gated feed-forward layer, each behind an RMS norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads, self.epsilon = shape.heads, shape.epsilon
        self.norm1 = nn.Parameter(torch.ones(shape.width))
        self.norm2 = nn.Parameter(torch.ones(shape.width))
        self.qkv = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.out = nn.Linear(shape.width, shape.width, bias=False)
        self.gate_up = nn.Linear(shape.width, 2 * shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        batch, length, width = x.shape
        h = F.rms_norm(x, (width,), self.norm1, self.epsilon)
        q, k, v = self.qkv(h).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k = _rotate(q, cos, sin).to(v.dtype), _rotate(k, cos, sin).to(v.dtype)
        mixed = _attend(q, k, v)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        h = F.rms_norm(x, (width,), self.norm2, self.epsilon)
        gate, up = self.gate_up(h).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


class Abacus(nn.Module):
    """The language model: token ids (batch, length) -> hidden states; `logits` ties embeddings."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.Parameter(torch.ones(shape.width))
        cos, sin = _rotary(shape, shape.context)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self._initialise()

    def _initialise(self) -> None:
        nn.init.normal_(self.embedding.weight, std=0.02)
        for name, weight in self.named_parameters():
            if weight.ndim == 2 and "embedding" not in name:
                nn.init.normal_(weight, std=weight.shape[1] ** -0.5)
            if name.endswith(("out.weight", "down.weight")):
                nn.init.zeros_(weight)

    def forward(self, ids: Tensor) -> Tensor:
        length = ids.shape[1]
        x = self.embedding(ids)
        cos, sin = self.cos[:length], self.sin[:length]  # type: ignore[index]
        for block in self.blocks:
            x = block(x, cos, sin)
        return F.rms_norm(x, (self.shape.width,), self.norm, self.shape.epsilon)

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.embedding.weight).float()

    def hugging_face_state(self) -> dict[str, Tensor]:
        """The weights under the names of transformers' LlamaForCausalLM."""
        state = {"model.embed_tokens.weight": self.embedding.weight, "model.norm.weight": self.norm}
        for i, block in enumerate(self.blocks):
            assert isinstance(block, Block)
            at = f"model.layers.{i}"
            q, k, v = block.qkv.weight.chunk(3)
            gate, up = block.gate_up.weight.chunk(2)
            state |= {
                f"{at}.self_attn.q_proj.weight": q,
                f"{at}.self_attn.k_proj.weight": k,
                f"{at}.self_attn.v_proj.weight": v,
                f"{at}.self_attn.o_proj.weight": block.out.weight,
                f"{at}.mlp.gate_proj.weight": gate,
                f"{at}.mlp.up_proj.weight": up,
                f"{at}.mlp.down_proj.weight": block.down.weight,
                f"{at}.input_layernorm.weight": block.norm1,
                f"{at}.post_attention_layernorm.weight": block.norm2,
            }
        return {
            name: tensor.detach().float().clone().contiguous() for name, tensor in state.items()
        }
