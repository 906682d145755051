"""Linear equations with an integer solution, worded and decomposed."""

from __future__ import annotations

import random

from scale_core.abacus.expressions import Writer
from scale_core.abacus.grammar import Line


def _signed(value: int) -> str:
    return f"+{value}" if value >= 0 else str(value)


def _coefficient(a: int, v: str) -> str:
    return v if a == 1 else f"{a}{v}"


def _move(w: Writer, c: str | int, b: int) -> str | int:
    """c - b written with positive numbers: subtract b, or add -b where b is negative."""
    return c if b == 0 else (w.add("-", c, b) if b > 0 else w.add("+", c, -b))


def _over(w: Writer, top: str | int, a: str | int) -> str | int:
    return top if a == 1 else w.add("/", top, a)


def _const(rng: random.Random, low: int = 1) -> int:
    value = rng.randint(low, rng.choice((9, 30, 99, 99, 200)))
    return value if rng.random() < 0.6 else -value


def _eq_simple(rng: random.Random, v: str, x: int, w: Writer) -> str:
    a, b = rng.choice((1, *range(2, 20), *range(2, 100, 7))), _const(rng)
    if rng.random() < 0.08 and a > 1:
        b = 0
    c = a * x + b
    left = _coefficient(a, v) + (_signed(b) if b else "")
    if b > 0 and rng.random() < 0.15:
        left = f"{b}+{_coefficient(a, v)}"
    _over(w, _move(w, c, b), a)
    return f"{left}={c}" if rng.random() < 0.85 else f"{c}={left}"


def _eq_both(rng: random.Random, v: str, x: int, w: Writer) -> str:
    a, c = rng.sample(range(1, rng.choice((10, 25))), 2)
    b = _const(rng) if rng.random() < 0.9 else 0
    d = a * x + b - c * x
    left = _coefficient(a, v) + (_signed(b) if b else "")
    right = _coefficient(c, v) + (_signed(d) if d else "")
    if a > c:
        rate, top = w.add("-", a, c), _move(w, d, b)
    else:
        rate, top = w.add("-", c, a), _move(w, b, d)
    w.add("/", top, rate)
    return f"{left}={right}"


def _eq_bracket(rng: random.Random, v: str, x: int, w: Writer) -> str:
    a, b = rng.randint(2, 20), _const(rng)
    total = a * (x + b)
    text = f"{a}({v}{_signed(b)})"
    if rng.random() < 0.6:
        _move(w, w.add("/", total, a), b)
        return f"{text}={total}"
    c = _const(rng)
    _move(w, w.add("/", _move(w, total + c, c), a), b)
    return f"{text}{_signed(c)}={total + c}"


def _eq_bracket_both(rng: random.Random, v: str, x: int, w: Writer) -> str:
    a, c = rng.sample(range(2, 16), 2)
    b = _const(rng)
    product = w.add("*", a, abs(b))
    text = f"{a}({v}{_signed(b)})"
    d = a * (x + b) - c * x
    rate = w.add("-", max(a, c), min(a, c))
    # a x + ab = c x + d: the left constant is +product or -product
    if a > c:
        top = (
            w.add("-" if b > 0 else "+", d, product)
            if d
            else (w.add("-", 0, product) if b > 0 else product)
        )
    elif b > 0:
        top = w.add("-" if d > 0 else "+", product, abs(d)) if d else product
    elif d < 0:
        top = w.add("-", -d, product)
    else:
        top = w.add("-", 0, product)
        top = w.add("-", top, d) if d else top
    w.add("/", top, rate)
    return f"{text}={_coefficient(c, v)}{_signed(d) if d else ''}"


def _eq_two_brackets(rng: random.Random, v: str, x: int, w: Writer) -> str:
    """a(v+b)=c(v+d): v+b is a multiple of c and v+d the same multiple of a."""
    a, c = rng.sample(range(2, 16), 2)
    times = [t for t in range(-9, 30) if t and all(0 < abs(k * t - x) < 100 for k in (a, c))]
    if not times:
        return ""
    t = rng.choice(times)
    b, d = c * t - x, a * t - x
    product = w.add("*", a, abs(b))
    other = w.add("*", c, abs(d))
    rate = w.add("-", max(a, c), min(a, c))
    first, second = ((other, d), (product, b)) if a > c else ((product, b), (other, d))
    (p, p_sign), (q, q_sign) = first, second
    if p_sign > 0:
        top = w.add("-" if q_sign > 0 else "+", p, q)
    elif q_sign > 0:
        top = w.add("-", w.add("-", 0, p), q)
    else:
        top = w.add("-", q, p)
    w.add("/", top, rate)
    return f"{a}({v}{_signed(b)})={c}({v}{_signed(d)})"


def equation(rng: random.Random) -> tuple[str, list[Line]]:
    v = rng.choice("xxxxxyyznkmtpabcwuqrs")
    while True:
        w = Writer()
        x = rng.randint(1, rng.choice((12, 30, 99)))
        if rng.random() < 0.2:
            x = -x
        kind = rng.choice(
            (
                _eq_simple,
                _eq_simple,
                _eq_both,
                _eq_both,
                _eq_bracket,
                _eq_bracket_both,
                _eq_two_brackets,
            )
        )
        text = kind(rng, v, x, w)
        if text and w.lines and abs(int(w.count)) <= 7:
            break
    style = rng.choice(
        (
            "Solve {e}",
            "Solve {e}",
            "Solve {e}.",
            "Solve for {v}: {e}",
            "Solve {e} for {v}.",
            "Find {v} if {e}.",
            "{e}",
            "What is {v} if {e}?",
            "Solve the equation {e}.",
            "If {e}, what is {v}?",
            "If {e}, find {v}.",
            "Find {v}: {e}",
            "Find the value of {v} if {e}.",
            "solve {e}",
            "Solve for {v} in {e}.",
            "What value of {v} satisfies {e}?",
            "Given {e}, find {v}.",
            "{e}, what is {v}?",
            "Solve: {e}",
        )
    )
    return style.format(e=text, v=v), w.lines
