"""What the rows of an evaluation add up to: each strategy by itself, and strategies in pairs.

Failures and refusals stay in every denominator that says "of all". What an engine does not count
is unknown: a mean is then over the rows that are known, and says how many are not. Intervals are at
95%: Wilson's for a share, Newcombe's for the difference of two on the same problems, the bootstrap
over problems for a ratio of tokens. Knows rows only; does not know how they are shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, median

from scale_core.allocation.intervals import Interval, wilson
from scale_core.experiments.evaluate import ANSWERED, OUTCOMES, Outcome, Row
from scale_core.experiments.statistics import mcnemar, paired_difference, ratio_of_means

PAIRED = 4
"""Up to so many strategies each pair is compared, else each with the first."""


@dataclass(frozen=True, slots=True)
class Mean:
    """Over the rows of which it is known; `unknown`: how many are left out. None: all are."""

    value: float | None
    unknown: int = 0

    @staticmethod
    def of(values: Iterable[float | None]) -> Mean:
        every = list(values)
        known = [v for v in every if v is not None]
        return Mean(fmean(known) if known else None, len(every) - len(known))


@dataclass(frozen=True, slots=True)
class Tokens:
    """A problem's, on average. `prompt`: in full; `uncached`: less what a prefix cache served.
    `total`: prompt in full and all that was generated, thoughts among it."""

    total: Mean
    generated: Mean
    thinking: Mean
    prompt: Mean
    uncached: Mean


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many rows ended so, and how many of those were marked as doubtful."""

    all: int
    marked: int


@dataclass(frozen=True, slots=True)
class Plans:
    """Of rows with a plan: how many, how long it was, the share of one step alone, that of outlines
    that could be read at the first try, and, where the set tells how many steps a solution by hand
    takes, the share of plans within one of that."""

    count: int
    median: float | None
    one_step: float | None
    first_try: float | None
    near: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """One strategy. `right`: of all problems. `readable`: share of the runs that were neither
    refused nor failed whose answer could be read. `unmarked`: answers without a mark, as a share
    of all problems, None where no answer was judged; `sure`: the share of those that is right."""

    strategy: str
    problems: int
    right: Interval
    outcomes: dict[Outcome, Outcomes]
    readable: float | None
    unmarked: float | None
    sure: Interval | None
    tokens: Tokens
    calls: float
    seconds: float
    plans: Plans


@dataclass(frozen=True, slots=True)
class Pair:
    """Two strategies on the problems that both have rows of. `right`: share of the first less that
    of the second; `chance`: McNemar's p. `tokens`: mean of the first by that of the second, of
    problems where both are known; None where there are none."""

    first: str
    second: str
    problems: int
    only_first: int
    only_second: int
    right: Interval
    chance: float
    tokens: Interval | None


def summarise(rows: Iterable[Row], strategy: str) -> Summary:
    """One strategy's rows, of which there must be some."""
    mine = [row for row in rows if row.strategy == strategy]
    counts = Counter(row.outcome for row in mine)
    marks = Counter(row.outcome for row in mine if row.marked)
    ran = len(mine) - counts["refused"] - counts["failed"]
    answered = [row for row in mine if row.outcome in ANSWERED]
    judged = any(row.marked is not None for row in answered)
    plain = [row for row in answered if judged and not row.marked]
    return Summary(
        strategy=strategy,
        problems=len(mine),
        right=wilson(counts["right"], len(mine)),
        outcomes={name: Outcomes(counts[name], marks[name]) for name in OUTCOMES},
        readable=len(answered) / ran if ran else None,
        unmarked=len(plain) / len(mine) if judged else None,
        sure=wilson(sum(r.outcome == "right" for r in plain), len(plain)) if plain else None,
        tokens=_tokens(mine),
        calls=fmean(row.calls for row in mine),
        seconds=fmean(row.seconds for row in mine),
        plans=_plans(mine),
    )


def _tokens(rows: Sequence[Row]) -> Tokens:
    def mean(value: Callable[[Row], int | None]) -> Mean:
        return Mean.of(value(row) for row in rows)

    return Tokens(
        total=mean(lambda row: row.usage.total),
        generated=mean(lambda row: row.usage.completion),
        thinking=mean(lambda row: row.usage.thinking),
        prompt=mean(lambda row: row.usage.prompt),
        uncached=mean(lambda row: row.uncached),
    )


def _plans(rows: Sequence[Row]) -> Plans:
    lengths = [row.plan for row in rows if row.plan is not None]
    near = [
        abs(row.plan - row.wanted) <= 1
        for row in rows
        if row.plan is not None and row.wanted is not None
    ]
    return Plans(
        count=len(lengths),
        median=median(lengths) if lengths else None,
        one_step=_share([n == 1 for n in lengths]),
        first_try=_share([bool(row.first_try) for row in rows if row.plan is not None]),
        near=_share(near),
    )


def _share(cases: Sequence[bool]) -> float | None:
    return fmean(cases) if cases else None


# ---- pairs ---------------------------------------------------------------------------------


def pairs(rows: Iterable[Row], strategies: Sequence[str]) -> list[Pair]:
    """Every two of a few strategies, else each other one with the first."""
    by_key = {row.key: row for row in rows}
    few = len(strategies) <= PAIRED
    named = combinations(strategies, 2) if few else ((strategies[0], s) for s in strategies[1:])
    numbers = sorted({number for number, _ in by_key})
    found = []
    for first, second in named:
        both = [
            (by_key[n, first], by_key[n, second])
            for n in numbers
            if (n, first) in by_key and (n, second) in by_key
        ]
        if both:
            found.append(_pair(first, second, both))
    return found


def _pair(first: str, second: str, both: Sequence[tuple[Row, Row]]) -> Pair:
    right = Counter((a.outcome == "right", b.outcome == "right") for a, b in both)
    only_first, only_second = right[True, False], right[False, True]
    spent = [
        (x, y) for a, b in both if (x := a.usage.total) is not None
        and (y := b.usage.total) is not None
    ]  # fmt: skip
    return Pair(
        first=first,
        second=second,
        problems=len(both),
        only_first=only_first,
        only_second=only_second,
        right=paired_difference(right[True, True], only_first, only_second, right[False, False]),
        chance=mcnemar(only_first, only_second),
        tokens=ratio_of_means([x for x, _ in spent], [y for _, y in spent]) if spent else None,
    )
