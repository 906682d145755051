"""What a person sets for a bandit and what it tells them: settings, decisions, records.

Knows no arithmetic beyond checking the settings.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

from scale_core.allocation.bandit.rules import Rule
from scale_core.allocation.votes import Agreement


class State(StrEnum):
    """ACTIVE: may be pulled. SOLVED: a response was accepted. CAPPED: max_sample pulls without one
    (or, under a baseline, its share). UNAFFORDABLE: its next pulls could cost more than is left.
    BLOCKED: a prerequisite is not solved, or a stream has not reached it. TAKEN: closed by hand,
    its best attempt goes on unverified."""

    ACTIVE = "active"
    SOLVED = "solved"
    CAPPED = "capped"
    UNAFFORDABLE = "unaffordable"
    BLOCKED = "blocked"
    TAKEN = "taken"


class Unit(StrEnum):
    """What the budget counts. A sample costs 1; what tokens cost is known after the pull."""

    SAMPLES = "samples"
    TOKENS = "tokens"


@dataclass(frozen=True, slots=True)
class Settings:
    """The parameters of Algorithm 1 and its rules (names as in Zuo & Zhu where they have one).

    budget: B, in `unit`. gamma: a response with a reward of at least this is correct. k: K, pulls
    per arm and round. max_sample: most pulls of an arm that is not solved. lam: lambda, the weight
    of the bonus of UCB and Entropy. eps: the smallest gap of the Gap rule. normalised: the Entropy
    rule divides by ln(pulls). explore: the first stage's part of the budget (Two-stage).
    agreement: stop an arm by its answers instead of by rewards (self-consistency). stream: arms
    come one at a time and never again. any_k: allow K > max(1, B/n / 2), which is worse than
    Uniform from K > B/n on.

    The values of gamma, max_sample and lambda in the paper are not known to us; these are ours.
    Raises ValueError for values outside their ranges.
    """

    budget: int
    rule: Rule = Rule.ELIMINATION
    gamma: float = 1.0
    k: int = 1
    max_sample: int | None = None
    lam: float = 1.0
    eps: float = 0.02
    normalised: bool = True
    explore: float = 0.5
    agreement: Agreement | None = None
    unit: Unit = Unit.SAMPLES
    stream: bool = False
    any_k: bool = False

    def __post_init__(self) -> None:
        if self.budget < 0:
            raise ValueError("the budget must not be negative")
        if not (0 <= self.gamma <= 1 and 0 <= self.explore <= 1):
            raise ValueError("gamma and explore must lie in [0, 1]")
        if self.k < 1 or (self.max_sample is not None and self.max_sample < 1):
            raise ValueError("K and max_sample must be at least 1")
        if not (0 <= self.lam < float("inf") and self.eps > 0):
            raise ValueError("lambda must be finite and not negative, eps above 0")
        if self.stream and self.max_sample is None:
            raise ValueError("a stream needs max_sample (2 to 3 times the budget per arm)")

    def check_k(self, arms: int, worst: int) -> None:
        """Raise ValueError if K is too large for this budget. worst: cost of one pull at most."""
        largest = max(1, self.budget // (2 * max(1, arms) * worst))
        if self.k > largest and not self.any_k:
            raise ValueError(
                f"K = {self.k} is too large: with this budget for {arms} arms at most {largest} "
                "(half of what Uniform gives each); any_k allows it"
            )


@dataclass(frozen=True, slots=True)
class Decision:
    """Pull this arm `count` times, and why. The numbers are those the rule saw: pending pulls
    count as made and failed.

    t: pulls made and pending so far, over all arms. index = fixed part + bonus (inf for an arm
    never pulled); for rules that only count pulls, minus their number. mean: score per pull (under
    agreement its measure, in [0, 1]). gap: what the mean lacks to the threshold. left: budget
    after this decision's reservation.
    """

    ticket: int
    t: int
    arm: int
    rule: Rule
    count: int
    pulls: int
    mean: float
    bonus: float
    index: float
    gap: float
    entropy: float
    left: int


@dataclass(frozen=True, slots=True)
class Record:
    """What came of one pull: a line of the log.

    t: pulls made so far over all arms, this one included. reward: as counted; 0 for an error.
    counted: False if the arm had lost its samples in between: charged, nothing more. state and
    pulls: of the arm, afterwards. left: budget neither spent nor reserved. uniform: what Uniform
    would have spent when it gave every arm as many pulls (at the mean cost of a pull so far).
    """

    decision: Decision
    t: int
    reward: float
    cost: int
    counted: bool
    pulls: int
    state: State
    left: int
    uniform: float


@dataclass(frozen=True, slots=True)
class Refund:
    """Pulls of a decision that were not made; `cost` is what they cost nevertheless."""

    decision: Decision
    pulls: int
    cost: int
    left: int


@dataclass(frozen=True, slots=True)
class ArmView:
    """All there is to show of an arm.

    pulls: that count; drawn: all ever, those it lost included. best: the best score, None before
    the first; best_at: which of its counted pulls gave it, from 0. answers: (key, count), None
    for unreadable, in order of appearance; leader: the most frequent readable one; accepted: the
    key that solved the arm, whatever came later. spent: budget it used; share: what Uniform would
    give it, B/n.
    """

    arm: int
    state: State
    pulls: int
    drawn: int
    pending: int
    best: float | None
    best_at: int | None
    mean: float
    gap: float
    index: float
    entropy: float
    answers: tuple[tuple[Hashable | None, int], ...]
    leader: Hashable | None
    accepted: Hashable | None
    spent: int
    share: float
