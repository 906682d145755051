"""Judgements in chat models' replies: a verdict, a choice among plans, a difficulty rating.

Knows how they are worded, asked for or not, the two scales of ratings (a digit from 0 to 9; a
number from 0 to 1), and how an expected value follows from the probabilities of the tokens that
state one. Does not know prompts. Every reader takes any text, looks at a bounded part of it and
says None where it cannot be read.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from scale_core.dialects.chat import relaxed_json
from scale_core.engines.base import Sample, Token
from scale_core.engines.think_tags import visible

_END, _RATING_END = 20_000, 4000
"""How much of a reply is read, from its end: verdicts and choices, ratings."""

# ---- verdicts ------------------------------------------------------------------------------

_YES = ("yes", "correct", "right", "true", "valid", "accept")
_NO = ("no", "incorrect", "wrong", "false", "invalid", "reject", "not")
_ANY = "|".join(sorted((*_YES, *_NO), key=len, reverse=True))
_GAP = r"[^\w\\]{0,8}(?:\\(?:boxed|text)\{){0,2}"
_VERDICT = re.compile(
    rf"(?:verdict|judge?ment|conclusion|answer)[\"'*_\s]{{0,6}}(?:is)?{_GAP}(?P<word>{_ANY})\b",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"{_GAP}(?P<word>{_ANY})\b[^A-Za-z]{{0,20}}", re.IGNORECASE)
_MARK = re.compile("[✅✔☑]|[❌✗✘❎]")
_DENIED = re.compile(
    r"(?:no|not|without)(?: (?:any|a|an|single|obvious|apparent|arithmetic|calculation|further))*"
    r" (?:errors?|mistakes?|issues?|problems?|flaws?|faults?|slips?|discrepanc(?:y|ies)|objections?"
    r"|contradictions?|wrong|incorrect|false|invalid)\b",
    re.IGNORECASE,
)
"""Words for no that say yes: "no error found", "not wrong"."""
_BUT = re.compile(
    r"\b(?:but|however|yet)\b|\b(?:is|it's|are) (?:wrong|incorrect|false|not (?:right|correct))\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"\b(?:result|it|answer|claim|value) (?:is|appears|seems)(?: to be)?(?: indeed| therefore)? "
    rf"(?P<word>{_ANY})\b",
    re.IGNORECASE,
)


def verdict(sample: Sample) -> float | None:
    """The probability of yes: under the verdict token's probabilities where there are some, else
    1 or 0. Read from the last "Verdict: ..."; else from a reply that is one word; else from a
    last sentence such as "the result is correct"."""
    text = visible(sample.text)[-_END:]
    found = _judged(text)
    if found is None:
        return None
    if _DENIED.match(text, found[1]):
        return None if _BUT.search(text, found[1]) else 1.0
    shares = _shares(sample.tokens)
    return shares if shares is not None else float(_is_yes(found[0]))


def _judged(text: str) -> tuple[str, int] | None:
    """The word that judges and where it begins."""
    if marked := list(_VERDICT.finditer(text)):
        return marked[-1]["word"], marked[-1].start("word")
    if alone := _ALONE.fullmatch(text):
        return alone["word"], alone.start("word")
    if sentences := list(_SENTENCE.finditer(text)):
        last = sentences[-1]
        return last["word"], last.start("word")
    begun = _ALONE.match(text)
    if begun and text[begun.end("word") : begun.end("word") + 1] in (
        *",.;:!\n，。；：！",
        "]",
        ")",
    ):
        return begun["word"], begun.start("word")
    if len(marks := list(_MARK.finditer(text))) == 1:
        return "yes" if marks[0][0] in "✅✔☑" else "no", marks[0].start()
    return None


def _is_yes(word: str) -> bool:
    return word.lower() in _YES


def _shares(tokens: Sequence[Token]) -> float | None:
    """The probability of yes at the token where the verdict's word begins."""
    text = "".join(t.text for t in tokens)
    tail = max(0, len(text) - _END)
    found = _judged(text[tail:])
    if found is None:
        return None
    token = token_at(tokens, tail + found[1])
    if token is None or token.logprob is None:
        return None
    odds = {0: 0.0, 1: 0.0}
    for piece, logprob in dict((*token.alternatives, (token.text, token.logprob))).items():
        if (side := _side(piece)) is not None:
            odds[side] += math.exp(min(0.0, logprob))
    total = odds[0] + odds[1]
    return odds[1] / total if total > 0 else None


