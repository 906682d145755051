"""Models in vLLM that do not write: a process reward model and an embedder.

Knows the protocol of Qwen2.5-Math-PRM (a marker after each step, two classes at each marker) and
how texts become vectors. Does not know what scores or vectors are used for.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Sequence
from typing import Any

from scale_core.engines.base import (
    Cancel,
    Completion,
    EngineError,
    EngineInfo,
    Message,
    OnDelta,
    Request,
)
from scale_core.engines.loading import Report, silent
from scale_core.engines.vllm.host import Host
from scale_core.engines.vllm.library import Texts, device_of, load, parameters_of, too_long
from scale_core.trace.usage import Usage

STEP = "<extra_0>"
SYSTEM = "Please reason step by step, and put your final answer within \\boxed{}."
EMBEDDED = 2048  # tokens of a text that are embedded, from its beginning

_NAMES = itertools.count()


class _Pooling:
    """What both have in common. Blocks until vLLM is ready; see `VllmEngine`."""

    embeds = False
    scores_steps = False

    def __init__(
        self,
        model: str,
        arguments: Sequence[str] = (),
        *,
        share: float | None = None,
        report: Report = silent,
    ) -> None:
        defaults: dict[str, str | None] = {"--runner": "pooling"}
        if share is not None:
            defaults["--gpu-memory-utilization"] = f"{share:.3f}"
        self._host = Host(model, arguments, defaults=defaults, report=report)
        self._tokenizer: Any = self._host.llm.get_tokenizer()
        config = self._host.llm.vllm_config
        self._context: int = config.model_config.max_model_len
        self._counters = Usage()
        self._info = EngineInfo(
            name="vLLM",
            model=model,
            device=device_of(config),
            context=self._context,
            parameters=parameters_of(config.model_config),
            embeds=self.embeds,
            scores_steps=self.scores_steps,
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def counters(self) -> Usage:
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
        """Always raises EngineError."""
        raise EngineError(f"{self._info.model} does not write texts")

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        """Always raises EngineError where `info.embeds` is False."""
        raise EngineError(f"{self._info.model} does not make embeddings")

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        """Always raises EngineError where `info.scores_steps` is False."""
        raise EngineError(f"{self._info.model} does not score steps")

    async def close(self) -> None:
        """End vLLM and its processes; pending calls get EngineError. May be called twice."""
        await asyncio.to_thread(self._host.close)

    async def _pool_all(
        self, prompts: Sequence[list[int]], params: dict[str, Any]
    ) -> tuple[list[Any], Usage]:
        """One result (nested lists of numbers) a prompt; all in vLLM at the same time. Raises
        EngineError with what was spent on all of them."""
        spent: list[Usage] = []
        tasks = [self._host.spawn(self._pool(ids, params, spent)) for ids in prompts]
        try:
            results = await asyncio.gather(*tasks)
        except EngineError as error:
            await _ended(tasks)
            error.usage = Usage.sum(spent)
            raise
        finally:
            for task in tasks:  # nobody waits: vLLM need not go on
                task.cancel()
        return results, Usage.sum(spent)

    async def _pool(self, ids: list[int], params: dict[str, Any], spent: list[Usage]) -> Any:
        prompt = load("vllm.inputs").tokens_input(ids)
        pooling = load("vllm").PoolingParams(**params)
        cached: int | None = None
        data: Any = None
        try:
            name = f"scale-pool-{next(_NAMES)}"
            async for output in self._host.llm.encode(prompt, pooling, name):
                cached = output.num_cached_tokens
                data = output.outputs.data.float().tolist()
        except Exception as error:
            raise self._host.in_words(error) from error
        finally:
            spent.append(Usage(len(ids), cached, 0, 0))
            self._counters += spent[-1]
        return data


async def _ended(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """End what still goes on; all that was spent is known then."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class VllmPrm(_Pooling):
    """A process reward model that speaks the protocol of Qwen2.5-Math-PRM: the system prompt,
    the question, and the steps each followed by `<extra_0>`; a step's score is the probability of
    the second class at its marker, softmax(logits)[1].

    Raises EngineError if the model's tokenizer lacks that marker or a chat template.
    """

    scores_steps = True

    def __init__(
        self,
        model: str,
        arguments: Sequence[str] = (),
        *,
        share: float | None = None,
        report: Report = silent,
    ) -> None:
        super().__init__(model, arguments, share=share, report=report)
        self._texts = Texts(self._tokenizer)
        marker = self._tokenizer.get_vocab().get(STEP)
        if marker is None or not self._texts.chat:
            self._host.close()
            raise EngineError(
                f"{model} does not speak the protocol of Qwen2.5-Math-PRM: its tokenizer needs "
                f"{STEP} and a chat template"
            )
        self._marker: int = marker
        self._params: dict[str, Any] = {"task": "token_classify", "use_activation": False}
        pooler = self._host.llm.vllm_config.model_config.pooler_config
        if getattr(pooler, "tok_pooling_type", None) == "STEP":
            self._params["step_tag_id"] = marker  # vLLM assumes that of the published model

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        """[solutions][steps] probabilities that a step is right, given those before it.

        Raises EngineError if a solution does not fit in the context, or on `close`.
        """
        return await self._host.do(self._score_steps(problem, solutions))

    async def _score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        prompts = [self._prompt(problem, steps) for steps in solutions]
        asked = [ids for ids in prompts if ids]
        rows, usage = await self._pool_all(asked, self._params)
        found = iter(rows)
        try:
            scores = [self._read(ids, next(found)) if ids else [] for ids in prompts]
            for steps, row in zip(solutions, scores, strict=True):
                if len(steps) != len(row):
                    raise EngineError(f"the model scored {len(row)} of {len(steps)} steps")
        except EngineError as error:
            error.usage = usage
            raise
        return scores, usage

    def _prompt(self, problem: str, steps: Sequence[str]) -> list[int]:
        """Token ids; none for a solution without steps."""
        if not steps:
            return []
        chat = [
            Message("system", SYSTEM),
            Message("user", _bare(problem)),
            Message("assistant", "".join(_bare(step) + STEP for step in steps)),
        ]
        text = self._tokenizer.apply_chat_template(
            [{"role": m.role, "content": m.content} for m in chat], tokenize=False
        )
        ids = self._texts.ids(text)
        if len(ids) > self._context:
            raise too_long(f"{len(ids)} tokens", self._context)
        return ids

    def _read(self, ids: list[int], rows: list[list[float]]) -> list[float]:
        """The second class's probability at each marker. vLLM gives a row for each token, or,
        where the model's pooler picks the markers itself, for each marker."""
        places = [i for i, id_ in enumerate(ids) if id_ == self._marker]
        if len(rows) == len(ids):
            rows = [rows[i] for i in places]
        if len(rows) != len(places) or any(len(row) != 2 for row in rows):
            raise EngineError(f"{self._info.model} does not give two classes for each step")
        return [_second(*row) for row in rows]


def _bare(text: str) -> str:
    """Without markers, and without the newlines that separate steps: the marker does that."""
    return text.replace(STEP, "").strip("\n")


def _second(first: float, second: float) -> float:
    """softmax((first, second))[1], without overflow."""
    gap = first - second
    if gap > 0:
        return math.exp(-gap) / (1 + math.exp(-gap))
    return 1 / (1 + math.exp(gap))


class VllmEmbedder(_Pooling):
    """A model that turns texts into vectors, as its own pooling says (BGE-M3: the first token's,
    length 1). Texts are cut to their first `EMBEDDED` tokens, or what the model can take."""

    embeds = True

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        """One vector a text. Raises EngineError on `close` or where the model makes none."""
        return await self._host.do(self._embed(texts))

    async def _embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        most = min(EMBEDDED, self._context)
        prompts = [
            list(self._tokenizer(text, truncation=True, max_length=most)["input_ids"])
            for text in texts
        ]
        if not all(prompts):
            raise EngineError("an empty text has no embedding")
        return await self._pool_all(prompts, {"task": "embed"})
