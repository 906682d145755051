"""Final answers as text: take one out of a reply, compare two, group many, elect one.

Knows numbers as people and models write them, compared exactly and at once (`canonical_number`),
and when the comparison is for the symbolic check in another process (answers_worker.py), which is
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
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import cast

from scale_core.answers_worker import Worker
from scale_core.trace.events import Verdict

MAX_CHARS = 2000
MAX_REPLY = 20_000
"""Of a longer reply, only the end is searched for its answer."""
MAX_NESTING = 40
MAX_CHECKS = 2000
"""Symbolic checks in one `group`; answers beyond it are grouped by their spelling."""
MAX_OVERRUNS = 4
"""Checks in one `group` that may overrun their limits before the symbolic check is left out."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """reason: one plain sentence for people."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A number in plain writing: `x = 15 cm` has variable "x" and unit "cm"."""

    number: Fraction
    percent: bool = False
    variable: str = ""
    unit: str = ""


# ---------------------------------------------------------------- out of a reply

_BRACES = re.compile(r"\\(?:boxed|fbox)\s*\{|\\[{}\\]|[{}]")
_MARKERS = re.compile(r"(?:final answer|answer)\s*(?:is\s*:?|:)|####", re.IGNORECASE)


def extract(text: str) -> str | None:
    """The final answer in a reply: the last complete \\boxed{...}, else the line after the last
    "answer is", "answer:" or "####", else the whole reply if it is a plain number, else None."""
    text = text[-MAX_REPLY:]
    found = _last_boxed(text)
    if found is None:
        markers = list(_MARKERS.finditer(text))
        if markers:
            found = (text[markers[-1].end() :].strip(" \t\n*:") or " ").splitlines()[0]
        elif canonical_number(text) is not None:
            found = text
    if found is None or len(found) > MAX_CHARS:
        return None
    found = found.strip().strip("*").strip()
    if len(found) > 1 and found[0] == found[-1] == "$":
        found = found.strip("$").strip()
    return re.sub(r"(?<!\.)\.$", "", found) or None


def _last_boxed(text: str) -> str | None:
    """The content of the box that starts last and is closed, in one pass."""
    best, stack = (-1, -1), list[int]()
    for token in _BRACES.finditer(text):
        if len(token[0]) > 2:
            stack.append(token.end())
        elif token[0] == "{":
            stack.append(-1)
        elif token[0] == "}" and stack:
            best = max(best, (stack.pop(), token.start()))
    return text[best[0] : best[1]] if best[0] >= 0 else None


# ---------------------------------------------------------------- plain numbers

