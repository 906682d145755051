"""One arm: its pulls, scores and answers, and the purse that pays for all arms.

Knows what counts, what is lost and what is reserved. Does not know other arms or rules.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field

from scale_core.allocation.bandit.rules import entropy


@dataclass(slots=True)
class Attempt:
    """The best-scoring pull so far: its score and its number among the arm's pulls."""

    score: float = -math.inf
    at: int = -1

    def offer(self, score: float, at: int) -> None:
        """Of equal scores the earlier stays."""
        if score > self.score:
            self.score, self.at = score, at


@dataclass(slots=True)
class Arm:
    """`epoch` grows when the arm loses its samples, so that late results are known as late.

    passed / failed: the best of the pulls that passed the threshold and of the others.
    waiting: prerequisites that are not done. worst: what one pull may cost. share: budget after
    which a baseline leaves the arm.
    """

    worst: int = 1
    waiting: int = 0
    share: float = math.inf
    pulls: int = 0
    pending: int = 0
    drawn: int = 0
    spent: int = 0
    held: int = 0
    epoch: int = 0
    solved: bool = False
    taken: bool = False
    score: float = 0.0
    passed_score: float = 0.0
    passed: Attempt = field(default_factory=Attempt)
    failed: Attempt = field(default_factory=Attempt)
    answers: dict[Hashable | None, int] = field(default_factory=dict)
    accepted: Hashable | None = None

    @property
    def done(self) -> bool:
        """Whether arms that need this one may go on."""
        return self.solved or self.taken

    @property
    def count(self) -> int:
        """Pulls as the rules see them: pending ones are made and failed."""
        return self.pulls + self.pending

    @property
    def best(self) -> Attempt:
        return self.passed if self.passed.at >= 0 else self.failed

    @property
    def mean(self) -> float:
        return self.score / self.count if self.count else 0.0

    def entropy(self, normalised: bool = False) -> float:
        return entropy(self.answers.values(), normalised) if len(self.answers) > 1 else 0.0

    def add(self, reward: float, key: Hashable | None, passes: bool, frozen: bool) -> None:
        """Count a response. frozen: the accepted response stays whatever comes later."""
        if not frozen:
            (self.passed if passes else self.failed).offer(reward, self.pulls)
        self.pulls += 1
        self.score += reward
        self.passed_score += reward if passes else 0.0
        self.answers[key] = self.answers.get(key, 0) + 1

    def forget(self) -> None:
        """Lose all samples, those on their way included. What they cost stays spent."""
        self.epoch += 1
        self.pulls = self.pending = self.held = 0
        self.score = self.passed_score = 0.0
        self.solved = self.taken = False
        self.passed, self.failed, self.answers = Attempt(), Attempt(), {}
        self.accepted = None

    def withdraw(self) -> None:
        """The responses that had passed count as failures from now on."""
        self.score -= self.passed_score
        self.passed_score, self.accepted = 0.0, None
        self.solved = self.taken = False
        if self.passed.at >= 0:
            self.failed.offer(0.0, self.passed.at)
        self.passed = Attempt()


@dataclass(slots=True)
class Purse:
    """A budget with reservations. Spending exceeds it only by what pulls cost beyond what was
    reserved for them."""

    budget: int
    spent: int = 0
    reserved: int = 0

    @property
    def left(self) -> int:
        return self.budget - self.spent - self.reserved

    def reserve(self, amount: int) -> None:
        self.reserved += amount

    def settle(self, reserved: int, cost: int) -> None:
        """Exchange a reservation for what the pull did cost."""
        self.reserved -= reserved
        self.spent += cost
