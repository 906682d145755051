"""Final answers as text: take one out of a reply, compare two, group many, elect one.

Knows numbers as people and models write them, compared exactly and at once (`canonical_number`),
and when the comparison is for the symbolic check in another process (worker.py), which is
bounded in time and memory. Does not know which problem an answer belongs to; evaluates no text.

An answer counts as equal only if it has the very same value: 0.33 is not 1/3. "1,250" is a number,
not a pair; "1 1/2" is one and a half. A unit on one side only is left out of account, as is "x =".
A percentage is compared with a percentage only. The letter i is the imaginary unit.
Words are equal if they are the same but for case, punctuation and "the"; two single words that
differ are different; of other wordings it cannot tell. All texts are bounded to MAX_CHARS.
"""

from __future__ import annotations

import asyncio
import atexit
import os
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import cast

from scale_core.answers.text import (
    MAX_CHARS,
    Comparison,
    Reading,
    canonical_number,
    clean,
    compare_words,
    extract,
    latex,
    not_mathematics,
    option_letter,
    plain_number,
    wording,
)
from scale_core.answers.worker import Worker
from scale_core.trace.events import Verdict

__all__ = [
    "Comparison",
    "canonical_number",
    "close",
    "compare",
    "compare_async",
    "extract",
    "group",
    "majority",
]

MAX_CHECKS = 2000
"""Symbolic checks in one `group`; answers beyond it are grouped by their spelling."""
MAX_OVERRUNS = 4
"""Checks in one `group` that may overrun their limits before the symbolic check is left out."""

# ---------------------------------------------------------------- two answers

_worker = Worker()


def compare(expected: str, answer: str) -> Comparison:
    """Whether the answer has the expected value. Takes microseconds for numbers and words, and no
    longer than the worker's limits for anything else; it may be called from any thread."""
    return _decide(expected, answer)[0]


async def compare_async(expected: str, answer: str) -> Comparison:
    """`compare` in a thread, so that the event loop goes on."""
    return await asyncio.to_thread(compare, expected, answer)


def _decide(expected: str, answer: str) -> tuple[Comparison, bool]:
    """The comparison, and whether the symbolic check had to be stopped."""
    if max(len(expected), len(answer)) > MAX_CHARS:
        return Comparison("could not tell", f"It is longer than {MAX_CHARS} characters."), False
    a, b = clean(expected), clean(answer)
    if not a or not b:
        return Comparison("could not tell", "There is no answer to compare."), False
    if a == b:
        return Comparison("equal", "They are written the same."), False
    x, y = plain_number(a), plain_number(b)
    if x is not None and y is not None:
        return _compare_readings(x, y), False
    if (found := compare_words(a, b)) is not None:
        return found, False
    if (why := not_mathematics(a) or not_mathematics(b)) is not None:
        return Comparison("could not tell", why), False
    if ("%" in a) != ("%" in b):
        return Comparison("could not tell", "Only one of them is a percentage."), False
    if ("ln" in a) != ("ln" in b) and "log" in a + b:
        return Comparison("could not tell", "The base of log may or may not be e."), False
    try:
        return _symbolic(latex(a), latex(b))
    except RuntimeError as error:
        return Comparison("could not tell", str(error)), False


@lru_cache(maxsize=2048)
def _symbolic(a: str, b: str) -> tuple[Comparison, bool]:
    verdict, reason, stopped = _worker.ask(a, b)
    return Comparison(cast(Verdict, verdict), reason), stopped


def _compare_readings(a: Reading, b: Reading) -> Comparison:
    if a.percent != b.percent:
        percent, plain = (a, b) if a.percent else (b, a)
        if plain.number in (percent.number, percent.number / 100):
            return Comparison("could not tell", "Only one of them is a percentage.")
    if a.unit and b.unit and a.unit != b.unit:
        return Comparison("could not tell", "Their units differ.")
    if a.variable and b.variable and a.variable != b.variable:
        return Comparison("different", "They are values of different variables.")
    if a.number != b.number or a.percent != b.percent:
        return Comparison("different", "They are different numbers.")
    return Comparison("equal", "They are the same number.")


