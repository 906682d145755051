"""Plans that are lists of calculations: what is found, how, and what came to mind at once."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.dialects.chat.arithmetic import value_of
from scale_core.dialects.chat.calculations import read_calculations
from scale_core.problem import Plan
from scale_core.trace.events import Token

MELONS = """\
1. melons in the crates: 5 * 12 = 60
2. melons left: 60 - 18 = 42
3. bad ones: 42 / 2 = 21"""


def plan(text: str, tokens: tuple[Token, ...] = ()) -> Plan:
    found = read_calculations(text, tokens)
    assert isinstance(found, Plan), found
    return found


def drafts(text: str) -> list[str]:
    return [d.result for d in plan(text).drafts]


def test_a_line_is_a_sub_problem_and_its_result_a_draft() -> None:
    found = plan(MELONS)
    assert [s.text for s in found.steps] == ["melons in the crates", "melons left", "bad ones"]
    assert [s.depends_on for s in found.steps] == [(), ("1",), ("2",)]
    assert [(d.step, d.result, d.sure) for d in found.drafts] == [
        ("1", "60", None), ("2", "42", None), ("3", "21", None),
    ]  # fmt: skip


TWO_LISTS = """\
1. Find how many melons are in the crates.
2. Find how many melons are left.
3. Find half of them.

1. 5 * 12 = 60
2. 60 - 18 = 42 melons
3. 42 / 2 = 21

So 21 melons go bad."""


ROOTS = """\
1. Find the roots of the equation n^2 - 10n + 21 = 0.
2. Find between which of them it is negative.
3. Sum the integers there.

