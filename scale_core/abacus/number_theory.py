"""Number theory: remainders, gcd, lcm, digit sums and squares, worded and decomposed."""

from __future__ import annotations

import random

from scale_core.abacus.expressions import Writer, ask, number, render, tree, write
from scale_core.abacus.grammar import Line


def _pair(rng: random.Random) -> tuple[int, int]:
    if rng.random() < 0.75:
        g = rng.randint(2, 60)
        a, b = g * rng.randint(1, 40), g * rng.randint(1, 40)
    else:
        a, b = (number(rng, rng.choice((2, 3, 3, 4))) + 1 for _ in range(2))
    return min(a, 9999), min(b, 9999)


_GCD = (
    "gcd({},{})",
    "gcd({},{})",
    "GCD({},{})",
    "the gcd of {} and {}",
    "the GCD of {} and {}",
    "the greatest common divisor of {} and {}",
    "the greatest common factor of {} and {}",
    "the highest common factor of {} and {}",
    "the HCF of {} and {}",
    "the GCF of {} and {}",
)
_LCM = (
    "lcm({},{})",
    "lcm({},{})",
    "LCM({},{})",
    "the lcm of {} and {}",
    "the LCM of {} and {}",
    "the least common multiple of {} and {}",
    "the lowest common multiple of {} and {}",
    "the smallest common multiple of {} and {}",
)
REMAINDER = (
    "the remainder when {} is divided by {}",
    "the remainder when {} is divided by {}",
    "the remainder of {} divided by {}",
    "the remainder on dividing {} by {}",
    "the remainder if {} is divided by {}",
    "the remainder of {} when divided by {}",
)
_DIGITS = (
    "the sum of the digits of {}",
    "the sum of the digits of {}",
    "the digit sum of {}",
    "the sum of digits of {}",
    "the sum of the digits in {}",
)
_SQUARE = ("the square of {}", "{} squared", "the square of {}", "{}^2")


def _gcd_text(rng: random.Random, w: Writer) -> tuple[str, str]:
    a, b = _pair(rng)
    return rng.choice(_GCD).format(a, b), w.add("gcd", a, b)


def _lcm_text(rng: random.Random, w: Writer) -> tuple[str, str]:
    while True:
        g = rng.randint(1, 30)
        a, b = g * rng.randint(1, 20), g * rng.randint(1, 20)
        if max(a, b) <= 999 and a // g * b <= 9999 and min(a, b) > 1:
            break
    gcd = w.add("gcd", a, b)
    return rng.choice(_LCM).format(a, b), w.add("*", w.add("/", a, gcd), b)


def _inner(rng: random.Random, w: Writer, limit: int, low: int = 0) -> tuple[str, str | int]:
    """A number, or a small expression written into the outline, with value in [low, limit]."""
    if rng.random() < 0.55:
        digits = rng.choice((2, 3, 3, 4, 4, 5, 6)) if limit > 9999 else rng.choice((2, 3, 4))
        value = number(rng, digits)
        return str(value), value
    while True:
        node = tree(rng, rng.choice((1, 1, 2)))
        if low <= node.value <= limit:
            return render(node, rng), write(node, w)


def _square_text(rng: random.Random, w: Writer) -> tuple[str, str]:
    a = rng.randint(2, 99)
    return rng.choice(_SQUARE).format(a), w.add("*", a, a)


def _sum_of_squares(rng: random.Random, w: Writer) -> tuple[str, str]:
    a, b = rng.randint(2, 99), rng.randint(2, 99)
    text, op = rng.choice(
        (
            ("the sum of the squares of {} and {}", "+"),
            ("the difference of the squares of {} and {}", "-"),
        )
    )
    if op == "-" and a < b:
        a, b = b, a
    left, right = w.add("*", a, a), w.add("*", b, b)
    return text.format(a, b), w.add(op, left, right)


def _basic(rng: random.Random, w: Writer, enclosed: bool = False) -> tuple[str, str]:
    """Two numbers and an operation in words; `enclosed`: only wordings that can stand inside
    "the sum of the digits of ..." with one meaning."""
    texts = (
        ("the sum of {} and {}", "+"),
        ("the product of {} and {}", "*"),
        ("the difference between {} and {}", "-"),
        ("the difference of {} and {}", "-"),
        ("{} plus {}", "+"),
        ("{} minus {}", "-"),
        ("{} times {}", "*"),
    )
    text, op = rng.choice(texts[:4] if enclosed else texts)
    a, b = number(rng, rng.choice((2, 3))), number(rng, 2)
    if op == "-" and a < b:
        a, b = b, a
    return text.format(a, b), w.add(op, a, b)


def _remainder_text(rng: random.Random, w: Writer) -> tuple[str, str]:
    style = rng.random()
    inner: str | int
    if style < 0.2:
        text, inner = rng.choice((_square_text, _basic, _sum_of_squares))(rng, w)
    else:
        text, inner = _inner(rng, w, 999_999)
    divisor = rng.randint(2, 99)
    return rng.choice(REMAINDER).format(text, divisor), w.add("%", inner, divisor)


def _digits_text(rng: random.Random, w: Writer) -> tuple[str, str]:
    inner: str | int
    if rng.random() < 0.2:
        square = rng.random() < 0.5
        text, inner = _square_text(rng, w) if square else _basic(rng, w, enclosed=True)
    else:
        text, inner = _inner(rng, w, 999_999)
    return rng.choice(_DIGITS).format(text), w.add("ds", inner)


_KINDS = (
    (_gcd_text,) * 6
    + (_lcm_text,) * 6
    + (_remainder_text,) * 7
    + (_digits_text,) * 5
    + (_square_text, _sum_of_squares, _basic)
)


def number_theory(rng: random.Random) -> tuple[str, list[Line]]:
    w = Writer()
    text, name = rng.choice(_KINDS)(rng, w)
    style = rng.random()
    if style < 0.12 and "{" not in text:
        second, other = rng.choice((_gcd_text, _lcm_text, _digits_text, _square_text))(rng, w)
        if text.startswith(("gcd", "lcm", "GCD", "LCM")) == second.startswith(
            ("gcd", "lcm", "GCD", "LCM")
        ):
            joint = "+" if "(" in text[:4] else " plus "
            text = f"{text}{joint}{second}"
            w.add("+", name, other)
        else:
            w = Writer()
            text, _ = _gcd_text(rng, w)
    elif style < 0.2:
        extra = number(rng, rng.choice((1, 2)))
        text += f" plus {extra}" if " of " in text or " is " in text else f"+{extra}"
        w.add("+", name, extra)
    return ask(rng, text, bare=0.25), w.lines
