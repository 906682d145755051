"""Answers: a table of comparisons, properties, hostile texts, and the worker's limits."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.answers import grouping as answers
from scale_core.answers import worker
from scale_core.answers.grouping import (
    canonical_number,
    compare,
    compare_async,
    extract,
    group,
    group_async,
    majority,
    majority_async,
)

EQ, NE, UNSURE = "equal", "different", "could not tell"
SLACK = 60.0
"""Seconds that a bounded check may take on a busy machine: start, limit, and a restart."""


@pytest.fixture(scope="module", autouse=True)
def _end_worker() -> Iterator[None]:
    yield
    answers.close()


NUMBERS = [
    ("1/2", "0.5", EQ),
    ("1/2", r"\frac{1}{2}", EQ),
    ("1/2", r"\dfrac12", EQ),
    ("1/2", "$0.50$", EQ),
    ("1/2", "-1/2", NE),
    ("-1/2", r"-\frac{1}{2}", EQ),
    ("-1/2", r"\frac{-1}{2}", EQ),
    ("1/3", "0.3333", NE),
    ("1250", "1,250", EQ),
    ("1250", "1{,}250", EQ),
    ("1250", "1 250", EQ),
    ("1250", "1,250.", EQ),
    ("1250000.5", "1,250,000.50", EQ),
    ("12", "1,2", NE),
    ("15", "x = 15", EQ),
    ("x=15", "15", EQ),
    ("x=15", "y=15", NE),
    ("15", r"\boxed{15}", EQ),
    ("15", r"\(15\)", EQ),
    ("15", "**15**", EQ),
    ("15", "+15", EQ),
    ("15", "\u221215", NE),
    ("-15", "\u221215", EQ),
    ("15", "015", EQ),
    ("15", "$15", EQ),
    ("15", "15 apples", EQ),
    ("15 apples", "15 Apple", EQ),
    ("15 cm", r"15\text{ cm}", EQ),
    ("5 km", "5 miles", UNSURE),
    ("5 km", "5000 meters", UNSURE),
    ("5", "5 thousand", UNSURE),
    ("30", r"30^\circ", EQ),
    ("50%", r"50\%", EQ),
    ("50%", "0.5", UNSURE),
    ("50%", "50", UNSURE),
    ("50%", "51", NE),
    ("1 1/2", "3/2", EQ),
    ("1 1/2", "11/2", NE),
    (r"1\frac{1}{2}", "1.5", EQ),
    ("1500", "1.5e3", EQ),
    ("1500", r"1.5 \times 10^{3}", EQ),
    ("0", "-0", EQ),
    (".5", "1/2", EQ),
    ("0.1", "0.10000000000000000000000000000001", NE),
    ("9" * 1500, "9" * 1499 + "8", NE),
]
WORDS = [
    ("Paris", "paris.", EQ),
    ("Tuesday", "Wednesday", NE),
    ("the moon", "Moon", EQ),
    ("Paris", "the city of Paris", UNSURE),
    ("15", "fifteen", UNSURE),
    (r"\text{even}", "even", EQ),
    (r"\text{even}", r"\text{odd}", NE),
    ("yes", "no", NE),
    ("(A)", "A", EQ),
    ("A.", "B", NE),
    ("", "", UNSURE),
    ("5", "  ", UNSURE),
]
SYMBOLIC = [
    ("1/2004!", "1/2006!", NE),
    ("1-1/e", "1+1/e", NE),
    ("1/2^99", "1/2^98", NE),
    ("1/2^{99}", "2^{-99}", EQ),
    ("y=2x+3", "y=2x-3", NE),
    ("2x+4y=6", "x+2y=3", EQ),
    ("2x+4y=6", "x+2y=4", NE),
    ("y=2x+3", "2x-y+3=0", EQ),
    ("1,2,3,...", "1,2,4,...", UNSURE),
    (r"1,2,\ldots,10", r"1,3,\ldots,10", UNSURE),
    ("0.333...", "1/3", UNSURE),
    ("sqrt(2)/2", r"\frac{1}{\sqrt{2}}", EQ),
    (r"\sqrt{2}", "1.41421356", NE),
    (r"\pi", "3.14159265358979323846", NE),
    ("2pi", r"2\pi", EQ),
    (r"\sqrt{4}", "2", EQ),
    ("2^{10}", "1024", EQ),
    ("(x+1)^2", "x^2+2x+1", EQ),
    ("(x+1)^2", "x^2+1", NE),
    ("x+1", "y+1", NE),
    (r"\sin^2 x+\cos^2 x", "1", EQ),
    (r"\sqrt{x^2}", "x", NE),
    (r"\{1,2\}", r"\{2,1\}", EQ),
    (r"\{1,2\}", r"\{1,2,3\}", NE),
    ("(1,2)", "(2,1)", NE),
    ("(1,2)", "(1, 2)", EQ),
    ("[1,2)", "[1,2]", NE),
    ("x>2", "2<x", EQ),
    ("x>2", "x<2", NE),
    ("1<x<2", "(1,2)", EQ),
    (r"(-\infty,2)\cup(3,\infty)", r"(3,\infty)\cup(-\infty,2)", EQ),
    (r"\infty", r"-\infty", NE),
    (r"e^{i\pi}", "-1", EQ),
    (r"\ln 2", r"\log 2", UNSURE),
    ("12_{8}", "12", UNSURE),
    ("1/0", "2/0", UNSURE),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}1\\3\end{pmatrix}", NE),
    (r"\frac{x}{2}", "0.5x", EQ),
    ("9x%", "9x", UNSURE),
]
HOSTILE = [
    "__import__('os').system('touch HACKED')",
    "open('HACKED','w')",
    "exec(1)",
    r"9^{9^{9^9}}",
    r"(10^{10})!",
    "{" * 900 + "}" * 900,
    "(" * 1900,
    r"\boxed{" * 200,
    r"\frac{" * 300,
    "\u0661\u0665",
    "\uff11\uff15",
    "15\x00",
    "\U0001f600",
    r"\input{/etc/passwd}",
    r"\sum_{n=1}^{10^{99}} n^n",
    "x" * 2001,
    "^^__^^",
    "1" + "+1" * 900,
]


@pytest.mark.parametrize(("expected", "answer", "verdict"), NUMBERS + WORDS + SYMBOLIC)
def test_table(expected: str, answer: str, verdict: str) -> None:
    found = compare(expected, answer)
    assert found.verdict == verdict, found.reason
    assert found.reason.endswith(".")
    if verdict != EQ:
        assert compare(answer, expected).verdict == verdict


def test_the_fast_path_needs_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_worker", None)
    for expected, answer, verdict in NUMBERS[:13] + WORDS:
        assert compare(expected, answer).verdict == verdict


def test_importing_is_light() -> None:
    code = "import sys, scale_core.answers.grouping; print('sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_return_in_time(text: str) -> None:
    start = time.monotonic()
    assert compare("15", text).verdict != EQ
    assert compare(text, "x+1").verdict != EQ
    canonical_number(text)
    extract(text)
    assert time.monotonic() - start < 2 * SLACK
    assert not Path("HACKED").exists()


def test_hostile_sizes() -> None:
    start = time.monotonic()
    deep = "{" * 10_000 + "}" * 10_000
    assert compare(deep, deep).verdict == UNSURE
    assert extract(r"\boxed{" * 10_000) is None
    assert extract(r"\boxed{" * 10_000 + "7" + "}" * 10_000) == "7"
    assert canonical_number("9" * 100_000) is None
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (r"So \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        (r"\boxed{1} and then \boxed{2}", "2"),
        (r"\boxed{3} but \boxed{4", "3"),
        (r"\boxed{\{1,2\}}", r"\{1,2\}"),
        ("The answer is 42.", "42"),
        ("The answer is: **42**", "42"),
        ("First the answer is 3. No:\nFinal answer: $x+1$\nBye", "x+1"),
        ("Steps...\n#### 1,250", "1,250"),
        ("  15 ", "15"),
        ("I do not know", None),
        ("", None),
        ("The answer is", None),
        (r"\boxed{}", None),
        (r"\boxed{" + "1" * 3000 + "}", None),
    ],
)
def test_extract(reply: str, found: str | None) -> None:
    assert extract(reply) == found


calm = settings(deadline=None)
rationals = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)


@calm
@given(rationals)
def test_spellings_of_a_rational_are_equal(q: Fraction) -> None:
    a, b = q.numerator, q.denominator
    spellings = [f"{a}/{b}", rf"\frac{{{a}}}{{{b}}}", f"{2 * a}/{2 * b}", f"x = {a}/{b}."]
    for spelling in spellings:
        assert canonical_number(spelling) == q
        assert compare(spellings[0], spelling).verdict == EQ


@calm
@given(st.integers(-(10**12), 10**12), st.integers(0, 9))
def test_decimals_are_exact(n: int, places: int) -> None:
    q = Fraction(n, 10**places)
    digits = f"{abs(n):0{places + 1}d}"
    whole, rest = digits[: len(digits) - places], digits[len(digits) - places :]
    text = ("-" if n < 0 else "") + f"{int(whole):,}" + (f".{rest}" if rest else "")
    assert canonical_number(text) == q
    assert compare(f"{q.numerator}/{q.denominator}", text).verdict == EQ


@calm
@given(rationals, rationals)
def test_symmetric_on_rationals(a: Fraction, b: Fraction) -> None:
    forth, back = compare(str(a), str(b)), compare(str(b), str(a))
    assert forth.verdict == back.verdict == (EQ if a == b else NE)


@calm
@given(st.text(min_size=1, max_size=60))
def test_reflexive(text: str) -> None:
    blank = not answers.clean(text)
    assert compare(text, text).verdict == (UNSURE if blank else EQ)


@calm
@given(st.text(alphabet="0123456789.,/-+ %$=x{}\\frac^e", max_size=40))
def test_reading_never_fails(text: str) -> None:
    canonical_number(text)
    extract(text)


spelled = st.sampled_from(
    ["1/2", "0.5", r"\frac{1}{2}", "3", "3.0", "x = 3", "3 cm", "3 kg", "50%", "Paris", "paris", ""]
)


@calm
@given(st.lists(spelled, max_size=30), st.randoms())
def test_grouping_is_a_partition_whatever_the_order(values: list[str], rng: random.Random) -> None:
    groups = group(values)
    assert sorted(i for g in groups for i in g) == list(range(len(values)))
    assert groups == sorted(sorted(g) for g in groups)
    shuffled = rng.sample(values, len(values))
    assert sorted(map(len, group(shuffled))) == sorted(map(len, groups))


def test_votes_go_to_values() -> None:
    winner, votes = majority(["1/2", "0.5", r"\frac{1}{2}", "3", "3"])
    assert (winner, votes) == ("1/2", [("1/2", 3), ("3", 2)])
    assert majority(["3", None, "", " ", None]) == ("3", [("3", 1)])
    assert majority([None, ""]) == (None, [])
    assert majority([]) == (None, [])
    assert majority(["2", "1"])[0] == "2"
    assert majority(["0.5", "1/2", "1/2"])[0] == "1/2"
    assert majority(["2", r"\sqrt{4}", "7", "7", "x+x-x", "x", r"\frac{4}{2}"])[1][0] == ("2", 3)


def test_units_in_groups() -> None:
    assert group(["15", "15 apples"]) == [[0, 1]]
    assert group(["15", "5 km", "5 miles", "5"]) == [[0], [1], [2], [3]]


def test_many_answers_are_fast() -> None:
    spellings = ["1/2", "0.5", r"\frac{1}{2}", "3", "3.0", "x = 7", "7", "1,250"]
    values = [spellings[i % 8] for i in range(240)] + [f"{i}/7" for i in range(16)]
    start = time.perf_counter()
    groups = group(values)
    assert time.perf_counter() - start < 1
    assert [len(g) for g in groups[:4]] == [90, 60, 60, 30]


@pytest.mark.slow
def test_a_group_with_hard_answers_ends() -> None:
    start = time.monotonic()
    hard = [rf"{n}^{{9^{{9^9}}}}" for n in range(3, 13)]
    groups = group([*hard, "x+1", "1+x"])
    assert len(groups) >= 10
    assert time.monotonic() - start < answers.MAX_OVERRUNS * SLACK


def children(pid: int | None) -> list[int]:
    """Processes that a process has forked."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


