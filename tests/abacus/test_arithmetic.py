"""Exact arithmetic, outlines and scratchpads of the training data."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_core.abacus.grammar import (
    Line,
    Operation,
    apply,
    evaluate,
    in_range,
    parse_operation,
    parse_outline,
    render_outline,
)
from scale_core.abacus.lessons import operation, verify_lesson
from scale_core.abacus.scratch import check, division_lines, work
from scale_core.dialects.abacus.dialect import YES

small = st.integers(-9999, 9999)
divisors = st.integers(1, 99)


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    op = draw(st.sampled_from(("+", "-", "*", "/", "//", "%", "gcd", "ds")))
    if op == "ds":
        return Operation(op, draw(st.integers(0, 999_999)))
    if op == "gcd":
        return Operation(op, draw(st.integers(1, 9999)), draw(st.integers(1, 9999)))
    left = draw(small)
    return Operation(op, left, draw(divisors if op in ("/", "//", "%") else small))


@given(operations())
def test_an_operation_reads_back_from_its_text(op: Operation) -> None:
    assert parse_operation(str(op)) == op


@given(operations())
def test_written_work_ends_in_the_exact_value(op: Operation) -> None:
    value = apply(op.op, *(int(o) for o in op.operands))
    assert work(op).rpartition("=")[2] == ("?" if value is None else str(value))


@given(operations())
def test_every_equation_in_written_work_is_true(op: Operation) -> None:
    for part in work(op).split(";"):
        left, sign, right = part.partition("=")
        if sign and left and ":" not in part and right.lstrip("-").isdigit():
            a = parse_operation(left)
            terms = left.replace("-", "+-").split("+")
            if a is not None and a.op in "+-*":
                assert apply(a.op, *(int(o) for o in a.operands)) == int(right), part
            elif all(t.lstrip("-").isdigit() for t in terms if t):
                assert sum(int(t) for t in terms if t) == int(right), part


@given(st.integers(0, 999_999), divisors)
def test_long_division_lines_recompose_the_dividend(a: int, b: int) -> None:
    lines = division_lines(a, b)
    assert int("".join(str(q) for _, q, _, _ in lines)) == a // b
    assert lines[-1][3] == a % b
    assert all(c == p + r and 0 <= r < b and p == q * b for c, q, p, r in lines)


@given(operations(), st.integers(-99_999, 99_999))
def test_a_verdict_says_whether_the_claim_is_true(op: Operation, claim: int) -> None:
    truth = apply(op.op, *(int(o) for o in op.operands))
    for claimed in (claim, truth):
        if claimed is not None:
            says_yes = verify_lesson(op, claimed).reply.endswith(YES)
            assert says_yes == (claimed == truth)


def test_checking_costs_at_most_half_of_working_on_average() -> None:
    rng = random.Random(3)
    ratios: dict[str, list[tuple[int, int]]] = {}
    for _ in range(4000):
        op = operation(rng)
        value = apply(op.op, *(int(o) for o in op.operands))
        if value is not None:
            # one character is one token in this language; one more for the end token
            ratios.setdefault(op.op, []).append((len(check(op, value)) + 1, len(work(op)) + 1))
    for kind in ("*", "%", "/", "//", "+", "-"):
        checks, works = zip(*ratios[kind], strict=True)
        assert sum(checks) <= 0.55 * sum(works), kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "#1=",
        "#1=3",
        "#1=3+",
        "#1=3+4;",
        "#1=3+4;#1=5+6",
        "#1=#2+1",
        "#1=#1+1",
        "3+4",
        "#1=3+4;#2=#3*2",
        "#1=3**4",
        "#1=__import__('os')",
        "ab=3+4",
        "#1=gcd(3)",
        "#1=ds(3,4)",
        "#123=1+2",
        "#1=1+2;n=5",
        "#1=3 + 4",
    ],
)
def test_malformed_outlines_are_not_read(text: str) -> None:
    assert parse_outline(text) is None


def test_an_outline_evaluates_exactly() -> None:
    lines = parse_outline("n=12;#1=37*48;a=#1+n;#2=gcd(a,24);#3=ds(#1)")
    assert lines is not None
    steps = evaluate(lines)
    assert steps is not None
    assert [v for _, v in steps] == [1776, 1788, math.gcd(1788, 24), 21]
    assert render_outline(lines) == "n=12;#1=37*48;a=#1+n;#2=gcd(a,24);#3=ds(#1)"


def test_inexact_or_impossible_outlines_have_no_value() -> None:
    assert evaluate([Line("#1", Operation("/", 7, 2))]) is None
    assert evaluate([Line("#1", Operation("%", 7, 0))]) is None


@given(small, divisors)
def test_division_agrees_with_fractions_and_python(a: int, b: int) -> None:
    exact = Fraction(a, b)
    assert apply("/", a, b) == (exact.numerator if exact.denominator == 1 else None)
    assert (apply("//", a, b), apply("%", a, b)) == divmod(a, b)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("999999+1", True),
        ("1000000+1", False),
        ("999*99", True),
        ("999*999", False),
        ("9999*99", True),
        ("10000*9", False),
        ("123456%99", True),
        ("12%100", False),
        ("5/0", False),
        ("gcd(9999,1)", True),
        ("gcd(0,5)", False),
        ("gcd(10000,5)", False),
        ("#1+2", False),
    ],
)
def test_sizes_that_the_model_was_taught(text: str, inside: bool) -> None:
    op = parse_operation(text)
    assert op is not None
    assert in_range(op) is inside
