"""Tables and charts in money, FLOPs and time: they add up, and what is unknown says why."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
import scripted
import scripted_duel
from hypothesis import given
from hypothesis import strategies as st

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.prices import Prices
from scale_core.trace.run import Run
from scale_core.ui.handlers import Ask, Player, Session
from scale_core.views import charts, duel_tables, heat, measures, race, tables
from scale_core.views.measures import COSTS, Unit

HEAD = "model,input,cached,output,currency,parameters,note\n"
ENGINE = {"model": "m", "parameters": 1000}
PRICES = Prices.read(HEAD + 'm,1,1,4,EUR,,"a note"\n')


def run(**engine: Any) -> Run:
    first, *rest = scripted.whole("x")
    assert isinstance(first, ev.RunStarted)
    return Run([replace(first, engine={**ENGINE, **engine}), *rest])


def duel(**engine: Any) -> Duel:
    first, *rest = scripted_duel.whole("x", "36", lanes=tuple(scripted_duel.LANES))
    assert isinstance(first, du.DuelStarted)
    return Duel([replace(first, engine={**ENGINE, **engine}), *rest])


UNPRICED = {"model": "nobody", "parameters": None, "remote": True}


# ---- the heat map and the stages -----------------------------------------------------------


@pytest.mark.parametrize("unit", COSTS)
def test_cells_and_stages_add_up_to_a_lanes_total(unit: Unit) -> None:
    made = duel()
    cells = {row["lane"]: row[unit] for row in heat.heat(made, prices=PRICES)["rows"]}
    stages = {row["lane"]: row["costs"][unit] for row in race.stages(made, PRICES)["rows"]}
    for lane, run in made.lanes.items():
        *parts, total = cells[lane]
        assert total > 0 and stages[lane]["total"] == total
        assert sum(p[1] for p in stages[lane]["parts"]) == pytest.approx(total, rel=1e-4)
        if run.plan is not None and ev.WHOLE_NODE not in run.nodes:
            assert sum(parts) == pytest.approx(total, rel=1e-4)


@pytest.mark.parametrize("unit", COSTS)
def test_unknown_is_no_cell_of_zero_and_says_why(unit: Unit) -> None:
    shown = heat.heat(duel(**UNPRICED), prices=PRICES)
    assert {row[unit][-1] for row in shown["rows"]} == {None}
    assert shown["about"][unit].startswith("Unknown: ") and shown["currency"] == ""
    stages = race.stages(duel(**UNPRICED), PRICES)["rows"]
    assert all(r["costs"][unit] == {"parts": [], "total": None} for r in stages)
    tokens = [row["tokens"][-1] for row in shown["rows"]]
    assert all(tokens)  # what is known is shown all the same


def test_the_heat_map_tells_what_a_unit_means() -> None:
    shown = heat.heat(duel(), prices=PRICES)
    assert shown["currency"] == "EUR" and shown["about"]["money"] == "m: a note."
    assert shown["most"]["money"] == max(n for r in shown["rows"] for n in r["money"][:-1])


# ---- tables --------------------------------------------------------------------------------


def test_the_ledger_has_a_column_for_each_unit() -> None:
    frame = tables.ledger(run(), PRICES)
    last = frame.iloc[-1]
    usage = run().ledger.total
    assert usage.prompt is not None and usage.completion is not None
    money = (usage.prompt + 4 * usage.completion) / 1e6
    assert last["money"] == measures.written(money, "money", "EUR")
    assert last["FLOPs"] == measures.flops(2000 * ((usage.total or 0) - (usage.cached or 0)))
    assert last["FLOPs uncached"] == measures.flops(2000 * (usage.total or 0))


def test_the_tables_of_an_unpriced_model_say_unknown() -> None:
    frame = tables.ledger(run(**UNPRICED), PRICES)
    assert set(frame["money"]) == set(frame["FLOPs"]) == {"unknown"}
    lanes = duel_tables.lane_table(duel(**UNPRICED), PRICES)
    assert set(lanes["money"]) == set(lanes["FLOPs"]) == {"unknown"}


def test_the_lanes_cost_and_what_was_really_generated() -> None:
    made = duel()
    frame = duel_tables.lane_table(made, PRICES)
    real = made.physical
    assert real.prompt is not None and real.completion is not None
    money = (real.prompt + 4 * real.completion) / 1e6
    assert frame.iloc[-1]["money"] == measures.written(money, "money", "EUR")
    assert list(duel_tables.ledger(made, PRICES).columns) == ["lane", *tables.COLUMNS]


# ---- a run's charts ------------------------------------------------------------------------


@pytest.mark.parametrize("unit", COSTS)
def test_a_runs_charts_end_at_its_cost(unit: Unit) -> None:
    made = run()
    rates = measures.rates_of(made.start, PRICES)
    total = measures.value(measures.cost(rates, made.ledger.entries), unit)
    ends = [trace.y[-1] for trace in charts.over_time(made, PRICES, unit).data]
    bars = [sum(trace.x) for trace in charts.by_node(made, PRICES, unit).data]
    assert total and sum(ends) == pytest.approx(total, rel=1e-4)
    assert sum(bars) == pytest.approx(total, rel=1e-4)


@pytest.mark.parametrize("unit", COSTS)
def test_a_chart_of_what_is_unknown_is_empty_and_says_why(unit: Unit) -> None:
    for figure in (charts.over_time(run(**UNPRICED), PRICES, unit),
                   charts.by_node(run(**UNPRICED), PRICES, unit)):  # fmt: skip
        assert [t for t in figure.data if any(t.x) and any(t.y)] == []
        (note,) = figure.layout.annotations
        assert note.text.replace("<br>", " ").startswith("Unknown: ")


def test_a_models_name_is_never_markup() -> None:
    named = run(**{**UNPRICED, "model": "<b>x</b>$a$"})
    (note,) = charts.over_time(named, PRICES, "money").layout.annotations
    assert "<" not in note.text.replace("<br>", "") and "$" not in note.text


def test_an_empty_run_has_charts_in_every_unit() -> None:
    for unit in measures.UNITS:
        assert len(charts.over_time(Run(), PRICES, unit).data) == 0
        assert len(charts.by_node(Run(), PRICES, unit).data) == 0


def test_a_visitors_charts_stay_in_the_unit_that_was_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCALE_UI_PACE", "0.01")
    session = Session()
    session.unit = "FLOPs"

    async def last() -> Any:
        player = Player(scripted.solve, None, None, PRICES)
        return [frame async for frame in player.play(session, Ask("x"))][-1]

    pictures = asyncio.run(last()).pictures
    assert pictures.by_node.layout.xaxis.title.text == "FLOPs"


# ---- words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        (None, "money", "unknown"),
        (0, "money", "EUR 0"),
        (0.00001234, "money", "EUR 0.0000123"),
        (12.345, "money", "EUR 12.3"),
        (1234.5, "money", "EUR 1230"),
        (999, "FLOPs", "999"),
        (999_600, "FLOPs", "1 M"),
        (4.119e9, "FLOPs", "4.12 G"),
        (3e25, "FLOPs", "30000 Z"),
        (0.5, "time", "0.50 s"),
        (61.23, "time", "61.2 s"),
        (1234, "tokens", "1\u2009234"),
    ],
)
def test_amounts_in_words(amount: float | None, unit: Unit, text: str) -> None:
    assert measures.written(amount, unit, "EUR") == text


@given(st.floats(1, 1e20))
def test_flops_keep_three_digits(amount: float) -> None:
    number, _, prefix = measures.flops(amount).partition(" ")
    power = ("", "k", "M", "G", "T", "P", "E", "Z").index(prefix)
    assert float(number) * 1000**power == pytest.approx(amount, rel=0.006)
    assert float(number) < 1000


def test_why_an_amount_is_unknown() -> None:
    priced = PRICES.rates({"model": "m"})
    assert "no price for x" in measures.unknown(PRICES.rates({"model": "x"}), "money")
    assert "parameters" in measures.unknown(priced, "FLOPs")
    assert "server" in measures.unknown(PRICES.rates({"model": "m", "remote": True}), "time")
    assert "did not report" in measures.unknown(priced, "money")
    judged = PRICES.rates({**ENGINE, "others": [["judge", "prm", None]]})
    assert "no price for prm" in measures.notes(judged)["money"]
    half = Prices.read(HEAD + "m,1,1,,EUR,,\n").rates(ENGINE)
    assert "not tell all prices" in measures.unknown(half, "money")
