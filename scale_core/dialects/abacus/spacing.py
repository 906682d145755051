"""How the mathematics of a formal text is written: signs, brackets and spaces.

Knows tokens and their neighbours: `x` and `mod` as operators, products without a sign, brackets
around negative operands, where spaces go. Does not know LaTeX, precedence, or any value.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

_TOKEN = re.compile(
    r"(?P<number>[0-9]+)|(?P<word>[A-Za-z]+(?:'[a-z]+)?)|(?P<op>\*\*|//|:=|[-+*/%^=\u2013\u2014])"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<raised>[\u00b2\u00b3])|(?P<stop>[.,;:?!])"
    r"|(?P<other>\S)"
)
_CALLS = ("gcd", "lcm", "hcf", "gcf")
_DASHES = ("\u2013", "\u2014")
_PLAIN = {"**": "^", ":=": "=", **dict.fromkeys(_DASHES, "-")}
_ROUND = {"[": "(", "{": "(", "]": ")", "}": ")"}


@dataclass(slots=True)
class _Token:
    kind: str  # number, name (one letter), word, call, op, minus (a sign), open, close, stop, other
    text: str
    spaced: bool  # whether a space came before it

    @property
    def ends(self) -> bool:
        return self.kind in ("number", "name", "close")

    @property
    def starts(self) -> bool:
        return self.kind in ("number", "name", "open", "call", "minus")


_EDGE = _Token("edge", "", False)


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        kind, part = match.lastgroup or "other", match[0]
        spaced = match.start() > 0 and text[match.start() - 1] == " "
        if kind == "raised":
            found += [
                _Token("op", "^", False),
                _Token("number", "2" if part == "\u00b2" else "3", False),
            ]
            continue
        if kind == "word":
            kind = "name" if len(part) == 1 else kind
        found.append(_Token(kind, part, spaced))
    return found


def _near(tokens: list[_Token], i: int) -> _Token:
    return tokens[i] if 0 <= i < len(tokens) else _EDGE


def _operators(tokens: list[_Token], words: Container[str]) -> None:
    """Name what stands between two values: `x`, `mod`, dashes; tell a sign from a minus."""
    equation = any(
        token.text in ("=", ":=") and _near(tokens, i + 1).kind not in ("edge", "stop")
        for i, token in enumerate(tokens)
    )
    letters = sum(token.kind == "name" and token.text not in "xX" for token in tokens)
    for i, token in enumerate(tokens):
        before, after = _near(tokens, i - 1), _near(tokens, i + 1)
        low = token.text.lower()
        if low == "x" and before.kind in ("number", "close"):
            if after.kind == "number" or (after.kind == "open" and not equation and not letters):
                token.kind, token.text = "op", "*"
        elif low in ("mod", "modulo") and before.ends and after.starts:
            token.kind, token.text = "op", "%"
        elif low in _CALLS and after.kind == "open":
            token.kind = "call"
            token.text = token.text if low in ("gcd", "lcm") else "gcd"
        elif token.kind == "op":
            dash = token.text in _DASHES
            if not dash or before.ends or after.starts:
                token.text = _PLAIN.get(token.text, token.text)
            if token.text == "-" and not before.ends:
                token.kind = "minus"
        elif token.kind == "word" and token.text.isupper() and low in words and low not in _CALLS:
            token.text = low if i else low.capitalize()


def _products(tokens: list[_Token]) -> list[_Token]:
    """Write the product signs that people leave out, where letters cannot be meant."""
    pure = not any(token.kind == "name" for token in tokens)
    made: list[_Token] = []
    known: set[str] = set()
    clause = ""
    for i, token in enumerate(tokens):
        before = made[-1] if made else _EDGE
        if token.kind == "name" and _near(tokens, i + 1).text == "=" and before.kind != "op":
            clause = token.text if before.kind != "number" else clause
        if token.kind in ("stop", "word") and clause:
            known.add(clause)
            clause = ""
        joined = before.kind == "close" and token.kind in ("open", "number")
        joined = joined or (before.kind == "number" and token.kind == "open")
        if pure or known:
            named = before.kind == "number" and token.kind == "name" and token.text in known
            if (joined or named) and _near(tokens, i + 1).text not in ("=", "mod"):
                made.append(_Token("op", "*", False))
        made.append(token)
    return made


def _negatives(tokens: list[_Token]) -> list[_Token]:
    """5+-3 as 5+(-3), which is how a negative operand is taught."""
    made: list[_Token] = []
    i = 0
    while i < len(tokens):
        token, after = tokens[i], _near(tokens, i + 1)
        operand = made and made[-1].kind == "op" and made[-1].text not in ("=", "^")
        if operand and token.kind == "minus" and after.kind == "number":
            made += [_Token("open", "(", False), token, after, _Token("close", ")", False)]
            i += 2
        else:
            made.append(token)
            i += 1
    return made


def _run_start(tokens: list[_Token], end: int) -> int:
    """Where the unbroken mathematics that ends before `end` begins."""
    start = end
    while start and (tokens[start - 1].ends or tokens[start - 1].kind in ("op", "minus", "open")):
        start -= 1
    return start


def _congruence(tokens: list[_Token]) -> list[_Token]:
    """A closing `(mod 7)` takes the remainder of the whole expression before it."""
    for i in range(1, len(tokens) - 3):
        after = tokens[i : i + 4]
        shape = [token.kind for token in after]
        if shape != ["open", "word", "number", "close"] or after[1].text.lower() != "mod":
            continue
        start = _run_start(tokens, i)
        run = tokens[start:i]
        if not run or not run[-1].ends or any(token.text == "=" for token in run):
            continue
        tail = [_Token("op", "%", False), after[2], *tokens[i + 4 :]]
        if any(token.text in ("+", "-") for token in run):
            first = _Token("open", "(", run[0].spaced)
            run = [first, *run, _Token("close", ")", False)]
        return [*tokens[:start], *run, *tail]
    return tokens


def _tight(tokens: list[_Token], i: int, chunk: str, calls: int) -> bool:
    """Whether no space belongs before token i; `chunk` is the unspaced text before it."""
    before, token, after = _near(tokens, i - 1), tokens[i], _near(tokens, i + 1)
    if token.kind == "stop" or before.kind in ("open", "minus") or token.kind == "close":
        return True
    if before.kind == "call" or (before.text == "," and calls):
        return True
    if token.kind == "op":
        last = token.text == "=" and after.kind in ("edge", "stop")
        return before.ends and (after.starts or last)
    if before.kind == "op":
        return token.starts and _near(tokens, i - 2).ends
    if before.kind == "number" and token.kind in ("name", "open"):
        equation = any(other.text == "=" for other in tokens)
        return equation and not ("=" in chunk and after.text == "=")
    return False


def _join(tokens: list[_Token]) -> str:
    parts: list[str] = []
    chunk, depth = "", 0
    calls: list[int] = []
    for i, token in enumerate(tokens):
        before = _near(tokens, i - 1)
        apart = before.kind == "stop" and token.kind in ("word", "name", "call") and not calls
        space = i > 0 and (apart or (token.spaced and not _tight(tokens, i, chunk, len(calls))))
        chunk = token.text if space else chunk + token.text
        parts.append(f" {token.text}" if space else token.text)
        if token.kind == "open":
            depth += 1
            if before.kind == "call":
                calls.append(depth)
        elif token.kind == "close":
            if calls and calls[-1] == depth:
                calls.pop()
            depth -= 1
    return "".join(parts)


def write_math(text: str, words: Container[str]) -> str:
    """A formal text with its mathematics as the model was taught to see it; `words` are those
    whose capitals carry no meaning."""
    tokens = _tokens(text)
    _operators(tokens, words)
    if "[[" not in text and "{" not in text:
        for token in tokens:
            token.text = _ROUND.get(token.text, token.text)
    return _join(_negatives(_products(_congruence(tokens))))
