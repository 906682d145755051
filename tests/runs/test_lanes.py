"""Duels on the real embedded engine: shared samples, budgets, ledgers, replays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from scale_core.engines.base import Cancel, Engine, EngineError
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.runs.replay import bank_of, replay
from scale_core.runs.solve import duel
from scale_core.strategies.lanes import LANES
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from tests.pipeline.scripted import OpenDialect, Rewarding, ScriptedEngine, by_index, fails, script

PROBLEM = "What is (8476 mod 37 + 9281 mod 53) * 47?"
SEED = 1
"""With which every lane finds an answer, a chain of thought too."""
ANSWER = "423"
ALL = tuple(LANES)
FOUR = ("uniform", "scale", "dora", "bandit")
WITH_A_PLAN = tuple(name for name, lane in LANES.items() if lane.plans)


@pytest.fixture(scope="module")
def engine(model_dir: Path) -> Iterator[OnnxEngine]:
    engine = OnnxEngine(model_dir)
    yield engine
    asyncio.run(engine.close())


@pytest.fixture(scope="module")
def recorded(engine: OnnxEngine) -> dv.Duel:
    return play(engine, lanes=ALL)


def play(
    engine: Engine,
    problem: str = PROBLEM,
    watch: Callable[[dv.DuelEvent], None] = lambda event: None,
    **asked: Any,
) -> dv.Duel:
    """A whole duel, and what holds for every one: no task is left, every token has its home."""

    async def collect() -> list[dv.DuelEvent]:
        before, events = asyncio.all_tasks(), []
        async for event in duel(problem, engine=engine, **{"seed": SEED, **asked}):
            events.append(event)
            watch(event)
        assert asyncio.all_tasks() == before
        return events

    was = engine.counters
    found = dv.Duel(asyncio.run(asyncio.wait_for(collect(), 120)))
    assert found.physical == minus(engine.counters, was)
    assert sum(isinstance(e, dv.DuelEnded) for e in found.events) == 1
    for run in found.lanes.values():
        assert isinstance(run.events[-1], ev.RunEnded)
        nodes = {entry.node for entry in run.ledger.entries}
        assert Usage.sum(run.ledger.of_node(n) for n in nodes) == run.ledger.total
    return found


def minus(after: Usage, before: Usage) -> Usage:
    return Usage(
        *(
            (getattr(after, name) or 0) - (getattr(before, name) or 0)
            for name in ("prompt", "cached", "completion", "thinking")
        )
    )


def told(run: Run) -> list[dict[str, Any]]:
    """A run's events without times, in an order that does not depend on who was faster."""
    rows = [
        {k: v for k, v in ev.to_json(e).items() if k not in ("t", "run", "seconds")}
        for e in run.events
    ]
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def allocations(run: Run) -> str:
    rows = [ev.to_json(e) for e in run.events if isinstance(e, ev.Allocated)]
    return json.dumps([{k: v for k, v in row.items() if k != "t"} for row in rows])


# ---- sharing -----------------------------------------------------------------------------------


def test_every_lane_finds_an_answer(recorded: dv.Duel) -> None:
    assert recorded.status == "solved"
    assert {name: run.status for name, run in recorded.lanes.items()} == dict.fromkeys(
        ALL, "solved"
    )


def test_lanes_share_the_plan_and_all_equal_samples(recorded: dv.Duel) -> None:
    outlines = [g for g in recorded.generated if g.stage == "outline"]
    assert len(outlines) == 1
    assert len({recorded.lanes[n].planned for n in WITH_A_PLAN}) <= len(WITH_A_PLAN)
    assert len({recorded.lanes[n].plan.text for n in WITH_A_PLAN if recorded.lanes[n].plan}) == 1
    assert (recorded.physical.total or 0) < (recorded.logical.total or 0) / 2


def test_chains_pay_for_no_plan(recorded: dv.Duel) -> None:
    for name in ("cot", "self-consistency"):
        assert {e.stage for e in recorded.lanes[name].ledger.entries} == {"chain"}


@pytest.mark.parametrize("lane", ALL)
def test_a_lane_does_the_same_alone_as_beside_others(
    lane: str, engine: OnnxEngine, recorded: dv.Duel
) -> None:
    alone = play(engine, lanes=[lane])
    assert told(alone.lanes[lane]) == told(recorded.lanes[lane])
    assert alone.lanes[lane].ledger.total == alone.physical


