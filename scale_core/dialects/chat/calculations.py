"""Plans as lists of calculations: `2. melons left: 60 - 18 = 42`, one sub-problem a line.

Knows how such a line is taken apart: what is found, how it is calculated, and the result that the
model wrote at once, its draft. A line that calculates nothing states what is given. A sub-problem
needs those whose drafts its calculation uses. How sure the model was of a draft is the probability
of the tokens behind its colon, and 0 if plain arithmetic says otherwise. Does not know how a list
was asked for, nor arithmetic (arithmetic.py); takes any text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from scale_core.dialects.chat.arithmetic import value_of
from scale_core.dialects.chat.outline import MAX_STEPS, outline_text, tidy
from scale_core.problem import Draft, Plan, SubProblem
from scale_core.trace.events import Token

MAX_CHARS = 8000
_LINE = re.compile(r"[ \t>*_-]{0,8}\(?(\d{1,2})[.):][*_ \t]{1,4}(?=\S)")
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d[\d,]{0,20}(?:\.\d{1,12})?")
_VALUE = re.compile(
    r"[\s*_`$€£(\\]{0,6}([-−]?\$?\d[\d,]{0,20}(?:\.\d{1,12})?(?:/\d{1,12})?)(?:\\?%|(?![\w.^]))"
)
_OPERATOR = re.compile(r"\d\s{0,3}%?\s{0,3}(?:\w{1,12}\s{1,3})?[-+*/×÷·−x^]\s{0,3}[\d$(]|\bof\b")
_EQUALS = re.compile(r"=|≈")


@dataclass(frozen=True, slots=True)
class Line:
    """label: what it finds. calculation: between label and result, "" if nothing is calculated.
    result: None if it states none. span: where calculation and result stand in the text."""

    label: str
    calculation: str
    result: str | None
    span: tuple[int, int]


def read_calculations(text: str, tokens: Sequence[Token] = ()) -> Plan | str:
    """The plan with its drafts, or in words why this is no list of calculations. tokens: of the
    whole text, with their log-probabilities."""
    every = list(_lines(text[:MAX_CHARS]))
    lines = list({line.label.casefold(): line for line in reversed(every)}.values())[::-1]
    steps = [line for line in lines if line.calculation or line.result is None]
    if not any(line.calculation for line in steps):
        return "no line of it calculates anything"
    if len(steps) > MAX_STEPS:
        return f"the outline has {len(steps)} steps, more than {MAX_STEPS}"
    given = tuple((x.label, x.result) for x in lines if not x.calculation and x.result is not None)
    plan = _plan(steps)
    drafts = tuple(
        Draft(step.id, line.result, 0.0 if slips(line) else _probability(text, tokens, line.span))
        for step, line in zip(plan, steps, strict=True)
        if line.result is not None
    )
    return Plan(plan, outline_text(plan), given, drafts)


def _lines(text: str) -> Iterator[Line]:
    at = 0
    for raw in text.splitlines(keepends=True):
        if mark := _LINE.match(raw):
            yield _line(raw.rstrip(), mark.end(), at)
        at += len(raw)


def _line(raw: str, begin: int, at: int) -> Line:
    label, colon, rest = raw[begin:].partition(":")
    start = begin + len(label) + len(colon)
    if not colon:  # "Charleston has 4 * 20 = 80 sheep"
        label, rest, start = raw[begin:], raw[begin:], begin
    *before, after = _EQUALS.split(rest)
    found = _VALUE.match(after if before or colon else "")
    calculation = "=".join(before).strip() if before else ""
    if not before and found is not None and _OPERATOR.search(rest):
        calculation, found = rest.strip(), None  # a calculation without its result
    if not colon and before:
        number = _NUMBER.search(label)
        label = label[: number.start()] if number and number.start() > 3 else label
    result = None
    if found is not None:
        result = found[1].replace("$", "").replace(",", "") + "%" * ("%" in found[0])
    named = tidy(label.strip(" *_=:") or rest)[0]
    return Line(named, calculation, result, (at + start, at + len(raw)))


def _plan(lines: Sequence[Line]) -> tuple[SubProblem, ...]:
    """A step needs every earlier one whose draft stands in its calculation; without one, the step
    before it if it calculates with nothing that is written down; the last needs what nobody else
    does."""
    needs: list[set[int]] = []
    for place, line in enumerate(lines):
        numbers = set(map(_plain, _NUMBER.findall(line.calculation)))
        used = {i for i in range(place) if lines[i].result and _plain(lines[i].result) in numbers}
        needs.append(used or ({place - 1} if place and not numbers else set()))
    wanted = set().union(*needs)
    needs[-1] |= {i for i in range(len(lines) - 1) if i not in wanted}
    return tuple(
        SubProblem(str(i + 1), f"#{i + 1}", line.label, tuple(str(n + 1) for n in sorted(needs[i])))
        for i, line in enumerate(lines)
    )


def slips(line: Line) -> bool:
    """Whether the calculation of a line has another value than the result it states. What cannot
    be worked out, and a result that was rounded, is no slip."""
    stated = value_of(line.result or "")
    if stated is None or "≈" in line.calculation:
        return False
    found = [v for part in line.calculation.split("=") if (v := value_of(part)) is not None]
    return any(v != stated if v.denominator == 1 else _far(v, stated) for v in found)


def _far(value: Fraction, stated: Fraction) -> bool:
    """More than rounding explains."""
    return abs(value - stated) > abs(stated) / 100


def _plain(number: str | None) -> str:
    return (number or "").replace(",", "").replace("−", "-").lstrip("-").rstrip("%")


def _probability(text: str, tokens: Sequence[Token], span: tuple[int, int]) -> float | None:
    """The probability that the model gave to a stretch of its text; None where it is not known."""
    at, total, any_known = 0, 0.0, False
    for token in tokens:
        end = at + len(token.text)
        if end > span[0] and at < span[1]:
            if token.logprob is None:
                return None
            total, any_known = total + token.logprob, True
        at = end
    return math.exp(total) if any_known and at >= span[1] else None
