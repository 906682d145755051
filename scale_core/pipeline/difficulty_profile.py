"""Difficulty profile of a model: what a sub-problem of a given difficulty costs and brings.

Knows chances, tokens and the verifier's reliability as measured on a dev set of one model, and how
they are stored beside it (planning.json). Does not know policies or budgets.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FILE = "planning.json"


@dataclass(frozen=True, slots=True)
class Expected:
    """At one difficulty: chances of a right sample in System 1 and 2, tokens of a sample in each
    (prompt and reply), tokens of a check."""

    difficulty: float
    p1: float
    p2: float
    c1: float
    c2: float
    v: float


@dataclass(frozen=True, slots=True)
class DifficultyProfile:
    """`points` with rising difficulty. t, f: how often the verifier accepts a right and a wrong
    System 1 result. strength1, strength2: how alike sub-problems of one difficulty are, as the
    a + b of a Beta distribution of their chances. Raises ValueError without points."""

    points: tuple[Expected, ...]
    t: float
    f: float
    strength1: float
    strength2: float
    source: str

    def __post_init__(self) -> None:
        if not self.points:
            raise ValueError("a difficulty profile needs at least one point")

    def at(self, difficulty: float) -> Expected:
        """Linear between points, constant outside them."""
        at = [p.difficulty for p in self.points]
        i = bisect_left(at, difficulty)
        if i == 0:
            return self.points[0]
        if i == len(at):
            return self.points[-1]
        low, high = self.points[i - 1], self.points[i]
        part = (difficulty - low.difficulty) / (high.difficulty - low.difficulty)
        a, b = asdict(low), asdict(high)
        return Expected(**{name: a[name] + part * (b[name] - a[name]) for name in a})

    @property
    def average(self) -> Expected:
        """Over the dev set: its points stand for equally many sub-problems."""
        rows = [asdict(p) for p in self.points]
        return Expected(**{name: sum(r[name] for r in rows) / len(rows) for name in rows[0]})

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(asdict(self), indent=1) + "\n")

    @staticmethod
    def of(data: Mapping[str, Any]) -> DifficultyProfile:
        """The inverse of `dataclasses.asdict`. Raises ValueError, KeyError, TypeError."""
        points = tuple(Expected(**point) for point in data["points"])
        return DifficultyProfile(**{**data, "points": points})


def load(folder: Path | None) -> DifficultyProfile | None:
    """The profile stored beside a model; None where there is none."""
    path = None if folder is None else folder / FILE
    if path is None or not path.exists():
        return None
    return DifficultyProfile.of(json.loads(path.read_text()))
