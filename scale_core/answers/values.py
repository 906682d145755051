"""Plain values: numbers, percentages, units, bases, times of day and lists, compared exactly.

Knows how people and models write them and what a difference between two of them means. `compare`
says None where only the symbolic check can tell. Does not know that check or votes; evaluates no
text. All texts are bounded to MAX_CHARS by the callers and were written by `clean`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from scale_core.answers.text import (
    MAX_CHARS,
    Comparison,
    clean,
    compare_words,
    not_mathematics,
    spelling,
    wording,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A number in plain writing: `x = 15 cm` has variable "x" and unit "cm"."""

    number: Fraction
    percent: bool = False
    variable: str = ""
    unit: str = ""


# ---------------------------------------------------------------- numbers

_INTEGER = r"(?:[0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]+)"
_PLAIN = rf"(?:{_INTEGER}(?:\.[0-9]+)?|\.[0-9]+)"
_POWER = r"(?:[eE]([-+]?[0-9]{1,3})| ?(?:\\times|\\cdot|\*|x) ?10 ?\^\{?(-?[0-9]{1,3})\}?)?"
_NUMBER = re.compile(rf"([-+]?) ?[€£]?({_PLAIN}){_POWER}")
_TEN = re.compile(r"([-+]?)10 ?\^(?:\{ ?(-?[0-9]{1,3}) ?\}|([0-9]))")
_RATIO = rf"\{{ ?([-+]?{_PLAIN}) ?\}} ?\{{ ?([-+]?{_PLAIN}) ?\}}"
_FRACTION = re.compile(
    rf"([-+]?) ?([0-9]+ (?=[0-9])|[0-9]+ ?(?=\\))?"
    rf"(?:\\frac ?{_RATIO}|({_PLAIN}) ?/ ?([-+]?{_PLAIN}))"
)
_REPEATING = re.compile(
    r"([-+]?)([0-9]*)\.([0-9]*)(?:\\(?:overline|bar) ?(?:\{ ?([0-9]+) ?\}|([0-9]))"
    r"|(?<=\.)\(([0-9]+)\)|\\dot ?\{?([0-9])\}?(?:([0-9]*)\\dot ?\{?([0-9])\}?)?)"
)
_VARIABLE = re.compile(r"([A-Za-z]|\\[a-z]+) ?= ?(?=[^=])")


def canonical_number(text: str) -> Fraction | None:
    """The exact value of a number in plain writing: integer, decimal, a/b, \\frac{a}{b}, mixed,
    1.5e3, 1.5 \\times 10^3, 0.\\overline{3}; with thousands separators, "x =" and a unit left out.
    Else None (also for a percentage, for more than MAX_CHARS, and for any digits but 0-9)."""
    found = plain_number(clean(text)) if len(text) <= MAX_CHARS else None
    return found.number if found is not None and not found.percent else None


@lru_cache(maxsize=4096)
def plain_number(text: str) -> Reading | None:
    """A clean text as a number, None if it is no plain one."""
    text = spelling(_LETTER_UNIT.sub(lambda unit: f" {_LETTERS[unit[1]]} ", text))
    variable = _VARIABLE.match(text)
    body = text[variable.end() :] if variable else text
    body, percents = re.subn(r" ?%$", "", body)
    body, unit = _without_unit(body)
    number = _value(body)
    if number is None:
        return None
    return Reading(number, percents > 0, variable[1] if variable else "", unit)


def _value(body: str) -> Fraction | None:
    try:
        if found := _NUMBER.fullmatch(body):
            sign, digits, short, long = found.groups()
            value = _fraction(digits) * Fraction(10) ** int(short or long or 0)
        elif found := _TEN.fullmatch(body):
            sign, long, short = found.groups()
            value = Fraction(10) ** int(long or short)
        elif found := _FRACTION.fullmatch(body):
            sign, whole, *parts = found.groups()
            top, bottom = (_fraction(p) for p in parts if p is not None)
            if whole is not None and not 0 <= top < bottom:
                return None
            value = int(whole or 0) + top / bottom
        elif found := _REPEATING.fullmatch(body):
            sign, whole, fixed, *cycles = found.groups("")
            value = _repeating(whole, fixed, "".join(cycles))
        else:
            return None
    except (ValueError, ZeroDivisionError):  # Python's own limit on digits; a/0
        return None
    return -value if sign == "-" else value


def _fraction(digits: str) -> Fraction:
    return Fraction(digits.replace(",", "").replace(" ", ""))


