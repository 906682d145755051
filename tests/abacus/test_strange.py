"""Stories told with unknown words: what decides the sum is as it was."""

from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from scale_core.abacus.words import strange
from scale_core.abacus.words.strange import DECIDING

TEXT = (
    "Wilma painted 12 fences and thirty-six benches in the harbour. She painted half of the fences "
    "again. "
    "How many benches did Wilma paint?"
)
_WORD = re.compile(r"[A-Za-z]+|\d+")


def deciding(text: str) -> list[str]:
    """Numbers and deciding words, in their order."""
    return [w for w in _WORD.findall(text.lower()) if w.isdigit() or w in DECIDING]


@given(st.integers(0, 10**6))
def test_numbers_names_and_deciding_words_stay_in_their_order(seed: int) -> None:
    told = strange.strange(TEXT, random.Random(seed))
    assert re.findall(r"\d+", told) == ["12"] and "thirty-six" in told
    assert told.count("Wilma") == 2
    words = iter(deciding(told))
    assert all(word in words for word in deciding(TEXT))  # others may stand between them


@given(st.integers(0, 10**6))
def test_the_same_word_is_told_by_the_same_word(seed: int) -> None:
    told = strange._renamed(TEXT, random.Random(seed), 1.0)
    match = re.fullmatch(
        r"Wilma (\w+)ed 12 (\w+)s and thirty-six (\w+)es in the (\w+)\. She (\w+)ed half of "
        r"the (\w+)s again\. How many (\w+)es did Wilma (\w+)\?",
        told,
    )
    assert match is not None, told
    paint, fences, benches, _, painted, same, bench, to_paint = match.groups()
    assert paint == painted == to_paint and fences == same and benches == bench
    assert not {paint, fences, benches} & {"paint", "fenc", "bench"}


def test_some_stories_stay_and_the_same_seed_tells_the_same() -> None:
    told = [strange.strange(TEXT, random.Random(i)) for i in range(300)]
    assert told == [strange.strange(TEXT, random.Random(i)) for i in range(300)]
    assert 0.35 < sum(t == TEXT for t in told) / 300 < 0.7
