"""Problems that people wrote: what the embedded model's plans of them are worth.

    python benchmarks/people.py FILE.jsonl ... [--steps 2] [--most 100]

A file holds one JSON object a line with `problem` and `answer`; problems whose answer is no whole
number are left out. Prints for each file whether exact evaluation of the likeliest outline gives
the answer, and how the model's probability of it and the agreement of eight sampled outlines go
with being right. Whole runs are measured by `python -m scale_core evaluate`. Knows files,
measurements and the printed table. Does no training; these problems are for measuring only.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scale_core.abacus.grammar import evaluate, parse_outline  # noqa: E402
from scale_core.abacus.measure import TEMPERATURE, ask  # noqa: E402
from scale_core.dialects.abacus.dialect import AbacusDialect  # noqa: E402
from scale_core.engines.base import Engine, Sample  # noqa: E402
from scale_core.experiments.problem_sets import chosen, read_problems  # noqa: E402
from scale_core.experiments.statistics import auroc  # noqa: E402

SAMPLES = 8
LEVELS = (0.0, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)


@dataclass(frozen=True, slots=True)
class Written:
    problem: str
    answer: int


def read_file(path: Path, steps: int | None = None) -> list[Written]:
    """The problems of a file with a whole-number answer; `steps`: only those of so many."""
    found = []
    for posed in chosen(read_problems(path.read_text("utf-8")), steps=steps):
        answer = (posed.problem.expected or "").replace(",", "")
        if answer.lstrip("-").isdigit():
            found.append(Written(posed.problem.text, int(answer)))
    return found


def outline_value(sample: Sample) -> int | None:
    """What an outline comes to by exact arithmetic; None where it comes to nothing."""
    lines = parse_outline(sample.text) if sample.finish == "stop" else None
    done = evaluate(lines) if lines else None
    return done[-1][1] if done else None


@dataclass(frozen=True, slots=True)
class Understood:
    """How one problem was planned: the likeliest outline's probability, the share of sampled
    outlines that come to the same value, and whether that value is the answer."""

    probability: float
    agreement: float
    right: bool
    refused: bool


async def understood(engine: Engine, problems: Sequence[Written]) -> list[Understood]:
    dialect = AbacusDialect()
    readings = [dialect.read_problem(p.problem) for p in problems]
    texts = [reading.canonical for reading in readings]
    best = await ask(engine, "outline", texts, temperature=0.0, logprobs=1)
    values = [Counter[int | None]() for _ in problems]
    for seed in range(SAMPLES):
        drawn = await ask(engine, "outline", texts, temperature=TEMPERATURE, seed=1000 * seed)
        for counter, sample in zip(values, drawn, strict=True):
            counter[outline_value(sample)] += 1
    out = []
    for problem, reading, sample, counter in zip(problems, readings, best, values, strict=True):
        value = outline_value(sample)
        probability = math.exp(sum(token.logprob or 0.0 for token in sample.tokens))
        agreement = 0.0 if value is None else counter[value] / SAMPLES
        refused = reading.verdict == "outside"
        out.append(Understood(probability, agreement, value == problem.answer, refused))
    return out


def curve(found: Sequence[Understood]) -> str:
    """Share of problems at least so sure, and how many of those are right."""
    rows = ["| at least | probability: share, right | agreement: share, right |", "|---|---|---|"]
    for level in LEVELS:
        cells = []
        for score in ([u.probability for u in found], [u.agreement for u in found]):
            kept = [u.right for u, s in zip(found, score, strict=True) if s >= level]
            cells.append(f"{len(kept) / len(found):.2f}, {fmean(kept) if kept else math.nan:.2f}")
        rows.append(f"| {level:.2f} | {cells[0]} | {cells[1]} |")
    return "\n".join(rows)


async def report(engine: Engine, path: Path, problems: Sequence[Written]) -> None:
    found = await understood(engine, problems)
    right = [u.right for u in found]
    areas = [
        auroc(scores, right)
        for scores in ([u.probability for u in found], [u.agreement for u in found])
    ]
    print(
        f"{path.stem}: {fmean(right):.3f} of {len(found)} right, "
        f"{fmean(u.refused for u in found):.3f} refused; area under the curve "
        + ", ".join("-" if a is None else f"{a:.3f}" for a in areas)
    )
    print(curve(found), flush=True)


def main() -> None:
    from scale_core.engines.embedded.engine import OnnxEngine

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--steps", type=int, help="only problems of so many steps")
    parser.add_argument("--most", type=int, help="only so many problems of each file")
    parser.add_argument("--model", type=Path, default=Path("assets/abacus/onnx"))
    args = parser.parse_args()

    async def run() -> None:
        engine = OnnxEngine(args.model)
        try:
            for path in args.files:
                await report(engine, path, read_file(path, args.steps)[: args.most])
        finally:
            await engine.close()

    asyncio.run(run())


if __name__ == "__main__":
    main()
