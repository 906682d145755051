"""Whole runs of a random chat model on the ONNX engine: they end, for all to see how."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scale_core.engines.base import Engine
from scale_core.engines.catalogue import open_engine
from scale_core.runs.solve import duel, solve
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from tests.pipeline.chat_scripted import play
from tests.pipeline.scripted import kinds

pytest.importorskip("onnxruntime_genai")
ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests" / "data" / "tiny_chat"
PROBLEM = "What is 12 + 30 * 2?"
SMALL = {"system2_max_tokens": 150, "retries": 1, "outlines": 2}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = open_engine("onnx", FOLDER, threads=1)
    yield engine
    asyncio.run(engine.close())


@pytest.mark.parametrize("preset", ["scale", "faithful", "cot"])
def test_a_run_of_noise_ends_for_all_to_see(engine: Engine, preset: str) -> None:
    run = play(engine, PROBLEM, preset=preset, seconds=300, **SMALL)
    assert run.status in ("solved", "unsolved")
    assert run.start is not None and run.start.engine["chat"]
    if preset == "cot":
        return
    outlines = kinds(run, ev.OutlineRead)
    assert outlines and all(o.valid or o.reason for o in outlines)
    fallen = any(e.what == "one-step plan" for e in kinds(run, ev.Fallback))
    assert fallen is not any(o.valid for o in outlines)
    rated = kinds(run, ev.Rated)
    assert all(0 <= r.used <= 1 for r in rated)
    for step in run.steps:
        assert step.state in ("solved", "failed")
        assert step.state == "solved" or step.failure


def test_the_same_seed_is_the_same_run(engine: Engine) -> None:
    def told(run: Run) -> dict[str, list[dict[str, object]]]:
        """What happened at each node; how independent nodes interleave is left open, and so
        which of two failures is the first that a step is told of; and so is how much of a prompt
        had been read before."""
        nodes: dict[str, list[dict[str, object]]] = {}
        for event in run.events:
            if node := getattr(event, "node", ""):
                told = ev.to_json(event)
                timed = {"t", "seconds"} | ({"reason"} if event.kind == "step_failed" else set())
                kept = {k: v for k, v in told.items() if k not in timed}
                if isinstance(usage := kept.get("usage"), dict):
                    kept["usage"] = {**usage, "cached": None}
                nodes.setdefault(node, []).append(kept)
        return nodes

    first, again, other = (
        play(engine, PROBLEM, seed=seed, seconds=300, **SMALL) for seed in (1, 1, 2)
    )
    assert told(first) == told(again) != told(other)


def test_thinking_is_on_in_system_2_only(engine: Engine) -> None:
    run = play(engine, PROBLEM, assign="system2", escalate=False, verify="none", **SMALL)
    by_stage = {e.stage: e.thinking for e in kinds(run, ev.Sampled)}
    assert by_stage["system2"] is True and by_stage["outline"] is False
    for event in kinds(run, ev.Sampled):
        assert ("<think>" in event.prompt) is False, "the template's part is not ours"


def test_stop_ends_a_run_and_what_was_spent_is_kept(engine: Engine) -> None:
    cancel, before = threading.Event(), engine.counters

    async def stopped() -> Run:
        run = Run()
        async for event in solve(PROBLEM, engine=engine, cancel=cancel, options=SMALL):
            run.apply(event)
            if isinstance(event, ev.Planned):
                cancel.set()
        return run

    run = asyncio.run(asyncio.wait_for(stopped(), 120))
    assert run.status == "stopped"
    assert before + run.ledger.total == engine.counters


def test_a_duel_of_noise_ends_within_its_budget(engine: Engine) -> None:
    before = engine.counters

    async def fought() -> Duel:
        events = duel(
            PROBLEM, lanes=("uniform", "scale", "bandit"), budget="2/step", engine=engine,
            options={"system2_max_tokens": 60, "outlines": 2, "retries": 0},
        )  # fmt: skip
        return Duel([event async for event in events])

    fight = asyncio.run(asyncio.wait_for(fought(), 300))
    assert fight.status in ("solved", "unsolved")
    physical = Usage.sum(e.usage for e in fight.events if type(e).__name__ == "Generated")
    assert before + physical == engine.counters


def test_on_the_command_line() -> None:
    arguments = ["--engine", "onnx", "--model", str(FOLDER), "--json", "--set", "retries=0"]
    small = ["--set", "outlines=1", "--set", "system2_max_tokens=60"]
    done = subprocess.run(
        [sys.executable, "-m", "scale_core", "solve", PROBLEM, *arguments, *small],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["engine"]["model"] == "tiny_chat"
    assert events[-1]["kind"] == "run_ended"
