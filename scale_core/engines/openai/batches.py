"""A request for samples as one HTTP request or several, put together again.

Knows how many samples one request may ask for, and what to do about those that a server leaves
out. Does not know JSON, connections or retries.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from scale_core.engines.base import EngineError, Sample
from scale_core.engines.openai.capabilities import MOST_TOGETHER
from scale_core.engines.openai.client import Brake, Client, all_of
from scale_core.engines.openai.load_balancer import Balance
from scale_core.engines.openai.retry import Outcome
from scale_core.engines.openai.sample_request import Ask, Job
from scale_core.trace.usage import Usage

Part = Outcome[tuple[Sample, ...]]


class Parts:
    """`short` is called when a server gave fewer samples than it was asked for."""

    def __init__(self, client: Client, balance: Balance, short: Callable[[], None]) -> None:
        self._client = client
        self._balance = balance
        self._short = short

    def all(self, job: Job) -> Coroutine[Any, Any, Part]:
        """All samples of the job. Raises EngineError with the usage of all parts."""
        first, n = job.request.first, job.request.n
        step = MOST_TOGETHER if job.caps.together else 1
        if n <= step:
            return self._one(job, first, n)
        return self._several(job, [(first + i, min(step, n - i)) for i in range(0, n, step)])

    async def _several(self, job: Job, parts: Sequence[tuple[int, int]]) -> Part:
        brake = Brake(job.cancel)
        job = job.with_cancel(brake)
        done = await all_of([self._one(job, *part) for part in parts], brake, lambda p: p.usage)
        return _joined(done)

    async def _one(self, job: Job, first: int, n: int) -> Part:
        """One request; samples that the server left out are asked for one by one."""
        client = self._client
        link = client.open_link() or await client.link()
        ask = Ask(link, client.key, job, first, n)
        outcome = await client.persistence.run(
            link, self._balance, client.accounts, job.cancel, ask
        )
        if not ask.missing:
            return outcome
        self._short()
        try:
            rest = await self._several(job, [(i, 1) for i in ask.missing])
        except EngineError as error:
            raise EngineError(str(error), outcome.usage + error.usage) from None
        return _joined([outcome, rest])


def _joined(parts: Sequence[Part]) -> Part:
    samples = sorted((s for part in parts for s in part.result), key=lambda s: s.index)
    return Outcome(
        tuple(samples),
        Usage.sum(part.usage for part in parts),
        tuple(fault for part in parts for fault in part.faults),
    )
