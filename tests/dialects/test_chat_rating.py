"""Ratings in the replies of chat models, as written and as expected under probabilities."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.dialects.chat.judgements import DIGIT, SHARE, Scale, expectation, rating
from scale_core.engines.base import Sample, Token

QUICK = settings(max_examples=100, deadline=None)

DIGITS = {
    "7": 7 / 9, " 7\n": 7 / 9, "**7**": 7 / 9, "7.": 7 / 9, "0": 0.0, "9": 1.0, "10": 1.0,
    '{"difficulty": 7}': 7 / 9, '```json\n{"difficulty": 7}\n```': 7 / 9,
    "{'difficulty': '7'}": 7 / 9,
    "Difficulty: 7": 7 / 9, "difficulty = 7": 7 / 9, "The difficulty of step 3 is 4.": 4 / 9,
    "Difficulty (0-9): 4": 4 / 9, "On a scale from 0 to 9, I rate this a 4.": 4 / 9,
    "Rating: 4 because step 2 uses #1": 4 / 9, "Step 2 needs 3 sums. Difficulty: 5": 5 / 9,
    "7/10": 0.7, "8 out of 10": 0.8, "7 / 9": 7 / 9, "70%": 0.7, "70 percent": 0.7, "6-8": 7 / 9,
    "6 to 8": 7 / 9, "0.7": 0.7, "0,7": 0.7, ".5": 0.5, "1.0": 1.0, "seven": 7 / 9, "Seven.": 7 / 9,
    "Difficulty: 3\nOn reflection, difficulty: 6": 6 / 9, "<think>9?</think>\n2": 2 / 9,
    "11": None, "-3": None, "100": None, "hard": None, "": None, "<think>9": None,
    "x7": None, "between 6 and 8": None, "somewhere, 3 apples and 5 pears and 7 plums": None,
}  # fmt: skip
SHARES = {
    "0.35": 0.35, " 0.35 ": 0.35, "0": 0.0, "1": 1.0, "1.0": 1.0, ".4": 0.4, "0,4": 0.4, "40%": 0.4,
    "4/10": 0.4, "0.2-0.4": 0.3, "Score: 0.6": 0.6, "The difficulty score is 0.6 (hard).": 0.6,
    "7": None, "1.2": None, "-0.5": None, "easy": None, "": None,
}  # fmt: skip


def close(found: float | None, expected: float | None) -> bool:
    if found is None or expected is None:
        return found is expected
    return math.isclose(found, expected, abs_tol=1e-9)


@pytest.mark.parametrize(("reply", "expected"), DIGITS.items())
def test_digits(reply: str, expected: float | None) -> None:
    assert close(rating(Sample(0, reply, "stop", 2), DIGIT, True), expected)


@pytest.mark.parametrize(("reply", "expected"), SHARES.items())
def test_shares(reply: str, expected: float | None) -> None:
    assert close(rating(Sample(0, reply, "stop", 2), SHARE, False), expected)


def sample(*pieces: str | Mapping[str, float]) -> Sample:
    """Tokens with these probabilities; of a mapping, the first is the one that was drawn."""
    tokens = []
    for piece in pieces:
        odds = {piece: 1.0} if isinstance(piece, str) else dict(piece)
        text = next(iter(odds))
        tokens.append(
            Token(text, math.log(odds[text]), tuple((t, math.log(p)) for t, p in odds.items()))
        )
    shown = "".join(t.text for t in tokens if not t.text.startswith("<|"))
    return Sample(0, shown, "stop", len(tokens), tokens=tuple(tokens))


END = "<|im_end|>"


@pytest.mark.parametrize(
    ("given", "scale", "expected"),
    [
        (sample({"7": 0.5, "3": 0.5}, END), DIGIT, 5 / 9),
        (sample({"7": 0.5, "3": 0.25, "The": 0.25}, END), DIGIT, (7 * 2 + 3) / 3 / 9),
        (sample('{"', "difficulty", '":', " ", {"2": 0.8, "8": 0.2}, "}"), DIGIT, 3.2 / 9),
        (sample('{"', "difficulty", '":', {" 2": 0.8, " 8": 0.2}, "}", END), DIGIT, 3.2 / 9),
        (sample("Difficulty of step 3: ", {"2": 0.8, "8": 0.2}), DIGIT, 3.2 / 9),
        (sample({"7": 1.0}, END), DIGIT, 7 / 9),
        (sample({"0": 0.9, "1": 0.1}, ".", {"6": 0.5, "2": 0.5}, END), SHARE, 0.1 + 0.9 * 0.4),
        (
            sample({"0": 0.9, "1": 0.1}, {".": 0.8, END: 0.2}, {"6": 0.5, "2": 0.5}, END),
            SHARE,
            0.1 + 0.9 * 0.8 * 0.4,
        ),
        (sample("0.", {"3": 0.5, "4": 0.5}, {"5": 0.6, END: 0.4}), SHARE,
         0.5 * 0.4 + 0.5 * (0.6 * 0.35 + 0.4 * 0.3)),
    ],
)  # fmt: skip
def test_the_mean_under_the_probabilities(given: Sample, scale: Scale, expected: float) -> None:
    assert close(rating(given, scale, True), expected)


def test_as_written_where_it_is_not_asked_for_or_there_are_no_probabilities() -> None:
    odds = sample({"7": 0.5, "3": 0.5})
    assert close(rating(odds, DIGIT, False), 7 / 9)
    bare = Sample(0, "7", "stop", 1, tokens=(Token("7"),))
    assert close(rating(bare, DIGIT, True), 7 / 9)
    assert close(rating(Sample(0, "7", "stop", 1), DIGIT, True), 7 / 9)


def test_numbers_of_a_thought_are_not_the_rating() -> None:
    tokens = sample("<think>", {"9": 0.9, "1": 0.1}, "</think>", "2").tokens
    both = Sample(0, "2", "stop", 4, thinking="9", tokens=tokens)
    assert close(rating(both, DIGIT, True), 2 / 9)


def test_a_rating_in_another_scale_is_taken_as_written() -> None:
    assert close(rating(sample({"7": 0.5, "3": 0.5}, "/", "10"), DIGIT, True), 0.7)


@QUICK
@given(
    st.dictionaries(st.sampled_from("0123456789"), st.floats(0.01, 1), min_size=1, max_size=10),
    st.floats(0.1, 1),
)
def test_the_expectation_of_digits_is_their_mean(odds: dict[str, float], rest: float) -> None:
    total = sum(odds.values()) + rest
    shares = {digit: p / total for digit, p in odds.items()}
    found = rating(sample({**shares, "Well": rest / total}, END), DIGIT, True)
    mean = sum(int(d) * p for d, p in odds.items()) / sum(odds.values()) / 9
    assert close(found, mean)


HOSTILE = [
    "1" * 50_000, "difficulty " * 5000, "difficulty" + " " * 50_000 + "3", "0." * 20_000,
    "1-" * 20_000, "step 1 " * 7000, "#" * 50_000, "from 0 to " * 5000, "%" * 50_000,
    "seven " * 9000, "-" * 50_000, "1 of " * 9000, "\u0663" * 20_000, "<think>" * 7000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t[:12]))
def test_hostile_texts_do_not_hang(text: str) -> None:
    for scale in (DIGIT, SHARE):
        found = rating(Sample(0, text, "stop", 1, tokens=(Token(text, -0.1),)), scale, True)
        assert found is None or 0 <= found <= 1


@QUICK
@given(st.text(alphabet="0123456789.,-/% difculty#<>\n", max_size=80))
def test_any_text_is_a_difficulty_or_none(text: str) -> None:
    for scale in (DIGIT, SHARE):
        found = rating(Sample(0, text, "stop", 1, tokens=(Token(text, -0.5),)), scale, True)
        assert found is None or 0 <= found <= 1
        written = scale.difficulty(text)
        if written is not None:
            assert expectation((), scale, written) is None
