"""Makes benchmarks/hard_problems.jsonl, the fixed set of the duel's benchmark.

    python benchmarks/hard_problems.py [--pilot 6] [--candidates 200]

40 problems of each family, 4 or more steps each, none of them in the training data. A pilot (chain
of thought, `--pilot` samples at temperature 0.6, seeds of its own) tells how often each candidate
is solved; from 4 problems of the lowest fifth of that rate to 12 of the highest are then drawn, as
far as a family has them, so that chain of thought solves about half of the set (a pilot's winners
do worse when they are asked again) and no family is all easy or all hopeless. The choice uses chain
of thought alone: no other strategy was run on any candidate.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scale_core import embedded_engine  # noqa: E402
from scale_core.abacus.problems import FAMILIES, Taught, make  # noqa: E402
from scale_core.abacus.split import text_part  # noqa: E402
from scale_core.dialects.abacus.dialect import AbacusDialect  # noqa: E402
from scale_core.engines.base import Engine, Request  # noqa: E402

OUT = Path(__file__).with_name("hard_problems.jsonl")
EACH, STEPS, PILOT_SEED = 40, 4, 20_261
SIZES = (4, 6, 8, 10, 12)
DIALECT = AbacusDialect()


def candidates(family: str, count: int) -> list[Taught]:
    rng, found = random.Random(f"duel/{family}"), dict[str, Taught]()
    while len(found) < count:
        problem = make(family, rng)
        if len(problem.steps) >= STEPS and text_part(problem.text) == "test":
            found.setdefault(problem.text, problem)
    return list(found.values())


async def solve_rate(engine: Engine, problem: Taught, samples: int) -> float:
    request = Request(
        DIALECT.chain(problem.text), n=samples, seed=PILOT_SEED, max_tokens=DIALECT.limits.chain
    )
    completion = await engine.sample(request)
    right = [DIALECT.read_answer(s) == str(problem.answer) for s in completion.samples]
    return sum(right) / samples


def draw(rated: list[tuple[float, Taught]], rng: random.Random) -> list[tuple[float, Taught]]:
    """As many of each fifth as SIZES says; what one lacks is taken from those below it."""
    rng.shuffle(rated)
    count = len(SIZES)
    fifth = [[x for x in rated if min(count - 1, int(x[0] * count)) == i] for i in range(count)]
    chosen, lacking = list[tuple[float, Taught]](), 0
    for part, size in zip(reversed(fifth), reversed(SIZES), strict=True):
        want = size + lacking
        chosen += part[:want]
        lacking = max(0, want - len(part))
    rest = [x for part in reversed(fifth) for x in part if x not in chosen]
    return (chosen + rest)[:EACH]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pilot", type=int, default=6)
    parser.add_argument("--candidates", type=int, default=200)
    args = parser.parse_args()
    engine, lines = embedded_engine(), list[str]()
    for family in FAMILIES:
        found = candidates(family, args.candidates)
        rates = await asyncio.gather(*(solve_rate(engine, p, args.pilot) for p in found))
        chosen = draw(list(zip(rates, found, strict=True)), random.Random(family))
        mean = sum(rate for rate, _ in chosen) / EACH
        print(
            f"{family}: all candidates {sum(rates) / len(rates):.2f}, chosen {mean:.2f}", flush=True
        )
        for rate, problem in chosen:
            steps = [[str(op), value] for op, value in problem.steps]
            lines.append(
                json.dumps(
                    {
                        "family": family,
                        "problem": problem.text,
                        "answer": str(problem.answer),
                        "steps": steps,
                        "pilot": round(rate, 3),
                    }
                )
            )
    OUT.write_text("\n".join(lines) + "\n")
    await engine.close()


if __name__ == "__main__":
    asyncio.run(main())
