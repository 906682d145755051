"""The card that answers "why did this one get 7?"."""

from __future__ import annotations

import json
from typing import Any

import pytest
import scripted

from scale_core.strategies.lanes import LANES
from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.views import tree
from scale_core.views.units import number, percent
from scale_core.views.why import telling, why
from scale_core.views.why_words import SENTENCES, STATES, Case, explain, verdict

ALL = scripted.ALL


def whole(problem: str = "x", **changes: Any) -> Duel:
    return Duel(scripted.duel(problem, "36", **{"lanes": ALL, "budget": "8/step", **changes}))


def rows(told: dict[str, Any]) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in told["rows"]}


def test_a_candidate_is_explained_by_the_rules_own_numbers() -> None:
    duel = whole(spoil=0.2)
    run = duel.lanes["dora"]
    made = tree.tree(run)
    group = next(g for g in made.groups.values() if made.rollouts(g) and g.depth == 2)
    shares = [made.given[m.id] for m in group.members]
    told = why(duel, "dora", group.id)
    assert told is not None
    given = sum(s.count for s in shares)
    assert told["title"] == f"Why did “{group.value}” of DORA get {given}?"
    shown = rows(told)
    assert list(shown)[:6] == [
        "score", "quality weight", "direction size", "diversity factor", "product", "fair share"
    ]  # fmt: skip
    product = sum(dict(s.factors)["product"] or 0 for s in shares)
    assert shown["product"][0] == number(product)
    even = number(sum(s.uniform for s in shares))
    assert shown["given"] == [f"{given} of 8", f"An equal split would have given {even}."]
    assert all(row[2] for row in told["rows"]), "every number has its sentence"
    assert f"direction {tree.letters(run)[3, shares[0].group]}".lower() in (
        shown["direction size"][1].lower()
    )


def test_any_member_of_a_node_opens_the_node() -> None:
    duel = whole()
    made = tree.tree(duel.lanes["dora"])
    group = next(g for g in made.groups.values() if len(g.members) > 1)
    one, other = (why(duel, "dora", m.id) for m in (group.members[0], group.members[-1]))
    assert one == other and one is not None and one["id"] == group.id
    assert len(one["table"]["rows"]) == min(14, len(group.members))


def test_a_pruned_candidate_is_told_so() -> None:
    duel = whole(spoil=0.3)
    run = duel.lanes["dora"]
    made = tree.tree(run)
    group = next(g for g in made.groups.values() if made.rollouts(g) == 0)
    told = why(duel, "dora", group.id)
    assert told is not None and told["title"].endswith("get 0?")
    assert rows(told)["state"] == ["pruned", STATES["pruned"]]


def test_the_last_candidates_say_what_they_elected() -> None:
    duel = whole()
    run = duel.lanes["dora"]
    last = next(g for g in tree.tree(run).groups.values() if g.depth == 5)
    told = why(duel, "dora", last.id)
    assert told is not None and told["rows"] == []
    assert "this value was elected" in told["lead"]
    assert ["path", "#1 = 1776 → #2 = 2000 → #3 = 3776 → #4 = 6"] in told["facts"]


def test_an_arm_is_explained_over_its_rounds() -> None:
    duel = whole()
    told = why(duel, "bandit", "4")
    assert told is not None
    run = duel.lanes["bandit"]
    given = sum(s.count for a in run.rounds for s in a.shares if s.id == "4")
    assert told["title"] == f"Why did #4 of Bandit get {given}?"
    shown = rows(told)
    assert {"pulls", "mean", "bonus", "index", "gap", "entropy", "given"} <= set(shown)
    assert shown["given"][0] == f"{given} of 40"
    assert sum(int(row[1]) for row in told["table"]["rows"]) <= given
    assert shown["state"] == ["solved", STATES["solved"]]


def test_steps_of_scale_and_uniform_are_explained() -> None:
    duel = whole()
    hard, even = why(duel, "scale", "1"), why(duel, "uniform", "1")
    assert hard is not None and even is not None
    assert "System 2 works it out" in rows(hard)["tau"][1]
    assert rows(even)["given"] == ["8 of 40", "An equal split would have given 8."]
    assert hard["calls"] and hard["calls"][0]["prompt"].startswith("<|rate|>")


def test_a_depth_of_a_search_tells_where_its_rollouts_went() -> None:
    duel = whole(spoil=0.2)
    told = why(duel, "dora", "3")
    assert told is not None and "effective directions" in told["lead"]
    assert sum(int(row[2]) for row in told["table"]["rows"]) == 8


def test_a_search_over_text_is_explained_by_its_steps() -> None:
    def candidate(id: str, depth: int, parent: str | None, result: str) -> ev.Proposed:
        return ev.Proposed(node="whole", id=id, depth=depth, parent=parent, sample=0,
                           result=result, score=0.9, total=0.9)  # fmt: skip

    share = ev.Share("a", 2, 1.0, (("score", 0.9),), group="7")
    told = [
        ev.Allocated(node="whole", round=1, rule="dora", budget=2,
                     shares=(ev.Share("root", 2, 2.0),)),
        candidate("a", 1, None, "7"),
        ev.Allocated(node="whole", round=2, rule="dora", budget=2, shares=(share,), effective=1.0),
        candidate("b", 2, "a", "8"),
    ]  # fmt: skip
    start, begun = scripted.lane_started("dora")
    duel = Duel([start, *(du.LaneEvent(lane="dora", event=e) for e in (begun, *told))])
    one, whole_problem = why(duel, "dora", "a"), why(duel, "dora", "whole")
    assert one is not None and "at step 1. Of the 2 of the next step 2 went on" in one["lead"]
    assert whole_problem is not None and len(whole_problem["table"]["rows"]) == 2
    last = why(duel, "dora", "b")
    assert last is not None and ["path", "step 1 = 7"] in last["facts"]