@pytest.mark.slow
def test_an_overrun_is_killed_and_replaced() -> None:
    assert compare("x+2", "2+x").verdict == EQ
    start = time.monotonic()
    found = compare("(10^{9})!", "x+2")
    assert found.verdict == UNSURE
    assert time.monotonic() - start < SLACK
    assert compare("x+3", "3+x").verdict == EQ
    for _ in range(100):  # who has just answered may still be on its way back to waiting
        forks = children(answers._worker.pid)
        states = [Path(f"/proc/{pid}/stat").read_text() for pid in forks]
        if states and not any(" R " in state for state in states):
            return
        time.sleep(0.1)
    pytest.fail("what overran is still running")


@pytest.mark.slow
def test_a_killed_worker_is_replaced() -> None:
    assert compare("x+4", "4+x").verdict == EQ
    pid = answers._worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert compare("x+5", "5+x").verdict in (EQ, UNSURE)
    assert compare("x+6", "6+x").verdict == EQ
    answers.close()
    assert answers._worker.pid is None
    assert compare("x+7", "7+x").verdict == EQ


def test_from_many_threads() -> None:
    pairs = [(f"x+{i}", f"{i}+x") for i in range(20, 40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda p: compare(*p).verdict, pairs))
    assert found == [EQ] * len(pairs)


