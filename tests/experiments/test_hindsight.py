"""Hindsight on the embedded model: chances, the frontier, what lanes are worth, regrets."""

from __future__ import annotations

import asyncio
import itertools
from math import prod, sqrt
from statistics import fmean

import pytest

from scale_core.allocation.frontier import frontier
from scale_core.allocation.intervals import wilson
from scale_core.allocation.policies import Option, Policy
from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.engines.base import Engine, EngineError
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.sample_cache import CachedEngine
from scale_core.experiments.hindsight import Hindsight, LaneWorth, Unavailable, hindsight, spread
from scale_core.experiments.oracle_samples import ByMode, Pools, Resampled, options_of, record
from scale_core.pipeline.context import Stopped
from scale_core.pipeline.step_sampler import StepSampler
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.runs.replay import make_context, recall
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from tests.experiments.duels import HARD, HARD_ANSWER, QUICK_LANE, After, play

SAMPLES, REPEATS = 8, 6
UNSURE = "What is 4513 - 2876?"
"""One sub-problem, which System 2 gets right three times of four."""


@pytest.fixture(scope="module")
def duel(engine: Engine) -> dv.Duel:
    lanes = ("uniform", "scale", "bandit", "cot")
    return play(engine, HARD, HARD_ANSWER, lanes=lanes, budget="2/step", seed=3)


@pytest.fixture(scope="module")
def looked(engine: Engine, duel: dv.Duel) -> Hindsight:
    return asyncio.run(hindsight(duel, engine, samples=SAMPLES, repeats=REPEATS))


def lane(found: Hindsight, name: str) -> LaneWorth:
    return next(worth for worth in found.lanes if worth.lane == name)


def drawn(engine: Engine, duel: dv.Duel, samples: int) -> dict[str, ByMode]:
    """Samples of every sub-problem with right inputs, as hindsight records them."""
    from scale_core.experiments.oracle_samples import right_values

    assert duel.plan is not None
    values = right_values(duel.plan)
    assert values is not None

    async def run() -> dict[str, ByMode]:
        pools = Pools(engine)
        recall(pools, duel)
        ctx = make_context(duel, CachedEngine(pools), AbacusDialect())
        assert duel.plan is not None and values is not None
        return await record(ctx, pools, duel.plan, values, samples)

    return asyncio.run(run())


# ---- the bank ------------------------------------------------------------------------------


def test_chances_and_costs_are_the_samples(engine: Engine, duel: dv.Duel) -> None:
    """Each sub-problem solved on its own, sample by sample, with its right inputs."""
    found = asyncio.run(hindsight(duel, engine, samples=4, repeats=1))
    assert duel.plan is not None
    ctx = make_context(duel, engine, AbacusDialect())
    known: dict[str, str] = {}
    for step, told in zip(duel.plan.steps, found.steps, strict=True):
        for mode, rate, cost in zip(Mode, told.rates, told.costs, strict=True):
            results, tokens = [], []
            for i in range(4):
                before = engine.counters.total or 0
                desk = StepSampler(ctx, duel.plan, step, dict(known), skip=i)
                results += [d.result for d in asyncio.run(desk.draw(mode, 1))]
                tokens.append((engine.counters.total or 0) - before)
            assert rate == fmean(r == told.right for r in results)
            assert cost == fmean(tokens)
        known[step.id] = told.right


def test_what_looking_back_costs_is_counted(engine: Engine, duel: dv.Duel) -> None:
    before = engine.counters.total or 0
    found = asyncio.run(hindsight(duel, engine, samples=4, repeats=2))
    assert found.generated == (engine.counters.total or 0) - before > 0


def test_the_duel_is_not_touched(engine: Engine, duel: dv.Duel) -> None:
    events = list(duel.events)
    asyncio.run(hindsight(duel, engine, samples=2, repeats=1))
    assert duel.events == events


# ---- policies under the bank ---------------------------------------------------------------


@pytest.fixture(scope="module")
def few(engine: Engine) -> tuple[dv.Duel, ByMode]:
    """Few enough samples to try every course."""
    duel = play(engine, UNSURE, lanes=("scale",), budget="1/step", seed=11)
    assert duel.plan is not None and len(duel.plan.steps) == 1
    return duel, drawn(engine, duel, 3)["1"]


