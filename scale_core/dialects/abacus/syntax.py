"""The grammar of formal problems: expressions, and the set phrases of number theory.

Knows how a canonical expression or phrase is read, and the sizes that the embedded model was
taught. Computes no value, so it cannot know how large an intermediate result is or whether a
division is exact. Does not know lead words, let-chains, equations or stories.
"""

from __future__ import annotations

import re

from scale_core.dialects.expression import Node, is_name

MAX_DEPTH = 40
MAX_TOKENS = 200


class Unreadable(Exception):
    """The text is no expression of this grammar; the message says in words why not."""


_AND, _BY = "@and", "@by"
_PHRASES = tuple(
    (re.compile(rf"(?<![A-Za-z])(?:the )?(?:{words})(?![A-Za-z])", re.IGNORECASE), f" {sign} ")
    for words, sign in (
        (r"(?:gcd|hcf|gcf|(?:greatest|highest|largest) common (?:divisor|factor)) of", "@gcd"),
        (r"(?:lcm|(?:least|lowest|smallest) common multiple) of", "@lcm"),
        (r"(?:sum of (?:the |all )?digits|digit sum) (?:of|in)", "@ds"),
        (r"sum of (?:the )?squares of", "@squares+"),
        (r"difference of (?:the )?squares of", "@squares-"),
        (r"sum of", "@+"),
        (r"product of", "@*"),
        (r"difference (?:between|of)", "@-"),
        (r"square of", "@square"),
        (r"cube of", "@cube"),
        (r"remainder (?:when|if|of|(?:on|when|from|after) dividing)", "@rem"),
        (r"(?:is |when )?divided by|by", _BY),
        (r"and", _AND),
    )
)
_TOKEN = re.compile(r"@[a-z]+[+-]?|@[-+*]|[0-9]+|//|[A-Za-z]+|\S")
_WORD_SIGNS = {"plus": "+", "minus": "-", "times": "*"}
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2}


class _Parser:
    """Recursive descent, bounded in depth; `implicit` allows products without a sign (3x)."""

    def __init__(self, text: str, implicit: bool) -> None:
        for pattern, sign in _PHRASES:
            text = pattern.sub(sign, text)
        self.tokens = _TOKEN.findall(text)
        if len(self.tokens) > MAX_TOKENS:
            raise Unreadable("It is too long for one expression.")
        self.at = 0
        self.depth = 0
        self.implicit = implicit
        self.ambiguous = False

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.peek()
        if token and token in wanted:
            self.at += 1
            return token
        return ""

    def need(self, token: str) -> None:
        if not self.take(token):
            raise Unreadable("A bracket is not closed." if token == ")" else "A part is missing.")

    def whole(self) -> Node:
        node = self.words(1)
        if self.peek() == ")":
            raise Unreadable("A bracket is closed that was never opened.")
        if self.peek():
            raise Unreadable(f"I cannot read on from '{self.peek()[:12].lstrip('@')}'.")
        return node

    def words(self, level: int) -> Node:
        """Values joined by plus, minus, times: these words bind less than signs do."""
        left = self.words(2) if level == 1 else self.binary(1)
        while _PRECEDENCE.get(_WORD_SIGNS.get(self.peek().lower(), "")) == level:
            sign = _WORD_SIGNS[self.take(self.peek()).lower()]
            right = self.words(2) if level == 1 else self.binary(1)
            loose = left.op == "ds" and left.args[0].op == right.op == "num"
            self.ambiguous = self.ambiguous or loose
            left = Node(sign, (left, right))
        return left

    def binary(self, level: int) -> Node:
        left = self.binary(2) if level == 1 else self.signed()
        while _PRECEDENCE.get(self.peek()) == level:
            sign = self.take(self.peek())
            left = Node(sign, (left, self.binary(2) if level == 1 else self.signed()))
        return left

    def signed(self) -> Node:
        if not self.take("-"):
            return self.power()
        self.deeper()
        node = Node("neg", (self.signed(),))
        self.depth -= 1
        return node

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("The brackets are nested too deeply.")

    def power(self) -> Node:
        node = self.value()
        if self.implicit and node.op == "num" and (self.peek() == "(" or is_name(self.peek())):
            node = Node("*", (node, self.value()), bare=True)
        if self.take("squared"):
            return Node("^", (node, Node("num", text="2")))
        if self.take("^"):
            self.deeper()
            node = Node("^", (node, self.signed()))
            self.depth -= 1
        return node

    def value(self) -> Node:
        token = self.peek()
        self.at += 1
        if token.isascii() and token.isdigit():
            return Node("num", text=token)
        if is_name(token):
            return Node("name", text=token)
        self.deeper()
        node = self.compound(token)
        self.depth -= 1
        return node

    def compound(self, token: str) -> Node:
        if token == "(":
            node = self.words(1)
            self.need(")")
            return node
        if token.lower() in ("gcd", "lcm") and self.take("("):
            left = self.words(1)
            self.need(",")
            node = Node(token.lower(), (left, self.words(1)))
            self.need(")")
            return node
        if token.startswith("@"):
            return self.phrase(token[1:])
        if not token:
            raise Unreadable("The expression ends too early.")
        raise Unreadable(f"I did not expect '{token[:12]}' there.")

    def phrase(self, name: str) -> Node:
        if name in ("ds", "square", "cube"):
            node = self.binary(1)
            if name == "ds":
                return Node("ds", (node,))
            return Node("^", (node, Node("num", text="2" if name == "square" else "3")))
        left = self.words(1) if name == "rem" else self.binary(1)
        self.need(_BY if name == "rem" else _AND)
        right = self.binary(1)
        if name.startswith("squares"):
            two = Node("num", text="2")
            return Node(name[-1], (Node("^", (left, two)), Node("^", (right, two))))
        if name not in ("rem", "gcd", "lcm", "+", "-", "*"):
            raise Unreadable("A word stands where a number should be.")
        return Node("%" if name == "rem" else name, (left, right))


