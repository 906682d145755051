"""The reading of typed problems: canonical form, verdicts, the shown reading, hostile input."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.abacus.problems import CHAINS, FAMILIES, STORIES, make
from scale_core.abacus.surfaces import dress
from scale_core.dialects.abacus.canonical import LIMIT
from scale_core.dialects.abacus.dialect import SPECIAL
from scale_core.dialects.abacus.reading import canonical, read_problem
from scale_core.dialects.abacus.vocabulary import FAMILIAR, familiar_share

FOREIGN = Path(__file__).parents[1] / "data" / "foreign_problems.txt"
OWN_WORDS = Path(__file__).parents[2] / "assets" / "abacus" / "own_words.tsv"


@pytest.mark.parametrize("family", FAMILIES)
def test_generated_texts_are_canonical(family: str) -> None:
    rng = random.Random(f"canonical {family}")
    for _ in range(3000):
        text = make(family, rng).text
        assert canonical(text) == text


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("What is 12 \u00d7 5 \u2212 3?", "What is 12*5-3?"),
        ("12 x 5", "12*5"),
        ("12x5", "12*5"),
        ("(3+4)x(2)", "(3+4)*(2)"),
        ("3x + 7 = 52", "3x+7=52"),
        ("Solve 3 x + 4 = 10 for x", "Solve 3x+4=10 for x"),
        ("2x(3+1) = 16", "2x(3+1)=16"),
        ("4(y - 3) = 2y + 18", "4(y-3)=2y+18"),
        ("2(3+4)", "2*(3+4)"),
        ("(1+2)(3+4)", "(1+2)*(3+4)"),
        ("2[3+(4-1)]", "2*(3+(4-1))"),
        ("gcd ( 12 , 18 )", "gcd(12,18)"),
        ("gcd(12,345)", "gcd(12,345)"),
        ("1,250 + 3", "1250+3"),
        ("A pen costs $9.00 and a cap $1,200.0.", "A pen costs $9 and a cap $1200."),
        ("A pen costs $9.50 and a cap $9.001.", "A pen costs $9.50 and a cap $9.001."),
        ("12 ** 2 mod 7", "12^2%7"),
        ("5\u00b2 + 3\u00b3", "5^2+3^3"),
        ("5 + -3", "5+(-3)"),
        ("3 \u2013 4", "3-4"),
        ("17 + 25 (mod 7)", "(17+25)%7"),
        (r"$3 \times 4$", "3*4"),
        (r"\( 17 \cdot 23 \bmod 5 \)", "17*23%5"),
        (r"\[ \frac{84}{7} + \left( 3 - 2 \right)^{2} \]", "84/7+(3-2)^2"),
        (r"17+25 \pmod{7}", "(17+25)%7"),
        ("a = 5\nb = a + 3\nWhat is 2b?", "a=5. b=a+3. What is 2*b?"),
        ("let p be 5; let q = 2p + 1. what is q?", "let p=5; let q=2*p+1. what is q?"),
        ("Can you tell me what is 3+4?", "what is 3+4?"),
        ("Hey, what's 3 + 4?", "what's 3+4?"),
        ("How much is 3 + 4, please?", "What is 3+4?"),
        ("What does 3 + 4 equal?", "What is 3+4?"),
        ("CALCULATE GCD(12, 18)", "Calculate GCD(12,18)"),
        ("84 divided by 7", "84/7"),
        ("the remainder when 84 is divided by 5", "the remainder when 84 is divided by 5"),
        (
            "Emma  buys 5 pens at $12 each and 3 well-known \u201ccaps\u201d for $1,250.",
            'Emma buys 5 pens at $12 each and 3 well-known "caps" for $1250.',
        ),
        ("It costs $5, $6 or $7 \u2013 who knows?", "It costs $5, $6 or $7 \u2013 who knows?"),
    ],
)
def test_canonical(typed: str, plain: str) -> None:
    assert canonical(typed) == plain


_SIGNS = r"""1 23 1,250 x X a b + - * / // % ^ ** = ( ) [ ] { } , . ; ? ! : $ $$ < | > <| |>
    \ \( \) \times \frac{ } { \left \bmod \pmod{ gcd lcm( mod be let please hey equals squared the
    and divided by is what remainder"""
_UNICODE = "\u00d7\u2212\u00b2\u2013\u2019\uff1c\uff5c\u200b"
_FRAGMENTS = st.sampled_from([*_SIGNS.split(), *_UNICODE, " ", "\n", "  "])


@settings(max_examples=600, deadline=None)
@given(st.lists(_FRAGMENTS, max_size=25).map("".join))
def test_canonical_is_idempotent_and_defused(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert "<|" not in once and "|>" not in once
    assert len(once) <= LIMIT


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gets_a_reading(text: str) -> None:
    reading = read_problem(text)
    assert canonical(reading.canonical) == reading.canonical
    assert reading.verdict == "inside" or reading.message
    reading.canonical.encode()


@pytest.mark.parametrize("special", SPECIAL)
def test_special_tokens_do_not_survive(special: str) -> None:
    for text in (special, f"1{special}2", f"<{special[:2]}|{special}", f"<$|x|$>{special}"):
        assert not any(token in canonical(text) for token in SPECIAL)


@pytest.mark.parametrize("family", FAMILIES[:4])
def test_dressed_texts_come_back(family: str) -> None:
    rng = random.Random(f"dressed {family}")
    changed = 0
    for _ in range(2000):
        text = make(family, rng).text
        dressed = dress(text, rng)
        changed += dressed != text
        back = canonical(dressed)
        assert back[0].lower() + back[1:] == text[0].lower() + text[1:], dressed
    assert changed > 1200


def test_dress_leaves_stories_alone() -> None:
    rng = random.Random(4)
    for _ in range(300):
        text = make("word problems", rng).text
        assert dress(text, rng) == text


@pytest.mark.parametrize("families", [FAMILIES, (STORIES, CHAINS)])
def test_few_problems_of_the_language_are_refused(families: tuple[str, ...]) -> None:
    rng = random.Random("refusals")
    texts = [dress(make(family, rng).text, rng) for family in families for _ in range(400)]
    verdicts = [read_problem(text).verdict for text in texts]
    assert verdicts.count("outside") <= 0.02 * len(texts)
    if families is FAMILIES:
        assert verdicts.count("inside") >= 0.95 * len(texts)


def test_people_s_own_words_are_refused_where_they_are_foreign_and_only_there() -> None:
    kinds: dict[bool, list[str]] = {True: [], False: []}
    for line in OWN_WORDS.read_text("utf-8").splitlines():
        kind, text, _ = line.split("\t")
        if kind != "beyond":  # of these some are arithmetic that people do, some are puzzles
            kinds[kind == "foreign"].append(read_problem(text).verdict)
    assert len(kinds[True]) + len(kinds[False]) >= 150
    assert kinds[True].count("outside") >= 0.9 * len(kinds[True])
    assert kinds[False].count("outside") <= 0.02 * len(kinds[False])


def test_most_foreign_problems_are_refused() -> None:
    foreign = FOREIGN.read_text("utf-8").splitlines()
    assert len(foreign) == len(set(foreign)) == 100
    verdicts = [read_problem(text).verdict for text in foreign]
    assert verdicts.count("outside") >= 90


@pytest.mark.parametrize(
    "text",
    [
        "My brother has 14 trading cards and I have 3 times as many. How many together?",
        "A recipe needs 3 eggs per cake. How many eggs are needed for 12 cakes and 5 extra eggs?",
        "Tom, who is 12 years old, has a sister 5 years older. How old will she be in 4 years?",
        "A printer prints 12 pages per minute. How many pages in 15 minutes if 9 are spoiled?",
        "Kids stand in 6 circles of 9. Then 7 more kids come. How many kids are there?",
        "An ice cream shop sold 25 cones at $3 and 14 cups at $5. How much money did it make?",
        "Two teams scored 34 and 29 points in the first round. Which total is it?",
        "Mum bakes 5 trays of 12 muffins; 17 get eaten. How many muffins are left over?",
        "what's 256/8 + 19",
        "9y - 4 = 5y + 20, find y",
        "Suppose m = 45 mod 7 and n = m^2. What is n + 10?",
        "digit sum of 4729",
        "What is 1/2 + 1/3?",
        "Ida wants to expand her stall of 12 tables by 5. How many tables will it have?",
        "A knight met 8 dragons and 5 wagons. How many dragons and wagons did he meet?",
        "Udo has 14 M&Ms and Pia has 9. How many more does Udo have?",
        "The twins share 34 cards equally. How many cards does each twin get?",
        "The weather was fine, so 46 boats went out and 12 came back. How many are still out?",
        "Sid had 300 spheres, wrote 5 letters and gave away 240 spheres. How many has he left?",
    ],
)
def test_own_words_are_inside(text: str) -> None:
    assert read_problem(text).verdict == "inside"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("(37*48 + 125*16) mod 13", "((37 \u00d7 48) + (125 \u00d7 16)) mod 13"),
        ("20 - 5 - 3 * 4^2 / 6", "(20 \u2212 5) \u2212 ((3 \u00d7 4\u00b2) \u00f7 6)"),
        ("17 % 5 * 3 // 2", "((17 mod 5) \u00d7 3) // 2"),
        ("What is lcm(36,144) plus the square of 5?", "lcm(36, 144) + 5\u00b2"),
        ("the remainder when 17*23 is divided by 12", "(17 \u00d7 23) mod 12"),
        ("the sum of the digits of 64*40", "digit sum of (64 \u00d7 40)"),
        ("Let a = 17*23. Let b = a-45. What is b mod 11?",
         "a = 17 \u00d7 23; b = a \u2212 45; b mod 11"),
        ("Solve 4(y - 3) = 2y + 18", "4(y \u2212 3) = 2y + 18, solve for y"),
        ("Zoe has 3 cats and buys 2 cats. How many cats does she have?", None),
    ],
)  # fmt: skip
def test_shown_reading(text: str, shown: str | None) -> None:
    reading = read_problem(text)
    assert (reading.verdict, reading.reading) == ("inside", shown)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1+2+3+4+5+6+7", "6 operations"),
        ("Let a=2; let b=a; let c=b; let d=c; let e=d; let f=e*2. What is f?", "6 letters"),
        ("1234*56", "4 digits"),
        ("the sum of the digits of 12 plus 3", "two ways"),
        ("A dog eats 400 grams a day. How many days does a bag of 60000 grams last?", "9999"),
        ("x/3 = 5", "not taught"),
    ],
)
def test_doubtful(text: str, why: str) -> None:
    reading = read_problem(text)
    assert reading.verdict == "doubtful" and why in reading.message


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no problem"),
        ("123 * 456", "factor is too large"),
        ("2^10", "exponent"),
        ("40^3", "base"),
        ("1234567 + 1", "6 digits"),
        ("84 / 365", "divisor"),
        ("28/(-7)", "divides by a negative number"),
        ("12 // -5 + 1", "divides by a negative number"),
        ("gcd(-12, 18)", "gcd of a negative number"),
        ("Round 17 / 3 to the nearest integer.", "rounding"),
        ("12 / 0", "zero"),
        ("(3 + 4", "not closed"),
        ("3 + 4)", "never opened"),
        ("5a + 2", "values are not given"),
        ("x + y = 10", "more than one unknown"),
        ("x^2 = 2x + 3", "squared"),
        ("Solve x + y = 3 and x - y = 1", "more than one equation"),
        ("What is the mode of 12 and 30?", "mode"),
        ("1 + " * 20 + "1", "20 operations"),
    ],
)
def test_outside_says_why(text: str, why: str) -> None:
    reading = read_problem(text)
    assert reading.verdict == "outside" and reading.reading is None
    assert why in reading.message and "Larger models" in reading.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(" * 10_000,
        "\\frac{" * 10_000,
        "\\frac{1}{" * 150 + "2" + "}" * 150,
        "$" * 10_000,
        "$1 " * 3_000,
        "<" * 5_000 + "|" * 5_000,
        "1x" * 5_000,
        "1," * 900,
        "(mod 5) " * 230,
        "please " * 280,
        "1+" * 290 + "1",
        "(" * 290 + "1" + ")" * 290,
        "-" * 590,
        "2^" * 280 + "2",
        "a=5\n" * 2_500,
        "\U0001f600" * 5_000,
        "".join(map(chr, range(256))) * 40,
        "\ud800" * 10_000,
        "<b onclick='steal()'>3 + 4</b>",
        "9" * 600,
    ],
    ids=range(21),
)
def test_hostile_input_is_refused_quickly(text: str) -> None:
    start = time.process_time()
    assert read_problem(text).verdict == "outside"
    assert time.process_time() - start < 1.0


def test_taught_stories_are_familiar() -> None:
    rng = random.Random(8)
    shares = [familiar_share(make("word problems", rng).text) for _ in range(1000)]
    assert min(shares) >= FAMILIAR


def test_the_dialect_does_not_import_the_generator() -> None:
    folder = Path(__file__).parents[2] / "scale_core" / "dialects" / "abacus"
    for module in folder.glob("*.py"):
        assert "scale_core.abacus" not in module.read_text("utf-8"), module