def test_a_plan_by_expectation_is_explained() -> None:
    share = ev.Share(
        "1", 2, 4.0, (("difficulty", 0.7), ("expected success", 0.91), ("expected cost", 2.4)),
        group="two slow",
    )  # fmt: skip
    told = ev.Allocated(node="1", round=1, rule="optimal", budget=16, shares=(share,))
    made = scripted.duel(lanes=("uniform",))
    planned = next(
        i for i, e in enumerate(made) if isinstance(getattr(e, "event", None), ev.Planned)
    )
    duel = Duel([*made[: planned + 1], du.LaneEvent(lane="uniform", event=told)])
    card = why(duel, "uniform", "1")
    assert card is not None
    assert rows(card)["plan"][0] == "two slow"
    assert rows(card)["expected success"][0] == "0.91"


def test_lanes_and_the_plan_can_be_opened() -> None:
    duel = whole()
    lane = why(duel, "dora", "")
    assert lane is not None and lane["title"] == "DORA"
    assert ["adaptation", LANES["dora"].adaptation] in lane["facts"]
    assert ["budget", "40 of 40 rollouts used"] in lane["facts"]
    plan, chain = why(duel, "scale", "plan"), why(duel, "cot", "whole")
    assert plan is not None and plan["calls"]
    assert chain is not None and chain["title"] == "the whole problem in Chain of thought"


def test_what_does_not_exist_has_no_card() -> None:
    duel = whole()
    assert why(duel, "nobody", "1") is None and why(duel, "dora", "c999") is None
    assert why(Duel(), "dora", "1") is None


def test_everything_on_the_page_can_be_opened_at_any_moment() -> None:
    duel = Duel()
    for i, event in enumerate(scripted.duel("hostile fail", "36", lanes=ALL)):
        duel.apply(event)
        if i % 31:
            continue
        for name, run in duel.lanes.items():
            for id in ("", "plan", "1", "5", "whole", *run.candidates):
                json.dumps(why(duel, name, id), allow_nan=False)


def test_only_a_text_that_is_surely_the_candidates_is_shown() -> None:
    duel = whole(spoil=0.3)
    run = duel.lanes["dora"]
    texts = 0
    for group in tree.tree(run).groups.values():
        told = why(duel, "dora", group.id)
        assert told is not None and len(told["calls"]) <= 1
        for call in told["calls"]:
            texts += 1
            (sample,) = call["samples"]
            assert sample["text"].endswith(f"={group.value}")
    assert texts > 0


# ---- words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0"), (3.0, "3"), (-2.0, "−2"), (0.5, "0.50"), (0.0123, "0.012"),
     (0.09999, "0.10"), (123.4, "123"), (-0.25, "−0.25")],
)  # fmt: skip
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text


def test_percent() -> None:
    assert percent(1, 3) == "33%" and percent(1, 30) == "3.3%" and percent(0, 0) == "0%"


def case(factors: tuple[tuple[str, float | None], ...], **k: Any) -> Case:
    share = ev.Share("a", 3, 2.0, factors, k.pop("state", "active"))
    told = ev.Allocated(node="1", round=2, rule=k.pop("rule", "dora"), budget=8, shares=(share,))
    return Case([share], told, **k)


@pytest.mark.parametrize("name", SENTENCES)
@pytest.mark.parametrize("value", [0.0, 0.25, 1.0, 7.0, -1.0])
def test_every_factor_has_a_sentence_for_every_number(name: str, value: float) -> None:
    ((_, shown, said),) = explain(case(((name, value),)))
    assert shown == number(value) and said.endswith(".") and "None" not in said


def test_unknown_numbers_and_unknown_factors() -> None:
    assert explain(case((("score", None), ("charm", 2.0)))) == [
        ["score", "–", "not known yet"],
        ["charm", "2", ""],
    ]


def test_the_words_follow_the_rules_settings() -> None:
    agree = explain(
        case((("gap to gamma", 0.1),), settings={"solved_by": "agreement", "confident": 0.85})
    )
    score = explain(case((("gap to gamma", 0.1),), settings={"solved_by": "score", "gamma": 0.9}))
    assert "0.85" in agree[0][2] and "γ" in score[0][2] and "0.90" in score[0][2]
    counts = explain(case((("index", -2.0),), rule="elimination"))
    assert "minus its pulls" in counts[0][2]


@pytest.mark.parametrize("state", STATES)
def test_states_are_explained(state: str) -> None:
    told = verdict(case((), state=state))
    assert (["state", state, STATES[state]] in told) == (state != "pruned")  # it got 3


# ---- the first example ---------------------------------------------------------------------


def test_the_most_telling_reason_is_what_differs_most_from_an_equal_split() -> None:
    duel = whole(spoil=0.2)
    found = telling(duel)
    assert found is not None
    told = why(duel, *found)
    assert told is not None and told["title"].startswith("Why did ")
    made = {name: tree.tree(run) for name, run in duel.lanes.items()}
    apart = [
        abs((made[name].rollouts(g) or 0) - sum(made[name].given[m.id].uniform for m in g.members))
        for name in scripted.SEARCH
        for g in made[name].groups.values()
        if made[name].rollouts(g) is not None
    ]
    given = int(told["title"].removesuffix("?").split()[-1])
    even = float(rows(told)["given"][1].rstrip(".").split()[-1])
    assert abs(given - even) >= max(apart) - 0.01


def test_before_an_allocation_nothing_is_telling() -> None:
    assert telling(Duel()) is None and telling(Duel(scripted.duel("x", until=5))) is None
