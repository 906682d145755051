"""What tests of the page share: the embedded model, and duels that it really ran."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.trace.duel import Duel
from scale_core.ui.ask import Ask
from scale_core.ui.player import Player, Session

PROBLEM = "Let a=37*48. Let b=a mod 13. What is b+17?"
LANES = ("uniform", "scale", "dora", "bandit")


@pytest.fixture(scope="session")
def engine(model_dir: Path) -> Iterator[OnnxEngine]:
    engine = OnnxEngine(model_dir)
    yield engine
    asyncio.run(engine.close())


@pytest.fixture
def player(engine: OnnxEngine) -> Player:
    return Player(engine)


@pytest.fixture(scope="session")
def recorded(engine: OnnxEngine) -> Duel:
    """Four lanes at four rollouts a step."""
    session = Session()

    async def play() -> None:
        async for _ in Player(engine).play(session, Ask(PROBLEM, "25", LANES, "4/step")):
            pass

    asyncio.run(play())
    return session.duel
