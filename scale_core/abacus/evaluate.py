"""The table: what the shipped weights can and cannot do, on held-out cases.

Knows the test sets, the bars they are held against and how the table is printed. Does not know
how the model was trained. Everything is measured through the engine that ships.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from scale_core.abacus import measure
from scale_core.abacus.expressions import number
from scale_core.abacus.grammar import Operation, in_range
from scale_core.abacus.problems import CHAINS, FAMILIES, STORIES, Taught, make
from scale_core.abacus.split import SMALL_CLASS, class_size, held_out, text_part
from scale_core.dialects.abacus.dialect import AbacusDialect, plan_of
from scale_core.engines.base import Engine
from scale_core.experiments.statistics import auroc
from scale_core.pipeline.calibration import Calibration
from scale_core.problem import Mode


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `bar`: the least (or, `most`, the largest) value that is wanted."""

    name: str
    value: float
    cases: int
    bar: float | None = None
    most: bool = False
    note: str = ""

    @property
    def passed(self) -> bool | None:
        if self.bar is None:
            return None
        return self.value <= self.bar if self.most else self.value >= self.bar


def problems(family: str, count: int, part: str, seed: int = 0) -> list[Taught]:
    """Distinct problems whose text belongs to a held-out part."""
    rng, found = random.Random(f"{part}-{family}-{seed}"), dict[str, Taught]()
    while len(found) < count:
        problem = make(family, rng)
        if text_part(problem.text) == part:
            found[problem.text] = problem
    return list(found.values())


