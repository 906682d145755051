"""Plans as lists of steps and their calculations, one sub-problem a calculation.

Two forms are read. A list of what is to be found, then a list of how: `1. Find how many melons are
left.` and, below, `1. 60 - 18 = 42`, matched by number. Or both in one line, `2. melons left: 60 -
18 = 42`, also as a sentence, `2. So 60 - 18 = 42 melons are left.`

Knows how a line is taken apart: what is found, how it is calculated, and the result that the model
wrote at once, its draft. A line that calculates nothing states what is given. A sub-problem needs
those whose drafts its calculation uses. How sure the model was of a draft is the probability of the
tokens of its calculation, and 0 if plain arithmetic, or the answer that the model boxed in the end,
says otherwise. Does not know how a list was asked for, nor arithmetic (arithmetic.py); takes any
text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from scale_core.answers.extraction import is_value
from scale_core.dialects.chat.arithmetic import value_of
from scale_core.dialects.chat.outline import MAX_STEPS, outline_text, tidy
from scale_core.dialects.chat.results import result as reply_result
from scale_core.problem import Draft, Plan, SubProblem
from scale_core.trace.events import Token

MAX_CHARS, MAX_SYMBOLS = 8000, 60
_LINE = re.compile(r"[ \t>*_-]{0,8}\(?(\d{1,2})[.):][*_ \t]{1,4}(?=\S)")
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d[\d,]{0,20}(?:\.\d{1,12})?")
_VALUE = re.compile(
    r"[\s*_`$€£(\\]{0,6}([-−]?\$?\d[\d,]{0,20}(?:\.\d{1,20})?(?:/\d{1,12})?)(?:\\?%|(?![\w^]|\.\d))"
)
_OPERATOR = re.compile(
    r"\d\s{0,3}%?\s{0,3}(?:\w{1,12}\s{1,3})?(?:[-+*/×÷·−x^]|\\(?:times|cdot|div))\s{0,3}[\d$(]|\bof\b"
)
_EQUALS = re.compile(r"=|≈")
_GOES_ON = re.compile(
    r"\s{0,3}(?:[-+*/×÷·−^]\s{0,3}[\d$(\\a-z]|\\(?!text|mathrm|mbox)[a-z])", re.IGNORECASE
)
_OPERAND = re.compile(r"(?<![\w.,])[-−]?[$(\\]{0,3}\d")
_MOST_OPERANDS = 12


@dataclass(frozen=True, slots=True)
class Line:
    """number: as it is written, or its place. said: all of it, tidied. label: what it finds, ""
    where it only calculates. calculation: "" if nothing is calculated. result: None if it states
    none. span: where calculation and result stand in the text, without words around them."""

    number: int
    said: str
    label: str
    calculation: str
    result: str | None
    span: tuple[int, int]

    @property
    def idle(self) -> bool:
        """Whether it neither calculates nor states anything."""
        return not self.calculation and self.result is None


def read_calculations(text: str, tokens: Sequence[Token] = ()) -> Plan | str:
    """The plan with its drafts, or in words why this is no list of calculations. tokens: of the
    whole text, with their log-probabilities."""
    every = [line if line.label else replace(line, label=line.calculation) for line in _lines(text)]
    lines = list({line.label.casefold(): line for line in reversed(every)}.values())[::-1]
    steps = [line for line in lines if line.calculation or line.result is None]
    if not any(line.calculation for line in steps):
        return "no line of it calculates anything"
    if len(steps) > MAX_STEPS:
        return f"the outline has {len(steps)} steps, more than {MAX_STEPS}"
    given = tuple((x.label, x.result) for x in lines if not x.calculation and x.result is not None)
    plan = _plan(steps)
    drafts = [
        Draft(step.id, line.result, 0.0 if slips(line) else _probability(text, tokens, line.span))
        for step, line in zip(plan, steps, strict=True)
        if line.result is not None
    ]
    if drafts and _denied(text, drafts[-1].result):
        drafts[-1] = replace(drafts[-1], sure=0.0)
    return Plan(plan, outline_text(plan), given, tuple(drafts))


# ---- lists ---------------------------------------------------------------------------------


def _lines(text: str) -> list[Line]:
    """All lines of all lists; those of calculations get the names that a list before them gave."""
    text = text[:MAX_CHARS]
    first, *rest = _runs(text) or [[]]
    if _only_names(first, rest):
        later = [line for run in rest for line in run]
        if not any(line.calculation for line in later):
            later = list(_equations(text, first))
        names = {x.number: x.said if x.calculation else x.label for x in first}
        named = [replace(x, label=names.get(x.number, x.label)) for x in later if not x.idle]
        if any(line.calculation for line in named):
            return named
    return _joined([line for run in (first, *rest) for line in run])


def _only_names(first: Sequence[Line], rest: Sequence[Sequence[Line]]) -> bool:
    """Whether a list says what is to be found, not how. An equation in it may be part of what is
    asked, if a list with the same numbers follows that calculates at least as often."""
    own = _calculating(first)
    if own in (0, len(first)):
        return bool(first) and own == 0
    numbers = [line.number for line in first]
    return any([x.number for x in run] == numbers and _calculating(run) >= own for run in rest)


def _calculating(lines: Sequence[Line]) -> int:
    return sum(bool(line.calculation) for line in lines)


def _runs(text: str) -> list[list[Line]]:
    """Numbered lines; a number that does not rise begins another list."""
    runs: list[list[Line]] = []
    at = 0
    for raw in text.splitlines(keepends=True):
        if mark := _LINE.match(raw):
            number = int(mark[1])
            if not runs or number <= runs[-1][-1].number:
                runs.append([])
            alone = len(runs) > 1  # below a list of names a value needs no name of its own
            runs[-1].append(_line(number, raw.rstrip(), mark.end(), at, alone))
        at += len(raw)
    return runs


def _equations(text: str, named: Sequence[Line]) -> Iterator[Line]:
    """Calculations without numbers, within or below a list that says what is to be found: in its
    order, and the last of them finds what the list finds last."""
    found: list[Line] = []
    at = 0
    for raw in text.splitlines(keepends=True):
        if at > named[0].span[0] and _EQUALS.search(raw) and not _LINE.match(raw):
            line = _line(len(found) + 1, raw.rstrip(), len(raw) - len(raw.lstrip()), at, False)
            if line.result is not None and _OPERATOR.search(line.calculation):
                found.append(line)
        at += len(raw)
    yield from found[:-1]
    if found:
        yield replace(found[-1], number=max(found[-1].number, named[-1].number))


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Without lines that only tell the story, where later ones calculate; such a line names a bare
    calculation below it."""
    joined: list[Line] = []
    for line in lines:
        if line.calculation and joined and joined[-1].idle:
            told = joined[-1]
            while joined and joined[-1].idle:
                joined.pop()
            line = line if line.label else replace(line, label=told.label)
        joined.append(line)
    return joined


