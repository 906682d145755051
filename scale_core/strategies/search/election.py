"""How finished paths elect an answer: equal values vote together, an empty answer never wins.

Knows paths and answers; the arithmetic of votes is `allocation.votes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from scale_core.allocation.votes import Aggregation, vote
from scale_core.allocation.votes import Rule as VoteRule
from scale_core.allocation.votes import aggregate as aggregate_scores
from scale_core.answers.grouping import group_async
from scale_core.strategies.search.spaces import Path


def total(path: Path, aggregate: str) -> float:
    """A path's score: its last step's, the least one, or the product."""
    if aggregate == "last" and path.scores:
        return path.scores[-1]
    return aggregate_scores(path.scores, cast(Aggregation, aggregate)) if path.scores else 0.0


async def elect(
    answers: Sequence[str | None], weights: Sequence[float], how: str, official: bool = False
) -> tuple[str, tuple[tuple[str, int], ...]] | None:
    """The winner among answers grouped by equal value, and how many votes each value had; None if
    there is no answer. how: weighted, majority or best (`allocation.votes.vote`)."""
    given = [(i, a) for i, a in enumerate(answers) if a is not None and a.strip()]
    keys: list[str | None] = [None] * len(answers)
    for members in await group_async([a for _, a in given]):
        for m in members:
            keys[given[m][0]] = given[members[0]][1]
    found = vote(keys, weights, cast(VoteRule, how), published=official)
    if found.choice is None:
        return None
    votes = sorted(((str(g.key), len(g.members)) for g in found.groups), key=lambda v: -v[1])
    return str(keys[found.choice]), tuple(votes)
