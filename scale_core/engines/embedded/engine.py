"""The embedded engine: our own small model on the CPU, behind the engine protocol.

Knows how to turn requests into jobs for the worker thread and how to wait for them from any
event loop. Does not know how tokens are drawn (`sampling`), batched (`batching`) or computed
(`model`). Needs numpy, tokenizers and onnxruntime; no torch, no transformers.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Sequence
from pathlib import Path

from scale_core.engines.base import (
    Cancel,
    Completion,
    EngineError,
    EngineInfo,
    OnDelta,
    Request,
)
from scale_core.engines.embedded.batching import Batcher
from scale_core.engines.embedded.jobs import SampleJob
from scale_core.engines.embedded.model import Decoder
from scale_core.engines.embedded.text import Vocabulary
from scale_core.trace.usage import Usage

_ROUNDING = "On this processor a sample's rounding may depend on what runs beside it."


class OnnxEngine:
    """Serves a model folder of onnxruntime-genai (model.onnx, genai_config.json,
    tokenizer.json) to any number of event loops and threads at once.

    max_batch: samples generated side by side; more wait. Each takes up to `context` positions
    of cache memory, touched only as far as it is used.
    threads: cores for one step, by default all but one (the rest of the program needs it).
    Raises EngineError if the folder cannot be used.
    """

    def __init__(self, model_dir: Path, *, max_batch: int = 64, threads: int | None = None) -> None:
        if max_batch < 1 or (threads is not None and threads < 1):
            raise ValueError(f"need max_batch and threads >= 1, got {max_batch}, {threads}")
        threads = threads or max(1, min(8, (os.cpu_count() or 1) - 1))
        self.folder = model_dir
        decoder = Decoder(model_dir, max_batch, threads)
        try:
            self._vocabulary = Vocabulary(model_dir / "tokenizer.json")
        except EngineError:
            raise
        except Exception as error:  # the tokenizer library raises bare Exception
            raise EngineError(f"no usable tokenizer in {model_dir}: {error}") from error
        if len(self._vocabulary.pieces) < decoder.shape.vocabulary:
            raise EngineError(f"{model_dir}: the model has tokens that the tokenizer lacks")
        self._context = decoder.shape.context
        self._batcher = Batcher(decoder, self._vocabulary, max_batch)
        # Also when the program ends or forgets the engine: Python cannot be torn down while the
        # worker is inside the native library.
        weakref.finalize(self, self._batcher.close)
        self._info = EngineInfo(
            name="ONNX Runtime",
            model=model_dir.parent.name if model_dir.name == "onnx" else model_dir.name,
            device=f"CPU, {threads} thread{'s' if threads > 1 else ''}",
            context=self._context,
            parameters=decoder.parameters,
            reproducible=decoder.reproducible,
            logprobs=True,
            notes=() if decoder.reproducible else (_ROUNDING,),
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def counters(self) -> Usage:
        """All tokens processed so far, those of cancelled requests included."""
        return self._batcher.counters

    @property
    def fault(self) -> str:
        """Why it does not work at the moment; empty if it does."""
        return self._batcher.fault

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: OnDelta | None = None,
    ) -> Completion:
        """Generate the request's samples; see `Engine.sample`.

        max_tokens is cut to what fits in the context. A sample's deltas join to its text.
        `cancel.is_set` is called on the worker's thread. With log-probabilities, `tokens` has
        one entry for each generated token, the end token and a stop text's tokens included.
        Raises EngineError if the prompt does not fit, is empty or is a chat, or on `close`.
        """
        if not isinstance(request.prompt, str):
            raise EngineError("this model takes plain text, not a list of messages")
        if "" in request.stop:
            raise EngineError("a stop text must not be empty")
        # One position must be left for the first generated token.
        prompt = self._encode(request.prompt, self._context - 1)
        limit = min(request.max_tokens, self._context - len(prompt))
        job = SampleJob(request, prompt, limit, cancel, on_delta)
        self._batcher.submit(job)
        return await _wait(job)

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        """Always raises EngineError: the exported graph does not give its hidden states."""
        raise EngineError("this engine does not make embeddings")

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        """Always raises EngineError: no process reward model is part of this engine."""
        raise EngineError("this engine has no process reward model")

    async def close(self) -> None:
        """End the worker thread; pending requests get EngineError. May be called twice."""
        await asyncio.to_thread(self._batcher.close)

    def _encode(self, prompt: str, room: int) -> list[int]:
        ids = self._vocabulary.encode(prompt, room)
        if not ids:
            raise EngineError("the prompt is empty")
        return ids


async def _wait(job: SampleJob) -> Completion:
    try:
        return await job.future
    finally:
        # Cancelled while it waited: the worker then frees its slots. No effect once answered.
        job.abandoned = True
