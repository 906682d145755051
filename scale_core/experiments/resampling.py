"""Resampling: a sample cache of which every sample is a random one of those recorded.

Knows a sample cache and the number of a draw: with the same number and the same request come the
same samples, whoever asks. Does not know what they are for. With it a lane that ran once can be run
many times over, to see what it does on average.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace

from scale_core.engines.base import Cancel, Completion, Engine, EngineInfo, Request, Sample
from scale_core.engines.sample_cache import OnDelta, SampleCache
from scale_core.trace.sample_key import SampleKey
from scale_core.trace.usage import Usage, total

PLANNING = ("outline", "choose")


class Pools(SampleCache):
    """A sample cache with one pool of samples for each prompt, whatever seed they are asked for
    with: the pool has the seed that was seen first. `generated`: tokens that it cost so far."""

    def __init__(self, engine: Engine | None, info: EngineInfo | None = None) -> None:
        super().__init__(engine, info)
        self.generated = 0
        self._seeds: dict[SampleKey, int] = {}
        self.listeners.append(self._count)

    def _count(self, request: Request, completion: Completion) -> None:
        self.generated += completion.usage.total or 0

    def pooled(self, request: Request) -> Request:
        """The same request with its pool's seed."""
        return replace(request, seed=self._seeds.setdefault(_pool(request), request.seed))

    async def take(
        self, request: Request, cancel: Cancel | None, on_delta: OnDelta | None = None
    ) -> Completion:
        return await super().take(self.pooled(request), cancel, on_delta)


class Resampled(SampleCache):
    """The `number`-th draw from pools: sample i of a request is one of the first `size` of its
    pool, each as likely as any other. Only what is drawn is generated. The plan, and what is asked
    for at temperature 0, stays as it is."""

    def __init__(self, pools: Pools, number: int, size: int) -> None:
        super().__init__(pools.engine, pools.info)
        self.pools, self.number, self.size = pools, number, size

    async def take(
        self, request: Request, cancel: Cancel | None, on_delta: OnDelta | None = None
    ) -> Completion:
        if request.stage in PLANNING or request.temperature == 0:
            return await SampleCache.take(self.pools, request, cancel, on_delta)
        place = _place(request)
        draws = [random.Random(f"{self.number}/{place}/{i}") for i in request.indices]
        picks = [draw.randrange(self.size) for draw in draws]
        ones = [replace(request, first=pick, n=1) for pick in sorted(set(picks))]
        taken = await asyncio.gather(*(self.pools.take(one, cancel) for one in ones))
        found = {one.first: completion for one, completion in zip(ones, taken, strict=True)}
        return _joined([found[pick] for pick in picks], request.first)

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        return await self.pools.embed(texts)

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        return await self.pools.score_steps(problem, solutions)


def _pool(request: Request) -> SampleKey:
    """What identifies a pool: a request but for its seed."""
    return replace(SampleKey.of(request), seed=0)


def _place(request: Request) -> str:
    """A request's part in what a draw is a function of: another text draws other samples."""
    asked = (request.prompt, request.temperature, request.top_p, request.max_tokens)
    return str((*asked, request.stop, request.thinking, request.seed))


def _joined(parts: list[Completion], first: int) -> Completion:
    """One completion of these samples, as one request would have given them: the prompt is paid
    once."""
    samples: list[Sample] = [
        replace(part.samples[0], index=first + k) for k, part in enumerate(parts)
    ]
    usage = replace(
        parts[0].usage,
        completion=total(part.usage.completion for part in parts),
        thinking=total(part.usage.thinking for part in parts),
    )
    return Completion(tuple(samples), usage)
