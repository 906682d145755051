"""The rules of a search: how a depth's rollouts are split over its candidates, which of them reason
alike, and how finished paths elect an answer.

Knows which numbers of a candidate a rule of `scale_core.allocation` needs, how what it returns is
told, and that equal values vote together. Does not know how candidates are made. The root alone
gets everything.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from scale_core.allocation.baselines import beam, dvts
from scale_core.allocation.directions import by_value, clusters
from scale_core.allocation.dora import dora, dora_by_direction
from scale_core.allocation.rebase import rebase, rebase_original
from scale_core.allocation.shares import Allocation, Numbers
from scale_core.allocation.votes import Aggregation, vote
from scale_core.allocation.votes import Rule as VoteRule
from scale_core.allocation.votes import aggregate as aggregate_scores
from scale_core.answers.grouping import group_async
from scale_core.pipeline.context import Context
from scale_core.strategies.search.spaces import Path, Space
from scale_core.strategies.search.text_vectors import ngrams
from scale_core.strategies.settings import Settings


@dataclass(frozen=True)
class Split:
    """counts [k]; factors: (name, values [k]) in the order in which the rule uses them; groups:
    name of each candidate's direction, None where there is none."""

    rule: str
    counts: list[int]
    factors: tuple[tuple[str, list[float | None]], ...]
    groups: list[str | None]
    effective: float | None = None
    note: str = ""


async def split(
    ctx: Context,
    rule: str,
    settings: Settings,
    paths: Sequence[Path],
    width: int,
    space: Space,
    scores: Sequence[float],
) -> Split:
    """How many of `width` rollouts extend each path. scores: aggregated, [k] in [0, 1]."""
    if paths[0].depth == 0:
        return Split(rule, [width], (), [None])
    if rule == "dora":
        return await _dora(ctx, settings, paths, width, space, scores)
    if rule == "rebase":
        return _rebase(settings, paths, width, scores)
    if rule == "beam":
        return _beam(settings, paths, width, scores)
    return _dvts(settings, paths, width, scores)


async def _dora(
    ctx: Context,
    settings: Settings,
    paths: Sequence[Path],
    width: int,
    space: Space,
    scores: Sequence[float],
) -> Split:
    """DORA with its paper's soft directions, or with the adaptations: by value, by clusters."""
    texts = [p.pieces[-1] if settings.scope == "last" else p.text for p in paths]
    soft = settings.official or settings.variant == "prefilter" or settings.directions == "soft"
    if not soft and settings.directions == "value":
        found = dora_by_direction(
            scores, by_value(await _values(paths)), width, t_b=settings.T_b, kappa=settings.kappa,
            level="direction",
        )  # fmt: skip
        return _told(found, scores, paths)
    rows = await vectors(ctx, space.node(paths[0].depth), texts)
    if soft:
        found = dora(
            scores, rows, width, t_b=settings.T_b, t_s=settings.T_s, kappa=settings.kappa,
            prefilter=settings.variant == "prefilter",
            groups=None if settings.official else texts, published=settings.official,
        )  # fmt: skip
    else:
        hard = clusters(rows, settings.similar, texts)
        found = dora_by_direction(
            scores, hard, width, t_b=settings.T_b, kappa=settings.kappa, level="direction"
        )
    return _told(found, scores, paths)


def _rebase(
    settings: Settings, paths: Sequence[Path], width: int, scores: Sequence[float]
) -> Split:
    if settings.rebase == "original":
        found = rebase_original(scores, width, t_b=settings.T_b, published=settings.official)
    else:
        found = rebase(
            scores, width, t_b=settings.T_b, kappa=settings.kappa, published=settings.official
        )
    return _told(found, scores, paths)


def _beam(settings: Settings, paths: Sequence[Path], width: int, scores: Sequence[float]) -> Split:
    return _told(beam(scores, width, settings.beam, published=settings.official), scores, paths)


def _dvts(settings: Settings, paths: Sequence[Path], width: int, scores: Sequence[float]) -> Split:
    found = dvts(scores, width, settings.beam, [p.tree for p in paths])
    return _told(found, scores, paths)


def _told(found: Allocation, scores: Sequence[float], paths: Sequence[Path]) -> Split:
    """The rule's factors under the names that people see; those it does not have are left out."""
    named: tuple[tuple[str, Numbers | None], ...] = (
        ("quality weight", found.weight),
        ("direction size", found.direction_size),
        ("diversity factor", found.gamma),
        ("product", found.share if found.gamma is not None else None),
        ("fair share", found.ideal),
    )
    factors = [("score", _floats(scores))]
    factors += [(name, _floats(values)) for name, values in named if values is not None]
    return Split(
        found.rule,
        [int(c) for c in found.counts],
        tuple(factors),
        _names(found, paths),
        found.effective_directions,
        "official arithmetic" if found.published else "",
    )


async def _values(paths: Sequence[Path]) -> list[Hashable | None]:
    """A key for each candidate's intermediate result: equal values have equal ones."""
    given = [(i, p.result) for i, p in enumerate(paths) if p.result is not None]
    keys: list[Hashable | None] = [None] * len(paths)
    for number, members in enumerate(await group_async([value for _, value in given])):
        for m in members:
            keys[given[m][0]] = number
    return keys


def _names(found: Allocation, paths: Sequence[Path]) -> list[str | None]:
    """A direction is called after the first result in it, a subtree by its number."""
    if found.group is not None:
        return [f"subtree {g + 1}" for g in found.group.tolist()]
    if found.direction is None:
        return [None] * len(paths)
    first: dict[int, str] = {}
    for label, path in zip(found.direction.tolist(), paths, strict=True):
        first.setdefault(label, path.result or "?")
    return [first[label] for label in found.direction.tolist()]


def _floats(values: Numbers) -> list[float | None]:
    return rounded(np.asarray(values, float).tolist(), 6)


def rounded(values: Sequence[float], digits: int) -> list[float | None]:
    """As they are told: infinity has no place in JSON. Many candidates have the same few values,
    and rounding is dear: each is rounded once."""
    told = {v: round(v, digits) if math.isfinite(v) else None for v in set(values)}
    return [told[v] for v in values]


# ---- vectors ----------------------------------------------------------------------------------


async def vectors(ctx: Context, node: str, texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors for telling directions apart: the engine's embeddings where it offers them, hashed
    n-grams otherwise. One row a text, equal texts computed once. Raises EngineError, Stopped."""
    distinct = list(dict.fromkeys(texts))
    if ctx.engine.info.embeds:
        found = np.asarray(await ctx.embed(node, distinct), np.float32)
    else:
        found = ngrams(distinct)
    row = {text: i for i, text in enumerate(distinct)}
    return np.asarray(found[[row[t] for t in texts]])


# ---- the vote ---------------------------------------------------------------------------------


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
