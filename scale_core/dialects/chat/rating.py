"""Ratings of chat models: a number in some scale becomes a difficulty in [0, 1].

Knows the two scales that prompts ask for (a digit from 0 to 9; a number from 0 to 1) and how a
number's expected value follows from its tokens' probabilities. Does not know prompts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from scale_core.engines.base import Sample, Token
from scale_core.engines.think_tags import visible

_END = 4000
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_UNIT = r"\d{1,3}(?:[.,]\d{1,6})?|[.]\d{1,6}"
_KEYWORD = re.compile(
    rf"(?:difficulty|rating|score|rate|level|hardness|probability)[^\d\n.,;]{{0,40}}?(?P<number>{_UNIT})",
    re.IGNORECASE,
)
_NUMBER = re.compile(rf"(?<![\w.,-])(?P<number>{_UNIT})(?!\w)")
_AFTER = re.compile(r"\s?(?:(?:/|out of|of)\s?(?P<whole>\d{1,3})\b|(?P<percent>%|percent))")
_RANGE = re.compile(rf"\s?(?:-|–|—|to)\s?(?P<end>{_UNIT})(?![\d.])")
_OTHER = re.compile(
    r"\b(?:step|sub-?problem|part|question|plan)s?\s?[#(]?\d{1,2}\)?"
    r"|#\d{1,2}|\b(?:scale|range|from|between)(?: of| from)? [01](?:\.0)? ?(?:to|-|–|and) ?"
    r"(?:1\.0|10|9|1)\b|\([01] ?(?:-|–|to) ?(?:1|9|10)\)",
    re.IGNORECASE,
)
_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scale:
    """0 .. top are the ratings asked for; a fraction below 1 is one of 1 in any scale."""

    top: float

    def difficulty(self, text: str) -> float | None:
        """The difficulty that a text states, None if it states none in [0, 1]."""
        text = text[-_END:]
        match = _number_in(text)
        if match is None:
            words = {w.lower() for w in _WORD.findall(text)} if len(text) < 60 else set()
            return self._share(_WORDS.index(words.pop())) if len(words) == 1 else None
        value = _float(match["number"])
        if after := _AFTER.match(text, match.end("number")):
            whole = 100.0 if after["percent"] else float(after["whole"])
            return _unit(value / whole) if whole else None
        if span := _RANGE.match(text, match.end("number")):
            value = (value + _float(span["end"])) / 2
        return self._share(value, "." in match["number"] or "," in match["number"])

    def _share(self, value: float, decimal: bool = False) -> float | None:
        if self.top == 1:
            return _unit(value)
        if decimal and value <= 1:  # 0.7 was meant as a share
            return value
        return 1.0 if value == self.top + 1 else _unit(value / self.top)


DIGIT, SHARE = Scale(9), Scale(1)


def _number_in(text: str) -> re.Match[str] | None:
    """The rating's number: after a word such as "difficulty", the last one; else the only or the
    first number of a reply that begins with it. Numbers of steps and of the scale do not count."""
    text = _OTHER.sub(lambda other: "_" * len(other[0]), text)
    if named := list(_KEYWORD.finditer(text)):
        return named[-1]
    found = list(_NUMBER.finditer(text))
    if len(found) == 1 or (found and found[0].start() <= 4):
        return found[0]
    if found and len(found) == 2 and _AFTER.match(text, found[0].end()):
        return found[0]
    return found[0] if found and _RANGE.match(text, found[0].end()) else None


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _unit(value: float) -> float | None:
    return value if 0 <= value <= 1 else None


def rating(sample: Sample, scale: Scale, expected: bool) -> float | None:
    """Difficulty in [0, 1]; expected: the probability-weighted mean where there are tokens."""
    written = scale.difficulty(visible(sample.text))
    if written is None or not expected:
        return written
    mean = expectation(sample.tokens, scale, written)
    return written if mean is None else mean


def expectation(tokens: Sequence[Token], scale: Scale, written: float) -> float | None:
    """The mean of the number under the tokens' probabilities; None without probabilities, or if
    the tokens do not state the rating that was read (there may be a thought among them).

    The number's tokens are walked: at each, every alternative ends the number or begins another
    one, which counts with its probability; the chosen token goes on. What is no number is left
    out and the rest normalised, so a digit's mean is that over digits.
    """
    text = "".join(t.text for t in tokens)
    tail = max(0, len(text) - _END)
    match = _number_in(text[tail:])
    if match is None or scale.difficulty(text) != written:
        return None
    if _AFTER.match(text, tail + match.end("number")):
        return None  # "7 / 10": its alternatives were not in this prompt's scale
    first, last = tail + match.start("number"), tail + match.end("number")
    rest, at = 1.0, 0
    mass = total = 0.0
    for token in tokens:
        begin, at = at, at + len(token.text)
        if at <= first:
            continue
        if token.logprob is None:
            return None
        before = text[:begin]
        for piece, logprob in dict(token.alternatives).items():
            value = None if piece == token.text else _instead(before, piece, first, scale)
            if value is not None:
                p = rest * math.exp(min(0.0, logprob))
                mass, total = mass + p, total + p * value
        rest *= math.exp(min(0.0, token.logprob))
        if at >= last:
            break
    mass, total = mass + rest, total + rest * written
    return total / mass if mass > 0 else None


def _instead(before: str, piece: str, first: int, scale: Scale) -> float | None:
    """The difficulty if `piece` had followed `before`: a number that it completes or ends."""
    written = before[first:].lstrip()
    shown = piece.strip(" \t\n:\"'*")
    if re.fullmatch(r"[\d.,]{1,8}", shown):
        number = written + shown
    elif written and not shown[:1].isalnum():
        number = written  # the number ends here
    else:
        return None
    if not re.fullmatch(_UNIT, number):
        return None
    return scale.difficulty(number)
