"""What is fitted on the dev set: the calibration of ratings and the default threshold.

Knows the criterion of each. Does not touch test cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from scale_core.abacus import measure
from scale_core.abacus.evaluate import Rating, rate_steps
from scale_core.engines.base import Engine
from scale_core.problem import Mode
from scale_core.scale.calibration import Calibration, fit

PER_FAMILY = 1500
SLACK = 0.0075
TRUSTED = 0.5
"""Share of the threshold up to which System 1 is not checked: easier than that, a check costs more
than it saves."""
ACCEPT = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
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


def choose_tau(outcomes: Sequence[Outcome], slack: float = SLACK) -> float:
    """The threshold that costs least among those within `slack` of the best share right."""
    grid = [round(i / 50, 2) for i in range(-1, 51)]
    found = []
    for tau in grid:
        both = [o.at(tau) for o in outcomes]
        found.append((fmean(r for r, _ in both), fmean(c for _, c in both), tau))
    best = max(right for right, _, _ in found)
    return min((cost, tau) for right, cost, tau in found if right >= best - slack)[1]


async def outcomes(
    engine: Engine, ratings: Sequence[Rating], calibration: Calibration
) -> list[Outcome]:
    ops = [r.op for r in ratings]
    fast = await measure.solved(engine, ops, Mode.SYSTEM1, seed=11)
    slow = await measure.solved(engine, ops, Mode.SYSTEM2, seed=12)
    checks = {id(c.solved): c for c in await measure.checked(engine, fast)}
    out = []
    for rating, f, s in zip(ratings, fast, slow, strict=True):
        check = checks.get(id(f))
        prompt = len(str(f.op)) + 2  # digits and signs are one token each
        checking = 0 if check is None else prompt + 1 + len(f.result or "") + check.tokens
        out.append(
            Outcome(
                calibration(rating.dynamic),
                f.right,
                check is not None and check.probability >= ACCEPT,
                s.right,
                prompt + f.tokens,
                checking,
                prompt + s.tokens,
            )
        )
    return out


async def tune(engine: Engine) -> Calibration:
    """Fit the map from ratings to failures, then the threshold under that map."""
    found = await rate_steps(engine, "dev", PER_FAMILY)
    points = fit([r.dynamic for r in found], [r.failed for r in found])
    mapped = Calibration(points)
    tau = choose_tau(await outcomes(engine, found, mapped))
    print(f"{len(points)} calibration points from {len(found)} steps, tau {tau}", flush=True)
    source = f"isotonic, {len(found)} dev sub-problems of the five families"
    return Calibration(points, tau, TRUSTED * tau, source)
