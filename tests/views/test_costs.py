"""Tables and charts in money, FLOPs and time: they add up, and what is unknown says why."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import scripted

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.prices import Prices
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import (
    charts,
    export,
    figures,
    graph,
    lanes,
    tables,
    units,
)
from scale_core.views import duel as duel_view
from scale_core.views.inspector import inspect
from scale_core.views.units import COSTS, Unit
from scale_core.views.why import why

HEAD = "model,input,cached,output,currency,parameters,note\n"
ENGINE = {"model": "m", "parameters": 1000}
PRICES = Prices.read(HEAD + 'm,1,1,4,EUR,,"a note"\n')


def run(**engine: Any) -> Run:
    first, *rest = scripted.whole("x")
    assert isinstance(first, ev.RunStarted)
    return Run([replace(first, engine={**ENGINE, **engine}), *rest])


def duel(**engine: Any) -> Duel:
    first, *rest = scripted.duel("x", "36", lanes=scripted.ALL)
    assert isinstance(first, du.DuelStarted)
    return Duel([replace(first, engine={**ENGINE, **engine}), *rest])


UNPRICED = {"model": "nobody", "parameters": None, "remote": True}


# ---- the heat map and the stages -----------------------------------------------------------


@pytest.mark.parametrize("unit", COSTS)
def test_cells_and_stages_add_up_to_a_lanes_total(unit: Unit) -> None:
    made = duel()
    cells = {row["lane"]: row[unit] for row in duel_view.heat(made, prices=PRICES)["rows"]}
    stages = {row["lane"]: row["costs"][unit] for row in charts.stages(made, PRICES)["rows"]}
    for lane, run in made.lanes.items():
        *parts, total = cells[lane]
        assert total > 0 and stages[lane]["total"] == total
        assert sum(p[1] for p in stages[lane]["parts"]) == pytest.approx(total, rel=1e-4)
        if run.plan is not None and ev.WHOLE_NODE not in run.nodes:
            assert sum(parts) == pytest.approx(total, rel=1e-4)


@pytest.mark.parametrize("unit", COSTS)
def test_unknown_is_no_cell_of_zero_and_says_why(unit: Unit) -> None:
    shown = duel_view.heat(duel(**UNPRICED), prices=PRICES)
    assert {row[unit][-1] for row in shown["rows"]} == {None}
    assert shown["about"][unit].startswith("Unknown: ") and shown["currency"] == ""
    stages = charts.stages(duel(**UNPRICED), PRICES)["rows"]
    assert all(r["costs"][unit] == {"parts": [], "total": None} for r in stages)
    tokens = [row["tokens"][-1] for row in shown["rows"]]
    assert all(tokens)  # what is known is shown all the same


def test_the_heat_map_tells_what_a_unit_means() -> None:
    shown = duel_view.heat(duel(), prices=PRICES)
    assert shown["currency"] == "EUR" and shown["about"]["money"] == "m: a note."
    assert shown["most"]["money"] == max(n for r in shown["rows"] for n in r["money"][:-1])


# ---- the course of spending ----------------------------------------------------------------


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("unit", COSTS)
def test_the_course_of_spending_grows_and_ends_at_a_lanes_total(unit: Unit, recorded: bool) -> None:
    first, *rest = duel().events
    assert isinstance(first, du.DuelStarted)
    made = Duel([replace(first, recorded=recorded), *rest])
    totals = {row["name"]: row["costs"][unit] for row in lanes.lanes(made, PRICES)}
    shown = charts.spend(made, PRICES)
    assert shown["currency"] == "EUR" and shown["unit"] == ("calls" if recorded else "seconds")
    for series in shown["series"]:
        amounts = series["costs"][unit]
        assert len(amounts) == len(series["points"]) <= 60
        assert amounts[0] == 0 and amounts == sorted(amounts)
        assert amounts[-1] == totals[series["lane"]]


def test_flops_are_told_with_and_without_the_cache() -> None:
    made = duel()
    for series in charts.spend(made, PRICES)["series"]:
        usage = made.lanes[series["lane"]].ledger.total
        assert usage.total is not None and usage.cached is not None
        assert series["costs"]["FLOPs"][-1] == 2000 * (usage.total - usage.cached)
        assert series["costs"][charts.UNCACHED][-1] == 2000 * usage.total


@pytest.mark.parametrize("unit", COSTS)
def test_a_course_that_is_unknown_is_never_0_after_the_first_call(unit: Unit) -> None:
    shown = charts.spend(duel(**UNPRICED), PRICES)
    for series in shown["series"]:
        start, *rest = series["costs"][unit]
        assert start == 0 and rest and set(rest) == {None}
        assert None not in dict(series["points"]).values()  # tokens are known all the same
    assert shown["unknown"][unit].startswith("Unknown: ")


def test_a_course_ends_where_the_engine_stopped_counting() -> None:
    events, calls = [], 0
    for event in duel().events:
        mine = isinstance(event, du.LaneEvent) and event.lane == "uniform"
        if mine and isinstance(event.event, ev.Sampled):
            calls += 1
            if calls > 3:
                lost = replace(event.event, usage=Usage(None, None, None, None))
                event = replace(event, event=lost)
        events.append(event)
    series = {s["lane"]: s for s in charts.spend(Duel(events), PRICES)["series"]}
    uniform = series.pop("uniform")
    counts = [n for _, n in uniform["points"]]
    assert counts[:4] == sorted(counts[:4]) and set(counts[4:]) == {None}
    assert uniform["costs"]["money"][3] > 0 and set(uniform["costs"]["money"][4:]) == {None}
    assert None not in uniform["costs"]["time"]
    assert all(None not in dict(s["points"]).values() for s in series.values())


def test_a_second_models_numbers_cost_tokens_and_an_unknown_time() -> None:
    events: list[du.DuelEvent] = []
    for event in duel().events:
        if isinstance(event, du.LaneEvent) and isinstance(event.event, ev.RunEnded):
            usage = Usage(50, 0, 0, 0)
            made = ev.Measured(node="1", stage="embed", items=(), usage=usage, seconds=0.0)
            events.append(du.LaneEvent(t=event.t, lane=event.lane, event=made))
        events.append(event)
    for series in charts.spend(Duel(events), PRICES)["series"]:
        total = Duel(events).lanes[series["lane"]].ledger.total.total
        assert series["points"][-1][1] == total and series["costs"]["time"][-1] is None


# ---- heads, cards, steps, replays ----------------------------------------------------------


@pytest.mark.parametrize("unit", COSTS)
def test_the_head_adds_up_the_cards(unit: Unit) -> None:
    made = duel()
    view = duel_view.view(made, prices=PRICES)
    charged = view["head"]["costs"]["logical"][unit]
    assert charged == pytest.approx(sum(c["costs"][unit] for c in view["lanes"]), rel=1e-4)
    assert 0 < view["head"]["costs"]["physical"][unit] <= charged
    assert duel_view.head(Duel())["costs"]["logical"][unit] == 0


@pytest.mark.parametrize("unit", COSTS)
def test_steps_and_stages_of_a_run_add_up(unit: Unit) -> None:
    view = graph.view(run(), PRICES)
    total = view["answer"]["costs"][unit]
    for parts in (view["nodes"], view["stages"]):
        costs = [part["costs"][unit] for part in parts if "costs" in part]
        assert len(costs) > 2 and sum(costs) == pytest.approx(total, rel=1e-4)
    nobody = graph.view(run(**UNPRICED), PRICES)
    assert nobody["answer"]["costs"][unit] is None


def test_a_replay_costs_so_much_more_or_less() -> None:
    live, more = duel(), Duel(scripted.duel("x", "36", budget="8/step"))
    (row, *_) = duel_view.changes(live, live, PRICES)
    assert all(costs[0] > 0 and costs[1] == 0 for costs in row["costs"].values())
    (row, *_) = duel_view.changes(more, live, PRICES)
    assert row["costs"]["money"] == [None, None]  # nobody knows the scripted model's price


def test_what_is_opened_tells_its_cost() -> None:
    made = run()
    for id in ("1", "plan", "answer"):
        facts = dict(inspect(made, id, PRICES)["facts"])  # type: ignore[index]
        assert facts["cost"].startswith("EUR 0.") and "FLOPs" in facts["cost"]
    card = why(duel(), "uniform", "", PRICES)
    assert card is not None and dict(card["facts"])["cost"].startswith("EUR 0.")


# ---- for programs --------------------------------------------------------------------------


def test_a_runs_summary_tells_its_cost_and_why_one_is_unknown() -> None:
    made = run()
    told, usage = export.summary(made, PRICES), made.ledger.total
    assert usage.prompt is not None and usage.completion is not None and usage.cached is not None
    assert told["cost"]["money"] == pytest.approx((usage.prompt + 4 * usage.completion) / 1e6)
    assert told["cost"]["currency"] == "EUR" and told["cost"]["unknown"] == {}
    assert told["cost"]["flops_uncached"] - told["cost"]["flops"] == 2000 * usage.cached
    assert all(step["cost"]["seconds"] > 0 for step in told["steps"])
    nobody = export.summary(run(**UNPRICED), PRICES)["cost"]
    assert nobody["money"] is nobody["flops"] is nobody["seconds"] is None
    assert set(nobody["unknown"]) == set(COSTS) and "--prices" in nobody["unknown"]["money"]


def test_a_duels_summary_tells_both_costs() -> None:
    told = export.duel_summary(duel(), PRICES)
    each = [lane["cost"]["money"] for lane in told["lanes"].values()]
    assert told["cost"]["logical"]["money"] == pytest.approx(sum(each))
    assert 0 < told["cost"]["physical"]["money"] < told["cost"]["logical"]["money"]
    nobody = export.duel_summary(duel(**UNPRICED), PRICES)
    assert json.dumps(nobody).count("--prices") == 1  # one hint, not one a lane


# ---- tables --------------------------------------------------------------------------------


def column(table: tables.Table, name: str) -> list[Any]:
    return [row[table["headers"].index(name)] for row in table["data"]]


def texts(table: tables.Table, name: str) -> list[str]:
    return [row[table["headers"].index(name)] for row in table["metadata"]["display_value"]]


def test_the_ledger_has_a_column_for_each_unit() -> None:
    table = tables.ledger(run(), PRICES)
    usage = run().ledger.total
    assert usage.prompt is not None and usage.completion is not None
    money = (usage.prompt + 4 * usage.completion) / 1e6
    flops = 2000 * ((usage.total or 0) - (usage.cached or 0))
    for name, amount, text in (
        ("money", money, units.written(money, "money", "EUR")),
        ("FLOPs", flops, units.flops(flops)),
        ("FLOPs uncached", 2000 * (usage.total or 0), units.flops(2000 * (usage.total or 0))),
    ):
        assert column(table, name)[-1] == pytest.approx(amount)
        assert texts(table, name)[-1] == text


def test_the_tables_of_an_unpriced_model_say_unknown() -> None:
    for table in (
        tables.ledger(run(**UNPRICED), PRICES),
        tables.lane_table(duel(**UNPRICED), PRICES),
    ):
        for name in ("money", "FLOPs"):
            assert set(texts(table, name)) == {"unknown"} and set(column(table, name)) == {None}


def test_the_lanes_cost_and_what_was_really_generated() -> None:
    made = duel()
    table = tables.lane_table(made, PRICES)
    real = made.physical
    assert real.prompt is not None and real.completion is not None
    money = (real.prompt + 4 * real.completion) / 1e6
    assert column(table, "money")[-1] == pytest.approx(money)
    assert texts(table, "budget")[-1] == texts(table, "used")[-1] == ""
    assert tables.duel_ledger(made, PRICES)["headers"] == ["lane", *tables.COLUMNS]


# ---- a run's charts ------------------------------------------------------------------------


def ends(run: Run, unit: Unit) -> list[float]:
    """Where the running sums of the stages end."""
    told = charts.course(run, PRICES)["series"]
    return [(s["tokens"] if unit == "tokens" else s["costs"][unit])[-1] for s in told]


@pytest.mark.parametrize("unit", COSTS)
def test_a_runs_charts_end_at_its_cost(unit: Unit) -> None:
    made = run()
    rates = units.rates_of(made.start, PRICES)
    total = units.value(units.cost(rates, made.ledger.entries), unit)
    bars = [row["costs"][unit] for row in charts.nodes(made, PRICES)["rows"]]
    assert total and sum(ends(made, unit)) == pytest.approx(total, rel=1e-4)
    assert sum(n for bar in bars for _, n in bar["parts"]) == pytest.approx(total, rel=1e-4)
    assert sum(bar["total"] for bar in bars) == pytest.approx(total, rel=1e-4)


@pytest.mark.parametrize("unit", COSTS)
def test_a_chart_of_what_is_unknown_is_empty_and_says_why(unit: Unit) -> None:
    made = run(**UNPRICED)
    assert not any(ends(made, unit))
    assert charts.course(made, PRICES)["notes"][unit].startswith("Unknown: ")
    nodes = charts.nodes(made, PRICES)
    assert all(row["costs"][unit] == {"parts": [], "total": None} for row in nodes["rows"])
    assert nodes["unknown"][unit].startswith("Unknown: ")


@pytest.mark.parametrize("unit", units.UNITS)
def test_a_chart_that_is_known_in_part_says_so(unit: Unit) -> None:
    made = run()
    lost = Usage(None, None, None, None)
    last = max(i for i, e in enumerate(made.events) if isinstance(e, ev.Sampled))
    gap = replace(made.events[last], usage=lost)  # type: ignore[call-arg]
    half = Run([*made.events[:last], gap, *made.events[last + 1 :]])
    note = charts.course(half, PRICES)["notes"][unit]
    if unit == "time":
        assert not note
    else:
        assert note.startswith("Only what is known is drawn")
    assert not charts.course(made, PRICES)["notes"][unit]


def test_a_models_name_is_never_markup() -> None:
    named = run(**{**UNPRICED, "model": "<b>x</b>$a$"})
    (note,) = figures.spending(named, PRICES, "money").layout.annotations
    assert "<" not in note.text.replace("<br>", "") and "$" not in note.text


def test_an_empty_run_has_charts_in_every_unit() -> None:
    assert charts.course(Run(), PRICES)["series"] == charts.nodes(Run(), PRICES)["rows"] == []
