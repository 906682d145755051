"""The final answer in a reply: the last box, else what follows "the answer is" and the like.

Knows the marks that models put before an answer, asked for or not. Does not know what an answer
means, nor the further forms that the dialect of chat models reads.
"""

from __future__ import annotations

import re

from scale_core.answers.text import MAX_CHARS, last_boxed
from scale_core.answers.values import canonical_number

MAX_REPLY = 20_000
"""Of a longer reply, only the end is searched for its answer."""
_MARKERS = re.compile(r"(?:final answer|answer)\s*(?:is\s*:?|:)|####", re.IGNORECASE)


def extract(text: str) -> str | None:
    """The final answer in a reply: the last complete \\boxed{...}, else the line after the last
    "answer is", "answer:" or "####", else the whole reply if it is a plain number, else None."""
    text = text[-MAX_REPLY:]
    found = last_boxed(text)
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
