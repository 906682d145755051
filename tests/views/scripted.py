"""Runs and duels for tests of what is shown: the real pipeline and lanes on a scripted engine.

Knows one problem of five sub-problems, what the engine replies to it, and how to make its events.
The words of a problem choose what happens: "fail" makes #4 fail, "hostile" fills every text of the
model with markup, "huge" makes them very long. Does not know the rules: they are the app's own.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import fields, replace
from functools import cache
from typing import Any

from scale_core.engines.scripted import Reply, weighed
from scale_core.problem import SubProblem
from scale_core.runs.solve import duel as run_duel
from scale_core.runs.solve import solve
from scale_core.strategies.lanes import DEFAULT, LANES
from scale_core.trace import duel as du
from scale_core.trace import events as ev
from tests.pipeline.scripted import (
    OpenDialect,
    ScriptedEngine,
    calibration_of,
    right_result,
    right_work,
    script,
)

HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>${1+1}{{x}}'
ALL = tuple(name for name in LANES if name != "optimal")
"""All lanes but the one that plans by what was measured of a model."""
SEARCH = ("dora", "rebase", "beam", "dvts")
OUTLINE = "#1=37*48;#2=125*16;#3=#1+#2;#4=#3%13;#5=#4*#4"
OUTLINES = (OUTLINE, OUTLINE, "#1=37*48;#2=#1%13", "#1=37**48")
RATINGS = {"37*48": "7", "125*16": "6", "4": "8"}
OPTIONS: dict[str, Any] = {"checker": "model", "accept": 0.5, "tau": 0.4, "outlines": 4}
_TEXTS = ("text", "prompt", "result", "answer", "reason", "value", "outline")
"""Fields that hold what a model wrote."""


def _work(body: str, wrong: bool) -> str:
    """A reply of System 2, which may end on another number than it should."""
    text, right = right_work(body), int(right_result(body))
    return f"{text.rpartition('=')[0]}={right + (1 if right % 2 else 7)}" if wrong else text


def _engine(problem: str, spoil: float, duel: bool) -> ScriptedEngine:
    """Replies to the problem. spoil: the share of System 2's samples that are wrong."""

    tried = set[str]()

    def slow(body: str, seed: int, index: int) -> str | Reply:
        if "fail" in problem and body.endswith("%13"):
            return Reply(right_work(body)[:9], finish="length")
        if not duel and body == "125*16" and body not in tried:
            tried.add(body)
            return "125*10="
        return _work(body, random.Random(f"{body} {index}").random() < spoil)

    def fast(body: str, seed: int, index: int) -> str:
        return "3766" if body == "1776+2000" and not duel else right_result(body)

    def verdict(body: str, seed: int, index: int) -> Reply:
        operation, _, claimed = body.rpartition("=")
        sure = 0.97 if right_result(operation) == claimed else 0.21
        return weighed("y" if sure > 0.5 else "n", {"y": sure, "n": 1 - sure})

    def rating(body: str, seed: int, index: int) -> str:
        return RATINGS.get(body, "8" if body.endswith("%13") else "1")

    def chain(body: str, seed: int, index: int) -> str:
        return f"6*6=36;={random.Random(index).choice((36, 36, 25, 49))}"

    given = script(
        outline=lambda body, seed, index: OUTLINES[index % 4], choose="A", rate=rating,
        s1=fast, s2=slow, verify=verdict, cot=chain,
    )  # fmt: skip
    return ScriptedEngine(given, model="scripted", unknown=("thinking",))


@cache
def _run(problem: str, answer: str | None) -> tuple[ev.Event, ...]:
    async def play() -> tuple[ev.Event, ...]:
        stream = solve(
            problem, answer=answer, options={**OPTIONS, "rating": "dynamic"}, seed=7,
            engine=_engine(problem, 0.0, False), dialect=OpenDialect(),
        )  # fmt: skip
        return tuple([event async for event in stream])

    with calibration_of(None):
        return tuple(_told(problem, event, 0.1 * i) for i, event in enumerate(asyncio.run(play())))


@cache
def _duel(
    problem: str, answer: str | None, lanes: tuple[str, ...], budget: str, spoil: float
) -> tuple[du.DuelEvent, ...]:
    async def play() -> tuple[du.DuelEvent, ...]:
        stream = run_duel(
            problem, answer=answer, lanes=lanes, budget=budget, options=OPTIONS, seed=7,
            engine=_engine(problem, spoil, True), dialect=OpenDialect(),
        )  # fmt: skip
        return tuple([event async for event in stream])

    with calibration_of(None):
        made = asyncio.run(play())
    return tuple(_told(problem, event, 0.01 * i) for i, event in enumerate(made))


def whole(problem: str, answer: str | None = None, until: int | None = None) -> list[ev.Event]:
    """A run's events, evenly spaced in time."""
    return list(_run(problem, answer)[:until])


def duel(
    problem: str = "x", answer: str | None = None, until: int | None = None,
    lanes: Sequence[str] = DEFAULT, budget: str = "4/step", spoil: float = 0.0,
) -> list[du.DuelEvent]:  # fmt: skip
    """A duel's events, evenly spaced in time."""
    return list(_duel(problem, answer, tuple(lanes), budget, spoil)[:until])


def lane_started(lane: str) -> tuple[du.DuelStarted, ev.RunStarted]:
    """How a duel of this lane begins."""
    first, *rest = duel(lanes=(lane,))
    assert isinstance(first, du.DuelStarted)
    begun = next(e.event for e in rest if isinstance(e, du.LaneEvent))
    assert isinstance(begun, ev.RunStarted)
    return first, begun


def _told(problem: str, event: Any, t: float) -> Any:
    """The event at that time, its texts as the words of the problem want them."""
    event = replace(event, t=round(t, 3))
    if isinstance(event, du.LaneEvent):
        return replace(event, event=_told(problem, event.event, t))
    if isinstance(event, ev.Sampled):
        event = replace(event, seconds=0.08)
    if isinstance(event, ev.RunStarted | du.DuelStarted | du.Generated):
        return event
    if "hostile" in problem:
        return _changed(event, lambda text: HOSTILE + text)
    return _changed(event, lambda text: text * 400) if "huge" in problem else event


def _changed(value: Any, change: Any) -> Any:
    """The same with every text of the model changed."""
    changes: dict[str, Any] = {}
    for field in fields(value):
        held = getattr(value, field.name)
        if field.name in _TEXTS and isinstance(held, str):
            changes[field.name] = change(held)
        elif isinstance(held, tuple) and held and isinstance(held[0], SubProblem | ev.Sample):
            changes[field.name] = tuple(_changed(one, change) for one in held)
    return replace(value, **changes) if changes else value
