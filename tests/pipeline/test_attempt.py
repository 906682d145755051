"""Ratings by an attempt: System 1 answers, and how unsure it was decides who works on a step."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from scale_core.engines.base import Request, Token
from scale_core.engines.scripted import Reply, ScriptedEngine
from scale_core.problem import Mode
from scale_core.runs.lanes import run_lanes
from scale_core.runs.solve import solve
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.run import Run

PROBLEM = "A shop gets 5 crates of 12 melons and sells 18. Half of the rest goes bad. How many do?"
LINES = (
    ("1. melons in the crates:", " 5 * 12 = 60", 0.99),
    ("2. melons left:", " 60 - 18 = 42", 0.97),
    ("3. melons that go bad:", " 42 / 2 = 21", 0.95),
)


def outline(*sure: float, lines: tuple[tuple[str, str, float], ...] = LINES) -> Reply:
    """The list, with the probability of each calculation."""
    tokens: list[Token] = []
    for i, (label, calculation, usual) in enumerate(lines):
        tokens += [Token(("\n" if i else "") + label, math.log(0.5))]
        tokens += [Token(calculation, math.log(sure[i] if sure else usual))]
    return Reply("".join(t.text for t in tokens), tokens=tuple(tokens))


def boxed(value: str, sure: float = 0.9) -> Reply:
    text = f"\\boxed{{{value}}}"
    return Reply(text, tokens=(Token(text, math.log(sure)),))


class Chat(ScriptedEngine):
    """Replies by stage; keeps what it was asked."""

    def __init__(self, plan: Reply, slow: str = "21", fast: Reply | None = None, **how: Any):
        self.asked: list[Request] = []

        def script(request: Request, index: int) -> Reply:
            self.asked.append(request)
            if request.stage == "outline":
                return plan
            if request.stage == "system1":
                return fast or boxed("7", 0.3)
            return Reply(f"Slowly: \\boxed{{{slow}}}")

        super().__init__(script, chat=True, **how)

    @property
    def stages(self) -> list[str]:
        return [request.stage for request in self.asked]


def play(engine: Chat, **options: Any) -> Run:
    async def run() -> Run:
        events = solve(PROBLEM, answer="21", engine=engine, options=options)
        return Run([event async for event in events])

    return asyncio.run(asyncio.wait_for(run(), 60))


def modes(run: Run) -> dict[str, Mode | None]:
    return {node.id: node.mode for node in run.steps}


def test_a_sure_plan_is_solved_by_the_one_request_that_made_it() -> None:
    engine = Chat(outline())
    run = play(engine)
    assert engine.stages == ["outline"]
    assert run.answer is not None and run.answer.answer == "21"
    assert set(modes(run).values()) == {Mode.SYSTEM1}
    ratings = [e for e in run.events if isinstance(e, ev.Rated)]
    assert [(r.how, r.raw) for r in ratings] == [
        ("draft", pytest.approx(0.01)), ("draft", pytest.approx(0.03)),
        ("draft", pytest.approx(0.05)),
    ]  # fmt: skip
    assert run.plan is not None and [d.result for d in run.plan.drafts] == ["60", "42", "21"]


def test_an_unsure_last_step_is_thought_about() -> None:
    engine = Chat(outline(0.99, 0.97, 0.4), slow="21")
    run = play(engine)
    assert engine.stages == ["outline", "system2"]
    assert modes(run) == {"1": Mode.SYSTEM1, "2": Mode.SYSTEM1, "3": Mode.SYSTEM2}
    asked = engine.asked[-1].prompt[-1]
    assert not isinstance(asked, str)
    assert "melons left: 42" in asked.content and "How many do?" in asked.content


def test_unsure_pieces_are_solved_with_the_last_one_in_one_piece() -> None:
    engine = Chat(outline(0.99, 0.4, 0.97))
    run = play(engine)
    assert engine.stages == ["outline", "system2"]
    assert modes(run) == {"1": Mode.SYSTEM1, "3": Mode.SYSTEM2}
    assert run.planned is not None and "1 unsure piece left to the last one" in run.planned.how


def test_alone_a_piece_gets_its_own_question_and_later_drafts_fall_with_it() -> None:
    """System 2 finds another value for step 2, so step 3 is tried anew."""
    engine = Chat(outline(0.99, 0.4, 0.97), slow="40", fast=boxed("20", 0.99))
    run = play(engine, merge=False)
    assert engine.stages == ["outline", "system2", "system1"]
    posed = engine.asked[1].prompt[-1]
    assert not isinstance(posed, str)
    assert "\nmelons left." in posed.content and "How many do?" not in posed.content
    assert run.answer is not None and run.answer.answer == "20"
    assert run.nodes["3"].rating is not None and run.nodes["3"].rating.how == "attempt"


def test_a_wrong_sum_is_not_believed_however_sure_the_model_was() -> None:
    wrong = (LINES[0], LINES[1], ("3. bad:", " 42 / 2 = 24", 0.999))
    engine = Chat(outline(lines=wrong))
    assert play(engine).nodes["3"].mode is Mode.SYSTEM2


def test_without_probabilities_answers_that_disagree_are_doubt() -> None:
    engine = Chat(outline(), logprobs=False, fast=Reply("\\boxed{21}"))
    run = play(engine)
    assert "system2" not in engine.stages
    rated = [e for e in run.events if isinstance(e, ev.Rated)]
    assert [(r.how, r.raw) for r in rated] == [("attempt", 0.0)] * len(run.steps)
    n = {request.n for request in engine.asked if request.stage == "system1"}
    assert n == {3}


def test_all_steps_in_system_2_ask_for_each() -> None:
    engine = Chat(outline())
    run = play(engine, assign="system2", escalate=False, verify="none")
    assert engine.stages == ["outline", *["system2"] * 3]
    assert set(modes(run).values()) == {Mode.SYSTEM2}


@pytest.mark.parametrize("budget", ["1/step", "4/step", "2000 tokens"])
def test_a_lane_keeps_its_budget(budget: str) -> None:
    engine = Chat(outline(0.99, 0.97, 0.4))

    async def duel() -> Duel:
        events = run_lanes(PROBLEM, lanes=("scale", "uniform"), budget=budget, engine=engine)
        return Duel([event async for event in events])

    played = asyncio.run(asyncio.wait_for(duel(), 60))
    assert played.status == "solved"
    for lane in played.lanes.values():
        told = next(e for e in lane.events if isinstance(e, ev.Budgeted))
        tokens = lane.ledger.total.total
        assert (lane.rollouts if told.unit == "rollouts" else tokens) <= told.limit
    scale = played.lanes["scale"]
    assert modes(scale)["1"] is Mode.SYSTEM1 and modes(scale)["3"] is Mode.SYSTEM2
    assert scale.rollouts < played.lanes["uniform"].rollouts or budget != "1/step"
