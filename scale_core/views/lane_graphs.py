"""The graphs of the lanes that are no tree: the plan with its samples, the arms, the votes.

Knows how a run's state becomes rows, columns and short texts. Does not know search trees
(`tree.py`), pixels or themes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scale_core.problem import Mode
from scale_core.trace import events as ev
from scale_core.trace.duel import Lane
from scale_core.trace.run import NodeState, Run
from scale_core.views import colours, tree
from scale_core.views import formats as wording
from scale_core.views.graph import ANSWER, layout
from scale_core.views.graph import graph as dag

INDEXED = ("ucb", "gap", "entropy")
"""Rules whose index says more than the number of pulls."""
ROWS = 12
LABEL, VALUE = 22, 10


Rated = Mapping[str, float]
"""Difficulty of each sub-problem of the shared plan, as far as any lane rated it."""


def graph(run: Run, lane: Lane, rated: Rated) -> dict[str, Any]:
    """The graph that suits a lane; the same kind from its first event to its last."""
    if run.candidates or lane.drawing == "tree":
        return tree.view(run)
    if lane.drawing == "arms":
        return arms(run, rated)
    if not lane.plans or ev.WHOLE_NODE in run.nodes:
        return chains(run)
    return planned(run, rated)


def rollouts(node: NodeState) -> int:
    """Samples of a node that tried to solve something."""
    return sum(len(call.samples) for call in node.calls if call.stage in ev.SOLVING)


def _step(run: Run, node: NodeState, rated: Rated) -> dict[str, Any]:
    """What a sub-problem shows wherever it is drawn."""
    difficulty = rated.get(node.id) if node.difficulty is None else node.difficulty
    step = run.plan.by_id[node.id] if run.plan else None
    return {
        "id": node.id,
        "name": wording.shorten(step.name if step else node.id, 8),
        "label": wording.shorten(wording.pretty(node.text), LABEL),
        "n": rollouts(node),
        "v": None if node.result is None else wording.shorten(node.result, VALUE),
        "s": colours.level(difficulty),
        "d": None if difficulty is None else round(difficulty, 3),
        "state": node.state,
    }


# ---- the plan ------------------------------------------------------------------------------


def planned(run: Run, rated: Rated) -> dict[str, Any]:
    """The plan as a small graph: a node for each sub-problem with its samples, mode and value."""
    places = {} if run.plan is None else layout(run)
    inner = {id: at for id, at in places.items() if id not in (ev.PLAN_NODE, ANSWER)}
    nodes = []
    for node in run.steps:
        column, row = inner[node.id]
        mode = 0 if node.mode is None else (1 if node.mode is Mode.SYSTEM1 else 2)
        extra = {"x": column, "y": row, "m": mode, "up": node.escalated is not None}
        nodes.append(_step(run, node, rated) | extra)
    edges = [] if run.plan is None else [
        [a, b] for a, b in dag(run).edges if b in inner
    ]  # fmt: skip
    return {"kind": "plan", "nodes": nodes, "edges": edges}


# ---- the arms ------------------------------------------------------------------------------


def arms(run: Run, rated: Rated) -> dict[str, Any]:
    """One row for each arm: pulls, state and index of the latest round that mentions it."""
    latest: dict[str, tuple[ev.Allocated | None, ev.Share | None]] = {}
    latest |= {s.id: (a, s) for a in run.rounds for s in a.shares}
    ids = [node.id for node in run.steps] or list(latest)
    counted = votes(run)
    rows = [
        _step(run, run.nodes.get(id, NodeState(id)), rated)
        | _arm(run, id, *latest.get(id, (None, None)), counted.get(id, ()))
        for id in ids[:ROWS]
    ]
    return {"kind": "arms", "rows": rows, "more": max(0, len(ids) - ROWS)}


def _arm(
    run: Run,
    id: str,
    allocated: ev.Allocated | None,
    share: ev.Share | None,
    counted: Sequence[tuple[str, int]],
) -> dict[str, Any]:
    node = run.nodes[id] if id in run.nodes else NodeState(id)
    factors = dict(share.factors) if share else {}
    index = factors.get("index") if allocated and allocated.rule in INDEXED else None
    agreed = f"{counted[0][1]} of {sum(n for _, n in counted)} agree" if counted else ""
    return {
        "n": rollouts(node) or int(factors.get("pulls") or 0),
        "state": arm_state(node, share),
        "index": None if index is None else round(index, 2),
        "agreed": agreed,
    }


def arm_state(node: NodeState, share: ev.Share | None) -> str:
    """solved, taken, capped, blocked, unaffordable, failed, active or waiting."""
    if node.state == "solved":
        return "taken" if node.doubted else "solved"
    if node.state == "failed":
        return "failed"
    return "waiting" if share is None else share.state


def votes(run: Run) -> dict[str, tuple[tuple[str, int], ...]]:
    """The results of each solved node with how often each came."""
    return {e.node: e.votes for e in run.events if isinstance(e, ev.StepSolved)}


# ---- the votes -----------------------------------------------------------------------------


def chains(run: Run) -> dict[str, Any]:
    """Chains of a lane without a plan: how many, and what they answered once they were counted."""
    node = run.nodes.get(ev.WHOLE_NODE, NodeState(ev.WHOLE_NODE))
    counted = run.answer.votes if run.answer else ()
    if run.answer and not counted:
        counted = ((run.answer.answer, 1),)
    won = run.answer.answer if run.answer else None
    rows = [[wording.shorten(value, VALUE + 6), n, value == won] for value, n in counted[:ROWS]]
    return {
        "kind": "votes",
        "n": rollouts(node),
        "rows": rows,
        "more": sum(n for _, n in counted[ROWS:]),
    }
