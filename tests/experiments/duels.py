"""Duels on a real engine for tests."""

from __future__ import annotations

import asyncio
from typing import Any

from scale_core.engines.base import Engine
from scale_core.runs.solve import duel
from scale_core.trace import duel as dv

HARD = "What is (94*87 - 68*59) mod 37?"
HARD_ANSWER = "22"
QUICK_LANE: dict[str, Any] = {
    "lanes": ("scale",),
    "budget": "1/step",
    "options": {"tau": 1.0, "escalate": False, "verify": "none"},
}
"""Every sub-problem in System 1, one sample each."""


def play(engine: Engine, problem: str, answer: str | None = None, **terms: Any) -> dv.Duel:
    """A whole duel."""

    async def run() -> dv.Duel:
        return dv.Duel([e async for e in duel(problem, answer=answer, engine=engine, **terms)])

    return asyncio.run(run())


class After:
    """A stop signal that comes after it was looked at some times."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def is_set(self) -> bool:
        self.looks -= 1
        return self.looks < 0