@pytest.mark.parametrize("modes", [(1,), (2,), (2, 2), (2, 2, 2), (1, 1, 1)])
def test_votes_are_worth_what_all_courses_give(
    few: tuple[dv.Duel, ByMode], modes: tuple[int, ...]
) -> None:
    one_mode = few[1][modes[0] - 1]
    won, spent = 0.0, 0.0
    courses = list(itertools.product(range(3), repeat=len(modes)))
    for course in courses:
        results = [one_mode.draws[i].result for i in course]
        counts = {r: results.count(r) for r in dict.fromkeys(results) if r is not None}
        won += bool(counts) and max(counts, key=lambda r: counts[r]) == "1637"
        spent += one_mode.prompt + sum(
            one_mode.draws[i].sample.completion_tokens or 0 for i in course
        )
    option = chosen(few[1], Policy(modes))
    assert option.success == pytest.approx(won / len(courses), abs=1e-6)
    assert option.cost == pytest.approx(spent / len(courses))


@pytest.mark.parametrize(
    ("modes", "sure"),
    [((1,), False), *[(m, s) for m in ((2, 2), (1, 2), (1, 2, 2)) for s in (False, True)]],
)
def test_checked_policies_are_worth_what_all_courses_give(
    few: tuple[dv.Duel, ByMode], modes: tuple[int, ...], sure: bool
) -> None:
    won, spent = 0.0, 0.0
    courses = list(itertools.product(range(3), repeat=len(modes)))
    for course in courses:
        success, tokens = followed(few[1], modes, course, sure)
        won, spent = won + success, spent + tokens
    option = chosen(few[1], Policy(modes, verified=not sure, sure=sure))
    exact = 1e-6 if not sure else 0.02
    assert option.success == pytest.approx(won / len(courses), abs=exact)
    assert option.cost == pytest.approx(spent / len(courses), rel=1e-6 if not sure else 0.01)


def followed(
    pair: ByMode, modes: tuple[int, ...], course: tuple[int, ...], sure: bool
) -> tuple[bool, float]:
    """One course of a policy: whether its result is right, and its tokens."""
    doubts: dict[str, float] = {}
    result, spent = None, 0.0
    for mode, i in zip(modes, course, strict=True):
        one_mode = pair[mode - 1]
        draw = one_mode.draws[i]
        spent += one_mode.tokens[i]
        confident = prod(2.718281828459045 ** (t.logprob or 0) for t in draw.sample.tokens)
        if not sure:
            result = draw.result
            if result is not None and confident >= one_mode.accept:
                return result == "1637", spent
        elif draw.result is not None:
            doubts[draw.result] = doubts.get(draw.result, 1.0) * (1 - confident)
            if 1 - doubts[draw.result] >= one_mode.accept:
                return draw.result == "1637", spent
    if sure:
        result = min(doubts, key=lambda r: doubts[r]) if doubts else None
    return result == "1637", spent


def chosen(pair: ByMode, policy: Policy) -> Option:
    return next(o for o in options_of(pair, "1637", 3) if o.policy == policy)


# ---- the frontier --------------------------------------------------------------------------


def test_no_choice_of_single_policies_beats_the_frontier(engine: Engine, duel: dv.Duel) -> None:
    from scale_core.experiments.oracle_samples import right_values

    assert duel.plan is not None
    values = right_values(duel.plan)
    assert values is not None
    banks = drawn(engine, duel, SAMPLES)
    options = [options_of(banks[s.id], values[s.id], 2) for s in duel.plan.steps][:3]
    found = frontier(options, most=2000)
    for combination in itertools.product(*options):
        cost, success = sum(o.cost for o in combination), prod(o.success for o in combination)
        reached = [s for c, s in zip(found.costs, found.successes, strict=True) if c <= cost + 1e-6]
        assert reached and max(reached) >= success / (1 + found.tolerance) - 1e-9


def test_the_frontier_rises_and_names_its_policies(looked: Hindsight, duel: dv.Duel) -> None:
    costs, successes = [p[0] for p in looked.frontier], [p[1] for p in looked.frontier]
    assert costs == sorted(set(costs)) and successes == sorted(successes)
    assert costs[0] > looked.planning
    assert duel.plan is not None
    for _, _, policies in looked.frontier:
        assert len(policies) == len(duel.plan.steps)
        assert all("System" in policy for policy in policies)
    best = prod(max(s.rates) for s in looked.steps)
    assert successes[-1] >= best - 1e-6, "one sample of the better mode each is in the class"


