"""Answers as text: written in one way, read as words, prepared for the symbolic check.

Knows the many spellings of the same signs, and which texts are words and which may be mathematics.
Does not know the values of numbers (values.py), the symbolic check or votes; evaluates no text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from scale_core.trace.events import Verdict

MAX_CHARS = 2000
MAX_NESTING = 40


@dataclass(frozen=True, slots=True)
class Comparison:
    """reason: one plain sentence for people."""

    verdict: Verdict
    reason: str


# ---------------------------------------------------------------- one way of writing

_VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5),
    "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8),
    "⅝": (5, 8), "⅞": (7, 8), "⅑": (1, 9), "⅒": (1, 10),
}  # fmt: skip
_RAISED, _LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "₀₁₂₃₄₅₆₇₈₉₊₋ₙ"
_PLAIN_SCRIPT = str.maketrans(_RAISED + _LOWERED, 2 * "0123456789+-n")
_SIGNS = str.maketrans(
    {
        **{sign: rf"\frac{{{top}}}{{{bottom}}}" for sign, (top, bottom) in _VULGAR.items()},
        **dict.fromkeys("\u2212\u2013", "-"), **dict.fromkeys("。．", "."),
        **dict.fromkeys("“”„", '"'), **dict.fromkeys("‘’", "'"),
        "×": r"\times ", "·": r"\cdot ", "÷": "/", "π": r"\pi ", "∞": r"\infty ", "≤": r"\le ",
        "≥": r"\ge ", "√": r"\sqrt ", "°": r"^\circ ", "…": "...", "∅": r"\emptyset ",
        "±": r"\pm ", "∪": r"\cup ", "∈": r"\in ", "％": "%", "：": ":", "，": ",", "；": ";",
        "（": "(", "）": ")", "＝": "=",
    }
)  # fmt: skip
_TEXT_COMMANDS = r"\\(?:text(?:bf|it|rm|sf|tt|normal)?|math(?:rm|bf|sf|tt|it)|mbox|operatorname)\s*"
_TEXT = re.compile(rf"{_TEXT_COMMANDS}\{{([^{{}}]*)\}}")
_PERCENT = r"(?:percent|per cent|pct)(?![A-Za-z])\.?"
_REWRITES = [
    (re.compile(pattern), new)
    for pattern, new in [
        (r"(?:([0-9])\u0305)", r"\\overline{\1}"),
        (r"(?<=[0-9])\}\\overline\{(?=[0-9]\})", ""),
        (r"\\%", "%"),
        (rf"{_TEXT_COMMANDS}\{{\s*(?:{_PERCENT}|%)\s*\}}|(?<![A-Za-z]){_PERCENT}", "%"),
        (r"\\?\$|\\displaystyle(?![A-Za-z])", " "),
        (r"\\[dtc]frac(?![A-Za-z])", r"\\frac"),
        (r"\\frac\s*([0-9])\s*([0-9])", r"\\frac{\1}{\2}"),
        (r"\\(?:left|right)(?![A-Za-z])", ""),
        (r"(?<=[0-9])(?:\\! ?)*(?:\{,\}|,)(?:\\! ?)+(?=[0-9]{3})", ","),
        (r"(?<=[0-9])'(?=[0-9]{3}(?![0-9]))", ","),
        (r"\{,\}", ","),
        (r"(?<!\\)\\[,!;: ]|~", " "),
        (r"\\varnothing(?![A-Za-z])|\\\{\s*\\\}", r"\\emptyset "),
        (r"\\(?:leq|leqslant)(?![A-Za-z])", r"\\le"),
        (r"\\(?:geq|geqslant)(?![A-Za-z])", r"\\ge"),
        (r"\^\s*\{\s*\\circ\s*\}|\\degree(?![A-Za-z])", r"^\\circ"),
        (r"([_^]) ?\{ ?([0-9A-Za-z]) ?\}(?![0-9A-Za-z])", r"\1\2"),
        (r"^\s*\\[(\[]|\\[)\]]\s*+\.?\s*+$", " "),
        (r"\s+", " "),
    ]
]


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """The text with one way of writing for spaces, signs, fractions and mathematical brackets."""
    text = re.sub(f"[{_RAISED}]+", lambda run: _script("^", run[0]), text)
    text = re.sub(f"[{_LOWERED}]+", lambda run: _script("_", run[0]), text)
    text = text.translate(_SIGNS)
    for pattern, new in _REWRITES:
        text = pattern.sub(new, text)
    text = _bare(text)
    if text.startswith("\\boxed") and last_boxed(text) == text[text.find("{") + 1 : -1]:
        text = text[text.find("{") + 1 : -1].strip()
    return _bare(re.sub(r"(?<!\.)\.$", "", text))


def _script(mark: str, run: str) -> str:
    plain = run.translate(_PLAIN_SCRIPT)
    return mark + (plain if len(plain) == 1 else f"{{{plain}}}")


def _bare(text: str) -> str:
    """Without bold marks, backquotes and a pair of quotation marks around it."""
    text = text.strip(" *`")
    return text[1:-1].strip() if re.fullmatch(r'"[^"]*"', text) else text


_BRACES = re.compile(r"\\(?:boxed|fbox)\s*\{|\\[{}\\]|[{}]")


def boxes(text: str) -> list[tuple[int, int]]:
    """Where the contents of the closed boxes begin and end, in order of their beginnings."""
    found, stack = list[tuple[int, int]](), list[int]()
    for token in _BRACES.finditer(text):
        if len(token[0]) > 2:
            stack.append(token.end())
        elif token[0] == "{":
            stack.append(-1)
        elif token[0] == "}" and stack and (begin := stack.pop()) >= 0:
            found.append((begin, token.start()))
    return sorted(found)


def last_boxed(text: str) -> str | None:
    """The content of the box that begins last and is closed."""
    found = boxes(text)
    return text[found[-1][0] : found[-1][1]] if found else None


# ---------------------------------------------------------------- words, and what is not for sympy

_OPTION = re.compile(r"\(?([A-J])\)?[.:]?")
_SHORT_WORDS = {"yes", "no", "odd", "all", "one", "two", "six", "ten", "not", "up", "off", "on"}
_NAMES = (
    "infty|infinity|arcsin|arccos|arctan|sqrt|sinh|cosh|tanh|sin|cos|tan|cot|sec|csc|log|ln|exp|"
    "alpha|beta|gamma|delta|theta|lambda|sigma|omega|phi|pi"
)
_NAMED = re.compile(rf"(?<![A-Za-z\\])({_NAMES})(?![A-Za-z])")


@lru_cache(maxsize=4096)
def spelling(text: str) -> str:
    """The text as it reads: what stands in \\text{} without that, single spaces."""
    return " ".join(_TEXT.sub(r" \1 ", text).split()).replace(" ^", "^")


@lru_cache(maxsize=4096)
def wording(text: str) -> str | None:
    """The text as words in one spelling, or None if it is not plainly words."""
    written = re.sub(r"""[.,;:!?"'()]""", " ", _TEXT.sub(r" \1 ", text)).split()
    spoken = [w.casefold() for w in written]
    spoken = spoken[1:] if spoken[:1] == ["the"] and len(spoken) > 1 else spoken
    if not spoken or not all(w.replace("-", "").isalpha() for w in spoken):
        return None
    plain = any(len(w) > 3 or w in _SHORT_WORDS for w in spoken) or bool(_TEXT.fullmatch(text))
    plain = plain or any(re.fullmatch("[A-Z][a-z]{1,2}", w) for w in written)
    return " ".join(spoken) if plain and not _NAMED.search(text) else None


