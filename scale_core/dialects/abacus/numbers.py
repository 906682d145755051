"""The numbers that a problem states, held against those that an outline uses.

Knows numbers in digits and in words, and which of them an outline leaves out or takes more often
than they are stated: a sign that the problem may have been misunderstood, or that a number plays no
part in it. A factor that a word implies (twice, a dozen) is nobody's number. Does not know what a
problem means.
"""

from __future__ import annotations

import re
from collections import Counter

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


def unbalanced(text: str, plan: Plan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numbers of the text that the plan never uses, and those that it uses more often than they
    are stated."""
    has = Counter(stated(text))
    used = Counter(int(n) for step in plan.steps for n in _USED.findall(step.text))
    used.update(abs(int(value)) for _, value in plan.givens)
    never = sorted((has - used).elements())
    twice = sorted(n for n in used if n in has and used[n] > has[n])
    return tuple(map(str, never)), tuple(map(str, twice))
