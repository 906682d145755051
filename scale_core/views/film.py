"""A run that has ended as something to play again: how long it took, and its moments on the way.

Knows which events a viewer may want to jump to. Does not know how it is played: what is seen at a
time is what every other view makes of the events up to then.
"""

from __future__ import annotations

from typing import Any

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.views import units
from scale_core.views.lanes import lane_of

MOST = 40
"""Moments that are marked."""


def film(duel: du.Duel) -> dict[str, Any] | None:
    """None for a run that has not ended, or of which there is nothing to play."""
    if duel.start is None or duel.end is None or duel.seconds <= 0:
        return None
    return {
        "run": duel.start.duel,
        "total": round(duel.seconds, 3),
        "moments": [
            {"t": round(t, 3), "text": units.shorten(text, 60)} for t, text in _moments(duel)[:MOST]
        ],
    }


def _moments(duel: du.Duel) -> list[tuple[float, str]]:
    """In the order of their times. Of a lane that is alone its steps, of several their ends."""
    alone = len(duel.lanes) == 1
    found = [
        moment
        for name, run in duel.lanes.items()
        for moment in (_steps(run) if alone else _end(lane_of(duel, name).label, run))
    ]
    planned = next((run.planned for run in duel.lanes.values() if run.planned), None)
    if planned is not None:
        found.append((planned.t, f"plan of {units.many(len(planned.steps), 'step')}"))
    return sorted(found)


def _steps(run: Run) -> list[tuple[float, str]]:
    return [
        (event.t, f"{units.step_name(run.plan, event.node)} = {event.result}")
        for event in run.events
        if isinstance(event, ev.StepSolved)
    ]


def _end(label: str, run: Run) -> list[tuple[float, str]]:
    if run.end is None:
        return []
    return [(run.end.t, f"{label}: {run.answer.answer if run.answer else run.end.status}")]
