"""When the embedded model should doubt that it understood, fitted on problems with known answers.

    python -m scale_core.experiments.understanding [--model FOLDER] [--print]

Knows a dev set (problems in our own words, and generated ones of the dev split), the signs that a
run sees of each of its plans, and whether exact evaluation of a plan gives the answer. Fits a
logistic model of it, by which a run also picks its plan; chooses from where on a run says that it
is not sure of that one, writes understanding.json beside the model and prints the curve: how many
plans stay unmarked, and how many of those are right.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.engines.base import Engine, Request
from scale_core.engines.catalogue import MODEL_FOLDER
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.pipeline.decompose import temperature_of
from scale_core.pipeline.options import Options
from scale_core.pipeline.understanding import Signs, Understanding, signs
from scale_core.problem import Plan

DIALECT = AbacusDialect()
OWN_WORDS = MODEL_FOLDER.parent / "own_words.tsv"
GENERATED = 40
"""Problems of each generated family."""
RIGHT = 0.8
"""So many of the dev stories that stay unmarked are to be right; half of them were written to
mislead."""
RIDGE = 1.0
LEVELS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)


@dataclass(frozen=True, slots=True)
class Posed:
    """A problem of the dev set; `story`: in our own words, as people would tell it."""

    text: str
    answer: int
    story: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """One of the plans that a problem's outlines propose."""

    signs: Signs
    right: bool
    story: bool


Plans = tuple[Seen, ...]
"""All the different plans of one problem, the most frequent one first."""


def dev_problems(path: Path = OWN_WORDS, generated: int = GENERATED) -> list[Posed]:
    """Our own words whose answer is a whole number, and generated problems of the dev split."""
    from scale_core.abacus.evaluate import problems
    from scale_core.abacus.problems import FAMILIES

    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    own = [Posed(t, int(a), True) for _, t, a, *_ in rows if a.lstrip("-").isdigit()]
    made = [Posed(p.text, p.answer, False) for f in FAMILIES for p in problems(f, generated, "dev")]
    return own + made


async def seen(engine: Engine, problem: Posed, options: Options, seed: int) -> Plans:
    """What a run would see of its plans; none where the problem is refused or has no plan."""
    reading = DIALECT.read_problem(problem.text)
    if reading.verdict == "outside":
        return ()
    count = options.settled(DIALECT.usual).outlines or 1
    request = Request(
        DIALECT.outline(reading.canonical), n=count, seed=seed,
        temperature=temperature_of(options, count), max_tokens=DIALECT.limits.outline, logprobs=0,
    )  # fmt: skip
    samples = (await engine.sample(request)).samples
    read = [(DIALECT.read_outline(sample), sample) for sample in samples]
    drawn = [(plan, sample) for plan, sample in read if isinstance(plan, Plan)]
    votes = Counter(DIALECT.meaning(plan) for plan, _ in drawn)
    first = {DIALECT.meaning(plan): plan for plan, _ in reversed(drawn)}
    return tuple(
        Seen(
            signs(DIALECT, reading.canonical, plan, drawn, len(samples)),
            _value(plan) == problem.answer,
            problem.story,
        )
        for plan in (first[meant] for meant, _ in votes.most_common())
    )


def _value(plan: Plan) -> int | None:
    """What a plan comes to by exact arithmetic."""
    from scale_core.abacus.grammar import evaluate, parse_outline

    done = evaluate(parse_outline(plan.text) or [])
    return done[-1][1] if done else None


async def measure(engine: Engine, problems: Sequence[Posed]) -> list[Plans]:
    found = await asyncio.gather(
        *(seen(engine, p, Options(), seed) for seed, p in enumerate(problems))
    )
    return [plans for plans in found if plans]


def picked(known: Understanding, problems: Sequence[Plans]) -> list[Seen]:
    """The plan that a run follows, of each problem."""
    return [max(plans, key=lambda one: known.sure(one.signs)) for plans in problems]


def fit(problems: Sequence[Plans]) -> Understanding:
    """Ridge-penalised logistic regression on all plans, by Newton's method; then the threshold, on
    those that it picks."""
    found = [one for plans in problems for one in plans]
    data = np.array([[1.0, *one.signs.values] for one in found])
    right = np.array([one.right for one in found], float)
    penalty = RIDGE * np.diag([0.0, *[1.0] * (data.shape[1] - 1)])
    weights: Any = np.zeros(data.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-data @ weights))
        slope = data.T @ (chance - right) + penalty @ weights
        bend = (data.T * (chance * (1 - chance))) @ data + penalty
        weights = weights - np.linalg.solve(bend + 1e-9 * np.eye(len(weights)), slope)
    bias, *rest = (round(float(w), 4) for w in weights)
    source = f"{len(found)} plans of {len(problems)} dev problems"
    made = Understanding(bias, tuple(rest), 1.0, source)
    return Understanding(bias, tuple(rest), threshold(made, picked(made, problems)), source)


def threshold(known: Understanding, found: Sequence[Seen], right: float = RIGHT) -> float:
    """The lowest from which on so many of the unmarked stories are right."""
    sure = sorted(((known.sure(one.signs), one.right) for one in found if one.story), reverse=True)
    best, good = 1.0, 0
    for count, (level, was_right) in enumerate(sure, 1):
        good += was_right
        if good >= right * count:
            best = level
    return round(best, 4)


def curve(known: Understanding, found: Sequence[Seen]) -> str:
    """Share of plans that stay unmarked at a threshold, and the share of those that is right."""
    rows = ["| unmarked from | stories: share, right | generated: share, right |", "|---|---|---|"]
    for level in sorted({*LEVELS, known.least}):
        cells = []
        for story in (True, False):
            part = [one for one in found if one.story is story]
            kept = [one.right for one in part if known.sure(one.signs) >= level]
            right = f"{fmean(kept):.2f}" if kept else "-"
            cells.append(f"{len(kept) / max(1, len(part)):.2f}, {right}")
        mark = " (chosen)" if level == known.least else ""
        rows.append(f"| {level:.2f}{mark} | {cells[0]} | {cells[1]} |")
    return "\n".join(rows)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER, help="its folder")
    parser.add_argument("--print", action="store_true", help="write no file")
    args = parser.parse_args()
    engine = OnnxEngine(args.model)
    try:
        problems = await measure(engine, dev_problems())
    finally:
        await engine.close()
    known = fit(problems)
    found = picked(known, problems)
    if not args.print:
        known.save(args.model)
    print(known)
    print(curve(known, found))
    often = sum(plans[0].right for plans in problems) / len(problems)
    print(f"right: {fmean(one.right for one in found):.3f}, by votes alone {often:.3f}")


if __name__ == "__main__":
    asyncio.run(main())