def test_many_points_are_shown_as_few() -> None:
    options = [
        Option(Policy((1,)), 0.5 + i / 200, 10.0 + 0.1 * i + 7 * (i % 3 == 0)) for i in range(90)
    ]
    found = frontier([options, options, options], most=2000)
    picked = spread(found, 40)
    assert len(found) > 100 and 20 <= len(picked) <= 40
    assert picked[0] == 0 and picked[-1] == len(found) - 1
    places = found.costs[picked] / (found.costs[-1] - found.costs[0])
    assert max(b - a for a, b in itertools.pairwise(places)) < 0.15


# ---- lanes ---------------------------------------------------------------------------------


def test_a_lane_all_in_system_1_is_worth_the_product_of_its_chances(engine: Engine) -> None:
    """A plan of one sub-problem: nothing depends on anything."""
    duel = play(engine, UNSURE, seed=1, **QUICK_LANE)
    found = asyncio.run(hindsight(duel, engine, samples=SAMPLES, repeats=60))
    (step,), (worth,) = found.steps, found.lanes
    sure = wilson(round(worth.success.mean * 60), 60, level=0.9999)
    assert sure.low <= step.rates[0] <= sure.high
    ratings = duel.lanes["scale"].ledger.of_stage("rate").total or 0
    assert worth.tokens.mean == pytest.approx(found.planning + ratings + step.costs[0], abs=1)


def test_a_lane_in_system_2_is_worth_the_product_of_its_chances(engine: Engine) -> None:
    """Plan of three sub-problems of which one is unsure; a wrong one is never made good."""
    terms = {**QUICK_LANE, "options": {"tau": -1.0}}
    duel = play(engine, "What is 2854 mod 57 + 9*8?", seed=1, **terms)
    assert duel.plan is not None and len(duel.plan.steps) > 1
    found = asyncio.run(hindsight(duel, engine, samples=SAMPLES, repeats=60))
    product = prod(step.rates[1] for step in found.steps)
    assert 0.05 < product < 0.95, "a certain outcome would prove nothing"
    (worth,) = found.lanes
    sure = wilson(round(worth.success.mean * 60), 60, level=0.9999)
    assert sure.low <= product <= sure.high


def test_lanes_lie_where_their_draws_say(looked: Hindsight, duel: dv.Duel) -> None:
    assert [worth.lane for worth in looked.lanes] == list(duel.lanes)
    for worth in looked.lanes:
        assert worth.success.low <= worth.success.mean <= worth.success.high
        assert worth.tokens.low <= worth.tokens.mean <= worth.tokens.high
        assert worth.success.mean * REPEATS == pytest.approx(round(worth.success.mean * REPEATS))
    assert lane(looked, "uniform").tokens.mean > lane(looked, "scale").tokens.mean
    cot = duel.lanes["cot"].ledger.total.total or 0
    assert lane(looked, "cot").tokens.mean == pytest.approx(cot, rel=0.5), "it pays for no plan"


def test_regrets_have_the_sign_of_their_side(looked: Hindsight) -> None:
    costs, successes = zip(*((c, s) for c, s, _ in looked.frontier), strict=True)
    for worth in looked.lanes:
        reached = [s for c, s in zip(costs, successes, strict=True) if c <= worth.tokens.mean]
        best = max(reached, default=0.0)
        assert worth.regret_success == pytest.approx(best - worth.success.mean, abs=0.02)
        if worth.regret_success > 0.02 and worth.success.mean > 0:
            assert worth.regret_tokens is not None and worth.regret_tokens > 0
        as_good = [c for c, s in zip(costs, successes, strict=True) if s >= worth.success.mean]
        assert (worth.regret_tokens is None) == (not as_good)
        if as_good:
            assert worth.regret_tokens == pytest.approx(worth.tokens.mean - min(as_good), abs=2)


def test_what_was_best_at_a_lane_s_cost(looked: Hindsight, duel: dv.Duel) -> None:
    assert duel.plan is not None
    for worth in looked.lanes:
        if worth.best_point is None:
            assert worth.best == () and worth.tokens.mean < looked.frontier[0][0]
            continue
        tokens, success = worth.best_point
        assert looked.planning < tokens <= worth.tokens.mean + 1e-6
        assert success == pytest.approx(worth.success.mean + worth.regret_success, abs=1e-5)
        assert [name for name, _ in worth.best] == [s.name for s in duel.plan.steps]


