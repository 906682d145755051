"""The scripted engine asked in the embedded model's dialect, for tests of the pipeline.

What it replies is a function of (role, body, seed, index); `script` makes one that does right
arithmetic except where it is told otherwise.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast
from unittest import mock

from scale_core.abacus.grammar import apply, parse_operation
from scale_core.abacus.scratch import work
from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.dialects.base import Dialect, Reading
from scale_core.engines import scripted
from scale_core.engines.base import (
    Cancel,
    Completion,
    Delta,
    EngineError,
    EngineInfo,
    Request,
)
from scale_core.engines.scripted import Reply
from scale_core.pipeline import calibration
from scale_core.pipeline.calibration import Calibration
from scale_core.runs.solve import solve
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage

PROBLEM = "What is (37*48+125*16) mod 13?"
OUTLINE = "#1=37*48;#2=125*16;#3=#1+#2;#4=#3%13"
RESULTS = {"1": "1776", "2": "2000", "3": "3776", "4": "6"}
ANSWER = "6"
LONG = 60.0
"""Seconds that a request takes which a test must not wait for."""

_PROMPT = re.compile(r"<\|(\w+)\|>(.*)<\|go\|>", re.DOTALL)


Script = Callable[[str, str, int, int], str | Reply]
"""(role, body, seed, index) -> text. May raise EngineError."""
Handler = Callable[[str, int, int], str | Reply]
"""(body, seed, index) -> text, of one role."""


def fails(message: str) -> Handler:
    def handler(body: str, seed: int, index: int) -> str:
        raise EngineError(message)

    return handler


def by_index(*texts: str) -> Handler:
    """Sample i is text i, starting again after the last."""
    return lambda body, seed, index: texts[index % len(texts)]


def by_body(replies: Mapping[str, str | Reply], other: Handler | str) -> Handler:
    def handler(body: str, seed: int, index: int) -> str | Reply:
        if body in replies:
            return replies[body]
        return other if isinstance(other, str) else other(body, seed, index)

    return handler


def in_turn(*texts: str | Reply) -> Handler:
    """The first seed that is seen gets the first text, and so on; the last one stays."""
    seen: list[int] = []

    def handler(body: str, seed: int, index: int) -> str | Reply:
        if seed not in seen:
            seen.append(seed)
        return texts[min(seen.index(seed), len(texts) - 1)]

    return handler


def right_result(body: str) -> str:
    operation = parse_operation(body)
    assert operation is not None, f"not an operation: {body}"
    value = apply(operation.op, *(int(o) for o in operation.operands))
    return "?" if value is None else str(value)


def right_work(body: str) -> str:
    operation = parse_operation(body)
    assert operation is not None, f"not an operation: {body}"
    return work(operation)


def right_verdict(body: str) -> str:
    operation, _, claimed = body.rpartition("=")
    return "y" if right_result(operation) == claimed else "n"


RIGHT: Mapping[str, Handler] = {
    "outline": lambda body, seed, index: OUTLINE,
    "choose": lambda body, seed, index: "A",
    "rate": lambda body, seed, index: "1",
    "s1": lambda body, seed, index: right_result(body),
    "s2": lambda body, seed, index: right_work(body),
    "verify": lambda body, seed, index: right_verdict(body),
    "last1": lambda body, seed, index: ANSWER,
    "last2": lambda body, seed, index: f"3776%13={ANSWER}",
    "cot": lambda body, seed, index: f"37*48=1776;={ANSWER}",
}


def script(**roles: str | Handler) -> Script:
    """Right arithmetic, except for the roles given as a text or a handler."""

    def reply(role: str, body: str, seed: int, index: int) -> str | Reply:
        chosen = roles.get(role, RIGHT[role])
        return chosen if isinstance(chosen, str) else chosen(body, seed, index)

    return reply


def slow(handler: str | Handler, delay: float, step: float = 0.002) -> Handler:
    def slowed(body: str, seed: int, index: int) -> Reply:
        given = handler if isinstance(handler, str) else handler(body, seed, index)
        known = given if isinstance(given, Reply) else Reply(given)
        return replace(known, delay=delay, step=step)

    return slowed


@dataclass
class Call:
    """One request as the engine saw it; began and ended count the engine's requests' ends."""

    role: str
    body: str
    request: Request
    began: int
    ended: int | None = None

    def overlaps(self, other: Call) -> bool:
        assert self.ended is not None and other.ended is not None
        return self.began < other.ended and other.began < self.ended


@dataclass(eq=False)
class ScriptedEngine(scripted.ScriptedEngine):
    """The scripted engine asked in the embedded model's dialect: it keeps every call with its role
    and body. on_call: called as each request begins."""

    script: Any = field(default_factory=lambda: script())
    on_call: Callable[[Call], None] = lambda call: None
    calls: list[Call] = field(default_factory=list)
    _clock: int = 0

    def __post_init__(self) -> None:
        given: Script = self.script

        def reply(request: Request, index: int) -> str | Reply:
            return given(*_role(request), request.seed, index)

        self.script = reply

    @property
    def active(self) -> list[Call]:
        return [call for call in self.calls if call.ended is None]

    def called(self, *roles: str) -> list[Call]:
        return [call for call in self.calls if call.role in roles]

    def bodies(self, *roles: str) -> list[str]:
        return [call.body for call in self.called(*roles)]

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: Callable[[Delta], None] | None = None,
    ) -> Completion:
        call = Call(*_role(request), request, self._tick())
        self.calls.append(call)
        self.on_call(call)
        try:
            return await super().sample(request, cancel=cancel, on_delta=on_delta)
        finally:
            call.ended = self._tick()

    def _tick(self) -> int:
        self._clock += 1
        return self._clock


def _role(request: Request) -> tuple[str, str]:
    assert isinstance(request.prompt, str)
    found = _PROMPT.fullmatch(request.prompt)
    assert found, f"not a prompt of the dialect: {request.prompt!r}"
    return found[1], found[2]


@dataclass(eq=False)
class Rewarding(ScriptedEngine):
    """With a process reward model, which reads 7 tokens a line. judge: a line's score; it may
    raise EngineError, once the lines were read. read: what it was given."""

    judge: Callable[[str], float] = lambda line: 0.9
    read: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def info(self) -> EngineInfo:
        return replace(super().info, scores_steps=True)

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        self.read += map(tuple, solutions)
        usage = Usage(sum(7 * len(lines) for lines in solutions), 0, 0, 0)
        self._counted += usage
        await asyncio.sleep(0)
        try:
            return [[self.judge(line) for line in lines] for lines in solutions], usage
        except EngineError as error:
            raise EngineError(str(error), usage) from error


class OpenDialect(AbacusDialect):
    """The embedded model's dialect that takes every problem as it is."""

    def read_problem(self, text: str) -> Reading:
        return Reading("inside", text)


