"""The numbers that a problem states, held against those that an outline uses.

Knows numbers in digits and in words, which of them an outline leaves out or takes more often than
they are stated, which of its own nobody stated, and which words for numbers (twice, a dozen) it
passes over: signs that the problem may have been misunderstood, or that a number plays no part in
it. Does not know what a problem means.
"""

from __future__ import annotations

import re
from collections import Counter

from scale_core.dialects.abacus.canonical import is_formal
from scale_core.dialects.base import Mismatch
from scale_core.problem import Plan

_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUES = {
    **{word: n for n, word in enumerate(_ONES)},
    **{word: 10 * n for n, word in enumerate(_TENS, 2)},
}
_STATED = re.compile(
    r"[0-9]+|(?<![a-z])(?:"
    rf"(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES[1:10])}))?"
    rf"|{'|'.join(sorted(_ONES, key=len, reverse=True))})(?![a-z])"
)
_STEP = re.compile(r"([0-9]+)(//|[-/%])([0-9]+)")
_USED = re.compile(r"(?<![#0-9A-Za-z])[0-9]+")


def stated(text: str) -> list[int]:
    """The numbers of a canonical text in order; `one` as a word is none (the first one, one of
    them)."""
    found = []
    for number in _STATED.findall(text.lower()):
        if number[0].isdigit():
            found.append(int(number))
        elif number != "one":
            found.append(sum(_VALUES[part] for part in re.split("[- ]", number)))
    return found


_IMPLIED = {
    int(value): re.compile(rf"\b(?:{words})")
    for value, words in (
        line.split(": ")
        for line in """2: twice|doubl|hal[fv]|pair|couple|both|second|even|square
        3: thrice|tripl|third|cube
        4: quarter|quadrupl|fourth
        5: nickel|fifth|weekday
        6: sixth
        7: week
        8: eighth
        10: tenth|ten times|dime|decade|digit
        12: dozen|year|foot|feet|inch
        16: pound|ounce
        20: score
        24: day
        25: quarter
        30: month
        52: year
        60: hour|minute
        100: hundred|dollar|cent|meter|[$]
        1000: thousand|kilo""".split("\n")
    )
}
"""Words that may stand for a number, by the number: what excuses a number of the plan."""
_DAY = r"days?|daily|mornings?|evenings?|nights?"
_SPOKEN = tuple(
    (value, tuple(re.compile(rf"\b(?:{word})\b") for word in words))
    for value, *words in (
        (2, r"twice|doubled?|(?<!first )(?<!second )(?<!last )half|halves|pairs?|couples?"),
        (3, "thrice|tripled?"),
        (4, "quadrupled?"),
        (12, "dozens?"),
        (7, "weeks?|weekly", _DAY),
        (12, "years?|yearly", "months?|monthly"),
        (52, "years?|yearly", "weeks?|weekly"),
        (24, _DAY, "hours?|hourly"),
        (60, "hours?|hourly", "minutes?"),
        (60, "minutes?", "seconds"),
    )
)
"""Words that nearly always stand for a number, alone or as two units of which one makes up the
other: what a plan is blamed for passing over."""


def _unheard(text: str, used: Counter[int]) -> list[str]:
    """Words of a story whose number the plan does not use."""
    found = []
    for value, words in _SPOKEN:
        said = [match[0] for word in words if (match := word.search(text)) is not None]
        if len(said) == len(words) and value not in used:
            found.append(" and ".join(said))
    return found


def _unstated(text: str, has: Counter[int], used: Counter[int]) -> list[int]:
    """Numbers of the plan that the text neither states nor implies; 1 is always at hand."""

    def implied(number: int) -> bool:
        words = _IMPLIED.get(number)
        return number <= 1 or (words is not None and words.search(text) is not None)

    return sorted(n for n in used if n not in has and not implied(n))


def _uneven(plan: Plan) -> list[str]:
    """Steps on two stated numbers that no story tells: less than nothing is left, or a part, or the
    larger one is to go into the smaller one."""
    found = []
    for step in plan.steps:
        if (parts := _STEP.fullmatch(step.text)) is None:
            continue
        a, op, b = int(parts[1]), parts[2], int(parts[3])
        if a < b or (op == "/" and (b == 0 or a % b != 0)):
            found.append(step.text)
    return found


def mismatch(text: str, plan: Plan) -> Mismatch:
    """Where the plan's numbers are not those of the canonical text."""
    low = text.lower()
    has = Counter(stated(low))
    used = Counter(int(n) for step in plan.steps for n in _USED.findall(step.text))
    used.update(abs(int(value)) for _, value in plan.givens)
    never = sorted((has - used).elements())
    twice = sorted(n for n in used if n in has and used[n] > has[n])
    formal = is_formal(text)
    return Mismatch(
        tuple(map(str, never)),
        tuple(map(str, twice)),
        tuple(map(str, _unstated(low, has, used))),
        tuple([] if formal else _uneven(plan)),
        tuple([] if formal else _unheard(low, used)),
    )