def _repeating(whole: str, fixed: str, cycle: str) -> Fraction:
    value = Fraction(int(cycle), 10 ** len(cycle) - 1)
    return int(whole or 0) + (int(fixed or 0) + value) / Fraction(10 ** len(fixed))


# ---------------------------------------------------------------- units

_UNIT = re.compile(  # possessive: a word can be cut into runs of letters in one way only
    r"(?: |(?<=[0-9}]))((?:[A-Za-z]{2,}+(?:/[hs](?![A-Za-z]))?[ /]?+)++(?:\^ ?\{? ?[23] ?\}?)?"
    r"|\^ ?\{?\\circ\}?)$"
)
_NOT_UNITS = re.compile(
    r"\b(?:dozen|hundred|thousand|million|billion|trillion|half|quarter|third|times|plus|minus|over"
    r"|or|and|to|mod|pi|sqrt|ln|log|exp|sin|cos|tan|cot|sec|theta|alpha|beta|degrees? \w+|ab|bc"
    r"|base|x[yz]+|yz)s?\b",
    re.IGNORECASE,
)
_LETTERS = {"m": "meter", "g": "gram", "s": "second", "h": "hour", "L": "liter", "l": "liter"}
"""Units of one letter, which stands for a variable where it is not in \\text{}."""
_LETTER_UNIT = re.compile(r"\\(?:text|mathrm|textrm|rm|mbox) ?\{ ?([mgshLl]) ?\}")
_BARE_LETTER = re.compile(r"(?<=[0-9}]) ?([mgshLl])(?=$|\^)")
_UNITS = {
    alias: name
    for name, aliases in {
        "mm": "millimeter millimetre", "cm": "centimeter centimetre", "meter": "metre",
        "km": "kilometer kilometre", "inch": "in inches", "foot": "ft feet", "yard": "yd",
        "mile": "mi", "mg": "milligram", "gram": "gramme gm", "kg": "kilogram kilogramme kilo",
        "pound": "lb", "ounce": "oz", "ml": "milliliter millilitre", "liter": "litre",
        "second": "sec", "minute": "min", "hour": "hr", "degree": "deg", "radian": "rad",
        "dollar": "usd", "square": "sq", "cubic": "cu", "mph": "mile/hour", "": "unit",
        "km/hour": "kph kmph km/h", "gallon": "gal",
    }.items()
    for alias in aliases.split()
}  # fmt: skip


def _without_unit(body: str) -> tuple[str, str]:
    """The text before a unit, and the unit in one spelling ("" if there is none)."""
    found = _UNIT.search(body)
    if found is None or _NOT_UNITS.search(found[1]):
        return body, ""
    return body[: found.start()].strip(), _unit_name(found[1])


@lru_cache(maxsize=1024)
def _unit_name(text: str) -> str:
    """`cm^2` for `square centimetres`, `km/hour` for `kilometers per hour`."""
    if "circ" in text:
        return "degree"
    text, _, power = text.lower().rstrip("{} ").partition("^")
    power = power.strip("{ ")
    words = [_one_unit(w) for w in re.sub(r"/|\bper\b", " / ", text).split()]
    for word, raised in (("square", "2"), ("squared", "2"), ("cubic", "3"), ("cubed", "3")):
        if word in words:
            words.remove(word)
            power = raised
    name = re.sub(r" ?/ ?", "/", " ".join(filter(None, words)))
    name = _UNITS.get(name, name)
    return f"{name}^{power}" if name and power else name


def _one_unit(word: str) -> str:
    single = word.rstrip("s")
    return _UNITS.get(word, _UNITS.get(single, single))


def _letter_unit(a: str, b: str) -> Comparison | None:
    """`15 m` against `15 meters`: the letter is that unit, or this is not for us."""
    readings = [
        plain_number(t) or plain_number(_BARE_LETTER.sub(lambda u: f" {_LETTERS[u[1]]}", t, 1))
        for t in (a, b)
    ]
    x, y = readings
    if x is None or y is None or not x.unit or x.unit != y.unit:
        return None
    return compare_readings(x, y)


# ---------------------------------------------------------------- other bases

_BASES = {
    name: base
    for base, name in enumerate(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
        " sixteen".split(),
        2,
    )
} | {"binary": 2, "octal": 8, "decimal": 10, "hex": 16, "hexadecimal": 16}
_BASED = re.compile(
    r"([-+]?)\(?([0-9A-Fa-f, ]{1,400}?)\)? ?(?:_ ?\{? ?(?:base ?)?|[({]? ?(?:in )?base ?)"
    rf"([0-9]{{1,2}}|{'|'.join(_BASES)}) ?[)}}]{{0,2}}"
)