# ---- budgets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", ["1/step", "2/step", "7", "600 tokens", "250 tokens"])
def test_no_lane_exceeds_its_budget_by_more_than_one_sample(
    budget: str, engine: OnnxEngine
) -> None:
    found = play(engine, lanes=ALL, budget=budget)
    for run in found.lanes.values():
        if budget.endswith("tokens"):
            dearest = max(c.usage.total or 0 for n in run.nodes.values() for c in n.calls)
            assert (run.ledger.total.total or 0) < int(budget.split()[0]) + dearest
        else:
            assert run.budget is not None and run.rollouts <= run.budget.limit


@pytest.mark.parametrize("budget", ["3", "0.5/step", "1 rollouts"])
def test_less_than_one_rollout_a_step_is_refused(budget: str, engine: OnnxEngine) -> None:
    found = play(engine, lanes=FOUR, budget=budget)
    assert {run.status for run in found.lanes.values()} == {"refused"}
    messages = {run.end.message for run in found.lanes.values() if run.end}
    assert all("less than one rollout for each of the 4 sub-problems" in m for m in messages)


def test_a_chain_runs_where_no_plan_fits(engine: OnnxEngine) -> None:
    found = play(engine, lanes=("uniform", "cot", "self-consistency"), budget="1")
    statuses = {name: run.status for name, run in found.lanes.items()}
    assert statuses == {"uniform": "refused", "cot": "solved", "self-consistency": "solved"}
    assert found.status == "solved"
    assert {found.lanes[name].rollouts for name in ("cot", "self-consistency")} == {1}


def test_a_vote_that_is_decided_saves_the_rest(engine: OnnxEngine) -> None:
    """The same answer with no more chains than it takes, and with the first ones of them."""
    asked = {"lanes": ("self-consistency",), "budget": "9"}
    run = play(engine, **asked).lanes["self-consistency"]
    saving = play(engine, **asked, settings={"decided": True}).lanes["self-consistency"]
    assert saving.answer and run.answer and saving.answer.answer == run.answer.answer
    assert saving.budget is not None and saving.budget.limit == 9 == run.rollouts
    first, second = (*(n for _, n in saving.answer.votes), 0)[:2]
    left = 9 - saving.rollouts
    assert first > second + left or left == 0
    drawn = [s.text for e in run.events if isinstance(e, ev.Sampled) for s in e.samples]
    saved = [s.text for e in saving.events if isinstance(e, ev.Sampled) for s in e.samples]
    assert saved == drawn[: len(saved)]


def test_a_lane_that_stops_early_saves(recorded: dv.Duel) -> None:
    scale = recorded.lanes["scale"]
    assert scale.budget is not None and scale.rollouts < scale.budget.limit


def test_budgets_that_are_not_comparable_say_so(recorded: dv.Duel) -> None:
    for name in ("cot", "self-consistency"):
        budget = recorded.lanes[name].budget
        assert budget is not None and budget.note


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"lanes": []}, "at least one"),
        ({"lanes": ["nobody"]}, "no such lane"),
        ({"lanes": ["cot", "cot"]}, "only once"),
        ({"budget": "lots"}, "budget is written"),
        ({"settings": {"T_b": -1}}, "T_b"),
        ({"settings": {"bogus": 1}}, "no such setting"),
        ({"options": {"tau": 3}}, "tau"),
    ],
)
def test_bad_requests_are_refused_before_anything_runs(
    asked: Mapping[str, Any], message: str, engine: OnnxEngine
) -> None:
    async def first() -> None:
        await anext(aiter(duel(PROBLEM, engine=engine, **asked)))

    before = engine.counters
    with pytest.raises(ValueError, match=message):
        asyncio.run(first())
    assert engine.counters == before


def test_a_text_outside_the_language_is_refused(engine: OnnxEngine) -> None:
    found = dv.Duel(asyncio.run(_all(duel("Write a poem about the sea.", engine=engine))))
    assert found.status == "refused" and found.physical == Usage()


async def _all(events: Any) -> list[dv.DuelEvent]:
    return [event async for event in events]


# ---- ledgers after Stop and retries ------------------------------------------------------------


class Stop:
    """Set once `count` events of a kind were seen."""

    def __init__(self, kind: str, count: int) -> None:
        self.kind, self.left = kind, count

    def watch(self, event: dv.DuelEvent) -> None:
        inner = event.event.kind if isinstance(event, dv.LaneEvent) else event.kind
        self.left -= inner == self.kind

    def is_set(self) -> bool:
        return self.left <= 0


