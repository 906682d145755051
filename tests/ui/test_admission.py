"""Who may start a run and who waits: fair between visitors, bounded in every way, place told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scale_core.ui.admission import Admission, Caller, Rates, Refusal, Turn
from scale_core.ui.ask import Ask
from scale_core.ui.bounds import HOME, PUBLIC, Each, check, table

ROOT = Path(__file__).resolve().parents[2]
SMALL = replace(PUBLIC, at_once=Each(1, 3, 2), waiting=Each(2, 5, 6), a_minute=Each(100, 100, 100))
ANN, BOB, CEM = (Caller(name, f"10.0.0.{i}") for i, name in enumerate(("ann", "bob", "cem")))


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 10))


def places(*turns: Turn) -> list[int]:
    return [0 if turn.come.is_set() else turn.before for turn in turns]


def test_visitors_are_served_in_turn_and_hear_their_place() -> None:
    """Ann has asked for three runs before Bob and Cem ask for one each."""

    async def work() -> None:
        admission = Admission(SMALL)
        first, second, third = (admission.enter(ANN) for _ in range(3))
        bob, cem = admission.enter(BOB), admission.enter(CEM)
        assert places(first, second, third, bob, cem) == [0, 2, 3, 0, 1]
        heard: list[int] = []
        waits = asyncio.create_task(third.wait(lambda: heard.append(third.before)))
        await asyncio.sleep(0)
        first.leave()
        assert places(cem, second, third) == [0, 1, 2]
        bob.leave()
        assert places(second, third) == [0, 1]
        second.leave()
        await waits
        assert heard == [3, 2, 1]
        for turn in (third, cem):
            turn.leave()
            turn.leave()
        assert (admission.running, admission.waiting) == (0, 0)

    run(work())


def test_who_does_not_wait_any_more_frees_the_place() -> None:
    async def work() -> None:
        admission = Admission(SMALL)
        one, two = admission.enter(ANN), admission.enter(BOB)
        cem, late = admission.enter(CEM), admission.enter(ANN)
        cem.leave()
        assert places(one, two, late) == [0, 0, 1]

    run(work())


@pytest.mark.parametrize(
    ("callers", "words"),
    [
        ([ANN] * 4, "1 of your runs may go on at a time and 2 may wait"),
        ([Caller(str(i), "10.0.0.9") for i in range(9)], "5 runs from your address wait"),
        ([Caller(str(i), f"10.0.1.{i}") for i in range(9)], "the queue is full, 6 runs wait"),
        ([Caller("", "10.0.0.7")] * 9, "5 runs from your address wait"),
    ],
)
def test_what_is_too_much_is_refused_in_words(callers: list[Caller], words: str) -> None:
    async def work() -> None:
        admission = Admission(SMALL)
        for caller in callers[:-1]:
            with contextlib.suppress(Refusal):
                admission.enter(caller)
        with pytest.raises(Refusal, match=words):
            admission.enter(callers[-1])
        admission.close()
        with pytest.raises(Refusal, match="about to be stopped"):
            admission.enter(Caller("new", "10.9.9.9"))

    run(work())


def test_rates_count_a_minute_by_visitor_address_and_in_all() -> None:
    now = 1000.0
    rates = Rates(Each(2, 3, 4), "start runs", lambda: now)
    rates.count(ANN)
    rates.count(ANN)
    with pytest.raises(Refusal, match=r"one visitor .* at most 2 times a minute .* in 60 s"):
        rates.count(ANN)
    rates.count(replace(ANN, visitor="ann's other name"))
    with pytest.raises(Refusal, match="one address"):
        rates.count(replace(ANN, visitor="a third name"))
    rates.count(BOB)
    with pytest.raises(Refusal, match="all visitors together"):
        rates.count(CEM)
    now += 61
    for caller in (ANN, ANN, BOB, CEM):
        rates.count(caller)


def test_nobody_is_remembered_for_longer_than_that() -> None:
    now = 0.0
    rates = Rates(Each(9, 9, 10**6), "ask", lambda: now)
    for i in range(1000):
        rates.count(Caller(str(i), str(i)))
    now = 200.0
    rates.count(ANN)
    assert len(rates._times) == 3


# ---- bounds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (Ask("7" * 2001), "a problem has at most 2,000 characters"),
        (Ask("7", "5" * 300), "an expected answer has at most 200"),
        (Ask("7", lanes=("scale",) * 7, budget="4"), "a duel has at most 6 lanes"),
        (Ask("7", options={"outlines": 32}), "outlines may be at most 8 here, not 32"),
        (Ask("7", options={"samples": 17}), "samples may be at most 16"),
        (Ask("7", options={"system2_samples": 64}), "system2_samples may be at most 16"),
        (Ask("7", options={"system2_max_tokens": 131072}), "system2_max_tokens may be at most"),
        (Ask("7", settings={"pulls": 64}), "pulls may be at most 16"),
    ],
)
def test_a_public_app_refuses_what_is_too_much(ask: Ask, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check(ask, PUBLIC)
    if len(ask.answer) < 201:
        check(ask, HOME)


def test_the_readme_has_the_table() -> None:
    assert table() in (ROOT / "README.md").read_text("utf-8")
