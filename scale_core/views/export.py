"""A run or a duel as it leaves the page: as tables, as JSON for clients, as JSON lines.

Knows the columns and keys that others read, and that what an engine did not report, or no price is
known of, is "unknown" in a table and null in JSON, never 0. Does not know the page or how anything
is sent.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.ledger import Entry
from scale_core.trace.prices import Cost, Prices, Rates
from scale_core.trace.run import NodeState, Run
from scale_core.trace.usage import Usage, total
from scale_core.views import lanes, units
from scale_core.views.duel import balance, head
from scale_core.views.units import UNKNOWN, shorten, step_name

COLUMNS = ["node", "stage", "calls", "samples", "prompt", "cached", "completion", "thinking",
           "retried", "cancelled", "seconds", "money", "FLOPs", "FLOPs uncached"]  # fmt: skip
"""seconds: of the engine's requests, added up. FLOPs: without the cached part of prompts;
FLOPs uncached: as if there were no cache."""

LANE_COLUMNS = ["lane", "status", "answer", "verdict", "budget", "used", "unit", "rollouts",
                "tokens", "prompt", "completion", "seconds", "money", "FLOPs",
                "FLOPs uncached"]  # fmt: skip


# ---- tables --------------------------------------------------------------------------------


def ledger(run: Run, prices: Prices = units.NO_PRICES) -> pd.DataFrame:
    """One row for each node and stage, and the totals last; empty before the first call."""
    return pd.DataFrame(_rows(run, prices), columns=COLUMNS)


def duel_ledger(duel: du.Duel, prices: Prices = units.NO_PRICES) -> pd.DataFrame:
    """The same for each lane, one below the other."""
    rows = [[name, *row] for name, run in duel.lanes.items() for row in _rows(run, prices)]
    return pd.DataFrame(rows, columns=["lane", *COLUMNS])


def _rows(run: Run, prices: Prices) -> list[list[Any]]:
    entries = run.ledger.entries
    rates = units.rates_of(run.start, prices)
    currency = units.currency(rates)
    costs = [rates.cost(e.stage, e.usage, e.seconds) for e in entries]
    found: list[list[Any]] = [
        [step_name(run.plan, e.node, 20), e.stage, *_numbers(e), *_amounts(c, currency)]
        for e, c in zip(entries, costs, strict=True)
    ]
    if entries:
        amounts = _amounts(Cost.sum(costs), currency)
        found.append(["total", "", *_numbers(_total(entries)), *amounts])
    return found


def _numbers(entry: Entry) -> list[int | float | str]:
    usage = entry.usage
    counts = (usage.prompt, usage.cached, usage.completion, usage.thinking)
    return [
        entry.calls,
        entry.samples,
        *map(_known, (*counts, entry.retried, entry.cancelled)),
        round(entry.seconds, 3),
    ]


def _total(entries: tuple[Entry, ...]) -> Entry:
    return Entry(
        "total",
        "",
        Usage.sum(e.usage for e in entries),
        sum(e.calls for e in entries),
        sum(e.samples for e in entries),
        total(e.retried for e in entries),
        total(e.cancelled for e in entries),
        sum(e.seconds for e in entries),
    )


def lane_table(duel: du.Duel, prices: Prices = units.NO_PRICES) -> pd.DataFrame:
    """One row for each lane; then what the engine really generated for all of them."""
    rates = units.rates_of(duel.start, prices)
    currency = units.currency(rates)
    rows: list[list[Any]] = []
    for name, run in duel.lanes.items():
        limit, unit = (run.budget.limit, run.budget.unit) if run.budget else ("", "")
        cost = units.cost(rates, run.ledger.entries)
        rows.append([
            shorten(lanes.lane_of(duel, name).label, 24), lanes.state(duel, run),
            shorten(run.answer.answer, 40) if run.answer else "",
            run.grade.verdict if run.grade else "", limit, _known(lanes.used(run)), unit,
            run.rollouts, *_counts(run.ledger.total), round(run.seconds, 3),
            *_amounts(cost, currency),
        ])  # fmt: skip
    if rows:
        made = sum(g.samples for g in duel.generated if g.stage in ev.SOLVING)
        cost = units.generated(rates, duel.generated)
        rows.append(["generated", *[""] * 6, made, *_counts(duel.physical),
                     round(duel.seconds, 3), *_amounts(cost, currency)])  # fmt: skip
    return pd.DataFrame(rows, columns=LANE_COLUMNS)


def _counts(usage: Usage) -> list[int | str]:
    return [_known(n) for n in (usage.total, usage.prompt, usage.completion)]


def _known(count: int | None) -> int | str:
    return UNKNOWN if count is None else count


def _amounts(cost: Cost, currency: str) -> list[str]:
    money = units.written(units.value(cost, "money"), "money", currency)
    return [money, units.flops(cost.flops_cached), units.flops(cost.flops)]


# ---- JSON ----------------------------------------------------------------------------------


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


def json_lines(record: Run | du.Duel) -> str:
    """The events, one JSON object a line; reading them back gives the same run or duel."""
    found = (
        [du.to_json(e) for e in record.events]
        if isinstance(record, du.Duel)
        else [ev.to_json(e) for e in record.events]
    )
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in found)
