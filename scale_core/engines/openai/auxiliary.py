"""What a server can do beside generating: embed texts, judge the steps of a solution.

Knows the requests and replies of `/embeddings` and vLLM's `/pooling`, and which server is asked for
which. Does not know connections or retries.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from scale_core.engines.base import EngineError
from scale_core.engines.cancel import StopSignal
from scale_core.engines.openai.load_balancer import LoadBalancer
from scale_core.engines.openai.reply import listed
from scale_core.engines.openai.retry import Client, all_of
from scale_core.engines.openai.wire import dumps
from scale_core.trace.usage import Usage

T = TypeVar("T")
_BATCH = 64  # texts in one embedding request

Server = tuple[LoadBalancer, str]
"""Where to ask, and the model's name there."""


class AuxiliaryEndpoints:
    """embedder and judge: None where there is none."""

    def __init__(
        self, client: Client, model: Server, embedder: Server | None, judge: Server | None
    ) -> None:
        self._client = client
        self._model = model
        self._embedder = embedder
        self._judge = judge

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        if self._embedder is None:
            raise EngineError("this engine makes no embeddings: no embedding model was named")
        balancer, model = self._embedder

        def reader(size: int) -> Callable[[dict[str, Any]], list[list[float]]]:
            return lambda data: read_embeddings(data, size)

        batches = [texts[i : i + _BATCH] for i in range(0, len(texts), _BATCH)]
        asked = [(embed_body(model, batch), reader(len(batch))) for batch in batches]
        found, usage = await self._all(balancer, "embeddings", asked)
        return [vector for batch in found for vector in batch], usage

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        """One request a solution; all at once, the server batches them. vLLM's path has no /v1."""
        if self._judge is None:
            raise EngineError("this engine has no process reward model")
        balancer, model = self._judge

        def reader(size: int) -> Callable[[dict[str, Any]], list[float]]:
            return lambda data: read_steps(data, size)

        asked = [(steps_body(model, problem, s), reader(len(s))) for s in solutions if s]
        judged, usage = await self._all(balancer, "/pooling", asked)
        rest = iter(judged)
        return [next(rest) if s else [] for s in solutions], usage

    async def _all(
        self,
        balancer: LoadBalancer,
        path: str,
        asked: Sequence[tuple[bytes, Callable[[dict[str, Any]], T]]],
    ) -> tuple[list[T], Usage]:
        group = StopSignal()

        async def one(content: bytes, reader: Callable[[dict[str, Any]], T]) -> tuple[T, Usage]:
            outcome = await self._client.fetch(balancer, path, content, cancel=group)
            if outcome.result is None:
                raise EngineError("stopped since another part failed", outcome.usage)
            try:
                return reader(outcome.result), outcome.usage
            except EngineError as error:
                raise EngineError(str(error), outcome.usage) from None

        if not asked:
            return [], Usage()
        found = await all_of([one(*part) for part in asked], group, lambda pair: pair[1])
        return [value for value, _ in found], Usage.sum(usage for _, usage in found)


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