def operations(kind: str, left: int, right: int, count: int, seed: int = 0) -> list[Operation]:
    """Test operations of a class: all pairs of a small class, held-out pairs of a large one.

    left, right: digits of the operands. Quotients `/` are exact; there are too few held-out ones,
    so all of them are taken, several times over (each time sampled anew).
    """
    rng = random.Random(f"{kind}-{left}-{right}-{seed}")
    low_a, low_b = (0 if d == 1 else 10 ** (d - 1) for d in (left, right))
    if kind in "+-*" and left + right <= 5:
        pairs = itertools.product(range(low_a, 10**left), range(low_b, 10**right))
        every = [Operation(kind, a, b) for a, b in pairs]
        kept = [op for op in every if held_out(op)]
        return (
            every
            if class_size(every[-1]) < SMALL_CLASS
            else rng.sample(kept, min(count, len(kept)))
        )
    if kind == "/":
        exact = (
            Operation(kind, a, b)
            for b in range(max(1, low_b), 10**right)
            for a in range(-(-low_a // b) * b, 10**left, b)
        )
        all_of_them = [op for op in exact if held_out(op)]
        return all_of_them * -(-count // len(all_of_them))
    found: dict[str, Operation] = {}
    while len(found) < count:
        op = Operation(kind, number(rng, left), max(1, number(rng, right)))
        if held_out(op) and in_range(op):
            found[str(op)] = op
    return list(found.values())


EASY = (("+", 1, 1), ("-", 1, 1), ("*", 1, 1), ("*", 2, 1), ("*", 1, 2), ("+", 2, 2), ("-", 2, 2))
HARD = (("*", 2, 2), ("*", 3, 2), ("*", 2, 3), ("%", 4, 2))
OTHER = (
    ("+", 3, 3),
    ("-", 3, 3),
    ("+", 4, 4),
    ("-", 4, 4),
    ("*", 3, 1),
    ("%", 3, 2),
    ("/", 4, 2),
    ("//", 4, 2),
    ("gcd", 3, 3),
)
SLOW = (
    ("*", 2, 2, 0.97),
    ("*", 3, 2, 0.92),
    ("*", 2, 3, 0.92),
    ("%", 4, 2, 0.95),
    ("/", 4, 2, 0.92),
    ("//", 4, 2, 0.95),
    ("+", 3, 3, None),
    ("-", 3, 3, None),
    ("+", 5, 5, None),
    ("-", 5, 5, 0.95),
    ("%", 6, 2, None),
    ("gcd", 3, 3, 0.95),
)


def label(kind: str, left: int, right: int) -> str:
    return f"{left}-digit {kind} {right}-digit"


async def outline_rows(engine: Engine, count: int) -> list[Row]:
    rows, everything = [], []
    for family in FAMILIES:
        valid = await measure.outlines_valid(engine, problems(family, count, "test"))
        everything += valid
        rows.append(Row(f"outline valid: {family}", fmean(valid), len(valid), 0.97))
    rows.append(Row("outline valid: all families", fmean(everything), len(everything), 0.97))
    for family in (STORIES, CHAINS):
        valid = await measure.outlines_valid(engine, problems(family, count, "test"))
        rows.append(Row(f"outline valid: {family}", fmean(valid), len(valid), 0.97))
    return rows


async def chain_rows(engine: Engine, count: int) -> list[Row]:
    rows = []
    for family in FAMILIES:
        found = await measure.chains_right(engine, problems(family, count, "test"))
        tokens = fmean(t for _, t in found)
        rows.append(
            Row(
                f"chain of thought: {family}",
                fmean(r for r, _ in found),
                len(found),
                note=f"{tokens:.0f} tokens",
            )
        )
    return rows


async def system1_rows(engine: Engine, count: int) -> list[Row]:
    rows = []
    for group, bar, most in ((EASY, 0.97, False), (HARD, 0.60, True), (OTHER, None, False)):
        for kind, left, right in group:
            found = await measure.solved(engine, operations(kind, left, right, count), Mode.SYSTEM1)
            rows.append(
                Row(
                    f"System 1: {label(kind, left, right)}",
                    fmean(s.right for s in found),
                    len(found),
                    bar,
                    most,
                    f"{fmean(s.tokens for s in found):.1f} tokens",
                )
            )
    return rows


async def system2_rows(engine: Engine, count: int) -> list[Row]:
    rows = []
    for kind, left, right, bar in SLOW:
        found = await measure.solved(engine, operations(kind, left, right, count), Mode.SYSTEM2)
        rows.append(
            Row(
                f"System 2: {label(kind, left, right)}",
                fmean(s.right for s in found),
                len(found),
                bar,
                note=f"{fmean(s.tokens for s in found):.1f} tokens",
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class Rating:
    """One sub-problem: both raw ratings and whether one System 1 sample was wrong."""

    dynamic: float
    static: float
    failed: bool
    op: Operation


async def rate_steps(engine: Engine, part: str, per_family: int) -> list[Rating]:
    """Ratings and System 1 outcomes on a family-balanced set of sub-problems."""
    dialect, out = AbacusDialect(), list[Rating]()
    for family in (*FAMILIES, STORIES):
        steps, static = list[Operation](), list[str]()
        for problem in problems(family, per_family, part):
            plan = plan_of(problem.outline)
            for step, (op, _) in zip(plan.steps, problem.steps, strict=True):
                steps.append(op)
                body = dialect.rate(problem.text, plan, step, None)
                static.append(body.removeprefix("<|rate|>").removesuffix("<|go|>"))
        rng = random.Random(family)
        chosen = rng.sample(range(len(steps)), min(per_family, len(steps)))
        steps, static = [steps[i] for i in chosen], [static[i] for i in chosen]
        before = await measure.ratings(engine, static)
        now = await measure.ratings(engine, [str(op) for op in steps])
        outcome = await measure.solved(engine, steps, Mode.SYSTEM1, seed=77)
        out += [
            Rating(d, s, not o.right, op)
            for d, s, o, op in zip(now, before, outcome, steps, strict=True)
        ]
    return out


async def difficulty_rows(engine: Engine, count: int, calibration: Calibration) -> list[Row]:
    found = await rate_steps(engine, "test", count)
    failed = [r.failed for r in found]
    rows = []
    for name, raw, bars in (
        ("rated with earlier results", [r.dynamic for r in found], (0.90, 0.05)),
        ("rated before solving", [r.static for r in found], (None, None)),
    ):
        mapped = [calibration(x) for x in raw]
        rows += [
            Row(
                f"difficulty, {name}: AUROC",
                auroc(raw, failed) or 0.0,
                len(found),
                bars[0],
                note=f"System 1 fails {fmean(failed):.0%}",
            ),
            Row(
                f"difficulty, {name}: calibration error",
                measure.calibration_error(mapped, failed),
                len(found),
                bars[1],
                True,
                note=f"{measure.calibration_error(raw, failed):.3f} before calibration",
            ),
        ]
    return rows


VERIFIED: dict[Mode, Sequence[tuple[str, int, int]]] = {
    Mode.SYSTEM1: (
        ("*", 2, 2),
        ("*", 3, 2),
        ("%", 4, 2),
        ("/", 4, 2),
        ("//", 4, 2),
        ("+", 3, 3),
        ("-", 3, 3),
    ),
    Mode.SYSTEM2: (("*", 2, 2), ("*", 3, 2), ("%", 4, 2), ("/", 4, 2), ("//", 4, 2)),
}


async def verifier_rows(engine: Engine, count: int) -> list[Row]:
    rows = []
    for mode, classes in VERIFIED.items():
        for kind, left, right in classes:
            ops = operations(kind, left, right, count)
            if mode is Mode.SYSTEM2 and len(ops) < 3 * count:
                ops = operations(kind, left, right, 3 * count)
            slow = await measure.solved(engine, ops[:300], Mode.SYSTEM2, seed=5)
            found = await measure.checked(engine, await measure.solved(engine, ops, mode, seed=9))
            right_ones = [c.solved.right for c in found]
            area = auroc([c.probability for c in found], right_ones)
            wrong = len(found) - sum(right_ones)
            share = fmean(c.tokens for c in found) / fmean(s.tokens for s in slow)
            name = f"verifier on {mode.label}: {label(kind, left, right)}"
            if area is None or min(wrong, len(found) - wrong) < 10:
                rows.append(
                    Row(
                        name,
                        0.0 if area is None else area,
                        len(found),
                        None,
                        note=f"only {wrong} wrong: no bar; {share:.2f} of System 2",
                    )
                )
            else:
                rows.append(
                    Row(
                        name,
                        area,
                        len(found),
                        0.85,
                        note=f"{wrong} wrong; {share:.2f} of System 2's tokens",
                    )
                )
    return rows


def render(rows: Sequence[Row]) -> str:
    """The table as Markdown."""
    out = ["| measured | value | cases | wanted | |", "|---|---|---|---|---|"]
    for row in rows:
        wanted = "" if row.bar is None else f"{'<=' if row.most else '>='} {row.bar:.2f}"
        mark = "" if row.passed is None else (" ok" if row.passed else " **missed**")
        out.append(f"| {row.name} | {row.value:.3f} | {row.cases} | {wanted}{mark} | {row.note} |")
    return "\n".join(out)


async def table(
    engine: Engine, calibration: Calibration, count: int = 1000, say: Callable[[str], None] = print
) -> list[Row]:
    """Measure everything; `say` hears which part is running."""
    rows: list[Row] = []
    parts = (
        ("outlines", outline_rows(engine, count)),
        ("System 1", system1_rows(engine, count)),
        ("System 2", system2_rows(engine, count)),
        ("difficulty", difficulty_rows(engine, count, calibration)),
        ("verifier", verifier_rows(engine, count)),
        ("chain of thought", chain_rows(engine, count // 2)),
    )
    for name, part in parts:
        say(f"measuring {name}")
        rows += await part
    return rows
