"""Replies of chat models: the result of a step, a verdict, a choice.

Knows the forms in which models put them, asked for or not. Does not know prompts. Every reader
takes any text, looks at a bounded part of it and says None where it cannot be read.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from scale_core.answers.grouping import canonical_number, extract
from scale_core.dialects.chat import relaxed_json
from scale_core.engines.base import Sample, Token
from scale_core.engines.think_tags import visible

MAX_RESULT = 1000
"""Characters of a result; a longer one is not concise and would only carry noise onwards."""
_END = 20_000

_EMPTY_BOX = re.compile(r"\\(?:boxed|fbox)\s{0,5}\{\s{0,20}\}")
_BARE_BOX = re.compile(r"\\boxed\s{1,5}([^\s{}$\\.,;]{1,60})")
_PLACEHOLDER = re.compile(
    r"[.…?_\s]*|\\(?:ldots|dots|cdots|text\{?)|(?:\\text\{)?(?:the |your |final )?(?:result|answer"
    r"|value|verdict|number|expression)\}?|<[^<>]{0,60}>",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:result|value|solution|therefore|thus|hence|so|ergebnis|antwort|réponse)"
    r"(?: of (?:this|the) (?:step|sub-?problem))?\s?(?:is\s?:?|:|=)",
    re.IGNORECASE,
)
_KEYS = ("answer", "finalanswer", "result", "value", "solution", "output")
_EQUAL = re.compile(r"[=≈]\s{0,3}([^=≈]{1,80}?)\s{0,3}[$.\\)\]*\s]{0,8}$")


def said(sample: Sample) -> str:
    """What a sample says, without any thought; "" where it may be all thought."""
    return visible(sample.text)


def result(text: str, cut: bool = False) -> str | None:
    """The result at a reply's end. The ladder: the last \\boxed{...}; "answer is" and the like;
    a JSON answer; "result:"; the last line if it is a value or ends in `= value`.

    cut: the reply was cut off, so that only what it had put in a box counts.
    """
    text = _EMPTY_BOX.sub(" ", text[-_END:])
    if cut and "\\boxed" not in text:
        return None
    for reading in (_extracted, _bare_box, _from_json, _named, _last_line)[: 1 if cut else None]:
        found = reading(text)
        if found is not None and sound(found):
            return found
    return None


def sound(found: str) -> bool:
    """Whether a result is one: short enough, and not the placeholder of the instructions."""
    text = found.strip()
    return 0 < len(text) <= MAX_RESULT and _PLACEHOLDER.fullmatch(text) is None


def _extracted(text: str) -> str | None:
    for _ in range(4):
        found = extract(text)
        if found is None or sound(found):
            return found
        at = text.rfind(found)  # a placeholder, or far too long: what is read without it
        text = _EMPTY_BOX.sub(" ", text[:at] + text[at + len(found) :])
    return None


def _bare_box(text: str) -> str | None:
    found = _BARE_BOX.findall(text)
    return found[-1] if found else None


def _from_json(text: str) -> str | None:
    best = None
    for value in relaxed_json.values(text):
        if not isinstance(value, dict):
            continue
        named = {re.sub(r"[^a-z]", "", key[:40].lower()): item for key, item in value.items()}
        for key in _KEYS:
            item = named.get(key)
            if isinstance(item, str | int | float) and not isinstance(item, bool):
                best = str(item)
                break
    return best


def _named(text: str) -> str | None:
    found = list(_NAMED.finditer(text[-4000:]))
    if not found:
        return None
    rest = text[-4000:][found[-1].end() :].strip(" \t\n*:")
    return _value(rest.splitlines()[0]) if rest else None


def _last_line(text: str) -> str | None:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip(" *_`#$-")]
    if not lines:
        return None
    last = lines[-1]
    if last in ("\\]", "$$", "```") and len(lines) > 1:
        last = lines[-2]
    if len(last) <= 200 and (equal := _EQUAL.search(last)):
        return _value(equal[1])
    return _value(last) if len(last) <= 60 else None


def _value(text: str) -> str | None:
    """A short text if it is a value, not a sentence: a number, or mathematics without words."""
    text = text.strip().strip("*_`").strip()
    text = re.sub(r"(?<!\.)\.$", "", text)
    for left, right in (("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if text.startswith(left) and text.endswith(right) and len(text) > len(left + right):
            text = text[len(left) : -len(right)].strip()
    if not text or len(text) > 200:
        return None
    if canonical_number(text) is not None:
        return text
    bare = re.sub(r"\\[A-Za-z]{1,20}", " ", text)
    return None if re.search(r"[A-Za-z]{2,}", bare) or not re.search(r"\w", bare) else text


# ---- verdicts ------------------------------------------------------------------------------

_YES = ("yes", "correct", "right", "true", "valid", "accept")
_NO = ("no", "incorrect", "wrong", "false", "invalid", "reject", "not")
_ANY = "|".join(sorted((*_YES, *_NO), key=len, reverse=True))
_VERDICT = re.compile(
    rf"(?:verdict|judge?ment|conclusion|answer)[\"'*_\s]{{0,6}}(?:is|:|=|-|–)?[\"'*_\s:]{{0,6}}"
    rf"(?:\\boxed\{{|\\text\{{){{0,2}}(?P<word>{_ANY})\b",
    re.IGNORECASE,
)
_ALONE = re.compile(
    rf"[\"'*_\s(\[]{{0,8}}(?:\\boxed\{{|\\text\{{){{0,2}}(?P<word>{_ANY})\b[^A-Za-z]{{0,20}}",
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
    yes = _is_yes(found[0])
    shares = _shares(sample.tokens)
    return shares if shares is not None else float(yes)


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
    if begun and text[begun.end("word") : begun.end("word") + 1] in (",", ".", ";", ":", "!", "\n"):
        return begun["word"], begun.start("word")
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
    if named := [i for m in _CHOICE.finditer(text) if (i := _index(m[1], m[2], count)) is not None]:
        return named[-1] if len(set(named)) == 1 or _concludes(text) else None
    if placed := _PLACE.findall(text):
        places = {_ORDINALS.index(word.lower()) for word in placed}
        return places.pop() if len(places) == 1 and max(places) < count else None
    plain = {int(n) for n in re.findall(r"(?<![\d.])\d{1,2}(?![\d.]\d|\d)", text)}
    return _index(str(plain.pop()), None, count) if len(plain) == 1 and len(text) < 200 else None


def _concludes(text: str) -> bool:
    """Whether the last line of a longer reply states the choice."""
    last = text.splitlines()[-1]
    return len({m[0].lower() for m in _CHOICE.finditer(last)}) == 1


def _index(number: str | None, letter: str | None, count: int) -> int | None:
    index = int(number) - 1 if number else ord((letter or "?").upper()) - ord("A")
    return index if 0 <= index < count else None
