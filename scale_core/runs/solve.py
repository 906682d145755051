"""`solve` and `duel`: the two ways in that people know, over one engine room.

Knows their defaults, and that what they run is stored. Does not know how lanes run (lanes.py).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from scale_core import user_data
from scale_core.dialects.base import Dialect
from scale_core.engines.base import Engine
from scale_core.engines.cancel import Flag
from scale_core.engines.sample_cache import SampleCache
from scale_core.runs.lanes import DETAIL, lane_of, run_lanes
from scale_core.strategies.lanes import DEFAULT
from scale_core.strategies.settings import Caps
from scale_core.trace import duel as dv
from scale_core.trace import events as ev


async def solve(
    problem: str,
    *,
    answer: str | None = None,
    preset: str = "scale",
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    engine: Engine | None = None,
    dialect: Dialect | None = None,
    cancel: Flag | None = None,
    anyway: bool = False,
    data: str | None = None,
) -> AsyncGenerator[ev.Event, None]:
    """Solve a problem, yielding events as they happen; the last one is RunEnded.

    One lane without a budget; see `run_lanes` for what is not said here. data: where the run is
    stored, a folder, a PostgreSQL URL or "none"; None: as SCALE_EXPLORER_DATA says, else in the
    user's data folder. Raises ValueError for an
    unknown preset or a switch out of bounds, before anything runs.
    """
    lane = lane_of(preset, options)
    stream = run_lanes(
        problem, [lane], answer=answer, preset=preset, options=options, seed=seed, engine=engine,
        dialect=dialect, cancel=cancel, anyway=anyway, detail=DETAIL,
    )  # fmt: skip
    async with _kept(stream, data) as events:
        async for event in events:
            if isinstance(event, dv.LaneEvent):
                yield event.event


async def duel(
    problem: str,
    *,
    answer: str | None = None,
    lanes: Sequence[str] = DEFAULT,
    budget: str = "4/step",
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    engine: Engine | None = None,
    dialect: Dialect | None = None,
    cancel: Flag | None = None,
    anyway: bool = False,
    bank: SampleCache | None = None,
    caps: Caps | None = None,
    data: str | None = None,
) -> AsyncGenerator[dv.DuelEvent, None]:
    """Run lanes side by side on one budget, yielding events as they happen; the last one is
    DuelEnded. As `run_lanes`; bank: its `cache`; data: as of `solve`."""
    stream = run_lanes(
        problem, lanes, budget, answer=answer, settings=settings, options=options, seed=seed,
        engine=engine, dialect=dialect, cancel=cancel, anyway=anyway, cache=bank, caps=caps,
    )  # fmt: skip
    async with _kept(stream, data) as events:
        async for event in events:
            yield event


def _kept(
    events: AsyncGenerator[dv.DuelEvent, None], data: str | None
) -> AbstractAsyncContextManager[AsyncIterator[dv.DuelEvent]]:
    """The same events, stored where that is wanted."""
    if user_data.nowhere(user_data.named(data)):
        return contextlib.aclosing(events)
    from scale_core.store.keeping import kept  # and with it a database's library

    return kept(events, data)
