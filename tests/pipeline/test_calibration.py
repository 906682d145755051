"""Calibration: rising maps from ratings to the probability that System 1 fails."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.pipeline.calibration import Calibration, fit, load

QUICK = settings(max_examples=25, deadline=None, derandomize=True)
UNIT = st.floats(0, 1)
LEVELS = [level / 9 for level in range(10)]


def steep(raw: float) -> float:
    """A truth to be found: failures at a rating."""
    return min(1.0, max(0.0, 1.4 * raw - 0.2))


def drawn(count: int, seed: int, levels: list[float] | None) -> tuple[list[float], list[bool]]:
    rng = random.Random(seed)
    raw = [rng.choice(levels) if levels else rng.random() for _ in range(count)]
    return raw, [rng.random() < steep(r) for r in raw]


@pytest.mark.parametrize(
    "points", [((0.5, 0.1), (0.5, 0.2)), ((0.5, 0.1), (0.4, 0.2)), ((0.1, 0.5), (0.2, 0.4))]
)
def test_points_must_rise(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match="must rise"):
        Calibration(points)


@pytest.mark.parametrize(
    ("raw", "probability"),
    [(0.0, 0.1), (0.2, 0.1), (0.3, 0.15), (0.4, 0.2), (0.6, 0.6), (0.8, 1.0), (1.0, 1.0)],
)
def test_linear_between_points_and_constant_outside(raw: float, probability: float) -> None:
    calibration = Calibration(((0.2, 0.1), (0.4, 0.2), (0.8, 1.0)))
    assert calibration(raw) == pytest.approx(probability)


@pytest.mark.parametrize(
    ("raw", "same"), [(0.0, 0.0), (0.37, 0.37), (1.0, 1.0), (1.5, 1.0), (-0.5, 0.0)]
)
def test_no_points_is_the_identity(raw: float, same: float) -> None:
    assert Calibration()(raw) == same


@pytest.mark.parametrize("raw", [0.0, 0.5, 1.0])
def test_a_single_point_is_constant(raw: float) -> None:
    assert Calibration(((0.5, 0.3),))(raw) == 0.3


OBSERVED = st.lists(
    st.tuples(UNIT | st.sampled_from(LEVELS), st.booleans()), min_size=1, max_size=120
)


@QUICK
@given(OBSERVED, st.integers(1, 50))
def test_fit_is_rising_and_bounded(observed: list[tuple[float, bool]], least: int) -> None:
    points = fit([r for r, _ in observed], [f for _, f in observed], least)
    calibration = Calibration(points)
    values = [calibration(i / 50) for i in range(51)]
    assert values == sorted(values)
    assert all(0 <= v <= 1 for v in values)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("levels", [None, LEVELS], ids=["continuous", "ten levels"])
def test_fit_finds_the_truth(seed: int, levels: list[float] | None) -> None:
    calibration = Calibration(fit(*drawn(5000, seed, levels)))
    worst = max(abs(calibration(r) - steep(r)) for r in LEVELS)
    assert worst < 0.1, [(round(r, 2), calibration(r), steep(r)) for r in LEVELS]


def test_equal_ratings_are_one_measurement_in_whatever_order() -> None:
    raw = [0.5] * 100
    right_first = fit(raw, [False] * 50 + [True] * 50)
    failed_first = fit(raw, [True] * 50 + [False] * 50)
    assert right_first == failed_first == ((0.5, 0.5),)


@pytest.mark.parametrize("failures", [1, 5, 39])
def test_a_small_last_group_is_pooled_too(failures: int) -> None:
    raw = [0.1] * 100 + [0.9] * failures
    points = fit(raw, [False] * 100 + [True] * failures, least=40)
    assert points[-1][1] < 1.0, "a point is a measurement of at least 40"


def test_nearly_equal_ratings_do_not_break_the_map() -> None:
    raw = [0.5] * 40 + [0.5000004] * 40
    Calibration(fit(raw, [False] * 40 + [True] * 40, least=40))


def test_fit_of_nothing_is_the_identity() -> None:
    assert fit([], []) == ()


def test_fit_does_not_depend_on_the_order_of_distinct_ratings() -> None:
    raw, failed = drawn(300, 5, None)
    order = list(range(300))
    random.Random(1).shuffle(order)
    assert fit([raw[i] for i in order], [failed[i] for i in order]) == fit(raw, failed)


@QUICK
@given(
    st.lists(st.tuples(UNIT, UNIT), unique_by=lambda p: p[0], max_size=6),
    UNIT,
    UNIT,
    st.text(max_size=9),
)
def test_save_and_load(
    pairs: list[tuple[float, float]], tau: float, trust: float, source: str
) -> None:
    xs, ys = sorted(x for x, _ in pairs), sorted(y for _, y in pairs)
    calibration = Calibration(tuple(zip(xs, ys, strict=True)), tau, trust, source)
    with tempfile.TemporaryDirectory() as folder:
        calibration.save(Path(folder))
        assert load(Path(folder)) == calibration


def test_no_file_is_the_identity(tmp_path: Path) -> None:
    assert load(tmp_path) == Calibration()
    assert load(None) == Calibration(), "a model that is not ours is not calibrated by ours"


def test_a_file_without_trust_trusts_nothing(tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_text(
        '{"tau": 0.3, "source": "dev set", "points": [[0.1, 0.2]]}'
    )
    assert load(tmp_path) == Calibration(((0.1, 0.2),), 0.3, source="dev set")
