"""The final answer in a reply: what the last box holds, else what follows "the answer is".

Knows the marks that models put before and around an answer, in several languages, asked for or
not. Does not know what an answer means, nor the further forms that the dialect of chat models
reads.
"""

from __future__ import annotations

import re

from scale_core.answers.text import MAX_CHARS, boxes, clean
from scale_core.answers.values import canonical_number

MAX_REPLY = 20_000
"""Of a longer reply, only the end is searched for its answer."""
_MAX_BOXES = 8

_MARKERS = re.compile(
    r"(?:final answer|answer)\s*+(?:is\s*+[:：]?|[:：])|####"
    r"|(?:最终)?(?:答案|結果|结果|答え)\s?(?:是|为|為|は|[:：])\s?[:：]?|(?<!\w)答\s?[:：]"
    r"|(?:ответ|réponse|respuesta|resposta|risposta|antwort)"
    r"(?: (?:est|es|é|è|ist|finale?))?\s?[:：]",
    re.IGNORECASE,
)
_TAGGED = re.compile(
    r"<(?:final[ _-]?)?answer>\s{0,99}(?=\S)([^<]{1,2000})(?:</(?:final[ _-]?)?answer>|$)", re.I
)
_FENCE = re.compile(r"```[a-z]{0,20}[ \t]{0,9}\n([^`]{1,2000}?)(?:\n\s{0,20})?```")
_DISPLAYED = (("\\[", "\\]"), ("$$", "$$"), ("\\(", "\\)"))
_ALIGNED = re.compile(
    r"\\begin\s?\{((?:align|gather|equation|split)(?:ed|ed\*|\*)?)\}([^\0]{1,2000}?)\\end\s?\{\1\}"
)
_REASON = re.compile(
    r"[ ,;.(]{1,4}(?:because|since|as|which|so|given that|where|this|that is|that's|therefore|thus"
    r"|hence|due to|i\.e)\b",
    re.IGNORECASE,
)
TRAILING = re.compile(r"(?<!\.)\.$|(?:です)?[。．]$")
_CORRECTED = re.compile(r"\b(?:no|wait|actually|instead|rather|sorry|correction)\b", re.IGNORECASE)


def extract(text: str, several: bool = False) -> str | None:
    """The final answer in a reply: the last complete \\boxed{...}, else <answer>...</answer>, else
    what follows the last "answer is", "answer:" or "####", else the whole reply if it is a plain
    number, else None. several: the boxes that end the reply are one answer together."""
    text = text[-MAX_REPLY:]
    found = _boxed(text, several)
    if found is None and (tagged := _TAGGED.findall(text)):
        found = tagged[-1].strip()
    if found is None:
        markers = list(_MARKERS.finditer(text))
        if markers:
            found = _value_after(text[markers[-1].end() :])
        elif canonical_number(text) is not None:
            found = text
    if found is None or len(found) > MAX_CHARS:
        return None
    found = found.strip().strip("*").strip()
    if len(found) > 1 and found[0] == found[-1] == "$":
        found = found.strip("$").strip()
    return TRAILING.sub("", found) or None


def _boxed(text: str, several: bool) -> str | None:
    found = boxes(text)
    if not found:
        return None
    begin, end = found[-1]
    last = text[begin:end]
    if not several or len(found) < 2:
        return last
    together = list[tuple[int, int]]()
    for begin, end in reversed(found):
        between = text[end : together[0][0]] if together else ""
        if len(between) > 400 or "\n\n\n" in between or _CORRECTED.search(between):
            break
        together.insert(0, (begin, end))
    values = dict.fromkeys(text[begin:end].strip() for begin, end in together[-_MAX_BOXES:])
    return ", ".join(value for value in values if value) or last


def _value_after(rest: str) -> str:
    """What follows a mark: the rest of its line, or what is displayed below it; without the
    reason that is given for it."""
    rest = rest.lstrip(" \t\n*:：_").rstrip(" \t\n*")
    if (fence := _FENCE.match(rest)) is not None:
        rest = fence[1].strip()
    for left, right in _DISPLAYED:
        if rest.startswith(left) and (end := rest.find(right, len(left))) > 0:
            rest = rest[len(left) : end].strip() + ("" if left != "\\(" else rest[end + 2 :])
            break
    if (aligned := _ALIGNED.match(rest)) is not None:
        lines = [line for line in aligned[2].replace("&", " ").split("\\\\") if line.strip()]
        rest = " ".join(lines[-1].split()) if lines else ""
    line = (rest or " ").splitlines()[0]
    for reason in _REASON.finditer(line[:MAX_CHARS]):
        if is_value(head := line[: reason.start()].strip(" *")):
            return head
    return line


def is_value(text: str) -> bool:
    """Whether a short text is a number, mathematics without words, or a single word."""
    if not text or len(text) > 200:
        return False
    if canonical_number(text) is not None or re.fullmatch(r"[A-Za-z]{1,30}", text):
        return True
    bare = re.sub(r"\\[A-Za-z]{1,20}", " ", clean(text))
    return re.search(r"[A-Za-z]{2,}", bare) is None and re.search(r"\w", bare) is not None