_REWRITES = [
    (re.compile(pattern), new)
    for pattern, new in [
        ("[\u2212\u2013]", "-"),
        ("\u00d7", r"\\times "),
        (r"·", r"\\cdot "),
        (r"÷", "/"),
        (r"π", r"\\pi "),
        (r"∞", r"\\infty "),
        (r"≤", r"\\le "),
        (r"≥", r"\\ge "),
        (r"√", r"\\sqrt "),
        (r"²", "^2"),
        (r"³", "^3"),
        (r"°", r"^\\circ"),
        (r"…", "..."),
        (r"\\%", "%"),
        (r"\\?\$|\\displaystyle(?![A-Za-z])", " "),
        (r"\\[dtc]frac(?![A-Za-z])", r"\\frac"),
        (r"\\frac\s*([0-9])\s*([0-9])", r"\\frac{\1}{\2}"),
        (r"\\(?:left|right)(?![A-Za-z])", ""),
        (r"\{,\}", ","),
        (r"(?<!\\)\\[,!;: ]|~", " "),
        (r"^\s*\\[(\[]|\\[)\]]\s*\.?\s*$", " "),
        (r"\s+", " "),
    ]
]
_TEXT = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mbox)\s*\{([^{}]*)\}")
_INTEGER = r"(?:[0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]+)"
_PLAIN = rf"(?:{_INTEGER}(?:\.[0-9]+)?|\.[0-9]+)"
_POWER = r"(?:[eE]([-+]?[0-9]{1,3})| ?(?:\\times|\\cdot|\*|x) ?10\^\{?(-?[0-9]{1,3})\}?)?"
_NUMBER = re.compile(rf"([-+]?) ?[€£]?({_PLAIN}){_POWER}")
_RATIO = rf"\{{ ?([-+]?{_PLAIN}) ?\}} ?\{{ ?([-+]?{_PLAIN}) ?\}}"
_FRACTION = re.compile(
    rf"([-+]?) ?([0-9]+ (?=[0-9])|[0-9]+ ?(?=\\))?"
    rf"(?:\\frac ?{_RATIO}|([0-9]*\.?[0-9]+|{_PLAIN}) ?/ ?([-+]?{_PLAIN}))"
)
_VARIABLE = re.compile(r"([A-Za-z]|\\[a-z]+) ?= ?(?=[^=])")
_UNIT = re.compile(r"(?: |(?<=[0-9}]))((?:[A-Za-z]{2,}[ /]?)+(?:\^\{?[23]\}?)?|\^ ?\{?\\circ\}?)$")
_NOT_UNITS = re.compile(
    r"\b(?:dozen|hundred|thousand|million|billion|trillion|half|quarter|third|times|plus|minus|over"
    r"|or|and|to|mod|pi|sqrt|ln|log|exp|sin|cos|tan|cot|sec|theta|alpha|beta|degrees? \w+|ab|bc"
    r"|x[yz]+|yz)s?\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def _clean(text: str) -> str:
    """The text with one way of writing for spaces, signs, fractions and mathematical brackets."""
    for pattern, new in _REWRITES:
        text = pattern.sub(new, text)
    text = text.strip().strip("*").strip()
    if text.startswith("\\boxed") and _last_boxed(text) == text[text.find("{") + 1 : -1]:
        text = text[text.find("{") + 1 : -1].strip()
    return re.sub(r"(?<!\.)\.$", "", text)


def canonical_number(text: str) -> Fraction | None:
    """The exact value of a number in plain writing: integer, decimal, a/b, \\frac{a}{b}, mixed,
    1.5e3, 1.5 \\times 10^3; with thousands separators, "x =" and a unit left out. Else None (also
    for a percentage, for more than MAX_CHARS, and for any digits but 0-9)."""
    found = _reading(text) if len(text) <= MAX_CHARS else None
    return found.number if found is not None and not found.percent else None


@lru_cache(maxsize=4096)
def _reading(text: str) -> Reading | None:
    text = _TEXT.sub(r" \1", _clean(text)).replace("  ", " ").strip()
    variable = _VARIABLE.match(text)
    body = text[variable.end() :] if variable else text
    body, percents = re.subn(r" ?(?:%|percent)$", "", body)
    unit = _UNIT.search(body)
    if unit and not _NOT_UNITS.search(unit[1]):
        body = body[: unit.start()].strip()
    else:
        unit = None
    number = _value(body)
    if number is None:
        return None
    name = "" if unit is None else unit[1].strip().lower().rstrip("s")
    name = "degree" if "circ" in name else name
    return Reading(number, percents > 0, variable[1] if variable else "", name)


def _value(body: str) -> Fraction | None:
    try:
        if found := _NUMBER.fullmatch(body):
            sign, digits, short, long = found.groups()
            value = _fraction(digits) * Fraction(10) ** int(short or long or 0)
        elif found := _FRACTION.fullmatch(body):
            sign, whole, *parts = found.groups()
            top, bottom = (_fraction(p) for p in parts if p is not None)
            if whole is not None and not 0 <= top < bottom:
                return None
            value = int(whole or 0) + top / bottom
        else:
            return None
    except (ValueError, ZeroDivisionError):  # Python's own limit on digits; a/0
        return None
    return -value if sign == "-" else value


def _fraction(digits: str) -> Fraction:
    return Fraction(digits.replace(",", "").replace(" ", ""))


# ---------------------------------------------------------------- words, and what is not for sympy

_OPTION = re.compile(r"\(?([A-J])\)?[.:]?")
_SHORT_WORDS = {"yes", "no", "odd", "all", "one", "two", "six", "ten", "not", "up", "off", "on"}
_NAMES = (
    "infty|infinity|arcsin|arccos|arctan|sqrt|sinh|cosh|tanh|sin|cos|tan|cot|sec|csc|log|ln|exp|"
    "alpha|beta|gamma|delta|theta|lambda|sigma|omega|phi|pi"
)
_NAMED = re.compile(rf"(?<![A-Za-z\\])({_NAMES})(?![A-Za-z])")


@lru_cache(maxsize=4096)
def _words(text: str) -> str | None:
    """The text as words in one spelling, or None if it is not plainly words."""
    spoken = re.sub(r"""[.,;:!?"'()]""", " ", _TEXT.sub(r" \1 ", text)).casefold().split()
    spoken = spoken[1:] if spoken[:1] == ["the"] and len(spoken) > 1 else spoken
    if not spoken or not all(w.replace("-", "").isalpha() for w in spoken):
        return None
    plain = any(len(w) > 3 or w in _SHORT_WORDS for w in spoken) or bool(_TEXT.fullmatch(text))
    return " ".join(spoken) if plain and not _NAMED.search(text) else None


def _compare_words(a: str, b: str) -> Comparison | None:
    options = [_OPTION.fullmatch(_TEXT.sub(r"\1", t).strip()) for t in (a, b)]
    first, second = _words(a), _words(b)
    if options[0] and options[1]:
        first, second = options[0][1], options[1][1]
    if first is None and second is None:
        return None
    if first is None or second is None:
        return Comparison("could not tell", "One of them is in words and the other is not.")
    if first == second:
        return Comparison("equal", "They are the same words.")
    if " " in first or " " in second:
        return Comparison("could not tell", "They are different wordings.")
    return Comparison("different", "They are different words.")


@lru_cache(maxsize=4096)
def _not_mathematics(text: str) -> str | None:
    """Why the text is not for the symbolic check, or None."""
    depth = deepest = 0
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        deepest = max(deepest, depth)
    rest = re.sub(r"\\(?:begin|end) ?\{[a-z]+\}|\\[A-Za-z]+", " ", _TEXT.sub(" ", text))
    if deepest > MAX_NESTING:
        return "It is nested too deeply to be read."
    if re.search(r"\.\.|\\[lcvd]?dots", text):
        return "An ellipsis leaves open what comes next."
    if not re.fullmatch(r"[A-Za-z0-9\s\\{}()\[\]^_+*/=<>.,;:|!%&'-]*", text) or "__" in text:
        return "It has characters that are not read as mathematics."
    if re.search(r"[0-9}]\s*_", text):
        return "A number with an index may be in another base."
    if re.search(r"[A-Za-z]{4,}", _NAMED.sub(" ", rest)):
        return "It has words among the mathematics."
    return None


def _latex(text: str) -> str:
    """sqrt(2), pi and ** as LaTeX has them."""
    text = re.sub(r"\\?(?<![A-Za-z])sqrt ?\(([^()]*)\)", r"\\sqrt{\1}", text.replace("**", "^"))
    return _NAMED.sub(r"\\\1 ", text).replace("\\infinity", "\\infty")


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
    a, b = _clean(expected), _clean(answer)
    if not a or not b:
        return Comparison("could not tell", "There is no answer to compare."), False
    if a == b:
        return Comparison("equal", "They are written the same."), False
    x, y = _reading(a), _reading(b)
    if x is not None and y is not None:
        return _compare_readings(x, y), False
    if (found := _compare_words(a, b)) is not None:
        return found, False
    if (why := _not_mathematics(a) or _not_mathematics(b)) is not None:
        return Comparison("could not tell", why), False
    if ("%" in a) != ("%" in b):
        return Comparison("could not tell", "Only one of them is a percentage."), False
    if ("ln" in a) != ("ln" in b) and "log" in a + b:
        return Comparison("could not tell", "The base of log may or may not be e."), False
    try:
        return _symbolic(_latex(a), _latex(b))
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
    texts = [_clean(a), _clean(b)]
    return all(map(_reading, texts)) or any(_words(t) or _not_mathematics(t) for t in texts)


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
    text = _clean(text)
    option = _OPTION.fullmatch(_TEXT.sub(r"\1", text).strip())
    return _reading(text) or _words(text) or (option[1] if option else text)


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
