"""Scoring, embedding and judging steps over HTTP, with the engine's retries and accounts.

Knows which server is asked for which. Does not know the JSON (openai_judging).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from scale_core.engines.base import EngineError
from scale_core.engines.openai.client import Brake, Client, all_of
from scale_core.engines.openai.judging import (
    embed_body,
    read_embeddings,
    read_steps,
    steps_body,
)
from scale_core.engines.openai.load_balancer import Balance
from scale_core.trace.usage import Usage

T = TypeVar("T")
_BATCH = 64  # texts in one embedding request

Server = tuple[Balance, str]
"""Where to ask, and the model's name there."""


class Extras:
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
        balance, model = self._embedder

        def reader(size: int) -> Callable[[dict[str, Any]], list[list[float]]]:
            return lambda data: read_embeddings(data, size)

        batches = [texts[i : i + _BATCH] for i in range(0, len(texts), _BATCH)]
        asked = [(embed_body(model, batch), reader(len(batch))) for batch in batches]
        found, usage = await self._all(balance, "embeddings", asked)
        return [vector for batch in found for vector in batch], usage

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        """One request a solution; all at once, the server batches them. vLLM's path has no /v1."""
        if self._judge is None:
            raise EngineError("this engine has no process reward model")
        balance, model = self._judge

        def reader(size: int) -> Callable[[dict[str, Any]], list[float]]:
            return lambda data: read_steps(data, size)

        asked = [(steps_body(model, problem, s), reader(len(s))) for s in solutions if s]
        judged, usage = await self._all(balance, "/pooling", asked)
        rest = iter(judged)
        return [next(rest) if s else [] for s in solutions], usage

    async def _all(
        self,
        balance: Balance,
        path: str,
        asked: Sequence[tuple[bytes, Callable[[dict[str, Any]], T]]],
    ) -> tuple[list[T], Usage]:
        brake = Brake(None)

        async def one(content: bytes, reader: Callable[[dict[str, Any]], T]) -> tuple[T, Usage]:
            outcome = await self._client.fetch(balance, path, content, cancel=brake)
            if outcome.result is None:
                raise EngineError("stopped since another part failed", outcome.usage)
            try:
                return reader(outcome.result), outcome.usage
            except EngineError as error:
                raise EngineError(str(error), outcome.usage) from None

        if not asked:
            return [], Usage()
        found = await all_of([one(*part) for part in asked], brake, lambda pair: pair[1])
        return [value for value, _ in found], Usage.sum(usage for _, usage in found)