1. n^2 - 10n + 21 = (n - 3)(n - 7)
2. It is negative for 3 < n < 7.
3. They are 4, 5 and 6. The sum is 4 + 5 + 6 = 15"""


def test_an_equation_may_be_part_of_what_is_to_be_found() -> None:
    """Where another list with the same numbers calculates; one list of equations is calculations,
    also if it is said twice."""
    found = plan(ROOTS)
    assert [s.text for s in found.steps] == [
        "Find the roots of the equation n^2 - 10n + 21 = 0.",
        "Sum the integers there.",  # the second calculates nothing
    ]
    assert found.drafts[-1].result == "15"
    for text in (MELONS, f"{MELONS}\n\n{MELONS}"):
        assert [s.text for s in plan(text).steps] == [s.text for s in plan(MELONS).steps]


def test_a_list_of_what_is_to_be_found_names_the_calculations_below_it() -> None:
    found = plan(TWO_LISTS)
    assert [s.text for s in found.steps] == [
        "Find how many melons are in the crates.",
        "Find how many melons are left.",
        "Find half of them.",
    ]
    assert [s.depends_on for s in found.steps] == [(), ("1",), ("2",)]
    assert drafts(TWO_LISTS) == ["60", "42", "21"] and not found.givens


@pytest.mark.parametrize(
    ("below", "steps", "results", "givens"),
    [
        ("1. 16 eggs a day\n2. 16 - 3 = 13\n3. 13 * 2 = 26", ["b", "c"], ["13", "26"],
         (("a", "16"),)),  # a value that is only stated
        ("1. 4 + 3 = 7\n2. 7 - 2 = 5", ["a", "b"], ["7", "5"], ()),  # the last one says no more
        ("1. 4 + 3 = 7\n2. 7 - 2 = 5\n3. 5", ["a", "b"], ["7", "5"], (("c", "5"),)),
        ("1. 1 + 1 = 2\n2. 2 + 1 = 3\n3. 3 + 1 = 4\n4. 4 + 1 = 5", ["a", "b", "c", "4 + 1"],
         ["2", "3", "4", "5"], ()),  # one that nobody announced
        ("First we add:\n\\[ 4 + 3 = 7 \\]\nThen\n\\[ 7 \\times 2 = 14 \\]\nso 14.", ["a", "c"],
         ["7", "14"], ()),  # not numbered at all
    ],
)  # fmt: skip
def test_calculations_find_their_names(
    below: str, steps: list[str], results: list[str], givens: tuple[tuple[str, str], ...]
) -> None:
    found = plan(f"1. a\n2. b\n3. c\n\n{below}")
    assert [s.text for s in found.steps] == steps and found.givens == givens
    assert [d.result for d in found.drafts] == results


def test_a_story_told_before_its_calculation_is_no_sub_problem() -> None:
    found = plan(
        "1. Roger had 16 dollars.\n2. He got 28 more, so he has 16 + 28 = 44 dollars.\n"
        "3. He spent 25, so he has 44 - 25 = 19."
    )
    assert [s.text for s in found.steps] == ["He got 28 more, so he has", "He spent 25, so he has"]
    assert [(d.step, d.result) for d in found.drafts] == [("1", "44"), ("2", "19")]
    assert found.steps[1].depends_on == ("1",)


def test_a_name_on_the_line_above_its_calculation() -> None:
    found = plan("1. Divide the money by the price.\n2. 104 / 26 = 4")
    assert [s.text for s in found.steps] == ["Divide the money by the price."]
    assert drafts("1. Divide the money by the price:\n   104 ÷ 26 = 4\n2. So it is 4.") == ["4"]


def test_a_last_line_that_is_still_to_be_calculated_is_not_passed_over() -> None:
    found = plan("1. both: 4 + 4 = 8\n2. half of that")
    assert [s.text for s in found.steps] == ["both", "half of that"]
    assert found.draft(found.last) is None


def test_an_answer_in_a_box_that_says_something_else_is_doubt() -> None:
    def sure(box: str) -> float | None:
        text = f"{TWO_LISTS}\n\\boxed{{{box}}}"
        return plan(text, (Token(text, -0.1),)).drafts[-1].sure

    assert sure("22") == 0.0
    assert sure("21") == sure("\\text{half}") == pytest.approx(math.exp(-0.1))


def test_what_calculates_nothing_is_given() -> None:
    found = plan("1. rolls baked: 40\n2. price: $3\n3. money: 40 * $3 = $120")
    assert found.givens == (("rolls baked", "40"), ("price", "3"))
    assert [s.text for s in found.steps] == ["money"] and drafts("1. a: 2 + 2 = $4") == ["4"]


@pytest.mark.parametrize(
    ("line", "label", "result"),
    [
        ("1. share of girls: (12 / 20) * 100 = 60%", "share of girls", "60%"),
        ("1) Total cost: $1,200 + $300 = $1,500", "Total cost", "1500"),
        ("1. packs: 104 / 26 = 4 packs", "packs", "4"),
        ("1. Charleston has 4 * 20 = 80 sheep", "Charleston has", "80"),
        ("1. **left**: 7 − 9 = -2", "left", "-2"),
        ("1. a week: (12 * 5) + (24 * 2) = 60 + 48 = 108", "a week", "108"),
        ("1. speed: 7 / 2 = 3.5 km", "speed", "3.5"),
    ],
)
def test_results_are_read_without_their_units(line: str, label: str, result: str) -> None:
    found = plan(line)
    assert [s.text for s in found.steps] == [label]
    assert [d.result for d in found.drafts] == [result]


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("1. the roots: x^2 = 18, so x = 3\\sqrt{2}", "3\\sqrt{2}"),
        ("1. slope: (y2 - y1) / 4 = \\frac{3}{4}.", "\\frac{3}{4}"),
        ("1. 2 * x + 3 * x = 5x", "5x"),
        ("1. area: 3 * 4 = 12\\text{ cm}", "12"),
        ("1. left: total = 4 - 2", None),  # a calculation that goes on
        ("1. left: 4 - 2 = what is left of them", None),
    ],
)
def test_results_may_be_mathematics(line: str, result: str | None) -> None:
    found = plan(f"{line}\n2. more: 1 + 1 = 2")
    assert next((d.result for d in found.drafts if d.step == "1"), None) == result


def test_independent_calculations_do_not_wait_for_each_other() -> None:
    found = plan("1. apples: 3 * 7 = 21\n2. pears: 4 * 6 = 24\n3. fruit: 21 + 24 = 45")
    assert [s.depends_on for s in found.steps] == [(), (), ("1", "2")]


def test_a_line_that_is_repeated_counts_once() -> None:
    pair = "1. a: 2 + 3 = 5\n2. b: 5 - 1 = 4\n"
    assert len(plan(f"{pair}{pair}").steps) == 2


@pytest.mark.parametrize(
    "text", ["", "The answer is 42.", '{"steps": ["add"]}', "1. eggs: 16\n2. eaten: 3", "1. think"]
)
def test_anything_else_is_refused_in_words(text: str) -> None:
    assert isinstance(read_calculations(text), str)


def test_a_drafts_probability_is_that_of_the_tokens_behind_its_colon() -> None:
    pieces = [("1. melons", -0.7), (":", -0.1), (" 5 *", -0.2), (" 12 = 60", -0.3), ("\n", -0.9)]
    pieces += [("2. left:", -2.0), (" 60 - 18 = 42", -0.05)]
    tokens = tuple(Token(text, logprob) for text, logprob in pieces)
    found = plan("".join(text for text, _ in pieces), tokens)
    assert [d.sure for d in found.drafts] == [
        pytest.approx(math.exp(-0.5)), pytest.approx(math.exp(-0.05)),
    ]  # fmt: skip


def test_without_all_probabilities_a_draft_has_none() -> None:
    tokens = (Token("1. a:", -0.1), Token(" 2 + 2 = 4"))
    assert plan("1. a: 2 + 2 = 4", tokens).drafts[0].sure is None
    assert plan("1. a: 2 + 2 = 4", (Token("1. a:", -0.1),)).drafts[0].sure is None


@pytest.mark.parametrize(
    ("line", "slips"),
    [
        ("13 - 15 = 8", True),
        ("35 + 50 - 84 = 13", True),
        ("7 * 42 = 294", False),
        ("20 / 3 = 6.67", False),
        ("20 * 25% = 5", False),
        ("60 + x = 99", False),
        ("(12 * 5) + (24 * 2) = 60 + 48 = 109", True),
        ("1 / 0 = 3", False),
        ("12 / 20 * 100 = 60%", False),
        ("12 / 20 * 100 = 50%", True),
        ("19 red peaches + 4 green peaches = 23 peaches", False),
        ("19 red peaches + 4 green peaches = 24 peaches", True),
        ("15 baskets * 23 peaches/basket = 345 peaches", False),
        ("24 (zoo) + 12 (museum) = 37", True),
        ("2 dozen * 3 = 72", False),
        ("2x + 3 = 7", False),
        ("\\frac{3}{4} \\times 20 = 15", False),
        ("\\frac{3}{4} \\times 20 = 16", True),
        ("91 / 13 = 7.071428571428571", True),
    ],
)
def test_arithmetic_that_is_wrong_is_never_sure(line: str, slips: bool) -> None:
    tokens = (Token(f"1. a: {line}", -0.01),)
    (draft,) = plan(f"1. a: {line}", tokens).drafts
    assert draft.sure == (0.0 if slips else pytest.approx(math.exp(-0.01)))


@given(st.fractions(min_value=-500, max_value=500, max_denominator=1), st.integers(1, 99))
def test_plain_arithmetic_is_exact(a: object, b: int) -> None:
    assert value_of(f"({a}) * {b} / {b}") == a
    assert value_of("9**9**9") is None and value_of("__import__('os')") is None


@settings(max_examples=300, deadline=200)
@given(st.text(alphabet="1234567890.:=*/+-()% $x#\nabc", max_size=400))
def test_any_text_is_read_in_no_time(text: str) -> None:
    found = read_calculations(text)
    assert isinstance(found, str) or found.steps
    read_calculations(f"1. a: {'(' * 4000}2 + 2 = 4\n" * 3)
