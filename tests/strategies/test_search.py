"""The search all tree lanes share, on the real engine and on scripted ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_core.engines.base import Engine
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.pipeline.options import fields_of
from scale_core.runs.solve import duel
from scale_core.strategies.lanes import LANES
from scale_core.strategies.search.loop import Widths
from scale_core.strategies.search.rules import elect
from scale_core.strategies.settings import Settings
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from tests.pipeline.scripted import OpenDialect, ScriptedEngine, script

PROBLEM = "What is (37*48+125*16) mod 13?"
RULES = ("dora", "rebase", "beam", "dvts")


@pytest.fixture(scope="module")
def engine(model_dir: Path) -> Iterator[OnnxEngine]:
    engine = OnnxEngine(model_dir)
    yield engine
    asyncio.run(engine.close())


def search(engine: Engine, rule: str, budget: str = "6/step", **asked: Any) -> Run:
    async def collect() -> list[dv.DuelEvent]:
        events = duel(PROBLEM, lanes=[rule], budget=budget, engine=engine, **asked)
        return [event async for event in events]

    return dv.Duel(asyncio.run(collect())).lanes[rule]


def scripted(rule: str, settings: Mapping[str, Any] | None = None, **roles: Any) -> Run:
    return search(
        ScriptedEngine(script(**roles)),
        rule,
        dialect=OpenDialect(),
        settings=settings,
        options={"checker": "model", "accept": 0.5},
    )


def proposed(run: Run, depth: int) -> list[ev.Proposed]:
    return [c for c in run.candidates.values() if c.depth == depth]


@pytest.mark.parametrize("rule", RULES)
def test_a_depth_is_a_sub_problem_and_gets_its_share(rule: str, engine: OnnxEngine) -> None:
    run = search(engine, rule)
    assert [r.node for r in run.rounds] == ["1", "2", "3", "4"]
    assert [r.budget for r in run.rounds] == [6, 6, 6, 6]
    for allocated in run.rounds:
        assert sum(s.count for s in allocated.shares) == allocated.budget
        assert len(proposed(run, allocated.round)) == 6
    assert {c.ended for c in proposed(run, 4)} == {"done"}


@pytest.mark.parametrize("rule", RULES)
def test_each_child_extends_the_candidate_that_was_given_the_rollout(
    rule: str, engine: OnnxEngine
) -> None:
    run = search(engine, rule, budget="8/step")
    for allocated in run.rounds[1:]:
        children = [c.parent for c in proposed(run, allocated.round)]
        assert {s.id: s.count for s in allocated.shares if s.count} == {
            p: children.count(p) for p in children
        }


def wrong_half(body: str, seed: int, index: int) -> str:
    """Sample i of the first product is wrong for odd i."""
    from tests.pipeline.scripted import right_work

    return "37*48=1777" if body == "37*48" and index % 2 else right_work(body)


def test_rollouts_leave_the_candidates_that_the_verifier_doubts() -> None:
    run = scripted("rebase", s2=wrong_half)
    after = {s.id: s.count for s in run.rounds[1].shares}
    good = {c.id for c in proposed(run, 1) if c.result == "1776"}
    assert sum(after[id] for id in good) == 6
    assert run.answer is not None and run.answer.answer == "6"


def test_dora_splits_between_directions_not_between_candidates() -> None:
    """Five candidates of one value and one of another, all believed alike, share by value."""

    def mostly(body: str, seed: int, index: int) -> str:
        from tests.pipeline.scripted import right_work

        return "37*48=1777" if body == "37*48" and index == 0 else right_work(body)

    run = scripted("dora", s2=mostly, verify="y")
    allocated = run.rounds[1]
    counts: dict[str | None, int] = {}
    for share in allocated.shares:
        counts[share.group] = counts.get(share.group, 0) + share.count
    assert counts == {"1776": 3, "1777": 3}
    assert allocated.effective == pytest.approx(2)
    even = scripted("rebase", s2=mostly, verify="y").rounds[1]
    assert [s.count for s in even.shares] == [1] * 6


def test_a_candidate_that_cannot_be_read_is_not_extended_and_has_no_vote() -> None:
    def half(body: str, seed: int, index: int) -> str:
        from tests.pipeline.scripted import right_work

        return "??" if body == "3776%13" and index % 2 else right_work(body)

    run = scripted("beam", s2=half)
    ends = [c.ended for c in proposed(run, 4)]
    assert ends.count("unreadable") == 3 and ends.count("done") == 3
    assert run.answer is not None and dict(run.answer.votes) == {"6": 3}


def test_each_result_is_verified_once() -> None:
    engine = ScriptedEngine(script())
    options = {"checker": "model", "accept": 0.5}
    search(engine, "dora", dialect=OpenDialect(), options=options)
    bodies = engine.bodies("verify")
    assert len(bodies) == len(set(bodies)) == 4


CHOICES = [
    (f.name, choice)
    for f in fields_of(Settings)
    for choice in f.choices or ((True, False) if f.kind == "bool" else ())
]


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_every_choice_of_every_setting_runs_in_every_lane(name: str, choice: Any) -> None:
    """Except the lane that needs figures of the embedded model, which no setting changes."""
    found = dv.Duel(
        asyncio.run(
            everything(
                PROBLEM, lanes=[n for n in LANES if n != "optimal"], budget="3/step",
                engine=ScriptedEngine(script()), dialect=OpenDialect(), settings={name: choice},
            )
        )
    )  # fmt: skip
    assert found.end is not None and found.status in ("solved", "unsolved")
    for lane, run in found.lanes.items():
        reasons = [e.reason for e in run.events if isinstance(e, ev.StepFailed)]
        assert run.status == "solved" or reasons, f"{lane}: {run.status}"


async def everything(problem: str, **asked: Any) -> list[dv.DuelEvent]:
    return [event async for event in duel(problem, **asked)]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("official", [False, True])
def test_search_over_text_steps(rule: str, official: bool, engine: OnnxEngine) -> None:
    """The engine's own end and the delimiter are told apart; nothing is planned or paid for it."""
    run = search(engine, rule, settings={"steps": "text", "official": official})
    assert {e.stage for e in run.ledger.entries} == {"chain"}
    assert run.plan is None
    deep = [c for c in run.candidates.values() if c.parent]
    assert deep and all(run.candidates[c.parent].ended == "" for c in deep if c.parent)
    assert run.status in ("solved", "unsolved")


