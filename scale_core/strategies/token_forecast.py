"""What the rest of a token budget must still pay for.

Knows what samples are expected to cost: by the profile of a dev set, where the model has them, else
by what the lane paid so far. Does not know what is done with it. The last sample of all may begin
while one token is left (see BudgetMeter), so it is not set aside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from scale_core.pipeline.budget import BudgetMeter
from scale_core.pipeline.difficulty_profile import DifficultyProfile
from scale_core.problem import Mode


@dataclass(frozen=True)
class TokenForecast:
    """`later`: open sub-problems after this one. What nothing is known of yet costs 0: then there
    is nothing to save by."""

    budget: BudgetMeter
    profile: DifficultyProfile | None
    later: int

    @property
    def left(self) -> int:
        return max(0, self.budget.left or 0)

    def cost(self, mode: Mode, difficulty: float | None = None) -> float:
        """Expected tokens of a sample; without a difficulty of an average sub-problem."""
        if self.profile is None:
            return self.budget.mean(mode.value) or 0.0
        known = self.profile.average if difficulty is None else self.profile.at(difficulty)
        return known.c1 if mode is Mode.SYSTEM1 else known.c2

    @property
    def rating(self) -> float:
        """Before the first one: about as long as a System 1 sample."""
        return self.budget.mean("rate") or self.cost(Mode.SYSTEM1)

    def reserve(self, mode: Mode) -> float:
        """What the later sub-problems need for one sample each."""
        return 1 + (self.later - 1) * self.cost(mode) if self.later else 0.0

    def pays(self, tokens: float, mode: Mode) -> bool:
        """Whether this can be spent now and each later sub-problem still be worked on."""
        return not self.later or self.left - tokens >= self.reserve(mode)

    def saving(self, tau: float, seen: Iterable[float]) -> float:
        """Tokens that a rating is expected to save: System 1 where it is at most tau. Without a
        dev set the share of those follows from the ratings seen (Laplace's rule)."""
        if self.profile is not None:
            return fmean((p.c2 - p.c1) * (p.difficulty <= tau) for p in self.profile.points)
        easy = [d <= tau for d in seen]
        share = (sum(easy) + 1) / (len(easy) + 2)
        return share * (self.cost(Mode.SYSTEM2) - self.cost(Mode.SYSTEM1))
