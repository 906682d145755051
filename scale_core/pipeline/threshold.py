"""The threshold between System 1 and System 2, fitted on what both did with dev sub-problems.

Knows outcomes and costs as numbers, and the criterion. Does not know where they were measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

SLACK = 0.0075
TRUSTED = 0.5
"""Share of the threshold up to which System 1 is not checked: easier than that, a check costs more
than it saves."""


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
