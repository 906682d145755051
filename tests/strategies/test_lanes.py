"""What the lanes that solve sub-problem by sub-problem do with their budget."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from scale_core.problem import Mode
from scale_core.runs.solve import duel
from scale_core.strategies.lanes import LANES, RUNNERS, lanes_named
from scale_core.strategies.settings import BudgetSpec, Settings
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from tests.pipeline.scripted import OpenDialect, ScriptedEngine, by_body, right_work, script

PROBLEM = "What is (37*48+125*16) mod 13?"


def lane(
    name: str,
    budget: str = "4/step",
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    engine: ScriptedEngine | None = None,
    **roles: Any,
) -> Run:
    async def collect() -> list[dv.DuelEvent]:
        events = duel(
            PROBLEM,
            lanes=[name],
            budget=budget,
            settings=settings,
            options={"checker": "model", "accept": 0.5, **(options or {})},
            engine=engine or ScriptedEngine(script(**roles)),
            dialect=OpenDialect(),
        )
        return [event async for event in events]

    return dv.Duel(asyncio.run(collect())).lanes[name]


def drawn(run: Run) -> dict[str, tuple[int, int]]:
    """Rollouts of each sub-problem in (System 1, System 2)."""
    return {
        s.id: tuple(
            sum(len(c.samples) for c in s.calls if c.stage == mode.value)
            for mode in (Mode.SYSTEM1, Mode.SYSTEM2)
        )  # type: ignore[misc]
        for s in run.steps
    }


def test_every_lane_has_a_runner() -> None:
    assert LANES.keys() == RUNNERS.keys()
    assert [x.name for x in lanes_named(["scale", "cot"])] == ["scale", "cot"]


def test_uniform_gives_each_sub_problem_the_same_and_the_rest_to_the_first() -> None:
    assert drawn(lane("uniform", "4/step")) == dict.fromkeys("1234", (0, 4))
    counts = drawn(lane("uniform", "10"))
    assert [n for _, n in counts.values()] == [3, 3, 2, 2]


def test_uniform_passes_the_majority_on() -> None:
    def mostly(body: str, seed: int, index: int) -> str:
        return "37*48=1777" if body == "37*48" and index == 0 else right_work(body)

    run = lane("uniform", s2=mostly)
    assert run.nodes["1"].result == "1776"
    solved = next(e for e in run.events if isinstance(e, ev.StepSolved) and e.node == "1")
    assert solved.votes == (("1776", 3), ("1777", 1))


RATED = by_body({"37*48": "9"}, "0")  # only the first product is hard


def test_scale_gives_the_hard_ones_what_the_easy_ones_leave_over() -> None:
    """All of it if every difficulty is known from the start."""
    options = {"tau": 0.5, "escalate": False, "rating": "dynamic"}
    run = lane("scale", "4/step", {"spare": False}, options, rate=RATED)
    assert drawn(run) == {"1": (0, 13), "2": (1, 0), "3": (1, 0), "4": (1, 0)}


def test_scale_as_published_takes_one_sample_each() -> None:
    run = lane("scale", "1/step", None, {"tau": 0.5}, rate=RATED)
    assert drawn(run) == {"1": (0, 1), "2": (1, 0), "3": (1, 0), "4": (1, 0)}


def test_scale_saves_what_a_believed_result_does_not_need() -> None:
    run = lane("scale", "4/step", None, {"tau": 0.5}, rate=RATED)
    assert drawn(run)["1"] == (0, 1)
    assert run.budget is not None and run.rollouts < run.budget.limit


def test_scale_escalates_with_what_is_left() -> None:
    wrong_first = by_body({"125*16": "2001"}, lambda b, s, i: _result(b))
    run = lane("scale", "2/step", None, {"tau": 0.5, "trust": -1.0}, rate=RATED, s1=wrong_first)
    assert drawn(run)["2"] == (1, 1)
    assert run.answer is not None and run.answer.answer == "6"


def _result(body: str) -> str:
    return right_work(body).rpartition("=")[2]


def doubtful(body: str, seed: int, index: int) -> str:
    """The verifier takes no result of the first product but the right one."""
    operation, _, claim = body.rpartition("=")
    return "y" if operation != "37*48" or claim == "1776" else "n"


def wrong_twice(body: str, seed: int, index: int) -> str:
    return f"37*48={index}" if body == "37*48" and index < 2 else right_work(body)


def test_the_bandit_pulls_until_a_sub_problem_is_solved() -> None:
    run = lane("bandit", s2=wrong_twice, verify=doubtful)
    assert drawn(run) == {"1": (0, 3), "2": (0, 1), "3": (0, 1), "4": (0, 1)}
    assert run.answer is not None and run.answer.answer == "6"
    states = {s.id: s.state for s in run.rounds[-1].shares}
    assert set(states.values()) == {"solved"}


def test_the_bandit_never_pulls_a_solved_arm_nor_more_than_its_cap() -> None:
    run = lane("bandit", "8/step", {"max_sample": 5}, s2=by_body({}, "1=1"), verify="n")
    for before, after in zip(run.rounds, run.rounds[1:], strict=False):
        done = {s.id for s in before.shares if s.state in ("solved", "capped", "taken")}
        assert not any(s.count for s in after.shares if s.id in done)
    assert max(n for _, n in drawn(run).values()) <= 5
    assert all(n.doubted for n in run.steps if n.state == "solved")


def test_the_bandit_keeps_a_rollout_for_each_untried_sub_problem() -> None:
    run = lane("bandit", "5", s2=wrong_twice, verify=by_body({}, doubtful))
    assert all(n >= 1 for _, n in drawn(run).values()) and run.rollouts == 5


@pytest.mark.parametrize(("confident", "pulls"), [(0.85, 2), (0.9, 3), (0.95, 4)])
def test_the_bandit_by_agreement_needs_no_verifier(confident: float, pulls: int) -> None:
    engine = ScriptedEngine(script())
    settings = {"solved_by": "agreement", "confident": confident}
    run = lane("bandit", "6/step", settings, engine=engine)
    assert drawn(run) == dict.fromkeys("1234", (0, pulls))
    assert engine.called("verify") == []


@pytest.mark.parametrize("rule", ["elimination", "ucb", "gap", "entropy", "two-stage", "uniform"])
def test_every_rule_of_the_bandit_ends_within_its_budget(rule: str) -> None:
    run = lane("bandit", "3/step", {"bandit_rule": rule}, s2=wrong_twice, verify=doubtful)
    assert run.rollouts <= 12 and run.end is not None
    if rule not in ("two-stage", "uniform"):
        assert run.answer is not None and run.answer.answer == "6"


def test_the_planning_lane_needs_a_difficulty_profile() -> None:
    run = lane("optimal")
    assert run.status == "refused" and run.end is not None and "profile" in run.end.message


@pytest.mark.parametrize(
    ("text", "steps", "limit"),
    [
        ("32", 4, 32),
        ("32 rollouts", 4, 32),
        ("4/step", 5, 20),
        ("2.5/step", 4, 10),
        ("1 / step", 3, 3),
        ("2000 tokens", 4, 2000),
        ("1 token", 9, 1),
        ("500tok", 1, 500),
    ],
)
def test_budgets_as_they_are_written(text: str, steps: int, limit: int) -> None:
    assert BudgetSpec.read(text).limit(steps) == limit
    assert BudgetSpec.read(str(BudgetSpec.read(text))) == BudgetSpec.read(text)


@pytest.mark.parametrize("text", ["", "many", "-3", "4 / plan", "1e9", "4/step tokens"])
def test_what_is_no_budget(text: str) -> None:
    with pytest.raises(ValueError, match="budget is written"):
        BudgetSpec.read(text)


def test_settings_explain_themselves_and_refuse_nonsense() -> None:
    assert Settings().with_({"T_b": 0.5}).T_b == 0.5
    for changes in ({"T_b": "hot"}, {"directions": "north"}, {"beam": 0}, {"nothing": 1}):
        with pytest.raises(ValueError, match=r"must be|no such"):
            Settings().with_(changes)
