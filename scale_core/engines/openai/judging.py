"""What a server can do beside generating: embed texts, judge the steps of a solution.

Knows the requests and replies of `/embeddings` and vLLM's `/pooling`.
Does not know connections or retries.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from scale_core.engines.base import EngineError
from scale_core.engines.openai.codec import dumps
from scale_core.engines.openai.reply import listed

STEP_END = "<extra_0>"
"""Qwen2.5-Math-PRM's mark after each step; the model's judgement is read at its place."""
_SYSTEM = "Please reason step by step, and put your final answer within \\boxed{}."


def embed_body(model: str, batch: Sequence[str]) -> bytes:
    return dumps({"model": model, "input": list(batch), "encoding_format": "float"})


def read_embeddings(data: dict[str, Any], wanted: int) -> list[list[float]]:
    """One vector a text, in order. Raises EngineError if some are missing or are no vectors."""
    vectors: dict[int, list[float]] = {}
    for place, item in enumerate(listed(data.get("data"))):
        if isinstance(item, dict) and (vector := _vector(item.get("embedding"))):
            index = item.get("index", place)
            vectors[index if type(index) is int else place] = vector
    sizes = {len(vector) for vector in vectors.values()}
    if sorted(vectors) != list(range(wanted)) or len(sizes) != 1:
        raise EngineError("the server sent no proper embeddings")
    return [vectors[i] for i in range(wanted)]


def steps_body(model: str, problem: str, steps: Sequence[str]) -> bytes:
    """A solution as Qwen2.5-Math-PRM wants it: a chat whose reply has a mark after each step. A
    mark in somebody's text would shift the judgements: it is taken out."""
    reply = "".join(step.replace(STEP_END, "") + STEP_END for step in steps)
    messages = [
        {"role": "system", "content": _SYSTEM},
        {"role": "user", "content": problem.replace(STEP_END, "")},
        {"role": "assistant", "content": reply},
    ]
    return dumps({"model": model, "messages": messages})


def read_steps(data: dict[str, Any], wanted: int) -> list[float]:
    """The probability that each step is right: [steps, 2] numbers, wrong and right, or [steps].

    Raises EngineError where there is not one judgement a step (a server that pools differently).
    """
    items = listed(data.get("data"))
    rows = listed(items[0].get("data")) if items and isinstance(items[0], dict) else []
    found = [p for row in rows if (p := _probability(row)) is not None]
    if len(found) != wanted or len(rows) != wanted:
        raise EngineError(
            f"the reward model gave {len(rows)} judgements for {wanted} steps: it has to be served "
            "with one judgement at each step mark"
        )
    return found


def _probability(row: Any) -> float | None:
    values = _vector(row if isinstance(row, list) else [row])
    if not values or len(values) > 2:
        return None
    if len(values) == 1:
        p = values[0]
        return p if 0 <= p <= 1 else 1 / (1 + math.exp(-max(-700.0, min(700.0, p))))
    wrong, right = values
    if min(values) >= 0 and abs(wrong + right - 1) < 0.02:
        return right
    return 1 / (1 + math.exp(max(-700.0, min(700.0, wrong - right))))


def _vector(value: Any) -> list[float]:
    items = listed(value)
    right = all(
        isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in items
    )
    return [float(x) for x in items] if right else []
