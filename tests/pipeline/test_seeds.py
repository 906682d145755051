"""Seeds follow from the run's seed and the place that asks, on every machine."""

from __future__ import annotations

import hashlib
from itertools import product

import pytest

from scale_core.pipeline.context import derive
from scale_core.trace import events as ev
from tests.pipeline.scripted import Handler, ScriptedEngine, kinds, play, script


@pytest.mark.parametrize(
    ("parts", "seed"),
    [
        ((0, "plan", "outline", 0, 0), 671286294182894682),
        ((7, "3", "system2", 0, 2), 8154981858410621689),
    ],
)
def test_derived_seeds_stay_as_they_are(parts: tuple[int, str, str, int, int], seed: int) -> None:
    assert derive(*parts) == seed


def test_derived_seeds_are_63_bits() -> None:
    assert all(0 <= derive(i, "x") < 2**63 for i in range(200))
    assert any(derive(i, "x") >= 2**62 for i in range(200))


def test_derived_seeds_are_distinct() -> None:
    places = list(product(range(4), ("plan", "1", "11", "2"), ev.STAGES, range(4), range(11)))
    assert len({derive(*place) for place in places}) == len(places)


@pytest.mark.parametrize("preset", ["scale", "faithful"])
def test_no_two_requests_of_a_run_share_a_seed(preset: str) -> None:
    engine = ScriptedEngine(
        script(rate="junk", s1="?", s2="?", choose="?", verify="?", last1="?", last2="?")
    )
    play(engine, preset=preset)
    seeds = [call.request.seed for call in engine.calls]
    assert len(set(seeds)) == len(seeds)


def test_the_runs_seed_changes_all_seeds() -> None:
    engines = [ScriptedEngine(), ScriptedEngine()]
    for seed, engine in enumerate(engines):
        play(engine, seed=seed)
    one, other = ({call.request.seed for call in engine.calls} for engine in engines)
    assert not one & other


def random_reply(body: str, seed: int, index: int) -> str:
    """A guess that follows from the seed and the sample alone, sometimes unreadable."""
    number = hashlib.blake2b(f"{body}/{seed}/{index}".encode()).digest()[0]
    return "?" if number < 60 else str(number)


def story(events: list[ev.Event]) -> list[str]:
    """What happened, without times and without the order among independent steps."""
    return sorted(
        str({k: v for k, v in ev.to_json(e).items() if k not in ("t", "seconds", "run")})
        for e in events
        if not isinstance(e, ev.Progress)
    )


RANDOM: dict[str, Handler] = dict.fromkeys(("rate", "s1", "verify"), random_reply) | {
    "s2": lambda body, seed, index: "=" + random_reply(body, seed, index)
}


@pytest.mark.parametrize("seed", range(4))
def test_same_seed_same_run(seed: int) -> None:
    first, second = (play(ScriptedEngine(script(**RANDOM)), seed=seed) for _ in range(2))
    assert story(first.events) == story(second.events)


@pytest.mark.parametrize("seed", range(6))
def test_parallel_or_in_order_gives_the_same_results(seed: int) -> None:
    runs = [
        play(ScriptedEngine(script(**RANDOM)), seed=seed, parallel=parallel)
        for parallel in (True, False)
    ]
    results = [
        {(e.node, e.result, e.mode, e.doubted) for e in kinds(run, ev.StepSolved)} for run in runs
    ]
    assert results[0] == results[1]
    assert runs[0].ledger.total == runs[1].ledger.total
