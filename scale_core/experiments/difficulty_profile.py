"""Difficulty profile of the embedded model, measured on dev problems: what the optimum plans with.

    python -m scale_core.experiments.difficulty_profile [--problems 150] [--samples 4]

Knows dev sub-problems with right inputs: their ratings, and how often and at what cost each mode
is right. Writes planning.json beside the model. Does not know lanes.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pvariance

from scale_core.dialects.abacus.dialect import AbacusDialect, prompt
from scale_core.engines.base import Engine, Request
from scale_core.engines.catalogue import MODEL_FOLDER, embedded_engine
from scale_core.pipeline import calibration
from scale_core.pipeline.calibration import Calibration, DifficultyProfile, Expected
from scale_core.pipeline.options import Options
from scale_core.problem import Mode

DIALECT = AbacusDialect()
BINS = 8
SEED = 4_711


@dataclass(frozen=True)
class Measured:
    """One sub-problem: its difficulty, chances and mean tokens by mode, and for each readable
    System 1 sample (right, accepted)."""

    difficulty: float
    rates: tuple[float, float]
    costs: tuple[float, float]
    verdicts: tuple[tuple[bool, bool], ...]


def dev_steps(count: int) -> list[tuple[str, str]]:
    """Distinct (operation, right value) of dev problems of all families."""
    from scale_core.abacus.evaluate import problems
    from scale_core.abacus.problems import FAMILIES

    found = {
        str(operation): str(value)
        for family in FAMILIES
        for problem in problems(family, count // len(FAMILIES), "dev")
        for operation, value in problem.steps
    }
    return sorted(found.items())


async def measure(
    engine: Engine, known: Calibration, operation: str, right: str, samples: int
) -> Measured:
    options, rates, costs, verdicts = (
        Options(),
        list[float](),
        list[float](),
        list[tuple[bool, bool]](),
    )
    rating = await engine.sample(
        Request(prompt("rate", operation), max_tokens=3, temperature=0.0, logprobs=10)
    )
    raw = DIALECT.read_rating(rating.samples[0])
    for mode, role, most in (
        (Mode.SYSTEM1, "s1", DIALECT.limits.system1),
        (Mode.SYSTEM2, "s2", DIALECT.limits.system2),
    ):
        request = Request(
            prompt(role, operation), n=samples, seed=SEED, max_tokens=most, logprobs=0
        )
        done = await engine.sample(request)
        results = [DIALECT.read_result(s, mode) for s in done.samples]
        rates.append(fmean(r == right for r in results))
        costs.append((done.usage.prompt or 0) + (done.usage.completion or 0) / samples)
        if mode is Mode.SYSTEM1:
            verdicts = [
                (r == right, (s.probability or 0.0) >= options.accept)
                for r, s in zip(results, done.samples, strict=True)
                if r is not None
            ]
    difficulty = 1.0 if raw is None else known(raw)
    return Measured(difficulty, (rates[0], rates[1]), (costs[0], costs[1]), tuple(verdicts))


def fit(found: Sequence[Measured], samples: int, source: str) -> DifficultyProfile:
    """Means of equally large bins of difficulty, and how alike the members of a bin are."""
    ranked = sorted(found, key=lambda m: m.difficulty)
    size = -(-len(ranked) // BINS)
    bins = [ranked[i : i + size] for i in range(0, len(ranked), size)]
    points: list[Expected] = []
    for members in bins:
        difficulty = fmean(m.difficulty for m in members)
        if points and difficulty <= points[-1].difficulty:
            continue
        p1, p2 = (round(fmean(m.rates[k] for m in members), 4) for k in (0, 1))
        c1, c2 = (round(fmean(m.costs[k] for m in members), 2) for k in (0, 1))
        points.append(Expected(round(difficulty, 5), p1, p2, c1, c2, 0.0))
    right = [accepted for m in ranked for was_right, accepted in m.verdicts if was_right]
    wrong = [accepted for m in ranked for was_right, accepted in m.verdicts if not was_right]
    alike = [strength([[m.rates[k] for m in part] for part in bins], samples) for k in (0, 1)]
    return DifficultyProfile(
        points=tuple(points),
        t=round(fmean(right), 4),
        f=round(fmean(wrong), 4),
        strength1=round(alike[0], 3),
        strength2=round(alike[1], 3),
        source=source,
    )


def strength(rates: Sequence[Sequence[float]], samples: int) -> float:
    """a + b of the Beta distribution of chances within a bin, by the method of moments: the
    variance of shares of n samples is m (1-m) (1 + (n-1) / (a+b+1)) / n. Between .1 and 100."""
    ratios = []
    for group in rates:
        mean = fmean(group)
        binomial = mean * (1 - mean) / samples
        if binomial > 1e-6:
            ratios.append((pvariance(group) / binomial - 1) / (samples - 1))
    alike = min(0.9, max(0.0099, fmean(ratios) if ratios else 0.0099))
    return min(100.0, max(0.1, 1 / alike - 1))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=150)
    parser.add_argument("--samples", type=int, default=4)
    args = parser.parse_args()
    engine, known = embedded_engine(), calibration.load(MODEL_FOLDER)
    steps = dev_steps(args.problems)
    found = await asyncio.gather(
        *(measure(engine, known, op, value, args.samples) for op, value in steps)
    )
    source = f"{len(found)} dev sub-problems, {args.samples} samples a mode"
    profile = fit(found, args.samples, source)
    profile.save(MODEL_FOLDER)
    print(profile)
    await engine.close()


if __name__ == "__main__":
    asyncio.run(main())
