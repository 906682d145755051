"""The duel's charts as small JSON values: tokens, or what they cost, over time and by stage, and
rollouts by round.

Knows how lanes become series and keeps them short. Does not know how they are drawn, nor colours
and themes: series carry names.
"""

from __future__ import annotations

from typing import Any

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.prices import Cost, Prices, Rates
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import charts, colours, tree
from scale_core.views import formats as wording
from scale_core.views import units as measures
from scale_core.views.charts import STAGE_NAMES

ROUNDS, PIECES = 40, 10


Moment = tuple[float, charts.Spent | None]
"""When, in seconds or calls, and what was spent then; None: nothing."""

UNCACHED = "FLOPs uncached"


def spend(duel: du.Duel, prices: Prices = measures.NO_PRICES) -> dict[str, Any]:
    """What each lane had spent by when: `points` of (seconds, tokens), at most `charts.POINTS`;
    `costs`: by other unit the amounts at these points, and FLOPs as if there were no cache. None
    from the first unknown amount on. A recorded duel took no time: there the points are (calls,
    tokens)."""
    recorded = duel.start is not None and duel.start.recorded
    rates = measures.rates_of(duel.start, prices)
    moments = _calls(duel) if recorded else _times(duel)
    return {
        "unit": "calls" if recorded else "seconds",
        "series": [{**_name(duel, n), **_course(m, rates)} for n, m in moments.items()],
        **measures.told(rates, duel.start is not None),
    }


def _times(duel: du.Duel) -> dict[str, list[Moment]]:
    found: dict[str, list[Moment]] = {name: [] for name in duel.lanes}
    last = dict.fromkeys(duel.lanes, 0.0)
    for event in duel.events:
        if isinstance(event, du.LaneEvent):
            last[event.lane] = round(event.t, 2)
            if isinstance(event.event, charts.Spent):
                found[event.lane].append((last[event.lane], event.event))
    for name, moments in found.items():
        if last[name] > (moments[-1][0] if moments else 0.0):
            moments.append((last[name], None))
    return found


def _calls(duel: du.Duel) -> dict[str, list[Moment]]:
    found: dict[str, list[Moment]] = {}
    for name, run in duel.lanes.items():
        spent = [e for e in run.events if isinstance(e, charts.Spent)]
        found[name] = [(float(i), event) for i, event in enumerate(spent, 1)]
    return found


def _course(moments: list[Moment], rates: Rates) -> dict[str, Any]:
    """Running sums. Only the few points that are kept are priced: that is the slow part."""
    stages: dict[str, tuple[Usage, float]] = {}
    kept = set(charts.thin(len(moments) + 1))
    points: list[tuple[float, int | None]] = []
    costs: dict[str, list[float | None]] = {unit: [] for unit in (*measures.COSTS, UNCACHED)}
    start: Moment = (0.0, None)
    for i, (at, event) in enumerate((start, *moments)):
        if event is not None:
            usage, seconds = stages.get(event.stage, (Usage(), 0.0))
            stages[event.stage] = (usage + event.usage, seconds + event.seconds)
        if i in kept:
            points.append((at, Usage.sum(usage for usage, _ in stages.values()).total))
            cost = Cost.sum(rates.cost(stage, *spent) for stage, spent in stages.items())
            for unit in measures.COSTS:
                costs[unit].append(measures.value(cost, unit))
            costs[UNCACHED].append(None if cost.flops is None else float(f"{cost.flops:.6g}"))
    return {"points": points, "costs": costs}


def known(usage: Usage) -> int:
    return (usage.prompt or 0) + (usage.completion or 0)


def stages(duel: du.Duel, prices: Prices = measures.NO_PRICES) -> dict[str, Any]:
    """Tokens of each lane by what they were spent on, in the order of `events.STAGES`; `costs`:
    the same in each other unit."""
    rows = []
    rates = measures.rates_of(duel.start, prices)
    for name, run in duel.lanes.items():
        parts = [[stage, known(run.ledger.of_stage(stage))] for stage in ev.STAGES]
        total = run.ledger.total.total
        rows.append({**_name(duel, name), "parts": [p for p in parts if p[1]], "total": total,
                     "costs": _costs(run, rates)})  # fmt: skip
    return {
        "rows": rows,
        **measures.told(rates, duel.start is not None),
        "stages": [[stage, STAGE_NAMES[stage], colours.STAGE_COLOURS[stage]] for stage in ev.STAGES
                   if any(stage == p[0] for row in rows for p in row["parts"])],
    }  # fmt: skip


def _costs(run: Run, rates: Rates) -> dict[str, dict[str, Any]]:
    """By unit, a lane's parts and total. An unknown part is left out and the total is unknown."""
    by_stage = measures.grouped(rates, run.ledger.entries, lambda e: e.stage)
    total = measures.amounts(measures.cost(rates, run.ledger.entries))
    found: dict[str, dict[str, Any]] = {}
    for unit in measures.COSTS:
        parts = [[s, measures.value(by_stage[s], unit)] for s in ev.STAGES if s in by_stage]
        found[unit] = {"parts": [p for p in parts if p[1]], "total": total[unit]}
    return found


def rounds(duel: du.Duel) -> dict[str, Any]:
    """For each lane its rounds of allocation: who was given how many rollouts."""
    return {
        "lanes": [
            {**_name(duel, n), "rounds": _rounds(r), "more": max(0, len(r.rounds) - ROUNDS)}
            for n, r in duel.lanes.items()
        ]
    }


def _rounds(run: Run) -> list[dict[str, Any]]:
    names = {s.id: s.name for s in run.plan.steps} if run.plan else {}
    made, letters = tree.tree(run), tree.letters(run)
    return [_round(a, names, made, letters) for a in run.rounds[:ROUNDS]]


def _round(
    allocated: ev.Allocated,
    names: dict[str, str],
    made: tree.Tree,
    letters: dict[tuple[int, str], str],
) -> dict[str, Any]:
    pieces: dict[str, list[Any]] = {}
    for share in allocated.shares:
        id = made.home.get(share.id, share.id)
        if share.count and share.state != "planned":
            piece = pieces.setdefault(id, [id, _piece(id, names, made), 0, ""])
            piece[2] += share.count
            piece[3] = letters.get((allocated.round, share.group or ""), "")
    ranked = sorted(pieces.values(), key=lambda p: -p[2])
    rest = sum(p[2] for p in ranked[PIECES:])
    return {
        "round": allocated.round,
        "name": wording.shorten(names.get(allocated.node, str(allocated.round)), 8),
        "node": allocated.node,
        "budget": sum(p[2] for p in ranked),
        "of": len(allocated.shares),
        "effective": None if allocated.effective is None else round(allocated.effective, 2),
        "pieces": ranked[:PIECES],
        "rest": rest,
    }


def _piece(id: str, names: dict[str, str], made: tree.Tree) -> str:
    """What a piece of a bar is called: a step's name, or a candidate's value."""
    if id in names:
        return wording.shorten(names[id], 8)
    if id in made.groups:
        return wording.shorten(made.groups[id].value or "unreadable", 10)
    return "start" if id == tree.ROOT else wording.shorten(id, 8)


def _name(duel: du.Duel, name: str) -> dict[str, Any]:
    labels = {lane.name: lane.label for lane in duel.start.lanes} if duel.start else {}
    return {
        "lane": name,
        "label": wording.shorten(labels.get(name, name), 18),
        "colour": name if name in colours.LANE_COLOURS else "uniform",
    }
