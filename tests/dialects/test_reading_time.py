"""Every reader of text is bounded in length and in time: problems, replies, answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import pytest

from scale_core.answers import text as answers
from scale_core.answers import values
from scale_core.answers.extraction import extract
from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.dialects.chat.dialect import ChatDialect
from scale_core.engines.base import Sample
from scale_core.problem import Mode
from tests.attacks import at_most, attacks, patterns

SECONDS = 2.0
LENGTHS = (answers.MAX_CHARS - 10, 100_000)
"""As long as an answer and a problem may be, and far longer than anything is read."""
FOLDERS = ("scale_core.answers", "scale_core.dialects", "scale_core.engines.think")

ABACUS, CHAT, PUBLISHED = AbacusDialect(), ChatDialect(), ChatDialect("published")


def reply(text: str) -> Sample:
    return Sample(0, text, "stop", 9)


def compared(text: str) -> None:
    """What a comparison does in this process before it asks the worker."""
    if len(text) > answers.MAX_CHARS:
        return
    text = answers.clean(text)
    for other in ("15 cm", "even", "(1, x)", "3:30 PM", "x + 1, 2"):
        values.compare(text, answers.clean(other))
    values.compare(text, answers.clean(f"{text[:-3]}1"))
    answers.option_letter(text)
    answers.latex(text)


def prompted(text: str) -> None:
    plan = PUBLISHED.single_step(text)
    for dialect in (CHAT, PUBLISHED):
        dialect.outline(text)
        dialect.rate(text, plan, plan.last, {"1": text})
        dialect.solve(text, plan, plan.last, {"1": text}, Mode.SYSTEM1)
        dialect.verify(text, plan, plan.last, {}, text)
        dialect.extract(text, text, text)


READERS: dict[str, Callable[[str], object]] = {
    "answer in a reply": extract,
    "number": values.canonical_number,
    "comparison": compared,
    "abacus problem": ABACUS.read_problem,
    "abacus outline": lambda text: ABACUS.read_outline(reply(text)),
    "abacus result": lambda text: ABACUS.read_result(reply(text), Mode.SYSTEM2),
    "abacus claim": ABACUS.claim,
    "chat problem": CHAT.read_problem,
    "chat outline": lambda text: CHAT.read_outline(reply(text)),
    "chat choice": lambda text: CHAT.read_choice(reply(text), 3),
    "chat rating": lambda text: CHAT.read_rating(reply(text)),
    "chat result": lambda text: CHAT.read_result(reply(text), Mode.SYSTEM2),
    "chat verdict": lambda text: CHAT.read_verdict(reply(text)),
    "chat claim": lambda text: CHAT.claim(text, "problem"),
    "chat prompts": prompted,
}


@cache
def hostile() -> tuple[str, ...]:
    """An attack of each length on each pattern that reads text, and what once was slow."""
    texts = ["15 " + "a" * 70 + "!", "|" * 50_000, "<" * 50_000]
    for found in patterns().values():
        if found.module.startswith(FOLDERS):
            for length in LENGTHS:
                texts.append(random.Random(0).choice([*attacks(found.pattern, length)]))
    return tuple(texts)


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_no_reader_is_slow(name: str) -> None:
    for text in hostile():
        with at_most(SECONDS):
            READERS[name](text)


@pytest.mark.parametrize("name", READERS)
def test_a_megabyte_is_cut_before_it_is_read(name: str) -> None:
    for text in ("x" * 10**6, "1 " * 500_000, "\\boxed{" * 150_000, "\n1. a" * 200_000):
        with at_most(SECONDS):
            READERS[name](text)
