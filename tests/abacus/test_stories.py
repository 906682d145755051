"""Word problems in the wide language: right outlines, the same by seed, nobody else's sentences."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.abacus.grammar import Line, evaluate, in_range
from scale_core.abacus.problems import CHAINS, STORIES, make
from scale_core.abacus.words import coming_and_going, parts_compared, riddles
from scale_core.abacus.words.stories import MAKERS, story
from scale_core.abacus.words.tongue import Story, Term, in_words, past, third
from scale_core.dialects.abacus.canonical import canonical
from tests.abacus.elsewhere import collected, rare_runs, runs, signs

COLLECTIONS = Path(__file__).resolve().parents[3] / "shared" / "real" / "data"
COUNT = 100_000
_WORDS = {in_words(n): n for n in range(1, 100)}
# twice, half, a pair, a week, a dozen, and "three times" in words
_MEANT = {2, 3, 4, 5, 6, 7, 10, 12}


def _numbers(text: str) -> set[int]:
    found = {int(n) for n in re.findall(r"[0-9]+", text.replace(",", ""))}
    words = re.findall(r"[a-z]+(?:-[a-z]+)?", text.lower())
    return found | {_WORDS[w] for w in words if w in _WORDS}


@pytest.mark.parametrize("maker", [m for m, _ in MAKERS], ids=lambda m: m.__name__)
def test_every_telling_has_an_outline_of_its_own_numbers(maker: Callable[[Story], Term]) -> None:
    rng = random.Random(maker.__name__)
    for _ in range(150):
        text, lines = story(rng, maker)
        steps = evaluate(lines)
        assert steps, text
        assert all(value >= 0 for _, value in steps), text
        assert set(_literals(lines)) <= _numbers(text) | _MEANT, (text, lines)
        assert "{" not in text and "[" not in text and "|" not in text, text


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_problems_are_the_same_by_seed_within_range_and_canonical(seed: int) -> None:
    for family in (STORIES, CHAINS):
        problem = make(family, random.Random(seed))
        again = make(family, random.Random(seed))
        assert problem == again
        assert problem.steps == tuple(evaluate(problem.outline) or ())
        assert all(in_range(op) for op, _ in problem.steps)
        assert canonical(problem.text) == problem.text


def test_riddles_say_what_their_outline_works_out() -> None:
    rng = random.Random(1)
    for _ in range(200):
        text, lines = story(rng, riddles.unknown_number)
        steps = evaluate(lines)
        assert steps
        x = steps[-1][1]
        found = re.fullmatch(
            r"what number (plus|minus|times) (\d+) (?:is|makes|gives|equals|is equal to) (\d+)\W*",
            text.lower(),
        )
        if found is not None:
            a, c = int(found[2]), int(found[3])
            assert {"plus": x + a, "minus": x - a, "times": x * a}[found[1]] == c


def test_verbs_bend_as_english_ones_do() -> None:
    assert [past(v) for v in ("give away", "carry", "bake", "stop")] == [
        "gave away", "carried", "baked", "stopped",
    ]  # fmt: skip
    assert [third(v) for v in ("catch", "carry", "have", "play")] == [
        "catches", "carries", "has", "plays",
    ]  # fmt: skip


def test_signs_hide_numbers_and_names() -> None:
    assert signs("Anna has forty-seven pens, Ben 1,250.") == ["@", "has", "0", "pens", "@", "0"]


_SIGN = {"more": 1, "plus": 1, "fewer": -1, "less": -1, "minus": -1}


def _told(maker: Callable[[Story], Term], pattern: str) -> Iterator[tuple[re.Match[str], int]]:
    """Stories of a maker told as the pattern says, each with the value of its outline."""
    rng = random.Random(pattern)
    for _ in range(600):
        text, lines = story(rng, maker)
        found = re.search(pattern, text.lower())
        steps = evaluate(lines)
        if found is not None and steps:
            yield found, steps[-1][1]


def test_three_in_line_follow_both_relations() -> None:
    pattern = (
        r"(\d+) (more|fewer|less) [^,.?]+ than [^,.?]+, who (?:had|has) (\d+) (more|fewer|less) "
        r"[^,.?]+\. [^,.?]+ (?:had|has|counts|counted) (\d+) [^,.?]+\. how many [^,.?]+ belong to "
    )
    seen = 0
    for found, answer in _told(parts_compared.three_in_line, pattern):
        d, e, c = (int(found[i]) for i in (1, 3, 5))
        middle = c + _SIGN[found[4]] * e
        assert answer in (middle, middle + _SIGN[found[2]] * d)
        seen += 1
    assert seen > 3


def test_so_many_more_than_twice_as_many_works_both_ways() -> None:
    pattern = (
        r"(\d) times the number of (\w+)'s [\w -]+, (plus|minus) (\d+), (?:is|was) what .+ "
        r"(?:has|had)\. (\w+) (?:has|had) (\d+) "
    )
    seen = 0
    for found, answer in _told(parts_compared.times_and_more, pattern):
        k, d, known = int(found[1]), _SIGN[found[3]] * int(found[4]), int(found[6])
        assert answer == (known * k + d if found[2] == found[5] else (known - d) // k)
        seen += 1
    assert seen > 3


def test_a_surplus_of_those_who_come_does_not_need_their_number() -> None:
    pattern = r"(\d+) [^.?]+\. [^.?]+ (\d+) [^.?]+\. [^.?]* (\d+) [^.?]+\. how many (more|fewer) "
    seen = 0
    for found, answer in _told(coming_and_going.in_and_out, pattern):
        assert answer == abs(int(found[3]) - int(found[1]))
        seen += 1
    assert seen > 3


def test_every_schema_and_every_place_of_the_unknown_is_told() -> None:
    """What the stories must hold enough of, counted by the form of the question and the outline."""
    rng, count = random.Random("schemas"), 4000
    told = [story(rng) for _ in range(count)]
    texts = [text.lower() for text, _ in told]
    forms = {
        "difference": (r"how (many|much) (more|fewer|less)\b.*\bthan\b", 0.05),
        "still missing": (r"how (many|much) more (?!.*\bthan\b)", 0.02),
        "start": (r"(at first|to begin with|in the beginning|before|originally)\W*$", 0.02),
        "each": (r"how many .*\b(each|every|per)\b", 0.04),
        "all": (r"\b(in all|altogether|in total|together|total)\W*$", 0.08),
        "left": (r"\b(left|remain|still)\b", 0.04),
        "measures": (r"how (long|far|old|tall|heavy|wide|deep)\b", 0.02),
        "condition last": (r"\b(if|when|given that) [^?]*, ?how ", 0.08),
        "question first": (r"^(how|what)[^?]*\?.*\.", 0.015),
        "half, third, dozen, twice": (r"\b(half|third|quarter|dozen|twice|pairs)\b", 0.01),
    }
    for name, (pattern, least) in forms.items():
        share = sum(bool(re.search(pattern, text)) for text in texts) / count
        assert share >= least, (name, share)
    steps = [len(lines) for _, lines in told]
    for number, least in ((1, 0.4), (2, 0.3), (3, 0.03)):
        assert steps.count(number) / count >= least, number
    idle = sum(
        len(re.findall(r"[0-9]+", text.replace(",", ""))) > len(_literals(lines))
        for text, (_, lines) in zip(texts, told, strict=True)
    )
    assert idle / count >= 0.15


def _literals(lines: list[Line]) -> list[int]:
    return [o for line in lines for o in line.what.operands if isinstance(o, int)]  # type: ignore[union-attr]


@pytest.mark.slow
@pytest.mark.skipif(not COLLECTIONS.exists(), reason="the collections are not here")
def test_no_story_repeats_eight_words_of_a_problem_by_others() -> None:
    rare = rare_runs(collected(COLLECTIONS))
    rng = random.Random("not theirs")
    for _ in range(COUNT):
        text = story(rng)[0]
        assert not (shared := rare.intersection(runs(text))), (text, shared)
