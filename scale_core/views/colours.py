"""Colours: the ramps, the inks that stay readable on them, and the colours of charts and lanes.

Knows OKLab arithmetic and WCAG contrast. Does not know runs, nodes or the page: others ask for a
level or a name and get a colour or a style sheet. Each ramp runs pale to deep, so lightness alone
orders it (it reads the same with every kind of colour vision and in grey).
"""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

LEVELS = 20
"""Difficulties are drawn in steps of 1/20."""

ACCENT = "#e4572e"

_RAMPS = {  # ends in OKLCH: lightness, chroma, hue in degrees
    "difficulty": ((0.955, 0.022, 190.0), (0.36, 0.088, 246.0)),
    "score": ((0.955, 0.024, 80.0), (0.36, 0.11, 330.0 - 360.0)),
    "heat": ((0.965, 0.008, 264.0), (0.33, 0.075, 277.0)),
}
_BEND = 0.018  # extra chroma in the middle, where sRGB has room for it
_CLASSES = {"difficulty": "lv", "score": "sv", "heat": "hv"}

LANE_COLOURS = {  # (on light, on dark): at least 3:1 on the cards; no green, which means right
    "uniform": ("#66727f", "#a3b0bd"),
    "scale": ("#1f7a94", "#4fb3d0"),
    "dora": ("#8a4bc9", "#bd93ee"),
    "bandit": ("#9a5d00", "#eeb04a"),
    "rebase": ("#3f63c4", "#8aa8f5"),
    "beam": ("#8d5a3b", "#d0a283"),
    "dvts": ("#b03a7a", "#ec8cbf"),
    "self-consistency": ("#6b6a16", "#c3c060"),
    "cot": ("#23333d", "#dfe6ec"),
    "optimal": ("#a8323e", "#f09aa0"),
}

STAGE_COLOURS = {
    "outline": "#aeb6c2",
    "choose": "#7d8796",
    "rate": "#c8a2d8",
    "system1": "#74c0ae",
    "system2": "#2b7f94",
    "extract": "#9fb8b0",
    "verify": "#eeb04a",
    "chain": "#4d6fa8",
    "judge": "#b98a2c",
    "embed": "#b07a62",
}
KIND_COLOURS = {
    "prompt": "#aeb6c2",
    "cached": "#d6dae1",
    "completion": "#2b7f94",
    "thinking": "#8a63b0",
}

Rgb = tuple[float, float, float]


def _oklab(name: str, t: float) -> Rgb:
    lightness, chroma, hue = (a + (b - a) * t for a, b in zip(*_RAMPS[name], strict=True))
    chroma += _BEND * math.sin(math.pi * t)
    angle = math.radians(hue)
    return lightness, chroma * math.cos(angle), chroma * math.sin(angle)


def _to_srgb(lab: Rgb) -> Rgb:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    red, green, blue = (_gamma(min(1.0, max(0.0, c))) for c in linear)
    return red, green, blue


def _gamma(c: float) -> float:
    return 12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(c * 255):02x}" for c in rgb)


@cache
def ramp(name: str = "difficulty") -> tuple[str, ...]:
    """`LEVELS + 1` colours at equal OKLab distances from each other: difficulty, score or heat."""
    fine = [_oklab(name, i / 800) for i in range(801)]
    reached = [0.0]
    for a, b in pairwise(fine):
        reached.append(reached[-1] + math.dist(a, b))
    colours, at = [], 0
    for level in range(LEVELS + 1):
        while at < 800 and reached[at] < reached[-1] * level / LEVELS:
            at += 1
        colours.append(_hex(_to_srgb(fine[at])))
    return tuple(colours)


def level(difficulty: float | None) -> int | None:
    """The ramp's step for a difficulty in [0, 1]; None where it is unknown."""
    if difficulty is None or math.isnan(difficulty):
        return None
    return round(min(1.0, max(0.0, difficulty)) * LEVELS)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` as WCAG defines it."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink(background: str) -> str:
    """Text colour for a background: soft dark or white where they reach 4.5:1, else black."""
    for colour in ("#10222b", "#ffffff"):
        if contrast(colour, background) >= 4.5:
            return colour
    return "#000000"


def ramp_css() -> str:
    """One class for each level of each ramp (`.lv0` to `.lv20`, `.sv0`.., `.hv0`..) setting
    `--fill` and `--ink`; the ramps as gradients; one class for each lane setting `--lane`."""
    rules = [
        f".{short}{i}{{--fill:{colour};--ink:{ink(colour)}}}"
        for name, short in _CLASSES.items()
        for i, colour in enumerate(ramp(name))
    ]
    rules += [  # on dark cards more heat is brighter, so that it stands out there too
        f".dark .hv{i}{{--fill:{colour};--ink:{ink(colour)}}}"
        for i, colour in enumerate(reversed(ramp("heat")))
    ]
    stops = {name: ",".join(ramp(name)) for name in _CLASSES}
    rules.append(
        ":root{"
        + ";".join(f"--ramp-{n}:linear-gradient(90deg,{s})" for n, s in stops.items())
        + ";--ramp:var(--ramp-difficulty)}"
    )
    for name, (light, dark) in LANE_COLOURS.items():
        rules.append(f".ln-{name}{{--lane:{light}}}\n.dark .ln-{name}{{--lane:{dark}}}")
    return "\n".join(rules) + "\n"
