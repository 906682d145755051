"""Which answer wins: step scores into one, votes over groups of equal answers, pass@k, stopping.

Sources: search-and-learn (aggregation, pass@k), DORA's code (weighted, majority and best votes),
openr (votes by smallest or last step score), its_hub (Beta stopping). Knows scores and keys of
answers that somebody else found equal. Does not know texts or how they are compared.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from scale_core.allocation.checks import Numbers, read_scores

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
    official: bool = False,
) -> Vote:
    """weighted: the largest sum of scores; majority: the most members; best: the group of the
    highest score.

    keys [k]: equal keys are equal answers; None is an empty answer, which is in no group and never
    wins. scores [k]. Ties: majority goes by weight and weighted by members, then both by the best
    score among them; then the first seen wins.
    official=True: None is an answer like any other, sums are added up in order of appearance, and
    ties go to the first seen at once.
    Raises ValueError for missing scores, another number of them, or another rule.
    """
    values = read_scores(scores).tolist()
    if len(values) != len(keys):
        raise ValueError(f"there are {len(values)} scores for {len(keys)} answers")
    if rule not in get_args(Rule):
        raise ValueError(f"unknown rule {rule!r}; there are weighted, majority and best")
    groups = _grouped(keys, values, official)
    if not groups:
        return Vote((), None, None)
    ranks = [_rank(group, values, rule) for group in groups]
    if official:
        ranks = [rank[:1] for rank in ranks]
    winner = ranks.index(max(ranks))
    inside = groups[winner].members
    choice = inside[0] if rule != "best" else max(inside, key=values.__getitem__)
    return Vote(groups, winner, choice)


def _grouped(
    keys: Sequence[Hashable | None], values: list[float], official: bool
) -> tuple[Group, ...]:
    members: dict[Hashable, list[int]] = {}
    for i, key in enumerate(keys):
        if key is not None or official:
            members.setdefault(key, []).append(i)
    add = sum if official else math.fsum
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


def beta_stop(first: int, second: int) -> float:
    """P(the leading answer is truly the more frequent one) = 1 - I_0.5(v1 + 1, v2 + 1), from the
    counts v1, v2 of the two most frequent answers under a uniform prior.

    Exact: I_0.5(a, b) = P(X >= a) for X ~ Binomial(a + b - 1, 1/2), a sum of integers over 2^n.
    Raises ValueError for negative counts.
    """
    if first < 0 or second < 0:
        raise ValueError(f"counts must be at least 0, not {first} and {second}")
    n = first + second + 1
    term = total = 1
    for j in range(first):
        term = term * (n - j) // (j + 1)
        total += term
    return total / (1 << n)
