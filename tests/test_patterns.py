"""Every regular expression of the package is bounded in time, whatever text it is given."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.attacks import TooSlow, at_most, attacks, patterns

LENGTH, SECONDS = 20_000, 1.0
"""The longest texts that readers look at, and what a pattern may take for one of them."""
SHORT = {"scale_core.dialects.abacus": 2000, "scale_core.abacus": 2000}
"""Folders whose texts are cut to fewer characters before a pattern sees them."""

FOUND = patterns()


def _slow(pattern: re.Pattern[str], anchored: bool, longest: int) -> str | None:
    """The beginning of a text that the pattern takes too long for; None if there is none."""
    for length in (70, longest):
        for text in attacks(pattern, length):
            try:
                with at_most(SECONDS):
                    pattern.match(text)
                    pattern.fullmatch(text)
                    for _ in () if anchored else pattern.finditer(text):
                        pass
            except TooSlow:
                return f"{len(text)} characters: {text[:60]!r}"
    return None


@pytest.mark.parametrize("place", FOUND)
def test_no_pattern_is_slow(place: str) -> None:
    found = FOUND[place]
    longest = next((n for name, n in SHORT.items() if found.module.startswith(name)), LENGTH)
    assert _slow(found.pattern, found.anchored, longest) is None


def test_the_patterns_are_found() -> None:
    counts = Counter(found.module.split(".")[1] for found in FOUND.values())
    assert counts["answers"] > 30 and counts["dialects"] > 100 and counts["engines"] > 10
    for place in ("scale_core.answers.values._UNIT[0]", "scale_core.answers.text._REWRITES[0]"):
        assert place in FOUND


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?: |(?<=[0-9}]))((?:[A-Za-z]{2,}[ /]?)+(?:\^\{?[23]\}?)?|\^ ?\{?\\circ\}?)$",
        r"(a+)+$",
        r"(?:x|y|xy)*z",
        r"\|+>+",
        r"(\w+ ?)*:",
        r"^(?:[^,]+,? ?)+;",
    ],
)
def test_a_slow_pattern_is_caught(pattern: str) -> None:
    assert _slow(re.compile(pattern), False, LENGTH) is not None
