"""A lane's card: its rule, its graph, its answer, and what it has used of the budget.

Knows how a lane's run becomes one small JSON value, and the graphs that are no tree: the plan with
its samples, the arms, the votes. Does not know search trees (`tree.py`), other lanes, pixels or
themes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scale_core.problem import Mode
from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices, Rates
from scale_core.trace.run import NodeState, Run
from scale_core.views import colours, tree, units
from scale_core.views.graph import ANSWER, layout
from scale_core.views.graph import graph as dag

INDEXED = ("ucb", "gap", "entropy")
"""Rules whose index says more than the number of pulls."""
ROWS = 12
LABEL, VALUE = 22, 10


Rated = Mapping[str, float]
"""Difficulty of each sub-problem of the shared plan, as far as any lane rated it."""


def graph(run: Run, lane: du.Lane, rated: Rated) -> dict[str, Any]:
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
    return {
        "id": node.id,
        "name": units.step_name(run.plan, node.id),
        "label": units.shorten(units.pretty(node.text), LABEL),
        "n": rollouts(node),
        "v": None if node.result is None else units.shorten(node.result, VALUE),
        "s": colours.level(difficulty),
        "d": units.rounded(difficulty, 3),
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
        "index": units.rounded(index, 2),
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
    rows = [[units.shorten(value, VALUE + 6), n, value == won] for value, n in counted[:ROWS]]
    return {
        "kind": "votes",
        "n": rollouts(node),
        "rows": rows,
        "more": sum(n for _, n in counted[ROWS:]),
    }


# ---- the card ------------------------------------------------------------------------------


def lanes(duel: du.Duel, prices: Prices = units.NO_PRICES) -> list[dict[str, Any]]:
    """One card for each lane, in the duel's order. `costs`: what its tokens are in other units."""
    if duel.start is None:
        return []
    rated = difficulties(duel)
    rates = units.rates_of(duel.start, prices)
    return [card(duel, lane, rated, rates) for lane in duel.start.lanes]


def difficulties(duel: du.Duel) -> dict[str, float]:
    """The difficulty of each sub-problem of the shared plan: the first lane's that rated it."""
    found: dict[str, float] = {}
    for run in duel.lanes.values():
        for node in run.steps:
            if node.difficulty is not None:
                found.setdefault(node.id, node.difficulty)
    return found


def lane_of(duel: du.Duel, name: str) -> du.Lane:
    lanes = duel.start.lanes if duel.start else ()
    return next((lane for lane in lanes if lane.name == name), du.Lane(name, name))


def named(duel: du.Duel, name: str, length: int = 18) -> dict[str, Any]:
    """A lane's name for programs, for people, and that of its colour."""
    label = units.shorten(lane_of(duel, name).label, length)
    colour = name if name in colours.LANE_COLOURS else "uniform"
    return {"lane": name, "label": label, "colour": colour}


def card(duel: du.Duel, lane: du.Lane, rated: Rated, rates: Rates) -> dict[str, Any]:
    run = duel.lanes[lane.name]
    return {
        **named(duel, lane.name, 24),
        "name": lane.name,
        "about": units.shorten(lane.about, 80),
        "adapted": bool(lane.adaptation),
        "state": "lacking" if lacking(duel, run) else state(duel, run),
        "t": round(seconds(duel, run), 2),
        "answer": units.shorten(run.answer.answer, 24) if run.answer else None,
        "verdict": run.grade.verdict if run.grade else None,
        "tokens": run.ledger.total.total,
        "costs": units.amounts(units.cost(rates, run.ledger.entries)),
        "rollouts": run.rollouts,
        **budget(run),
        "note": note(run),
        "graph": graph(run, lane, rated),
    }


def state(duel: du.Duel, run: Run) -> str:
    """The run's status; a lane that has not begun is waiting, and stopped once the duel ended."""
    if run.start is None:
        return "waiting" if duel.end is None else "stopped"
    return run.status if run.end or duel.end is None else "stopped"


def lacking(duel: du.Duel, run: Run) -> bool:
    """Whether a recorded lane ended because a sample that it needed was not recorded."""
    recorded = duel.start is not None and duel.start.recorded
    return recorded and run.status == "failed" and duel.end is not None and bool(duel.end.missing)


def seconds(duel: du.Duel, run: Run) -> float:
    """Seconds from the lane's first event to its last, or to now while it runs."""
    if run.start is None:
        return 0.0
    last = run.seconds if run.end or duel.end else max(run.seconds, duel.seconds)
    return max(0.0, last)


def budget(run: Run) -> dict[str, Any]:
    """used of limit in `unit`; None where the engine does not count or no budget is known yet."""
    if run.budget is None:
        return {"used": None, "limit": None, "unit": "rollouts", "saved": None}
    spent = used(run)
    ended = run.end is not None and run.status in ("solved", "unsolved")
    over = None if spent is None else run.budget.limit - spent
    saved = over if ended and over is not None and over > 0 else None
    return {
        "used": spent, "limit": run.budget.limit, "unit": run.budget.unit, "saved": saved
    }  # fmt: skip


def used(run: Run) -> int | None:
    """What the lane has used of its budget, in the budget's unit."""
    by_tokens = run.budget is not None and run.budget.unit == "tokens"
    return run.ledger.total.total if by_tokens else run.rollouts


def notes(run: Run) -> list[str]:
    """Whatever is not as one would expect, in the order of weight."""
    found = []
    if run.end is not None and run.end.message:
        found.append(run.end.message)
    if run.budget is not None and run.budget.note:
        found.append(f"budget not comparable: {run.budget.note}")
    for node in run.nodes.values():
        found += [f"{f.what}: {f.reason}" for f in node.fallbacks]
        if node.failure:
            found.append(f"failed: {node.failure}")
    tries = sum(len(node.retries) for node in run.nodes.values())
    if tries:
        found.append(f"{tries} reply tried again" if tries == 1 else f"{tries} replies tried again")
    return found


def note(run: Run) -> str:
    """The card's one line under the budget."""
    found = notes(run)
    saving = budget(run)["saved"]
    if saving is not None:
        unit = run.budget.unit if run.budget else "rollouts"
        found.insert(0, f"saved {units.count(saving)} of {_of(run)} {unit}")
    if not found:
        return ""
    line = found[0] if len(found) == 1 else f"{found[0]} · +{len(found) - 1} more"
    return units.shorten(line, 110)


def _of(run: Run) -> str:
    return units.count(run.budget.limit if run.budget else None)
