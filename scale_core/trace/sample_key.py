"""What identifies a sample: its prompt, its parameters, its seed and its index, and nothing else.

Knows that the same key is the same text, whoever asks and however many are asked for at once; so a
sample is generated, counted and remembered once. Does not know engines or where samples are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Asked(Protocol):
    """What has these fields: a request to an engine, or the `Sampled` event that tells of one."""

    @property
    def prompt(self) -> str | tuple[object, ...]: ...
    @property
    def seed(self) -> int: ...
    @property
    def temperature(self) -> float: ...
    @property
    def top_p(self) -> float: ...
    @property
    def max_tokens(self) -> int: ...
    @property
    def thinking(self) -> bool | None: ...
    @property
    def thinking_budget(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class SampleKey:
    """The identity of a request's samples, or with `index` of one of them.

    Alternatives asked for do not change a sample, and a stage asks with one set of stop texts and
    one schema for one prompt, so these are no part of it.
    """

    prompt: str
    seed: int
    temperature: float
    top_p: float
    max_tokens: int
    thinking: bool | None
    thinking_budget: int | None
    index: int | None = None

    @staticmethod
    def of(asked: Asked, index: int | None = None) -> SampleKey:
        return SampleKey(
            prompt_text(asked.prompt),
            asked.seed,
            asked.temperature,
            asked.top_p,
            asked.max_tokens,
            asked.thinking,
            asked.thinking_budget,
            index,
        )


def prompt_text(prompt: str | tuple[object, ...]) -> str:
    """A prompt as one text, the way it is shown and recorded."""
    if isinstance(prompt, str):
        return prompt
    return "\n\n".join(f"[{getattr(m, 'role', '')}]\n{getattr(m, 'content', m)}" for m in prompt)
