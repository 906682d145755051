"""Lists in plain text: `1.`, `Step 2:`, `(c)`, bullets.

Knows how lines are numbered and which of them belong together. Does not know what the items are.
Every pattern looks at a bounded stretch of one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_LINES, MAX_LINE = 400, 2000

_DECOR = r"[>#*_\s]{0,12}"
_WORD = (
    r"(?:sub[- ]?(?:problem|task|goal|question)|step|task|part|problem|phase|stage|schritt|étape"
    r"|etape|paso|passo)"
)
_NAMED = re.compile(
    rf"{_DECOR}{_WORD}\s{{0,3}}(?:#|no\.?|nr\.?)?\s?(\d{{1,2}}|[ivx]{{1,5}}|[a-l])\b[*_\s]{{0,6}}"
    r"(?:[:.)\]–—-][*_\s]{0,6}|$)",
    re.IGNORECASE,
)
_NUMBER = re.compile(rf"{_DECOR}[(\[#]?(\d{{1,2}})(?:[.):\]]|\s[-–—](?=\s))(?!\d)[)*_\s]{{0,6}}")
_LETTER = re.compile(r"[>*_\s]{0,12}(?:\(([a-l])\)|([a-l])\))[*_\s]{1,6}", re.IGNORECASE)
_ROMAN = re.compile(r"[>*_\s]{0,12}\(?([ivx]{1,5})[.)][*_\s]{1,6}", re.IGNORECASE)
_BULLET = re.compile(r"[>\s]{0,12}(?:[-*+•‣▪●–—→]|\[[ xX]?\])\s{1,6}(?:\[[ xX]?\]\s{1,3})?")
_CIRCLED = re.compile(r"\s{0,12}([①-⑳])\s{0,6}")
_VALUES = {"i": 1, "v": 5, "x": 10}


@dataclass(frozen=True, slots=True)
class Item:
    """label: the number it bears, or its place among bullets."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str  # number, letter, roman or bullet
    named: bool  # "Step 1", not just "1."
    indent: int
    number: int
    text: str


def listed(text: str) -> list[Item]:
    """The items of the last list in the text, [] if there is none. Numbers count before letters,
    letters before bullets; items that are indented further belong to the one above them."""
    lines = text.splitlines()[:MAX_LINES]
    marks = [_marked(line[:MAX_LINE]) for line in lines]
    for kind in ("number", "letter", "roman", "bullet"):
        own = [m for m in marks if m is not None and m.kind == kind]
        if len(own) < 2:
            continue
        least = min(m.indent for m in own)
        found = _runs(lines, marks, kind, least)
        if found and len(found) > 1:
            return found
    return []


def _runs(
    lines: Sequence[str], marks: Sequence[_Line | None], kind: str, indent: int
) -> list[Item]:
    """The items of the last run of a kind: a number that does not rise begins a new run."""
    items: list[list[str]] = []
    numbers: list[int] = []
    current: _Line | None = None  # whose text may go on in the next line
    for line, mark in zip(lines, marks, strict=True):
        if mark is not None and mark.kind == kind and mark.indent <= indent + 1:
            if kind != "bullet" and numbers and mark.number <= numbers[-1]:
                items, numbers = [], []
            items.append([mark.text])
            numbers.append(mark.number if kind != "bullet" else len(numbers) + 1)
            current = mark
        elif current is None:
            continue
        elif not line.strip():
            current = None if "".join(items[-1]) else current
        elif _goes_on(line, current, "".join(items[-1])):
            items[-1].append(line[:MAX_LINE].strip())
        else:
            current = None
    texts = (" ".join(part for part in parts if part) for parts in items)
    return [Item(str(n), text) for n, text in zip(numbers, texts, strict=True) if text]


def _goes_on(line: str, mark: _Line, text: str) -> bool:
    """Whether a line continues an item: a mark alone has its text below it; else the line is
    indented, or goes on with a sentence, or stands below a "Step 1"."""
    begun = line.lstrip()
    if begun.startswith("```"):
        return False
    return not text or mark.named or len(line) - len(begun) > mark.indent or not begun[0].isupper()


def _marked(line: str) -> _Line | None:
    indent = len(line) - len(line.lstrip())
    for kind, number, end in _readings(line):
        named = kind == "number" and _NAMED.match(line) is not None
        return _Line(kind, named, indent, number, line[end:].strip())
    return None


def _readings(line: str) -> Iterator[tuple[str, int, int]]:
    """(kind, number, where the text begins) of a line's mark, surest reading first."""
    if m := _NAMED.match(line):
        yield "number", _number(m[1]), m.end()
    if (m := _NUMBER.match(line)) and not line[m.end() :].startswith("="):
        yield "number", int(m[1]), m.end()
    if m := _CIRCLED.match(line):
        yield "number", ord(m[1]) - ord("①") + 1, m.end()
    if m := _ROMAN.match(line):
        yield "roman", _number(m[1]), m.end()
    if m := _LETTER.match(line):
        yield "letter", ord((m[1] or m[2]).lower()) - ord("a") + 1, m.end()
    if m := _BULLET.match(line):
        yield "bullet", 0, m.end()


def _number(text: str) -> int:
    """`12`, `iv` or `c` as a number."""
    low = text.lower()
    if low.isdigit():
        return int(low)
    if not set(low) <= set(_VALUES):
        return ord(low[0]) - ord("a") + 1
    values = [_VALUES[c] for c in low]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-a if a < b else a for a, b in pairs)
