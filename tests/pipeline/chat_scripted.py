"""A scripted chat model: it reads our prompts as a person would and answers by a script.

Which role a prompt has is told by the request's tag. Tokens are characters. Right answers come from
a table of one problem; handlers make it ugly, wrong, slow of mind or mute.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scale_core.engines import scripted
from scale_core.engines.base import (
    Cancel,
    Completion,
    Delta,
    EngineInfo,
    Request,
    Sample,
)
from scale_core.runs.solve import solve
from scale_core.trace.run import Run

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


@dataclass(eq=False)
class ChatEngine(scripted.ScriptedEngine):
    """The scripted engine for messages; it keeps every request."""

    script: Any = right
    chat: bool = True
    logprobs: bool = False
    switch: bool = True
    model: str = "scripted-chat"
    calls: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        given: Script = self.script

        def reply(request: Request, index: int) -> str | Sample:
            return given(request, request.node, request.stage, index)

        self.script = reply

    @property
    def info(self) -> EngineInfo:
        return replace(super().info, thinking_switch=self.switch, notes=())

    def called(self, stage: str, node: str | None = None) -> list[Request]:
        return [r for r in self.calls if r.stage == stage and node in (None, r.node)]

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: Callable[[Delta], None] | None = None,
    ) -> Completion:
        self.calls.append(request)
        return await super().sample(request, cancel=cancel, on_delta=on_delta)


def play(
    engine: Any, problem: str = PROBLEM, *, preset: str = "scale", seconds: float = 60, **asked: Any
) -> Run:
    """A whole run with the dialect that belongs to the engine, and the laws that hold for every
    run: it ends, and every token is in the ledger. The script replies to our detailed prompts."""
    if preset != "faithful":
        asked.setdefault("prompts", "ours")
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