# ---- a line --------------------------------------------------------------------------------


def _line(number: int, raw: str, begin: int, at: int, alone: bool) -> Line:
    """alone: a value that stands alone is a result."""
    label, colon, rest = raw[begin:].partition(":")
    start = begin + len(label) + len(colon)
    if not colon:  # "Charleston has 4 * 20 = 80 sheep"
        label, rest, start = raw[begin:], raw[begin:], begin
    *before, after = _EQUALS.split(rest)
    stated = _stated(after) if before or colon or alone else None
    calculation = "=".join(before).strip() if before else ""
    if bool(before) is (stated is None) and _OPERATOR.search(after):
        calculation, stated = rest.strip(), None  # a calculation without its result
    if not colon and before and not any(map(_counts, before)):  # "games that work = 2"
        label, calculation = before[0], ""
    elif not colon and before:
        skipped = _expression(before[0])
        if skipped is None:
            figure = _NUMBER.search(label)
            label = label[: figure.start()] if figure and figure.start() > 3 else label
        else:
            label, calculation = before[0][:skipped], calculation[skipped:].strip()
            start += skipped
    bare = bool(calculation) and not label.strip(" *_=:\\[($")
    named = "" if bare else tidy(label.strip(" *_=:") or rest)[0]
    result, end = stated or (None, len(after))
    span = at + start, at + len(raw) - len(after) + end
    said = tidy(raw[begin:].strip(" *_=:"))[0]
    return Line(number, said, named, calculation, result, span)


def _stated(text: str) -> tuple[str, int] | None:
    """The result at the beginning of a text and where it ends: a number, without what it is counted
    in, else mathematics that is all of it. None for a calculation that goes on, and for words."""
    found = _VALUE.match(text)
    if found is not None and not _GOES_ON.match(text, found.end()):
        number = found[1].replace("$", "").replace(",", "")
        return number + "%" * ("%" in found[0]), found.end()
    whole = text.strip(" .*_`$").removeprefix("\\(").removesuffix("\\)").strip()
    mathematics = any(map(str.isalnum, whole)) and len(whole) <= MAX_SYMBOLS and is_value(whole)
    word = len(whole) > 1 and whole.isalpha()
    return None if not mathematics or word or _OPERATOR.search(whole) else (whole, len(text))


def _counts(text: str) -> bool:
    """Whether something may be calculated here: there is a digit."""
    return any(sign.isdigit() for sign in text)


def _expression(text: str) -> int | None:
    """Where plain arithmetic begins that goes on to the end of a text; None if it has none."""
    begins = [operand.start() for operand in _OPERAND.finditer(text)][:_MOST_OPERANDS]
    sound = (b for b in begins if _OPERATOR.search(text, b) and value_of(text[b:]) is not None)
    return next(sound, None)


def slips(line: Line) -> bool:
    """Whether the calculation of a line has another value than the result it states. What cannot
    be worked out, and a result that was rounded, is no slip."""
    stated = value_of(line.result or "")
    if stated is None or "≈" in line.calculation:
        return False
    found = [v for part in line.calculation.split("=") if (v := value_of(part)) is not None]
    if "%" in (line.result or "") and "%" not in line.calculation:
        found = [v / 100 if "100" in line.calculation else v for v in found]  # 3 / 4 * 100 = 75%
    return any(v != stated if v.denominator == 1 else _far(v, stated) for v in found)


def _far(value: Fraction, stated: Fraction) -> bool:
    """More than rounding explains."""
    return abs(value - stated) > abs(stated) / 100


def _denied(text: str, drafted: str) -> bool:
    """Whether the text ends with another answer than its last calculation, in a box."""
    if "\\boxed" not in text:
        return False
    boxed, own = value_of(reply_result(text) or ""), value_of(drafted)
    return boxed is not None and own is not None and boxed != own


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


# ---- the plan ------------------------------------------------------------------------------


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


def _plain(number: str | None) -> str:
    return (number or "").replace(",", "").replace("−", "-").lstrip("-").rstrip("%")
