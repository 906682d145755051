"""A run in one JSON value, for clients of the API and for the download of its events.

Knows what a caller wants to know at the end. Does not know how it is sent.
"""

from __future__ import annotations

import json
from typing import Any

from scale_core.trace import events as ev
from scale_core.trace.prices import Cost, Prices, Rates
from scale_core.trace.run import NodeState, Run
from scale_core.views import units as measures


def summary(run: Run, prices: Prices = measures.NO_PRICES) -> dict[str, Any]:
    """Answer, verdict, tokens, cost and steps; what is unknown is null, and `cost` says why."""
    rates, cost = measures.of_run(run, prices)
    made = spent(run, rates)
    return {**made, "cost": {**made["cost"], "unknown": measures.gaps(rates, cost)}}


def spent(run: Run, rates: Rates) -> dict[str, Any]:
    """The same, without the reasons."""
    total, money = run.ledger.total, measures.currency(rates)
    cost = measures.cost(rates, run.ledger.entries)
    by_node = measures.grouped(rates, run.ledger.entries, lambda e: e.node)
    return {
        "run": run.start.run if run.start else None,
        "status": run.status,
        "message": run.end.message if run.end else "",
        "answer": run.answer.answer if run.answer else None,
        "verdict": run.grade.verdict if run.grade else None,
        "seed": run.start.seed if run.start else None,
        "seconds": round(run.seconds, 3),
        "tokens": {
            "total": total.total,
            "prompt": total.prompt,
            "cached": total.cached,
            "completion": total.completion,
            "thinking": total.thinking,
        },
        "cost": measures.as_json(cost, money),
        "steps": [
            _step(run, node) | {"cost": measures.as_json(by_node.get(node.id, Cost()), money)}
            for node in run.steps
        ],
    }


def _step(run: Run, node: NodeState) -> dict[str, Any]:
    return {
        "id": node.id,
        "text": node.text,
        "depends_on": list(node.depends_on),
        "difficulty": node.difficulty,
        "mode": node.mode.value if node.mode else None,
        "escalated": node.escalated is not None,
        "state": node.state,
        "result": node.result,
        "tokens": run.ledger.of_node(node.id).total,
    }


def json_lines(run: Run) -> str:
    """The run's events, one JSON object a line; reading them back gives the same run."""
    return "".join(json.dumps(ev.to_json(e), ensure_ascii=False) + "\n" for e in run.events)
