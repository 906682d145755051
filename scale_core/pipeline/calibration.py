"""What a dev set taught of a model: from its raw rating to the probability that System 1 gets a
step wrong, the threshold fitted with it, and what sub-problems of a difficulty cost and bring.

Knows a monotone piecewise-linear map, a profile of chances, tokens and the verifier's reliability,
and where they are kept: beside a model of ours, else the calibration alone in the person's data
folder (SCALE_EXPLORER_DATA). Does not know how ratings are asked for, policies or budgets.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from scale_core.user_data import data_folder

FILE = "calibration.json"
PUBLISHED_TAU = 0.2
"""Of ratings that are asked for."""
ATTEMPT_TAU = 0.5
"""Of ratings by an attempt: System 2 where the model's own answer is more likely wrong than right.
On real models nine of ten drafts on this side of it were right (docs/results.md)."""
NO_TRUST = -1.0


_MADE = {"asked": "asked for", "attempt": "made by an attempt"}


def default_tau(rating: str | None) -> float:
    """The threshold where none was fitted, by what a run's switch `rating` makes."""
    return ATTEMPT_TAU if rating == "attempt" else PUBLISHED_TAU


@dataclass(frozen=True, slots=True)
class Calibration:
    """`points`: (raw, probability) with both coordinates rising; empty means the identity.

    tau: the default threshold on the calibrated scale, fitted on a dev set.
    trust: at or below this difficulty a System 1 result is not worth a check.
    how: which ratings it was fitted to, those that were asked for or those by an attempt.
    Raises ValueError if the points do not rise.
    """

    points: tuple[tuple[float, float], ...] = ()
    tau: float = PUBLISHED_TAU
    trust: float = NO_TRUST
    source: str = "none: raw ratings are shown"
    how: str = "asked"

    def __post_init__(self) -> None:
        for (x0, y0), (x1, y1) in zip(self.points, self.points[1:], strict=False):
            if x1 <= x0 or y1 < y0:
                raise ValueError("calibration points must rise")

    def __call__(self, raw: float) -> float:
        """Calibrated difficulty in [0, 1]; linear between points, constant outside them."""
        if not self.points:
            return min(1.0, max(0.0, raw))
        i = bisect_right([x for x, _ in self.points], raw)
        if i == 0:
            return self.points[0][1]
        if i == len(self.points):
            return self.points[-1][1]
        (x0, y0), (x1, y1) = self.points[i - 1], self.points[i]
        return y0 + (y1 - y0) * (raw - x0) / (x1 - x0)

    def as_dict(self) -> dict[str, Any]:
        return {
            "tau": self.tau, "trust": self.trust, "source": self.source, "points": self.points,
            "how": self.how,
        }  # fmt: skip

    @staticmethod
    def of(data: Mapping[str, Any]) -> Calibration:
        """The inverse of `as_dict`. Raises ValueError, KeyError for anything else."""
        points = tuple((float(x), float(y)) for x, y in data["points"])
        trust = float(data.get("trust", NO_TRUST))
        how = str(data.get("how", "asked"))
        return Calibration(points, float(data["tau"]), trust, str(data["source"]), how)

    def fitting(self, rating: str | None) -> Calibration:
        """This one, if it was fitted to what a run's switch `rating` makes; else the identity."""
        how = "attempt" if rating == "attempt" else "asked"
        if self.points and self.how == how:
            return self
        source = f"none: there is one, but not for ratings that are {_MADE[how]}"
        return Calibration(tau=default_tau(rating), source=source if self.points else self.source)

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(self.as_dict(), indent=1) + "\n")


def load(folder: Path | None) -> Calibration:
    """The calibration stored beside a model, or the identity where there is none.

    folder: None for an engine whose model is not in a folder of ours.
    """
    path = None if folder is None else folder / FILE
    if path is None or not path.exists():
        return Calibration()
    return Calibration.of(json.loads(path.read_text()))