@pytest.mark.slow
def test_from_asyncio_without_blocking() -> None:
    async def both() -> tuple[str, int]:
        ticks = 0
        task = asyncio.create_task(compare_async("(10^{9})!", "x+50"))
        while not task.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return (await task).verdict, ticks

    verdict, ticks = asyncio.run(both())
    assert verdict == UNSURE and ticks > 20


HARD = [rf"9^{{9^{{9^{{9+{n}i}}}}}}" for n in range(1, 9)]


@pytest.mark.slow
def test_plain_answers_do_not_queue_behind_hostile_ones() -> None:
    """A tower of powers takes its full time; others are answered meanwhile."""

    async def run() -> tuple[list[float], float]:
        assert (await compare_async("x+51", "51+x")).verdict == EQ
        start = time.monotonic()
        hostile = [asyncio.create_task(compare_async(tower, "x+52")) for tower in HARD]
        await asyncio.sleep(0.2)
        waits = []
        for n in range(5):
            asked = time.monotonic()
            assert (await compare_async(f"{n}+1+1", f"{n}+2")).verdict == EQ
            waits.append(time.monotonic() - asked)
        for found in await asyncio.gather(*hostile):
            assert found.verdict != EQ
        return waits, time.monotonic() - start

    waits, whole = asyncio.run(run())
    assert sum(waits) < whole / 2, (waits, whole)