class RefusingDialect(AbacusDialect):
    def read_problem(self, text: str) -> Reading:
        return Reading("outside", text, message="this is poetry")


ASKING: Mapping[str, Any] = {"checker": "model", "accept": 0.5}
"""Results are judged by asking the model, so that tests can script the verdicts."""

Events = AsyncGenerator[ev.Event, None]


def begin(
    engine: ScriptedEngine,
    problem: str = PROBLEM,
    *,
    preset: str = "scale",
    answer: str | None = None,
    seed: int = 0,
    dialect: Dialect | None = None,
    cancel: Cancel | None = None,
    anyway: bool = False,
    **options: Any,
) -> Events:
    """`solve` on the scripted engine, not yet started; results are judged as in ASKING."""
    return cast(
        Events,
        solve(
            problem,
            answer=answer,
            preset=preset,
            options={**ASKING, **options},
            seed=seed,
            engine=engine,
            dialect=dialect or OpenDialect(),
            cancel=cancel,
            anyway=anyway,
        ),
    )


async def drain(events: Events) -> Run:
    """The whole run, after checking how it starts and ends and that it leaves no task behind."""
    before = asyncio.all_tasks()
    run = Run([event async for event in events])
    assert not asyncio.all_tasks() - before, "the run left tasks behind"
    assert [type(e) for e in run.events].count(ev.RunEnded) == 1
    assert isinstance(run.events[0], ev.RunStarted)
    assert isinstance(run.events[-1], ev.RunEnded)
    return run


def play(
    engine: ScriptedEngine,
    problem: str = PROBLEM,
    *,
    calibrated_by: Calibration | None = None,
    within: float = 20.0,
    **asked: Any,
) -> Run:
    """A whole run and the laws that hold for every run: every token is in the ledger and no
    request is left. calibrated_by: the calibration beside the model, by default none."""

    async def bounded() -> Run:
        return await asyncio.wait_for(drain(begin(engine, problem, **asked)), within)

    with calibration_of(calibrated_by):
        run = asyncio.run(bounded())
    assert not engine.active
    assert run.ledger.total == engine.counters
    return run


def calibration_of(given: Calibration | None) -> Any:
    """Replaces the calibration beside the model, so that no test depends on the shipped one."""
    return mock.patch.object(calibration, "load", return_value=given or Calibration())


def kinds(run: Run, kind: type[ev.Event], node: str | None = None) -> list[Any]:
    """The run's events of one kind, of one node."""
    return [
        e
        for e in run.events
        if isinstance(e, kind) and (node is None or getattr(e, "node", None) == node)
    ]


def stop_at(role: str, cancel: threading.Event, nth: int = 1) -> Callable[[Call], None]:
    """Presses Stop as the nth request of a role begins."""
    seen: list[Call] = []

    def on_call(call: Call) -> None:
        if call.role == role:
            seen.append(call)
            if len(seen) == nth:
                cancel.set()

    return on_call
