"""Lessons from the model's own mistakes: ratings from measured failures, checks of real results.

Knows how a trained network's failures become ratings and verification lessons. Needs torch for
the exact probability that System 1 answers right; results to check come through the engine.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Iterator, Sequence

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from scale_core.abacus.grammar import Operation, apply, parse_operation
from scale_core.abacus.lessons import (
    FAMILY_WEIGHTS,
    Lesson,
    operation,
    taught,
    verify_lesson,
)
from scale_core.abacus.measure import TEMPERATURE, solved, true_value
from scale_core.abacus.model import Abacus
from scale_core.abacus.problems import FAMILIES, STORIES, Taught
from scale_core.dialects.abacus import dialect
from scale_core.engines.base import Engine
from scale_core.problem import Mode


@torch.no_grad()
def success_probabilities(
    model: Abacus, tokenizer: Tokenizer, ops: Sequence[Operation]
) -> dict[str, float]:
    """Exact probability that one System 1 sample at the default temperature is right, by text."""
    texts = [Lesson(dialect.prompt("s1", str(op)), true_value(op)) for op in ops]
    found: dict[str, float] = {}
    for start in range(0, len(ops), 512):
        rows = [tokenizer.encode(lesson.text).ids for lesson in texts[start : start + 512]]
        go = tokenizer.encode(dialect.GO).ids[0]
        length = max(map(len, rows))
        ids = torch.zeros(len(rows), length, dtype=torch.long)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.tensor(row)
        logp = F.log_softmax(model.logits(model(ids)) / TEMPERATURE, dim=-1)
        for i, row in enumerate(rows):
            first = row.index(go) + 1
            total = sum(float(logp[i, k - 1, row[k]]) for k in range(first, len(row)))
            found[str(ops[start + i])] = math.exp(total)
    return found


def _level(success: float) -> str:
    return dialect.LEVELS[round(9 * (1 - success))]


def rating_lessons(
    model: Abacus, tokenizer: Tokenizer, rng: random.Random, *, problems: int, operations: int
) -> list[Lesson]:
    """Ratings of steps before and after their operands are known, and of single operations."""
    found: list[Taught] = [
        taught(rng, STORIES if rng.random() < 0.3 else rng.choices(FAMILIES, FAMILY_WEIGHTS)[0])
        for _ in range(problems)
    ]
    ops = [operation(rng) for _ in range(operations)]
    success = success_probabilities(
        model, tokenizer, [*ops, *(op for p in found for op, _ in p.steps)]
    )
    lessons = [Lesson(dialect.prompt("rate", str(op)), _level(success[str(op)])) for op in ops]
    for problem in found:
        plan = dialect.plan_of(problem.outline)
        for step, (op, _) in zip(plan.steps, problem.steps, strict=True):
            level = _level(success[str(op)])
            lessons.append(Lesson(dialect.prompt("rate", str(op)), level))
            static = dialect.AbacusDialect().rate(problem.text, plan, step, None)
            lessons.append(Lesson(static, level))
    return lessons


def checking_lessons(
    make_engine: Callable[[], Engine], rng: random.Random, *, fast: int, slow: int
) -> list[Lesson]:
    """Checks of sampled results of both modes, right and wrong ones in equal numbers."""

    async def collect() -> list[tuple[Operation, str, bool]]:
        engine = make_engine()
        quick = [operation(rng) for _ in range(fast)]
        careful = [operation(rng) for _ in range(slow)]
        try:
            results = await solved(engine, quick, Mode.SYSTEM1, seed=1)
            results += await solved(engine, careful, Mode.SYSTEM2, seed=2)
        finally:
            await engine.close()
        return [(r.op, r.result, r.right) for r in results if r.result is not None]

    found = asyncio.run(collect())
    wrong = [f for f in found if not f[2]]
    right = [f for f in found if f[2]]
    rng.shuffle(right)
    chosen = wrong + right[: len(wrong)]
    rng.shuffle(chosen)
    return [verify_lesson(op, int(result)) for op, result, _ in chosen]


def checks_again(lessons: Sequence[Lesson]) -> list[Lesson]:
    """The checks of the same results as they are taught now."""
    again = []
    for lesson in lessons:
        claim = lesson.prompt.removeprefix("<|verify|>").removesuffix(dialect.GO)
        text, _, result = claim.rpartition("=")
        op = parse_operation(text)
        if op is not None and (op.op == "/" or apply(op.op, *map(int, op.operands)) is not None):
            again.append(verify_lesson(op, int(result)))
    return again


def mixed(
    base: Iterator[Lesson], extra: Sequence[tuple[Sequence[Lesson], float]], rng: random.Random
) -> Iterator[Lesson]:
    """The base stream with each extra set drawn at its share of examples."""
    while True:
        at = rng.random()
        for lessons, share in extra:
            if at < share:
                yield rng.choice(lessons)
                break
            at -= share
        else:
            yield next(base)
