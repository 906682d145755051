"""The result in a chat model's reply: the value that the reply arrives at.

Knows the forms in which models put a result, asked for or not. Does not know prompts. Takes any
text, looks at a bounded part of it and says None where there is no result to be read.
"""

from __future__ import annotations

import re

from scale_core.answers.extraction import TRAILING, extract, is_value
from scale_core.dialects.chat import relaxed_json

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
_SEVERAL = re.compile(
    r"\b(?:all|both|every|each)(?: of)?(?: the| its)?(?: \w{1,20}){0,3}? (?:solutions?|roots?"
    r"|values?|numbers?|integers?|zeros|pairs?|points?|answers?|primes?|factors?|divisors|possibilities"
    r"|angles|lengths)\b|\b(?:what|which|find|determine|give|list|state|compute|solve for)"
    r"(?: are)?(?: the)?(?: \w{1,20}){0,3}? (?:solutions|roots|values|numbers|zeros|integers|pairs"
    r"|points|primes|factors|angles|lengths)\b|\brespectively\b|\bsolve for \$?\w\$? and \$?\w\b"
    r"|\b(?:find|determine|compute|values? of) \$?[a-z]\$?(?:, \$?[a-z]\$?)*,? and \$?[a-z]\b",
    re.IGNORECASE,
)
_KEYS = ("answer", "finalanswer", "result", "value", "solution", "output")
_EQUAL = re.compile(r"[=≈]\s{0,3}([^=≈]{1,80}?)\s{0,3}[$.\\)\]*\s]{0,8}$")


def result(text: str, cut: bool = False, asked: str = "") -> str | None:
    """The result at a reply's end. The ladder: the last \\boxed{...}; "answer is" and the like;
    a JSON answer; "result:"; the last line if it is a value or ends in `= value`.

    cut: the reply was cut off, so that only what it had put in a box counts. asked: the question;
    if it asks for several values, those in boxes at the end are the result together.
    """
    text = _EMPTY_BOX.sub(" ", text[-_END:])
    if cut and "\\boxed" not in text:
        return None
    found = _extracted(text, not cut and asks_for_several(asked))
    if found is not None and sound(found):
        return found
    for reading in () if cut else (_bare_box, _from_json, _named, _last_line):
        found = reading(text)
        if found is not None and sound(found):
            return found
    return None


def asks_for_several(question: str) -> bool:
    """Whether a question asks for more than one value: "find all solutions", "x and y"."""
    return _SEVERAL.search(question[-_END:]) is not None


def sound(found: str) -> bool:
    """Whether a result is one: short enough, and not the placeholder of the instructions."""
    text = found.strip()
    return 0 < len(text) <= MAX_RESULT and _PLACEHOLDER.fullmatch(text) is None


def _extracted(text: str, several: bool) -> str | None:
    for _ in range(4):
        found = extract(text, several)
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
    text = TRAILING.sub("", text.strip().strip("*_`").strip())
    for left, right in (("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if text.startswith(left) and text.endswith(right) and len(text) > len(left + right):
            text = text[len(left) : -len(right)].strip()
    return text if is_value(text) and not re.fullmatch("[A-Za-z]{2,}", text) else None
