"""Every lane on 200 hard problems: accuracy and coverage against all tokens, at several budgets.

    python benchmarks/duel.py [--budgets 1,2,4,8,16] [--lanes ...] [--problems 200] [--seed 0]
                              [--set NAME=VALUE ...] [--out FILE.jsonl] [--chart FILE.html]

Tokens are everything a lane was charged: planning, ratings, checks, retries, thrown away samples.
Differences are paired by problem, with 95% bootstrap intervals. The problems are fixed
(hard_problems.jsonl; hard_problems.py tells how they were chosen).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scale_core import duel, embedded_engine  # noqa: E402
from scale_core.allocation.intervals import bootstrap, wilson  # noqa: E402
from scale_core.dialects.abacus.dialect import AbacusDialect  # noqa: E402
from scale_core.engines.base import Engine  # noqa: E402
from scale_core.experiments.oracle_samples import covered  # noqa: E402
from scale_core.strategies.lanes import LANES  # noqa: E402
from scale_core.strategies.settings import Settings  # noqa: E402
from scale_core.trace.duel import Duel  # noqa: E402

PROBLEMS = Path(__file__).with_name("hard_problems.jsonl")
AT_ONCE = 6
DIALECT = AbacusDialect()


@dataclass(frozen=True)
class Row:
    """One lane on one problem."""

    budget: str
    lane: str
    problem: int
    family: str
    right: bool
    covered: bool
    tokens: int
    rollouts: int
    status: str


async def one(
    engine: Engine, number: int, problem: dict[str, Any], args: argparse.Namespace, budget: str
) -> list[Row]:
    settings, options = split_changes(args.changes)
    events = duel(
        problem["problem"], answer=problem["answer"], lanes=args.lanes, budget=budget,
        settings=settings, options=options, seed=args.seed, engine=engine,
    )  # fmt: skip
    found = Duel([event async for event in events])
    return [
        Row(
            budget,
            name,
            number,
            problem["family"],
            run.grade is not None and run.grade.verdict == "equal",
            covered(run, DIALECT, problem["answer"]),
            run.ledger.total.total or 0,
            run.rollouts,
            run.status,
        )
        for name, run in found.lanes.items()
    ]


def split_changes(changes: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    settings: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for change in changes:
        name, _, value = change.partition("=")
        known = name in Settings().as_dict()
        (settings if known else options)[name] = plain(value)
    return settings, options


def plain(text: str) -> Any:
    """A number, true, false or none where the text is one."""
    try:
        return json.loads(text)
    except ValueError:
        return None if text == "none" else text


async def run(args: argparse.Namespace) -> list[Row]:
    engine = embedded_engine()
    problems = [json.loads(line) for line in PROBLEMS.read_text().splitlines()]
    step = max(1, len(problems) // args.problems)
    chosen = list(enumerate(problems))[::step][: args.problems]
    gate, rows = asyncio.Semaphore(AT_ONCE), list[Row]()
    for budget in args.budgets.split(","):
        text = budget if budget.endswith("tokens") else f"{budget}/step"

        async def gated(number: int, problem: dict[str, Any], text: str = text) -> list[Row]:
            async with gate:
                return await one(engine, number, problem, args, text)

        for found in await asyncio.gather(*(gated(i, p) for i, p in chosen)):
            rows += found
        report(rows, text, args.lanes)
    await engine.close()
    return rows


def report(rows: list[Row], budget: str, lanes: Sequence[str]) -> None:
    """Accuracy and coverage with intervals, tokens, and paired differences from uniform."""
    by_lane = {n: [r for r in rows if r.lane == n and r.budget == budget] for n in lanes}
    base = by_lane.get("uniform")
    print(f"\nbudget {budget}, {len(next(iter(by_lane.values())))} problems")
    print(
        f"{'lane':<17}{'accuracy':>9} {'95%':^13}{'coverage':>9}{'tokens':>8}{'of unif.':>9}"
        f"{'rollouts':>9}   accuracy - uniform (95%)   coverage - uniform (95%)"
    )
    for name, mine in by_lane.items():
        sure = wilson(sum(r.right for r in mine), len(mine))
        tokens = fmean(r.tokens for r in mine)
        line = f"{name:<17}{sure.mean:>9.1%} {sure.low:>6.1%}-{sure.high:<6.1%}"
        line += f"{fmean(r.covered for r in mine):>9.1%}{tokens:>8.0f}"
        line += f"{tokens / fmean(r.tokens for r in base):>9.2f}" if base else " " * 9
        line += f"{fmean(r.rollouts for r in mine):>9.1f}"
        if base and name != "uniform":
            line += "   " + difference([a.right - b.right for a, b in zip(mine, base, strict=True)])
            pairs = zip(mine, base, strict=True)
            line += "   " + difference([a.covered - b.covered for a, b in pairs])
        print(line, flush=True)


def difference(values: Sequence[float]) -> str:
    sure = bootstrap(values)
    return f"{sure.mean:>+7.1%} [{sure.low:+.1%}, {sure.high:+.1%}]"


def chart(rows: list[Row], path: Path) -> None:
    """Accuracy against mean total tokens, a line a lane."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for lane in dict.fromkeys(r.lane for r in rows):
        points = []
        for budget in dict.fromkeys(r.budget for r in rows):
            mine = [r for r in rows if r.lane == lane and r.budget == budget]
            sure = wilson(sum(r.right for r in mine), len(mine))
            points.append((fmean(r.tokens for r in mine), sure, budget))
        figure.add_scatter(
            x=[p[0] for p in points],
            y=[p[1].mean for p in points],
            error_y={
                "array": [p[1].high - p[1].mean for p in points],
                "arrayminus": [p[1].mean - p[1].low for p in points],
                "thickness": 1,
            },
            text=[p[2] for p in points],
            name=LANES[lane].label,
            mode="lines+markers",
        )
    figure.update_layout(
        xaxis={"title": "tokens a problem, everything included", "type": "log"},
        yaxis={"title": "accuracy", "tickformat": ".0%"},
        template="plotly_white",
    )
    figure.write_html(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budgets", default="1,2,4,8,16")
    parser.add_argument("--lanes", default=",".join(LANES), type=lambda text: text.split(","))
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", dest="changes", action="append", default=[])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--chart", type=Path)
    args = parser.parse_args()
    rows = asyncio.run(run(args))
    if args.out:
        args.out.write_text("".join(json.dumps(asdict(r)) + "\n" for r in rows))
    if args.chart:
        chart(rows, args.chart)


if __name__ == "__main__":
    main()
