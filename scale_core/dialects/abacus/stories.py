"""Whether a word problem is told in words that the embedded model was taught.

Knows the taught words (`words.txt`, taken from 100,000 generated problems, read once when
first needed) and number words. Does not understand the story: irrelevant numbers, rates or facts
from outside pass unnoticed.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

FAMILIAR = 0.7
FOREIGN = 0.5
MAX_VALUE = 999
MAX_DIGITS = 6

_EVERYDAY = """
    i me my our your us them they him himself herself who whose whom where why because since until
    till about around into onto over under above below inside outside near next there here this
    that these those some any few several been being am can cannot may might shall don't didn't
    doesn't isn't wasn't it's i'm let's make making use using want wanted like getting giving going
    working left total sum per day week weekly daily month price pay need find tell calculate
    please compute determine work answer cost money person kid woman man lady guy buying sell bring
    put give gave ask asks asked end begin began finally still only just very too both either so
    such not no yes first second third last another every bigger smaller longer shorter less least
    most full half quarter double triple thrice dozen pair hundred thousand zero many much few"""
_COMMON = frozenset(_EVERYDAY.split())
_NUMBER = re.compile(
    r"(?<![a-z])(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen"
    r"|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundred|twice|thrice|half|third|quarter|dozen|double|doubles|doubled"
    r"|triple|triples|tripled|pairs?|couple|single)(?![a-z])|[0-9]+"
)
_REQUEST = re.compile(
    r"\?|(?<![a-z])(?:how|what|which|find|calculate|compute|determine|tell|work out|give)(?![a-z])"
)
_TERSE = re.compile(
    r"(?:what is|what's|find|compute|calculate|evaluate|determine|how much is)(?![a-z])[^.]*\W*"
)
_TERSE_WORDS = 9
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


@cache
def taught_words() -> frozenset[str]:
    text = files("scale_core.dialects.abacus").joinpath("words.txt").read_text("utf-8")
    return frozenset(text.split())


def _known(word: str) -> bool:
    words = taught_words()
    word = word.lower().removesuffix("'s").removesuffix("'")
    if word in words or word in _COMMON:
        return True
    stems = [word.removesuffix(end) for end in ("s", "es", "d", "ed", "ing", "er", "ly", "y")]
    return any(len(stem) > 2 and (stem in words or stem + "e" in words) for stem in stems) or (
        "-" in word and all(_known(part) for part in word.split("-") if part)
    )


def familiar_share(text: str) -> float:
    """The share of words that are known; unknown words with a capital, mostly names, count
    neither way unless they open the text."""
    found = _WORD.findall(text)
    counted = [
        word for i, word in enumerate(found) if i == 0 or _known(word) or not word[0].isupper()
    ]
    if not counted:
        return 0.0
    return sum(map(_known, counted)) / len(counted)


def _strange_word(text: str) -> str:
    """The unknown word of a terse request such as "What is the mode of 2 and 3?", where a single
    word makes the problem; in a story one word matters little."""
    words = _WORD.findall(text)
    if len(words) > _TERSE_WORDS or not _TERSE.fullmatch(text.lower()):
        return ""
    return next((word for word in words if word.islower() and not _known(word)), "")


def judge_story(text: str) -> tuple[str, str]:
    """(why it is surely outside, or nothing; what is doubtful, or nothing)."""
    low = text.lower()
    numbers = _NUMBER.findall(low)
    if not numbers:
        return "There is no number in it to calculate with.", ""
    share = familiar_share(text)
    if share < FOREIGN:
        return "Most of its words are unknown to the model, or it is not English.", ""
    if strange := _strange_word(text):
        return f"I do not know what '{strange[:20]}' means here.", ""
    if len(numbers) < 2:
        return "It has only one number, so there is nothing to calculate with it.", ""
    largest = max((number for number in numbers if number.isdigit()), key=len, default="0")
    if len(largest) > MAX_DIGITS:
        return f"A number has more than {MAX_DIGITS} digits.", ""
    return "", _doubts(low, numbers, share)


def _doubts(low: str, numbers: list[str], share: float) -> str:
    if not _REQUEST.search(low):
        return "It does not ask for anything; a question at the end would help."
    if share < FAMILIAR:
        return "It uses many words that the model was never taught, so it may be misread."
    if any(number.isdigit() and int(number) > MAX_VALUE for number in numbers):
        return f"It has numbers above {MAX_VALUE}, the largest that stories were taught with."
    if re.search(r"[0-9]/[0-9]", low):
        return "It has a fraction, which stories were not taught with."
    return ""
