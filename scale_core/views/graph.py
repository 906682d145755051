"""The live picture of a run as one small JSON value: nodes, edges, stages, answer.

Knows how a run's state becomes positions, levels and short texts. Does not know the browser,
pixels or themes (the page's script places columns and rows), and leaves out everything big:
prompts and replies are in `inspector.py`, sent when a node is opened.
"""

from __future__ import annotations

from typing import Any

import networkx as nx

from scale_core.problem import Mode
from scale_core.trace import events as ev
from scale_core.trace.prices import Cost, Prices
from scale_core.trace.run import NodeState, Run
from scale_core.views import colours, units
from scale_core.views.critical_path import CriticalPath, critical_path, in_words
from scale_core.views.understood import doubt

ANSWER = "answer"
LABEL, VALUE, LINE = 26, 14, 90

_STAGES_OF = {
    "decompose": ("outline", "choose"),
    "assess": ("rate",),
    "assign": (),
    "execute": ("system1", "system2", "extract", "verify", "chain"),
}
_PHASE_OF = {stage: phase for phase, stages in _STAGES_OF.items() for stage in stages}


def view(run: Run, prices: Prices = units.NO_PRICES) -> dict[str, Any]:
    """Everything that the strip, the graph, the ruler and the answer card show. `costs`: what the
    tokens beside them are in other units."""
    place, path = layout(run), critical_path(run)
    rates, total = units.of_run(run, prices)
    nodes = units.grouped(rates, run.ledger.entries, lambda e: e.node)
    phases = units.grouped(rates, run.ledger.entries, lambda e: _PHASE_OF.get(e.stage, ""))
    return {
        "run": run.start.run if run.start else "",
        "status": run.status,
        "t": round(run.seconds, 2),
        "tau": _tau(run),
        "nodes": [
            {**_node(run, id, place[id]), **_costs(nodes.get(id)), **_critical(id, path)}
            for id in place
        ],
        "edges": _edges(run, place, path),
        "path": "" if path is None else in_words(run, path),
        "stages": [{**_stage(run, phase), **_costs(phases.get(phase))} for phase in ev.PHASES],
        "line": units.shorten(run.progress.text, LINE) if run.progress else "",
        "answer": {**answer(run), **_costs(total)},
        "currency": units.currency(rates),
    }


def _costs(cost: Cost | None) -> dict[str, Any]:
    """Left out where nothing was spent."""
    return {} if cost is None else {"costs": units.amounts(cost)}


def _critical(id: str, path: CriticalPath | None) -> dict[str, Any]:
    return {"critical": True} if path is not None and id in path.nodes else {}


def _tau(run: Run) -> float | None:
    """The threshold in force: the one given, or the one fitted for the model."""
    options = run.start.options if run.start else {}
    value = options.get("tau_used", options.get("tau"))
    return float(value) if isinstance(value, int | float) else None


# ---- layout --------------------------------------------------------------------------------


def graph(run: Run) -> nx.DiGraph[str]:
    """The plan, its sub-problems and the answer, with an arrow for each dependency."""
    dag: nx.DiGraph[str] = nx.DiGraph()
    if run.plan is None:
        first = ev.WHOLE_NODE if ev.WHOLE_NODE in run.nodes else ev.PLAN_NODE
        if run.start is not None:
            dag.add_node(first)
        if first == ev.WHOLE_NODE:
            dag.add_edge(first, ANSWER)
        return dag
    dag.add_node(ev.PLAN_NODE)
    dag.update(run.plan.graph)
    first = next(nx.topological_generations(run.plan.graph))
    dag.add_edges_from((ev.PLAN_NODE, id) for id in first)
    dag.add_edge(run.plan.last.id, ANSWER)
    return dag


def layout(run: Run) -> dict[str, tuple[int, float]]:
    """Column (longest path from the plan; the answer last) and row (centred on 0) of each node."""
    dag = run.once(graph)
    layers = [list(layer) for layer in nx.topological_generations(dag)]
    if run.plan is not None:
        order = {step.id: i for i, step in enumerate(run.plan.steps)}
        inner = (
            sorted((i for i in layer if i != ANSWER), key=lambda i: order.get(i, -1))
            for layer in layers
        )
        layers = [*filter(None, inner), [ANSWER]]
        _untangle(dag, layers)
    return {
        id: (column, row - (len(layer) - 1) / 2)
        for column, layer in enumerate(layers)
        for row, id in enumerate(layer)
    }


def _untangle(dag: nx.DiGraph[str], layers: list[list[str]]) -> None:
    """Two sweeps of the barycentre rule; ties keep the outline's order."""
    for near, sweep in ((dag.predecessors, layers), (dag.successors, layers[::-1])):
        for layer in sweep:
            at = {
                id: row - (len(other) - 1) / 2 for other in layers for row, id in enumerate(other)
            }
            centre = {id: _mean([at[n] for n in near(id)], at[id]) for id in layer}
            layer.sort(key=centre.__getitem__)


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


# ---- nodes and edges -----------------------------------------------------------------------


def _node(run: Run, id: str, place: tuple[int, float]) -> dict[str, Any]:
    if id == ANSWER:
        return _answer_node(run, place)
    if id == ev.PLAN_NODE:
        return _plan_node(run, place)
    if id == ev.WHOLE_NODE:
        return _whole_node(run, place)
    node = run.nodes[id]
    return {
        "id": id,
        "at": place,
        "kind": "step",
        "name": units.step_name(run.plan, id),
        "label": units.shorten(units.pretty(node.text), LABEL),
        "value": None if node.result is None else units.shorten(node.result, VALUE),
        "mode": _mode(node),
        "state": node.state,
        "level": colours.level(node.difficulty),
        "d": units.rounded(node.difficulty, 3),
        "hollow": bool(node.rating and node.rating.provisional),
        "escalated": node.escalated is not None,
        "doubted": node.doubted,
        "tries": len(node.retries),
        "tokens": run.ledger.of_node(id).total,
    }


