"""The numbers that a story states, held against those that an outline uses.

Knows numbers in digits and in words, and which of them an outline leaves out or takes twice: a
sign that the story may have been misunderstood, or that a number plays no part in it. Does not
know what a story means; a factor that a word implies (twice, a week) is nobody's number.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from scale_core.problem import Plan

_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUES = {
    **{word: n for n, word in enumerate(_ONES)},
    **{word: 10 * n for n, word in enumerate(_TENS, 2)},
}
_NUMBER = re.compile(
    r"[0-9]+(?:,[0-9]{3})*|(?<![a-z])(?:"
    + "|".join(_TENS)
    + r")(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?(?![a-z])|(?<![a-z])(?:"
    + "|".join(sorted(_ONES, key=len, reverse=True))
    + r")(?![a-z])"
)
_LITERAL = re.compile(r"(?<![#0-9A-Za-z])[0-9]+")


def stated(text: str) -> list[int]:
    """The numbers of a text in order; `one` as a word is no number (the first one, one of them)."""
    found = []
    for match in _NUMBER.findall(text.lower()):
        if match[0].isdigit():
            found.append(int(match.replace(",", "")))
        elif match != "one":
            found.append(sum(_VALUES[part] for part in re.split("[- ]", match)))
    return found


@dataclass(frozen=True, slots=True)
class Use:
    """Numbers of the text that the plan never uses, and those it uses more often than stated."""

    never: tuple[int, ...]
    twice: tuple[int, ...]

    @property
    def plain(self) -> bool:
        return not self.never and not self.twice


def use_of(text: str, plan: Plan) -> Use:
    """How a plan uses the numbers of the problem's text."""
    has = Counter(stated(text))
    used = Counter(int(n) for step in plan.steps for n in _LITERAL.findall(step.text))
    used.update(int(value) for _, value in plan.givens if value.isdigit())
    return Use(
        tuple((has - used).elements()),
        tuple(sorted(n for n in used if n in has and used[n] > has[n])),
    )