def close() -> None:
    """End the worker's process. A later comparison starts a new one."""
    _worker.close()


def _after_fork() -> None:
    """A forked child must not share the parent's pipe."""
    global _worker
    _worker = Worker()


atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


# ---------------------------------------------------------------- many answers


def group(values: Sequence[str]) -> list[list[int]]:
    """The indices of equal answers together, groups and indices in order of appearance.

    Same spellings and same numbers first; the symbolic check then merges groups by their first
    answers, within MAX_CHECKS and MAX_OVERRUNS. What it cannot tell stays apart."""
    checker, merged = _Checker(), list[list[int]]()
    for members in _group_plainly(values):
        first = values[members[0]]
        same = (other for other in merged if checker.equal(values[other[0]], first))
        home = next(same, None)
        if home is None:
            merged.append(members)
        else:
            home.extend(members)
    return [sorted(members) for members in merged]


class _Checker:
    """The symbolic check between groups, within the limits of one `group`."""

    def __init__(self) -> None:
        self.checks = 0
        self.hard: set[str] = set()
        self.sound: set[str] = set()

    def equal(self, a: str, b: str) -> bool:
        spent = self.checks >= MAX_CHECKS or len(self.hard) >= MAX_OVERRUNS
        if spent or a in self.hard or b in self.hard or _settled(a, b):
            return False
        self.checks += 1
        comparison, stopped = _decide(a, b)
        if stopped:  # blame the one that no check has got through before, or else the newcomer
            self.hard.add(a if a not in self.sound and b in self.sound else b)
            return False
        self.sound |= {a, b}
        return comparison.verdict == "equal"


def _settled(a: str, b: str) -> bool:
    """Whether the first pass has already decided about these two."""
    if max(len(a), len(b)) > MAX_CHARS:
        return True
    texts = [clean(a), clean(b)]
    return all(map(plain_number, texts)) or any(wording(t) or not_mathematics(t) for t in texts)


def _group_plainly(values: Sequence[str]) -> list[list[int]]:
    """By spelling, words and numbers. A number without unit and variable joins those of the same
    value with one, if all of them have the same."""
    found: dict[object, list[int]] = {}
    for spelling, members in _spellings(values).items():
        found.setdefault(_key(spelling), []).extend(members)
    labels: dict[tuple[Fraction, bool], list[Reading]] = {}
    for key in found:
        if isinstance(key, Reading) and (key.unit or key.variable):
            labels.setdefault((key.number, key.percent), []).append(key)
    for (number, percent), keys in labels.items():
        bare = Reading(number, percent)
        if len(keys) == 1 and bare in found:
            found[keys[0]].extend(found.pop(bare))
    return sorted(sorted(members) for members in found.values())


def _spellings(values: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for i, value in enumerate(values):
        found.setdefault(value, []).append(i)
    return found


def _key(text: str) -> object:
    if len(text) > MAX_CHARS:
        return text
    text = clean(text)
    return plain_number(text) or wording(text) or option_letter(text) or text


def majority(values: Sequence[str | None]) -> tuple[str | None, list[tuple[str, int]]]:
    """The answer of the largest group (ties: the group that appears first), in its most common
    spelling (ties: the first), and (spelling, count) of all groups, largest first. Missing and
    blank answers have no vote; (None, []) if there are no others."""
    given = [v for v in values if v is not None and v.strip()]
    votes: list[tuple[str, int]] = []
    for members in group(given):
        spelling = Counter(given[i] for i in members).most_common(1)[0][0]
        votes.append((spelling, len(members)))
    votes.sort(key=lambda vote: -vote[1])
    return (votes[0][0] if votes else None), votes
