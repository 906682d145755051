"""What the page shows of the threshold sweep, on values made by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
import scripted

from scale_core.experiments.sweep import Sweep, SweepPoint
from scale_core.trace.duel import Duel
from scale_core.trace.run import Run
from scale_core.views import hindsight

HARD = (("1", 0.94), ("2", 0.9), ("3", 0.83))
RUNS = 8


def point(low: float, high: float, slow: str, tokens: float, share: float, graded: bool = True) -> (
    SweepPoint
):  # fmt: skip
    runs = tuple(Run() for _ in range(RUNS))
    right = share if graded else None
    return SweepPoint(low, high, tuple(slow), tokens, right, share, runs)


def swept(shares: tuple[float, ...] = (1.0, 0.75, 0.25, 0.125), graded: bool = True,
          chosen: int = 1, tau: float = 0.85) -> Sweep:  # fmt: skip
    edges = [-1.0, 0.83, 0.9, 0.94, 1.0]
    tokens = (404.0, 380.5, 331.0, 223.0)
    slow = ("123", "12", "1", "")
    points = [
        point(edges[i], edges[i + 1], slow[i], tokens[i], shares[i], graded) for i in range(4)
    ]
    return Sweep(tuple(points), chosen, tau, 105, HARD, RUNS)


def shown(found: Sweep) -> dict[str, Any]:
    return hindsight.sweep(found, Duel(scripted.duel("x", "36", lanes=("scale",))))


def test_the_view_is_small_json() -> None:
    found = shown(swept())
    json.dumps(found, allow_nan=False)
    assert [p["x"] for p in found["points"]] == [404.0, 380.5, 331.0, 223.0]
    assert [p["y"] for p in found["points"]] == [1.0, 0.75, 0.25, 0.125]
    assert [p["chosen"] for p in found["points"]] == [False, True, False, False]
    assert found["tau"] == 0.85 and found["measure"] == "right"


def test_ends_need_no_ratings_and_all_others_do() -> None:
    found = shown(swept())
    assert [p["rated"] for p in found["points"]] == [None, 485.5, 436.0, None]
    assert found["rating"] == 105


def test_intervals_of_tau_in_words() -> None:
    found = shown(swept())
    assert [p["tau"] for p in found["points"]] == [
        "τ below 0.83", "τ 0.83 to 0.90", "τ 0.90 to 0.94", "τ from 0.94"
    ]  # fmt: skip
    assert [p["short"] for p in found["points"]] == [
        "τ < 0.83",
        "0.83–0.90",
        "0.90–0.94",
        "τ ≥ 0.94",
    ]
    first = found["points"][0]
    assert (first["low"], first["high"]) == (0.0, 0.83)


def test_close_edges_are_told_apart() -> None:
    edges = (0.0004, 0.9431, 0.9444)
    points = [point(low, 1.0, "", 1, 1) for low in (-1.0, *edges)]
    found = Sweep(tuple(points), 0, 0.5, 0, tuple((str(i), e) for i, e in enumerate(edges)), RUNS)
    assert hindsight.intervals(found, short=True) == [
        "τ < 0.0004", "0.0004–0.943", "0.943–0.944", "τ ≥ 0.944"
    ]  # fmt: skip


def test_steps_that_think_slowly_are_named() -> None:
    assert [p["slow"] for p in shown(swept())["points"]] == [
        "all in System 2", "#1, #2 in System 2", "#1 in System 2", "all in System 1"
    ]  # fmt: skip
    many = tuple((str(i), i / 20) for i in range(10))
    found = Sweep((point(-1, 1, "01234567", 1, 1),), 0, 0.1, 0, many, RUNS)
    assert shown(found)["points"][0]["slow"] == "8 of 10 in System 2"


def test_shares_have_their_interval() -> None:
    first, *_, last = shown(swept())["points"]
    assert first["range"][0] < 1.0 == first["range"][1]
    assert last["range"][0] < 0.125 < last["range"][1]


def test_sub_problems_lie_on_the_ruler() -> None:
    ruler = shown(swept())["ruler"]
    assert [(s["name"], s["d"]) for s in ruler] == [("#1", 0.94), ("#2", 0.9), ("#3", 0.83)]
    assert [s["s"] for s in ruler] == [19, 18, 17]


# ---- sentences -----------------------------------------------------------------------------


def said(found: Sweep) -> list[str]:
    sentences: list[str] = shown(found)["sentences"]
    return sentences


def test_what_the_threshold_in_force_does() -> None:
    first, *_ = said(swept())
    assert "τ = 0.85, spends 380 tokens and is right in 75% of 8 runs" in first
    assert "cost 105 tokens more" in first


def test_all_system_2_beforehand_may_be_cheaper_as_it_needs_no_ratings() -> None:
    assert said(swept())[1] == (
        "All System 2, fixed beforehand, is no less right and saves 82 tokens: it needs no ratings."
    )


def test_another_threshold_may_be_as_good_for_less() -> None:
    found = swept((0.5, 1.0, 1.0, 0.0))
    assert said(found)[1] == "With τ 0.90 to 0.94 it is no less right and saves 50 tokens."
    found = swept((1.0, 1.0, 1.0, 1.0))
    assert said(found)[1].startswith("All System 1, fixed beforehand, is no less right")


def test_the_best_threshold_is_called_so() -> None:
    found = swept((0.5, 1.0, 0.25, 0.0))
    assert said(found)[1] == "No other way is as good for fewer tokens."


def test_without_an_expected_answer_agreement_is_shown() -> None:
    found = swept(graded=False)
    assert shown(found)["measure"] == "agree"
    assert "in agreement in 75%" in said(found)[0]
    assert "No expected answer is known" in said(found)[-1]


@pytest.mark.parametrize("chosen", range(4))
def test_any_point_may_be_chosen(chosen: int) -> None:
    assert [p["chosen"] for p in shown(swept(chosen=chosen))["points"]].index(True) == chosen
