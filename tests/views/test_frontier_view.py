"""What the page shows of hindsight, on values made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import scripted

from scale_core.allocation.intervals import Interval
from scale_core.allocation.policies import Checker
from scale_core.experiments.hindsight import Hindsight, LaneWorth, StepSamples
from scale_core.trace import duel as du
from scale_core.trace.duel import Duel
from scale_core.views import hindsight, units

ALL = scripted.ALL
QUICK, SLOW = "1 × System 1", "1 × System 2"


def duel(problem: str = "x") -> Duel:
    return Duel(scripted.duel(problem, "36", lanes=ALL))


def worth(
    lane: str,
    success: float,
    tokens: float,
    over: float | None,
    short: float,
    best: tuple[float, float] | None = (300.0, 0.8),
    wide: float = 0.05,
) -> LaneWorth:
    return LaneWorth(
        lane,
        Interval(success, max(0.0, success - wide), min(1.0, success + wide)),
        Interval(tokens, tokens - 10, tokens + 10),
        over,
        short,
        (("#1", SLOW), ("#2", QUICK)) if best else (),
        best,
    )


def look(*lanes: LaneWorth) -> Hindsight:
    return Hindsight(
        steps=(
            StepSamples("1", "#1", "1776", (0.25, 0.9), (12.0, 52.5), 16),
            StepSamples("2", "#2", "2000", (0.996, 1.0), (13.0, 81.0), 16),
        ),
        checker=Checker(0.68, 0.02, 0.0),
        planning=120.0,
        frontier=((200.0, 0.1, (QUICK, QUICK)), (300.0, 0.8, (SLOW, QUICK)),
                  (400.0, 0.9, (SLOW, SLOW))),
        lanes=lanes,
        samples=16,
        repeats=40,
        generated=2719,
    )  # fmt: skip


def told(*lanes: LaneWorth) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hindsight.frontier(look(*lanes), duel())["lanes"]
    return found


def said(lane: LaneWorth) -> str:
    (only,) = told(lane)
    return str(only["sentence"])


# ---- the picture ---------------------------------------------------------------------------


def test_the_view_is_small_json_and_whole() -> None:
    found = hindsight.frontier(look(worth("scale", 0.72, 459, 159, 0.08)), duel())
    json.dumps(found, allow_nan=False)
    assert found["line"] == [[200.0, 0.1], [300.0, 0.8], [400.0, 0.9]]
    assert found["policies"][1] == [SLOW, QUICK]
    assert found["planning"] == 120.0 and found["most"] == 469.0
    (lane,) = found["lanes"]
    assert lane["x"] == [459.0, 449.0, 469.0] and lane["y"] == [0.72, 0.67, 0.77]
    assert lane["needed"] == 300.0 and lane["could"] == 0.8
    assert lane["best"] == [300.0, 0.8] and lane["best_policies"] == [SLOW, QUICK]
    assert (lane["right"], lane["spent"]) == ("72%", "459")


def test_lanes_have_their_colours_and_names() -> None:
    shown = {x["lane"]: x for x in told(*(worth(n, 0.5, 400, 10, 0.1) for n in ALL))}
    labels = {lane.name: lane.label for lane in duel().start.lanes}  # type: ignore[union-attr]
    assert {n: x["label"] for n, x in shown.items()} == labels
    assert all(x["colour"] == n for n, x in shown.items())
    (stranger,) = told(worth("newcomer", 0.5, 400, 10, 0.1))
    assert (stranger["colour"], stranger["label"]) == ("uniform", "newcomer")


def test_steps_tell_what_only_hindsight_knows() -> None:
    steps = hindsight.frontier(look(), duel())["steps"]
    assert [(s["name"], s["right"]) for s in steps] == [("#1", "1776"), ("#2", "2000")]
    assert steps[0]["p"] == [0.25, 0.9] and steps[0]["c"] == [12.0, 52.5]
    assert steps[0]["label"] == "37 × 48"


def test_the_best_plan_is_first_shown_at_scale_s_cost() -> None:
    def first(*names: str) -> str | None:
        lanes = [worth(n, 0.5, 400, 10, 0.1, None if n == "cot" else (300.0, 0.8)) for n in names]
        found: str | None = hindsight.frontier(look(*lanes), duel())["first"]
        return found

    assert first("uniform", "scale", "cot") == "scale"
    assert first("cot", "bandit", "dora") == "bandit"
    assert first("cot") is None


def test_a_refused_lane_has_no_place() -> None:
    events = []
    for event in scripted.duel("x", "36", lanes=("uniform", "scale")):
        if isinstance(event, du.LaneEvent) and event.lane == "scale":
            if event.event.kind == "run_ended":
                event = replace(event, event=replace(event.event, status="refused"))
            elif event.event.kind != "run_started":
                continue
        events.append(event)
    lanes = (worth("uniform", 0.5, 400, 10, 0.1), worth("scale", 0, 0, -200, 0, None))
    found = hindsight.frontier(look(*lanes), Duel(events))
    assert [x["lane"] for x in found["lanes"]] == ["uniform"]


def test_text_of_models_is_shortened() -> None:
    made = look()
    steps = tuple(replace(s, right="9" * 500, name="#" + "x" * 99) for s in made.steps)
    text = json.dumps(hindsight.frontier(replace(made, steps=steps), duel("hostile")))
    assert "9" * 20 not in text and "x" * 20 not in text
    assert "<script>window.hacked=2</script>" not in text


# ---- sides and sentences -------------------------------------------------------------------


def test_below_the_frontier() -> None:
    lane = worth("scale", 0.72, 459, 159, 0.08, wide=0.02)
    assert hindsight.side(lane) == "below"
    assert said(lane) == (
        "SCALE spent 159 tokens more than needed for what it achieved, and is 8 points below what "
        "its tokens could have bought."
    )


def test_what_may_be_chance_is_said() -> None:
    assert "(within its interval)" in said(worth("scale", 0.72, 459, 159, 0.08, wide=0.1))


def test_right_but_dear() -> None:
    assert said(worth("uniform", 0.9, 998, 594, 0.0)) == (
        "Uniform spent 594 tokens more than needed for what it achieved; nothing better could be "
        "bought with them."
    )


def test_cheap_but_short_of_what_it_could_be() -> None:
    assert said(worth("uniform", 0.1, 300, 0.2, 0.01, wide=0.001)) == (
        "Uniform is 1 point below what its tokens could have bought."
    )


def test_on_the_frontier() -> None:
    lane = worth("bandit", 0.8, 300, 0.3, 0.002)
    assert hindsight.side(lane) == "on" and "lies on the frontier" in said(lane)


def test_above_by_luck() -> None:
    lane = worth("bandit", 0.85, 310, -60, -0.05, wide=0.08)
    assert hindsight.side(lane) == "above"
    assert "5 points above the frontier" in said(lane)
    assert "within its interval: luck in 40 draws" in said(lane)


@pytest.mark.parametrize(
    ("name", "why"),
    [("cot", "without the plan"), ("dora", "compares whole paths"), ("scale", "a wrong step")],
)
def test_above_by_a_policy_outside_the_class(name: str, why: str) -> None:
    sentence = said(worth(name, 0.95, 310, None, -0.15, wide=0.05))
    assert "15 points above" in sentence and "more than luck explains" in sentence
    assert why in sentence


def test_as_good_as_no_plan_by_a_hair() -> None:
    lane = worth("bandit", 1.0, 500, None, -0.002, (400.0, 0.998))
    assert hindsight.side(lane) == "above" and "just above" in said(lane) and "luck" in said(lane)


def test_cheaper_than_any_way_to_carry_out_the_plan() -> None:
    never = worth("cot", 0.0, 60, -140, 0.0, None, wide=0.0)
    assert hindsight.side(never) == "left"
    assert said(never) == (
        "Chain of thought spent less than any way of carrying out the plan (200 tokens), and was "
        "never right."
    )
    often = worth("cot", 0.5, 60, -200, -0.5, None)
    assert hindsight.side(often) == "above" and "right in 50% of draws" in said(often)


def test_never_right() -> None:
    assert said(worth("scale", 0.0, 459, 259, 0.8, wide=0.02)) == (
        "SCALE was never right in 40 draws; its tokens could have bought 80%."
    )
    assert "nor could its tokens" in said(worth("scale", 0.0, 210, 10, 0.0, (200.0, 0.0)))


def test_the_estimated_optimum_shows_the_price_of_not_knowing() -> None:
    assert "price of knowing the difficulties only" in said(worth("optimal", 0.7, 400, 100, 0.1))


# ---- words ---------------------------------------------------------------------------------


def test_notes_tell_what_it_rests_on() -> None:
    notes = " ".join(hindsight.notes(look(), duel()))
    assert "16 recorded samples" in notes and "40 times" in notes
    assert "68% of the right results and 2% of the wrong" in notes
    assert "2\u2009719 tokens" in notes


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "0%"), (0.001, "<1%"), (0.125, "13%"), (0.5, "50%"), (0.9985, ">99%"), (1, "100%")],
)
def test_shares(share: float, words: str) -> None:
    assert units.proportion(share) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (0.2, "0"), (159.0, "+159"), (-3.4, "−3"), (1234.0, "+1\u2009234")],
)
def test_differences(value: float | None, words: str) -> None:
    assert hindsight.signed(value, 0, 0.5) == words
