"""Files that an earlier release recorded: they open, and are decided again to the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from typing import Any

import pytest

from scale_core.runs.replay import replay
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from tests import recorded

DUELS = {"recorded_duel": 10, "recorded_duel_tokens": 10, "recorded_chat_duel": 2}
"""With their lanes. The chat model is a real one of 1.5 billion parameters behind llama.cpp's
server, asked by the release before prompts=concise."""
RUNS = ("recorded_run", "recorded_run_escalated", "recorded_run_failed")
PASSING = ("t", "run", "seconds", "version")
"""What another look at the same samples may tell differently."""


def rows(run: Run, known: Collection[str]) -> list[str]:
    """What was decided, whoever was faster. known: the switches that there were."""
    told = [{k: v for k, v in ev.to_json(e).items() if k not in PASSING} for e in run.events]
    for row in told:
        if "options" in row:
            row["options"] = {k: v for k, v in row["options"].items() if k in known}
    return sorted(json.dumps(row, sort_keys=True) for row in told)


@pytest.fixture(scope="module", params=DUELS)
def pair(request: Any) -> tuple[dv.Duel, dv.Duel]:
    """A recorded duel, and the same decided again."""
    old = dv.Duel(recorded.duel_events(request.param))
    assert len(old.lanes) == DUELS[request.param]
    return old, asyncio.run(replay(old))


def test_every_lane_is_decided_again_to_the_same(pair: tuple[dv.Duel, dv.Duel]) -> None:
    old, again = pair
    assert list(again.lanes) == list(old.lanes)
    for name, run in old.lanes.items():
        assert run.start is not None
        known = set(run.start.options)
        assert rows(again.lanes[name], known) == rows(run, known), name
    assert again.end is not None and again.end.missing == ()


def test_a_recorded_duel_holds_what_was_spent(pair: tuple[dv.Duel, dv.Duel]) -> None:
    old, _ = pair
    assert old.status == "solved" and (old.physical.total or 0) > 1000
    for run in old.lanes.values():
        assert (run.ledger.total.total or 0) > 0 and run.status in ("solved", "unsolved")


@pytest.mark.parametrize("name", RUNS)
def test_a_recorded_run_opens(name: str) -> None:
    events = recorded.run_events(name)
    run = Run(events)
    assert run.status == ("unsolved" if "failed" in name else "solved")
    assert [ev.from_json(ev.to_json(e)) for e in events] == list(events)


def test_the_recorded_runs_show_what_they_were_chosen_for() -> None:
    kinds = {name: {e.kind for e in recorded.run_events(name)} for name in RUNS}
    assert "retried" in kinds["recorded_run"]
    assert "escalated" in kinds["recorded_run_escalated"]
    assert "step_failed" in kinds["recorded_run_failed"]
