"""The charts' data: what a run or a lane had spent by when, by node and stage; a duel's rounds.

Knows which number stands where, in every unit, and keeps charts small: at most `POINTS` points a
curve, because the page sends a whole chart at every update. Each is one JSON value, from which the
page draws and `figures` makes Plotly's. Does not know colours of themes, pixels or Plotly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.ledger import Entry
from scale_core.trace.prices import Cost, Prices, Rates
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import tree, units
from scale_core.views.colours import KIND_COLOURS, STAGE_COLOURS
from scale_core.views.lanes import named
from scale_core.views.units import STAGE_NAMES, Unit

POINTS = 60
NODES = 24
ROUNDS, PIECES = 40, 10
UNCACHED = "FLOPs uncached"

Spent = ev.Sampled | ev.Measured
Moment = tuple[float, Spent | None]
"""When, in seconds or calls, and what was spent then; None: nothing."""


def known(usage: Usage) -> int:
    """Tokens that are known of; the rest is told of in words."""
    return (usage.prompt or 0) + (usage.completion or 0)


def thin(count: int) -> list[int]:
    """At most `POINTS` indices of `count`, evenly spaced, both ends among them."""
    if count <= POINTS:
        return list(range(count))
    return sorted({round(i * (count - 1) / (POINTS - 1)) for i in range(POINTS)})


# ---- a run -----------------------------------------------------------------------------------


def course(run: Run, prices: Prices = units.NO_PRICES) -> dict[str, Any]:
    """What a run had spent by when. times: seconds; series: for each stage that spent something its
    running sum at these times, in `tokens` and in `costs`. What is unknown is left out of the sums,
    and `notes` tells of it by unit."""
    rates = units.rates_of(run.start, prices)
    times, sums = _sums(run, rates)
    spent = [stage for stage in ev.STAGES if any(sums[unit][stage][-1] for unit in units.UNITS)]
    return {
        "times": times,
        "series": [
            {
                "stage": stage,
                "label": STAGE_NAMES[stage],
                "fill": STAGE_COLOURS[stage],
                "tokens": sums["tokens"][stage],
                "costs": {unit: sums[unit][stage] for unit in units.COSTS},
            }
            for stage in spent
        ],
        "currency": units.currency(rates),
        "notes": _notes(run, rates),
    }


def _sums(run: Run, rates: Rates) -> tuple[list[float], dict[Unit, dict[ev.Stage, list[float]]]]:
    """Times, and by unit and stage the running sum at each."""
    moments: list[Moment] = [(0.0, None)]
    moments += [(round(e.t, 2), e) for e in run.events if isinstance(e, Spent)]
    if run.end is not None and round(run.seconds, 2) > moments[-1][0]:
        moments.append((round(run.seconds, 2), None))
    now = {unit: dict.fromkeys(ev.STAGES, 0.0) for unit in units.UNITS}
    sums: dict[Unit, dict[ev.Stage, list[float]]]
    sums = {unit: {stage: [] for stage in ev.STAGES} for unit in units.UNITS}
    kept = set(thin(len(moments)))
    for i, (_, event) in enumerate(moments):
        if event is not None:
            for unit, amount in _known(event, rates).items():
                now[unit][event.stage] += amount
        if i in kept:
            for unit, stages in now.items():
                for stage, amount in stages.items():
                    sums[unit][stage].append(_rounded(amount, unit))
    return [moments[i][0] for i in sorted(kept)], sums


def _known(event: Spent, rates: Rates) -> dict[Unit, float]:
    """What is known of what an event spent, by unit."""
    cost = rates.of_event(event)
    amounts = {unit: units.value(cost, unit) or 0.0 for unit in units.COSTS}
    return {"tokens": known(event.usage), **amounts}


def _rounded(amount: float, unit: Unit) -> float:
    return int(amount) if unit == "tokens" else float(f"{amount:.6g}")


def _notes(run: Run, rates: Rates) -> dict[Unit, str]:
    """By unit, why there is nothing, or too little, to draw; "" where all is drawn."""
    entries = run.ledger.entries
    if run.start is None or not entries:
        return dict.fromkeys(units.UNITS, "")
    cost = units.cost(rates, entries)
    found: dict[Unit, str] = {}
    for unit in units.UNITS:
        total = run.ledger.total.total if unit == "tokens" else units.value(cost, unit)
        why = units.unknown(rates, unit) if total is None else units.notes(rates).get(unit, "")
        drawn = any(
            known(e.usage) if unit == "tokens" else units.value(units.cost(rates, [e]), unit)
            for e in entries
        )
        lead = "Only what is known is drawn: it was at least so much. " if drawn else ""
        found[unit] = "" if total else units.shorten(lead + why, 200)
    return found


def parts(usage: Usage) -> dict[str, int | None]:
    """Usage split into pieces that do not overlap; None where the engine did not say."""
    cached, thinking = usage.cached, usage.thinking
    return {
        "prompt": None if usage.prompt is None else usage.prompt - (cached or 0),
        "cached": cached,
        "completion": None if usage.completion is None else usage.completion - (thinking or 0),
        "thinking": thinking,
    }


def nodes(run: Run, prices: Prices = units.NO_PRICES) -> dict[str, Any]:
    """What each node spent, in the order of the plan: tokens by kind, `costs` by stage. An unknown
    part is left out, and the total is unknown."""
    rates = units.rates_of(run.start, prices)
    spent = dict.fromkeys(entry.node for entry in run.ledger.entries)
    ordered = (ev.PLAN_NODE, *(step.id for step in run.steps), *spent)
    ids = [id for id in dict.fromkeys(ordered) if id in spent]
    rows = [_node(run, id, rates) for id in ids[:NODES]]
    kinds = {part for row in rows for part, _ in row["parts"]}
    return {
        "rows": rows,
        "more": max(0, len(ids) - NODES),
        "kinds": [[kind, kind, colour] for kind, colour in KIND_COLOURS.items() if kind in kinds],
        "stages": _legend(row["costs"][unit] for row in rows for unit in units.COSTS),
        **units.told(rates, run.start is not None),
    }


def _node(run: Run, id: str, rates: Rates) -> dict[str, Any]:
    usage = run.ledger.of_node(id)
    entries = [e for e in run.ledger.entries if e.node == id]
    return {
        "node": id,
        "label": units.step_name(run.plan, id, 10),
        "parts": [[kind, n] for kind, n in parts(usage).items() if n],
        "total": usage.total,
        "costs": _costs(entries, rates),
    }


# ---- a duel ----------------------------------------------------------------------------------


def spend(duel: du.Duel, prices: Prices = units.NO_PRICES) -> dict[str, Any]:
    """What each lane had spent by when: `points` of (seconds, tokens), at most `POINTS`;
    `costs`: by other unit the amounts at these points, and FLOPs as if there were no cache. None
    from the first unknown amount on. A recorded duel took no time: there the points are (calls,
    tokens)."""
    recorded = duel.start is not None and duel.start.recorded
    rates = units.rates_of(duel.start, prices)
    moments = _calls(duel) if recorded else _times(duel)
    return {
        "unit": "calls" if recorded else "seconds",
        "series": [{**named(duel, n), **_course(m, rates)} for n, m in moments.items()],
        **units.told(rates, duel.start is not None),
    }


def _times(duel: du.Duel) -> dict[str, list[Moment]]:
    found: dict[str, list[Moment]] = {name: [] for name in duel.lanes}
    last = dict.fromkeys(duel.lanes, 0.0)
    for event in duel.events:
        if isinstance(event, du.LaneEvent):
            last[event.lane] = round(event.t, 2)
            if isinstance(event.event, Spent):
                found[event.lane].append((last[event.lane], event.event))
    for name, moments in found.items():
        if last[name] > (moments[-1][0] if moments else 0.0):
            moments.append((last[name], None))
    return found


def _calls(duel: du.Duel) -> dict[str, list[Moment]]:
    found: dict[str, list[Moment]] = {}
    for name, run in duel.lanes.items():
        spent = [e for e in run.events if isinstance(e, Spent)]
        found[name] = [(float(i), event) for i, event in enumerate(spent, 1)]
    return found


def _course(moments: list[Moment], rates: Rates) -> dict[str, Any]:
    """Running sums. Only the few points that are kept are priced: that is the slow part."""
    stages: dict[str, tuple[Usage, float]] = {}
    kept = set(thin(len(moments) + 1))
    points: list[tuple[float, int | None]] = []
    costs: dict[str, list[float | None]] = {unit: [] for unit in (*units.COSTS, UNCACHED)}
    start: Moment = (0.0, None)
    for i, (at, event) in enumerate((start, *moments)):
        if event is not None:
            usage, seconds = stages.get(event.stage, (Usage(), 0.0))
            stages[event.stage] = (usage + event.usage, seconds + event.seconds)
        if i in kept:
            points.append((at, Usage.sum(usage for usage, _ in stages.values()).total))
            cost = Cost.sum(rates.cost(stage, *spent) for stage, spent in stages.items())
            for unit in units.COSTS:
                costs[unit].append(units.value(cost, unit))
            costs[UNCACHED].append(None if cost.flops is None else float(f"{cost.flops:.6g}"))
    return {"points": points, "costs": costs}


def stages(duel: du.Duel, prices: Prices = units.NO_PRICES) -> dict[str, Any]:
    """Tokens of each lane by what they were spent on, in the order of `events.STAGES`; `costs`:
    the same in each other unit."""
    rows = []
    rates = units.rates_of(duel.start, prices)
    for name, run in duel.lanes.items():
        parts = [[stage, known(run.ledger.of_stage(stage))] for stage in ev.STAGES]
        total = run.ledger.total.total
        rows.append({**named(duel, name), "parts": [p for p in parts if p[1]], "total": total,
                     "costs": _costs(run.ledger.entries, rates)})  # fmt: skip
    return {
        "rows": rows,
        **units.told(rates, duel.start is not None),
        "stages": _legend(rows),
    }


def _legend(rows: Iterable[dict[str, Any]]) -> list[list[str]]:
    """Stages that are among the parts of these rows, with their names and colours."""
    found = {stage for row in rows for stage, _ in row["parts"]}
    return [[s, STAGE_NAMES[s], STAGE_COLOURS[s]] for s in ev.STAGES if s in found]


def _costs(entries: Sequence[Entry], rates: Rates) -> dict[str, dict[str, Any]]:
    """By unit, the parts by stage and the total. An unknown part is left out and the total is
    unknown."""
    by_stage = units.grouped(rates, entries, lambda e: e.stage)
    total = units.amounts(Cost.sum(by_stage.values()))
    found: dict[str, dict[str, Any]] = {}
    for unit in units.COSTS:
        parts = [[s, units.value(by_stage[s], unit)] for s in ev.STAGES if s in by_stage]
        found[unit] = {"parts": [p for p in parts if p[1]], "total": total[unit]}
    return found


def rounds(duel: du.Duel) -> dict[str, Any]:
    """For each lane its rounds of allocation: who was given how many rollouts."""
    return {
        "lanes": [
            {
                **named(duel, n),
                "rounds": _rounds(r),
                "more": max(0, len(r.rounds) - ROUNDS),
            }
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
        "name": units.shorten(names.get(allocated.node, str(allocated.round)), 8),
        "node": allocated.node,
        "budget": sum(p[2] for p in ranked),
        "effective": units.rounded(allocated.effective, 2),
        "pieces": ranked[:PIECES],
        "rest": rest,
    }


def _piece(id: str, names: dict[str, str], made: tree.Tree) -> str:
    """What a piece of a bar is called: a step's name, or a candidate's value."""
    if id in names:
        return units.shorten(names[id], 8)
    if id in made.groups:
        return units.shorten(made.groups[id].value or "unreadable", 10)
    return "start" if id == tree.ROOT else units.shorten(id, 8)
