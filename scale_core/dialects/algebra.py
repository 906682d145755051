"""Expressions as sympy objects: their LaTeX, and their exact values.

Built node by node from our own trees, never from text, and nothing is worked out while it is built
or printed: `9^9^9^9` is four numbers and three powers. A value is worked out from the leaves up,
and only where its size was bounded before. Importing this module imports sympy, which takes half a
second: import it where it is used. Knows sympy and its printer. Does not know how a text is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import log2
from typing import Any

import sympy as sp  # type: ignore[import-untyped]
from sympy.printing.latex import LatexPrinter  # type: ignore[import-untyped]

from scale_core.dialects.expression import Formula, Node, is_name

MAX_BITS = 4096
"""Most bits of a value's numerator and denominator."""


class gcd(sp.Function):  # type: ignore[misc]
    nargs = 2

    @classmethod
    def eval(cls, a: Any, b: Any) -> Any:
        return sp.igcd(a, b) if a.is_Integer and b.is_Integer else None


class lcm(sp.Function):  # type: ignore[misc]
    nargs = 2

    @classmethod
    def eval(cls, a: Any, b: Any) -> Any:
        return sp.ilcm(a, b) if a.is_Integer and b.is_Integer else None


class digit_sum(sp.Function):  # type: ignore[misc]
    nargs = 1

    @classmethod
    def eval(cls, a: Any) -> Any:
        return sp.Integer(sum(map(int, str(abs(int(a)))))) if a.is_Integer else None


# ---- trees ---------------------------------------------------------------------------------


def _opposite(a: Any) -> Any:
    return sp.Mul(sp.S.NegativeOne, a, evaluate=False)


def _quotient(a: Any, b: Any) -> Any:
    return sp.Mul(a, sp.Pow(b, sp.S.NegativeOne, evaluate=False), evaluate=False)


_MADE: Mapping[str, Callable[..., Any]] = {
    "neg": lambda a: sp.UnevaluatedExpr(_opposite(a)),  # 2 + (-3) is not 2 - 3
    "+": lambda a, b: sp.Add(a, b, evaluate=False),
    "-": lambda a, b: sp.Add(a, _opposite(b), evaluate=False),
    "*": lambda a, b: sp.Mul(a, b, evaluate=False),
    "/": _quotient,
    "//": lambda a, b: sp.floor(_quotient(a, b), evaluate=False),
    "%": lambda a, b: sp.Mod(a, b, evaluate=False),
    "^": lambda a, b: sp.Pow(a, b, evaluate=False),
    "gcd": lambda a, b: gcd(a, b, evaluate=False),
    "lcm": lambda a, b: lcm(a, b, evaluate=False),
    "ds": lambda a: digit_sum(a, evaluate=False),
    "=": lambda a, b: sp.Eq(a, b, evaluate=False),
}


def expression(node: Node) -> Any:
    """The node as a sympy object of which nothing is worked out. Raises ValueError for a node that
    no parser makes."""
    if node.op in _MADE:
        return _MADE[node.op](*map(expression, node.args))
    return _leaf(node)


def _leaf(node: Node) -> Any:
    if node.op == "num" and node.text.isascii() and node.text.isdigit():
        return sp.Integer(int(node.text))
    if node.op == "name" and is_name(node.text):
        return sp.Symbol(node.text)
    raise ValueError(f"no expression: {node.op} {node.text[:20]!r}")


# ---- LaTeX ---------------------------------------------------------------------------------

_SUM, _PRODUCT, _POWER, _ATOM = range(4)
"""How strongly the parts of an expression hold together, the loosest first."""