@pytest.mark.parametrize(
    ("kind", "count"),
    [("run_started", 1), ("generated", 1), ("planned", 1), ("step_solved", 2), ("sampled", 12)],
)
def test_ledgers_balance_after_stop(kind: str, count: int, engine: OnnxEngine) -> None:
    stop: Any = Stop(kind, count)
    found = play(engine, lanes=ALL, budget="16/step", cancel=stop, watch=stop.watch)
    assert found.status == "stopped"


def test_ledgers_balance_when_the_reader_leaves(engine: OnnxEngine) -> None:
    async def leave() -> None:
        events = duel(PROBLEM, engine=engine, budget="16/step")
        async for event in events:
            if isinstance(event, dv.Generated):
                break
        await events.aclose()  # type: ignore[attr-defined]

    asyncio.run(leave())
    settled = engine.counters
    asyncio.run(asyncio.sleep(0.3))
    assert engine.counters == settled


def scripted(lanes: Sequence[str], cancel: Cancel | None = None, **roles: Any) -> dv.Duel:
    engine = ScriptedEngine(script(**roles))
    return play(
        engine,
        "What is (37*48+125*16) mod 13?",
        lanes=lanes,
        dialect=OpenDialect(),
        cancel=cancel,
        options={"checker": "model", "accept": 0.5},
    )


def test_ledgers_balance_after_forced_retries() -> None:
    found = scripted(
        ALL, outline=by_index("??"), rate=lambda body, seed, i: "9" if seed % 2 else "x"
    )
    retried = sum(e.retried or 0 for run in found.lanes.values() for e in run.ledger.entries)
    assert retried > 0
    fallen = {f.what for r in found.lanes.values() for n in r.nodes.values() for f in n.fallbacks}
    assert "one-step plan" in fallen


def test_unreadable_results_end_in_failures_not_in_answers() -> None:
    found = scripted(WITH_A_PLAN, s1="?", s2="=?", last1="?", last2="=?")
    assert {run.status for run in found.lanes.values()} <= {"unsolved", "refused"}
    assert all(run.answer is None for run in found.lanes.values())


def test_an_engine_that_fails_ends_every_lane_with_its_message() -> None:
    found = scripted(FOUR, s2=fails("out of memory"), s1=fails("out of memory"))
    assert found.status == "failed"
    assert {r.end.message for r in found.lanes.values() if r.end} == {"out of memory"}


def judged(judge: Callable[[str], float]) -> tuple[dv.Duel, Rewarding]:
    engine = Rewarding(script(s1=by_index("1", "2", "3")), judge=judge)
    found = play(engine, "What is (37*48+125*16) mod 13?", lanes=FOUR, dialect=OpenDialect())
    return found, engine


def test_a_process_reward_model_is_asked_once_for_all_lanes() -> None:
    found, engine = judged(lambda line: 0.9 if line.endswith(("1776", "2000", "= 6")) else 0.3)
    assert found.status == "solved"
    assert len(engine.read) == len(set(engine.read)) > 4
    paid = [run.ledger.of_stage("judge").prompt or 0 for run in found.lanes.values()]
    assert sum(prompt > 0 for prompt in paid) >= 2
    replayed = asyncio.run(replay(found, dialect=OpenDialect()))
    assert {n: allocations(r) for n, r in replayed.lanes.items()} == {
        n: allocations(r) for n, r in found.lanes.items()
    }


def test_ledgers_balance_when_a_process_reward_model_fails() -> None:
    """What it read before it failed is charged to whoever asked, and told (see `play`)."""

    def fails_late(line: str) -> float:
        if "3776" in line:
            raise EngineError("the reward model is gone")
        return 0.3

    found, _ = judged(fails_late)
    failed = [run for run in found.lanes.values() if run.status == "failed"]
    assert failed and all(run.end and "is gone" in run.end.message for run in failed)
    for run in failed:
        lost = [e for e in run.events if isinstance(e, ev.Measured) and not e.items]
        assert lost and all(e.usage.prompt for e in lost)


# ---- replay ------------------------------------------------------------------------------------


def again(recorded: dv.Duel, **asked: Any) -> dv.Duel:
    return asyncio.run(replay(recorded, **asked))


def test_a_replay_decides_the_same_byte_for_byte(recorded: dv.Duel) -> None:
    found = again(recorded)
    assert found.start is not None and found.start.recorded
    assert found.physical == Usage() and not found.generated
    for name, run in recorded.lanes.items():
        assert allocations(found.lanes[name]) == allocations(run)
        assert told(found.lanes[name]) == told(run)


