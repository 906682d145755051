"""Results, verdicts and choices in the replies of chat models."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.dialects.chat.judgements import choice, token_at, verdict
from scale_core.dialects.chat.results import MAX_RESULT, result
from scale_core.engines.base import Sample, Token

QUICK = settings(max_examples=100, deadline=None)

RESULTS = {
    "boxed": (r"So the sum is \boxed{42}.", "42"),
    "boxed in dollars": (r"Thus $\boxed{42}$", "42"),
    "the last box": (r"First \boxed{1}. No: \boxed{2}.", "2"),
    "nested braces": (r"\boxed{\frac{a}{b^{2}}}", r"\frac{a}{b^{2}}"),
    "box in a box": (r"\boxed{\boxed{7}}", "7"),
    "a set": (r"\boxed{\{1, 2, 3\}}", r"\{1, 2, 3\}"),
    "text in the box": (r"\boxed{\text{Friday}}", r"\text{Friday}"),
    "several values": (r"\boxed{x = 3,\ y = 5}", r"x = 3,\ y = 5"),
    "dollars in the box": (r"\boxed{$5$}", "5"),
    "fbox": (r"\fbox{9}", "9"),
    "no braces": (r"The result: $\boxed 7$", "7"),
    "unclosed last box": (r"\boxed{12} and then \boxed{13", "12"),
    "empty last box": (r"\boxed{12} ... \boxed{}", "12"),
    "instructions repeated after it": (r"\boxed{12}. The answer goes into \boxed{...}.", "12"),
    "placeholder box": (r"Put the result into \boxed{result}.", None),
    "your answer": (r"\boxed{\text{your answer}}", None),
    "thought is not seen here": (r"\boxed{3} <- no", "3"),
    "answer is": ("After all that, the answer is 17.", "17"),
    "final answer, bold": ("**Final Answer:** 17", "17"),
    "hashes": ("blah\n#### 17", "17"),
    "answer over two lines": ("Answer:\n17", "17"),
    "json answer": ('{"answer": 17}', "17"),
    "json answer as text": ('```json\n{"final_answer": "x + 1"}\n```', "x + 1"),
    "json result and prose": ('{"reasoning": "6 times 7", "result": "42"}', "42"),
    "result is": ("We multiply.\nThe result is: $42$", "42"),
    "result:": ("Result: 3/4", "3/4"),
    "bold result": ("**Result:** 3/4", "3/4"),
    "therefore an equation": ("We get x + 2 = 5.\nTherefore: x = 3", "x = 3"),
    "only a number": ("  42 ", "42"),
    "only a number, bold": ("**42**", "42"),
    "number with a unit": ("12 km", "12 km"),
    "last line is an equation": ("We add.\n12 + 30 = 42", "42"),
    "last line in brackets": ("We add.\n\\[\n12 + 30 = 42\n\\]", "42"),
    "last line in dollars": ("We add.\n$$12 + 30 = 42$$", "42"),
    "last line with a full stop": ("So $a = 6 \\cdot 7 = 42$.", "42"),
    "last line is an expression": ("Simplify.\n$2x + 1$", "2x + 1"),
    "a sentence": ("There are many marbles in the bag.", None),
    "a plan, no result": ("1. Count.\n2. Add them all up.", None),
    "a refusal": ("I'm sorry, but I cannot solve this.", None),
    "an equation of words": ("total = red marbles and blue marbles", None),
    "nothing": ("", None),
    "dots": ("...", None),
    "German": ("Ergebnis: 42", "42"),
}


@pytest.mark.parametrize(("reply", "expected"), RESULTS.values(), ids=RESULTS.keys())
def test_results(reply: str, expected: str | None) -> None:
    assert result(reply) == expected


def test_a_cut_reply_has_a_result_only_in_a_box() -> None:
    assert result(r"So \boxed{12}. To check, 12 = 3 \cdot 4", cut=True) == "12"
    assert result("The answer is 12", cut=True) is None
    assert result("12 + 30 = 4", cut=True) is None
    assert result(r"\boxed{1", cut=True) is None


def test_a_result_is_concise_or_none() -> None:
    assert result(rf"\boxed{{{'1' * MAX_RESULT}}}") == "1" * MAX_RESULT
    assert result(rf"\boxed{{{'1' * (MAX_RESULT + 1)}}}") is None


# ---- verdicts ------------------------------------------------------------------------------

VERDICTS = {
    "as asked": ("12 + 30 = 42, as proposed.\nVerdict: yes", 1),
    "as asked, no": ("12 + 30 = 42, not 41.\nVerdict: no", 0),
    "bold": ("**Verdict:** yes", 1),
    "bold all": ("**Verdict: No**", 0),
    "boxed": (r"Verdict: \boxed{\text{yes}}", 1),
    "other words": ("Verdict: Correct", 1),
    "incorrect is no": ("Verdict: incorrect.", 0),
    "the last verdict": ("Verdict: yes\nWait, a sign is wrong.\nVerdict: no", 0),
    "json": ('{"verdict": "no"}', 0),
    "alone": ("Yes", 1),
    "alone with a full stop": ("no.", 0),
    "yes and why": ("Yes, because 6 * 7 = 42.", 1),
    "no and why": ("No. It should be 43.", 0),
    "a sentence": ("Adding again gives 42. The result is correct.", 1),
    "a sentence, not": ("Adding again gives 43, so the proposed result is not correct.", 0),
    "the answer is wrong": ("The answer is wrong", 0),
    "no verdict": ("I add 12 and 30 and get 42.", None),
    "empty": ("", None),
    "yesterday is no yes": ("Yesterday I was wrong about this.", None),
    "thought left inline": ("<think>Verdict: no?</think>Verdict: yes", 1),
    "thought without end": ("<think>Verdict: no", None),
}


@pytest.mark.parametrize(("reply", "expected"), VERDICTS.values(), ids=VERDICTS.keys())
def test_verdicts(reply: str, expected: int | None) -> None:
    assert verdict(Sample(0, reply, "stop", 9)) == expected


def weighed(pieces: list[str | Mapping[str, float]]) -> Sample:
    """A sample of these tokens; of a mapping, the likeliest is the token."""
    tokens = []
    for piece in pieces:
        odds = {piece: 1.0} if isinstance(piece, str) else dict(piece)
        chosen = max(odds, key=lambda t: odds[t])
        others = tuple((t, math.log(p)) for t, p in odds.items())
        tokens.append(Token(chosen, math.log(odds[chosen]), others))
    return Sample(0, "".join(t.text for t in tokens), "stop", len(tokens), tokens=tuple(tokens))


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["Verdict", ":", {" yes": 0.6, " no": 0.3, " maybe": 0.1}], 0.6 / 0.9),
        (["Verdict:", {" yes": 0.5, "\tyes": 0.1, " Yes": 0.1, " no": 0.3}], 0.7),
        (["Verdict:", {" no": 0.9, " yes": 0.1}, "."], 0.1),
        (["Verdict", ":", {" in": 0.8, " correct": 0.2}, "correct"], 0.2),
        (["no", " wait.", " Verdict:", {" yes": 0.75, " no": 0.25}], 0.75),
        ([{"Yes": 0.7, "No": 0.3}], 0.7),
        (["The result is ", {"correct": 0.8, "wrong": 0.2}, "."], 0.8),
        (["Verdict:", {" yes": 0.9, " perhaps": 0.1}], 1.0),
    ],
)
def test_a_verdict_is_a_probability_where_there_are_some(
    pieces: list[str | Mapping[str, float]], expected: float
) -> None:
    probability = verdict(weighed(pieces))
    assert probability is not None
    assert math.isclose(probability, expected)


def test_the_token_at_a_place() -> None:
    tokens = [Token("ab"), Token(""), Token("c"), Token("de")]
    named = [token_at(tokens, i) for i in range(6)]
    assert [t and t.text for t in named] == ["ab", "ab", "c", "de", "de", None]


# ---- choices -------------------------------------------------------------------------------

CHOICES = {
    "a number": ("2", 1),
    "a number with a full stop": ("2.", 1),
    "bold": ("**2**", 1),
    "boxed": (r"\boxed{2}", 1),
    "plan 2": ("Plan 2", 1),
    "version2": ("version2", 1),
    "version3.": ("version3.", 2),
    "a letter": ("B", 1),
    "plan B": ("Plan B is best.", 1),
    "json": ('{"best": 2}', 1),
    "json with words": ('{"plan": 2, "reason": "clear"}', 1),
    "a sentence": ("The best plan is 2.", 1),
    "a sentence about several": ("Plan 1 is vague and plan 3 too long.\nBest: plan 2", 1),
    "an ordinal": ("I would take the second plan.", 1),
    "one number in a short reply": ("I take 2, it is clear", 1),
    "hash": ("#2", 1),
    "out of range": ("4", None),
    "zero": ("0", None),
    "none": ("None of them.", None),
    "undecided": ("Plan 1 and plan 2 are equal.", None),
    "two ordinals": ("The first plan or the second plan.", None),
    "a decimal": ("2.5", None),
    "empty": ("", None),
    "thirteen is not 1 and 3": ("13", None),
}


@pytest.mark.parametrize(("reply", "expected"), CHOICES.values(), ids=CHOICES.keys())
def test_choices(reply: str, expected: int | None) -> None:
    assert choice(reply, 3) == expected


# ---- hostile texts -------------------------------------------------------------------------

MANY = 60_000
HOSTILE = [
    "\\boxed{" * 9000, "\\boxed" * 9000, "{" * MANY, "}" * MANY, "\\" * MANY, "$" * MANY,
    "answer is " * 6000, "result is " * 6000, "= " * 30_000, "=" * MANY, "Verdict: " * 7000,
    "verdict" + " *" * 30_000, "the answer is not " * 3000, "plan " * 12_000, "plan #" * 10_000,
    "1 " * 30_000, "12" * 30_000, "." * MANY, "-" * MANY, " " * MANY, "\n" * MANY, "a" * MANY,
    "\\text{" * 10_000, "*" * MANY, "yes" * 20_000, "<think>" * 9000, "</think>" * 8000,
    "first plan " * 5000, "\u0660" * MANY, "\ud800" * 9000, "1/" * 30_000, "1,000" * 12_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t[:12]))
def test_hostile_texts_do_not_hang(text: str) -> None:
    for whole in (text, f"{text}\n{text[:100]}", f"\\boxed{{5}} {text}"):
        found = result(whole)
        assert found is None or len(found) <= MAX_RESULT
        result(whole, cut=True)
        probability = verdict(Sample(0, whole, "stop", 1, tokens=(Token(whole, -0.1),)))
        assert probability is None or 0 <= probability <= 1
        assert choice(whole, 8) in (None, *range(8))


@QUICK
@given(st.text(alphabet="\\boxed{}$=.:\n 12ab answeris#*<>/think", max_size=200))
def test_any_text_has_a_result_or_none(text: str) -> None:
    found = result(text)
    assert found is None or (found.strip() and len(found) <= MAX_RESULT)
    assert choice(text, 3) in (None, 0, 1, 2)
    assert verdict(Sample(0, text, "stop", 1)) in (None, 0.0, 1.0)
