"""Numbers of a problem against those of its outline, and plans that mean the same."""

from __future__ import annotations

import pytest

from scale_core.dialects.abacus.dialect import AbacusDialect, plan_of
from scale_core.dialects.abacus.numbers import stated, unbalanced
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
    assert unbalanced(text, plan(outline)) == (never, twice)


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
