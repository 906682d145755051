"""The ramp is even, ordered by lightness and readable."""

import math
from itertools import pairwise

import pytest

from scale_core.views import colours

RAMPS = pytest.mark.parametrize("name", ["difficulty", "score", "heat"])
LIGHT_CARD, DARK_CARD = "#ffffff", "#171d22"


@RAMPS
def test_lightness_falls_all_the_way(name: str) -> None:
    light = [colours.luminance(c) for c in colours.ramp(name)]
    assert light == sorted(light, reverse=True)
    assert len(light) == colours.LEVELS + 1


@RAMPS
def test_steps_are_perceptually_equal(name: str) -> None:
    lab = [_oklab(c) for c in colours.ramp(name)]
    steps = [math.dist(a, b) for a, b in pairwise(lab)]
    assert max(steps) < 1.35 * min(steps)


@RAMPS
def test_every_level_has_readable_text(name: str) -> None:
    for colour in colours.ramp(name):
        assert colours.contrast(colour, colours.ink(colour)) >= 4.5


@RAMPS
def test_order_survives_missing_cones(name: str) -> None:
    """Grey is the worst case of any colour vision: luminance alone must tell levels apart."""
    light = [colours.luminance(c) for c in colours.ramp(name)]
    assert all(a - b > 0.01 for a, b in pairwise(light))


@pytest.mark.parametrize(
    ("difficulty", "level"),
    [(None, None), (float("nan"), None), (0, 0), (1, 20), (0.5, 10), (-3, 0), (7, 20)],
)
def test_level(difficulty: float | None, level: int | None) -> None:
    assert colours.level(difficulty) == level


def test_contrast_of_black_and_white() -> None:
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)


def test_css_has_every_level() -> None:
    css = colours.ramp_css()
    names = [f".{short}{i}{{" for short in ("lv", "sv", "hv") for i in range(colours.LEVELS + 1)]
    assert all(name in css for name in names)


@pytest.mark.parametrize("lane", colours.LANE_COLOURS)
def test_lanes_stand_out_on_both_themes(lane: str) -> None:
    light, dark = colours.LANE_COLOURS[lane]
    assert colours.contrast(light, LIGHT_CARD) >= 4.5 and colours.contrast(dark, DARK_CARD) >= 4.5
    assert f".ln-{lane}{{" in colours.ramp_css()


def _oklab(colour: str) -> tuple[float, float, float]:
    """An independent conversion, from Björn Ottosson's definition."""
    rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )
