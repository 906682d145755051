"""`replay`: a recorded duel decided again from its samples, without an engine.

Knows what of a duel's events the engine room needs. Does not know how lanes run (lanes.py) or how
samples are kept (engines/sample_cache.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scale_core.dialects.base import Dialect
from scale_core.engines.base import Engine, EngineInfo
from scale_core.engines.cancel import Flag
from scale_core.engines.sample_cache import SampleCache
from scale_core.pipeline.calibration import Calibration, DifficultyProfile
from scale_core.pipeline.context import REPEATED, VERDICT, Context, Stop
from scale_core.pipeline.options import Options
from scale_core.pipeline.parse_cache import ParseCache
from scale_core.pipeline.understanding import Understanding
from scale_core.problem import Problem
from scale_core.runs.lanes import EngineRoom, Setup, dialect_of
from scale_core.strategies.settings import BudgetSpec, Caps, Settings
from scale_core.trace import duel as dv
from scale_core.trace import events as ev


async def replay(
    recorded: dv.Duel,
    *,
    lanes: Sequence[str] | None = None,
    budget: str | None = None,
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    dialect: Dialect | None = None,
    bank: SampleCache | None = None,
    cancel: Flag | None = None,
    caps: Caps | None = None,
) -> dv.Duel:
    """Decide a duel again from its recorded samples, with some switches changed: no engine call.

    None: as in the duel; settings and options: what differs. A lane that needs a sample which was
    not recorded ends there; DuelEnded.missing tells which. With nothing changed every event is
    the same but for times. bank: where samples come from instead. caps: of a changed budget.
    Raises ValueError if the duel has not started or a switch is out of bounds.
    """
    start = started_of(recorded)
    spec = BudgetSpec.read(budget, caps) if budget else None
    setup = Setup(
        Problem(start.problem, start.expected),
        tuple(lanes or (lane.name for lane in start.lanes)),
        spec or (BudgetSpec.read(start.budget) if start.budget else None),
        Settings().with_({**start.settings, **(settings or {})}),
        Options().with_({**start.options, **(options or {})}),
        start.seed,
        start.preset,
        anyway=True,
        detail=VERDICT,  # whatever was recorded is told again
    )
    profile = None if start.figures is None else DifficultyProfile.of(start.figures)
    known = None if start.understanding is None else Understanding.of(start.understanding)
    cache = bank or recorded.once(bank_of).twin()
    dialect = (dialect or dialect_of(cache.info)).variant(setup.options.prompts)
    again, stop = dv.Duel(), Stop(cancel)
    room = EngineRoom(
        setup, dialect, cache, Calibration.of(start.calibration), profile, stop,
        recorded.once(_parsed), understanding=known,
    )  # fmt: skip
    try:
        await room.perform(again.apply)
    finally:
        stop.halt()  # if whoever waited for it has left
    return again


def _parsed(recorded: dv.Duel) -> ParseCache:
    """Kept with the duel: each replay reads the same samples."""
    return ParseCache()


def started_of(recorded: dv.Duel) -> dv.DuelStarted:
    """Raises ValueError if the duel has not started."""
    if recorded.start is None:
        raise ValueError("there is no duel to look back on")
    return recorded.start


def bank_of(recorded: dv.Duel, engine: Engine | None = None) -> SampleCache:
    """The samples that a duel's events hold. engine: generates what is missing; None: nothing
    does.

    Raises ValueError if the duel has not started.
    """
    start = started_of(recorded)
    others = tuple((str(s), str(m), n) for s, m, n in start.engine.get("others", ()))
    notes = tuple(start.engine.get("notes", ()))
    cache = SampleCache(engine, EngineInfo(**{**start.engine, "notes": notes, "others": others}))
    recall(cache, recorded)
    return cache


def recall(cache: SampleCache, recorded: dv.Duel) -> None:
    """Put a duel's samples into a cache."""
    for run in recorded.lanes.values():
        for at, event in enumerate(run.events):
            if isinstance(event, ev.Sampled):
                later = itertools.islice(run.events, at + 1, None)
                cache.recall(event, list(itertools.takewhile(bool, map(_fault_of, later))))
            elif isinstance(event, ev.Measured):
                cache.recall_numbers(event)


def _fault_of(event: ev.Event) -> str:
    """Why the request before this event was repeated; "" if it does not say so."""
    if isinstance(event, ev.Fallback) and event.what == REPEATED:
        return event.reason
    return ""


def make_context(
    recorded: dv.Duel,
    engine: Engine,
    dialect: Dialect,
    cancel: Flag | None = None,
    options: Mapping[str, Any] | None = None,
    sink: Callable[[ev.Event], None] = lambda event: None,
) -> Context:
    """Surroundings like those of the duel's lanes, for another look at its problem. Raises
    ValueError if the duel has not started."""
    start = started_of(recorded)
    return Context(
        Problem(start.problem, start.expected),
        dialect.read_problem(start.problem).canonical,
        engine,
        dialect,
        Options().with_({**start.options, **(options or {})}),
        start.seed,
        sink,
        Stop(cancel),
        Calibration.of(start.calibration),
        detail=0,
    )
