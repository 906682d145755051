"""The embedded model's dialect: its prompts and how its replies are read."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.dialects.abacus.dialect import AbacusDialect, prompt
from scale_core.engines.base import Finish, Sample, Token
from scale_core.problem import Mode, Plan, SubProblem

DIALECT = AbacusDialect()
ONE, TWO = Mode.SYSTEM1, Mode.SYSTEM2
PROBLEM = "a = 3. What is (a*48+125) mod 13?"
QUICK = settings(max_examples=30, deadline=None, derandomize=True)


def sample(text: str, finish: Finish = "stop", tokens: tuple[Token, ...] = ()) -> Sample:
    return Sample(0, text, finish, len(text) + 1, None, tokens)


def token(text: str, odds: Mapping[str, float]) -> Token:
    alternatives = tuple((t, math.log(p)) for t, p in odds.items())
    return Token(text, math.log(odds[text]), alternatives)


def read(outline: str) -> Plan:
    plan = DIALECT.read_outline(sample(outline))
    assert isinstance(plan, Plan), plan
    return plan


PLAN = read("a=3;#1=a*48;#2=#1+125;#3=#2%13")
ONE_STEP = DIALECT.single_step("How many apples?")
RESULTS = {"1": "144", "2": "269"}


def body(asked: object, role: str) -> str:
    head, tail = f"<|{role}|>", "<|go|>"
    assert isinstance(asked, str)
    assert asked.startswith(head)
    assert asked.endswith(tail)
    return asked[len(head) : -len(tail)]


def test_prompt_form() -> None:
    assert prompt("rate", "2+3") == "<|rate|>2+3<|go|>"


@pytest.mark.parametrize(
    ("role", "asked"), [("outline", DIALECT.outline(PROBLEM)), ("cot", DIALECT.chain(PROBLEM))]
)
def test_whole_problem_prompts(role: str, asked: str) -> None:
    assert body(asked, role) == PROBLEM


def test_outline_becomes_a_plan() -> None:
    assert PLAN.givens == (("a", "3"),)
    assert PLAN.steps == (
        SubProblem("1", "#1", "a*48"),
        SubProblem("2", "#2", "#1+125", ("1",)),
        SubProblem("3", "#3", "#2%13", ("2",)),
    )
    assert PLAN.text == "a=3;#1=a*48;#2=#1+125;#3=#2%13"


def test_named_steps_and_repeated_references() -> None:
    plan = read("x=2+3;y=x*x;#1=y-x")
    assert [(s.id, s.name, s.depends_on) for s in plan.steps] == [
        ("1", "x", ()),
        ("2", "y", ("1",)),
        ("3", "#1", ("2", "1")),
    ]


@pytest.mark.parametrize(
    ("text", "finish", "words"),
    [
        ("let me think", "stop", "no well-formed"),
        ("", "stop", "no well-formed"),
        ("#1=2+3", "length", "cut off"),
        ("#1=2+3", "abort", "cut off"),
    ],
)
def test_refused_outlines_say_why(text: str, finish: Finish, words: str) -> None:
    refused = DIALECT.read_outline(sample(text, finish))
    assert isinstance(refused, str)
    assert words in refused


@pytest.mark.parametrize(
    ("text", "count", "index"),
    [
        ("A", 2, 0),
        ("B", 2, 1),
        ("C", 2, None),
        ("", 2, None),
        ("AB", 2, None),
        ("a", 2, None),
        ("1", 2, None),
        ("@", 2, None),
        (" A", 2, None),
        ("H", 8, 7),
        ("`", 32, 31),
    ],
)
def test_choice(text: str, count: int, index: int | None) -> None:
    assert DIALECT.read_choice(sample(text), count) == index


def test_choose_lists_the_outlines() -> None:
    asked = DIALECT.choose(PROBLEM, [read("#1=2+3"), read("#1=4*5")])
    assert body(asked, "choose") == f"{PROBLEM}\nA:#1=2+3\nB:#1=4*5"


@pytest.mark.parametrize(
    ("step", "results", "asked"),
    [
        ("1", None, "a=3;#1=a*48"),
        ("2", None, "a=3;#1=a*48;#2=#1+125"),
        ("3", None, "a=3;#1=a*48;#2=#1+125;#3=#2%13"),
        ("1", {}, "3*48"),
        ("2", {"1": "144"}, "144+125"),
        ("3", RESULTS, "269%13"),
        ("2", {}, "a=3;#1=a*48;#2=#1+125"),
    ],
)
def test_rate_prompts(step: str, results: dict[str, str] | None, asked: str) -> None:
    found = DIALECT.rate(PROBLEM, PLAN, PLAN.by_id[step], results)
    assert body(found, "rate") == asked


def test_rate_prompt_of_a_question() -> None:
    options: tuple[dict[str, str] | None, ...] = (None, {})
    for results in options:
        found = DIALECT.rate("How many apples?", ONE_STEP, ONE_STEP.last, results)
        assert body(found, "rate") == "How many apples?"


@pytest.mark.parametrize(
    ("text", "expected", "rating"),
    [
        ("0", False, 0.0),
        ("9", False, 1.0),
        ("3", False, 1 / 3),
        ("", False, None),
        ("10", False, None),
        ("x", False, None),
        ("-1", False, None),
        ("³", False, None),
        (" 3", False, None),
        ("3", True, 1 / 3),
        ("", True, None),
        ("x", True, None),
    ],
)
def test_written_ratings(text: str, expected: bool, rating: float | None) -> None:
    assert DIALECT.read_rating(sample(text), expected) == pytest.approx(rating)


@pytest.mark.parametrize(
    ("odds", "rating"),
    [
        ({"9": 1.0}, 1.0),
        ({"12": 1.0}, None),
        ({"3": 0.5, "89": 0.5}, 1 / 3),
        ({"": 1.0}, None),
        ({"0": 0.5, "9": 0.5}, 0.5),
        ({"3": 0.3, "6": 0.3}, 0.5),
        ({"9": 0.2, "x": 0.8}, 1.0),
        ({"3": 0.9, "<|end|>": 0.1}, 1 / 3),
        ({"x": 1.0}, None),
    ],
)
def test_expected_ratings(odds: dict[str, float], rating: float | None) -> None:
    first = next(iter(odds))
    found = DIALECT.read_rating(sample(first, tokens=(token(first, odds),)))
    assert found == pytest.approx(rating)


def test_expected_rating_counts_the_sampled_digit_outside_the_alternatives() -> None:
    rare = Token("0", math.log(0.25), (("9", math.log(0.75)),))
    assert DIALECT.read_rating(sample("0", tokens=(rare,))) == pytest.approx(0.75)


def test_sampled_reading_ignores_the_probabilities() -> None:
    tokens = (token("9", {"9": 0.1, "0": 0.9}),)
    assert DIALECT.read_rating(sample("9", tokens=tokens), expected=False) == 1.0


def test_tokens_without_probabilities_fall_back_to_the_written_number() -> None:
    assert DIALECT.read_rating(sample("7", tokens=(Token("7"),))) == pytest.approx(7 / 9)


@QUICK
@given(
    st.dictionaries(
        st.sampled_from([*"0123456789", "x", "<|end|>"]), st.floats(0.01, 1), min_size=1
    ),
    st.data(),
)
def test_ratings_lie_between_0_and_1(odds: dict[str, float], data: st.DataObject) -> None:
    first = data.draw(st.sampled_from(sorted(odds)))
    rating = DIALECT.read_rating(sample(first, tokens=(token(first, odds),)))
    assert rating is None or 0 <= rating <= 1 + 1e-9


@pytest.mark.parametrize(
    ("step", "results", "text"),
    [
        ("1", {}, "3*48"),
        ("2", {}, "#1+125"),
        ("2", {"1": "144"}, "144+125"),
        ("2", {"1": "-144"}, "-144+125"),
        ("2", {"1": "junk"}, "#1+125"),
        ("2", {"1": "1.5"}, "#1+125"),
        ("3", RESULTS, "269%13"),
    ],
)
def test_fill(step: str, results: dict[str, str], text: str) -> None:
    assert DIALECT.fill(PLAN, PLAN.by_id[step], results) == text


def test_negative_results_get_brackets_on_the_right() -> None:
    plan = read("#1=2-9;#2=5*#1")
    assert DIALECT.fill(plan, plan.last, {"1": "-7"}) == "5*(-7)"


@pytest.mark.parametrize(
    ("step", "results", "words"),
    [
        ("1", {}, None),
        ("2", {"1": "144"}, None),
        ("2", {"1": "1000000"}, "1000000+125 is larger"),
        ("3", {"2": "9999999"}, "larger"),
        ("2", {"1": "junk"}, "not a number"),
        ("2", {}, "not a number"),
    ],
)
def test_refuse(step: str, results: dict[str, str], words: str | None) -> None:
    reason = DIALECT.refuse(PLAN, PLAN.by_id[step], results)
    assert (reason is None) if words is None else (reason is not None and words in reason)


def test_a_question_is_never_refused() -> None:
    assert DIALECT.refuse(ONE_STEP, ONE_STEP.last, {}) is None


@pytest.mark.parametrize(("mode", "role"), [(ONE, "s1"), (TWO, "s2")])
def test_solve_prompts_hold_only_the_filled_operation(mode: Mode, role: str) -> None:
    asked = DIALECT.solve(PROBLEM, PLAN, PLAN.last, RESULTS, mode)
    assert body(asked, role) == "269%13"


@pytest.mark.parametrize(("mode", "role"), [(ONE, "last1"), (TWO, "last2")])
def test_the_question_sees_the_problem_and_earlier_results(mode: Mode, role: str) -> None:
    plan = DIALECT.question_last(PLAN, PROBLEM)
    assert (plan.last.text, plan.last.depends_on) == (PROBLEM, ("1", "2"))
    assert (plan.givens, len(plan.steps)) == (PLAN.givens, 3)
    asked = DIALECT.solve(PROBLEM, plan, plan.last, RESULTS, mode)
    assert body(asked, role) == f"{PROBLEM}\n3*48=144\n144+125=269"


@pytest.mark.parametrize(("mode", "role"), [(ONE, "last1"), (TWO, "last2")])
def test_a_single_step_sees_the_problem(mode: Mode, role: str) -> None:
    asked = DIALECT.solve("How many apples?", ONE_STEP, ONE_STEP.last, {}, mode)
    assert body(asked, role) == "How many apples?"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("5", "5"),
        ("-5", "-5"),
        ("0", "0"),
        ("123456789", "123456789"),
        ("1234567890", None),
        ("", None),
        ("5.5", None),
        ("1/2", None),
        ("?", None),
        ("five", None),
        (" 5", None),
        ("5 ", None),
        ("5\n", None),
        ("+5", None),
        ("--5", None),
        ("2+3=5", None),
        ("5;", None),
    ],
)
def test_system_1_results(text: str, result: str | None) -> None:
    assert DIALECT.read_result(sample(text), ONE) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("=5", "5"),
        ("3+2=5;=5", "5"),
        ("1=2;=-7", "-7"),
        ("a=?", None),
        ("=", None),
        ("", None),
        ("=5 ", None),
        ("=5;", None),
        ("=5.5", None),
        ("2+3=5 so", None),
        ("=5\n", None),
    ],
)
def test_system_2_results(text: str, result: str | None) -> None:
    assert DIALECT.read_result(sample(text), TWO) == result
    assert DIALECT.read_answer(sample(text)) == result


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("finish", ["length", "abort"])
def test_unfinished_results_are_not_read(mode: Mode, finish: Finish) -> None:
    assert DIALECT.read_result(sample("=5" if mode is TWO else "5", finish), mode) is None


def test_verify_prompt() -> None:
    asked = DIALECT.verify(PROBLEM, PLAN, PLAN.last, RESULTS, "9")
    assert body(asked, "verify") == "269%13=9"


def test_a_question_cannot_be_verified() -> None:
    assert DIALECT.verify("How many?", ONE_STEP, ONE_STEP.last, {}, "9") is None


END = Token("<|end|>", -0.1)


@pytest.mark.parametrize(
    ("text", "odds", "probability"),
    [
        ("5;y", {"y": 0.8, "n": 0.2}, 0.8),
        ("5;n", {"y": 0.3, "n": 0.7}, 0.3),
        ("5;y", {"y": 0.4, "n": 0.1}, 0.8),
        ("5;y", {"y": 0.6, "x": 0.4}, 1.0),
        ("5;n", {"n": 0.6, "x": 0.4}, 0.0),
        ("y", {"y": 0.5, "n": 0.5}, 0.5),
    ],
)
def test_verdict_probabilities(text: str, odds: dict[str, float], probability: float) -> None:
    tokens = (*map(Token, text[:-1]), token(text[-1], odds), END)
    assert DIALECT.read_verdict(sample(text, tokens=tokens)) == pytest.approx(probability)


def test_the_last_verdict_token_counts() -> None:
    tokens = (token("n", {"n": 1.0}), token("y", {"y": 0.9, "n": 0.1}), END)
    assert DIALECT.read_verdict(sample("ny", tokens=tokens)) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("text", "finish", "probability"),
    [
        ("5;y", "stop", 1.0),
        ("5;n", "stop", 0.0),
        ("5;y", "length", None),
        ("5;n", "abort", None),
        ("", "stop", None),
        ("5;", "stop", None),
        ("yes", "stop", None),
        ("y.", "stop", None),
    ],
)
def test_verdicts_without_probabilities(
    text: str, finish: Finish, probability: float | None
) -> None:
    assert DIALECT.read_verdict(sample(text, finish)) == probability


@pytest.mark.parametrize("text", ['He said "7"', r"\frac{1}{2}", "two\nlines", "x" * 3000])
def test_any_problem_can_be_a_single_step(text: str) -> None:
    plan = DIALECT.single_step(text)
    assert body(DIALECT.solve(text, plan, plan.last, {}, TWO), "last2") == text
    assert DIALECT.fill(plan, plan.last, {}) == text


def test_a_single_step_of_a_huge_number_is_no_exception() -> None:
    text = "9" * 5000 + "+1"
    plan = DIALECT.single_step(text)
    assert DIALECT.fill(plan, plan.last, {}) == text


def test_limits_hold_the_longest_taught_replies() -> None:
    limits = DIALECT.limits
    assert limits.rate >= 2
    assert limits.choose >= 2
    assert limits.system1 >= len("-123456789") + 1
