"""Which arm next: the exploration rules, and the order they put 100,000 arms in.

Knows one arm's numbers (score, pulls, entropy) and arrays over all arms. Does not know budgets,
prerequisites or when an arm is done.

Every rule is a fixed part that only the arm's own pulls change, and for two of them a bonus that
also grows with the total number of pulls: index = fixed + lambda sqrt(ln t) / sqrt(pulls). So
a step changes one entry of two arrays, and choosing is a multiply, an add and an argmax.

Source: Zuo & Zhu, arXiv 2506.12721. Elimination is the paper's algorithm; the formulas of UCB, Gap
and Entropy are reconstructed from a summary of it ("after Zuo & Zhu"), not quoted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Rule(StrEnum):
    """UNIFORM and TWO_STAGE are the baselines: they never leave a solved arm out (TWO_STAGE does
    so once, between its stages)."""

    UNIFORM = "uniform"
    TWO_STAGE = "two-stage"
    ELIMINATION = "elimination"
    UCB = "ucb"
    GAP = "gap"
    ENTROPY = "entropy"

    @property
    def eliminates(self) -> bool:
        return self not in (Rule.UNIFORM, Rule.TWO_STAGE)

    @property
    def indexed(self) -> bool:
        """Whether it ranks by more than the number of pulls."""
        return self in (Rule.UCB, Rule.GAP, Rule.ENTROPY)

    @property
    def has_bonus(self) -> bool:
        return self in (Rule.UCB, Rule.ENTROPY)

    @property
    def measures_entropy(self) -> bool:
        return self is Rule.ENTROPY


def fixed_part(rule: Rule, pulls: int, mean: float, gap: float, spread: float, eps: float) -> float:
    """The part of the index that does not depend on the total number of pulls.

    pulls: made and pending. mean: score per pull, pending ones as 0. gap: what the mean lacks to
    the threshold. spread: entropy of the answers. An arm without pulls is infinitely attractive
    to the rules with an index.
    """
    if not rule.indexed:
        return -float(pulls)
    if pulls == 0:
        return math.inf
    if rule is Rule.UCB:
        return mean
    return 1.0 / max(gap, eps) / pulls if rule is Rule.GAP else spread


def bonus_scale(rule: Rule, lam: float, t: int) -> float:
    """lambda sqrt(ln t), what 1 / sqrt(pulls) is multiplied with; 0 for rules without a bonus."""
    return lam * math.sqrt(math.log(t)) if rule.has_bonus and t > 1 else 0.0


def entropy(counts: Iterable[int], normalised: bool = False) -> float:
    """H = -sum f ln f of the shares f, in nats; normalised: divided by ln(number of responses),
    so within [0, 1]. 0 for fewer than 2 responses. Independent of the order of the counts."""
    values = list(counts)
    total = sum(values)
    if len(values) < 2 or total < 2:
        return 0.0
    spread = math.log(total) - math.fsum(n * math.log(n) for n in values) / total
    return spread / math.log(total) if normalised else spread


class Ranking:
    """The order of the open arms: highest index first, then fewest pulls, then arrival.

    `need` is what an arm's next pulls may cost; `limit` leaves out arms that need more.
    """

    def __init__(self, arms: int) -> None:
        self._fixed: Floats = np.full(arms, -np.inf)
        self._width: Floats = np.zeros(arms)  # 1 / sqrt(pulls)
        self._pulls: Ints = np.zeros(arms, np.int64)
        self._need: Ints = np.zeros(arms, np.int64)
        self._idle: Bools = np.ones(arms, np.bool_)
        self._index: Floats = np.empty(arms)

    def set(self, arm: int, fixed: float, pulls: int, need: int, idle: bool) -> None:
        """An open arm's numbers. idle: it has no pending pulls."""
        self._fixed[arm] = fixed
        self._width[arm] = pulls**-0.5 if pulls else 0.0
        self._pulls[arm] = pulls
        self._need[arm] = need
        self._idle[arm] = idle

    def close(self, arm: int) -> None:
        self._fixed[arm] = -np.inf

    def best(self, scale: float, limit: int | None = None, idle: bool = False) -> list[int]:
        """The first arm in the order, as a list; [] if there is none."""
        index = self._values(scale, limit, idle)
        first = int(index.argmax())
        top, pulls = index[first], self._pulls[first]
        if top == -np.inf:
            return []
        if pulls == 0 or top == -pulls:  # of its equals none can have fewer
            return [first]
        equal = np.flatnonzero(index == top)
        return [int(equal[self._pulls[equal].argmin()])]

    def top(self, scale: float, most: int, limit: int | None = None) -> list[int]:
        """The first `most` arms in the order."""
        if most == 1:
            return self.best(scale, limit)
        index = self._values(scale, limit, False)
        if most < len(index):
            least = np.partition(index, -most)[-most]
            among = np.flatnonzero((index >= least) & (index > -np.inf))
        else:
            among = np.flatnonzero(index > -np.inf)
        order = np.lexsort((among, self._pulls[among], -index[among]))
        found: list[int] = among[order[:most]].tolist()
        return found

    def fewest(self, limit: int | None = None) -> list[int]:
        """The idle ones of the open arms with the fewest pulls, in order of arrival: a round."""
        among = np.flatnonzero(self._values(0.0, limit, False) > -np.inf)
        pulls = self._pulls[among]
        if not len(among):
            return []
        among = among[pulls == pulls.min()]
        found: list[int] = among[self._idle[among]].tolist()
        return found

    def _values(self, scale: float, limit: int | None, idle: bool) -> Floats:
        """The index of every arm, -inf where it is closed, too dear or, on demand, busy."""
        index = self._index
        if scale:
            np.multiply(self._width, scale, out=index)
            index += self._fixed
        else:
            np.copyto(index, self._fixed)
        if limit is not None:
            index[self._need > limit] = -np.inf
        if idle:
            index[~self._idle] = -np.inf
        return index
