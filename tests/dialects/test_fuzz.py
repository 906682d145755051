"""Readers take any text: strings of pieces that replies and answers are made of.

2,000 inputs by default; SCALE_FUZZ=100000 for as many as before a release.
"""

from __future__ import annotations

import os
import random

import pytest

from scale_core.answers.extraction import extract
from scale_core.answers.text import MAX_CHARS, clean
from scale_core.answers.values import canonical_number, compare
from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.dialects.chat.dialect import ChatDialect
from scale_core.engines.base import Sample
from scale_core.problem import Mode, Plan
from tests.attacks import at_most

INPUTS = int(os.environ.get("SCALE_FUZZ", "2000"))
SECONDS = 1.0
PIECES = r"""
    \boxed{ \text{ \frac{ \overline{ \begin{align*} \end{align*} \[ \] \( \) $$ $ \! , ,\! { } ( )
    [ ] _ _{5} ^ ^{2} ^\circ \circ \pi \pm \emptyset \cup \in < > \le = + - * / % . .. ... : ; ! ?
    0 1 2 12 1,250 3.5 0.(3) 1/2 3:30 PM a.m. cm m^2 km/h square percent base x y i e A (B) yes no
    Paris the answer is Answer: #### because since so result: Verdict: Difficulty (0=easy, 9=hard):
    on a scale from 1 to 5 plan Plan 2 best first step Step 1: 1. 2) (c) - * ** ` ``` ```json ①
    {"steps": ["a", "b"] "task": "needs": [1] // /* */ " ' “ ” « <answer> </answer> <think> </think>
    <|end|> | || 答案 是 ： 。 、 第一步 步骤1 Шаг 1: ½ ² ⁻ ₅ ° × − ∞ ✅ ❌ no error wrong but
    gcd( mod let x= what is solve how many apples and or of to \\
    \n \u0305 \u0661 \x00 \ud800""".split()
ABACUS, CHAT = AbacusDialect(), ChatDialect()


def text_of(rng: random.Random) -> str:
    """Pieces in any order, some of them many times, with spaces, line breaks or nothing between."""
    parts = [rng.choice(PIECES) for _ in range(rng.randint(1, 14))]
    if rng.random() < 0.15:
        parts[rng.randrange(len(parts))] *= rng.choice((10, 100, 1000))
    text = rng.choice((" ", "", "\n")).join(parts)
    return text.replace(r"\n", "\n").replace(r"\u0305", "\u0305").replace(r"\ud800", "\ud800")


def read_all(text: str, other: str) -> None:
    sample = Sample(0, text, "stop", 9)
    assert isinstance(CHAT.read_outline(sample), Plan | str)
    assert CHAT.read_choice(sample, 3) in (None, 0, 1, 2)
    for share in (CHAT.read_rating(sample), CHAT.read_verdict(sample)):
        assert share is None or 0 <= share <= 1
    for asked in ("", "Find all values."):
        found = CHAT.read_result(sample, Mode.SYSTEM2, asked)
        assert found is None or found.strip()
    CHAT.claim(text, "problem")
    ABACUS.read_problem(text)
    ABACUS.read_outline(sample)
    ABACUS.claim(text)
    extract(text)
    canonical_number(text)
    a, b = clean(text[:MAX_CHARS]), clean(other[:MAX_CHARS])
    forth, back = compare(a, b), compare(b, a)
    assert (forth and forth.verdict) == (back and back.verdict), (a, b)
    same = compare(a, a)
    assert same is not None and same.verdict == "equal"


@pytest.mark.parametrize("part", range(4))
def test_any_text_is_read_in_time(part: int) -> None:
    rng, other = random.Random(f"fuzz {part}"), "1"
    for _ in range(INPUTS // 4):
        text = text_of(rng)
        with at_most(SECONDS):
            read_all(text, other)
        other = text
