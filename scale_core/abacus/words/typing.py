"""How people type: capitals, blanks and signs as they come from a keyboard in a hurry.

Knows habits of typing and applies them to a finished text. Does not touch words or numbers.
"""

from __future__ import annotations

import random
import re

_NEXT = re.compile(r"(?<=\w{3})(?<!\bmrs)\. ", re.IGNORECASE)  # not behind a title
_STOP = re.compile(r"(?<=\S)([.?,!])(?=\s|$)")


def typed(text: str, rng: random.Random) -> str:
    """The text as somebody may type it; more often than not it stays as it is."""
    draw = rng.random()
    if draw < 0.55:
        return text
    if draw < 0.67:
        # blanks before every stop and inside prices, as old collections print them
        text = _STOP.sub(r" \1", text)
        return text.replace("$", "$ ")
    if draw < 0.72:
        return text.replace("$", "$ ")
    if draw < 0.84:
        text = text.lower()
    if rng.random() < 0.5:
        text = text.rstrip("?.")
    if rng.random() < 0.15:
        text = _NEXT.sub(", ", text)
    if rng.random() < 0.15:
        text = text.replace("'s", "s")
    if rng.random() < 0.1:
        text = _NEXT.sub(".  ", text)
    return text
