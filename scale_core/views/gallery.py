"""The gallery as cards: a small picture of each recording, and what its index says of it.

Knows what a picture shows: a row for each lane, a mark for each step, by what the lane spent there
(of a duel) or how hard the step was (of a run). Does not know pixels, or how a recording is opened.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from scale_core.gallery import Exhibit, exhibits
from scale_core.problem import Mode
from scale_core.trace.duel import Duel
from scale_core.trace.run import Run
from scale_core.views.colours import level

STEPS = 8  # of a picture at most


@cache
def cards() -> tuple[dict[str, Any], ...]:
    """A card for each exhibit. Raises as `exhibits`."""
    return tuple(_card(exhibit) for exhibit in exhibits())


def _card(exhibit: Exhibit) -> dict[str, Any]:
    duel = exhibit.duel()
    engine = str(duel.start.engine.get("name", "")) if duel.start else ""
    count = f"{len(exhibit.lanes)} lanes" if exhibit.kind == "duel" else exhibit.lanes[0]
    return {
        "name": exhibit.name,
        "duel": exhibit.kind == "duel",
        "title": exhibit.title,
        "problem": exhibit.problem,
        "outcome": exhibit.outcome,
        "look": exhibit.look,
        "model": f"{exhibit.model} · {engine}",
        "what": count,
        "picture": _lanes(duel) if exhibit.kind == "duel" else _steps(duel),
    }


def _lanes(duel: Duel) -> list[dict[str, Any]]:
    """Level: of a lane's tokens at a step, against the most that any lane spent at one."""
    plan = duel.plan
    ids = [step.id for step in plan.steps][:STEPS] if plan else []
    spent = {
        name: [_tokens(run, id) for id in ids] if run.plan else [run.ledger.total.total or 0]
        for name, run in duel.lanes.items()
    }
    most = max((n for name, row in spent.items() if duel.lanes[name].plan for n in row), default=1)
    return [
        {"marks": [{"level": level(n / max(1, most)), "round": False} for n in row], **_end(run)}
        for (name, run), row in zip(duel.lanes.items(), spent.values(), strict=True)
    ]


def _steps(duel: Duel) -> list[dict[str, Any]]:
    """Level: of a step's difficulty; round: it was answered at once."""
    (run,) = duel.lanes.values()
    marks = [
        {
            "level": level(node.difficulty or 0.0),
            "round": node.mode is Mode.SYSTEM1,
            "escalated": node.escalated is not None,
        }
        for node in run.steps[:STEPS]
    ]
    return [{"marks": marks, **_end(run)}]


def _tokens(run: Run, id: str) -> int:
    return run.ledger.of_node(id).total or 0


def _end(run: Run) -> dict[str, Any]:
    return {"verdict": run.grade.verdict if run.grade else None}
