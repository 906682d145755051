"""A plan whose next step is beyond the model: no lane breaks, each says why it has no answer."""

from __future__ import annotations

import asyncio

import pytest

from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.runs.solve import duel
from scale_core.strategies.lanes import LANES
from scale_core.trace import duel as dv
from tests.pipeline.scripted import ScriptedEngine, by_index, script

TOO_LARGE = "#1=999*99;#2=#1*#1"
LANE_NAMES = [lane for lane in LANES if lane not in ("cot", "self-consistency", "optimal")]


@pytest.mark.parametrize("lane", LANE_NAMES)
def test_a_step_that_nobody_can_try_ends_the_lane(lane: str) -> None:
    async def play() -> dv.Duel:
        engine = ScriptedEngine(script(outline=by_index(TOO_LARGE)))
        events = duel("999*99 squared?", lanes=[lane], budget="4/step", engine=engine,
                      dialect=AbacusDialect(), anyway=True)  # fmt: skip
        return dv.Duel([event async for event in events])

    found = asyncio.run(asyncio.wait_for(play(), 30)).lanes[lane]
    assert found.status == "unsolved" and found.answer is None