def weighs(token: Token) -> bool:
    """Whether the token, or what might have stood in its place, begins a verdict's word."""
    pieces = (token.text, *(piece for piece, _ in token.alternatives))
    return any(_side(piece) is not None for piece in pieces)


def _side(piece: str) -> int | None:
    """1 if a token begins a word for yes, 0 for no; None if neither or both."""
    word = piece.strip(" \t\n*_\"'{([").lower()
    if not word:
        return None
    yes = any(w.startswith(word) or word == w for w in _YES)
    no = any(w.startswith(word) or word == w for w in _NO)
    return None if yes == no else int(yes)


def token_at(tokens: Sequence[Token], place: int) -> Token | None:
    """The token in which the character at `place` of the joined text stands."""
    ends = list(accumulate(len(t.text) for t in tokens))
    at = bisect_right(ends, place)
    return tokens[at] if at < len(tokens) else None


# ---- choices -------------------------------------------------------------------------------

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_CHOICE = re.compile(
    r"(?:plan|outline|version|option|candidate|choice|choose|chosen|best|answer|pick|number|id)"
    r"[\"'*_\s]{0,6}(?:is|:|=|#)?[\"'*_\s]{0,6}(?:(?:plan|outline|version|number)\s?)?[#(\[]?"
    r"(?:(\d{1,2})(?!\d|\.\d)|([A-L])\b(?!'))",
    re.IGNORECASE,
)
_PLACE = re.compile(
    rf"\b({'|'.join(_ORDINALS)}) (?:plan|outline|version|option|one)", re.IGNORECASE
)
_CHOICE_ALONE = re.compile(
    r"[\W_]{0,8}(?:(?:the )?(?:best|chosen|better)\W{0,4})?(?:(?:plan|outline|version|option"
    r"|candidate|choice|answer|number)[\W_]{0,6}){0,2}(?:(\d{1,2})|([A-L]))"
    r"(?: is (?:the )?(?:best|better))?"
    r"[\W_]{0,8}",
    re.IGNORECASE,
)
_BEST = re.compile(
    r"\b(?:best|choose|choice|chosen|answer|pick|select(?:ed)?|verdict|conclusion)\b[^\d\n]{0,20}?"
    r"(?:(?:plan|outline|version|option|number)[\W_]{0,3})?\b(?:(\d{1,2})(?![\d.]\d)|([A-L])\b(?!'))",
    re.IGNORECASE,
)
_SHORT = re.compile(r"[\W_]{0,8}(?:(\d{1,2})|([A-L]))[\W_]{0,8}", re.IGNORECASE)


def choice(text: str, count: int) -> int | None:
    """Which of `count` candidates a reply names, from 0; None if it names none or several."""
    text = text[-_END:].strip()
    if alone := _SHORT.fullmatch(text):
        return _index(alone[1], alone[2], count)
    for value in relaxed_json.values(text):
        numbers = (
            [v for v in value.values() if isinstance(v, int)] if isinstance(value, dict) else value
        )
        if len(numbers) == 1 and isinstance(numbers[0], int):
            return _index(str(numbers[0]), None, count)
    if (stated := _stated(text, count)) is not None:
        return stated
    if named := [i for m in _CHOICE.finditer(text) if (i := _index(m[1], m[2], count)) is not None]:
        return named[-1] if len(set(named)) == 1 or _concludes(text) else None
    if placed := _PLACE.findall(text):
        places = {_ORDINALS.index(word.lower()) for word in placed}
        return places.pop() if len(places) == 1 and max(places) < count else None
    plain = {int(n) for n in re.findall(r"(?<![\d.])\d{1,2}(?![\d.]\d|\d)", text)}
    return _index(str(plain.pop()), None, count) if len(plain) == 1 and len(text) < 200 else None


