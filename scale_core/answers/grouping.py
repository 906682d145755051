"""Final answers as text: take one out of a reply, compare two, group many, elect one.

Knows when a comparison is settled by plain values (values.py), exactly and at once, and when it is
for the symbolic check in another process (worker.py), which is bounded in time and memory. Does
not know which problem an answer belongs to; evaluates no text. Comparison is symmetric.

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
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from fractions import Fraction
from typing import TypeVar, cast

from scale_core.answers import values
from scale_core.answers.extraction import extract
from scale_core.answers.text import (
    MAX_CHARS,
    Comparison,
    clean,
    latex,
    option_letter,
    spelling,
    wording,
)
from scale_core.answers.values import Reading, based_number, canonical_number, plain_number
from scale_core.answers.worker import UsedUp, Worker
from scale_core.trace.events import Verdict

__all__ = [
    "Comparison",
    "canonical_number",
    "close",
    "compare",
    "compare_async",
    "extract",
    "group",
    "group_async",
    "majority",
    "majority_async",
    "visitor",
]

T = TypeVar("T")

MAX_CHECKS = 2000
"""Symbolic checks in one `group`; answers beyond it are grouped by their spelling."""
MANY = 40
"""Groups of which so many are not compared with each other on an event loop."""
MAX_OVERRUNS = 4
"""Checks in one `group` that may overrun their limits before the symbolic check is left out."""

# ---------------------------------------------------------------- two answers

_worker = Worker()
_threads = ThreadPoolExecutor(64, "answers")
"""Threads that wait for the symbolic check: of our own, since others must not wait for them."""
_known: dict[tuple[str, str], tuple[Comparison, bool]] = {}
_MOST_KNOWN = 4096
visitor: ContextVar[str | None] = ContextVar("visitor", default=None)
"""For whom is compared: hard answers of one visitor have a budget of time. None: no budget."""


class _NeedsWorker(Exception):
    """Raised where only the symbolic check can tell and may not be waited for."""


def compare(expected: str, answer: str) -> Comparison:
    """Whether the answer has the expected value. Takes microseconds for numbers and words, and no
    longer than the worker's limits for anything else; it may be called from any thread. On an
    event loop, `compare_async` is for you."""
    return _decide(expected, answer)[0]


async def compare_async(expected: str, answer: str) -> Comparison:
    """`compare`, without making the event loop wait."""
    try:
        return _decide(expected, answer, wait=False)[0]
    except _NeedsWorker:
        return await _in_thread(lambda: compare(expected, answer))


async def _in_thread(work: Callable[[], T]) -> T:
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(_threads, context.run, work)


def _decide(expected: str, answer: str, wait: bool = True) -> tuple[Comparison, bool]:
    """The comparison, and whether the symbolic check had to be stopped."""
    found = _compare_exactly(expected, answer)
    if found is not None:
        return found, False
    # in one order only, so that the verdict does not depend on who comes first
    first, second = sorted((latex(clean(expected)), latex(clean(answer))))
    if (known := _known.get((first, second))) is not None:
        return known
    if not wait:
        raise _NeedsWorker
    try:
        verdict, reason, stopped = _worker.ask(first, second, visitor.get())
    except RuntimeError as error:
        return Comparison("could not tell", str(error)), isinstance(error, UsedUp)
    result = Comparison(cast(Verdict, verdict), reason), stopped
    while len(_known) >= _MOST_KNOWN:
        _known.pop(next(iter(_known)), None)
    _known[first, second] = result
    return result


def _compare_exactly(expected: str, answer: str) -> Comparison | None:
    """The comparison if it needs no symbolic check, else None."""
    if max(len(expected), len(answer)) > MAX_CHARS:
        return Comparison("could not tell", f"It is longer than {MAX_CHARS} characters.")
    a, b = clean(expected), clean(answer)
    if not a or not b:
        return Comparison("could not tell", "There is no answer to compare.")
    return values.compare(a, b)


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


def group(answers: Sequence[str]) -> list[list[int]]:
    """The indices of equal answers together, groups and indices in order of appearance.

    Same spellings and same values first; then groups are merged by the shortest of their answers,
    within MAX_CHECKS and MAX_OVERRUNS. What cannot be told stays apart. Groups are compared in an
    order of their own, so that the partition does not depend on the order of the answers. It may
    wait for the symbolic check: on an event loop, `group_async` is for you."""
    return _group(answers, wait=True)


async def group_async(answers: Sequence[str]) -> list[list[int]]:
    """`group`, without making the event loop wait: at once if no symbolic check is needed."""
    try:
        return _group(answers, wait=False)
    except _NeedsWorker:
        return await _in_thread(lambda: group(answers))


def _group(answers: Sequence[str], wait: bool) -> list[list[int]]:
    plain = [(_shortest(answers, members), members) for members in _group_plainly(answers)]
    if not wait and len(plain) > MANY and not all(plain_number(clean(a)) for a, _ in plain):
        raise _NeedsWorker
    checker, merged = _Checker(wait), list[tuple[str, list[int]]]()
    for first, members in sorted(plain, key=lambda one: (len(one[0]), one[0])):
        home = next((own for other, own in merged if checker.equal(other, first)), None)
        if home is None:
            merged.append((first, members))
        else:
            home.extend(members)
    return sorted(sorted(members) for _, members in merged)


def _shortest(answers: Sequence[str], members: Sequence[int]) -> str:
    return min((answers[i] for i in members), key=lambda text: (len(text), text))


class _Checker:
    """The symbolic check between groups, within the limits of one `group`."""

    def __init__(self, wait: bool) -> None:
        self.wait = wait
        self.checks = 0
        self.hard: set[str] = set()
        self.sound: set[str] = set()

    def equal(self, a: str, b: str) -> bool:
        if _settled(a, b):
            return False
        if (exact := _compare_exactly(a, b)) is not None:
            return exact.verdict == "equal"
        if self.checks >= MAX_CHECKS or len(self.hard) >= MAX_OVERRUNS or {a, b} & self.hard:
            return False
        self.checks += 1
        comparison, stopped = _decide(a, b, self.wait)
        if stopped:  # blame the one that no check has got through before, or else the newcomer
            self.hard.add(a if a not in self.sound and b in self.sound else b)
            return False
        self.sound |= {a, b}
        return comparison.verdict == "equal"


def _settled(a: str, b: str) -> bool:
    """Whether the first pass has already decided about these two: two numbers, two words."""
    if max(len(a), len(b)) > MAX_CHARS:
        return True
    texts = [clean(a), clean(b)]
    return all(map(plain_number, texts)) or all(map(wording, texts))


def _group_plainly(answers: Sequence[str]) -> list[list[int]]:
    """By spelling, words and numbers. A number without unit and variable joins those of the same
    value with one, if all of them have the same."""
    found: dict[object, list[int]] = {}
    for written, members in _spellings(answers).items():
        found.setdefault(_key(written), []).extend(members)
    labels: dict[tuple[Fraction, bool], list[Reading]] = {}
    for key in found:
        if isinstance(key, Reading) and (key.unit or key.variable):
            labels.setdefault((key.number, key.percent), []).append(key)
    for (number, percent), keys in labels.items():
        bare = Reading(number, percent)
        if len(keys) == 1 and bare in found:
            found[keys[0]].extend(found.pop(bare))
    return sorted(sorted(members) for members in found.values())


def _spellings(answers: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for i, answer in enumerate(answers):
        found.setdefault(answer, []).append(i)
    return found


def _key(text: str) -> object:
    if len(text) > MAX_CHARS:
        return text
    text = clean(text)
    if (based := based_number(text)) is not None:
        return "in a base", based
    return plain_number(text) or wording(text) or option_letter(text) or spelling(text)


def majority(answers: Sequence[str | None]) -> tuple[str | None, list[tuple[str, int]]]:
    """The answer of the largest group (ties: the group that appears first), in its most common
    spelling (ties: the first), and (spelling, count) of all groups, largest first. Missing and
    blank answers have no vote; (None, []) if there are no others. It may wait as `group` may."""
    given = _given(answers)
    return _elect(given, group(given))


async def majority_async(
    answers: Sequence[str | None],
) -> tuple[str | None, list[tuple[str, int]]]:
    """`majority`, without making the event loop wait."""
    given = _given(answers)
    return _elect(given, await group_async(given))


def _given(answers: Sequence[str | None]) -> list[str]:
    return [answer for answer in answers if answer is not None and answer.strip()]


def _elect(
    given: Sequence[str], groups: Sequence[Sequence[int]]
) -> tuple[str | None, list[tuple[str, int]]]:
    votes: list[tuple[str, int]] = []
    for members in groups:
        best = Counter(given[i] for i in members).most_common(1)[0][0]
        votes.append((best, len(members)))
    votes.sort(key=lambda vote: -vote[1])
    return (votes[0][0] if votes else None), votes
