"""Drafts: results that came with the outline, as long as what they rest on came out the same."""

from __future__ import annotations

import asyncio

from scale_core.pipeline.drafts import holding, merged
from scale_core.problem import Draft, Plan, SubProblem


def steps(*needs: tuple[str, ...]) -> tuple[SubProblem, ...]:
    return tuple(
        SubProblem(str(i), f"#{i}", f"step {i}", wanted) for i, wanted in enumerate(needs, 1)
    )


PLAN = Plan(
    steps((), ("1",), (), ("2", "3")),
    "",
    (),
    (Draft("1", "60", 0.9), Draft("2", "42", 0.3), Draft("3", "7", 0.8), Draft("4", "49", 0.95)),
)


def held(known: dict[str, str], step: int = 1) -> str | None:
    found = asyncio.run(holding(PLAN, PLAN.steps[step], known))
    return found.result if found else None


def test_a_draft_holds_while_what_it_rests_on_came_out_as_drafted() -> None:
    assert held({}, 0) == "60"
    assert held({"1": "60"}) == "42"
    assert held({"1": "60.0"}) == "42"  # the same value in another spelling
    assert held({"1": "61"}) is None
    assert held({}) is None
    assert held({"1": "60", "2": "42", "3": "7"}, 3) == "49"
    assert held({"1": "60", "2": "42", "3": "8"}, 3) is None


def test_unsure_pieces_are_left_to_the_last_one() -> None:
    left = merged(PLAN, lambda draft: (draft.sure or 0.0) < 0.5)
    assert [(s.id, s.depends_on) for s in left.steps] == [("1", ()), ("3", ()), ("4", ("1", "3"))]
    assert left.draft(left.last) == Draft("4", "49", 0.3)  # no surer than what it rests on


def test_what_rests_on_an_unsure_piece_is_left_with_it() -> None:
    plan = Plan(steps((), ("1",), ("2",)), "", (), (
        Draft("1", "5", 0.1), Draft("2", "6", 0.99), Draft("3", "7", 0.99),
    ))  # fmt: skip
    left = merged(plan, lambda draft: (draft.sure or 0.0) < 0.5)
    assert [s.id for s in left.steps] == ["3"] and left.last.depends_on == ()
    assert left.drafts == (Draft("3", "7", 0.1),)


def test_a_sure_plan_stays_as_it_is() -> None:
    assert merged(PLAN, lambda draft: False) is PLAN


def test_a_plan_of_which_nothing_was_calculated_is_solved_in_one_piece() -> None:
    left = merged(Plan(PLAN.steps), lambda draft: False)
    assert [(s.id, s.depends_on) for s in left.steps] == [("4", ())] and left.drafts == ()