def _mode(node: NodeState) -> int:
    return 0 if node.mode is None else (1 if node.mode is Mode.SYSTEM1 else 2)


def _plan_node(run: Run, place: tuple[int, float]) -> dict[str, Any]:
    state = "solved" if run.plan else ("running" if run.end is None else "stopped")
    return {
        "id": ev.PLAN_NODE,
        "at": place,
        "kind": "plan",
        "name": "",
        "label": "plan",
        "value": f"{len(run.outlines)} outline" + ("" if len(run.outlines) == 1 else "s"),
        "state": state,
        "unsure": run.unsure is not None,
        "tokens": run.ledger.of_node(ev.PLAN_NODE).total,
    }


def _whole_node(run: Run, place: tuple[int, float]) -> dict[str, Any]:
    """The only node of a strategy without a plan: a chain of thought, deliberate by nature."""
    node = run.nodes[ev.WHOLE_NODE]
    running = "running" if run.end is None else _ended_without_answer(run)
    return {
        "id": ev.WHOLE_NODE,
        "at": place,
        "kind": "step",
        "name": "",
        "label": "whole problem",
        "value": units.shorten(run.answer.answer, VALUE) if run.answer else None,
        "mode": 2,
        "state": "solved" if run.answer else (node.state if node.failure else running),
        "level": None,
        "d": None,
        "hollow": False,
        "escalated": False,
        "doubted": False,
        "tries": len(node.retries),
        "tokens": run.ledger.of_node(ev.WHOLE_NODE).total,
    }


def _answer_node(run: Run, place: tuple[int, float]) -> dict[str, Any]:
    waiting = "planned" if run.end is None else _ended_without_answer(run)
    return {
        "id": ANSWER,
        "at": place,
        "kind": "answer",
        "name": "",
        "label": "answer",
        "value": units.shorten(run.answer.answer, VALUE) if run.answer else None,
        "state": "solved" if run.answer else waiting,
        "unsure": run.unsure is not None,
        "verdict": run.grade.verdict if run.grade else None,
    }


def _ended_without_answer(run: Run) -> str:
    return "stopped" if run.status == "stopped" else "failed"


def _edges(
    run: Run, place: dict[str, tuple[int, float]], path: CriticalPath | None
) -> list[dict[str, Any]]:
    heavy = path.edges if path is not None else ()
    return [
        {
            "from": before,
            "to": after,
            "value": _passed(run, before, after),
            **({"critical": True} if (before, after) in heavy else {}),
        }
        for before, after in run.once(graph).edges
        if before in place and after in place
    ]


def _passed(run: Run, before: str, after: str) -> str | None:
    """What was handed on along an edge, once it was."""
    if after == ANSWER:
        value = run.answer.answer if run.answer else None
    else:
        value = dict(run.node(after).received).get(before)
    return None if value is None else units.shorten(value, VALUE)


# ---- stages and answer ---------------------------------------------------------------------


def _stage(run: Run, phase: ev.Phase) -> dict[str, Any]:
    progress = run.phases.get(phase)
    spent = None
    if progress or phase != "assign":
        spent = sum_or_none(run.ledger.of_stage(stage).total for stage in _STAGES_OF[phase])
    return {
        "phase": phase,
        "state": _stage_state(run, phase),
        "tokens": spent,
        "done": progress.done if progress else 0,
        "total": progress.total if progress else 0,
        "text": units.shorten(_said(run, progress), LINE) if progress else "",
    }


def _said(run: Run, progress: ev.Progress) -> str:
    """What a stage came to. Ratings and assignments are made while steps are solved, too: they are
    counted as they stand."""
    if progress.phase == "assess" and progress.done == progress.total and run.steps:
        rated, steps = sum(step.rating is not None for step in run.steps), len(run.steps)
        return f"{rated} of {steps} steps rated"
    if progress.phase != "assign":
        return progress.text
    modes = [node.mode for id, node in run.nodes.items() if node.mode and id != ev.WHOLE_NODE]
    slow = sum(mode is Mode.SYSTEM2 for mode in modes)
    rest = max(0, progress.total - len(modes))
    late = f", {rest} after their rating" if rest else ""
    return f"{slow} × System 2, {len(modes) - slow} × System 1{late}"


def sum_or_none(values: Any) -> int | None:
    """The sum, None where a part of it is unknown."""
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _stage_state(run: Run, phase: ev.Phase) -> str:
    progress = run.phases.get(phase)
    if progress is None:
        return "idle"
    later = ev.PHASES[ev.PHASES.index(phase) + 1 :]
    if run.end is not None:
        done = run.status == "solved" or any(p in run.phases for p in later)
        return "done" if done or progress.done >= progress.total else "broken"
    return "done" if any(p in run.phases for p in later) else "running"


def answer(run: Run) -> dict[str, Any]:
    """The answer card: what came out, whether it is right, what it cost."""
    total = run.ledger.total
    return {
        "text": units.bounded(run.answer.answer, 200) if run.answer else None,
        "votes": [[units.shorten(a, VALUE), n] for a, n in run.answer.votes[:6]]
        if run.answer and len(run.answer.votes) > 1
        else [],
        "expected": units.shorten(run.grade.expected, 40) if run.grade else None,
        "verdict": run.grade.verdict if run.grade else None,
        "why": units.shorten(run.grade.reason, LINE) if run.grade else "",
        "message": units.bounded(run.end.message, 400) if run.end else "",
        "doubt": doubt(run),
        "tokens": total.total,
        "prompt": total.prompt,
        "completion": total.completion,
        "reckoned": total.reckoned,
    }