def parse(text: str, implicit: bool = False) -> tuple[Node, bool]:
    """The tree of an expression or phrase, and whether it can be read in two ways."""
    parser = _Parser(text, implicit)
    return parser.whole(), parser.ambiguous


def operations(node: Node) -> int:
    """How many operations a person would count: signs, powers, gcd, lcm, digit sums."""
    return sum(n.op not in ("num", "name", "neg") for n in node.walk())


def _digits(node: Node) -> int | None:
    """Digits of a typed operand, None if its value is only known after working it out."""
    if node.op == "neg":
        return _digits(node.args[0])
    return len(node.text.lstrip("0")) or 1 if node.op == "num" else None


def _power_problem(part: Node) -> str | None:
    base, exponent = part.args
    if exponent.text not in ("2", "3"):
        return "An exponent is neither 2 nor 3."
    digits = _digits(base)
    if digits is None:
        return None
    if digits > 2 or (exponent.text == "3" and base.op == "num" and int(base.text) > 31):
        return "The base of a power is too large: up to 99 squared and 31 cubed."
    return None


def _division_problem(part: Node) -> str | None:
    top, bottom = (_digits(arg) for arg in part.args)
    if part.args[1].text and not part.args[1].text.strip("0"):
        return "It divides by zero."
    if part.args[1].op == "neg" and part.args[1].args[0].op == "num":
        return "It divides by a negative number, which the model was not taught."
    if (bottom or 0) > 2:
        return "A divisor has more than 2 digits."
    return "A dividend has more than 6 digits." if (top or 0) > 6 else None


def _product_problem(part: Node) -> str | None:
    left, right = (_digits(arg) or 1 for arg in part.args)
    if max(left, right) > 4 or min(left, right) > 2:
        return "A factor is too large: products of numbers go up to 3 by 2 digits."
    return None


def _other_problem(part: Node) -> str | None:
    known = max((_digits(arg) or 1 for arg in (part, *part.args)), default=1)
    if part.op in ("gcd", "lcm") and any(arg.op == "neg" for arg in part.args):
        return f"It takes the {part.op} of a negative number."
    if part.op in ("gcd", "lcm") and known > 4:
        return "gcd and lcm take numbers of up to 4 digits."
    return "A number has more than 6 digits." if known > 6 else None


_CHECKS = {
    "^": _power_problem,
    "/": _division_problem,
    "//": _division_problem,
    "%": _division_problem,
    "*": _product_problem,
}


def too_large(node: Node) -> str | None:
    """In words which typed operand is beyond what the model was taught, None if none is."""
    found = (_CHECKS.get(part.op, _other_problem)(part) for part in node.walk())
    return next((problem for problem in found if problem), None)


def unusual(node: Node) -> str | None:
    """In words what the model may not cope with, although every operand has a taught size."""
    for part in node.walk():
        if part.op == "*" and max(_digits(arg) or 1 for arg in part.args) > 3:
            return "It multiplies a number of 4 digits, and 3 is what the model knows well."
        if part.op == "neg" and part.args[0].op != "num":
            return "It puts a minus sign before something that is not a number."
    return None
