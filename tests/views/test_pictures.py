"""Inspector, charts, table, wording and summary: pure functions of a run."""

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from scripted import whole

from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import export, figures, units
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
    times, sums = figures.cumulative(run)
    assert times == sorted(times)
    assert sum(series[-1] for series in sums.values()) == run.ledger.total.total
    assert all(a <= b for s in sums.values() for a, b in pairwise(s))


def test_figures_stay_small_however_long_the_run() -> None:
    run = Run([call(str(i % 50), Usage(9, 0, 9, 0), t=i / 10) for i in range(2000)])
    times, _ = figures.cumulative(run)
    assert len(times) <= figures.POINTS and times[-1] == pytest.approx(199.9)
    assert len(figures.over_time(run).to_json()) < 6000
    assert len(figures.by_node(run).to_json()) < 9000


def test_bars_split_usage_without_overlap() -> None:
    assert figures.parts(Usage(10, 4, 7, 2)) == {
        "prompt": 6,
        "cached": 4,
        "completion": 5,
        "thinking": 2,
    }
    assert figures.parts(Usage(None, None, 7, None))["prompt"] is None


def test_unknown_is_written_on_the_bar() -> None:
    figure = figures.by_node(Run([call("1", Usage(3, None, None, None))]))
    assert "unknown" in figure.layout.annotations[0].text


def test_bars_stand_in_the_order_of_the_plan() -> None:
    run = Run([call("5", Usage(1, 0, 1, 0)), *whole("x")])
    assert list(figures.by_node(run).data[0].y) == ["plan", "#1", "#2", "#3", "#4", "#5"]


def test_empty_runs_have_empty_figures() -> None:
    assert not figures.over_time(Run()).data and not figures.by_node(Run()).data


def test_names_cannot_become_markup() -> None:
    run = Run([call("<b>x</b>", Usage(1, 0, 1, 0))])
    assert "<" not in figures.by_node(run).to_json().replace("\\u003c", "<")


# ---- table and summary -----------------------------------------------------------------------


def test_the_last_row_is_the_total() -> None:
    run = Run(whole("x"))
    table = export.ledger(run)
    last = table.iloc[-1]
    assert last["node"] == "total" and last["prompt"] == run.ledger.total.prompt
    assert last["completion"] == run.ledger.total.completion
    assert last["thinking"] == "unknown"
    assert table.iloc[:-1]["calls"].sum() == last["calls"]
    assert list(export.ledger(Run()).columns) == export.COLUMNS


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


def test_only_arithmetic_reaches_the_formula_renderer() -> None:
    assert units.latex("(37*48)%13") == r"(37 \times 48) \bmod 13"
    assert units.latex("a = 3 × 4; a + 5") == r"a = 3  \times  4,\quad a + 5"
    assert units.latex("7x + 26 = 103, solve for x") == r"7x + 26 = 103,\ \text{solve for }x"
    assert units.latex("digit sum of (48 × 79)") == (r"\operatorname{digit\ sum} (48  \times  79)")
    for text in (
        r"\href{javascript:alert(1)}{x}",
        "<script>",
        "What is 3*4",
        "3; <b>",
        "$x$",
        "a" * 300,
    ):
        assert units.latex(text) is None


def test_unknown_is_a_word_and_nan_is_no_number() -> None:
    assert units.count(None) == "unknown" and units.count(0) == "0"
    assert units.tokens(1) == "1 token" and units.count(12345) == "12\u2009345"
    assert not math.isnan(0.0)


def test_direction_tricks_and_control_characters_are_shown() -> None:
    assert "\u202e" not in units.clean("a\u202eb\x00") and "�" in units.clean("a\u202eb")


def test_long_texts_say_how_much_is_missing() -> None:
    assert units.bounded("x" * 5000, 4000).endswith("1,000 more characters")
    assert len(units.shorten("word " * 5000, 20)) <= 20