def test_replays_of_one_duel_leave_nothing_behind_for_the_next(recorded: dv.Duel) -> None:
    """What is kept with the duel between two of them changes no decision, nor what is missing."""
    lacking = again(recorded, budget="9/step", lanes=["uniform"])
    twice = again(recorded, budget="9/step", lanes=["uniform"])
    assert lacking.end is not None and twice.end is not None
    assert lacking.end.missing and lacking.end.missing == twice.end.missing
    found = again(recorded)
    fresh = again(dv.Duel(recorded.events))
    assert found.end is not None and found.end.missing == ()
    for name, run in recorded.lanes.items():
        assert told(found.lanes[name]) == told(fresh.lanes[name]) == told(run)


def test_a_duel_survives_being_written_and_read(recorded: dv.Duel) -> None:
    lines = [json.dumps(dv.to_json(event)) for event in recorded.events]
    back = dv.Duel(dv.from_json(json.loads(line)) for line in lines)
    assert [json.dumps(dv.to_json(event)) for event in back.events] == lines
    assert allocations(again(back).lanes["dora"]) == allocations(recorded.lanes["dora"])


def test_a_replay_needs_no_engine_for_smaller_budgets(engine: OnnxEngine) -> None:
    """Where the results of a step agree: another majority would lead to steps nobody recorded."""
    sure = play(engine, "What is 37*48 + 12*16 + 35*27?", lanes=["uniform", "bandit"])
    found = again(sure, budget="2/step", lanes=["uniform", "bandit"])
    assert found.end is not None and found.end.missing == ()
    assert all(run.rollouts <= 2 * len(run.steps) for run in found.lanes.values())


def test_a_replay_says_what_the_bank_lacks_and_an_engine_can_fill_it(
    recorded: dv.Duel, engine: OnnxEngine
) -> None:
    lacking = again(recorded, budget="9/step", lanes=["uniform"])
    assert lacking.end is not None and lacking.status == "failed"
    assert ("2", "system2", 5) in lacking.end.missing

    async def fill() -> list[dv.DuelEvent]:
        bank = bank_of(recorded, engine)
        asked = {"lanes": ["uniform"], "budget": "9/step", "seed": SEED}
        return [e async for e in duel(PROBLEM, bank=bank, **asked)]

    filled = dv.Duel(asyncio.run(fill()))
    assert filled.lanes["uniform"].rollouts == 36
    assert sum(g.samples for g in filled.generated) < 36


@pytest.mark.parametrize(
    "settings",
    [{"T_b": 0.0}, {"T_b": 10.0}, {"kappa": 0.0}, {"kappa": 1e6}, {"directions": "soft"}],
)
def test_sliders_decide_anew_and_still_split_the_whole_budget(
    settings: Mapping[str, Any], recorded: dv.Duel
) -> None:
    found = again(recorded, lanes=["dora"], settings=settings)
    rounds = [r for r in found.lanes["dora"].rounds if r.shares]
    assert rounds and all(sum(s.count for s in r.shares) == r.budget for r in rounds)


def test_tau_decides_the_scale_lane_anew(recorded: dv.Duel) -> None:
    easy = again(recorded, lanes=["scale"], options={"tau": 1.0, "escalate": False})
    modes = {n.mode for n in easy.lanes["scale"].steps if n.mode is not None}
    assert modes == {"system1"} or (easy.end is not None and easy.end.missing)


# ---- tight budgets of tokens -------------------------------------------------------------------


def stages(run: Run) -> set[str]:
    return {c.stage for n in run.nodes.values() for c in n.calls}


@pytest.mark.parametrize("lane", ["scale", "optimal"])
def test_ratings_are_bought_only_if_they_leave_enough(lane: str, engine: OnnxEngine) -> None:
    assert "rate" not in stages(play(engine, lanes=[lane], budget="260 tokens").lanes[lane])
    assert "rate" in stages(play(engine, lanes=[lane], budget="2000 tokens").lanes[lane])


def test_a_mode_without_a_rating_has_its_reason(engine: OnnxEngine) -> None:
    run = play(engine, lanes=["scale"], budget="260 tokens").lanes["scale"]
    told = [e.reason for e in run.events if isinstance(e, ev.Assigned)]
    assert told and all("tokens are left" in reason for reason in told)


def test_a_replay_of_tokens_decides_the_same(engine: OnnxEngine) -> None:
    before = play(engine, lanes=WITH_A_PLAN, budget="330 tokens")
    after = again(before)
    assert after.physical == Usage()
    for name, run in before.lanes.items():
        assert told(after.lanes[name]) == told(run)
