"""A list of stored runs as small JSON values: a row each, and what there is to choose from.

Knows which facts of a run a list shows, in which words. Does not know where runs are kept, or the
browser.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scale_core.pipeline.options import PRESETS
from scale_core.store.store import Stored
from scale_core.strategies.lanes import LANES
from scale_core.views import units

TITLE, ANSWER, MODEL = 300, 40, 60
"""Most characters of each."""


def row(run: Stored) -> dict[str, Any]:
    """What the list shows of one run. `tokens`: those really generated, null where unknown."""
    about = run.summary
    return {
        "key": run.key,
        "created": run.created,
        "title": units.bounded(run.title, TITLE),
        "problem": units.bounded(about.problem, TITLE) if run.name else "",
        "name": run.name,
        "tags": list(run.tags),
        "shared": run.shared or "",
        "duel": about.duel,
        "how": ", ".join(_label(name) for name in about.strategies),
        "budget": about.budget,
        "model": units.shorten(about.model, MODEL),
        "status": about.status,
        "answer": None if about.answer is None else units.shorten(about.answer, ANSWER),
        "verdict": about.verdict,
        "tokens": about.tokens,
        "seconds": round(about.seconds, 1),
    }


def _label(name: str) -> str:
    if name in LANES:
        return LANES[name].label
    return PRESETS[name].label if name in PRESETS else units.shorten(name, 24)


def strategies() -> list[list[str]]:
    """Every lane and preset by name and label, to choose from."""
    names = dict.fromkeys([*LANES, *PRESETS])
    return [[name, _label(name)] for name in names]


def choices(models: Iterable[str], tags: Iterable[str]) -> dict[str, Any]:
    """What an owner's runs can be filtered by."""
    return {
        "models": [[model, units.shorten(model, MODEL)] for model in models],
        "tags": list(tags),
        "strategies": strategies(),
    }
