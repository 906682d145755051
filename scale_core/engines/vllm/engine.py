"""vLLM in the program's own process, behind the engine protocol.

Knows what vLLM can do and what it does not promise, and how callers on any event loop reach it.
Does not know how vLLM is started (`host`), how a request becomes samples (`sampling`) or chat
templates (`model`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from scale_core.engines.base import (
    Cancel,
    Completion,
    EngineError,
    EngineInfo,
    OnDelta,
    Request,
)
from scale_core.engines.cancel import StopSignal
from scale_core.engines.loading import Report, silent, unstarted
from scale_core.engines.vllm.host import Host
from scale_core.engines.vllm.library import (
    Texts,
    device_of,
    load,
    mark_thoughts,
    marks_of,
    parameters_of,
)
from scale_core.engines.vllm.sampling import Job, Relay, Sampler
from scale_core.trace.usage import Usage

_ROUNDING = (
    "vLLM: each sample has a seed of its own, but rounding depends on what runs beside it, "
    "so the same seed may rarely give another text."
)
_CHARGED = "A prompt counts as read once vLLM has it, also if Stop came before its first token."
_NATIVE = "A thought that reaches its budget is closed by vLLM (thinking_token_budget)."
_OURS = "A thought that reaches its budget is cut, closed, and the reply asked for anew."
_UNMARKED = "vLLM does not tell what marks this model's thoughts, so they count as reply."


class VllmEngine:
    """A language model in vLLM. Blocks until it is ready; `LoadingEngine` makes it in a thread.

    model: a Hub id or a folder. arguments: vLLM's own engine arguments, as on its command line.
    share: of the card's memory (`--gpu-memory-utilization`) unless the arguments say otherwise.
    native_budget: let vLLM keep thinking budgets where it can.
    Raises EngineError, with the cause in words, if the model cannot be loaded.
    """

    def __init__(
        self,
        model: str,
        arguments: Sequence[str] = (),
        *,
        share: float | None = None,
        native_budget: bool = True,
        report: Report = silent,
    ) -> None:
        self._host = Host(
            model, arguments, defaults=_defaults(share), prepare=mark_thoughts, report=report
        )
        config = self._host.llm.vllm_config
        marks = marks_of(config)
        native = hasattr(load("vllm").SamplingParams, "thinking_token_budget")
        self._sampler = Sampler(
            self._host,
            Texts(self._host.llm.get_tokenizer(), marks),
            config.model_config.max_model_len,
            config.model_config.max_logprobs,
            marks is not None,
            native and native_budget and marks is not None,
        )
        self._counters = Usage()
        self._info = self._describe(model, config)

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def counters(self) -> Usage:
        """What every ended request took, the cancelled ones included."""
        return self._counters

    @property
    def running(self) -> int:
        """Requests in vLLM's scheduler, running or waiting, by its own last report."""
        return self._host.running

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: OnDelta | None = None,
    ) -> Completion:
        """Generate the request's samples; see `Engine.sample`.

        max_tokens is cut to what fits in the context, `logprobs` to vLLM's --max-logprobs. A
        sample's deltas that are not thinking join to its text. With log-probabilities, `tokens`
        has one entry for each token of the reply. Stop texts end a thought as well.
        Raises EngineError if the request cannot be served, or on `close`.
        """
        stop = StopSignal(cancel)
        relay = None if on_delta is None else Relay(on_delta, stop)
        completion = await self._host.do(self._sample(Job(request, stop, relay)))
        if relay is not None and relay.error is not None:
            raise relay.error
        return completion

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        """Always raises EngineError: an embedder is an engine of its own."""
        raise EngineError("no embedder is loaded (--embedder)")

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        """Always raises EngineError: a process reward model is an engine of its own."""
        raise EngineError("no process reward model is loaded (--prm)")

    async def close(self) -> None:
        """End vLLM and its processes; pending requests get EngineError. May be called twice."""
        await asyncio.to_thread(self._host.close)

    # ---- in vLLM's loop --------------------------------------------------------------------

    async def _sample(self, job: Job) -> Completion:
        request, sampler = job.request, self._sampler
        if "" in request.stop:
            raise EngineError("a stop text must not be empty")
        if job.stop.is_set():
            return unstarted(request)
        # One position must be left for the first generated token.
        prompt = sampler.texts.encode(request.prompt, bool(request.thinking), sampler.context - 1)
        work = self._host.spawn(self._counted(job, prompt))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            job.stop.set()  # the work goes on until vLLM has let go, and is counted
            raise

    async def _counted(self, job: Job, prompt: list[int]) -> Completion:
        spent: list[Usage] = []
        try:
            return await self._sampler.run(job, prompt, spent)
        except EngineError as error:
            error.usage = Usage.sum(spent)
            raise
        finally:
            self._counters += Usage.sum(spent)

    def _describe(self, model: str, config: Any) -> EngineInfo:
        texts, notes = self._sampler.texts, [_ROUNDING, _CHARGED]
        if texts.markers is not None:
            notes.append(_NATIVE if self._sampler.native else _OURS)
        elif config.structured_outputs_config.reasoning_parser:
            notes.append(_UNMARKED)
        return EngineInfo(
            name="vLLM",
            model=model,
            device=device_of(config),
            context=self._sampler.context,
            parameters=parameters_of(config.model_config),
            logprobs=True,
            thinking_switch=texts.switch,
            thinking_budget=texts.markers is not None,
            schema=True,
            chat=texts.chat,
            notes=tuple(notes),
        )


def _defaults(share: float | None) -> dict[str, str | None]:
    """vLLM's arguments unless a person gives them."""
    found: dict[str, str | None] = {"--enable-prefix-caching": None, "--runner": "generate"}
    if load("vllm.platforms").current_platform.is_cpu():
        # There a prompt read in pieces ends vLLM if its samples have seeds: it would set their
        # random numbers back, which a processor's generator cannot do.
        found["--no-enable-chunked-prefill"] = None
    if share is not None:
        found["--gpu-memory-utilization"] = f"{share:.3f}"
    return found
