"""What a lane sets aside for later sub-problems, and when a rating is worth its tokens."""

from __future__ import annotations

import pytest

from scale_core.pipeline.budget import BudgetMeter
from scale_core.pipeline.calibration import DifficultyProfile, Expected
from scale_core.problem import Mode
from scale_core.strategies.scale import TokenForecast
from scale_core.trace.usage import Usage

EASY = Expected(0.1, 0.9, 1.0, c1=10, c2=30, v=0)
HARD = Expected(0.9, 0.1, 0.9, c1=20, c2=70, v=0)
FIGURES = DifficultyProfile((EASY, HARD), 0.9, 0.1, 2.0, 2.0, "made up")


def outlook(left: int, later: int, figures: DifficultyProfile | None = FIGURES) -> TokenForecast:
    return TokenForecast(BudgetMeter(left, "tokens"), figures, later)


def test_costs_follow_the_figures() -> None:
    seen = outlook(100, 2)
    assert (seen.cost(Mode.SYSTEM1), seen.cost(Mode.SYSTEM2)) == (15, 50)
    assert seen.cost(Mode.SYSTEM2, 0.5) == pytest.approx(50)
    assert seen.cost(Mode.SYSTEM2, 1.0) == 70
    assert seen.rating == 15


@pytest.mark.parametrize(("later", "needed"), [(0, 0), (1, 1), (2, 51), (3, 101)])
def test_the_very_last_sample_needs_one_token_only(later: int, needed: float) -> None:
    assert outlook(0, later).reserve(Mode.SYSTEM2) == needed
    if later:
        assert outlook(30 + int(needed), later).pays(30, Mode.SYSTEM2)
        assert not outlook(29 + int(needed), later).pays(30, Mode.SYSTEM2)
    else:
        assert outlook(1, 0).pays(30, Mode.SYSTEM2)


def test_a_rating_saves_where_it_allows_system_1() -> None:
    assert outlook(100, 1).saving(0.0, []) == 0
    assert outlook(100, 1).saving(0.5, []) == pytest.approx((30 - 10) / 2)
    assert outlook(100, 1).saving(1.0, []) == pytest.approx((20 + 50) / 2)


def test_without_figures_a_lane_learns_from_what_it_paid() -> None:
    seen = outlook(1000, 2, None)
    assert seen.cost(Mode.SYSTEM2) == seen.rating == seen.saving(0.5, [0.1]) == 0
    for stage, tokens in (("system1", 40), ("system2", 640), ("rate", 60)):
        seen.budget.settle(stage, seen.budget.reserve(stage, 1, 700), 700, Usage(tokens, 0, 0, 0))
    assert (seen.cost(Mode.SYSTEM2), seen.rating, seen.left) == (640, 60, 260)
    assert seen.saving(0.5, []) == 300  # Laplace: half of them
    assert seen.saving(0.5, [0.1, 0.9, 0.9, 0.2]) == 300
    assert seen.saving(0.5, [0.9, 0.9, 0.9, 0.9]) == 100
