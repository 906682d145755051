"""The language of outlines: lines of one atomic operation each.

An outline is written `#1=37*48;#2=125*16;#3=#1+#2;#4=#3%13`. A line names its result (`#k`, or
a letter that the problem itself introduced), an operand is an integer or an earlier name.
`n=12` is a given, not an operation.

Knows how outlines are written and read, and which operand sizes the model was taught. Does no
arithmetic: that is the model's work.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scale_core.dialects.expression import Node, is_name

NAME = r"#\d{1,2}|[A-Za-z]"
OPERAND = rf"\(-\d{{1,12}}\)|-?\d{{1,12}}|{NAME}"
_BINARY = re.compile(rf"({OPERAND})(\+|-|\*|//|/|%)({OPERAND})")
_GCD = re.compile(rf"gcd\(({OPERAND}),({OPERAND})\)")
_DIGITS = re.compile(rf"ds\(({OPERAND})\)")
_LINE = re.compile(rf"({NAME})=(.+)")

Operand = str | int


@dataclass(frozen=True, slots=True)
class Operation:
    """One atomic operation. `op` is + - * / // % gcd or ds (digit sum, one operand)."""

    op: str
    left: Operand
    right: Operand | None = None

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (self.left,) if self.right is None else (self.left, self.right)

    @property
    def references(self) -> tuple[str, ...]:
        """Names of the earlier results it needs, each once, in order."""
        return tuple(dict.fromkeys(o for o in self.operands if isinstance(o, str)))

    def fill(self, values: Mapping[str, int]) -> Operation:
        """The same operation with names replaced by values; unknown names stay."""
        return Operation(
            self.op, *(values.get(o, o) if isinstance(o, str) else o for o in self.operands)
        )

    @property
    def tree(self) -> Node:
        """The operation as an expression. Raises ValueError where a name is no letter."""
        return Node(self.op, tuple(_leaf(o) for o in self.operands))

    def __str__(self) -> str:
        if self.op == "ds":
            return f"ds({self.left})"
        if self.op == "gcd":
            return f"gcd({self.left},{self.right})"
        right = f"({self.right})" if isinstance(self.right, int) and self.right < 0 else self.right
        return f"{self.left}{self.op}{right}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an outline: a name and an operation, or a name and a given number."""

    name: str
    what: Operation | int

    def __str__(self) -> str:
        return f"{self.name}={self.what}"


def _leaf(operand: Operand) -> Node:
    if isinstance(operand, int):
        number = Node("num", text=str(abs(operand)))
        return Node("neg", (number,)) if operand < 0 else number
    if not is_name(operand):
        raise ValueError(f"{operand} has no value yet")
    return Node("name", text=operand)


def _operand(text: str) -> Operand:
    text = text.strip("()")
    return int(text) if text.lstrip("-").isdigit() else text


def parse_operation(text: str) -> Operation | None:
    """Read `37*48`, `#1+(-5)`, `gcd(a,12)` or `ds(#2)`; None if it is none of these."""
    if m := _DIGITS.fullmatch(text):
        return Operation("ds", _operand(m[1]))
    if m := _GCD.fullmatch(text):
        return Operation("gcd", _operand(m[1]), _operand(m[2]))
    if m := _BINARY.fullmatch(text):
        return Operation(m[2], _operand(m[1]), _operand(m[3]))
    return None


def parse_line(text: str) -> Line | None:
    m = _LINE.fullmatch(text)
    if m is None:
        return None
    if re.fullmatch(r"-?\d{1,9}", m[2]):
        return Line(m[1], int(m[2]))
    operation = parse_operation(m[2])
    return None if operation is None else Line(m[1], operation)


def parse_outline(text: str, max_lines: int = 24) -> list[Line] | None:
    """Read a whole outline; None unless every line is well formed, every name is new and is
    used only after it was set, and the last line is an operation."""
    parts = text.strip().split(";")
    if len(parts) > max_lines:
        return None
    lines: list[Line] = []
    known: set[str] = set()
    for part in parts:
        line = parse_line(part.strip())
        if line is None or line.name in known:
            return None
        if isinstance(line.what, Operation) and not set(line.what.references) <= known:
            return None
        known.add(line.name)
        lines.append(line)
    return lines if isinstance(lines[-1].what, Operation) else None


def render_outline(lines: Sequence[Line]) -> str:
    return ";".join(map(str, lines))


def in_range(op: Operation) -> bool:
    """Whether a filled operation has operands of the kinds and sizes that the embedded model was
    taught."""
    return not op.references and untaught(op) is None


def untaught(op: Operation) -> str | None:
    """Why a filled operation is beyond what the embedded model was taught, to follow its text;
    None if it is not."""
    values = [int(o) for o in op.operands]
    sizes = [len(str(abs(value))) for value in values]
    if op.op == "*":
        large = min(sizes) > 2 or max(sizes) > 4
        return "has larger factors than the embedded model was taught" if large else None
    if op.op == "gcd" and min(values) <= 0:
        return "takes a common divisor of a number that is not above 0"
    if op.op in ("/", "//", "%"):
        if values[1] == 0:
            return "divides by 0"
        if values[1] < 0:
            return "divides by a negative number, which the embedded model was not taught"
        if sizes[1] > 2:
            return "has a divisor of more than 2 digits, which the embedded model was not taught"
    most = 4 if op.op == "gcd" else 6
    return f"has a number of more than {most} digits" if max(sizes) > most else None