def _stated(text: str, count: int) -> int | None:
    """The choice of a reply that says "Best: plan 2" last or first, or names a plan on a line of
    its own and gives the reason below it. Headings for several plans are no choice."""
    lines = [line for line in text.splitlines() if line.strip(" *_#-")]
    if len(lines) < 2:
        return None
    for line in (lines[-1], lines[0]):
        if (best := _BEST.search(line[:400])) is not None:
            return _index(best[1], best[2], count)
    alone = [m for line in lines if (m := _CHOICE_ALONE.fullmatch(line[:80])) is not None]
    indices = {i for m in alone if (i := _index(m[1], m[2], count)) is not None}
    begun = _CHOICE_ALONE.fullmatch(lines[0][:80]) is not None
    return indices.pop() if begun and len(indices) == 1 else None


def _concludes(text: str) -> bool:
    """Whether the last line of a longer reply states the choice."""
    last = text.splitlines()[-1]
    return len({m[0].lower() for m in _CHOICE.finditer(last)}) == 1


def _index(number: str | None, letter: str | None, count: int) -> int | None:
    index = int(number) - 1 if number else ord((letter or "?").upper()) - ord("A")
    return index if 0 <= index < count else None


# ---- ratings -------------------------------------------------------------------------------

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_UNIT = r"\d{1,3}(?:[.,]\d{1,6})?|[.]\d{1,6}"
_KEYWORD = re.compile(
    rf"(?:difficulty|rating|score|rate|level|hardness|probability)[^\d\n.,;]{{0,90}}?(?P<number>{_UNIT})",
    re.IGNORECASE,
)
_NUMBER = re.compile(rf"(?<![\w.,-])(?P<number>{_UNIT})(?!\w)")
_AFTER = re.compile(r"\s?(?:(?:/|out of|of)\s?(?P<whole>\d{1,3})\b|(?P<percent>%|percent))")
_RANGE = re.compile(rf"\s?(?:-|–|—|to)\s?(?P<end>{_UNIT})(?![\d.])")
_WIDE = str.maketrans("（），：；＝［］", "(),:;=[]")
_OTHER = re.compile(
    r"\b(?:step|sub-?problem|part|question|plan)s?\s?[#(]?\d{1,2}\)?|#\d{1,2}", re.IGNORECASE
)
_LOW, _HIGH = r"[01](?:\.0)?", r"\d{1,3}(?:\.0)?"
_TO = r" ?(?:\([^()\d]{1,30}\) ?)?(?:to|through|and|-|–|—|\.\.) ?"
_STATED = re.compile(
    rf"\b(?:scale|range|from|between|rate[ds]?)(?: of| from| is|:)? {_LOW}{_TO}(?P<high>{_HIGH})\b"
    rf"|[(\[] ?{_LOW} ?(?:-|–|—|to|\.\.) ?(?P<round>{_HIGH}) ?[)\]]"
    rf"|\b{_LOW} ?(?:-|–|—|to) ?(?P<before>{_HIGH}) (?:scale|points?)\b"
    rf"|(?<![\d.]){_LOW} ?(?:=|:|is|means) ?[^\d\n()=]{{1,40}}[,;/] ?(?P<named>{_HIGH})"
    r" ?(?:=|:|is|means) ?[A-Za-z][^\d\n()=]{0,40}[)\]]?",
    re.IGNORECASE,
)
"""A reply that says which scale it uses: "from 0 to 9", "(0=easy, 9=hard)"."""
_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scale:
    """0 .. top are the ratings asked for; a fraction below 1 is one of 1 in any scale."""

    top: float

    def difficulty(self, text: str) -> float | None:
        """The difficulty that a text states, None if it states none in [0, 1]."""
        text = text[-_RATING_END:].translate(_WIDE)
        if self._is_other(text):
            return None
        match = _number_in(text)
        if match is None:
            words = {w.lower() for w in _WORD.findall(text)} if len(text) < 60 else set()
            return self._share(_WORDS.index(words.pop())) if len(words) == 1 else None
        value = _float(match["number"])
        if after := _AFTER.match(text, match.end("number")):
            whole = 100.0 if after["percent"] else float(after["whole"])
            return _unit(value / whole) if whole else None
        if span := _RANGE.match(text, match.end("number")):
            value = (value + _float(span["end"])) / 2
        return self._share(value, "." in match["number"] or "," in match["number"])

    def _is_other(self, text: str) -> bool:
        """Whether a reply says that its scale is another one: "on a scale from 1 to 5"."""
        tops = {_float(next(filter(None, m.groups()))) for m in _STATED.finditer(text)}
        return bool(tops) and self.top not in tops

    def _share(self, value: float, decimal: bool = False) -> float | None:
        if self.top == 1:
            return _unit(value)
        if decimal and value <= 1:  # 0.7 was meant as a share
            return value
        return 1.0 if value == self.top + 1 else _unit(value / self.top)


