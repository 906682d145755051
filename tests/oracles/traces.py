"""Traces: whole searches of the published loops, fed with the recorded outcome of every slot."""

from __future__ import annotations

from functools import partial
from typing import Any

from scale_core.allocation.published_arithmetic import PublishedError
from scale_core.allocation.published_search import (
    METHODS,
    Outcome,
    Settings,
    State,
    final,
    observe,
    plan,
    start,
)
from tests.oracles.report import (
    Case,
    Malformed,
    Mismatch,
    Report,
    cases,
    close,
    need,
    numbers,
    same,
)

NAME = "traces"


def recognises(data: Any) -> bool:
    return any("iterations" in case for case in cases(data))


def check(data: Any, report: Report) -> None:
    for position, case in enumerate(cases(data)):
        name = f"trace {case.get('id', position)} {case.get('method', '')}"
        report.check(name, partial(_replay, case))


def _replay(case: Case) -> None:
    state = start(_settings(case))
    iterations = need(case, "iterations", list)
    outcomes = [_outcomes(iteration) for iteration in iterations]
    expected = _expected(case)
    for number, (iteration, came) in enumerate(zip(iterations, outcomes, strict=True)):
        step = plan(state)
        if step is None:
            raise Mismatch(f"ours ends before iteration {number}")
        where = f"iteration {number}"
        parents = [None if p is None else tuple(p) for p in need(iteration, "parents", list)]
        same(f"{where} parents", list(step.parents), parents)
        same(f"{where} max_tokens", list(step.caps), numbers(iteration, "max_tokens"))
        if iteration.get("allocate_num") is not None:
            same(f"{where} allocate_num", list(step.raw or ()), numbers(iteration, "allocate_num"))
        state = observe(state, came)
    _end(state, expected, _error(case))


def _end(state: State, expected: list[Case], error: str) -> None:
    """The search is over, and these vote; or it ends in this error where there are none."""
    try:
        if plan(state) is not None:
            raise Mismatch("ours goes on after the last recorded iteration")
        voters = final(state)
    except PublishedError as crash:
        kind = crash.error.split(":")[0]
        if expected or (error and kind not in error):
            raise Mismatch(f"{crash} instead of {error or 'voters'}") from None
        return
    if not expected:
        raise Mismatch(f"ours ends with {len(voters)} voters instead of {error or 'a crash'}")
    same("number of voters", len(voters), len(expected))
    for i, (ours, theirs) in enumerate(zip(voters, expected, strict=True)):
        path = [tuple(slot) for slot in need(theirs, "path", list)]
        same(f"voter {i} path", list(ours.steps), path)
        same(f"voter {i} tokens", ours.tokens, need(theirs, "tokens", int))
        score = need(theirs, "last_score", int, float)
        close(f"voter {i} last_score", [ours.score or 0.0], [score], 1e-12)


def _settings(case: Case) -> Settings:
    method = need(case, "method", str)
    if method not in METHODS:
        raise Malformed(f"unknown method {method!r}")
    try:
        return Settings(
            method=method,
            n=need(case, "n", int),
            beam_width=need(case, "beam_width", int),
            t_b=need(case, "T_b", int, float),
            t_s=need(case, "T_s", int, float),
            num_iterations=need(case, "num_iterations", int),
            max_tokens=need(case, "max_tokens", int),
            max_tokens_per_step=need(case, "max_tokens_per_step", int),
            sort_completed=need(case, "sort_completed", bool),
        )
    except ValueError as error:
        raise Malformed(str(error)) from None


def _outcomes(iteration: Case) -> list[Outcome]:
    outcomes = []
    for slot in need(iteration, "slots", list):
        stop = need(slot, "stop", str)
        if stop not in ("step", "end"):
            raise Malformed(f"'stop' must be step or end, not {stop!r}")
        outcomes.append(
            Outcome(
                tokens=need(slot, "tok", int),
                ended=stop == "end",
                score=need(slot, "score", int, float),
                embedding=numbers(slot, "emb") if "emb" in slot else None,
                empty=slot["tok"] == 0,
            )
        )
    return outcomes


def _expected(case: Case) -> list[Case]:
    """The recorded voters; none where the published loop crashed."""
    voters = case.get("final") if _error(case) else need(case, "final", list, type(None))
    return voters if isinstance(voters, list) else []


def _error(case: Case) -> str:
    """What the published loop raised, under whatever name it was recorded; "" if nothing."""
    recorded = (str(value) for key, value in case.items() if key not in ("iterations", "note"))
    return next((text for text in recorded if "Error" in text), "")