@pytest.mark.slow
def test_one_visitor_cannot_take_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "VISITOR_SECONDS", 4.0)

    def hard(n: int) -> str:
        return compare(rf"7^{{9^{{9^{{9+{n}}}}}}}", "x+53").reason

    token = answers.visitor.set("somebody")
    try:
        assert "longer than" in hard(1)
        start = time.monotonic()
        assert "used up" in hard(2)
        assert time.monotonic() - start < SLACK / 4
        assert compare("x+54", "54+x").verdict == EQ
        answers.visitor.set("somebody else")
        assert "longer than" in hard(3)
    finally:
        answers.visitor.reset(token)


def test_voting_does_not_make_the_event_loop_wait() -> None:
    async def run() -> tuple[float, list[tuple[str, int]]]:
        longest, before = 0.0, time.monotonic()
        task = asyncio.create_task(majority_async([*HARD[:3], "x+61", "61+x", "3", "3.0"]))
        while not task.done():
            await asyncio.sleep(0.01)
            now = time.monotonic()
            longest, before = max(longest, now - before), now
        return longest, (await task)[1]

    longest, votes = asyncio.run(run())
    assert longest < 1.0
    assert ("x+61", 2) in votes and ("3", 2) in votes


def test_plain_values_are_grouped_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_in_thread", None)
    assert asyncio.run(group_async(["1/2", "0.5", "Paris", "3 cm", "paris"])) == [
        [0, 1],
        [2, 4],
        [3],
    ]
    assert asyncio.run(compare_async("1/2", "0.5")).verdict == EQ


def test_the_worker_ends_with_its_parent() -> None:
    code = (
        "import os, signal; from scale_core.answers import grouping;"
        "grouping.compare('x+1', '1+x');"
        "print(grouping._worker.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    pid = int(done.stdout)
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text():
            return
        time.sleep(0.1)
    pytest.fail("the worker outlived its parent")