def compare_words(a: str, b: str) -> Comparison | None:
    first, second = wording(a), wording(b)
    options = option_letter(a), option_letter(b)
    if options[0] and options[1]:
        first, second = options
    if first is None and second is None:
        return None
    if first is None or second is None:
        return Comparison("could not tell", "One of them is in words and the other is not.")
    if first == second:
        return Comparison("equal", "They are the same words.")
    if " " in first or " " in second:
        return Comparison("could not tell", "They are different wordings.")
    return Comparison("different", "They are different words.")


def option_letter(text: str) -> str | None:
    """The letter of a multiple-choice answer such as "(B)"; None if it is none."""
    option = _OPTION.fullmatch(_TEXT.sub(r"\1", text).strip())
    return option[1] if option else None


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
    if re.search(r"[0-9] ?\\(?:overline|bar|dot)(?![A-Za-z])|\.[0-9]{1,40}\([0-9]", text):
        return "Digits with a mark may be repeated without end."
    if not re.fullmatch(r"[A-Za-z0-9\s\\{}()\[\]^_+*/=<>.,;:|!%&'-]*", text) or "__" in text:
        return "It has characters that are not read as mathematics."
    if re.search(r"[0-9})]\s*_", text):
        return "A number with an index may be in another base."
    if re.search(r"[A-Za-z]{4,}", _NAMED.sub(" ", rest)):
        return "It has words among the mathematics."
    return None


_EITHER = re.compile(rf"{_TEXT_COMMANDS}\{{\s*(or|and)\s*\}}|\\(?:lor|vee)(?![A-Za-z])")


def latex(text: str) -> str:
    """sqrt(2), pi and ** as LaTeX has them; "or" between conditions as a word."""
    text = re.sub(r"\\?(?<![A-Za-z])sqrt ?\(([^()]*)\)", r"\\sqrt{\1}", text.replace("**", "^"))
    text = _EITHER.sub(lambda word: f" {word[1] or 'or'} ", text)
    return _NAMED.sub(r"\\\1 ", text).replace("\\infinity", "\\infty")
