"""Expressions: integer arithmetic as text, with the outline that works it out.

Knows expression trees within the taught sizes, their text, their outline and how people ask for a
value. Does not know scratchpads, roles or the model.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from scale_core.abacus.grammar import Line, Operation, apply, in_range


@dataclass(slots=True)
class Writer:
    """Collects outline lines and hands out `#k` names."""

    lines: list[Line] = field(default_factory=list)
    count: int = 0

    def add(self, op: str, left: str | int, right: str | int | None = None) -> str:
        self.count += 1
        name = f"#{self.count}"
        self.lines.append(Line(name, Operation(op, left, right)))
        return name


@dataclass(frozen=True, slots=True)
class Node:
    """An expression: a number (op "num"), a name, or an operation on two or one sub-trees."""

    op: str
    value: int
    left: Node | None = None
    right: Node | None = None
    name: str = ""


class Stuck(Exception):
    """The numbers drawn so far leave no operation within the language: start afresh."""


_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "^2": 4, "^3": 4}
_SIZES = (1,) * 25 + (2,) * 45 + (3,) * 30
_OPS = ("+",) * 28 + ("-",) * 22 + ("*",) * 26 + ("/",) * 9 + ("//",) * 3 + ("%",) * 10


def number(rng: random.Random, digits: int) -> int:
    return rng.randint(0 if digits == 1 else 10 ** (digits - 1), 10**digits - 1)


def leaf(rng: random.Random) -> Node:
    value = number(rng, rng.choice(_SIZES))
    if rng.random() < 0.01:
        value = -value
    return Node("num", value)


def _divisor(rng: random.Random, op: str, a: int) -> int | None:
    if op != "/":
        return rng.randint(2, 99) if rng.random() < 0.75 else rng.randint(2, 12)
    found = [d for d in range(2, 100) if a % d == 0]
    return rng.choice(found) if found else None


def _combine(rng: random.Random, left: Node, right: Node) -> Node | None:
    """Join two trees by an operation that keeps every size in the language; None: try again."""
    op = rng.choice(_OPS)
    if op in ("/", "//", "%"):
        if left.op == "num":
            left = Node("num", number(rng, rng.choice((2, 2, 3, 3, 4, 4, 4, 5, 6))))
        if right.op == "num" or not 2 <= right.value <= 99:
            divisor = _divisor(rng, op, left.value)
            if divisor is None or (right.op != "num" and rng.random() < 0.8):
                return None
            right = Node("num", divisor)
        if left.value < 0 and rng.random() < 0.7:
            return None
    elif op in "+-" and rng.random() < 0.04:
        left = Node("num", number(rng, rng.choice((4, 5, 6)))) if left.op == "num" else left
    value = apply(op, left.value, right.value)
    if value is None or not in_range(Operation(op, left.value, right.value)):
        return None
    if value < 0 and rng.random() < 0.6:
        return None
    return Node(op, value, left, right)


def tree(rng: random.Random, ops: int, leaf: Callable[[random.Random], Node] = leaf) -> Node:
    if ops == 0:
        return leaf(rng)
    for _ in range(30):
        if rng.random() < 0.05:
            base = tree(rng, rng.choice((0, 0, ops - 1)), leaf)
            if 2 <= base.value <= 99:
                return Node("^2", base.value**2, base)
            if ops > 1 and 2 <= base.value <= 31:
                return Node("^3", base.value**3, base)
            continue
        split = rng.randint(0, ops - 1) if rng.random() < 0.5 else ops - 1
        left, right = tree(rng, split, leaf), tree(rng, ops - 1 - split, leaf)
        node = _combine(rng, left, right)
        if node is not None:
            return node
    raise Stuck


def render(node: Node, rng: random.Random, parent: int = 0, right: bool = False) -> str:
    if node.op == "num":
        text = node.name or str(node.value)
        return f"({text})" if node.value < 0 and not node.name and parent else text
    level = _PRECEDENCE[node.op]
    assert node.left is not None
    if node.op.startswith("^"):
        text = render(node.left, rng, 4, True) + node.op
    else:
        assert node.right is not None
        text = render(node.left, rng, level) + node.op + render(node.right, rng, level, True)
    if level < parent or (right and level == parent) or (parent and rng.random() < 0.06):
        return f"({text})"
    return text


def write(node: Node, w: Writer) -> str | int:
    if node.op == "num":
        return node.name or node.value
    assert node.left is not None
    left = write(node.left, w)
    if node.op == "^2":
        return w.add("*", left, left)
    if node.op == "^3":
        return w.add("*", w.add("*", left, left), left)
    assert node.right is not None
    return w.add(node.op, left, write(node.right, w))


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


def ask(rng: random.Random, expression: str, bare: float = 0.3) -> str:
    if rng.random() < bare:
        return expression + rng.choice(("", "", "", "?", "=", "=?", "."))
    lead = rng.choice(_LEADS[:5]) if rng.random() < 0.7 else rng.choice(_LEADS)
    end = rng.choice(("?", "?", "?", "")) if lead.startswith("What") else rng.choice((".", ".", ""))
    if rng.random() < 0.15:
        lead = lead.lower()
    return lead + expression + end


def expression(rng: random.Random) -> tuple[str, list[Line]]:
    ops = rng.choice((1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5))
    node = tree(rng, ops)
    writer = Writer()
    write(node, writer)
    return ask(rng, render(node, rng)), writer.lines
