"""What people are told of a run that is not sure that it understood the problem.

Knows how the event's numbers and plans become words. Does not know how doubt is measured.
"""

from __future__ import annotations

from typing import Any

from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.views import units

TITLE = "Not sure that I understood"
PLANS, LENGTH = 4, 120


def doubt(run: Run) -> dict[str, Any] | None:
    """The pages' note: what speaks against the plan, and which plans competed. None where the run
    is sure, or cannot tell."""
    found = run.unsure
    if found is None:
        return None
    return {
        "title": TITLE,
        "sure": units.percent(found.sure, 1),
        "against": [units.shorten(reason, LENGTH) for reason in found.against],
        "plans": [[_written(plan), count] for plan, count in found.plans[:PLANS]],
        "more": max(0, len(found.plans) - PLANS),
    }


def as_json(run: Run) -> dict[str, Any] | None:
    """The same for programs, also of a run that is sure. None where it cannot tell."""
    found = run.understood
    if found is None:
        return None
    return {
        "sure": found.sure,
        "least": found.least,
        "unsure": found.unsure,
        "against": list(found.against),
        "plans": [{"outline": plan, "samples": count} for plan, count in found.plans],
    }


def in_a_line(found: ev.Understood) -> str:
    """For a terminal."""
    plans = ", ".join(f"{_written(plan)} ({count}×)" for plan, count in found.plans[:PLANS])
    competed = f"; plans that competed: {plans}" if len(found.plans) > 1 else ""
    why = "; ".join(found.against)
    title = TITLE[0].lower() + TITLE[1:]
    return f"{title} ({units.percent(found.sure, 1)} sure): {why}{competed}"


def _written(plan: str) -> str:
    return units.shorten("; ".join(map(units.pretty, plan.split(";"))), LENGTH)
