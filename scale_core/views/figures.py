"""Charts: what a run or a lane spent over time, by node and by stage, and a duel's rounds.

Knows which curve stands for what, and keeps them small: at most `POINTS` points a curve, because
the page sends a whole chart at every update. A run's are Plotly figures, whose backgrounds are
transparent and whose greys suit light and dark; a duel's are JSON values, whose series carry
names. Does not know how they are placed or themed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.ledger import Entry
from scale_core.trace.prices import Cost, Prices, Rates
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import tree, units
from scale_core.views.colours import KIND_COLOURS, STAGE_COLOURS
from scale_core.views.lanes import named
from scale_core.views.units import STAGE_NAMES, UNKNOWN, Unit, clean, shorten

POINTS = 60
NODES = 24
HEIGHT = 268
_GREY, _GRID = "#7f8b99", "rgba(127,139,153,0.18)"


def _figure(traces: Sequence[Any], x: str) -> go.Figure:
    axis: dict[str, Any] = {
        "gridcolor": _GRID, "zeroline": False, "fixedrange": True, "automargin": True,
        "tickfont": {"size": 11}, "title": {"font": {"size": 11}}, "linecolor": _GRID,
    }  # fmt: skip
    layout = go.Layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "IBM Plex Sans, system-ui, sans-serif", "size": 12, "color": _GREY},
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        height=HEIGHT,
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 11},
                "traceorder": "normal"},
        xaxis={**axis, "title": {"text": x, "font": {"size": 11}, "standoff": 4}},
        yaxis=axis,
        barmode="stack",
        bargap=0.4,
        hovermode="closest",
        uirevision="run",
    )  # fmt: skip
    return go.Figure(data=list(traces), layout=layout)


# ---- tokens over time ----------------------------------------------------------------------


Spent = ev.Sampled | ev.Measured


def cumulative(
    run: Run, spent: Callable[[Spent], float] = lambda event: known(event.usage)
) -> tuple[list[float], dict[str, list[float]]]:
    """Times and, for each stage that spent something, its running sum; `spent`: of an event.
    Unknown counts are left out here and marked in the table."""
    times, sums = [0.0], {stage: [0.0] for stage in ev.STAGES}
    for event in run.events:
        if not isinstance(event, ev.Sampled | ev.Measured):
            continue
        times.append(round(event.t, 2))
        for stage, series in sums.items():
            series.append(series[-1] + (spent(event) if stage == event.stage else 0))
    if run.end is not None and run.seconds > times[-1]:
        times.append(round(run.seconds, 2))
        for series in sums.values():
            series.append(series[-1])
    kept = thin(len(times))
    return (
        [times[i] for i in kept],
        {stage: [series[i] for i in kept] for stage, series in sums.items() if series[-1]},
    )


def known(usage: Usage) -> int:
    return (usage.prompt or 0) + (usage.completion or 0)


def thin(count: int) -> list[int]:
    """At most `POINTS` indices of `count`, evenly spaced, both ends among them."""
    if count <= POINTS:
        return list(range(count))
    return sorted({round(i * (count - 1) / (POINTS - 1)) for i in range(POINTS)})


def over_time(run: Run, prices: Prices = units.NO_PRICES, unit: Unit = "tokens") -> go.Figure:
    """Cumulative tokens, or another unit, by stage, stacked; a note says where not all is known."""
    rates = units.rates_of(run.start, prices)

    def spent(event: Spent) -> float:
        if unit == "tokens":
            return known(event.usage)
        return units.value(rates.of_event(event), unit) or 0

    times, sums = cumulative(run, spent)
    traces = [
        go.Scatter(
            x=times, y=series, name=STAGE_NAMES[stage], stackgroup="all", mode="lines",
            line={"width": 0.5, "color": STAGE_COLOURS[stage]}, fillcolor=STAGE_COLOURS[stage],
            hovertemplate=f"%{{y}} {_unit(rates, unit)} by %{{x}} s",
        )
        for stage, series in sums.items()
    ]  # fmt: skip
    figure = _figure(traces, "seconds")
    title = {"text": _unit(rates, unit), "font": {"size": 11}, "standoff": 6}
    figure.update_yaxes(rangemode="tozero", title=title)
    figure.update_xaxes(rangemode="tozero")
    return _annotated(figure, _note(run, rates, unit), unit)


def _annotated(figure: go.Figure, notes: list[dict[str, Any]], unit: Unit) -> go.Figure:
    """The figure with a note in place of axes that would count nothing, or with its numbers in
    the prefixes that the notes use."""
    empty = bool(notes) and not any(any(t.x) and any(t.y) for t in figure.data)
    figure.update_layout(annotations=notes)
    figure.update_xaxes(visible=not empty)
    figure.update_yaxes(visible=not empty)
    if unit == "FLOPs":
        figure.update_layout(xaxis_exponentformat="SI", yaxis_exponentformat="SI")
    return figure


def _unit(rates: Rates, unit: Unit) -> str:
    """What an axis counts."""
    words = {"tokens": "tokens", "FLOPs": "FLOPs", "time": "seconds of requests"}
    return words.get(unit) or clean(units.currency(rates)) or "money (nothing is billed)"


def _note(run: Run, rates: Rates, unit: Unit) -> list[dict[str, Any]]:
    """Why there is nothing, or too little, to draw; none where all is drawn."""
    if run.start is None or not run.ledger.entries:
        return []
    total = _total(run, rates, unit)
    if total:
        return []
    drawn = any(_part(e, rates, unit) for e in run.ledger.entries)
    if total is None:
        why = units.unknown(rates, unit)
    else:
        why = units.notes(rates).get(unit, "")
    if drawn:
        why = "Only what is known is drawn: it was at least so much. " + why
    text = shorten(why, 150).replace("<", "‹").replace("$", "＄")
    middle = text.find(" ", len(text) // 2)
    return [{"text": f"{text[:middle]}<br>{text[middle + 1 :]}" if middle > 0 else text,
             "x": 0.5, "y": 1 if drawn else 0.5, "xref": "paper", "yref": "paper",
             "yanchor": "top" if drawn else "middle", "showarrow": False,
             "font": {"size": 12}}]  # fmt: skip


def _total(run: Run, rates: Rates, unit: Unit) -> float | None:
    if unit == "tokens":
        return run.ledger.total.total
    return units.value(units.cost(rates, run.ledger.entries), unit)


def _part(entry: Entry, rates: Rates, unit: Unit) -> float | None:
    if unit == "tokens":
        return known(entry.usage)
    return units.value(units.cost(rates, [entry]), unit)


# ---- tokens by node ------------------------------------------------------------------------


def parts(usage: Usage) -> dict[str, int | None]:
    """Usage split into pieces that do not overlap; None where the engine did not say."""
    cached, thinking = usage.cached, usage.thinking
    return {
        "prompt": None if usage.prompt is None else usage.prompt - (cached or 0),
        "cached": cached,
        "completion": None if usage.completion is None else usage.completion - (thinking or 0),
        "thinking": thinking,
    }


def by_node(run: Run, prices: Prices = units.NO_PRICES, unit: Unit = "tokens") -> go.Figure:
    """One bar for each node: tokens split into prompt, cached, completion and thinking; another
    unit by stage."""
    spent = dict.fromkeys(entry.node for entry in run.ledger.entries)
    ordered = (ev.PLAN_NODE, *(step.id for step in run.steps), *spent)
    ids = [id for id in dict.fromkeys(ordered) if id in spent][:NODES]
    rates = units.rates_of(run.start, prices)
    series, ends = _kinds(run, ids) if unit == "tokens" else _stage_costs(run, ids, rates, unit)
    names = [_node_name(run, id) for id in ids]
    traces = [
        go.Bar(y=names, x=values, name=name, orientation="h", marker={"color": colour},
               hovertemplate="%{x}" + (f" {name}" if unit == "tokens" else ""))
        for name, colour, values in series
        if any(values)
    ]  # fmt: skip
    figure = _figure(traces, _unit(rates, unit))
    figure.update_yaxes(type="category", autorange="reversed", gridcolor="rgba(0,0,0,0)")
    notes = [] if unit == "tokens" else _note(run, rates, unit)
    notes = notes or [
        {"x": at, "y": name, "text": text, "showarrow": False, "xanchor": "left", "xshift": 4,
         "font": {"size": 11}}
        for name, (at, text) in zip(names, ends, strict=True)
    ]  # fmt: skip
    return _annotated(figure, notes, unit)


Bars = tuple[list[tuple[str, str, list[float]]], list[tuple[float | None, str]]]
"""Series of bars as name, colour and a number for each node; where each bar ends, and the text
there."""


def _kinds(run: Run, ids: list[str]) -> Bars:
    """Tokens by kind; the word for unknown where a part of a sum is."""
    usages = [run.ledger.of_node(id) for id in ids]
    split = [parts(usage) for usage in usages]
    series = [(kind, colour, [float(part[kind] or 0) for part in split])
              for kind, colour in KIND_COLOURS.items()]  # fmt: skip
    sums = [f"{UNKNOWN} in part" if u.total is None else str(u.total) for u in usages]
    return series, list(zip(map(known, usages), sums, strict=True))


def _stage_costs(run: Run, ids: list[str], rates: Rates, unit: Unit) -> Bars:
    cells = {(e.node, e.stage): _part(e, rates, unit) or 0.0 for e in run.ledger.entries}
    series = [(STAGE_NAMES[stage], STAGE_COLOURS[stage],
               [cells.get((id, stage), 0.0) for id in ids]) for stage in ev.STAGES]  # fmt: skip
    sums = units.grouped(rates, run.ledger.entries, lambda e: e.node)
    totals = [units.value(sums[id], unit) for id in ids]
    return series, [(n, units.written(n, unit).replace("\u2009", " ")) for n in totals]


def _node_name(run: Run, id: str) -> str:
    name = units.step_name(run.plan, id, 10)
    return name.replace("<", "‹").replace(">", "›").replace("$", "＄")


ROUNDS, PIECES = 40, 10


Moment = tuple[float, Spent | None]
"""When, in seconds or calls, and what was spent then; None: nothing."""

UNCACHED = "FLOPs uncached"


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
                     "costs": _costs(run, rates)})  # fmt: skip
    return {
        "rows": rows,
        **units.told(rates, duel.start is not None),
        "stages": [[stage, STAGE_NAMES[stage], STAGE_COLOURS[stage]] for stage in ev.STAGES
                   if any(stage == p[0] for row in rows for p in row["parts"])],
    }  # fmt: skip


def _costs(run: Run, rates: Rates) -> dict[str, dict[str, Any]]:
    """By unit, a lane's parts and total. An unknown part is left out and the total is unknown."""
    by_stage = units.grouped(rates, run.ledger.entries, lambda e: e.stage)
    total = units.amounts(units.cost(rates, run.ledger.entries))
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
