"""From a request to vLLM's sampling parameters and back to samples.

Knows seeds, limits, schemas and thinking budgets. Runs in vLLM's loop. Does not know how vLLM is
started, how its outputs are read (vllm/calls.py) or who asks.

Law 4: the n samples of a request are one vLLM request, which gives its j-th sample the seed
`seed + j`; so samples first .. first + n - 1 are asked for with the seed `base + first`, and a
sample asked for alone later has the seed it would have had in the crowd.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Any

from scale_core.engines.base import Completion, EngineError, Request
from scale_core.engines.vllm.args import load
from scale_core.engines.vllm.calls import Call, Part, sample_of, token_reader, usage_of
from scale_core.engines.vllm.host import Host
from scale_core.engines.vllm.jobs import Job
from scale_core.engines.vllm.text import Texts
from scale_core.trace.usage import Usage


@dataclass(frozen=True)
class Sampler:
    """context: prompt + completion. most_logprobs: alternatives that vLLM gives, -1 = any number.
    reasons: vLLM knows the thoughts' markers. native: it keeps thinking budgets itself."""

    host: Host
    texts: Texts
    context: int
    most_logprobs: int
    reasons: bool
    native: bool

    async def run(self, job: Job, prompt: list[int], spent: list[Usage]) -> Completion:
        """All samples of a request. What it cost is put into `spent`, also if it fails."""
        request, markers = job.request, self.texts.markers
        open_ = markers is not None and markers.left_open(prompt)
        hoped = bool(request.thinking)
        alternatives = self._logprobs(request)
        reader = None if alternatives is None else token_reader(self.texts, alternatives)
        parts = [
            Part(markers.splitter(open_, hoped) if markers else None, open_, hoped, reader)
            for _ in range(request.n)
        ]
        calls = [Call(self.host, prompt, parts)]
        room = min(request.max_tokens, self.context - len(prompt))
        thinks = markers is not None and (request.thinking or open_)
        budget = request.thinking_budget if thinks else None
        try:
            if budget is None or self.native:
                await self._whole(job, calls[0], room, budget)
            else:
                await self._in_two(job, calls, room, budget)
        finally:
            spent.append(usage_of(calls, self.texts))
        samples = tuple(
            sample_of(request.first + j, part, self.texts, budget) for j, part in enumerate(parts)
        )
        return Completion(samples, spent[0], time.perf_counter() - job.began)

    async def _whole(self, job: Job, call: Call, room: int, budget: int | None) -> None:
        params = self._params(job, room, budget=budget)
        ended = not (job.request.thinking or call.parts[0].left_open)
        await call.run(params, job.stop, job.text, **self._reasoning(job, ended))

    async def _in_two(self, job: Job, calls: list[Call], room: int, budget: int) -> None:
        """A thinking budget without vLLM's help: generate that far; where a thought has not
        ended, close it; then go on."""
        markers, first = self.texts.markers, calls[0]
        assert markers is not None
        own = 0 if first.parts[0].left_open else len(markers.open_ids)
        await self._whole(job, first, min(room, budget + own), None)
        going = []
        for j, part in enumerate(first.parts):
            if part.finish != "length" or part.generated >= room:
                continue
            if job.stop.is_set():
                part.finish = "abort"
                continue
            if part.inside:
                job.pass_on(j, part.force(markers.closes, markers.close_ids))
            left = min(room - part.generated, self.context - len(first.prompt) - len(part.ids))
            if left > 0:
                call = Call(self.host, [*first.prompt, *part.ids], [part])
                params = self._params(job, left, alone=j)
                going.append(
                    call.run(params, job.stop, job.text_of(j), **self._reasoning(job, True))
                )
                calls.append(call)
        await asyncio.gather(*going)

    def _params(
        self, job: Job, limit: int, *, budget: int | None = None, alone: int | None = None
    ) -> Any:
        """vLLM's sampling parameters; `alone`: for this one of the samples, which goes on."""
        request, module = job.request, load("vllm.sampling_params")
        n = request.n if alone is None else 1
        more: dict[str, Any] = {} if budget is None else {"thinking_token_budget": budget}
        if request.temperature == 0 and n > 1:
            # vLLM has no greedy n > 1; the single likeliest token at any temperature is the same
            more |= {"temperature": 1.0, "top_k": 1}
        else:
            more |= {"temperature": request.temperature, "top_p": request.top_p}
        try:
            if request.schema is not None:
                more["structured_outputs"] = module.StructuredOutputsParams(json=request.schema)
            return module.SamplingParams(
                n=n,
                seed=_base(request.seed, alone is not None) + request.first + (alone or 0),
                max_tokens=limit,
                stop=list(request.stop),
                logprobs=self._logprobs(request),
                skip_special_tokens=not self.texts.shows_special,
                output_kind=module.RequestOutputKind.DELTA,
                stream_interval=job.interval,
                **more,
            )
        except Exception as error:  # vLLM's validation raises several kinds
            raise EngineError(f"vLLM refused this request: {error}") from error

    def _logprobs(self, request: Request) -> int | None:
        if request.logprobs is None or self.most_logprobs < 0:
            return request.logprobs
        return min(request.logprobs, self.most_logprobs)

    def _reasoning(self, job: Job, ended: bool) -> dict[str, Any]:
        """Whether a schema must wait for the end of a thought: vLLM would have to guess."""
        return {"reasoning_ended": ended} if job.request.schema and self.reasons else {}


def _base(seed: int, second: bool = False) -> int:
    """Where a request's seeds begin: 62 bits, so that neighbouring requests do not share any.
    second: for what comes after a thought that was closed."""
    text = f"{seed}{':after the thought' if second else ''}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 2
