"""`solve` on the real embedded engine: what must hold for any model, and a few known answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from scale_core.engines.base import Engine, EngineError
from scale_core.engines.catalogue import embedded_engine
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.pipeline.options import PRESETS
from scale_core.runs.lanes import DETAIL, run_lanes
from scale_core.runs.solve import solve
from scale_core.trace import events as ev
from scale_core.trace.duel import LaneEvent
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage

PROBLEM = "What is (37*48 + 125*16) mod 13?"
POEM = "Write a poem about the sea."


@pytest.fixture(scope="module")
def engine(model_dir: Path) -> Iterator[OnnxEngine]:
    engine = OnnxEngine(model_dir)
    yield engine
    asyncio.run(engine.close())


def play(problem: str = PROBLEM, **keywords: Any) -> list[ev.Event]:
    """All events of a run. `watch`, if given, is called with each one as it comes."""
    watch: Callable[[ev.Event], None] = keywords.pop("watch", lambda _: None)

    async def collect() -> list[ev.Event]:
        events = []
        async for event in solve(problem, **keywords):
            events.append(event)
            watch(event)
        return events

    return asyncio.run(collect())


class Stop:
    """A cancel signal that is set once an event passes a test."""

    def __init__(self, when: Callable[[ev.Event], bool]) -> None:
        self.when, self.stopped = when, False

    def watch(self, event: ev.Event) -> None:
        self.stopped = self.stopped or self.when(event)

    def is_set(self) -> bool:
        return self.stopped


def spent(engine: Engine, before: Usage) -> Usage:
    """What the engine counted since `before`."""
    pairs = [(getattr(engine.counters, f), getattr(before, f))
             for f in ("prompt", "cached", "completion", "thinking")]  # fmt: skip
    return Usage(*(None if a is None or b is None else a - b for a, b in pairs))


def as_json(event: ev.Event) -> dict[str, Any]:
    return json.loads(json.dumps(ev.to_json(event)))


def by_place(events: list[ev.Event]) -> dict[str, list[dict[str, Any]]]:
    """Events by node (or kind and phase), in order, without what differs from run to run."""
    places: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        data = as_json(event)
        place = data.get("node") or f"{data['kind']} {data.get('phase', '')}"
        for key in ("t", "seconds", "run"):
            data.pop(key, None)
        data.get("usage", {}).pop("cached", None)
        places.setdefault(place, []).append(data)
    return places


def first(events: list[ev.Event], kind: type[ev.Event], node: str | None = None) -> int:
    return next(i for i, e in enumerate(events)
                if isinstance(e, kind) and node in (None, getattr(e, "node", None)))  # fmt: skip


# ---- the order of events -------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_starts_ends_and_keeps_time(engine: Engine, preset: str) -> None:
    events = play(engine=engine, preset=preset)
    assert isinstance(events[0], ev.RunStarted)
    assert isinstance(events[-1], ev.RunEnded)
    assert events[-1].status in ("solved", "unsolved")
    assert sum(isinstance(e, ev.RunStarted | ev.RunEnded) for e in events) == 2
    assert [e.t for e in events] == sorted(e.t for e in events)
    run = Run(events)
    assert (run.answer is None) == (run.status == "unsolved")
    assert all(node.state in ("solved", "failed") for node in run.steps)


def test_the_four_stages_come_in_order(engine: Engine) -> None:
    events = play(engine=engine)
    phases = [e.phase for e in events if isinstance(e, ev.Progress)]
    assert list(dict.fromkeys(phases)) == list(ev.PHASES)
    run = Run(events)
    planned = first(events, ev.Planned)
    for step in run.steps:
        rated, assigned = first(events, ev.Rated, step.id), first(events, ev.Assigned, step.id)
        assert planned < rated < assigned
        if step.started is not None:
            assert assigned < first(events, ev.StepStarted, step.id)


def test_a_step_starts_after_the_results_it_needs(engine: Engine) -> None:
    events = play(engine=engine)
    for step in Run(events).steps:
        if step.started is not None:
            begun = first(events, ev.StepStarted, step.id)
            assert all(first(events, ev.StepSolved, id) < begun for id in step.depends_on)
            assert [id for id, _ in step.received] == list(step.depends_on)


def test_a_chain_has_no_plan(engine: Engine) -> None:
    run = Run(play(engine=engine, preset="self-consistency"))
    assert run.plan is None
    assert {e.stage for e in run.ledger.entries} == {"chain"}
    assert sum(e.samples for e in run.ledger.entries) == 8


# ---- tokens --------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS)
def test_the_ledger_equals_the_engines_counters(engine: Engine, preset: str) -> None:
    before = engine.counters
    run = Run(play(engine=engine, preset=preset, seed=5))
    assert run.ledger.total == spent(engine, before)
    nodes = {e.node for e in run.ledger.entries}
    stages = {e.stage for e in run.ledger.entries}
    assert Usage.sum(run.ledger.of_node(n) for n in nodes) == run.ledger.total
    assert Usage.sum(run.ledger.of_stage(s) for s in stages) == run.ledger.total


@pytest.mark.parametrize(
    "when",
    [
        lambda e: isinstance(e, ev.Progress),
        lambda e: isinstance(e, ev.Sampled),
        lambda e: isinstance(e, ev.Planned),
        lambda e: isinstance(e, ev.StepStarted),
        lambda e: isinstance(e, ev.Sampled) and e.stage in ("system1", "system2"),
    ],
    ids=["at once", "after the outlines", "after the plan", "in a step", "after a sample"],
)
def test_stop_keeps_the_ledger_equal_to_the_counters(
    engine: Engine, when: Callable[[ev.Event], bool]
) -> None:
    before, stop = engine.counters, Stop(when)
    events = play(engine=engine, cancel=stop, watch=stop.watch, preset="system2")
    run = Run(events)
    assert run.ledger.total == spent(engine, before)
    assert all(node.state != "running" for node in run.nodes.values())
    # A run may reach its end before it looks at the signal again.
    assert run.status in ("stopped", "solved", "unsolved")


def test_stop_in_the_middle_of_a_request_is_charged(engine: Engine) -> None:
    before, sent = engine.counters, list[float]()

    class Watched:
        def __getattr__(self, name: str) -> Any:
            return getattr(engine, name)

        async def sample(self, *args: Any, **keywords: Any) -> Any:
            sent.append(monotonic())
            return await engine.sample(*args, **keywords)

    class SoonAfterwards:
        """Some tokens after the request was sent, long before 32 outlines can be there."""

        def is_set(self) -> bool:
            return bool(sent) and monotonic() - sent[0] > 0.1

    run = Run(play(engine=Watched(), cancel=SoonAfterwards(),
                   options={"outlines": 32, "outline_temperature": 2.0}))  # fmt: skip
    assert run.status == "stopped"
    (entry,) = run.ledger.entries
    assert entry.cancelled > 0
    assert run.ledger.total == spent(engine, before)


# ---- the same seed -------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_events(engine: Engine) -> None:
    if not engine.info.reproducible:
        pytest.skip("this engine does not promise it on this machine")
    assert by_place(play(engine=engine, seed=11)) == by_place(play(engine=engine, seed=11))


def test_another_seed_asks_with_other_seeds(engine: Engine) -> None:
    seeds = [{e.seed for e in play(engine=engine, seed=s) if isinstance(e, ev.Sampled)}
             for s in (1, 2)]  # fmt: skip
    assert not seeds[0] & seeds[1]


def test_load_does_not_change_a_run(engine: Engine) -> None:
    """Two runs at the same time on one engine are what each is alone."""
    if not engine.info.reproducible:
        pytest.skip("this engine does not promise it on this machine")

    async def collect(seed: int) -> list[ev.Event]:
        return [event async for event in solve(PROBLEM, engine=engine, seed=seed)]

    async def both() -> tuple[list[ev.Event], list[ev.Event]]:
        one, two = await asyncio.gather(collect(3), collect(4))
        return one, two

    together = asyncio.run(both())
    for seed, events in zip((3, 4), together, strict=True):
        assert by_place(events) == by_place(play(engine=engine, seed=seed))


def test_parallel_and_in_order_give_the_same_steps(engine: Engine) -> None:
    if not engine.info.reproducible:
        pytest.skip("this engine does not promise it on this machine")
    runs = [Run(play(engine=engine, seed=7, options={"parallel": p})) for p in (True, False)]
    for one, other in zip(runs[0].steps, runs[1].steps, strict=True):
        assert (one.result, one.mode, one.difficulty) == (
            other.result,
            other.mode,
            other.difficulty,
        )
        assert [(c.stage, c.seed, c.prompt) for c in one.calls] == [
            (c.stage, c.seed, c.prompt) for c in other.calls
        ]


# ---- events as JSON ------------------------------------------------------------------------


@pytest.mark.parametrize("preset", ["scale", "faithful", "self-consistency"])
def test_events_survive_json(engine: Engine, preset: str) -> None:
    events = play(engine=engine, preset=preset, answer="6")
    back = [ev.from_json(as_json(event)) for event in events]
    assert [as_json(e) for e in back] == [as_json(e) for e in events]
    one, other = Run(events), Run(back)
    assert one.nodes == other.nodes
    assert one.plan == other.plan
    assert one.ledger.entries == other.ledger.entries
    assert (one.answer, one.grade, one.end) == (other.answer, other.grade, other.end)


# ---- grading, refusals and failures --------------------------------------------------------


def test_a_run_is_graded_only_against_an_answer(engine: Engine) -> None:
    assert Run(play(engine=engine)).grade is None
    assert Run(play(engine=engine, answer="  ")).grade is None
    run = Run(play(engine=engine, answer="-999999"))
    assert run.grade is None or run.grade.verdict == "different"
    assert (run.grade is None) == (run.answer is None)


def test_a_problem_outside_the_language_is_refused_before_any_token(engine: Engine) -> None:
    before = engine.counters
    events = play(POEM, engine=engine)
    assert [type(e) for e in events] == [ev.RunStarted, ev.RunEnded]
    run = Run(events)
    assert run.status == "refused"
    assert run.end is not None
    assert run.end.message
    assert engine.counters == before


def test_it_is_tried_anyway_if_told_so(engine: Engine) -> None:
    run = Run(play(POEM, engine=engine, anyway=True))
    assert run.status in ("solved", "unsolved")
    assert run.ledger.entries


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"preset": "nonsense"}, "no such preset"),
        ({"options": {"nonsense": 1}}, "no such option"),
        ({"options": {"tau": 2.0}}, "tau must be a number between"),
        ({"options": {"verify": "none"}}, "escalate needs a verifier"),
    ],
)
def test_bad_options_raise_before_anything_runs(
    engine: Engine, keywords: dict[str, Any], message: str
) -> None:
    before = engine.counters
    with pytest.raises(ValueError, match=message):
        play(engine=engine, **keywords)
    assert engine.counters == before


def test_a_closed_engine_fails_the_run_aloud(model_dir: Path) -> None:
    engine = OnnxEngine(model_dir)
    asyncio.run(engine.close())
    run = Run(play(engine=engine))
    assert run.status == "failed"
    assert run.end is not None
    assert run.end.message


def test_a_missing_model_is_an_engine_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError):
        embedded_engine(tmp_path)


def test_leaving_early_frees_the_engine(engine: Engine) -> None:
    async def leave() -> None:
        events = solve(PROBLEM, engine=engine)
        async for event in events:
            if isinstance(event, ev.Progress):
                break
        await events.aclose()  # type: ignore[attr-defined]

    asyncio.run(leave())
    assert Run(play(engine=engine)).status in ("solved", "unsolved")


# ---- known answers: these need the trained model -------------------------------------------


@pytest.mark.parametrize(
    ("problem", "answer"),
    [("What is 7*8?", "56"), ("What is 12 + 30?", "42"), (PROBLEM, "6")],
)
def test_the_trained_model_is_right(engine: Engine, problem: str, answer: str) -> None:
    run = Run(play(problem, engine=engine, answer=answer))
    assert run.answer is not None
    assert run.answer.answer == answer
    assert run.grade is not None
    assert run.grade.verdict == "equal"


def test_the_trained_model_plans_what_depends_on_what(engine: Engine) -> None:
    run = Run(play(engine=engine))
    assert len(run.steps) == 4
    assert [len(s.depends_on) for s in run.steps] == [0, 0, 2, 1]


@pytest.mark.parametrize(("preset", "lane"), [("scale", "scale"), ("cot", "cot")])
def test_a_lane_without_a_limit_is_a_solve(engine: Engine, preset: str, lane: str) -> None:
    """Beside another lane too: the same events, but for times, ids and what the run is called."""

    async def lanes() -> list[ev.Event]:
        stream = run_lanes(PROBLEM, ["scale", "cot"], engine=engine, detail=DETAIL)
        return [e.event async for e in stream if isinstance(e, LaneEvent) and e.lane == lane]

    def told(events: list[ev.Event]) -> list[str]:
        kept = [e for e in events if not isinstance(e, ev.RunStarted | ev.Progress)]
        return sorted(str({**as_json(e), "t": 0, "seconds": 0}) for e in kept)

    alone = play(preset=preset, engine=engine)
    assert told(asyncio.run(lanes())) == told(alone) and len(alone) > 3
