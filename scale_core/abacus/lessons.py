"""Lessons: (prompt, reply) pairs that teach the embedded model its roles.

Knows which roles exist, how often each is taught and what a right reply is. Does not know the
tokenizer or the network. Ratings and checks of the model's own mistakes come later, from
`mistakes.py`, because they must be measured.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scale_core.abacus.expressions import number
from scale_core.abacus.grammar import Operation, apply, in_range, render_outline
from scale_core.abacus.problems import CHAINS, FAMILIES, STORIES, Taught, make
from scale_core.abacus.scratch import check, work
from scale_core.abacus.split import held_out, trainable
from scale_core.dialects.abacus import dialect


@dataclass(frozen=True, slots=True)
class Lesson:
    prompt: str
    reply: str

    @property
    def text(self) -> str:
        return self.prompt + self.reply + dialect.END


FAMILY_WEIGHTS = (30, 13, 25, 13, 19)


def taught(rng: random.Random, family: str | None = None) -> Taught:
    """A problem whose text and operand pairs may be used in training."""
    while True:
        problem = make(family or rng.choices(FAMILIES, FAMILY_WEIGHTS)[0], rng)
        if trainable(problem.text, (op for op, _ in problem.steps)):
            return problem


_SUM_SIZES = (
    (1, 1),
    (2, 1),
    (1, 2),
    (2, 2),
    (2, 2),
    (2, 2),
    (3, 1),
    (3, 2),
    (2, 3),
    (3, 3),
    (3, 3),
    (4, 2),
    (2, 4),
    (4, 3),
    (3, 4),
    (4, 4),
    (5, 3),
    (5, 4),
    (5, 5),
    (6, 4),
    (6, 6),
)
_PRODUCT_SIZES = (
    (1, 1),
    (2, 1),
    (1, 2),
    (2, 1),
    (1, 2),
    (2, 2),
    (2, 2),
    (2, 2),
    (3, 1),
    (1, 3),
    (3, 2),
    (3, 2),
    (2, 3),
    (2, 3),
    (4, 1),
    (4, 2),
    (2, 4),
)
_DIVIDENDS = (1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6)


def _draw_operation(rng: random.Random) -> Operation:
    kind = rng.choices(("+", "-", "*", "/", "//", "%", "gcd", "ds"), (22, 22, 22, 10, 4, 13, 5, 2))[
        0
    ]
    if kind in ("+", "-"):
        a, b = (number(rng, d) for d in rng.choice(_SUM_SIZES))
        if kind == "-" and a < b and rng.random() < 0.75:
            a, b = b, a
        sign = rng.random()
        return Operation(kind, -a if sign < 0.06 else a, -b if sign > 0.97 else b)
    if kind == "*":
        a, b = (number(rng, d) for d in rng.choice(_PRODUCT_SIZES))
        return Operation(kind, -a if rng.random() < 0.04 else a, -b if rng.random() < 0.02 else b)
    if kind == "gcd":
        g, size = rng.randint(1, 90), rng.choice((12, 30, 60, 99))
        return Operation(
            kind, min(9999, g * rng.randint(1, size)), min(9999, g * rng.randint(1, size))
        )
    a = number(rng, rng.choice(_DIVIDENDS))
    if kind == "ds":
        return Operation(kind, a)
    b = rng.randint(1, 99) if rng.random() < 0.75 else rng.randint(2, 12)
    if kind == "/" and rng.random() < 0.93:
        a = max(1, a // b) * b
    return Operation(kind, -a if rng.random() < 0.04 else a, b)


def operation(rng: random.Random, part: bool = False) -> Operation:
    """A filled operation, half of them as they occur in problems; `part`: held-out ones."""
    while True:
        if rng.random() < 0.35:
            op = rng.choice(make(rng.choices(FAMILIES, FAMILY_WEIGHTS)[0], rng).steps)[0]
        else:
            op = _draw_operation(rng)
        if in_range(op) and held_out(op) == part:
            return op


def _result(op: Operation) -> str:
    value = apply(op.op, *(int(o) for o in op.operands))
    return "?" if value is None else str(value)


def _outline(rng: random.Random) -> Lesson:
    problem = taught(rng)
    return Lesson(dialect.prompt("outline", problem.text), render_outline(problem.outline))


_EASY = ((1, 1), (2, 1), (1, 2), (2, 2), (2, 2), (2, 2), (2, 2))


def _easy_operation(rng: random.Random) -> Operation:
    if rng.random() < 0.3:
        a, b = (number(rng, d) for d in rng.choice(((1, 1), (2, 1), (1, 2))))
        return Operation("*", a, b)
    a, b = (number(rng, d) for d in rng.choice(_EASY))
    return Operation(rng.choice("+--"), a, b)


def _at_once(rng: random.Random) -> Lesson:
    op = _easy_operation(rng) if rng.random() < 0.45 else operation(rng)
    return Lesson(dialect.prompt("s1", str(op)), _result(op))


_HARD = ((2, 2), (3, 2), (2, 3), (3, 2), (2, 3))


def _hard_operation(rng: random.Random) -> Operation:
    kind = rng.choices(("*", "%", "//", "/", "-"), (25, 33, 12, 22, 8))[0]
    if kind == "*":
        return Operation("*", *(number(rng, d) for d in rng.choice(_HARD)))
    if kind == "-":
        return Operation("-", *(number(rng, rng.choice((3, 4, 5))) for _ in range(2)))
    b = rng.randint(2, 99) if rng.random() < 0.2 else rng.randint(10, 99)
    if kind == "/":
        return Operation("/", rng.randint(1000 // b + 1, 9999 // b) * b, b)
    return Operation(kind, number(rng, rng.choice((2, 3, 3, 4, 4, 4))), b)


def _step_by_step(rng: random.Random) -> Lesson:
    op = operation(rng)
    while rng.random() < 0.42 or held_out(op):
        op = _hard_operation(rng)
    return Lesson(dialect.prompt("s2", str(op)), work(op))


def corrupt(rng: random.Random, value: int) -> int:
    """A wrong result as a slip would leave it: a digit, a carry, a swap, a nearby number."""
    digits = list(str(abs(value)))
    slip = rng.random()
    if slip < 0.4:
        i = rng.randrange(len(digits))
        digits[i] = str((int(digits[i]) + rng.choice((1, 9, rng.randint(1, 9)))) % 10)
        wrong = int("".join(digits))
    elif slip < 0.65:
        wrong = abs(abs(value) + rng.choice((-1, 1)) * 10 ** rng.randrange(len(digits)))
    elif slip < 0.8:
        wrong = abs(abs(value) + rng.randint(-12, 12))
    elif slip < 0.88 and len(digits) > 1:
        i = rng.randrange(len(digits) - 1)
        digits[i], digits[i + 1] = digits[i + 1], digits[i]
        wrong = int("".join(digits))
    else:
        wrong = number(rng, len(digits))
    wrong = -wrong if value < 0 and rng.random() < 0.9 else wrong
    return wrong if wrong != value else value + 1


def verify_lesson(op: Operation, claimed: int) -> Lesson:
    """The check of `op = claimed`, with the verdict that is true."""
    return Lesson(dialect.prompt("verify", f"{op}={claimed}"), check(op, claimed))


def _verify(rng: random.Random) -> Lesson:
    while True:
        op = operation(rng)
        value = apply(op.op, *(int(o) for o in op.operands))
        if value is not None:
            return verify_lesson(op, value if rng.random() < 0.5 else corrupt(rng, value))


def cot_reply(steps: list[tuple[Operation, int]] | tuple[tuple[Operation, int], ...]) -> str:
    return "\n".join(f"{op}:{work(op)}" for op, _ in steps)


def _cot(rng: random.Random) -> Lesson:
    problem = taught(rng)
    return Lesson(dialect.prompt("cot", problem.text), cot_reply(problem.steps))


def _last(rng: random.Random) -> Lesson:
    problem = taught(rng)
    done = [(str(op), str(value)) for op, value in problem.steps[:-1]]
    op, value = problem.steps[-1]
    body = dialect.last_body(problem.text, done)
    if rng.random() < 0.3:
        return Lesson(dialect.prompt("last1", body), str(value))
    return Lesson(dialect.prompt("last2", body), f"{op}:{work(op)}")


def _spoil(rng: random.Random, outline: str) -> str:
    """A wrong outline: a changed number, operator or reference, or a missing line."""
    lines = outline.split(";")
    if len(lines) > 1 and rng.random() < 0.15:
        return ";".join(lines[:-1])
    i = rng.randrange(len(lines))
    name, what = lines[i].split("=", 1)
    spots = [k for k, ch in enumerate(what) if ch in "+-*/%0123456789"]
    k = rng.choice(spots or [0])
    pool = "+-*%" if what[k] in "+-*/%" else "123456789"
    what = what[:k] + rng.choice([c for c in pool if c != what[k]]) + what[k + 1 :]
    lines[i] = f"{name}={what}"
    return ";".join(lines)


def _choose(rng: random.Random) -> Lesson:
    problem = taught(rng)
    right = render_outline(problem.outline)
    outlines = [right] + [_spoil(rng, right) for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4, 7)))]
    outlines = list(dict.fromkeys(outlines))
    rng.shuffle(outlines)
    return Lesson(
        dialect.prompt("choose", dialect.choose_body(problem.text, outlines)),
        chr(65 + outlines.index(right)),
    )


def _equation_outline(rng: random.Random) -> Lesson:
    problem = taught(rng, "equations")
    return Lesson(dialect.prompt("outline", problem.text), render_outline(problem.outline))


def _easy_at_once(rng: random.Random) -> Lesson:
    op = _easy_operation(rng)
    if rng.random() < 0.6:
        op = Operation("-", number(rng, 2), number(rng, 2))
    return Lesson(dialect.prompt("s1", str(op)), _result(op))


_LONG = ((3, 3), (4, 3), (4, 4), (5, 3), (5, 4), (5, 5), (5, 5), (6, 5))


_SMALL_SUMS = ((2, 2), (2, 2), (2, 2), (2, 1), (3, 2), (3, 3))
_SMALL_PRODUCTS = ((1, 2), (2, 1), (1, 2), (2, 1), (1, 1))


def _weak_at_once(rng: random.Random) -> Lesson:
    """What System 1 should do at once and did not: small differences above all, then sums,
    products with one digit and what undoes these."""
    while True:
        kind = rng.choices("-+*/", (34, 24, 14, 28))[0]
        if kind == "/":
            b = rng.randint(2, 9)
            a = b * rng.randint(1, rng.choice((20, 50, 99)))
        else:
            sizes = _SMALL_PRODUCTS if kind == "*" else _SMALL_SUMS
            a, b = (number(rng, d) for d in rng.choice(sizes))
        op = Operation(kind, a, b)
        if not held_out(op):
            return Lesson(dialect.prompt("s1", str(op)), _result(op))


def _weak_operation(rng: random.Random) -> Operation:
    kind = rng.choices(("-", "%", "//", "gcd", "+"), (34, 27, 19, 15, 5))[0]
    if kind in "+-":
        a, b = (number(rng, d) for d in rng.choice(_LONG))
        return (
            Operation(kind, max(a, b), min(a, b)) if rng.random() < 0.65 else Operation(kind, a, b)
        )
    if kind == "gcd":
        if rng.random() < 0.5:
            return Operation(kind, number(rng, 3), number(rng, 3))
        g = rng.randint(2, 99)
        return Operation(kind, *(g * rng.randint(-(-100 // g), 999 // g) for _ in range(2)))
    return Operation(kind, number(rng, rng.choice((3, 4, 4, 4, 5, 6))), rng.randint(10, 99))


def _weak_step_by_step(rng: random.Random) -> Lesson:
    """The written work that earlier weights got wrong most often."""
    while held_out(op := _weak_operation(rng)):
        pass
    return Lesson(dialect.prompt("s2", str(op)), work(op))


def _story_outline(rng: random.Random) -> Lesson:
    problem = taught(rng, STORIES if rng.random() < 0.97 else CHAINS)
    return Lesson(dialect.prompt("outline", problem.text), render_outline(problem.outline))


Curriculum = tuple[tuple[Callable[[random.Random], Lesson], float, float], ...]

CURRICULUM: Curriculum = (
    # lesson, share of examples at the start of training, share at the end
    (_outline, 0.18, 0.29),
    (_at_once, 0.34, 0.22),
    (_step_by_step, 0.34, 0.29),
    (_verify, 0.10, 0.12),
    (_cot, 0.015, 0.03),
    (_last, 0.015, 0.02),
    (_choose, 0.01, 0.025),
)

POLISH: Curriculum = (
    # the same, with more of what the first measurements found weakest
    (_outline, 0.17, 0.17),
    (_equation_outline, 0.10, 0.10),
    (_at_once, 0.10, 0.10),
    (_easy_at_once, 0.16, 0.16),
    (_step_by_step, 0.24, 0.24),
    (_verify, 0.17, 0.17),
    (_cot, 0.015, 0.015),
    (_last, 0.015, 0.015),
    (_choose, 0.02, 0.02),
)

WIDE: Curriculum = (
    # first what the wide language had cost, then people's own words above all
    (_story_outline, 0.20, 0.35),
    (_outline, 0.10, 0.13),
    (_equation_outline, 0.05, 0.05),
    (_weak_at_once, 0.26, 0.18),
    (_easy_at_once, 0.06, 0.04),
    (_at_once, 0.10, 0.07),
    (_weak_step_by_step, 0.12, 0.07),
    (_step_by_step, 0.06, 0.05),
    (_verify, 0.02, 0.015),
    (_cot, 0.03, 0.03),
    (_last, 0.008, 0.008),
    (_choose, 0.012, 0.017),
)

WIDE_POLISH: Curriculum = (
    # the same for the wide language, with more of the arithmetic that is weakest
    (_story_outline, 0.25, 0.25),
    (_outline, 0.16, 0.16),
    (_equation_outline, 0.07, 0.07),
    (_weak_at_once, 0.17, 0.17),
    (_easy_at_once, 0.02, 0.02),
    (_weak_step_by_step, 0.14, 0.14),
    (_at_once, 0.05, 0.05),
    (_step_by_step, 0.05, 0.05),
    (_verify, 0.04, 0.04),
    (_cot, 0.025, 0.025),
    (_last, 0.01, 0.01),
    (_choose, 0.015, 0.015),
)


def lessons(
    rng: random.Random, progress: Callable[[], float], curriculum: Curriculum = CURRICULUM
) -> Iterator[Lesson]:
    """An endless mixture; `progress` in [0, 1] moves it from its start to its end shares."""
    makers = [maker for maker, _, _ in curriculum]
    while True:
        t = min(1.0, progress() * 2.5)
        weights = [start + (end - start) * t for _, start, end in curriculum]
        yield rng.choices(makers, weights)[0](rng)
