"""The words that the embedded model was taught, for whoever must tell a strange text from a known
one: `scale_core/dialects/abacus/words.txt`.

Knows that a word counts as taught if it came often enough in generated problems, and that names do
not: any may come. Does not know what the list decides.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from importlib.resources import files

from scale_core.abacus.problems import FAMILIES, make
from scale_core.abacus.words.stories import story

PROBLEMS, OFTEN = 100_000, 5
"""Stories that are looked at, and how often a word must come in them."""
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


def taught_words(rng: random.Random, count: int = PROBLEMS) -> list[str]:
    """In alphabetical order; those in small letters alone, so that names stay out."""
    often = max(1, OFTEN * count // PROBLEMS)
    found = Counter[str]()
    for number in range(count):
        other = number % 50  # one in ten is of another family
        text = make(FAMILIES[other], rng).text if other < len(FAMILIES) else story(rng)[0]
        found.update(word for word in _WORD.findall(text) if word.islower())
    names = _names()
    return sorted(w for w, n in found.items() if n >= often and (w not in names or n >= 8 * often))


def _names() -> frozenset[str]:
    """First names; some are words too (may, rose), and those come much more often."""
    folder = files("scale_core.abacus.words")
    texts = (folder.joinpath(f"{who}.txt").read_text("utf-8") for who in ("girls", "boys"))
    return frozenset(name for text in texts for name in text.lower().split())
