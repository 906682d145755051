"""Answers as text: take one out of a reply, read plain numbers and words, prepare the rest.

Knows how people and models write numbers, fractions, units and words. Does not know the symbolic
check or votes; evaluates no text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from scale_core.trace.events import Verdict

MAX_CHARS = 2000
MAX_REPLY = 20_000
"""Of a longer reply, only the end is searched for its answer."""
MAX_NESTING = 40


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
        (r"^\s*\\[(\[]|\\[)\]]\s*+\.?\s*+$", " "),
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
    rf"(?:\\frac ?{_RATIO}|({_PLAIN}) ?/ ?([-+]?{_PLAIN}))"
)
_VARIABLE = re.compile(r"([A-Za-z]|\\[a-z]+) ?= ?(?=[^=])")
_UNIT = re.compile(  # possessive: a word can be cut into runs of letters in one way only
    r"(?: |(?<=[0-9}]))((?:[A-Za-z]{2,}+[ /]?+)++(?:\^\{?[23]\}?)?|\^ ?\{?\\circ\}?)$"
)
_NOT_UNITS = re.compile(
    r"\b(?:dozen|hundred|thousand|million|billion|trillion|half|quarter|third|times|plus|minus|over"
    r"|or|and|to|mod|pi|sqrt|ln|log|exp|sin|cos|tan|cot|sec|theta|alpha|beta|degrees? \w+|ab|bc"
    r"|x[yz]+|yz)s?\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
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
    found = plain_number(text) if len(text) <= MAX_CHARS else None
    return found.number if found is not None and not found.percent else None


@lru_cache(maxsize=4096)
def plain_number(text: str) -> Reading | None:
    text = _TEXT.sub(r" \1", clean(text)).replace("  ", " ").strip()
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
def wording(text: str) -> str | None:
    """The text as words in one spelling, or None if it is not plainly words."""
    spoken = re.sub(r"""[.,;:!?"'()]""", " ", _TEXT.sub(r" \1 ", text)).casefold().split()
    spoken = spoken[1:] if spoken[:1] == ["the"] and len(spoken) > 1 else spoken
    if not spoken or not all(w.replace("-", "").isalpha() for w in spoken):
        return None
    plain = any(len(w) > 3 or w in _SHORT_WORDS for w in spoken) or bool(_TEXT.fullmatch(text))
    return " ".join(spoken) if plain and not _NAMED.search(text) else None


def compare_words(a: str, b: str) -> Comparison | None:
    options = [_OPTION.fullmatch(_TEXT.sub(r"\1", t).strip()) for t in (a, b)]
    first, second = wording(a), wording(b)
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
def not_mathematics(text: str) -> str | None:
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


def latex(text: str) -> str:
    """sqrt(2), pi and ** as LaTeX has them."""
    text = re.sub(r"\\?(?<![A-Za-z])sqrt ?\(([^()]*)\)", r"\\sqrt{\1}", text.replace("**", "^"))
    return _NAMED.sub(r"\\\1 ", text).replace("\\infinity", "\\infty")


def option_letter(text: str) -> str | None:
    """The letter of a multiple-choice answer such as "(B)"; None if it is none."""
    option = _OPTION.fullmatch(_TEXT.sub(r"\1", text).strip())
    return option[1] if option else None