def fit(
    raw: Sequence[float], failed: Sequence[bool], least: int = 40
) -> tuple[tuple[float, float], ...]:
    """Points of an isotonic regression of failures on ratings (pool adjacent violators).

    Equal ratings are one measurement, and groups smaller than `least` observations are pooled
    too, so that every point is a measurement of at least that many (fewer only if there are
    fewer in all).
    """
    found: dict[float, tuple[float, int]] = {}
    for x, y in zip(raw, failed, strict=True):
        x = round(x, 6)
        total, n = found.get(x, (0.0, 0))
        found[x] = (total + y, n + 1)
    blocks: list[tuple[float, float, int]] = []  # sum of ratings, failures, count
    for x in sorted(found):
        total, n = found[x]
        blocks.append((x * n, total, n))
        while len(blocks) > 1 and (blocks[-2][2] < least or _rate(blocks[-2]) >= _rate(blocks[-1])):
            _merge(blocks)
    while len(blocks) > 1 and (blocks[-1][2] < least or _rate(blocks[-2]) >= _rate(blocks[-1])):
        _merge(blocks)
    return tuple((round(x / n, 6), round(y / n, 6)) for x, y, n in blocks)


def _rate(block: tuple[float, float, int]) -> float:
    return block[1] / block[2]


def _merge(blocks: list[tuple[float, float, int]]) -> None:
    """Join the last two blocks."""
    x, y, n = blocks.pop()
    blocks[-1] = (blocks[-1][0] + x, blocks[-1][1] + y, blocks[-1][2] + n)


# ---- the threshold -------------------------------------------------------------------------------

SLACK = 0.0075
TRUSTED = 0.5
"""Share of the threshold up to which System 1 is not checked: easier than that, a check costs more
than it saves."""


@dataclass(frozen=True, slots=True)
class BothModes:
    """What both modes did with one sub-problem, and what each cost in tokens, prompts included."""

    difficulty: float
    fast_right: bool
    fast_accepted: bool
    slow_right: bool
    fast_cost: float
    check_cost: float
    slow_cost: float

    def at(self, tau: float) -> tuple[bool, float]:
        """(right, tokens) under the default pipeline with this threshold."""
        if self.difficulty > tau:
            return self.slow_right, self.slow_cost
        if self.difficulty <= TRUSTED * tau:
            return self.fast_right, self.fast_cost
        if self.fast_accepted:
            return self.fast_right, self.fast_cost + self.check_cost
        return self.slow_right, self.fast_cost + self.check_cost + self.slow_cost


def choose_tau(outcomes: Sequence[BothModes], slack: float = SLACK) -> float:
    """The threshold that costs least among those within `slack` of the best share right."""
    grid = [round(i / 50, 2) for i in range(-1, 51)]
    found = []
    for tau in grid:
        both = [o.at(tau) for o in outcomes]
        found.append((fmean(r for r, _ in both), fmean(c for _, c in both), tau))
    best = max(right for right, _, _ in found)
    return min((cost, tau) for right, cost, tau in found if right >= best - slack)[1]


# ---- where calibrations are kept of models that are not in a folder of ours ----------------------


def path_of(model: str) -> Path:
    """The file of a model's calibration. Names that had to be changed to make a file's name carry
    a digest, so that no two models share a file."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "--", model).strip(".-")[:80] or "model"
    if safe != model:
        safe += "-" + hashlib.blake2b(model.encode("utf-8", "replace"), digest_size=4).hexdigest()
    return data_folder() / "calibration" / f"{safe}.json"


def store(calibration: Calibration, model: str, path: Path | None = None) -> Path:
    """Write a model's calibration, by default where `stored` finds it; returns the file. Raises
    OSError."""
    path = path or path_of(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"model": model, **calibration.as_dict()}
    fresh = path.with_name(path.name + ".new")  # never half a file under the name
    fresh.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)
    return path


def stored(model: str, path: Path | None = None) -> Calibration:
    """The calibration stored for a model, the identity if there is none. A file that cannot be
    read counts as none, and the calibration's source says so."""
    path = path or path_of(model)
    try:
        return Calibration.of(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Calibration()
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Calibration(source=f"none: {path} could not be read ({type(error).__name__})")


PROFILE_FILE = "planning.json"


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
        (folder / PROFILE_FILE).write_text(json.dumps(asdict(self), indent=1) + "\n")

    @staticmethod
    def of(data: Mapping[str, Any]) -> DifficultyProfile:
        """The inverse of `dataclasses.asdict`. Raises ValueError, KeyError, TypeError."""
        points = tuple(Expected(**point) for point in data["points"])
        return DifficultyProfile(**{**data, "points": points})


def load_profile(folder: Path | None) -> DifficultyProfile | None:
    """The profile stored beside a model; None where there is none."""
    path = None if folder is None else folder / PROFILE_FILE
    if path is None or not path.exists():
        return None
    return DifficultyProfile.of(json.loads(path.read_text()))