DIGIT, SHARE = Scale(9), Scale(1)


def _number_in(text: str) -> re.Match[str] | None:
    """The rating's number: after a word such as "difficulty", the last one; else the only or the
    first number of a reply that begins with it. Numbers of steps and of the scale do not count."""
    text = text.translate(_WIDE)
    for pattern in (_STATED, _OTHER):
        text = pattern.sub(lambda other: "_" * len(other[0]), text)
    if named := list(_KEYWORD.finditer(text)):
        return named[-1]
    found = list(_NUMBER.finditer(text))
    if len(found) == 1 or (found and found[0].start() <= 4):
        return found[0]
    if found and len(found) == 2 and _AFTER.match(text, found[0].end()):
        return found[0]
    return found[0] if found and _RANGE.match(text, found[0].end()) else None


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _unit(value: float) -> float | None:
    return value if 0 <= value <= 1 else None


def rating(sample: Sample, scale: Scale, expected: bool) -> float | None:
    """Difficulty in [0, 1]; expected: the probability-weighted mean where there are tokens."""
    written = scale.difficulty(visible(sample.text))
    if written is None or not expected:
        return written
    mean = expectation(sample.tokens, scale, written)
    return written if mean is None else mean


def expectation(tokens: Sequence[Token], scale: Scale, written: float) -> float | None:
    """The mean of the number under the tokens' probabilities; None without probabilities, or if
    the tokens do not state the rating that was read (there may be a thought among them).

    The number's tokens are walked: at each, every alternative ends the number or begins another
    one, which counts with its probability; the chosen token goes on. What is no number is left
    out and the rest normalised, so a digit's mean is that over digits.
    """
    text = "".join(t.text for t in tokens)
    tail = max(0, len(text) - _RATING_END)
    match = _number_in(text[tail:])
    if match is None or scale.difficulty(text) != written:
        return None
    if _AFTER.match(text, tail + match.end("number")):
        return None  # "7 / 10": its alternatives were not in this prompt's scale
    first, last = tail + match.start("number"), tail + match.end("number")
    rest, at = 1.0, 0
    mass = total = 0.0
    for token in tokens:
        begin, at = at, at + len(token.text)
        if at <= first:
            continue
        if token.logprob is None:
            return None
        before = text[:begin]
        for piece, logprob in dict(token.alternatives).items():
            value = None if piece == token.text else _instead(before, piece, first, scale)
            if value is not None:
                p = rest * math.exp(min(0.0, logprob))
                mass, total = mass + p, total + p * value
        rest *= math.exp(min(0.0, token.logprob))
        if at >= last:
            break
    mass, total = mass + rest, total + rest * written
    return total / mass if mass > 0 else None


def _instead(before: str, piece: str, first: int, scale: Scale) -> float | None:
    """The difficulty if `piece` had followed `before`: a number that it completes or ends."""
    written = before[first:].lstrip()
    shown = piece.strip(" \t\n:\"'*")
    if re.fullmatch(r"[\d.,]{1,8}", shown):
        number = written + shown
    elif written and not shown[:1].isalnum():
        number = written  # the number ends here
    else:
        return None
    if not re.fullmatch(_UNIT, number):
        return None
    return scale.difficulty(number)
