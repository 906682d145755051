"""Engines by kind: the embedded model, a chat model of onnxruntime-genai, vLLM, a server.

Knows which models make one engine, which of them serves which call, how they share a card's memory
and what can be said of a model before it is loaded. Does not know command lines or pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scale_core.engines.base import Cancel, Completion, Engine, EngineInfo, OnDelta, Request
from scale_core.engines.loading import Loading, LoadingEngine, Report
from scale_core.shipped import ASSETS
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
        on_delta: OnDelta | None = None,
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


MODEL_FOLDER = ASSETS / "abacus" / "onnx"
Watch = Callable[[Loading], None]

# Of the card's memory, where several models share it; vLLM's own default where there is one.
ALL, REWARDS, EMBEDDER = 0.9, 0.3, 0.08


def vllm_engine(
    model: str | Path | None,
    *,
    arguments: Sequence[str] = (),
    prm: str | None = None,
    prm_arguments: Sequence[str] = (),
    embedder: str | None = None,
    embedder_arguments: Sequence[str] = (),
    watch: Watch | None = None,
) -> LoadingEngine:
    """vLLM in this process: the policy and, if they are named, a process reward model and an
    embedder, each an engine of its own. Returns at once; requests wait until all are loaded.

    arguments: vLLM's own engine arguments for the policy, such as ["--max-model-len", "8192"];
    the others have theirs. Each may say its share of the memory by --gpu-memory-utilization.
    Raises ValueError without a model.
    """
    if model is None:
        raise ValueError("vLLM needs a model: --model FOLDER, or owner/name on the Hub")
    name = str(model)
    rest = (REWARDS if prm else 0) + (EMBEDDER if embedder else 0)

    def load(report: Report) -> Engine:
        # One after the other: vLLM measures what is free while it starts.
        from scale_core.engines.catalogue import CombinedEngine
        from scale_core.engines.vllm.engine import VllmEngine
        from scale_core.engines.vllm.pooling import VllmEmbedder, VllmPrm

        made: list[Engine] = []
        try:
            share = ALL - rest if rest else None
            made.append(VllmEngine(name, arguments, share=share, report=report))
            rewards = VllmPrm(prm, prm_arguments, share=REWARDS, report=report) if prm else None
            made += [rewards] if rewards else []
            vectors = (
                VllmEmbedder(embedder, embedder_arguments, share=EMBEDDER, report=report)
                if embedder
                else None
            )
        except BaseException:
            _close(made)
            raise
        if rewards is None and vectors is None:
            return made[0]
        return CombinedEngine(made[0], rewards=rewards, embedder=vectors)

    return LoadingEngine(load, _early(name, prm is not None, embedder is not None), watch)


def _close(engines: Sequence[Engine]) -> None:
    for engine in engines:
        asyncio.run(engine.close())


def _early(model: str, rewards: bool, embeds: bool) -> EngineInfo:
    """What is said of a model before vLLM has loaded it. A thinking switch and budget are hoped
    for: where there are none, asking for them does nothing."""
    chat = is_chat(model)
    return EngineInfo(
        name="vLLM",
        model=model,
        device="",
        context=0,
        logprobs=True,
        embeds=embeds,
        thinking_switch=chat,
        thinking_budget=chat,
        schema=True,
        chat=chat,
        scores_steps=rewards,
        notes=("The model is still being loaded.",),
    )


def is_chat(model: str) -> bool:
    """Whether a model is asked in messages: of a folder its tokenizer tells, of a name on the Hub
    it is assumed (a model that was not made for chats cannot follow the stages' prompts)."""
    folder = Path(model)
    if not folder.is_dir():
        return True
    if (folder / "chat_template.jinja").exists():
        return True
    config = folder / "tokenizer_config.json"
    return config.exists() and '"chat_template"' in config.read_text("utf-8", "replace")


def is_onnx(model: str | Path) -> bool:
    """Whether a model is a folder of onnxruntime-genai."""
    return (Path(model) / "genai_config.json").exists()


def is_embedded(model: str | Path) -> bool:
    """Whether an onnxruntime-genai folder holds the embedded model, or one trained like it."""
    tokenizer = Path(model) / "tokenizer.json"
    return tokenizer.exists() and "<|outline|>" in tokenizer.read_text("utf-8", "replace")


def server_engine(
    model: str | Path | None,
    *,
    base_urls: Sequence[str] = (),
    prm: str | None = None,
    prm_url: str | None = None,
    embedder: str | None = None,
    embedder_url: str | None = None,
    in_flight: int = 64,
    context: int | None = None,
    extra: Mapping[str, Any] | None = None,
    patience: float = 900.0,
    watch: Watch | None = None,
) -> Engine:
    """A server that speaks OpenAI's protocol; its key comes from the environment.

    prm, embedder: models served at the same addresses unless they have one of their own.
    in_flight: most requests at a time at each server. context: tokens; None: what the server
    says. extra: fields added to every request. patience: seconds that one request may take, as long
    as its server is alive. watch: told how long a request has been waiting.
    Raises ValueError without a model or an address, or for one that cannot be used.
    """
    from scale_core.engines.openai.engine import (
        OpenAIEngine,
        RetryPolicy,
        Timeouts,
        key_from_environment,
    )

    if patience <= 0:
        raise ValueError(f"patience must be more than 0 seconds, got {patience:g}")
    if model is None or not base_urls:
        raise ValueError("a server needs an address and a model: --base-url URL --model NAME")
    return OpenAIEngine(
        base_urls,
        str(model),
        key=key_from_environment(),
        context=context,
        max_in_flight=in_flight,
        extra=extra,
        embed_model=embedder,
        embed_url=embedder_url,
        prm_model=prm,
        prm_url=prm_url,
        timeouts=Timeouts(reply=patience, stream=patience),
        retry=RetryPolicy(patience=patience),
        watch=watch,
    )


def embedded_engine(folder: Path = MODEL_FOLDER) -> Engine:
    """The embedded model's engine. Raises EngineError if its files are not there."""
    from scale_core.engines.embedded.engine import OnnxEngine

    return OnnxEngine(folder)


def open_engine(kind: str = "embedded", model: str | Path | None = None, **options: Any) -> Engine:
    """The engine of a kind, with a model and the kind's own options.

    embedded: model is a folder, by default the shipped one. onnx: any chat model of
    onnxruntime-genai, a folder or a name on the Hub; options `context`, `threads`. vllm: a folder
    or a name on the Hub; options of `vllm_engine`. openai: a server's; options of `server_engine`.
    Raises ValueError for an unknown kind or a missing model, EngineError if it cannot be used.
    """
    if kind not in ENGINES:
        raise ValueError(f"no such engine: {kind}; there are {', '.join(ENGINES)}")
    return ENGINES[kind](model, **options)


def _embedded(model: str | Path | None, **options: Any) -> Engine:
    return embedded_engine(MODEL_FOLDER if model is None else Path(model), **options)


def _onnx(model: str | Path | None, **options: Any) -> Engine:
    from scale_core.engines.onnx_chat.engine import OnnxChatEngine

    if model is None:
        raise ValueError("this engine needs a model: --model FOLDER, or owner/name on the Hub")
    return OnnxChatEngine(model, **options)


ENGINES: Mapping[str, Callable[..., Engine]] = {
    "embedded": _embedded,
    "onnx": _onnx,
    "vllm": vllm_engine,
    "openai": server_engine,
}
