"""Log-probabilities of given continuations, from vLLM's prompt log-probabilities.

Knows how a continuation becomes the end of a prompt. Does not know sampling.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from scale_core.engines.base import Score, Token
from scale_core.engines.vllm.args import load
from scale_core.engines.vllm.calls import Call, Part, usage_of
from scale_core.engines.vllm.host import Host
from scale_core.engines.vllm.text import Texts, too_long
from scale_core.engines.vllm.thinking import Splitter
from scale_core.trace.usage import Usage


class Scoring(Call):
    """A call that also keeps the log-probabilities of its prompt's tokens."""

    rows: Sequence[Any] = ()

    def _take(self, output: Any, on_text: Any) -> None:
        self.rows = output.prompt_logprobs or self.rows
        super()._take(output, on_text)


async def score(
    host: Host, texts: Texts, context: int, prompt: str, continuations: Sequence[str]
) -> list[tuple[Score, Usage]]:
    """One score a continuation, each with what it cost. Called in vLLM's loop.

    Raises EngineError if one does not fit in the context.
    """
    start = texts.encode(prompt, False, context - 1)
    room = context - 1 - len(start)  # vLLM insists on generating one token
    pieces = [texts.ids(text) for text in continuations]
    longest = max(map(len, pieces), default=0)
    if longest > room:
        raise too_long(f"{len(start)} tokens and a continuation of {longest}", context - 1)
    jobs = [host.spawn(_one(host, texts, start, piece)) for piece in pieces]
    try:
        return list(await asyncio.gather(*jobs))
    finally:
        for job in jobs:  # one has failed: the others need not go on
            job.cancel()


async def _one(host: Host, texts: Texts, start: list[int], piece: list[int]) -> tuple[Score, Usage]:
    if not piece:
        return Score(0.0), Usage()
    call = Scoring(host, [*start, *piece], [Part(Splitter(None))])
    module = load("vllm.sampling_params")
    params = module.SamplingParams(
        temperature=0, max_tokens=1, prompt_logprobs=0,
        output_kind=module.RequestOutputKind.DELTA,
    )  # fmt: skip
    await call.run(params, lambda: False)
    pairs = zip(call.rows[len(start) :], piece, strict=True)
    rows = [row[chosen] for row, chosen in pairs]
    tokens = tuple(Token(row.decoded_token or "", row.logprob) for row in rows)
    return Score(sum(row.logprob for row in rows), tokens), usage_of([call], texts)
