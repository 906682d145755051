"""Inspector, charts, table, wording and summary: pure functions of a run."""

import json
import math
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from scripted import whole

from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import charts, export, figures, tables, units
from scale_core.views.inspector import CALLS, TOKENS, inspect


def facts(run: Run, id: str) -> dict[str, str]:
    found = inspect(run, id)
    assert found is not None
    return {name: value for name, value in found["facts"]}


def call(node: str, usage: Usage, t: float = 0.0, **more: Any) -> ev.Sampled:
    return ev.Sampled(
        **{  # type: ignore[arg-type]
            "t": t,
            "node": node,
            "stage": "system1",
            "prompt": "p",
            "seed": 0,
            "temperature": 0.0,
            "top_p": 1.0,
            "max_tokens": 9,
            "n": 1,
            "samples": (),
            "usage": usage,
            "seconds": 0.1,
            **more,
        }
    )


# ---- inspector -------------------------------------------------------------------------------


def test_a_step_shows_exactly_what_was_asked_and_written() -> None:
    run = Run(whole("x"))
    found = inspect(run, "1")
    assert found is not None
    last = found["calls"][-1]
    assert last["prompt"] == "<|s2|>37*48<|go|>"
    assert last["samples"][0]["text"].startswith("37*40=1480")
    tokens = "".join(t[0] for t in last["samples"][0]["tokens"])
    assert tokens == last["samples"][0]["text"] + "<|end|>"
    assert 0 < last["samples"][0]["tokens"][0][1] <= 1


def test_escalation_retries_and_ratings_are_told() -> None:
    run = Run(whole("x"))
    third = inspect(run, "3")
    assert third is not None
    assert third["notes"][0] == {"kind": "escalated", "text": "the verifier doubts 3766"}
    assert "provisional" in facts(run, "3")["first rated"]
    assert "0.21" in facts(run, "3")["verifier"]
    second = inspect(run, "2")
    assert second is not None and second["notes"][0]["kind"] == "tried again"


def test_the_plan_lists_outlines_with_marks() -> None:
    found = inspect(Run(whole("x")), "plan")
    assert found is not None
    assert [o["mark"] for o in found["outlines"]] == ["chosen", "same as 1", "valid", "refused"]


def test_unknown_nodes_and_empty_runs_have_nothing() -> None:
    assert inspect(Run(), "1") is None and inspect(Run(), "plan") is None
    assert inspect(Run(), "answer") is None and inspect(Run(whole("x")), "nobody") is None


def test_inspecting_does_not_change_the_run() -> None:
    run = Run(whole("x", until=3))
    before = set(run.nodes)
    inspect(run, "plan")
    assert set(run.nodes) == before


def test_a_node_with_endless_calls_stays_bounded() -> None:
    sample = ev.Sample(
        0, "9" * 50_000, "stop", 50_000, None, tuple(ev.Token("9", -0.1) for _ in range(3000))
    )
    run = Run([call("1", Usage(1, 0, 1, 0), samples=(sample,)) for _ in range(200)])
    found = inspect(run, "1")
    assert found is not None
    assert len(found["calls"]) == CALLS and found["more"] == 200 - CALLS
    assert sum(len(s["tokens"]) for c in found["calls"] for s in c["samples"]) <= TOKENS
    assert len(json.dumps(found)) < 500_000


def test_unknown_counts_are_named() -> None:
    run = Run([call("1", Usage(5, None, None, None))])
    row = facts(run, "1")["tokens, System 1"]
    assert row.count("unknown") == 3


# ---- charts ----------------------------------------------------------------------------------


def test_curves_end_at_the_ledger() -> None:
    run = Run(whole("x"))
    told = charts.course(run)
    assert told["times"] == sorted(told["times"])
    assert sum(s["tokens"][-1] for s in told["series"]) == run.ledger.total.total
    assert all(a <= b for s in told["series"] for a, b in pairwise(s["tokens"]))
    assert all(len(s["tokens"]) == len(told["times"]) for s in told["series"])


def test_charts_stay_small_however_long_the_run() -> None:
    run = Run([call(str(i % 50), Usage(9, 0, 9, 0), t=i / 10) for i in range(2000)])
    told = charts.course(run)
    assert len(told["times"]) <= charts.POINTS and told["times"][-1] == pytest.approx(199.9)
    assert len(json.dumps(told)) < 6000
    nodes = charts.nodes(run)
    assert len(nodes["rows"]) == charts.NODES and nodes["more"] == 50 - charts.NODES
    assert len(json.dumps(nodes)) < 9000


def test_bars_split_usage_without_overlap() -> None:
    assert charts.parts(Usage(10, 4, 7, 2)) == {
        "prompt": 6,
        "cached": 4,
        "completion": 5,
        "thinking": 2,
    }
    assert charts.parts(Usage(None, None, 7, None))["prompt"] is None


def test_an_unknown_total_is_unknown_on_the_bar() -> None:
    run = Run([call("1", Usage(3, None, None, None))])
    (row,) = charts.nodes(run)["rows"]
    assert row["total"] is None and row["parts"] == [["prompt", 3]]
    assert figures.by_node(run).layout.annotations[0].text == "tokens unknown"


def test_bars_stand_in_the_order_of_the_plan() -> None:
    run = Run([call("5", Usage(1, 0, 1, 0)), *whole("x")])
    assert [r["label"] for r in charts.nodes(run)["rows"]] == [
        "plan", "#1", "#2", "#3", "#4", "#5"
    ]  # fmt: skip


# ---- table and summary -----------------------------------------------------------------------


def test_the_last_row_is_the_total() -> None:
    run = Run(whole("x"))
    table = tables.ledger(run)
    told = pd.DataFrame(table["data"], columns=table["headers"])
    last = told.iloc[-1]
    assert last["node"] == "total" and last["prompt"] == run.ledger.total.prompt
    assert last["completion"] == run.ledger.total.completion
    assert last["thinking"] is None
    assert "unknown" in table["metadata"]["display_value"][-1]
    assert told.iloc[:-1]["calls"].sum() == last["calls"]
    assert tables.ledger(Run())["headers"] == tables.COLUMNS and not tables.ledger(Run())["data"]


def test_summary_and_download_tell_the_same_run() -> None:
    run = Run(whole("x", "36"))
    told = export.summary(run)
    assert (told["answer"], told["verdict"], len(told["steps"])) == ("36", "equal", 5)
    assert json.loads(json.dumps(told)) == told
    lines = export.json_lines(run).splitlines()
    again = Run(ev.from_json(json.loads(line)) for line in lines)
    assert export.summary(again) == told and again.events == run.events


# ---- wording ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("37*48", "37 × 48"),
        ("#1+#2", "#1 + #2"),
        ("#3%13", "#3 mod 13"),
        ("7//2", "7 div 2"),
        ("gcd(84,36)", "gcd(84, 36)"),
        ("How many <b>?", "How many <b>?"),
    ],
)
def test_pretty(text: str, shown: str) -> None:
    assert units.pretty(text) == shown


def test_unknown_is_a_word_and_nan_is_no_number() -> None:
    assert units.count(None) == "unknown" and units.count(0) == "0"
    assert units.tokens(1) == "1 token" and units.count(12345) == "12\u2009345"
    assert not math.isnan(0.0)


def test_direction_tricks_and_control_characters_are_shown() -> None:
    assert "\u202e" not in units.clean("a\u202eb\x00") and "�" in units.clean("a\u202eb")


def test_long_texts_say_how_much_is_missing() -> None:
    assert units.bounded("x" * 5000, 4000).endswith("1,000 more characters")
    assert len(units.shorten("word " * 5000, 20)) <= 20
