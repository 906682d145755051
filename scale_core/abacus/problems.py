"""Problems of the embedded model's language, each with its exact outline.

Knows how expressions, number-theory questions, let-chains and equations are worded and
decomposed; word problems come from `words.py`. Texts are canonical: as the dialect's
`canonical` would write them (ASCII operators, no spaces around them). Does not know
scratchpads, roles or the model.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from scale_core.abacus.grammar import Line, Operation, apply, evaluate, in_range, parse_line
from scale_core.abacus.words import word_problem

FAMILIES = ("expressions", "number theory", "let-chains", "equations", "word problems")


@dataclass(frozen=True, slots=True)
class Taught:
    """A problem text with the outline that solves it; `steps` are the filled operations."""

    family: str
    text: str
    outline: tuple[Line, ...]
    steps: tuple[tuple[Operation, int], ...]

    @property
    def answer(self) -> int:
        return self.steps[-1][1]


@dataclass(slots=True)
class _Writer:
    """Collects outline lines and hands out `#k` names."""

    lines: list[Line] = field(default_factory=list)
    count: int = 0

    def add(self, op: str, left: str | int, right: str | int | None = None) -> str:
        self.count += 1
        name = f"#{self.count}"
        self.lines.append(Line(name, Operation(op, left, right)))
        return name


@dataclass(frozen=True, slots=True)
class _Node:
    """An expression: a number (op "num"), a name, or an operation on two or one sub-trees."""

    op: str
    value: int
    left: _Node | None = None
    right: _Node | None = None
    name: str = ""


class _Stuck(Exception):
    """The numbers drawn so far leave no operation within the language: start afresh."""


_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "^2": 4, "^3": 4}
_SIZES = (1,) * 25 + (2,) * 45 + (3,) * 30
_OPS = ("+",) * 28 + ("-",) * 22 + ("*",) * 26 + ("/",) * 9 + ("//",) * 3 + ("%",) * 10


def number(rng: random.Random, digits: int) -> int:
    return rng.randint(0 if digits == 1 else 10 ** (digits - 1), 10**digits - 1)


def _leaf(rng: random.Random) -> _Node:
    value = number(rng, rng.choice(_SIZES))
    if rng.random() < 0.01:
        value = -value
    return _Node("num", value)


def _divisor(rng: random.Random, op: str, a: int) -> int | None:
    if op != "/":
        return rng.randint(2, 99) if rng.random() < 0.75 else rng.randint(2, 12)
    found = [d for d in range(2, 100) if a % d == 0]
    return rng.choice(found) if found else None


def _combine(rng: random.Random, left: _Node, right: _Node) -> _Node | None:
    """Join two trees by an operation that keeps every size in the language; None: try again."""
    op = rng.choice(_OPS)
    if op in ("/", "//", "%"):
        if left.op == "num":
            left = _Node("num", number(rng, rng.choice((2, 2, 3, 3, 4, 4, 4, 5, 6))))
        if right.op == "num" or not 2 <= right.value <= 99:
            divisor = _divisor(rng, op, left.value)
            if divisor is None or (right.op != "num" and rng.random() < 0.8):
                return None
            right = _Node("num", divisor)
        if left.value < 0 and rng.random() < 0.7:
            return None
    elif op in "+-" and rng.random() < 0.04:
        left = _Node("num", number(rng, rng.choice((4, 5, 6)))) if left.op == "num" else left
    value = apply(op, left.value, right.value)
    if value is None or not in_range(Operation(op, left.value, right.value)):
        return None
    if value < 0 and rng.random() < 0.6:
        return None
    return _Node(op, value, left, right)


def _tree(rng: random.Random, ops: int, leaf: Callable[[random.Random], _Node] = _leaf) -> _Node:
    if ops == 0:
        return leaf(rng)
    for _ in range(30):
        if rng.random() < 0.05:
            base = _tree(rng, rng.choice((0, 0, ops - 1)), leaf)
            if 2 <= base.value <= 99:
                return _Node("^2", base.value**2, base)
            if ops > 1 and 2 <= base.value <= 31:
                return _Node("^3", base.value**3, base)
            continue
        split = rng.randint(0, ops - 1) if rng.random() < 0.5 else ops - 1
        left, right = _tree(rng, split, leaf), _tree(rng, ops - 1 - split, leaf)
        node = _combine(rng, left, right)
        if node is not None:
            return node
    raise _Stuck


def _render(node: _Node, rng: random.Random, parent: int = 0, right: bool = False) -> str:
    if node.op == "num":
        text = node.name or str(node.value)
        return f"({text})" if node.value < 0 and not node.name and parent else text
    level = _PRECEDENCE[node.op]
    assert node.left is not None
    if node.op.startswith("^"):
        text = _render(node.left, rng, 4, True) + node.op
    else:
        assert node.right is not None
        text = _render(node.left, rng, level) + node.op + _render(node.right, rng, level, True)
    if level < parent or (right and level == parent) or (parent and rng.random() < 0.06):
        return f"({text})"
    return text


def _write(node: _Node, w: _Writer) -> str | int:
    if node.op == "num":
        return node.name or node.value
    assert node.left is not None
    left = _write(node.left, w)
    if node.op == "^2":
        return w.add("*", left, left)
    if node.op == "^3":
        return w.add("*", w.add("*", left, left), left)
    assert node.right is not None
    return w.add(node.op, left, _write(node.right, w))


_LEADS = (
    "What is ",
    "Compute ",
    "Evaluate ",
    "Calculate ",
    "Find ",
    "What's ",
    "Work out ",
    "Find the value of ",
    "Determine ",
    "Simplify ",
    "What is the value of ",
)


def _ask(rng: random.Random, expression: str, bare: float = 0.3) -> str:
    if rng.random() < bare:
        return expression + rng.choice(("", "", "", "?", "=", "=?", "."))
    lead = rng.choice(_LEADS[:5]) if rng.random() < 0.7 else rng.choice(_LEADS)
    end = rng.choice(("?", "?", "?", "")) if lead.startswith("What") else rng.choice((".", ".", ""))
    if rng.random() < 0.15:
        lead = lead.lower()
    return lead + expression + end


def expression(rng: random.Random) -> tuple[str, list[Line]]:
    ops = rng.choice((1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5))
    node = _tree(rng, ops)
    writer = _Writer()
    _write(node, writer)
    return _ask(rng, _render(node, rng)), writer.lines


# ---- number theory -------------------------------------------------------------------------


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
_REMAINDER = (
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


def _gcd_text(rng: random.Random, w: _Writer) -> tuple[str, str]:
    a, b = _pair(rng)
    return rng.choice(_GCD).format(a, b), w.add("gcd", a, b)


def _lcm_text(rng: random.Random, w: _Writer) -> tuple[str, str]:
    while True:
        g = rng.randint(1, 30)
        a, b = g * rng.randint(1, 20), g * rng.randint(1, 20)
        if max(a, b) <= 999 and a // g * b <= 9999 and min(a, b) > 1:
            break
    gcd = w.add("gcd", a, b)
    return rng.choice(_LCM).format(a, b), w.add("*", w.add("/", a, gcd), b)


def _inner(rng: random.Random, w: _Writer, limit: int, low: int = 0) -> tuple[str, str | int]:
    """A number, or a small expression written into the outline, with value in [low, limit]."""
    if rng.random() < 0.55:
        digits = rng.choice((2, 3, 3, 4, 4, 5, 6)) if limit > 9999 else rng.choice((2, 3, 4))
        value = number(rng, digits)
        return str(value), value
    while True:
        node = _tree(rng, rng.choice((1, 1, 2)))
        if low <= node.value <= limit:
            return _render(node, rng), _write(node, w)


def _square_text(rng: random.Random, w: _Writer) -> tuple[str, str]:
    a = rng.randint(2, 99)
    return rng.choice(_SQUARE).format(a), w.add("*", a, a)


def _sum_of_squares(rng: random.Random, w: _Writer) -> tuple[str, str]:
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


def _basic(rng: random.Random, w: _Writer, enclosed: bool = False) -> tuple[str, str]:
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


def _remainder_text(rng: random.Random, w: _Writer) -> tuple[str, str]:
    style = rng.random()
    inner: str | int
    if style < 0.2:
        text, inner = rng.choice((_square_text, _basic, _sum_of_squares))(rng, w)
    else:
        text, inner = _inner(rng, w, 999_999)
    divisor = rng.randint(2, 99)
    return rng.choice(_REMAINDER).format(text, divisor), w.add("%", inner, divisor)


def _digits_text(rng: random.Random, w: _Writer) -> tuple[str, str]:
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
    w = _Writer()
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
            w = _Writer()
            text, _ = _gcd_text(rng, w)
    elif style < 0.2:
        extra = number(rng, rng.choice((1, 2)))
        text += f" plus {extra}" if " of " in text or " is " in text else f"+{extra}"
        w.add("+", name, extra)
    return _ask(rng, text, bare=0.25), w.lines


# ---- let-chains ----------------------------------------------------------------------------

_LETTERS = "abcdefghijkmnpqrstuvwyzABCDEFGHKMNPQRSTUVWXYZ"


def let_chain(rng: random.Random) -> tuple[str, list[Line]]:
    names = rng.sample(_LETTERS, rng.choice((2, 2, 3, 3, 4, 5)))
    if rng.random() < 0.4:
        start = rng.randint(0, 18)
        names = list("abcdefghijklmnopqrstuvwxyz"[start : start + len(names)])
    known: dict[str, int] = {}
    w = _Writer()
    clauses = []

    def leaf(r: random.Random) -> _Node:
        if known and r.random() < 0.55:
            name = r.choice(list(known)[-2:]) if r.random() < 0.8 else r.choice(list(known))
            return _Node("num", known[name], name=name)
        return _leaf(r)

    for name in names:
        node = _chain_link(rng, leaf, bool(known))
        clauses.append(f"{name}={_render(node, rng)}")
        if node.op == "num":
            w.lines.append(Line(name, node.value))
        else:
            _write(node, w)
            last = w.lines.pop()
            w.count -= 1
            w.lines.append(Line(name, last.what))
        known[name] = node.value
    last_name = names[-1]
    if rng.random() < 0.3 and isinstance(w.lines[-1].what, Operation):
        return _dress_chain(rng, clauses, last_name), w.lines
    node = _tree(rng, rng.choice((1, 1, 1, 2)), leaf)
    if not _uses(node, last_name):
        raise _Stuck
    _write(node, w)
    question = _render(node, rng)
    if node.op == "%" and node.left is not None and rng.random() < 0.4:
        assert node.right is not None
        question = rng.choice(_REMAINDER[:3]).format(
            _render(node.left, rng), _render(node.right, rng, 2, True)
        )
    return _dress_chain(rng, clauses, question), w.lines


def _uses(node: _Node | None, name: str) -> bool:
    return node is not None and (
        node.name == name or _uses(node.left, name) or _uses(node.right, name)
    )


def _chain_link(rng: random.Random, leaf: Callable[[random.Random], _Node], linked: bool) -> _Node:
    if rng.random() < 0.22:
        return _leaf(rng)
    return _tree(rng, rng.choice((1, 1, 1, 1, 2)), leaf if linked else _leaf)


def _dress_chain(rng: random.Random, clauses: list[str], question: str) -> str:
    style = rng.random()
    ask = rng.choice(
        (
            "What is {}?",
            "What is {}?",
            "Find {}.",
            "Compute {}.",
            "Evaluate {}.",
            "Calculate {}.",
            "What is the value of {}?",
            "Find the value of {}.",
            "Determine {}.",
        )
    )
    if style < 0.55:
        word = "Let" if rng.random() < 0.8 else rng.choice(("Set", "Suppose", "Define"))
        text = "".join(f"{word} {c}. " for c in clauses)
    elif style < 0.65:
        text = "Let " + rng.choice((", ", "; ")).join(clauses) + ". "
    elif style < 0.75:
        text = "Let " + ", ".join(clauses[:-1]) + " and " + clauses[-1] + ". "
    elif style < 0.82:
        text = "let " + rng.choice(("; let ", ", let ")).join(clauses) + rng.choice(("; ", ". "))
        ask = ask[0].lower() + ask[1:] if rng.random() < 0.5 else ask
    elif style < 0.92:
        text = "If " + ", ".join(clauses[:-1]) + " and " + clauses[-1] + ", "
        ask = rng.choice(("what is {}?", "find {}.", "then what is {}?", "compute {}."))
    else:
        text = rng.choice((". ", "; ", ", ")).join(clauses) + ". "
    return text + ask.format(question)


# ---- linear equations ----------------------------------------------------------------------


def _signed(value: int) -> str:
    return f"+{value}" if value >= 0 else str(value)


def _coefficient(a: int, v: str) -> str:
    return v if a == 1 else f"{a}{v}"


def _move(w: _Writer, c: str | int, b: int) -> str | int:
    """c - b written with positive numbers: subtract b, or add -b where b is negative."""
    return c if b == 0 else (w.add("-", c, b) if b > 0 else w.add("+", c, -b))


def _over(w: _Writer, top: str | int, a: str | int) -> str | int:
    return top if a == 1 else w.add("/", top, a)


def _const(rng: random.Random, low: int = 1) -> int:
    value = rng.randint(low, rng.choice((9, 30, 99, 99, 200)))
    return value if rng.random() < 0.6 else -value


def _eq_simple(rng: random.Random, v: str, x: int, w: _Writer) -> str:
    a, b = rng.choice((1, *range(2, 20), *range(2, 100, 7))), _const(rng)
    if rng.random() < 0.08 and a > 1:
        b = 0
    c = a * x + b
    left = _coefficient(a, v) + (_signed(b) if b else "")
    if b > 0 and rng.random() < 0.15:
        left = f"{b}+{_coefficient(a, v)}"
    _over(w, _move(w, c, b), a)
    return f"{left}={c}" if rng.random() < 0.85 else f"{c}={left}"


def _eq_both(rng: random.Random, v: str, x: int, w: _Writer) -> str:
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


def _eq_bracket(rng: random.Random, v: str, x: int, w: _Writer) -> str:
    a, b = rng.randint(2, 20), _const(rng)
    total = a * (x + b)
    text = f"{a}({v}{_signed(b)})"
    if rng.random() < 0.6:
        _move(w, w.add("/", total, a), b)
        return f"{text}={total}"
    c = _const(rng)
    _move(w, w.add("/", _move(w, total + c, c), a), b)
    return f"{text}{_signed(c)}={total + c}"


def _eq_bracket_both(rng: random.Random, v: str, x: int, w: _Writer) -> str:
    a, c = rng.sample(range(2, 16), 2)
    b = _const(rng)
    product = w.add("*", a, abs(b))
    text = f"{a}({v}{_signed(b)})"
    if rng.random() < 0.6:
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
    if (a * (x + b)) % c:
        return ""
    d = a * (x + b) // c - x
    if d == 0:
        return ""
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
    return f"{text}={c}({v}{_signed(d)})"


def equation(rng: random.Random) -> tuple[str, list[Line]]:
    v = rng.choice("xxxxxyyznkmtpabcwuqrs")
    while True:
        w = _Writer()
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
                _eq_bracket_both,
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


def _words(rng: random.Random) -> tuple[str, list[Line]]:
    text, outline = word_problem(rng)
    lines = [parse_line(line) for line in outline]
    return text, [line for line in lines if line is not None]


_MAKERS = dict(zip(FAMILIES, (expression, number_theory, let_chain, equation, _words), strict=True))


def make(family: str, rng: random.Random) -> Taught:
    """One problem of a family; every operation has operands that the model is taught."""
    while True:
        try:
            text, lines = _MAKERS[family](rng)
        except _Stuck:
            continue
        steps = evaluate(lines)
        if steps and all(in_range(op) and abs(value) < 10**7 for op, value in steps):
            return Taught(family, text, tuple(lines), tuple(steps))
