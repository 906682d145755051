"""Numbers of a story against those of its outline."""

from __future__ import annotations

import pytest

from scale_core.dialects.abacus.dialect import plan_of
from scale_core.dialects.abacus.numbers import stated, use_of
from scale_core.dialects.abacus.outline import parse_outline


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Ann has 1,250 pens and twenty-one pins.", [1250, 21]),
        ("One of her seven cats is fifteen.", [7, 15]),
        ("No number at all, none, someone.", []),
        ("ninety nine balloons", [99]),
    ],
)
def test_numbers_are_read_in_digits_and_words(text: str, numbers: list[int]) -> None:
    assert stated(text) == numbers


@pytest.mark.parametrize(
    ("outline", "never", "twice"),
    [
        ("#1=8+5", (3,), ()),
        ("#1=8+5;#2=#1-3", (), ()),
        ("#1=8+8;#2=#1-3", (5,), (8,)),
        ("#1=8*2;#2=#1+5", (3,), ()),
    ],
)
def test_unused_and_repeated_numbers(
    outline: str, never: tuple[int, ...], twice: tuple[int, ...]
) -> None:
    lines = parse_outline(outline)
    assert lines is not None
    use = use_of("Ann has 8 pens, gets five more and loses 3.", plan_of(lines))
    assert (use.never, use.twice) == (never, twice)
    assert use.plain is (not never and not twice)
