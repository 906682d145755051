"""Pools of arms whose first success is drawn beforehand, a driver, and the closed forms.

With independent responses an arm is known, as far as coverage goes, by its first success: a
geometric number. All rules then run on the same responses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from scale_core.allocation.bandit.algorithm import Bandit
from scale_core.allocation.bandit.values import Decision, Record

NEVER = 10**12


@dataclass(frozen=True)
class Mix:
    """(weight, a, b) of Beta distributions of p, and the weight of p = 0."""

    betas: tuple[tuple[float, float, float], ...]
    impossible: float = 0.0

    def draw(self, rng: np.random.Generator, arms: int) -> np.ndarray:
        """Chances of success of `arms` arms, shuffled."""
        kinds = rng.choice(
            len(self.betas) + 1, arms, p=[w for w, _, _ in self.betas] + [self.impossible]
        )
        chances = np.zeros(arms)
        for kind, (_, a, b) in enumerate(self.betas):
            chances[kinds == kind] = rng.beta(a, b, (kinds == kind).sum())
        return chances

    def fails(self, pulls: float) -> float:
        """E[(1-p)^pulls]."""
        return self.impossible + sum(
            w * math.exp(_log_beta(a, b + pulls) - _log_beta(a, b)) for w, a, b in self.betas
        )

    def expected_pulls(self, rounds: float) -> float:
        """E[(1-(1-p)^rounds) / p], rounds where p = 0: by the Beta function, continued to a < 1."""
        total = self.impossible * rounds
        for w, a, b in self.betas:
            a = a + 1e-6 * (a == 1)  # the pole; the error is of that size
            sign = 1 if a > 1 else -1
            first, last = _log_beta(a - 1, b), _log_beta(a - 1, b + rounds)
            total += w * sign * (math.exp(first) - math.exp(last)) / math.exp(_log_beta(a, b))
        return total

    def uniform(self, each: float) -> float:
        return 1 - self.fails(each)

    def elimination(self, each: float) -> float:
        """Coverage in a large pool: 1 - E[(1-p)^R] with R such that the expected pulls are each."""
        low, high = each, 1e9
        for _ in range(200):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if self.expected_pulls(middle) < each else (low, middle)
        return 1 - self.fails(low)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


A = Mix(((0.5, 8, 2), (0.3, 2, 4), (0.2, 0.5, 8)))
B = Mix(((0.5, 8, 2), (0.3, 2, 4)), 0.2)
C = Mix(((0.5, 1, 30),), 0.5)


def first_successes(chances: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """For each arm the number of the pull, from 1, that succeeds first."""
    noise = rng.random(len(chances))
    with np.errstate(divide="ignore"):
        waits = np.ceil(np.log1p(-noise) / np.log1p(-chances))
    return np.where(chances > 0, np.clip(waits, 1, NEVER), NEVER).astype(np.int64)


def pool(mix: Mix, arms: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return first_successes(mix.draw(rng, arms), rng)


def oracle(successes: Sequence[int] | np.ndarray) -> Callable[[int, int], float]:
    """0/1 reward of an arm's pull, numbered from 1."""
    numbers = [int(s) for s in successes]
    return lambda arm, pull: float(pull >= numbers[arm])


def play(
    bandit: Bandit,
    reward: Callable[[int, int], float | None],
    cost: Callable[[int, int], int] = lambda arm, pull: 1,
    key: Callable[[int, int], Hashable | None] = lambda arm, pull: None,
    most: int | None = None,
) -> list[Record]:
    """Decide and observe until nothing is left; pulls of an arm are numbered from 1."""
    log: list[Record] = []
    while decisions := bandit.decide(most):
        log += [record for d in decisions for record in pull(bandit, d, reward, cost, key)]
    assert bandit.finished
    return log


def pull(
    bandit: Bandit,
    decision: Decision,
    reward: Callable[[int, int], float | None],
    cost: Callable[[int, int], int] = lambda arm, pull: 1,
    key: Callable[[int, int], Hashable | None] = lambda arm, pull: None,
) -> list[Record]:
    """Make all pulls of a decision, one after the other (nothing else of its arm is pending)."""
    arm, made = decision.arm, decision.pulls
    return [
        bandit.observe(decision, reward(arm, n), cost(arm, n), key(arm, n))
        for n in range(made + 1, made + decision.count + 1)
    ]
