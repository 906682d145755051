"""What the Compare page shows of a duel, on scripted duels and on real ones."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import scripted

from scale_core.problem import Mode, SubProblem
from scale_core.strategies.lanes import LANES
from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.usage import Usage
from scale_core.views import charts, export, lanes, tables
from scale_core.views import duel as duel_view

ALL = scripted.ALL


def whole(problem: str = "x", **changes: Any) -> Duel:
    return Duel(scripted.duel(problem, "36", **{"lanes": ALL, **changes}))


def card(duel: Duel, name: str) -> dict[str, Any]:
    return next(c for c in lanes.lanes(duel) if c["name"] == name)


def with_lane(name: str, *events: ev.Event, plans: bool = True) -> Duel:
    """A duel of one lane that emitted these events."""
    drawing = LANES[name].drawing if name in LANES else None
    lane = du.Lane(name, name.upper(), plans=plans, drawing=drawing)
    first, started = scripted.lane_started("uniform")
    start = replace(first, lanes=(lane,))
    started = replace(started, strategy=name)
    return Duel([start, *(du.LaneEvent(lane=name, event=e) for e in (started, *events))])


# ---- the whole view ------------------------------------------------------------------------


def test_every_moment_of_a_duel_can_be_shown() -> None:
    events = scripted.duel("x", "36", lanes=ALL)
    duel, kinds = Duel(), {}
    for i, event in enumerate(events):
        duel.apply(event)
        if i % 7 and i < len(events) - 1:
            continue
        view = duel_view.view(duel)
        json.dumps(view, allow_nan=False)
        for shown in view["lanes"]:
            kinds.setdefault(shown["name"], set()).add(shown["graph"]["kind"])
    assert {name: len(seen) for name, seen in kinds.items()} == dict.fromkeys(ALL, 1)
    assert kinds["dora"] == {"tree"} and kinds["bandit"] == {"arms"}
    assert kinds["uniform"] == {"plan"} and kinds["cot"] == {"votes"}


def test_files_that_do_not_tell_how_lanes_are_drawn_are_read_as_those_that_do() -> None:
    start = replace(scripted.lane_started("uniform")[0], lanes=tuple(LANES.values()))
    data = json.loads(json.dumps(du.to_json(start)))
    for lane in data["lanes"]:
        del lane["drawing"]
    assert du.from_json(data) == du.from_json(json.loads(json.dumps(du.to_json(start))))


def test_an_empty_duel_has_a_view() -> None:
    view = duel_view.view(Duel())
    assert view["status"] == "empty" and view["lanes"] == [] and view["heat"]["rows"] == []


def test_the_view_stays_small_however_many_candidates_there_are() -> None:
    few, many = (len(json.dumps(duel_view.view(whole(budget=b)))) for b in ("4/step", "200/step"))
    assert many < 3 * few < 60_000


def test_model_text_is_shortened_everywhere() -> None:
    duel = whole("hostile")
    text = json.dumps(duel_view.view(duel))
    assert "<script>window.hacked=2</script>" not in text  # each label holds a few characters


# ---- the head ------------------------------------------------------------------------------


def test_the_head_tells_plan_budget_and_totals() -> None:
    duel = whole()
    head = duel_view.head(duel)
    assert head["steps"] == 5 and head["done"] == head["lanes"] == len(ALL)
    assert head["budget"] == "20 rollouts for each lane"
    assert head["budget_from"] == "4 a step × 5 steps"
    assert head["logical"] == sum(r.ledger.total.total or 0 for r in duel.lanes.values())
    assert head["physical"] == duel.physical.total
    assert head["shared"] == round(1 - head["physical"] / head["logical"], 3)
    assert head["balance"]["ok"] is True


def test_budgets_that_cannot_be_compared_are_told() -> None:
    duel = whole(lanes=("uniform", "dora", "cot"))
    told = ev.Budgeted(limit=20, unit="rollouts", steps=5, note="its depths differ")
    duel.apply(du.LaneEvent(lane="dora", event=told))
    head = duel_view.head(duel)
    assert [note.split(":")[0] for note in head["notes"]] == ["DORA", "Chain of thought"]


@pytest.mark.parametrize(
    ("budget", "line"),
    [("32", "32 rollouts for each lane"), ("2000 tokens", "2\u2009000 tokens for each lane")],
)
def test_a_budget_in_all(budget: str, line: str) -> None:
    assert duel_view.budget_of(whole(budget=budget, lanes=("uniform",))) == (line, "")


def test_before_the_plan_the_budget_is_shown_as_it_was_asked() -> None:
    duel = Duel(scripted.duel("x", until=3))
    assert duel.planned is None and duel_view.budget_of(duel) == ("4/step", "")


def test_what_a_replay_lacks_is_told_by_name() -> None:
    duel = whole(lanes=("uniform",))
    duel.apply(du.DuelEnded(status="solved", missing=(("3", "system2", 4), ("9", "verify", 1))))
    told = duel_view.missing(duel)
    assert told == [
        {"name": "#3", "stage": "System 2", "n": 4},
        {"name": "9", "stage": "verifier", "n": 1},
    ]


# ---- lanes ---------------------------------------------------------------------------------


def test_a_lane_tells_what_it_used_and_what_it_saved() -> None:
    duel = whole()
    uniform, bandit = card(duel, "uniform"), card(duel, "bandit")
    assert (uniform["used"], uniform["limit"], uniform["unit"]) == (20, 20, "rollouts")
    assert uniform["saved"] is None and uniform["note"] == ""
    assert bandit["used"] == duel.lanes["bandit"].rollouts < 20
    assert bandit["saved"] == 20 - bandit["used"]
    assert bandit["note"] == f"saved {bandit['saved']} of 20 rollouts"


def test_a_token_budget_is_used_by_tokens() -> None:
    duel = whole(budget="2000 tokens", lanes=("uniform",))
    shown = card(duel, "uniform")
    assert shown["unit"] == "tokens" and shown["used"] == duel.lanes["uniform"].ledger.total.total


def test_tokens_that_are_not_counted_stay_unknown() -> None:
    made = (e.event for e in scripted.duel() if isinstance(e, du.LaneEvent))
    call = replace(next(e for e in made if isinstance(e, ev.Sampled)), usage=Usage(None))
    budget = ev.Budgeted(limit=100, unit="tokens", steps=1)
    shown = card(with_lane("uniform", budget, call), "uniform")
    assert shown["tokens"] is None and shown["used"] is None and shown["saved"] is None


def test_states_of_lanes() -> None:
    events = scripted.duel("x", lanes=("uniform", "scale"))
    first = next(i for i, e in enumerate(events) if isinstance(e, du.LaneEvent))
    duel = Duel(events[: first + 1])
    assert [card(duel, n)["state"] for n in ("uniform", "scale")] == ["running", "waiting"]
    duel.apply(du.DuelEnded(status="stopped"))
    assert [card(duel, n)["state"] for n in ("uniform", "scale")] == ["stopped", "stopped"]
    assert card(whole("fail"), "uniform")["state"] == "unsolved"


def test_a_stopped_lane_saved_nothing() -> None:
    duel = with_lane(
        "uniform", ev.Budgeted(limit=9, unit="rollouts", steps=3), ev.RunEnded(status="stopped")
    )
    assert card(duel, "uniform")["saved"] is None


def test_failures_and_fallbacks_are_on_the_card() -> None:
    notes = lanes.notes(whole("fail").lanes["uniform"])
    assert notes[0] == "failed: every reply was cut off at the token limit"
    assert "failed: it needs #4, which failed" in notes
    fell = ev.Fallback(node="1", what="the step has no result", reason="its samples were cut off")
    ended = ev.RunEnded(status="unsolved", message="step #1 failed")
    assert lanes.notes(with_lane("uniform", fell, ended).lanes["uniform"]) == [
        "step #1 failed",
        "the step has no result: its samples were cut off",
    ]


def test_verdicts() -> None:
    duel = whole()
    for name, run in duel.lanes.items():
        assert run.answer is not None and run.grade is not None
        assert card(duel, name)["verdict"] == (
            "equal" if run.answer.answer == "36" else "different"
        )


# ---- graphs of the lanes without a tree ----------------------------------------------------


def test_the_plan_shows_each_steps_samples_mode_and_value() -> None:
    duel = whole()
    graph = card(duel, "scale")["graph"]
    assert [n["id"] for n in graph["nodes"]] == ["1", "2", "3", "4", "5"]
    assert sum(n["n"] for n in graph["nodes"]) == duel.lanes["scale"].rollouts
    assert [n["m"] for n in graph["nodes"]] == [2, 2, 1, 2, 1]
    assert ["1", "3"] in graph["edges"] and ["plan", "1"] in graph["edges"]
    assert all(n["x"] >= 1 and n["v"] for n in graph["nodes"])


def test_lanes_that_do_not_rate_show_the_difficulties_of_those_that_do() -> None:
    events = [
        e
        for e in scripted.duel("x", lanes=("uniform", "scale"))
        if not (
            isinstance(e, du.LaneEvent) and e.lane == "uniform" and isinstance(e.event, ev.Rated)
        )
    ]
    duel = Duel(events)
    nodes = card(duel, "uniform")["graph"]["nodes"]
    rated = [duel.lanes["scale"].nodes[n["id"]].rating for n in nodes]
    assert [n["d"] for n in nodes] == [round(r.used, 3) for r in rated if r is not None]


def test_arms_show_pulls_state_and_index_where_it_means_something() -> None:
    duel = whole()
    rows = card(duel, "bandit")["graph"]["rows"]
    assert sum(r["n"] for r in rows) == duel.lanes["bandit"].rollouts
    assert {r["state"] for r in rows} == {"solved"}
    assert all(r["index"] is None for r in rows)  # elimination compares pulls alone
    shares = (ev.Share("1", 1, 4.0, (("index", 1.25),)),)
    told = ev.Allocated(node="plan", round=1, rule="ucb", budget=1, shares=shares)
    plan = ev.Planned(steps=(SubProblem("1", "#1", "1+1"),), outline="", how="")
    (arm,) = card(with_lane("bandit", plan, told), "bandit")["graph"]["rows"]
    assert arm["index"] == 1.25 and arm["state"] == "active" and arm["n"] == 0
    solved = ev.StepSolved(node="1", mode=Mode.SYSTEM2, result="2", votes=(("2", 2), ("3", 1)))
    (arm,) = card(with_lane("bandit", plan, told, solved), "bandit")["graph"]["rows"]
    assert arm["agreed"] == "2 of 3 agree"


def test_a_doubted_arm_is_not_called_solved() -> None:
    plan = ev.Planned(steps=(SubProblem("1", "#1", "1+1"),), outline="", how="")
    solved = ev.StepSolved(node="1", mode="system2", result="2", doubted=True)  # type: ignore[arg-type]
    (arm,) = card(with_lane("bandit", plan, solved), "bandit")["graph"]["rows"]
    assert arm["state"] == "taken"


def test_votes_of_chains() -> None:
    duel = whole()
    graph = card(duel, "self-consistency")["graph"]
    assert graph["n"] == sum(n for _, n, _ in graph["rows"]) == 4
    assert [won for _, _, won in graph["rows"]].count(True) == 1
    only = duel.lanes["cot"].answer
    assert only is not None
    assert card(duel, "cot")["graph"]["rows"] == [[only.answer, 1, True]]


# ---- heat map ------------------------------------------------------------------------------


def test_the_heat_map_adds_up() -> None:
    duel = whole()
    shown = duel_view.heat(duel)
    assert [s["name"] for s in shown["steps"]] == ["#1", "#2", "#3", "#4", "#5"]
    for row in shown["rows"]:
        run = duel.lanes[row["lane"]]
        assert row["tokens"][-1] == run.ledger.total.total
        assert row["whole"] == (row["lane"] in ("cot", "self-consistency"))
        if not row["whole"]:
            assert sum(row["tokens"][:-1]) == row["tokens"][-1]
            assert sum(row["rollouts"][:-1]) == row["rollouts"][-1] == run.rollouts
    cells = [n for row in shown["rows"] for n in row["rollouts"][1:-1]]
    assert shown["most"]["rollouts"] == max(cells)


def test_the_heat_map_tells_changes_against_another_duel() -> None:
    live, other = whole(), whole(budget="8/step")
    rows = {r["lane"]: r for r in duel_view.heat(other, live)["rows"]}
    assert rows["uniform"]["change"] == [0, 4, 4, 4, 4, 4, 20]
    assert all(set(r["change"]) == {0} for r in duel_view.heat(live, live)["rows"])


# ---- charts --------------------------------------------------------------------------------


def test_spending_grows_and_ends_at_the_total() -> None:
    duel = whole(budget="60/step")
    for series in charts.spend(duel)["series"]:
        times, counts = zip(*series["points"], strict=True)
        assert list(times) == sorted(times) and list(counts) == sorted(counts)
        assert counts[0] == 0 and counts[-1] == duel.lanes[series["lane"]].ledger.total.total
        assert len(counts) <= 60


def test_stages_add_up() -> None:
    duel = whole()
    shown = charts.stages(duel)
    for row in shown["rows"]:
        assert sum(n for _, n in row["parts"]) == row["total"]
    assert {p[0] for row in shown["rows"] for p in row["parts"]} == {s[0] for s in shown["stages"]}


def test_rounds_tell_who_was_given_what() -> None:
    duel = whole(budget="30/step")
    shown = {x["lane"]: x for x in charts.rounds(duel)["lanes"]}
    for name in ("dora", "rebase", "beam", "bandit", "uniform", "scale"):
        for told, allocated in zip(shown[name]["rounds"], duel.lanes[name].rounds, strict=False):
            assert sum(p[2] for p in told["pieces"]) + told["rest"] == told["budget"]
            assert told["budget"] == sum(s.count for s in allocated.shares)
            assert len(told["pieces"]) <= charts.PIECES
    assert shown["dora"]["rounds"][1]["effective"] == pytest.approx(
        duel.lanes["dora"].rounds[1].effective, abs=0.01
    )
    assert shown["cot"]["rounds"] == []


def test_what_is_only_planned_was_not_given() -> None:
    shares = (
        ev.Share("1", 1, 4.0, group="one quick"),
        ev.Share("2", 3, 4.0, state="planned", group="three slow"),
    )
    told = ev.Allocated(node="1", round=1, rule="optimal", budget=16, shares=shares)
    (lane,) = charts.rounds(with_lane("optimal", told))["lanes"]
    assert lane["rounds"][0]["pieces"] == [["1", "1", 1, ""]]


def test_rounds_beyond_the_first_are_counted() -> None:
    told = [
        ev.Allocated(node="plan", round=i, rule="ucb", budget=1, shares=(ev.Share("1", 1, 1.0),))
        for i in range(charts.ROUNDS + 7)
    ]
    (lane,) = charts.rounds(with_lane("bandit", *told))["lanes"]
    assert len(lane["rounds"]) == charts.ROUNDS and lane["more"] == 7


# ---- tables --------------------------------------------------------------------------------


def test_tables_hold_every_lane_and_every_token() -> None:
    duel = whole()
    table = as_frame(tables.lane_table(duel))
    assert list(table["lane"]) == [lane.label for lane in duel.start.lanes] + ["generated"]  # type: ignore[union-attr]
    assert table["tokens"].iloc[-1] == duel.physical.total
    ledger = as_frame(tables.duel_ledger(duel))
    totals = ledger[ledger["node"] == "total"]
    assert list(totals["lane"]) == list(ALL)
    assert sum(totals["prompt"]) + sum(totals["completion"]) == duel.logical.total
    assert tables.lane_table(Duel())["data"] == tables.duel_ledger(Duel())["data"] == []


def as_frame(table: tables.Table) -> pd.DataFrame:
    return pd.DataFrame(table["data"], columns=table["headers"])


def test_json_lines_bring_the_duel_back() -> None:
    duel = whole("hostile")
    lines = export.json_lines(duel).splitlines()
    again = Duel(du.from_json(json.loads(line)) for line in lines)
    same = [json.loads(json.dumps(du.to_json(e))) for e in duel.events]
    assert [json.loads(json.dumps(du.to_json(e))) for e in again.events] == same
    assert duel_view.view(again) == duel_view.view(duel)


def test_the_summary_is_json_and_whole() -> None:
    told = json.loads(json.dumps(export.duel_summary(whole())))
    assert set(told["lanes"]) == set(ALL) and told["limit"] == 20 and told["balances"] is True
    assert told["lanes"]["bandit"]["saved"] > 0
    assert told["lanes"]["dora"]["answer"] == "36"
    assert set(told["cost"]["unknown"]) == {"money", "FLOPs"}


# ---- changes -------------------------------------------------------------------------------


def test_changes_between_a_duel_and_its_replay() -> None:
    live, more = whole(), whole(budget="8/step")
    assert all(
        r["moved"] == 0 and r["same"] and r["more"] == 0 for r in duel_view.changes(live, live)
    )
    rows = {r["label"]: r for r in duel_view.changes(more, live)}
    assert rows["Uniform"]["moved"] == 10 and rows["Uniform"]["more"] > 0
    assert rows["Chain of thought"]["moved"] == 0