def test_looking_back_twice_tells_the_same(
    engine: Engine, duel: dv.Duel, looked: Hindsight
) -> None:
    again = asyncio.run(hindsight(duel, engine, samples=SAMPLES, repeats=REPEATS))
    assert again.lanes == looked.lanes and again.frontier == looked.frontier


# ---- drawn anew ----------------------------------------------------------------------------


def test_samples_come_at_random_from_the_pool(engine: Engine) -> None:
    duel = play(engine, UNSURE, seed=2, **QUICK_LANE)
    (asked,) = [e for e in duel.lanes["scale"].events if isinstance(e, ev.Sampled)
                and e.stage == "system1"]  # fmt: skip
    texts: list[str] = []

    async def run() -> list[str]:
        pools = Pools(engine)
        recall(pools, duel)
        ctx = make_context(duel, CachedEngine(pools), AbacusDialect())
        assert duel.plan is not None
        step = duel.plan.steps[0]
        pool = [
            d.sample.text for d in await StepSampler(ctx, duel.plan, step, {}).draw(Mode.SYSTEM1, 4)
        ]
        for number in range(200):
            account = CachedEngine(Resampled(pools, number, 4))
            mine = make_context(duel, account, AbacusDialect())
            (draw,) = await StepSampler(mine, duel.plan, step, {}).draw(Mode.SYSTEM1, 1)
            again = await StepSampler(mine, duel.plan, step, {}).draw(Mode.SYSTEM1, 1)
            assert draw.sample == again[0].sample, "one draw gives all lanes the same sample"
            texts.append(draw.sample.text)
        return pool

    pool = asyncio.run(run())
    assert asked.samples[0].text == pool[0], "recorded samples are the pool's"
    for text in set(pool):
        share = pool.count(text) / 4
        assert abs(texts.count(text) / 200 - share) < 5 * sqrt(share * (1 - share) / 200) + 1e-9


# ---- where there is none, and stopping -----------------------------------------------------


def test_without_a_plan_there_is_none(engine: Engine) -> None:
    duel = play(engine, UNSURE, lanes=("cot",), budget="1/step")
    with pytest.raises(Unavailable, match="no lane has a plan"):
        asyncio.run(hindsight(duel, engine))


def test_foreign_plans_have_none(engine: Engine, duel: dv.Duel) -> None:
    assert duel.plan is not None
    words = tuple(SubProblem(s.id, s.name, "how many apples", s.depends_on)
                  for s in duel.plan.steps)  # fmt: skip
    events = []
    for event in duel.events:
        if isinstance(event, dv.LaneEvent) and isinstance(event.event, ev.Planned):
            told = ev.Planned(steps=words, outline="in words", how="")
            event = dv.LaneEvent(lane=event.lane, event=told)
        events.append(event)
    foreign = dv.Duel(events)
    assert isinstance(foreign.plan, Plan)
    with pytest.raises(Unavailable, match="not known"):
        asyncio.run(hindsight(foreign, engine))


def test_a_wrong_plan_has_none(engine: Engine) -> None:
    duel = play(engine, UNSURE, "1", lanes=("scale",), budget="1/step")
    with pytest.raises(Unavailable, match="leads to 1637 instead of 1"):
        asyncio.run(hindsight(duel, engine))


@pytest.mark.parametrize("looks", [0, 60])
def test_stop_ends_it(engine: Engine, duel: dv.Duel, looks: int) -> None:
    with pytest.raises(Stopped):
        asyncio.run(hindsight(duel, engine, samples=64, repeats=200, cancel=After(looks)))


def test_a_failing_engine_is_told(engine: Engine, duel: dv.Duel) -> None:
    closed = OnnxEngine(engine.folder, threads=1)  # type: ignore[attr-defined]
    asyncio.run(closed.close())
    with pytest.raises(EngineError):
        asyncio.run(hindsight(duel, closed, samples=2, repeats=1))


def test_progress_counts_the_draws(engine: Engine, duel: dv.Duel) -> None:
    seen: list[tuple[int, int]] = []
    asyncio.run(hindsight(duel, engine, samples=2, repeats=3, progress=lambda *x: seen.append(x)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
