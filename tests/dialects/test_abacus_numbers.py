"""Numbers of a problem against those of its outline, and plans that mean the same."""

from __future__ import annotations

import pytest

from scale_core.dialects.abacus.dialect import AbacusDialect, plan_of
from scale_core.dialects.abacus.numbers import mismatch, stated
from scale_core.dialects.abacus.outline import parse_outline
from scale_core.problem import Plan


def plan(outline: str) -> Plan:
    lines = parse_outline(outline)
    assert lines is not None
    return plan_of(lines)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Ann has 1250 pens and twenty-one pins.", [1250, 21]),
        ("One of her seven cats is fifteen.", [7, 15]),
        ("No number at all, none, someone, often, eightsome.", []),
        ("ninety nine balloons", [99]),
        ("twenty of them, sixteen more, and sixty", [20, 16, 60]),
    ],
)
def test_numbers_are_read_in_digits_and_words(text: str, numbers: list[int]) -> None:
    assert stated(text) == numbers


@pytest.mark.parametrize(
    ("outline", "never", "twice"),
    [
        ("#1=8+5", ("3",), ()),
        ("#1=8+5;#2=#1-3", (), ()),
        ("#1=8+8;#2=#1-3", ("5",), ("8",)),
        ("#1=8*2;#2=#1+5", ("3",), ()),  # a factor that a word implies is nobody's number
        ("n=8;#1=n+5;#2=#1-3", (), ()),
    ],
)
def test_unused_and_repeated_numbers(
    outline: str, never: tuple[str, ...], twice: tuple[str, ...]
) -> None:
    text = "Ann has 8 pens, gets five more and loses 3."
    found = mismatch(text, plan(outline))
    assert (found.never, found.twice) == (never, twice)


@pytest.mark.parametrize(
    ("text", "outline", "unstated"),
    [
        ("532 people sit on 750 seats. How many seats are free?", "#1=750-53", ("53",)),
        ("Ann has twice as many as Bo, who has 9.", "#1=9*2", ()),
        ("Ann has three times as many as Bo, who has 9.", "#1=9*3", ()),
        ("Bo has 9. How many are 4 dozen?", "#1=4*12", ()),
        ("Bo has 9 and gets one more.", "#1=9+1", ()),
        ("Bo has 9 and gets a few.", "#1=9+12", ("12",)),
    ],
)
def test_numbers_that_nobody_stated(text: str, outline: str, unstated: tuple[str, ...]) -> None:
    assert mismatch(text, plan(outline)).unstated == unstated


@pytest.mark.parametrize(
    ("text", "outline", "unheard"),
    [
        ("Ann has 9 pens. Bo has half as many.", "#1=9+9", ("half",)),
        ("Ann has 9 pens. Bo has half as many.", "#1=9/2", ()),
        ("Ann scores 9 goals in the first half and 4 in the second half.", "#1=9+4", ()),
        (
            "Ann pays 9 dollars a month. How much does she pay in a year?",
            "#1=9*1",
            ("year and month",),
        ),
        ("Ann pays 9 dollars a month. How much does she pay in a year?", "#1=9*12", ()),
        ("Ann buys 3 dozen eggs.", "#1=3*3", ("dozen",)),
        ("What is 3*4? Half of it?", "#1=3*4", ()),  # not told in words
    ],
)
def test_words_for_numbers_that_a_plan_passes_over(
    text: str, outline: str, unheard: tuple[str, ...]
) -> None:
    assert mismatch(text, plan(outline)).unheard == unheard


@pytest.mark.parametrize(
    ("text", "outline", "uneven"),
    [
        ("Ann has 3 pens and gives 8 away.", "#1=3-8", ("3-8",)),
        ("Ann has 8 pens and gives 3 away.", "#1=8-3", ()),
        ("Ann has 9 pens for 4 boys.", "#1=9/4", ("9/4",)),
        ("Ann has 8 pens for 4 boys.", "#1=8/4", ()),
        ("Ann has 8 pens in boxes of 30. How many are left over?", "#1=8%30", ("8%30",)),
        ("Ann has 30 pens in boxes of 8. How many are left over?", "#1=30%8", ()),
        ("What is 3-8?", "#1=3-8", ()),  # not told in words
        ("Let x=3. What is x-8?", "x=3;#1=x-8", ()),
        ("Ann has 9 pens in boxes of 4. How many boxes are full?", "#1=9//4", ()),
    ],
)
def test_steps_that_no_story_tells(text: str, outline: str, uneven: tuple[str, ...]) -> None:
    assert mismatch(text, plan(outline)).uneven == uneven


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("#1=8+5;#2=#1*3", "#1=5+8;#2=3*#1", True),
        ("#1=8*5;#2=2*3;#3=#1+#2", "#1=3*2;#2=5*8;#3=#1+#2", True),
        ("x=8;#1=x+5", "#1=8+5", True),
        ("#1=8-5", "#1=5-8", False),
        ("#1=8+5;#2=#1*3", "#1=8*3;#2=#1+5", False),
        ("#1=gcd(12,18)", "#1=gcd(18,12)", True),
    ],
)
def test_plans_that_mean_the_same(one: str, other: str, same: bool) -> None:
    meaning = AbacusDialect().meaning
    assert (meaning(plan(one)) == meaning(plan(other))) is same