@lru_cache(maxsize=4096)
def based_number(text: str) -> int | None:
    """The value of a number that names its base, as 12_{5} or 12 base 5; None if it is none."""
    found = _BASED.fullmatch(spelling(text))
    if found is None or not re.search("[0-9]", found[2]):
        return None
    base = int(found[3]) if found[3].isdigit() else _BASES[found[3]]
    try:
        value = int(re.sub("[, ]", "", found[2]), base)
    except ValueError:  # no base, or digits that it does not have
        return None
    return -value if found[1] == "-" else value


# ---------------------------------------------------------------- times of day

_TIME = re.compile(r"([0-9]{1,2}):([0-5][0-9])(?::([0-5][0-9]))? ?(?:([ap])\.? ?m\.?)?", re.I)


def _compare_times(a: str, b: str) -> Comparison | None:
    """Only where one of them says before or after noon: 2:3 may be a ratio."""
    found = [_TIME.fullmatch(spelling(t)) for t in (a, b)]
    if not any(t and t[4] for t in found):
        return None
    if found[0] is None or found[1] is None:
        return Comparison("could not tell", "Only one of them is a time of day.")
    (first, half), (second, other) = (_time(t) for t in found if t)
    open_ended = not (half and other) and 3600 <= (second if half else first) < 13 * 3600
    if open_ended and first % 43200 == second % 43200:
        return Comparison("could not tell", "Only one of them says whether it is before noon.")
    return _said(first == second, "the same time", "different times")


def _time(found: re.Match[str]) -> tuple[int, bool]:
    """(seconds since midnight, whether the half of the day is said)."""
    hours, minutes, seconds = (int(n or 0) for n in found.groups()[:3])
    if half := found[4]:
        hours = hours % 12 + 12 * (half in "pP")
    return 3600 * hours + 60 * minutes + seconds, bool(half)


def _said(same: bool, equal: str, different: str) -> Comparison:
    return Comparison("equal" if same else "different", f"They are {equal if same else different}.")


# ---------------------------------------------------------------- lists

_BRACKETS = (("(", ")"), ("[", "]"), ("\\{", "\\}"))
_THOUSANDS = re.compile(r"(?<![0-9.,])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9,])")
_MAX_ITEMS = 64


@dataclass(frozen=True, slots=True)
class _Items:
    bracket: str  # "(", "[", "\\{" or "" for none
    items: tuple[str, ...]

    @property
    def ordered(self) -> bool:
        return self.bracket in ("(", "[")


@lru_cache(maxsize=1024)
def _items(text: str) -> _Items | None:
    """The parts of a list of two or more, None if the text is none."""
    text = spelling(text)
    bracket = ""
    for left, right in _BRACKETS:
        if text.startswith(left) and text.endswith(right):
            inner = text[len(left) : -len(right)]
            if _closes(inner):
                bracket, text = left, inner
    if "<" in text or "\\le" in text or "\\cup" in text or "\\in" in text.replace("\\inf", ""):
        return None
    items = _split(text, spaced=", " in text)
    pair = re.fullmatch(r"\\pm ?([^,;]+)|(.+?) ?\\pm ?([^-+,;=]+)", text)
    if pair is not None and not bracket:
        return _plus_minus(text)
    if not 2 <= len(items) <= _MAX_ITEMS or not all(items):
        return None
    return _Items(bracket, tuple(items))


def _plus_minus(text: str) -> _Items | None:
    """The two values of `x = 3 \\pm 2`, of plain numbers only."""
    name, _, body = text.rpartition("=")
    middle, _, half = (part.strip() for part in body.partition("\\pm"))
    numbers = [_value(part) for part in (middle or "0", half)]
    if numbers[0] is None or numbers[1] is None:
        return None
    both = numbers[0] + numbers[1], numbers[0] - numbers[1]
    named = f"{name.strip()} = " if name else ""
    return _Items("", tuple(f"{named}{value}" for value in both))


def _closes(text: str) -> bool:
    """Whether every bracket that a text opens is closed in it, and none before."""
    depth = 0
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        if depth < 0:
            return False
    return depth == 0


def _split(text: str, spaced: bool) -> list[str]:
    """At commas, semicolons, "and" and "or" outside of brackets. Where a comma is followed by a
    space, one that is not may belong to a number."""
    if spaced:
        text = _THOUSANDS.sub(lambda number: number[0].replace(",", ""), text)
    parts, depth, begin = list[str](), 0, 0
    for mark in re.finditer(r",(?: (?:and|or)(?= ))?|;| (?:and|or)(?= )|[(\[{]|[)\]}]", text):
        if mark[0] in "([{":
            depth += 1
        elif mark[0] in ")]}":
            depth -= 1
        elif depth == 0:
            parts.append(text[begin : mark.start()].strip())
            begin = mark.end()
    return [*parts, text[begin:].strip()]


