"""Formal problems as trees: expressions, and formulas made of them.

Knows their operations and how people write them. Does not know how a text is read
(abacus/syntax.py), LaTeX or any value (algebra.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """`op`: num, name, neg, one of + - * / // % ^, or gcd, lcm, ds (the sum of digits); at the top
    of a formula also =.

    `bare` marks a product written without a sign, as 3x.
    """

    op: str
    args: tuple[Node, ...] = ()
    text: str = ""
    bare: bool = False

    def walk(self) -> Iterator[Node]:
        yield self
        for arg in self.args:
            yield from arg.walk()


def is_name(text: str) -> bool:
    """Whether this is a letter that a problem may give a value to."""
    return len(text) == 1 and text.isascii() and text.isalpha()


@dataclass(frozen=True, slots=True)
class Formula:
    """What a formal problem states. clauses: letters that are set, one after another, and what is
    asked for; or an equation. `=` joins two sides. unknown: the letter that an equation is to be
    solved for, "" where there is none."""

    clauses: tuple[Node, ...]
    unknown: str = ""

    def __str__(self) -> str:
        text = "; ".join(show(clause) for clause in self.clauses)
        return f"{text}, solve for {self.unknown}" if self.unknown else text


def equation(left: Node, right: Node) -> Node:
    return Node("=", (left, right))


_SHOWN = {"+": "+", "-": "\u2212", "*": "\u00d7", "/": "\u00f7", "//": "//", "%": "mod"}


def show(node: Node, outer: bool = True) -> str:
    """Fully bracketed, with the signs that people write: `((37 * 48) + 5) mod 13`."""
    if node.op in ("num", "name"):
        return node.text
    if node.op == "=":
        return " = ".join(show(arg) for arg in node.args)
    parts = [show(arg, False) for arg in node.args]
    if node.op in ("gcd", "lcm"):
        return f"{node.op}({_strip(parts[0])}, {_strip(parts[1])})"
    if node.op == "ds":
        return f"digit sum of {parts[0]}"
    if node.bare:
        return "".join(parts)
    if node.op == "^":
        raised = {"2": "\u00b2", "3": "\u00b3"}.get(parts[1], f"^{parts[1]}")
        return f"{parts[0]}{raised}"
    text = f"\u2212{parts[0]}" if node.op == "neg" else f" {_SHOWN[node.op]} ".join(parts)
    return text if outer else f"({text})"


def _strip(text: str) -> str:
    return text[1:-1] if re.fullmatch(r"\([^()]*\)", text) else text