def test_the_published_loop_votes_with_exactly_its_width(engine: OnnxEngine) -> None:
    run = search(engine, "rebase", settings={"steps": "text", "official": True})
    assert run.answer is not None and sum(n for _, n in run.answer.votes) == 6


@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=8),
    st.sampled_from(["constant", "shrink", "reuse"]),
    st.lists(st.integers(0, 3), max_size=8),
)
def test_widths_never_give_more_than_was_planned(
    planned: list[int], policy: str, finished: list[int]
) -> None:
    widths, used, total = Widths(list(planned), policy), 0, sum(planned)
    for depth in range(1, len(planned) + 1):
        width = widths.at(depth)
        gone = min(width, finished[depth - 1] if depth <= len(finished) else 0)
        used += width - gone
        widths.finished += gone
        widths.save(depth, gone)
        assert width >= 0
        if policy == "constant":
            assert width == planned[depth - 1]
    assert used <= total


@pytest.mark.parametrize(
    ("how", "winner"), [("weighted", "1/2"), ("majority", "1/2"), ("best", "3")]
)
def test_equal_values_vote_together(how: str, winner: str) -> None:
    answers = ["1/2", "0.5", "\\frac{1}{2}", "3", "3", None, ""]
    elected = asyncio.run(elect(answers, [0.4, 0.5, 0.4, 0.3, 0.9, 1.0, 1.0], how))
    assert elected is not None and elected[0] == winner
    assert elected[1] == (("1/2", 3), ("3", 2))


def test_an_empty_answer_never_wins() -> None:
    assert asyncio.run(elect([None, "", " "], [1.0, 1.0, 1.0], "weighted")) is None
    elected = asyncio.run(elect([None, None, "7"], [1.0, 1.0, 0.0], "weighted"))
    assert elected is not None and elected[0] == "7"
