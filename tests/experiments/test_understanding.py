"""The fit of doubt: what it must recover, and how its threshold is chosen."""

from __future__ import annotations

import random

import pytest

from scale_core.dialects.base import Mismatch
from scale_core.experiments.understanding import (
    RIGHT,
    Seen,
    curve,
    dev_problems,
    fit,
    picked,
    threshold,
)
from scale_core.pipeline.understanding import Signs, Understanding

LEFT = Mismatch(never=("7",))


def made(count: int, seed: int = 1) -> list[Seen]:
    """Plans that are right as often as the model thinks, and half as often if a number is left."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        chance, left = rng.random(), rng.random() < 0.3
        right = rng.random() < chance * (0.5 if left else 1.0)
        found.append(Seen(Signs(1.0, chance, LEFT if left else Mismatch()), right, story=True))
    return found


def single(found: list[Seen]) -> list[tuple[Seen, ...]]:
    """Problems with one plan each."""
    return [(one,) for one in found]


def test_the_plan_that_is_picked_is_right_more_often_than_the_first() -> None:
    plans = made(4000, seed=3)
    problems = [tuple(plans[i : i + 2]) for i in range(0, len(plans), 2)]
    chosen = picked(fit(problems), problems)
    assert sum(p.right for p in chosen) > 1.3 * sum(two[0].right for two in problems)


def test_the_fit_finds_how_often_plans_are_right() -> None:
    known = fit(single(made(6000)))
    for chance in (0.2, 0.5, 0.8):
        assert known.sure(Signs(1.0, chance)) == pytest.approx(chance, abs=0.08)
    assert known.sure(Signs(1.0, 0.8, LEFT)) < known.sure(Signs(1.0, 0.8)) - 0.2


def test_what_stays_unmarked_is_right_as_often_as_was_asked() -> None:
    found = made(4000)
    known = fit(single(found))
    kept = [one.right for one in found if known.sure(one.signs) >= known.least]
    assert sum(kept) / len(kept) == pytest.approx(RIGHT, abs=0.01)
    more = threshold(known, found, right=0.95)
    assert more > known.least


def test_generated_problems_do_not_choose_the_threshold() -> None:
    found = made(500)
    easy = [Seen(Signs(1.0, 0.999), True, story=False)] * 500
    known = Understanding(0.0, (1.0, 1.0, 0.0, -1.0, *[0.0] * 6), 0.9, "")
    assert threshold(known, found + easy) == threshold(known, found)


def test_the_curve_tells_both_shares() -> None:
    found = made(300)
    rows = curve(fit(single(found)), found).splitlines()
    assert rows[2].startswith("| 0.00 | 1.00, ") and any("(chosen)" in row for row in rows)


def test_the_dev_set_is_our_own_words_and_the_dev_split() -> None:
    found = dev_problems(generated=2)
    stories = [p for p in found if p.story]
    assert len(stories) > 150 and len(found) - len(stories) == 10
