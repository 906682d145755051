"""A run in one JSON value, for clients of the API and for the download of its events.

Knows what a caller wants to know at the end. Does not know how it is sent.
"""

from __future__ import annotations

import json
from typing import Any

from scale_core.trace import events as ev
from scale_core.trace.run import NodeState, Run


def summary(run: Run) -> dict[str, Any]:
    """Answer, verdict, tokens and steps; what is unknown is null."""
    total = run.ledger.total
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
        "steps": [_step(run, node) for node in run.steps],
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
