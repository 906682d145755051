"""Measurements: what the model answers, rates and verifies, through the engine that ships.

Knows how to ask a role for many inputs at once and which replies are right. Does not know bars
or tables (`evaluate.py`) or training.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scale_core.abacus.grammar import Operation, apply, evaluate, parse_outline
from scale_core.abacus.problems import Taught
from scale_core.dialects.abacus import dialect
from scale_core.engines.base import Engine, Request, Sample
from scale_core.problem import Mode

TEMPERATURE = 0.6
AT_ONCE = 256
_ABACUS = dialect.AbacusDialect()
_STAGE_LIMIT = {
    "s1": _ABACUS.limits.system1,
    "s2": _ABACUS.limits.system2,
    "outline": _ABACUS.limits.outline,
    "rate": 1,
    "verify": _ABACUS.limits.verify,
    "cot": _ABACUS.limits.chain,
}


async def ask(
    engine: Engine,
    role: str,
    bodies: Sequence[str],
    *,
    temperature: float,
    seed: int = 0,
    logprobs: int | None = None,
) -> list[Sample]:
    """One sample of a role for each body, in order; sample i has seed `seed + i`."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(i: int, body: str) -> Sample:
        async with gate:
            request = Request(
                dialect.prompt(role, body),
                seed=seed + i,
                temperature=temperature,
                max_tokens=_STAGE_LIMIT[role],
                logprobs=logprobs,
            )
            return (await engine.sample(request)).samples[0]

    return list(await asyncio.gather(*(one(i, body) for i, body in enumerate(bodies))))


def true_value(op: Operation) -> str:
    value = apply(op.op, *(int(o) for o in op.operands))
    return "?" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Solved:
    """One sampled result of an operation (None: unreadable), whether it is right, its cost."""

    op: Operation
    result: str | None
    right: bool
    tokens: int


async def solved(
    engine: Engine, ops: Sequence[Operation], mode: Mode, *, seed: int = 0
) -> list[Solved]:
    role = "s2" if mode is Mode.SYSTEM2 else "s1"
    samples = await ask(engine, role, [str(op) for op in ops], temperature=TEMPERATURE, seed=seed)
    out = []
    for op, sample in zip(ops, samples, strict=True):
        result = _ABACUS.read_result(sample, mode)
        truth = true_value(op)
        # an inexact quotient has no value; reading none is then the right reply
        right = result == truth or (truth == "?" and result is None)
        out.append(Solved(op, result, right, sample.completion_tokens or 0))
    return out


async def ratings(engine: Engine, bodies: Sequence[str]) -> list[float]:
    """Raw difficulty of each body (a filled operation, or an outline up to the step)."""
    samples = await ask(engine, "rate", bodies, temperature=0.0, logprobs=10)
    found = [_ABACUS.read_rating(s) for s in samples]
    return [1.0 if r is None else r for r in found]


@dataclass(frozen=True, slots=True)
class Checked:
    """The verifier's probability for one result, and what the check cost."""

    solved: Solved
    probability: float
    tokens: int


async def checked(engine: Engine, results: Iterable[Solved]) -> list[Checked]:
    readable = [r for r in results if r.result is not None]
    samples = await ask(
        engine, "verify", [f"{r.op}={r.result}" for r in readable], temperature=0.0, logprobs=5
    )
    verdicts = [_ABACUS.read_verdict(s) for s in samples]
    return [
        Checked(r, 0.5 if p is None else p, s.completion_tokens or 0)
        for r, p, s in zip(readable, verdicts, samples, strict=True)
    ]


async def outlines_valid(
    engine: Engine, problems: Sequence[Taught], *, seed: int = 0
) -> list[bool]:
    """Whether evaluating each sampled outline exactly gives the right answer."""
    samples = await ask(
        engine, "outline", [p.text for p in problems], temperature=TEMPERATURE, seed=seed
    )
    out = []
    for problem, sample in zip(problems, samples, strict=True):
        lines = parse_outline(sample.text) if sample.finish == "stop" else None
        steps = evaluate(lines) if lines else None
        out.append(bool(steps) and steps[-1][1] == problem.answer)  # type: ignore[index]
    return out


async def chains_right(
    engine: Engine, problems: Sequence[Taught], *, seed: int = 0
) -> list[tuple[bool, int]]:
    """Whole-problem chains of thought: (right, completion tokens)."""
    samples = await ask(
        engine, "cot", [p.text for p in problems], temperature=TEMPERATURE, seed=seed
    )
    return [
        (_ABACUS.read_answer(s) == str(p.answer), s.completion_tokens or 0)
        for p, s in zip(problems, samples, strict=True)
    ]


def calibration_error(
    predicted: Sequence[float], happened: Sequence[bool], bins: int = 10
) -> float:
    """Expected calibration error with bins of equal width."""
    error = 0.0
    for b in range(bins):
        inside = [i for i, p in enumerate(predicted) if min(int(p * bins), bins - 1) == b]
        if inside:
            gap = sum(predicted[i] - happened[i] for i in inside)
            error += abs(gap) / len(predicted)
    return error
