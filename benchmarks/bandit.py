"""A step of the bandit over many arms: observe one pull, choose the next arm.

    python benchmarks/bandit.py [--arms 100000] [--steps 400]

Every rule starts after a first round in which each arm had one pull with a graded score, and keys
from a few answers; then single steps are timed. The last column compares the median with one bare
numpy argmax over as many numbers, measured in the same run: on a busy machine read that one.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scale_core.allocation.bandit.algorithm import Bandit  # noqa: E402
from scale_core.allocation.bandit.rules import Rule  # noqa: E402
from scale_core.allocation.bandit.values import Decision, Settings, Unit  # noqa: E402

ANSWERS = 6


@dataclass(frozen=True)
class Row:
    """Milliseconds a step; ratio: median over a bare argmax."""

    case: str
    median: float
    worst: float
    ratio: float


def milliseconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return 1e3 * (time.perf_counter() - start)


def steps(bandit: Bandit, count: int, graded: bool = True) -> list[float]:
    """Times of `count` steps after a first round (for the baselines: within it). Rewards that are
    not graded are all 0, so that all arms are level."""
    noise = np.random.default_rng(0)

    def observe(decision: Decision) -> None:
        reward = 0.99 * float(noise.random()) * graded
        bandit.observe(decision, reward, key=int(noise.integers(ANSWERS)))

    if bandit.settings.rule.indexed:
        for decision in bandit.decide():
            observe(decision)

    def step() -> None:
        for decision in bandit.decide(1):
            observe(decision)

    times = [milliseconds(step) for _ in range(count)]
    if bandit.t < count:
        raise SystemExit("the bandit stopped before the end of the measurement")
    return times


def rows(arms: int = 100_000, count: int = 400) -> list[Row]:
    """One row a rule; one with all arms level; one whose budget cannot pay every arm."""
    numbers = np.random.default_rng(1).random(arms)
    bare = statistics.median(milliseconds(numbers.argmax) for _ in range(count))
    found = []

    def add(case: str, times: list[float]) -> None:
        median = statistics.median(times)
        found.append(Row(case, median, max(times), median / bare))

    for rule in Rule:
        add(rule, steps(Bandit(arms, Settings(4 * arms, rule)), count))
    level = Bandit(arms, Settings(4 * arms, Rule.GAP))
    add("gap, all level", steps(level, count, graded=False))
    settings = Settings(budget=arms * 9, rule=Rule.UCB, unit=Unit.TOKENS)
    dear = Bandit(arms, settings, worst=[200] * (arms - 1) + [arms * 10])
    add("ucb, one too dear", steps(dear, count))
    return found


def report(arms: int = 100_000, count: int = 400) -> list[Row]:
    """Print the table, and return its rows."""
    table = rows(arms, count)
    print(f"bandit step over {arms:,} arms, {count} steps: milliseconds")
    print(f"{'rule':<22} {'median':>8} {'worst':>8} {'÷ argmax':>9}")
    for row in table:
        print(f"{row.case:<22} {row.median:8.3f} {row.worst:8.3f} {row.ratio:9.1f}")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--arms", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=400)
    options = parser.parse_args()
    report(options.arms, options.steps)


if __name__ == "__main__":
    main()
