"""Per-problem time and tokens: the hand-typed problems in every preset, on the embedded model.

    python benchmarks/problems.py [--presets scale,faithful,...] [--list] [--seeds 1]

Prints, for each preset, how many answers are right, the mean tokens and the mean seconds, and as
ratios to chain-of-thought in the same run. `--list` prints every problem with its answer.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scale_core import embedded_engine, solve  # noqa: E402
from scale_core.engines.base import Engine  # noqa: E402
from scale_core.pipeline.options import PRESETS  # noqa: E402
from scale_core.trace.run import Run  # noqa: E402

PROBLEMS = ROOT / "tests" / "data" / "typed_problems.tsv"


@dataclass(frozen=True)
class Result:
    family: str
    problem: str
    expected: str
    run: Run

    @property
    def answer(self) -> str:
        return self.run.answer.answer if self.run.answer else f"({self.run.status})"

    @property
    def right(self) -> bool:
        return self.run.grade is not None and self.run.grade.verdict == "equal"


async def run_all(engine: Engine, preset: str, seed: int) -> list[Result]:
    results = []
    for line in PROBLEMS.read_text().splitlines():
        family, problem, expected = line.split("\t")
        run = Run()
        async for event in solve(problem, answer=expected, preset=preset, seed=seed, engine=engine):
            run.apply(event)
        results.append(Result(family, problem, expected, run))
    return results


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", default=",".join(PRESETS))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_args()
    engine = embedded_engine()
    rows: dict[str, tuple[float, float, float]] = {}
    for preset in args.presets.split(","):
        results = [r for seed in range(args.seeds) for r in await run_all(engine, preset, seed)]
        rows[preset] = (
            fmean(r.right for r in results),
            fmean(r.run.ledger.total.total or 0 for r in results),
            fmean(r.run.seconds for r in results),
        )
        if args.list:
            for r in results:
                mark = "right" if r.right else "WRONG"
                tokens = r.run.ledger.total.total
                print(
                    f"{mark}  {r.answer:>8}  expected {r.expected:>6}  {tokens:>5} tokens  "
                    f"{r.run.seconds:6.2f} s  {r.problem}"
                )
    base = rows.get("cot")
    print(f"{'preset':<18}{'right':>8}{'tokens':>9}{'seconds':>9}{'tokens/cot':>12}")
    for preset, (right, tokens, seconds) in rows.items():
        ratio = f"{tokens / base[1]:.2f}" if base else ""
        print(f"{preset:<18}{right:>8.1%}{tokens:>9.0f}{seconds:>9.3f}{ratio:>12}")
    await engine.close()


if __name__ == "__main__":
    asyncio.run(main())
