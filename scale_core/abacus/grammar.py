"""Exact arithmetic on outlines, for making training data and for measuring.

Knows the value of every operation. Nothing on the path of a run imports this module: there the
model does the arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scale_core.dialects.abacus.outline import (
    Line,
    Operand,
    Operation,
    in_range,
    parse_line,
    parse_operation,
    parse_outline,
    render_outline,
)

__all__ = [
    "Line",
    "Operand",
    "Operation",
    "apply",
    "evaluate",
    "in_range",
    "parse_line",
    "parse_operation",
    "parse_outline",
    "render_outline",
]


def apply(op: str, a: int, b: int | None = None) -> int | None:
    """Exact value of one operation; None where there is none (division by zero or inexact)."""
    if b is None:
        return sum(map(int, str(abs(a)))) if op == "ds" else None
    if op == "+":
        return a + b
    if op == "-":
        return a - b
    if op == "*":
        return a * b
    if op == "gcd":
        return math.gcd(a, b)
    if b == 0:
        return None
    if op == "%":
        return a % b
    if op == "//":
        return a // b
    return a // b if a % b == 0 else None


def evaluate(lines: Sequence[Line]) -> list[tuple[Operation, int]] | None:
    """Each operation with its operands filled in and its exact value, None if one has none."""
    values: dict[str, int] = {}
    done: list[tuple[Operation, int]] = []
    for line in lines:
        if isinstance(line.what, int):
            values[line.name] = line.what
            continue
        filled = line.what.fill(values)
        if filled.references:
            return None
        value = apply(filled.op, *(int(o) for o in filled.operands))
        if value is None:
            return None
        values[line.name] = value
        done.append((filled, value))
    return done
