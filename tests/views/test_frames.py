"""The frame of a run or a duel: its sums are the ledger's, the engine's and the page's."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.ledger import Entry
from scale_core.trace.prices import Prices
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import duel as duel_view
from scale_core.views import tables, units
from scale_core.views.amounts import AMOUNTS, COUNTS
from scale_core.views.frames import COLUMNS, frame, generated, total, totals
from tests import recorded

HEAD = "model,input,cached,output,currency\n"
PRICES = Prices.read(HEAD + "abacus,2,1,8,EUR\n")
DUELS = ("recorded_duel", "recorded_duel_tokens")
RUNS = ("recorded_run", "recorded_run_escalated", "recorded_run_failed")
UNIT = {"tokens": "tokens", "rollouts": "rollouts"} | {unit: unit for unit in units.COSTS}


@pytest.fixture(scope="module", params=DUELS)
def duel(request: Any) -> Duel:
    return Duel(recorded.duel_events(request.param))


@pytest.fixture(scope="module", params=RUNS)
def run(request: Any) -> Run:
    return Run(recorded.run_events(request.param))


def known(value: float) -> float | None:
    return None if math.isnan(value) else value


def usage(sums: Any) -> Usage:
    counts = (known(sums[name]) for name in ("prompt", "cached", "completion", "thinking"))
    return Usage(*(None if n is None else int(n) for n in counts), reckoned=sums["reckoned"])


# ---- recorded: the ledger, the engine, the page ----------------------------------------------


def test_a_runs_sums_are_its_ledgers(run: Run) -> None:
    made = frame(run, PRICES)
    assert list(made.columns) == list(COLUMNS) and len(made) > 5
    assert usage(total(made)) == run.ledger.total
    assert total(made)["rollouts"] == run.rollouts
    by_entry = totals(made, ["node", "stage"])
    assert list(zip(by_entry["node"], by_entry["stage"], strict=True)) == [
        (e.node, e.stage) for e in run.ledger.entries
    ]
    for (_, row), entry in zip(by_entry.iterrows(), run.ledger.entries, strict=True):
        assert (usage(row), row["calls"], row["samples"]) == (
            entry.usage, entry.calls, entry.samples
        )  # fmt: skip
        assert (row["retried"], row["cancelled"]) == (entry.retried, entry.cancelled)
        assert row["seconds"] == pytest.approx(entry.seconds)


def test_a_duels_sums_are_its_lanes_and_the_engines_own(duel: Duel) -> None:
    made = frame(duel, PRICES)
    for name, sums in totals(made, "lane").set_index("lane").iterrows():
        assert usage(sums) == duel.lanes[str(name)].ledger.total
        assert sums["rollouts"] == duel.lanes[str(name)].rollouts
    assert usage(total(made)) == duel.logical
    real = total(generated(duel, PRICES))
    assert usage(real) == duel.physical
    assert real["samples"] == sum(g.samples for g in duel.generated)
    assert set(generated(duel)["kind"]) == {"generated"} and set(made["kind"]) == {"sampled"}


@pytest.mark.parametrize("unit", units.COSTS)
def test_costs_are_those_of_the_ledger(duel: Duel, unit: units.Unit) -> None:
    _, charged, spent = units.of_duel(duel, PRICES)
    sums, real = total(frame(duel, PRICES)), total(generated(duel, PRICES))
    assert sums[unit] == pytest.approx(units.value(charged, unit), rel=1e-5)
    assert real[unit] == pytest.approx(units.value(spent, unit), rel=1e-5)
    assert sums["FLOPs uncached"] == charged.flops and sums["currency"] == "EUR"


@pytest.mark.parametrize("unit", UNIT)
def test_the_heat_map_and_its_totals_are_sums_of_the_frame(duel: Duel, unit: str) -> None:
    made = frame(duel, PRICES)
    shown = duel_view.heat(duel, prices=PRICES)
    by_node = totals(made, ["lane", "node"]).set_index(["lane", "node"])[unit]
    by_lane = totals(made, "lane").set_index("lane")[unit]
    for row in shown["rows"]:
        plan, *steps, all_of_it = row[unit]
        assert all_of_it == pytest.approx(by_lane[row["lane"]], rel=1e-5)
        cells = dict(zip((s["id"] for s in shown["steps"]), steps, strict=True)) | {"plan": plan}
        for node, cell in cells.items():
            assert cell == pytest.approx(by_node.get((row["lane"], node), 0), rel=1e-5)


def test_the_tables_are_sums_of_the_frame(duel: Duel) -> None:
    made = frame(duel, PRICES)
    table = as_frame(tables.duel_ledger(duel, PRICES))
    each = table[table["node"] != "total"].reset_index(drop=True)
    order = [name for name in duel.lanes if name in set(made["lane"])]
    sums = totals(made, ["lane", "node", "stage"])
    sums = sums.sort_values("lane", key=lambda c: c.map(order.index), kind="stable")
    same = [c for c in tables.COLUMNS if c in (*COUNTS, *AMOUNTS)]
    pd.testing.assert_frame_equal(
        each[same].astype(float), sums[same].reset_index(drop=True).astype(float)
    )
    last = table[table["node"] == "total"].set_index("lane")[same].astype(float)
    by_lane = totals(made, "lane").set_index("lane")[same].astype(float)
    pd.testing.assert_frame_equal(last, by_lane.loc[last.index], check_names=False)
    lanes = as_frame(tables.lane_table(duel, PRICES)).set_index("lane")
    real = total(generated(duel, PRICES))
    for column in ("tokens", "prompt", "completion", "money", "FLOPs", "rollouts"):
        assert lanes.loc["generated", column] == pytest.approx(real[column], rel=1e-5)


def as_frame(table: tables.Table) -> pd.DataFrame:
    return pd.DataFrame(table["data"], columns=table["headers"])


# ---- any ledger ------------------------------------------------------------------------------

COUNT = st.none() | st.integers(0, 1000)
USAGES = st.builds(Usage, COUNT, COUNT, COUNT, COUNT, st.integers(0, 9))
PLACES: dict[str, Any] = {
    "node": st.sampled_from(["plan", "1", "2", "\ud800"]),
    "stage": st.sampled_from(ev.STAGES),
    "usage": USAGES,
}
SAMPLES = st.lists(
    st.builds(ev.Sample, st.just(0), st.just(""), st.sampled_from(["stop", "abort"]), COUNT),
    max_size=3,
)


def sampled(
    node: str, stage: ev.Stage, usage: Usage, samples: Sequence[ev.Sample] = (), attempt: int = 0
) -> ev.Sampled:
    return ev.Sampled(
        node=node, stage=stage, usage=usage, samples=tuple(samples), attempt=attempt, prompt="p",
        seed=0, temperature=0.0, top_p=1.0, max_tokens=9, n=len(samples), seconds=0.25,
    )  # fmt: skip


def measured(node: str, stage: ev.Stage, usage: Usage) -> ev.Measured:
    return ev.Measured(node=node, stage=stage, usage=usage, items=(), seconds=0.0)


EVENTS = st.builds(sampled, **PLACES, samples=SAMPLES, attempt=st.integers(0, 2)) | st.builds(
    measured, **PLACES
)


@settings(deadline=None, max_examples=40)
@given(st.lists(EVENTS, max_size=12))
def test_sums_of_any_events_are_the_ledgers(events: list[ev.Event]) -> None:
    run = Run(events)
    made = frame(run, PRICES)
    assert usage(total(made)) == run.ledger.total
    by_entry = totals(made, ["node", "stage"])
    assert len(by_entry) == len(run.ledger.entries)
    for (_, row), entry in zip(by_entry.iterrows(), run.ledger.entries, strict=True):
        told = Entry(
            row["node"], row["stage"], usage(row), row["calls"], row["samples"],
            known(row["retried"]), known(row["cancelled"]), row["seconds"],  # type: ignore[arg-type]
        )  # fmt: skip
        assert told == entry


# ---- what is unknown -------------------------------------------------------------------------


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    spent = (Usage(5, 0, 7, None), Usage(5, 0, 7, 2))
    made = frame(Run([sampled(str(i), "chain", usage) for i, usage in enumerate(spent)]), PRICES)
    assert math.isnan(total(made)["thinking"]) and total(made)["tokens"] == 24
    assert made["thinking"].sum() == 2  # pandas' own sum hides it
    assert [known(n) for n in totals(made, "node")["thinking"]] == [None, 2]


def test_without_a_price_money_is_unknown_and_free_is_zero() -> None:
    events = recorded.run_events()
    assert total(frame(Run(events)))["money"] == 0  # the shipped table: nothing is billed
    assert math.isnan(total(frame(Run(events), Prices()))["money"])


def test_money_in_two_currencies_has_no_sum() -> None:
    duel = Duel(recorded.duel_events())
    assert isinstance(duel.start, du.DuelStarted)
    made = frame(duel, PRICES)
    made.loc[made["lane"] == "dora", "currency"] = "USD"
    assert math.isnan(total(made)["money"]) and not math.isnan(total(made)["FLOPs"])
    sums = totals(made, "lane").set_index("lane")
    assert sums.loc["dora", "currency"] == "USD" and sums.loc["dora", "money"] > 0
    assert totals(made, "kind")["money"].isna().all()


def test_an_empty_run_has_an_empty_frame_of_the_same_kind(run: Run) -> None:
    empty = frame(Run())
    assert len(empty) == 0 and empty.dtypes.equals(frame(run).dtypes)
    assert total(empty)["tokens"] == 0 and len(totals(empty, ["node", "stage"])) == 0
    assert len(frame(Duel())) == len(generated(Duel())) == 0


# ---- what it costs to import -----------------------------------------------------------------


@pytest.mark.parametrize(
    "module",
    ["scale_core", "scale_core.trace.duel", "scale_core.cli.main", "scale_core.views.tables"],
)
def test_pandas_is_imported_only_where_a_frame_is_asked_for(module: str) -> None:
    source = f"import sys, {module}; print('pandas' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
