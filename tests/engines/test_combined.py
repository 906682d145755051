"""Several models behind one engine: each call reaches its own, and everything is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from scale_core.engines.base import EngineError, EngineInfo, Request
from scale_core.engines.catalogue import CombinedEngine
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.trace.usage import Usage


class Numbers(OnnxEngine):
    """The embedded engine's folder with step scores and vectors of its own making."""

    def __init__(self, model_dir: Path, **can: bool) -> None:
        super().__init__(model_dir)
        self._own = EngineInfo("numbers", f"{'+'.join(can)} model", "CPU", 10, **can)
        self.spent, self.closed = Usage(), False

    @property
    def info(self) -> EngineInfo:
        return self._own

    @property
    def counters(self) -> Usage:
        return self.spent

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        usage = Usage(sum(map(len, solutions)), None, 0, 0)
        self.spent += usage
        return [[0.5 for _ in steps] for steps in solutions], usage

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        usage = Usage(len(texts), 0, 0, 0)
        self.spent += usage
        return [[1.0] for _ in texts], usage

    async def close(self) -> None:
        self.closed = True
        await super().close()


def test_each_call_reaches_its_model(model_dir: Path) -> None:
    policy = OnnxEngine(model_dir)
    rewards, embedder = Numbers(model_dir, scores_steps=True), Numbers(model_dir, embeds=True)
    both = CombinedEngine(policy, rewards=rewards, embedder=embedder)

    async def work() -> list[Usage]:
        scores, first = await both.score_steps("x", [["a", "b"], ["c"]])
        assert scores == [[0.5, 0.5], [0.5]]
        vectors, second = await both.embed(["a", "b"])
        assert vectors == [[1.0], [1.0]]
        completion = await both.sample(Request("<|s1|>1+1<|go|>", temperature=0, max_tokens=4))
        assert completion.samples[0].text == "2"
        return [first, second, completion.usage]

    spent = asyncio.run(work())
    assert both.counters == Usage.sum(spent)
    info = both.info
    assert (info.name, info.scores_steps, info.embeds) == ("ONNX Runtime", True, True)
    assert info.notes[-2:] == (
        "Steps are scored by scores_steps model.", "Texts are embedded by embeds model.",
    )  # fmt: skip
    asyncio.run(both.close())
    assert rewards.closed and embedder.closed
    with pytest.raises(EngineError):
        asyncio.run(policy.sample(Request("1")))


def test_what_is_absent_the_policy_refuses(model_dir: Path) -> None:
    alone = CombinedEngine(OnnxEngine(model_dir))
    assert not (alone.info.scores_steps or alone.info.embeds)
    with pytest.raises(EngineError):
        asyncio.run(alone.embed(["x"]))
    with pytest.raises(EngineError):
        asyncio.run(alone.score_steps("x", [["y"]]))
    asyncio.run(alone.close())