class _Printer(LatexPrinter):  # type: ignore[misc]
    """Brackets as the tree has them, and no question that sympy would work out a value for."""

    def _print_Add(self, e: Any, **_: Any) -> str:
        left, right = e.args
        if right.func is sp.Mul and right.args[0] is sp.S.NegativeOne:
            return f"{self._first(left)} - {self._within(right.args[1], _PRODUCT)}"
        return f"{self._first(left)} + {self._within(right, _PRODUCT)}"

    def _print_UnevaluatedExpr(self, e: Any) -> str:
        return f"-{self._within(e.args[0].args[1], _PRODUCT)}"

    def _print_Mul(self, e: Any) -> str:
        left, right = e.args
        if (divisor := _divisor(right)) is not None:
            return rf"\frac{{{self._print(left)}}}{{{self._print(divisor)}}}"
        shown = self._within(left, _PRODUCT), self._within(right, _POWER)
        return ("" if _joins(left, right) else r" \times ").join(shown)

    def _print_Mod(self, e: Any, exp: Any = None) -> str:
        left, right = (self._within(arg, _POWER) for arg in e.args)
        return rf"{left} \bmod {right}"

    def _print_Pow(self, e: Any) -> str:
        base, exponent = e.args
        return f"{self._within(base, _ATOM)}^{{{self._print(exponent)}}}"

    def _print_Relational(self, e: Any) -> str:
        return f"{self._print(e.lhs)} = {self._print(e.rhs)}"

    def _print_gcd(self, e: Any, exp: Any = None) -> str:
        return rf"\gcd{self._call(e)}"

    def _print_lcm(self, e: Any, exp: Any = None) -> str:
        return rf"\operatorname{{lcm}}{self._call(e)}"

    def _print_digit_sum(self, e: Any, exp: Any = None) -> str:
        return rf"\operatorname{{digit\ sum}}{self._call(e)}"

    def _call(self, e: Any) -> str:
        return _bracketed(", ".join(map(self._print, e.args)))

    def _first(self, e: Any) -> str:
        """At the beginning of a sum a sum needs no bracket, and neither does a sign."""
        return self._within(e, _PRODUCT) if e.func is sp.Mod else str(self._print(e))

    def _within(self, e: Any, least: int) -> str:
        """In brackets unless it holds together that strongly."""
        text = str(self._print(e))
        return text if _strength(e) >= least else _bracketed(text)


def _bracketed(text: str) -> str:
    return rf"\left({text}\right)"


def _strength(e: Any) -> int:
    if e.func in (sp.Add, sp.UnevaluatedExpr, sp.Mod):
        return _SUM  # of Mod people disagree on how strongly it binds: in brackets everywhere
    if e.func is sp.Mul:
        return _PRODUCT if _divisor(e.args[1]) is None else _POWER
    return _POWER if e.func is sp.Pow else _ATOM


def _divisor(e: Any) -> Any:
    """What `1/e` divides by; None if it is something else."""
    return e.args[0] if e.func is sp.Pow and e.args[1] is sp.S.NegativeOne else None


def _joins(left: Any, right: Any) -> bool:
    """Whether a number stands before a letter or a bracket with one, as in 3x and 2(x + 1)."""
    bracket = right.func is sp.Add and bool(right.free_symbols)
    return bool(left.is_Integer and (right.is_Symbol or bracket))


def latex(formula: Formula) -> str:
    """`a = 3 \\times 4,\\quad a + 5`; `7x + 26 = 103,\\ \\text{solve for }x`."""
    printer = _Printer()
    clauses = r",\quad ".join(printer.doprint(expression(c)) for c in formula.clauses)
    return rf"{clauses},\ \text{{solve for }}{formula.unknown}" if formula.unknown else clauses


# ---- values --------------------------------------------------------------------------------


def value(node: Node, known: Mapping[str, int] | None = None) -> Fraction | None:
    """The exact value; None where there is none (division by zero, gcd of fractions), where a
    letter is not known, or where a value on the way would be larger than MAX_BITS."""
    worked_out = _value(node, known or {})
    return None if worked_out is None else Fraction(int(worked_out.p), int(worked_out.q))


def _value(node: Node, known: Mapping[str, int]) -> Any:
    """A sympy Rational or None."""
    if node.op == "name":
        return sp.Integer(known[node.text]) if node.text in known else None
    if node.op not in _MADE:
        return _bounded(_leaf(node))
    parts = [_value(arg, known) for arg in node.args]
    if any(part is None for part in parts) or not _small(node.op, parts):
        return None
    try:
        return _bounded(_MADE[node.op](*parts).doit())
    except ZeroDivisionError:  # what Mod says of 0
        return None


def _bounded(found: Any) -> Any:
    return found if found.is_Rational and _bits(found) <= MAX_BITS else None


def _small(op: str, parts: list[Any]) -> bool:
    """Whether working it out costs little. Only a power of small numbers can be large."""
    if op != "^":
        return True
    base, exponent = parts
    digits = log2(max(abs(int(base.p)), int(base.q)))
    return bool(exponent.is_Integer) and digits * abs(int(exponent)) <= MAX_BITS


def _bits(number: Any) -> int:
    return max(int(number.p).bit_length(), int(number.q).bit_length())
