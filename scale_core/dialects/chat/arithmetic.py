"""The exact value of sums, products and their like, as models write them: `(12 / 20) * 100`,
`19 red peaches + 4 green peaches`, `\\frac{3}{4} \\times 20`.

Knows + - * / and brackets between plain numbers, percent signs, units behind numbers and LaTeX for
the same. Text is hostile: it is parsed, bounded and never run, and what is anything else has no
value here.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

_PLAIN = re.compile(r"[-+*/().\d\s]{1,200}")
_TIMES = re.compile(r"(?<=[\d)\s])[x×](?=[\d(\s])")
_PERCENT = re.compile(r"(\d[\d.]{0,20})\s?%")
_LATEX = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"\\(?:text|mathrm|mbox)\{[^{}]{0,60}\}", ""),
        (r"\\[dt]?frac\{([^{}]{1,40})\}\{([^{}]{1,40})\}", r"((\1)/(\2))"),
        (r"\\(?:times|cdot)", "*"),
        (r"\\div", "/"),
        (r"\\(?:left|right|quad)|\\[()\[\],;! ]", " "),
    )
)
_WORTH = re.compile(
    r"\b(?:dozens?|scores?|hundreds?|thousands?|millions?|billions?|percent|hal(?:f|ves)|thirds?"
    r"|quarters?|fifths?|tenths?)\b",
    re.IGNORECASE,
)
"""Words behind a number that change its value."""
_UNIT = re.compile(
    r"(?<=\d)(?:\s?\([A-Za-z][A-Za-z ]{0,40}\)|\s[A-Za-z]{2,20}(?:[ /-][A-Za-z]{1,20}){0,3})"
)
_MOST_CHARS = 160
_TERMS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def value_of(text: str) -> Fraction | None:
    """The value of numbers with + - * / and brackets between them; None for anything else."""
    if len(text) > _MOST_CHARS or _WORTH.search(text):
        return None
    for pattern, plain in _LATEX:
        text = pattern.sub(plain, text)
    text = _PERCENT.sub(r"(\1/100)", text.replace(",", "").replace("$", "").replace("\\", ""))
    text = _UNIT.sub("", text)
    text = _TIMES.sub("*", text).replace("÷", "/").replace("−", "-").replace("·", "*").strip()
    if not _PLAIN.fullmatch(text):
        return None
    try:
        return _value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return Fraction(str(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _TERMS:
        return _TERMS[type(node.op)](_value(node.left), _value(node.right))
    raise ValueError("not plain arithmetic")