def _compare_lists(a: str, b: str) -> Comparison | None:
    x, y = _items(a), _items(b)
    if x is None or y is None:
        return None
    if x.ordered and y.ordered:
        return _in_order(x, y) if x.bracket == y.bracket else None
    words = any(wording(i) for i in (*x.items, *y.items))
    table = [[_item(i, j, words) for j in y.items] for i in x.items]
    turned = [list(column) for column in zip(*table, strict=True)]
    if any(all(cell == "different" for cell in row) for row in (*table, *turned)):
        return Comparison("different", "One has a value that the other has not.")
    if x.ordered or y.ordered:
        return None
    if all(row.count("equal") == 1 for row in (*table, *turned)):
        if words and any(r[i] != "equal" for i, r in enumerate(table)):
            return Comparison("could not tell", "They name the same in another order.")
        return Comparison("equal", "They have the same values.")
    return None


def _in_order(x: _Items, y: _Items) -> Comparison | None:
    if len(x.items) != len(y.items):
        return Comparison("different", "They have different numbers of values.")
    cells = [_item(i, j) for i, j in zip(x.items, y.items, strict=True)]
    if "different" in cells:
        return Comparison("different", "They have different values.")
    if all(cell == "equal" for cell in cells):
        return Comparison("equal", "They have the same values in the same order.")
    return None


@lru_cache(maxsize=8192)
def _item(a: str, b: str, words: bool = False) -> str:
    """The verdict on two items; words: any letters among them are words, not variables."""
    if a == b:
        return "equal"
    if words and a.isalpha() and b.isalpha():
        return "equal" if a.casefold() == b.casefold() else "different"
    if re.fullmatch("[A-Za-z]", a) and re.fullmatch("[A-Za-z]", b):
        return "could not tell" if a.lower() == b.lower() else "different"
    found = compare(clean(a), clean(b))
    return "could not tell" if found is None else found.verdict


# ---------------------------------------------------------------- two values

_ANGLE = re.compile(r"\\pi(?![a-z])|(?<![A-Za-z])(?:pi|rad|radians?)(?![A-Za-z])")
_DEGREES = re.compile(r"\\circ|(?<![A-Za-z])deg(?:rees?)?(?![A-Za-z])")


def compare(a: str, b: str) -> Comparison | None:
    """Two clean texts, exactly and at once, whichever comes first; None: the symbolic check is
    needed."""
    if a == b or spelling(a) == spelling(b):
        return Comparison("equal", "They are written the same.")
    x, y = plain_number(a), plain_number(b)
    if x is not None and y is not None:
        return compare_readings(x, y)
    for rule in (_compare_angles, _compare_bases, _compare_times, _compare_empty, _letter_unit):
        if (found := rule(a, b)) is not None:
            return found
    if (found := _compare_lists(a, b)) is not None:
        return found
    if (found := compare_words(a, b)) is not None:
        return found
    if (why := not_mathematics(a) or not_mathematics(b)) is not None:
        return Comparison("could not tell", why)
    if ("%" in a) != ("%" in b):
        return Comparison("could not tell", "Only one of them is a percentage.")
    if ("ln" in a) != ("ln" in b) and "log" in a + b:
        return Comparison("could not tell", "The base of log may or may not be e.")
    return None


def compare_readings(a: Reading, b: Reading) -> Comparison:
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


def _compare_angles(a: str, b: str) -> Comparison | None:
    if (_DEGREES.search(a) and _ANGLE.search(b)) or (_DEGREES.search(b) and _ANGLE.search(a)):
        return Comparison(
            "could not tell", "One of them is in degrees, the other may be in radians."
        )
    return None


def _compare_bases(a: str, b: str) -> Comparison | None:
    x, y = based_number(a), based_number(b)
    if x is not None and y is not None:
        return _said(x == y, "the same number", "different numbers")
    if x is not None or y is not None:
        return Comparison("could not tell", "Only one of them names its base.")
    return None


def _compare_empty(a: str, b: str) -> Comparison | None:
    empty = [spelling(t).rpartition("=")[2].strip() == "\\emptyset" for t in (a, b)]
    other = b if empty[0] else a
    filled = plain_number(other) is not None or other.startswith("\\{")
    if any(empty) and not all(empty) and filled:
        return Comparison("different", "One of them is the empty set.")
    return None
