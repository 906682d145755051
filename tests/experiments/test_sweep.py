"""The threshold sweep on the embedded model: its ends are the pure runs, its middle is what tau
says."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from statistics import fmean

import pytest

from scale_core import solve
from scale_core.engines.base import Engine, EngineError
from scale_core.engines.sample_cache import Missing
from scale_core.experiments.sweep import Sweep, SweepPoint, sweep
from scale_core.pipeline.context import Stopped
from scale_core.problem import Mode
from scale_core.runs.replay import bank_of
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from tests.experiments.duels import HARD, HARD_ANSWER, After, play

REPEATS, SEED = 3, 5


@pytest.fixture(scope="module")
def duel(engine: Engine) -> dv.Duel:
    return play(engine, HARD, HARD_ANSWER, lanes=("scale", "uniform"), budget="2/step", seed=SEED)


@pytest.fixture(scope="module")
def swept(engine: Engine, duel: dv.Duel) -> Sweep:
    return asyncio.run(sweep(duel, engine, repeats=REPEATS))


def pure(engine: Engine, preset: str, problem: str, seed: int) -> Run:
    async def run() -> Run:
        return Run([e async for e in solve(problem, preset=preset, seed=seed, engine=engine)])

    return asyncio.run(run())


def modes(run: Run) -> dict[str, Mode | None]:
    return {node.id: node.mode for node in run.steps}


def samples(run: Run, *stages: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return sorted(
        (e.node, e.prompt, tuple(s.text for s in e.samples))
        for e in run.events
        if isinstance(e, ev.Sampled) and e.stage in stages
    )


# ---- the ends ------------------------------------------------------------------------------


@pytest.mark.parametrize(("end", "preset"), [(0, "system2"), (-1, "system1")])
def test_the_ends_are_the_pure_runs(engine: Engine, swept: Sweep, end: int, preset: str) -> None:
    mine, alone = swept.points[end].runs[0], pure(engine, preset, HARD, SEED)
    assert mine.answer is not None and alone.answer is not None
    assert mine.answer.answer == alone.answer.answer
    assert mine.ledger.total == alone.ledger.total
    assert samples(mine, "system1", "system2") == samples(alone, "system1", "system2")
    assert {n.id: n.result for n in mine.steps} == {n.id: n.result for n in alone.steps}


def test_the_ends_are_the_pure_runs_where_replies_are_tried_again(engine: Engine) -> None:
    """Within this limit no System 2 reply can be finished."""
    options = {"system2_max_tokens": 12}
    duel = play(engine, HARD, None, lanes=("scale",), budget="1/step", options=options, seed=SEED)
    found = asyncio.run(sweep(duel, engine, repeats=1))
    mine = found.points[0].runs[0]

    async def run() -> Run:
        events = solve(HARD, preset="system2", options=options, seed=SEED, engine=engine)
        return Run([e async for e in events])

    alone = asyncio.run(run())
    assert any(isinstance(e, ev.Retried) for e in alone.events)
    assert mine.ledger.total == alone.ledger.total
    assert samples(mine, "system2") == samples(alone, "system2")


# ---- between -------------------------------------------------------------------------------


def test_every_tau_has_one_assignment(swept: Sweep) -> None:
    points, difficulty = swept.points, dict(swept.difficulty)
    assert 2 <= len(points) <= len(difficulty) + 1
    assert points[0].low < 0 and points[0].slow == tuple(difficulty)
    assert points[-1].high == 1.0 and points[-1].slow == ()
    for before, after in pairwise(points):
        assert before.high == after.low
        assert set(after.slow) < set(before.slow), "as tau rises, steps leave System 2"
    for point in points:
        for tau in (point.low, (point.low + point.high) / 2):
            assert point.slow == tuple(id for id, d in difficulty.items() if d > tau)


def test_each_run_follows_its_assignment(swept: Sweep) -> None:
    for point in swept.points:
        assert len(point.runs) == REPEATS
        for run in point.runs:
            for id, mode in modes(run).items():
                assert mode is (Mode.SYSTEM2 if id in point.slow else Mode.SYSTEM1)


def test_numbers_are_means_over_the_runs(swept: Sweep) -> None:
    for point in swept.points:
        assert point.tokens == fmean(run.ledger.total.total or 0 for run in point.runs)
        right = [run.grade is not None and run.grade.verdict == "equal" for run in point.runs]
        assert point.right == fmean(right)


def test_repeats_take_other_samples(swept: Sweep) -> None:
    """Sample r of each prompt belongs to repeat r."""
    for point in (swept.points[0], swept.points[-1]):
        firsts = [{e.first for e in run.events if isinstance(e, ev.Sampled)
                   and e.stage in ("system1", "system2")} for run in point.runs]  # fmt: skip
        assert firsts == [{r} for r in range(REPEATS)]


def test_the_chosen_point_is_where_tau_lies(engine: Engine, duel: dv.Duel, swept: Sweep) -> None:
    def holds(found: Sweep) -> SweepPoint:
        chosen = found.points[found.chosen]
        assert chosen.low <= found.tau < chosen.high or found.tau >= found.points[-1].low
        return chosen

    holds(swept)
    for tau in (-1.0, 1.0):
        options = {"tau": tau}
        other = play(engine, HARD, lanes=("scale",), budget="1/step", options=options, seed=SEED)
        slow = holds(asyncio.run(sweep(other, engine, repeats=1))).slow
        assert bool(slow) == (tau < 0)


def test_ratings_are_told_apart(swept: Sweep) -> None:
    assert swept.rating_tokens > 0
    for point in swept.points:
        for run in point.runs:
            assert (run.ledger.of_stage("rate").total or 0) == 0


def test_modes_that_are_fixed_can_be_swept_too(engine: Engine) -> None:
    options = {"assign": "system1", "escalate": False, "verify": "none"}
    duel = play(engine, "What is 12*7 + 15?", lanes=("scale",), budget="1/step", options=options)
    found = asyncio.run(sweep(duel, engine, repeats=1))
    assert found.points[0].slow == tuple(id for id, _ in found.difficulty) != ()


# ---- agreement, records, stopping ----------------------------------------------------------


def test_without_an_expected_answer_agreement_is_told(engine: Engine) -> None:
    duel = play(engine, HARD, lanes=("scale",), budget="1/step", seed=SEED)
    found = asyncio.run(sweep(duel, engine, repeats=2))
    assert all(point.right is None for point in found.points)
    slow = [run.answer.answer if run.answer else None for run in found.points[0].runs]
    assert None not in slow
    assert found.points[0].agree == (1.0 if len(set(slow)) == 1 else 0.5)


def test_what_was_recorded_is_not_generated_again(engine: Engine, duel: dv.Duel) -> None:
    bank = bank_of(duel, engine)
    first = asyncio.run(sweep(duel, engine, bank=bank, repeats=1))
    before = engine.counters
    assert asyncio.run(sweep(duel, engine, bank=bank, repeats=1)).points[0].tokens == (
        first.points[0].tokens
    )
    assert engine.counters == before


def test_without_an_engine_a_missing_sample_is_told(duel: dv.Duel) -> None:
    with pytest.raises(Missing):
        asyncio.run(sweep(duel, None, repeats=1))


@pytest.mark.parametrize("looks", [0, 40])
def test_stop_ends_it(engine: Engine, duel: dv.Duel, looks: int) -> None:
    with pytest.raises(Stopped):
        asyncio.run(sweep(duel, engine, repeats=64, cancel=After(looks)))


def test_a_failing_engine_is_told(engine: Engine, duel: dv.Duel) -> None:
    """A run that the engine could not serve must not count as a wrong answer."""
    from scale_core.engines.embedded.engine import OnnxEngine

    closed = OnnxEngine(engine.folder, threads=1)  # type: ignore[attr-defined]
    asyncio.run(closed.close())
    with pytest.raises(EngineError):
        asyncio.run(sweep(duel, closed, repeats=2))


def test_progress_counts_the_runs(engine: Engine, duel: dv.Duel, swept: Sweep) -> None:
    seen: list[tuple[int, int]] = []
    asyncio.run(sweep(duel, engine, repeats=2, progress=lambda *x: seen.append(x)))
    total = 2 * len(swept.points)
    assert seen == [(i, total) for i in range(total + 1)]


def test_a_duel_that_has_not_started_has_no_sweep(engine: Engine) -> None:
    with pytest.raises(ValueError, match="no duel"):
        asyncio.run(sweep(dv.Duel(), engine))
