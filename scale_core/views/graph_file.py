"""A run's or a duel's plan as a graph for other programs: GraphML, or JSON as networkx writes it.

Knows the names of the attributes that others read, and what a file may hold: what is not known is
left out, never null or 0, and no character that XML refuses. Does not know where a file goes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import networkx as nx

from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.run import NodeState, Run
from scale_core.trace.usage import Usage
from scale_core.views import lanes, units
from scale_core.views.critical_path import CriticalPath, critical_path
from scale_core.views.graph import ANSWER, graph

_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
Attributes = Mapping[str, Any]


def graphml(record: Run | Duel) -> str:
    """GraphML (graphml.graphdrawing.org), as Gephi, yEd, Cytoscape and networkx read it."""
    writer = nx.GraphMLWriter(prettyprint=True)
    writer.add_graph_element(graph_of(record))
    flags = {key.get("id") for key in writer.xml if key.get("attr.type") == "boolean"}
    for data in writer.xml.iter("data"):
        if data.get("key") in flags:
            data.text = data.text.lower()  # networkx writes True, which is no boolean of XML
    return f"<?xml version='1.0' encoding='utf-8'?>\n{writer}\n"


def node_link(record: Run | Duel) -> str:
    """JSON that `networkx.node_link_graph` reads."""
    data = nx.node_link_data(graph_of(record), edges="edges")
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


FORMATS: Mapping[str, Callable[[Run | Duel], str]] = {".graphml": graphml, ".json": node_link}
"""How a graph is written, by the ending of its file's name."""


def graph_of(record: Run | Duel) -> nx.DiGraph[str]:
    """A run's graph; the graphs of a duel's lanes side by side, each node named `lane/id`."""
    if isinstance(record, Run):
        return _of_run(record)
    whole: nx.DiGraph[str] = nx.DiGraph(**_known(_about_duel(record)))
    for name, run in record.lanes.items():
        lane = _text(name)
        part = nx.relabel_nodes(_of_run(run), lambda id, lane=lane: f"{lane}/{id}")
        whole.add_nodes_from(part.nodes(data=True), lane=lane)
        whole.add_edges_from(part.edges(data=True))
    return whole


def _of_run(run: Run) -> nx.DiGraph[str]:
    path, plain = critical_path(run), graph(run)
    made: nx.DiGraph[str] = nx.DiGraph(**_known(_about(run, path)))
    for id in plain:
        own = {"critical": id in path.nodes} if path is not None else {}
        made.add_node(_text(id), **_known({**_node(run, id), **own}))
    for before, after in plain.edges:
        own = {"critical": (before, after) in path.edges} if path is not None else {}
        made.add_edge(_text(before), _text(after), **_known({**_edge(run, before, after), **own}))
    return made


# ---- attributes ----------------------------------------------------------------------------


def _known(attributes: Attributes) -> dict[str, Any]:
    """Without what is not known; numbers and flags as they are, all else as text."""
    return {
        name: value if isinstance(value, bool | int | float) else _text(str(value))
        for name, value in attributes.items()
        if value is not None
    }


def _number(value: float | None) -> float | None:
    """A file may have written 1 for 1.0, and an attribute has one type."""
    return None if value is None else float(value)


def _text(text: str) -> str:
    return _REFUSED.sub("\ufffd", text)


def _about(run: Run, path: CriticalPath | None) -> Attributes:
    """The whole run."""
    start = run.start
    return {
        "run": start.run if start else None,
        "problem": start.problem if start else None,
        "strategy": start.strategy if start else None,
        "seed": start.seed if start else None,
        "model": start.engine.get("model") if start else None,
        "status": run.status,
        "tokens": run.ledger.total.total,
        "critical_tokens": path.tokens if path else None,
    }


def _about_duel(duel: Duel) -> Attributes:
    start = duel.start
    return {
        "duel": start.duel if start else None,
        "problem": start.problem if start else None,
        "budget": start.budget if start else None,
        "seed": start.seed if start else None,
        "model": start.engine.get("model") if start else None,
        "status": duel.status,
    }


def _node(run: Run, id: str) -> Attributes:
    if id == ANSWER:
        return _answer(run)
    spent = run.ledger.of_node(id)
    if id == ev.PLAN_NODE:
        outline = run.planned.outline if run.planned else None
        return {"kind": "plan", "name": "plan", "text": outline, **_tokens(spent)}
    node = run.nodes[id]
    whole = id == ev.WHOLE_NODE
    return {
        "kind": "whole" if whole else "step",
        "name": "whole problem" if whole else units.step_name(run.plan, id, 80),
        **_step(run, node),
        **_tokens(spent),
    }


def _step(run: Run, node: NodeState) -> Attributes:
    """verdict: of the last check; belief: the probability that it gave."""
    checked = node.verified[-1] if node.verified else None
    return {
        "text": node.filled or node.text or None,
        "state": node.state,
        "difficulty": _number(node.difficulty),
        "mode": node.mode.value if node.mode else None,
        "result": node.result,
        "verdict": None if checked is None else "accepted" if checked.accepted else "doubted",
        "belief": _number(checked.probability) if checked else None,
        "doubted": node.doubted,
        "escalated": node.escalated is not None,
        "retries": len(node.retries),
        "rollouts": lanes.rollouts(node),
        "failure": node.failure or None,
    }


def _answer(run: Run) -> Attributes:
    grade = run.grade
    return {
        "kind": "answer",
        "name": "answer",
        "result": run.answer.answer if run.answer else None,
        "expected": grade.expected if grade else None,
        "verdict": grade.verdict if grade else None,
    }


def _tokens(spent: Usage) -> Attributes:
    return {"tokens": spent.total, "prompt": spent.prompt, "completion": spent.completion}


def _edge(run: Run, before: str, after: str) -> Attributes:
    """value: what was handed on."""
    if after == ANSWER:
        return {"value": run.answer.answer if run.answer else None}
    node = run.nodes.get(after)
    return {"value": dict(node.received).get(before) if node else None}
