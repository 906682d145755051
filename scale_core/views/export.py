"""A run or a duel as it leaves the page: as JSON for clients, as JSON lines.

Knows the keys that others read, and that what an engine did not report, or no price is known of, is
null, never 0. Does not know the page or how anything is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.prices import Cost, Prices, Rates
from scale_core.trace.redaction import redacted, redacted_duel
from scale_core.trace.run import NodeState, Run
from scale_core.views import lanes, understood, units
from scale_core.views.duel import balance, head


def summary(run: Run, prices: Prices = units.NO_PRICES) -> dict[str, Any]:
    """Answer, verdict, tokens, cost and steps of a run; `cost` says why an amount is null."""
    rates, cost = units.of_run(run, prices)
    made = _summary(run, rates)
    return {**made, "cost": {**made["cost"], "unknown": units.gaps(rates, cost)}}


def _summary(run: Run, rates: Rates) -> dict[str, Any]:
    total, currency = run.ledger.total, units.currency(rates)
    by_node = units.grouped(rates, run.ledger.entries, lambda e: e.node)
    return {
        "run": run.start.run if run.start else None,
        "status": run.status,
        "message": run.end.message if run.end else "",
        "answer": run.answer.answer if run.answer else None,
        "verdict": run.grade.verdict if run.grade else None,
        "understood": understood.as_json(run),
        "seed": run.start.seed if run.start else None,
        "seconds": round(run.seconds, 3),
        "tokens": {
            "total": total.total,
            "prompt": total.prompt,
            "cached": total.cached,
            "completion": total.completion,
            "thinking": total.thinking,
        },
        "cost": units.as_json(units.cost(rates, run.ledger.entries), currency),
        "steps": [
            _step(run, node) | {"cost": units.as_json(by_node.get(node.id, Cost()), currency)}
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


def duel_summary(duel: du.Duel, prices: Prices = units.NO_PRICES) -> dict[str, Any]:
    """The same of each lane of a duel, and of all together; `cost` says once why an amount is
    null."""
    totals = head(duel)
    rates, charged, spent = units.of_duel(duel, prices)
    currency = units.currency(rates)
    return {
        "duel": duel.start.duel if duel.start else None,
        "status": duel.status,
        "message": duel.end.message if duel.end else "",
        "budget": duel.start.budget if duel.start else None,
        "limit": duel.planned.limit if duel.planned else None,
        "tokens": {name: totals[name] for name in ("logical", "physical", "shared")},
        "cost": {
            "logical": units.as_json(charged, currency),
            "physical": units.as_json(spent, currency),
            "unknown": units.gaps(rates, charged),
        },
        "balances": balance(duel).ok,
        "lanes": {
            name: {**_summary(run, rates), "rollouts": run.rollouts, **lanes.budget(run)}
            for name, run in duel.lanes.items()
        },
    }


def json_lines(record: Run | du.Duel, keys: Iterable[str] = ()) -> str:
    """The events, one JSON object a line; reading them back gives the same run or duel, without
    the addresses and paths that an older release may have written, and without these keys."""
    found = (
        [du.to_json(e) for e in redacted_duel(record.events, keys)]
        if isinstance(record, du.Duel)
        else [ev.to_json(e) for e in redacted(record.events, keys)]
    )
    return "".join(_line(event) + "\n" for event in found)


def _line(event: dict[str, Any]) -> str:
    """Readable, unless it holds half a character, which no file could."""
    line = json.dumps(event, ensure_ascii=False)
    return line if _is_whole(line) else json.dumps(event)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def csv(record: Run | du.Duel, prices: Prices | None = None) -> str:
    """The frame of a run or a duel, a row for each request. A text that a spreadsheet would take
    for a formula has an apostrophe before it. Raises PricesError as the frame does."""
    from scale_core.views.frames import frame  # brings pandas, which only a table needs

    made = frame(record, prices)
    texts = made.select_dtypes(["object", "string"]).columns
    made[texts] = made[texts].map(_no_formula)
    found: str = made.to_csv(index=False, lineterminator="\n")
    return found


def _no_formula(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
