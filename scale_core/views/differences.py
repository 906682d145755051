"""Two runs or duels held against each other, node by node: what is the same, and what differs.

Knows which lanes and steps of two plans belong together, and which of their facts are compared.
Whether a fact differs is decided on the whole value; what is shown of it is short. Does not know
where runs come from, or the browser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.run import NodeState, Run
from scale_core.views import units
from scale_core.views.lanes import lane_of, rollouts

MOST = 60
"""Nodes of a lane that are compared."""
TEXT, VALUE = 160, 60
NONE = "–"
MODES = {"system1": "System 1", "system2": "System 2"}
VERDICTS = {"equal": "right", "different": "wrong"}

Pair = tuple[Any, Any]


def differences(a: du.Duel, b: du.Duel) -> dict[str, Any]:
    """The facts of both, the switches that differ, and their lanes with every node."""
    return {
        "facts": [*_rows(_facts(a), _facts(b)), *_switches(a, b)],
        "lanes": [_lanes(a, b, *names) for names in _lane_pairs(a, b)],
    }


def _row(name: str, values: Pair, longest: int = VALUE) -> dict[str, Any]:
    shown = [NONE if v is None else units.shorten(str(v), longest) for v in values]
    return {"name": name, "a": shown[0], "b": shown[1], "differs": values[0] != values[1]}


def _rows(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        _row(name, (a.get(name), b.get(name)), TEXT)
        for name in dict.fromkeys([*a, *b])
        if a.get(name) is not None or b.get(name) is not None
    ]


def _facts(duel: du.Duel) -> dict[str, Any]:
    start, tokens = duel.start, duel.physical.total
    if start is None:
        return {}
    return {
        "problem": start.problem,
        "expected": start.expected,
        "model": start.engine.get("model"),
        "strategies": ", ".join(lane.label for lane in start.lanes),
        "preset": None if start.budget else start.preset,
        "budget": start.budget or None,
        "seed": start.seed,
        "ended": duel.status,
        "generated": None if tokens is None else units.tokens(tokens),
    }


def _switches(a: du.Duel, b: du.Duel) -> Iterator[dict[str, Any]]:
    """Options and settings, only where they differ: there are many."""
    if a.start is None or b.start is None:
        return
    for mine, others in ((a.start.options, b.start.options), (a.start.settings, b.start.settings)):
        for name in dict.fromkeys([*mine, *others]):
            if mine.get(name) != others.get(name):
                yield _row(name.replace("_", " "), (mine.get(name), others.get(name)))


# ---- lanes -----------------------------------------------------------------------------------


def _lane_pairs(a: du.Duel, b: du.Duel) -> list[tuple[str | None, str | None]]:
    """Lanes of the same name; where there are none, in their order."""
    both = [name for name in a.lanes if name in b.lanes]
    if not both:
        return list(zip_longest(a.lanes, b.lanes))
    only: list[tuple[str | None, str | None]] = [
        (name, None) for name in a.lanes if name not in b.lanes
    ]
    only += [(None, name) for name in b.lanes if name not in a.lanes]
    return [*((name, name) for name in both), *only]


def _lanes(a: du.Duel, b: du.Duel, mine: str | None, other: str | None) -> dict[str, Any]:
    labels = [lane_of(duel, name).label for duel, name in ((a, mine), (b, other)) if name]
    runs = a.lanes.get(mine or "", Run()), b.lanes.get(other or "", Run())
    nodes = [_node(runs, pair) for pair in _node_pairs(*runs)]
    facts = [_row(name, pair) for name, pair in _outcomes(*runs)]
    return {
        "label": " / ".join(dict.fromkeys(labels)),
        "only": "" if mine and other else ("A" if mine else "B"),
        "facts": facts,
        "nodes": nodes[:MOST],
        "more": max(0, len(nodes) - MOST),
        "differs": any(x["differs"] for x in (*nodes, *facts)),
    }


def _outcomes(a: Run, b: Run) -> Iterator[tuple[str, Pair]]:
    for name, of in (
        ("answer", lambda run: run.answer.answer if run.answer else None),
        ("verdict", lambda run: _verdict(run)),
        ("ended", lambda run: run.status if run.start else None),
        ("rollouts", lambda run: run.rollouts if run.start else None),
        ("tokens", lambda run: run.ledger.total.total if run.start else None),
    ):
        yield name, (of(a), of(b))


def _verdict(run: Run) -> str | None:
    return VERDICTS.get(run.grade.verdict, run.grade.verdict) if run.grade else None


# ---- nodes -----------------------------------------------------------------------------------


def _node_pairs(a: Run, b: Run) -> list[tuple[NodeState | None, NodeState | None]]:
    """The plan, then steps that belong together, then the problem as a whole."""
    found = [(a.nodes.get(ev.PLAN_NODE), b.nodes.get(ev.PLAN_NODE))]
    mine, others = a.steps, b.steps
    found += [
        (None if i is None else mine[i], None if j is None else others[j])
        for i, j in paired([s.text for s in mine], [s.text for s in others])
    ]
    found.append((a.nodes.get(ev.WHOLE_NODE), b.nodes.get(ev.WHOLE_NODE)))
    return [pair for pair in found if pair != (None, None)]


def paired(a: Sequence[str], b: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Which places of two plans belong together: those of equal text in the same order, and what
    stands between them, in its order."""
    found: list[tuple[int | None, int | None]] = []
    for _, i0, i1, j0, j1 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        found += zip_longest(range(i0, i1), range(j0, j1))
    return found


def _node(runs: tuple[Run, Run], pair: tuple[NodeState | None, NodeState | None]) -> dict[str, Any]:
    both = list(zip(runs, pair, strict=True))
    texts = _text(*both[0]), _text(*both[1])
    names = _name(*both[0]), _name(*both[1])
    of = [{} if node is None else _cells(run, node) for run, node in both]
    cells = [_row(name, (of[0].get(name), of[1].get(name))) for name in _CELLS]
    only = "A" if pair[1] is None else "B" if pair[0] is None else ""
    return {
        "name": next(name for name in names if name is not None),
        "text": _row("text", texts, TEXT),
        "only": only,
        "cells": cells,
        "differs": bool(only) or texts[0] != texts[1] or any(cell["differs"] for cell in cells),
    }


_CELLS = ("difficulty", "mode", "result", "rollouts", "tokens", "state")


def _cells(run: Run, node: NodeState) -> dict[str, Any]:
    marks = [node.state, *(["escalated"] if node.escalated else [])]
    marks += ["doubted"] if node.doubted else []
    step = node.id not in (ev.PLAN_NODE, ev.WHOLE_NODE)
    return {
        "difficulty": None if node.difficulty is None else f"{node.difficulty:.2f}",
        "mode": MODES[node.mode.value] if node.mode and step else None,
        "result": node.result,
        "rollouts": rollouts(node),
        "tokens": run.ledger.of_node(node.id).total,
        "state": ", ".join(marks) if step else None,
    }


def _name(run: Run, node: NodeState | None) -> str | None:
    if node is None:
        return None
    if node.id in (ev.PLAN_NODE, ev.WHOLE_NODE):
        return {"plan": "plan", "whole": "whole problem"}[node.id]
    return units.step_name(run.plan, node.id)


def _text(run: Run, node: NodeState | None) -> str | None:
    if node is None:
        return None
    if node.id == ev.PLAN_NODE:
        return f"{units.many(len(run.steps), 'step')}"
    return units.pretty(node.text) if node.text else ""
