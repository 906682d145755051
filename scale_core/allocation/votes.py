"""Votes: step scores into one, which answer wins, and when the answers have agreed enough.

Sources: search-and-learn (aggregation, pass@k), DORA's code (weighted, majority and best votes),
openr (votes by smallest or last step score); self-consistency as the elimination test of Zuo & Zhu
(arXiv 2506.12721: more than half of the responses agree); the Beta rule of Adaptive-Consistency
(Aggarwal et al., 2023). Knows scores, counts and keys of answers that somebody else found equal.
Does not know texts, how they are compared, who gave them or at what price.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal, get_args

from scale_core.allocation.shares import Numbers, read_scores

Aggregation = Literal["last", "min", "prod"]
Rule = Literal["weighted", "majority", "best"]


def aggregate(step_scores: Numbers, how: Aggregation = "last") -> float:
    """One score of a candidate from those of its steps [s >= 1]: the last, the smallest, or the
    product. Raises ValueError for no steps, a missing score or another `how`."""
    scores = read_scores(step_scores, "step_scores").tolist()
    if not scores:
        raise ValueError("a candidate without steps has no score")
    if how not in get_args(Aggregation):
        raise ValueError(f"unknown aggregation {how!r}; there are last, min and prod")
    if how == "last":
        return float(scores[-1])
    return float(min(scores) if how == "min" else math.prod(scores))


@dataclass(frozen=True, slots=True)
class Group:
    """Candidates with one answer: its key, their indices in order, the sum of their scores."""

    key: Hashable
    members: tuple[int, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Vote:
    """The groups in the order in which their answers first appeared, and the index of the winning
    one; None when nobody may win. `choice` is the candidate that stands for the winner: the first
    of its group, or the best one in a vote for the best."""

    groups: tuple[Group, ...]
    winner: int | None
    choice: int | None


def vote(
    keys: Sequence[Hashable | None],
    scores: Numbers,
    rule: Rule = "weighted",
    *,
    published: bool = False,
) -> Vote:
    """weighted: the largest sum of scores; majority: the most members; best: the group of the
    highest score.

    keys [k]: equal keys are equal answers; None is an empty answer, which is in no group and never
    wins. scores [k]. Ties: majority goes by weight and weighted by members, then both by the best
    score among them; then the first seen wins.
    published=True: None is an answer like any other, sums are added up in order of appearance, and
    ties go to the first seen at once.
    Raises ValueError for missing scores, another number of them, or another rule.
    """
    values = read_scores(scores).tolist()
    if len(values) != len(keys):
        raise ValueError(f"there are {len(values)} scores for {len(keys)} answers")
    if rule not in get_args(Rule):
        raise ValueError(f"unknown rule {rule!r}; there are weighted, majority and best")
    groups = _grouped(keys, values, published)
    if not groups:
        return Vote((), None, None)
    ranks = [_rank(group, values, rule) for group in groups]
    if published:
        ranks = [rank[:1] for rank in ranks]
    winner = ranks.index(max(ranks))
    inside = groups[winner].members
    choice = inside[0] if rule != "best" else max(inside, key=values.__getitem__)
    return Vote(groups, winner, choice)


def _grouped(
    keys: Sequence[Hashable | None], values: list[float], published: bool
) -> tuple[Group, ...]:
    members: dict[Hashable, list[int]] = {}
    for i, key in enumerate(keys):
        if key is not None or published:
            members.setdefault(key, []).append(i)
    add = sum if published else math.fsum
    return tuple(
        Group(key, tuple(inside), float(add(values[i] for i in inside)))
        for key, inside in members.items()
    )


def _rank(group: Group, values: list[float], rule: Rule) -> tuple[float, ...]:
    """What decides, and what decides between equals."""
    size, best = len(group.members), max(values[i] for i in group.members)
    if rule == "best":
        return (best,)
    return (group.weight, size, best) if rule == "weighted" else (size, group.weight, best)


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """1 - C(n - c, k) / C(n, k): the unbiased estimate of P(at least one of k is correct) from n
    samples of which c are. Raises ValueError unless 0 <= c <= n and 1 <= k <= n."""
    if not 0 <= correct <= samples or not 1 <= k <= samples:
        raise ValueError(f"pass@{k} cannot be estimated from {correct} correct of {samples}")
    every = math.comb(samples, k)
    return (every - math.comb(samples - correct, k)) / every


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
