"""When have the answers to one question agreed enough? The stop that needs no verifier.

Knows counts of equal answers. Does not know what an answer looks like, who gave it or its price.

Sources: self-consistency as the elimination test of Zuo & Zhu (arXiv 2506.12721: more than half
of the responses agree), and the Beta rule of Adaptive-Consistency (Aggarwal et al., 2023).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Measure(StrEnum):
    """SHARE: the leading answer's share of all responses. BETA: the probability that the leading
    answer is the true majority, given the counts of the leader and the runner-up."""

    SHARE = "share"
    BETA = "beta"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Stop when the measure reaches `level` (SHARE: exceeds it) and there are `least` responses.

    `least` is at least 2, because one response always agrees with itself. The Beta rule at .95
    asks for 4 equal answers in a row. Raises ValueError for a level outside (0, 1] or a smaller
    minimum.
    """

    measure: Measure = Measure.BETA
    level: float = 0.95
    least: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.level <= 1:
            raise ValueError(f"the level of agreement must lie in (0, 1], not {self.level}")
        if self.least < 2:
            raise ValueError("one response always agrees with itself: ask for at least 2")

    def value(self, counts: Mapping[Hashable | None, int]) -> float:
        """The measure, in [0, 1]. counts: responses by answer, None for those without a readable
        one. These are a rival (they hold the leader back) and never the leader."""
        lead, second = leaders(counts)
        if self.measure is Measure.SHARE:
            return lead / total if (total := sum(counts.values())) else 0.0
        return beta_confidence(lead, second)

    def reached(self, value: float, responses: int) -> bool:
        """Whether `responses` responses with this value of the measure are enough."""
        if responses < self.least:
            return False
        return value > self.level if self.measure is Measure.SHARE else value >= self.level


MAJORITY = Agreement(Measure.SHARE, 0.5, 3)
"""The paper's own test: more than half of the responses, here of at least 3."""


def leaders(counts: Mapping[Hashable | None, int]) -> tuple[int, int]:
    """Counts of the most frequent readable answer and of its strongest rival, unreadable ones
    taken together as one rival."""
    lead = second = 0
    for key, count in counts.items():
        if key is not None and count > lead:
            lead, second = count, lead
        else:
            second = max(second, count)
    return lead, max(second, counts.get(None, 0))


def leader(counts: Mapping[Hashable | None, int]) -> Hashable | None:
    """The most frequent readable answer; of equals the first seen (the first in the mapping)."""
    best, lead = None, 0
    for key, count in counts.items():
        if key is not None and count > lead:
            best, lead = key, count
    return best


@lru_cache(maxsize=65536)
def beta_confidence(lead: int, second: int) -> float:
    """P(leader is the true majority) = ∫½..1 x^a (1-x)^b dx / ∫0..1 = 1 - I½(a+1, b+1).

    For whole numbers that is a binomial tail, P(Bin(a+b+1, ½) <= a), summed over the terms that
    shrink (about 10 digits for counts of 100,000, 13 for small ones). Raises ValueError for
    negative counts.
    """
    if lead < 0 or second < 0:
        raise ValueError(f"counts must not be negative: {lead}, {second}")
    if lead < second:
        return 1.0 - beta_confidence(second, lead)
    n, k = lead + second + 1, lead + 1
    log_choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    term = math.exp(log_choose - n * math.log(2))
    tail = 0.0
    while k <= n and term > 1e-18 * tail:
        tail += term
        term *= (n - k) / (k + 1)
        k += 1
    return 1.0 - tail
