"""Splits: a depth's rollouts over the candidates of a search, by each lane's rule.

Knows which numbers of a candidate a rule of `scale_core.allocation` needs, and how what it returns
is told. Does not know how candidates are made. The root alone gets everything.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from scale_core.allocation.apportion import apportion, apportion_log
from scale_core.allocation.checks import Floats
from scale_core.allocation.directions import Directions, by_value, clusters, soft
from scale_core.allocation.quality import log_weights, normalised
from scale_core.answers import group
from scale_core.scale.context import Context
from scale_core.strategies.grounds import Ground, Path
from scale_core.strategies.likeness import vectors
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
    ground: Ground,
    scores: Sequence[float],
) -> Split:
    """How many of `width` rollouts extend each path. scores: aggregated, [k] in [0, 1]."""
    if paths[0].depth == 0:
        return Split(rule, [width], (), [None])
    if rule == "dora":
        return await _dora(ctx, settings, paths, width, ground, scores)
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
    ground: Ground,
    scores: Sequence[float],
) -> Split:
    """DORA: softmax of the scores, times 1 / (soft) size of the direction."""
    texts = [p.pieces[-1] if settings.scope == "last" else p.text for p in paths]
    found: Directions
    if settings.directions == "value":
        found = by_value(_values(paths))
    else:
        rows = await vectors(ctx, ground.node(paths[0].depth), texts)
        if settings.directions == "soft":
            found = soft(rows, settings.T_s, texts)
        else:
            found = clusters(rows, settings.similar, texts)
    logs = log_weights(np.array(scores, float), settings.T_b)
    product = normalised(logs + found.log_gamma)
    counts = apportion_log(product, width, settings.kappa, scores)
    sizes = found.size.tolist() if found.size is not None else [None] * len(paths)
    return Split(
        "dora",
        [int(c) for c in counts],
        (
            ("score", _floats(scores)),
            ("quality weight", _floats(np.exp(logs))),
            ("direction size", [None if s is None else float(s) for s in sizes]),
            ("diversity factor", _floats(found.gamma)),
            ("product", _floats(np.exp(product))),
            ("fair share", _floats(np.exp(product) * width)),
        ),
        _names(found, paths),
        float(found.effective),
    )


def _rebase(
    settings: Settings, paths: Sequence[Path], width: int, scores: Sequence[float]
) -> Split:
    """REBASE: softmax of the scores, apportioned."""
    logs = log_weights(np.array(scores, float), settings.T_b)
    counts = apportion_log(logs, width, settings.kappa, scores)
    return Split(
        "rebase",
        [int(c) for c in counts],
        (
            ("score", _floats(scores)),
            ("quality weight", _floats(np.exp(logs))),
            ("fair share", _floats(np.exp(logs) * width)),
        ),
        [None] * len(paths),
    )


def _beam(settings: Settings, paths: Sequence[Path], width: int, scores: Sequence[float]) -> Split:
    """Beam: the best K = width / M candidates get M each."""
    keep = max(1, width // settings.beam)
    return _best(paths, width, scores, [keep], [0] * len(paths), "beam")


def _dvts(settings: Settings, paths: Sequence[Path], width: int, scores: Sequence[float]) -> Split:
    """DVTS: the best candidate of each subtree gets the subtree's share."""
    trees = sorted({p.tree for p in paths})
    return _best(
        paths, width, scores, [1] * len(trees), [trees.index(p.tree) for p in paths], "dvts"
    )


def _best(
    paths: Sequence[Path],
    width: int,
    scores: Sequence[float],
    keep: Sequence[int],
    group_of: Sequence[int],
    rule: str,
) -> Split:
    """The best `keep[g]` candidates of each group share the width evenly. Ties: the first."""
    order = sorted(range(len(paths)), key=lambda i: (-scores[i], i))
    rank, taken = [0.0] * len(paths), [0] * len(keep)
    weights = np.zeros(len(paths))
    for i in order:
        g = group_of[i]
        taken[g] += 1
        rank[i] = float(taken[g])
        weights[i] = float(taken[g] <= keep[g])
    counts = apportion(weights, width, 0.5, scores)
    return Split(
        rule,
        [int(c) for c in counts],
        (
            ("score", _floats(scores)),
            ("rank", list(rank)),
            ("fair share", _floats(weights / weights.sum() * width)),
        ),
        [f"subtree {g + 1}" if rule == "dvts" else None for g in group_of],
    )


def _values(paths: Sequence[Path]) -> list[Hashable | None]:
    """A key for each candidate's intermediate result: equal values have equal ones."""
    given = [(i, p.result) for i, p in enumerate(paths) if p.result is not None]
    keys: list[Hashable | None] = [None] * len(paths)
    for number, members in enumerate(group([value for _, value in given])):
        for m in members:
            keys[given[m][0]] = number
    return keys


def _names(found: Directions, paths: Sequence[Path]) -> list[str | None]:
    """A direction is called after the first result in it."""
    if found.label is None:
        return [None] * len(paths)
    first: dict[int, str] = {}
    for label, path in zip(found.label.tolist(), paths, strict=True):
        first.setdefault(label, path.result or "?")
    return [first[label] for label in found.label.tolist()]


def _floats(values: Sequence[float] | Floats) -> list[float | None]:
    return [round(float(v), 6) if math.isfinite(v) else None for v in values]
