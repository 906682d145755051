"""Every token has a home: node and stage, retried and cancelled ones apart."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from scale_core.engines.scripted import Reply
from scale_core.trace import events as ev
from scale_core.trace.ledger import Ledger
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from tests.pipeline.scripted import (
    LONG,
    RIGHT,
    ScriptedEngine,
    by_body,
    fails,
    in_turn,
    play,
    script,
    slow,
    stop_at,
)


def sampled(
    node: str = "1",
    stage: ev.Stage = "system1",
    tokens: tuple[int | None, ...] = (5,),
    attempt: int = 0,
    finish: str = "stop",
) -> ev.Sampled:
    made = None if None in tokens else sum(t or 0 for t in tokens)
    samples = tuple(ev.Sample(i, "x", finish, t) for i, t in enumerate(tokens))
    return ev.Sampled(
        node=node,
        stage=stage,
        prompt="p",
        seed=1,
        temperature=0.6,
        top_p=1.0,
        max_tokens=9,
        n=len(tokens),
        samples=samples,
        usage=Usage(10, 2, made, 1),
        seconds=0.5,
        attempt=attempt,
    )


def test_entries_are_kept_by_node_and_stage() -> None:
    ledger = Ledger(
        [
            sampled("1", "rate"),
            sampled("2", "rate"),
            sampled("1", "system1"),
            sampled("1", "rate", (2, 3)),
        ]
    )
    assert [(e.node, e.stage, e.calls, e.samples) for e in ledger.entries] == [
        ("1", "rate", 2, 3),
        ("2", "rate", 1, 1),
        ("1", "system1", 1, 1),
    ]
    assert ledger.of_node("1") == Usage(30, 6, 15, 3)
    assert ledger.of_stage("rate") == Usage(30, 6, 15, 3)
    assert ledger.total == Usage(40, 8, 20, 4)
    assert ledger.entries[0].seconds == 1.0


def test_other_events_cost_nothing() -> None:
    events: list[ev.Event] = [
        ev.Escalated(node="1", reason="r"),
        ev.StepFailed(node="1", reason="r"),
        ev.Retried(node="1", stage="rate", attempt=1, reason="r"),
    ]
    assert Ledger(events).entries == ()
    assert Ledger(events).total == Usage()


@pytest.mark.parametrize(
    ("attempt", "finish", "retried", "cancelled"),
    [
        (0, "stop", 0, 0),
        (1, "stop", 12, 0),
        (2, "length", 12, 0),
        (0, "abort", 0, 12),
        (1, "abort", 12, 12),
    ],
)
def test_retried_and_cancelled_columns(
    attempt: int, finish: str, retried: int, cancelled: int
) -> None:
    entry = Ledger([sampled(tokens=(5, 7), attempt=attempt, finish=finish)]).entries[0]
    assert (entry.retried, entry.cancelled, entry.usage.completion) == (retried, cancelled, 12)


@pytest.mark.parametrize(
    ("attempt", "finish", "column"), [(1, "stop", "retried"), (0, "abort", "cancelled")]
)
def test_unknown_tokens_are_not_counted_as_none_spent(
    attempt: int, finish: str, column: str
) -> None:
    """Law 3: what an engine does not report is unknown (None), never 0."""
    entry = Ledger([sampled(tokens=(None,), attempt=attempt, finish=finish)]).entries[0]
    assert getattr(entry, column) is None


RUNS: dict[str, dict[str, Any]] = {
    "normal": {},
    "escalated": {"s1": "7"},
    "unreadable ratings": {"rate": "junk"},
    "unreadable outlines": {"outline": "junk"},
    "unreadable System 1": {"s1": "?"},
    "System 2 fails": {"s1": "?", "s2": "?"},
    "thinking": {"s1": lambda body, seed, index: Reply("?", thinking="hm " * 9)},
    "a request fails": {"s1": fails("out of memory"), "last2": fails("out of memory")},
}


def by_parts(run: Run) -> list[Usage]:
    nodes = dict.fromkeys(e.node for e in run.ledger.entries)
    return [
        Usage.sum(run.ledger.of_node(n) for n in nodes),
        Usage.sum(run.ledger.of_stage(s) for s in ev.STAGES),
    ]


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("preset", ["scale", "faithful"])
def test_ledger_equals_the_engines_counters(name: str, preset: str) -> None:
    engine = ScriptedEngine(script(**RUNS[name]))
    run = play(engine, preset=preset)
    assert by_parts(run) == [engine.counters, engine.counters]
    assert engine.counters.prompt and engine.counters.completion


@pytest.mark.parametrize("role", ["outline", "rate", "s1", "verify", "s2"])
def test_ledger_equals_the_engines_counters_after_stop(role: str) -> None:
    cancel = threading.Event()
    roles = {"s1": "7"} if role == "s2" else {}
    roles[role] = slow(RIGHT[role], LONG)  # type: ignore[assignment]
    engine = ScriptedEngine(script(**roles), on_call=stop_at(role, cancel))
    run = play(engine, cancel=cancel)
    assert run.status == "stopped"
    assert by_parts(run) == [engine.counters, engine.counters]


def test_stopped_tokens_are_the_cancelled_column() -> None:
    cancel = threading.Event()
    engine = ScriptedEngine(
        script(outline=slow("#1=2+3;#2=3+4", LONG)), on_call=stop_at("outline", cancel)
    )
    run = play(engine, cancel=cancel)
    (entry,) = run.ledger.entries
    assert (entry.cancelled, entry.retried, entry.samples) == (4 * 7, 0, 4)
    assert entry.cancelled == engine.counters.completion


def test_retried_column_of_a_real_run() -> None:
    engine = ScriptedEngine(script(outline=in_turn("junk", "#1=2+3")))
    run = play(engine)
    entry = next(e for e in run.ledger.entries if e.stage == "outline")
    assert (entry.calls, entry.retried) == (2, 4 * len("#1=2+3e"))


@pytest.mark.parametrize("kind", ["prompt", "cached", "completion", "thinking"])
def test_what_the_engine_does_not_report_stays_unknown(kind: str) -> None:
    engine = ScriptedEngine(unknown=(kind,))
    run = play(engine)
    assert getattr(run.ledger.total, kind) is None
    assert {getattr(e.usage, kind) for e in run.ledger.entries} == {None}
    others = {"prompt", "cached", "completion", "thinking"} - {kind}
    assert all(getattr(run.ledger.total, k) is not None for k in others)


def test_tokens_of_a_step_are_at_its_node() -> None:
    hard = by_body({"37*48": "9"}, "1")
    run = play(ScriptedEngine(script(rate=hard)))
    stages = {(e.node, e.stage) for e in run.ledger.entries}
    assert ("1", "system2") in stages and ("2", "system1") in stages
    assert ("1", "system1") not in stages and ("2", "system2") not in stages
    assert {n for n, s in stages if s == "outline"} == {"plan"}
