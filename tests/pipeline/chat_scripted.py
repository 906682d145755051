"""A scripted chat model: it reads our prompts as a person would and answers by a script.

Which role a prompt has is told by the request's tag. Tokens are characters. Right answers come from
a table of one problem; handlers make it ugly, wrong, slow of mind or mute.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scale_core.engines.base import (
    Cancel,
    Completion,
    Delta,
    EngineError,
    EngineInfo,
    Request,
    Sample,
    Token,
)
from scale_core.runs.solve import solve
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage

PROBLEM = "A box has 12 red and twice as many blue marbles. What share of all marbles is red?"
ANSWER = r"\frac{1}{3}"
STEPS = [
    {"task": "Find the number of blue marbles", "needs": []},
    {"task": "Add #1 to the 12 red marbles", "needs": [1]},
    {"task": "Divide 12 by #2", "needs": [2]},
]
OUTLINE = json.dumps({"steps": STEPS})
RESULTS = {"1": "24", "2": "36", "3": ANSWER}

Script = Callable[[Request, str, str, int], str | Sample]
"""(request, node, stage, index) -> the reply."""


def right(request: Request, node: str, stage: str, index: int) -> str:
    """The script that does everything right, in the forms asked for."""
    if stage in ("system1", "system2"):
        return f"Work.\n\\boxed{{{RESULTS.get(node, ANSWER)}}}"
    return {
        "outline": OUTLINE,
        "choose": "1",
        "rate": '{"difficulty": 1}' if node == "1" else '{"difficulty": 7}',
        "verify": "It is.\nVerdict: yes",
        "chain": f"Thus \\boxed{{{ANSWER}}}.",
        "extract": rf"\boxed{{{RESULTS.get(node, ANSWER)}}}",
    }[stage]


def script(**stages: str | Callable[..., str | Sample]) -> Script:
    """The right one, except for the stages given as a text or a function of the same arguments."""

    def reply(request: Request, node: str, stage: str, index: int) -> str | Sample:
        given = stages.get(stage, right)
        return given if isinstance(given, str) else given(request, node, stage, index)

    return reply


@dataclass
class ChatEngine:
    """Implements `Engine` for messages. odds: probabilities of single characters at the end of a
    stage's reply, by stage."""

    script: Script = right
    logprobs: bool = False
    switch: bool = True
    name: str = "scripted-chat"
    calls: list[Request] = field(default_factory=list)
    closed: bool = False
    _counted: Usage = field(default_factory=Usage)

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            "Scripted", self.name, "test", 100_000, reproducible=True, logprobs=self.logprobs,
            thinking_switch=self.switch, chat=True, schema=True,
        )  # fmt: skip

    @property
    def counters(self) -> Usage:
        return self._counted

    def called(self, stage: str, node: str | None = None) -> list[Request]:
        tags = [(r, r.node, r.stage) for r in self.calls]
        return [r for r, n, s in tags if s == stage and node in (None, n)]

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: Callable[[Delta], None] | None = None,
    ) -> Completion:
        await asyncio.sleep(0)
        assert not isinstance(request.prompt, str)
        self.calls.append(request)
        node, stage = request.node, request.stage
        indices = range(request.first, request.first + request.n)
        samples = tuple(
            self._sample(self.script(request, node, stage, i), i, request) for i in indices
        )
        usage = Usage(
            sum(len(m.content) for m in request.prompt),
            0,
            sum(s.completion_tokens or 0 for s in samples),
            sum(len(s.thinking or "") for s in samples),
        )
        self._counted += usage
        return Completion(samples, usage)

    def _sample(self, reply: str | Sample, index: int, request: Request) -> Sample:
        if isinstance(reply, Sample):
            return reply
        thinking = "hm" if request.thinking else None
        tokens = tuple(Token(c, math.log(0.9), ((c, math.log(0.9)),)) for c in reply)
        shown = tokens if self.logprobs and request.logprobs is not None else ()
        count = len(reply) + 1 + len(thinking or "")
        return Sample(index, reply, "stop", count, thinking, shown)

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        raise EngineError("the scripted engine does not make embeddings")

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        raise EngineError("this engine has no process reward model")

    async def close(self) -> None:
        self.closed = True


def play(
    engine: Any, problem: str = PROBLEM, *, preset: str = "scale", seconds: float = 60, **asked: Any
) -> Run:
    """A whole run with the dialect that belongs to the engine, and the laws that hold for every
    run: it ends, and every token is in the ledger."""
    keywords: Mapping[str, Any] = {
        k: asked.pop(k) for k in ("answer", "seed", "cancel", "dialect") if k in asked
    }

    async def run() -> Run:
        events = solve(problem, preset=preset, options=asked, engine=engine, **keywords)
        return Run([event async for event in events])

    before = engine.counters
    played = asyncio.run(asyncio.wait_for(run(), seconds))
    assert played.end is not None
    assert before + played.ledger.total == engine.counters
    return played


def asked(request: Request) -> str:
    """What was said to the model."""
    assert not isinstance(request.prompt, str)
    return "\n\n".join(m.content for m in request.prompt)
