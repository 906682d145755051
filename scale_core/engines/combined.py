"""Several models behind one engine: a policy, a process reward model and an embedder.

Knows which of them serves which call. Does not know how any of them runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from scale_core.engines.base import Cancel, Completion, Delta, Engine, EngineInfo, Request
from scale_core.trace.usage import Usage


class CombinedEngine:
    """The policy samples, `rewards` scores steps, `embedder` embeds; what is absent
    the policy answers itself (most raise EngineError then). Its counters are the sum of all."""

    def __init__(
        self, policy: Engine, *, rewards: Engine | None = None, embedder: Engine | None = None
    ) -> None:
        self.policy = policy
        self.rewards = rewards or policy
        self.embedder = embedder or policy
        self._parts = tuple(dict.fromkeys((policy, self.rewards, self.embedder)))

    @property
    def info(self) -> EngineInfo:
        """The policy's, with what the others add; their names are in the notes."""
        info = self.policy.info
        names = {self.rewards: "Steps are scored by", self.embedder: "Texts are embedded by"}
        notes = [
            f"{role} {part.info.model}." for part, role in names.items() if part is not self.policy
        ]
        return replace(
            info,
            scores_steps=self.rewards.info.scores_steps,
            embeds=self.embedder.info.embeds,
            others=info.others + self._others(),
            notes=(*info.notes, *notes),
        )

    def _others(self) -> tuple[tuple[str, str, int | None], ...]:
        stages = {"judge": self.rewards, "embed": self.embedder}
        return tuple(
            (stage, part.info.model, part.info.parameters)
            for stage, part in stages.items()
            if part is not self.policy
        )

    @property
    def counters(self) -> Usage:
        return Usage.sum(part.counters for part in self._parts)

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: Callable[[Delta], None] | None = None,
    ) -> Completion:
        return await self.policy.sample(request, cancel=cancel, on_delta=on_delta)

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        return await self.embedder.embed(texts)

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        return await self.rewards.score_steps(problem, solutions)

    async def close(self) -> None:
        """Close all, also if one of them fails to; raises the first failure."""
        results = await asyncio.gather(*(p.close() for p in self._parts), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
