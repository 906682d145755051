"""Replies as models in use really write them: results, ratings, verdicts, choices, plans."""

from __future__ import annotations

import pytest

from scale_core.dialects.chat.dialect import ChatDialect
from scale_core.dialects.chat.judgements import DIGIT, choice, rating, verdict
from scale_core.dialects.chat.outline import read_plan
from scale_core.dialects.chat.results import result
from scale_core.engines.base import Sample
from scale_core.problem import Mode

RESULTS = [
    ("The final answer is\n\\[\n42\n\\]", "42"),
    ("The final answer is:\n```\n42\n```", "42"),
    ("The final answer is\n```python\n42\n```\nDone.", "42"),
    ("The final answer is\n\\begin{align*}\n42\n\\end{align*}", "42"),
    ("The final answer is\n$$\n\\frac{1}{2}\n$$\n", "\\frac{1}{2}"),
    ("**Final answer:**\n\\[ x = 5 \\]\n", "x = 5"),
    ("The answer is \\(5\\).", "5"),
    ("<answer>\n42\n</answer>", "42"),
    ("So\n<answer>42</answer>", "42"),
    ("<final_answer>\n x+1\n</final_answer> bye", "x+1"),
    ("<answer>\n42", "42"),
    ("The answer is 12 because 3 times 4 is 12.", "12"),
    ("The answer is 12, since 3*4=12.", "12"),
    ("The answer is 12. This is because 3*4 = 12.", "12"),
    ("The answer is $12$, which is 3 times 4.", "12"),
    ("The answer is Paris because it is the capital.", "Paris"),
    ("The answer is 3/4 (as 6/8 reduces).", "3/4"),
    ("所以答案是：42。", "42"),
    ("因此，x = 5。", "5"),
    ("答案：42", "42"),
    ("最终答案是 \\boxed{7}。", "7"),
    ("Ответ: 42", "42"),
    ("答え：42", "42"),
    ("La réponse est : 42", "42"),
    ("Respuesta: 42", "42"),
    ("So 3 + 4 = 7。", "7"),
    ("The answer is 42。", "42"),
    ("The final answer is $\\boxed{9}$.", "9"),
    ("Answer: \\$12", "\\$12"),
    ("The answer is 1.5", "1.5"),
    ("The final answer is\n\n\\[\n\\begin{aligned}\nx &= 3\\\\\n&= 5\n\\end{aligned}\n\\]", "= 5"),
]
RATINGS = [
    ("Difficulty (0=easy, 9=hard): 7", 7 / 9),
    ("On a scale from 1 to 5: 4", None),
    ("Difficulty (1-5): 4", None),
    ("Rating on a 0-9 scale: 7", 7 / 9),
    ("On a scale from 0 to 9, 7", 7 / 9),
    ("Difficulty (0 = trivial, 9 = practically impossible): 3", 3 / 9),
    ("Scale: 0 (easy) to 9 (hard). Rating: 6", 6 / 9),
    ("Difficulty (0-100): 70", None),
    ("I rate it 3 on a 1-5 scale", None),
    ("Difficulty [0-9]: 5", 5 / 9),
    ("Difficulty（0=easy，9=hard）：7", 7 / 9),
    ("On a scale of 1 to 10, difficulty: 7", None),
    ("Difficulty (0: easy, 9: hard) = 8", 8 / 9),
]
VERDICTS = [
    ("Verdict: no error found, the result is right", 1),
    ("Verdict: No errors.", 1),
    ("Verdict: no mistakes, correct", 1),
    ("Verdict: not wrong", 1),
    ("No issues found. The result is correct.", 1),
    ("Verdict: no", 0),
    ("Verdict: not correct", 0),
    ("No, there is an error", 0),
    ("✅ yes", 1),
    ("[yes]", 1),
    ("Verdict：yes", 1),
    ("**Verdict**： no", 0),
    ("❌", 0),
    ("Verdict: ✅", 1),
    ("Verdict: ❌ no", 0),
    ("✔️ Correct", 1),
    ("[no]", 0),
    ("(yes)", 1),
    ("Verdict: no error in the sum, but the result is wrong", None),
    ("Verdict: [no]", 0),
    ("“yes”", 1),
    ("- yes", 1),
    ("> **yes**", 1),
    ("Verdict: no discrepancy", 1),
    ("Verdict: no, an error was found", 0),
    ("Verdict: there is no error", None),
]
CHOICES = [
    ("**Plan 2**\n\nPlan 1 is too vague to be used.", 1),
    ("Plan 2\nPlan 1 skips a step.", 1),
    ("2\n\nPlan 1 has a flaw; plan 3 is long.", 1),
    ("**Plan 1**\nVague.\n**Plan 2**\nGood.\n\nBest: plan 2", 1),
    ("Plan 1\nVague\nPlan 2\nGood", None),
    ("Plan 1 is vague and plan 3 too long.\nBest: plan 2", 1),
    ("I choose plan 3.\nPlan 1 is worse.", 2),
    ("The best plan is plan 2.\n\nPlan 1 does not use the price.", 1),
    ("B\nPlan A is vague", 1),
    ("### Plan 2\n- unlike plan 1, it is short", 1),
    ("Plan 2: clear.\nPlan 1: vague.\nSo I pick 2.", 1),
    ("Answer: 2\nbecause plan 1 is wrong", 1),
]
PLAN = '{"steps": [{"task": "Find a", "needs": []}, {"task": "Find b", "needs": [1]}]}'
PLANS = [
    (
        "步骤1：数红色弹珠\n步骤2：数蓝色弹珠\n步骤3：把两者相加",
        ["数红色弹珠", "数蓝色弹珠", "把两者相加"],
    ),
    (
        "第一步：数红色弹珠\n第二步：数蓝色弹珠\n第三步：把两者相加",
        ["数红色弹珠", "数蓝色弹珠", "把两者相加"],
    ),
    ("1、数红色弹珠\n2、数蓝色弹珠\n3、把两者相加", ["数红色弹珠", "数蓝色弹珠", "把两者相加"]),
    ("Шаг 1: Найти a\nШаг 2: Найти b", ["Найти a", "Найти b"]),
    ("ステップ1：aを求める\nステップ2：bを求める", ["aを求める", "bを求める"]),
    ("一、数红色弹珠\n二、数蓝色弹珠", ["数红色弹珠", "数蓝色弹珠"]),
    ("（1）数红色弹珠\n（2）数蓝色弹珠", ["数红色弹珠", "数蓝色弹珠"]),
    ("1．数红色弹珠\n2．数蓝色弹珠", ["数红色弹珠", "数蓝色弹珠"]),
    ("第1步：数红色弹珠\n第2步：数蓝色弹珠", ["数红色弹珠", "数蓝色弹珠"]),
    ("**步骤一：** 数红色弹珠\n**步骤二：** 数蓝色弹珠", ["数红色弹珠", "数蓝色弹珠"]),
    ("1단계: a를 구한다\n2단계: b를 구한다", ["a를 구한다", "b를 구한다"]),
    ("Krok 1: x\nKrok 2: y", ["x", "y"]),
    ('["步骤1：数", "步骤2：加"]', ["数", "加"]),
    (
        PLAN + '\nKey facts: ["3 apples", "4 pears"]',
        ["Find a", "Find b"],
    ),
    ('["Find a","Find b"]\nKey facts: ["3 apples", "4 pears"]', ["Find a", "Find b"]),
    (
        'Key facts: ["3 apples", "4 pears"]\n' + PLAN,
        ["Find a", "Find b"],
    ),
    ("1. Find a\n2. Find b\n\nKey facts:\n1. 3 apples\n2. 4 pears", ["Find a", "Find b"]),
    ("- Find a\n- Find b\n\nKey facts:\n- 3 apples\n- 4 pears", ["Find a", "Find b"]),
    ("Step 1: Find a\nStep 2: Find b\n\nNotes:\n- 3 apples\n- 4 pears", ["Find a", "Find b"]),
    ("Key facts:\n- x\n- y\n\nPlan:\n- Find a\n- Find b", ["Find a", "Find b"]),
    (
        PLAN + '\n{"key_facts": ["3 apples", "4 pears"]}',
        ["Find a", "Find b"],
    ),
    ("十、a\n十一、b", ["a", "b"]),
]
BOXES = [
    ("Find all solutions of x^2 = 4.", r"\boxed{2} and \boxed{-2}", "2, -2"),
    ("Find x and y.", r"So \boxed{x = 1}, \boxed{y = 2}.", "x = 1, y = 2"),
    ("What are the roots?", "First: $\\boxed{1}$\n\nSecond: $\\boxed{3}$", "1, 3"),
    ("Find all real values of x.", r"\boxed{1}. Wait, that is wrong: \boxed{2}", "2"),
    ("Find all real values of x.", r"\boxed{5}", "5"),
    ("Find all primes below 3.", r"\boxed{2} ... so it is \boxed{2}", "2"),
    ("How many apples has he?", r"First \boxed{3}, then \boxed{7}", "7"),
    ("", r"First \boxed{3}, then \boxed{7}", "7"),
]


@pytest.mark.parametrize(("reply", "expected"), RESULTS)
def test_results(reply: str, expected: str) -> None:
    assert result(reply) == expected


@pytest.mark.parametrize(("question", "reply", "expected"), BOXES)
def test_several_boxes_are_one_result_where_several_values_are_asked_for(
    question: str, reply: str, expected: str
) -> None:
    assert result(reply, asked=question) == expected
    sample = Sample(0, reply, "stop", 9)
    assert ChatDialect().read_result(sample, Mode.SYSTEM2, question) == expected
    assert ChatDialect().read_answer(sample, question) == expected


@pytest.mark.parametrize(("reply", "expected"), RATINGS)
def test_ratings(reply: str, expected: float | None) -> None:
    assert rating(Sample(0, reply, "stop", 9), DIGIT, False) == expected


@pytest.mark.parametrize(("reply", "expected"), VERDICTS)
def test_verdicts(reply: str, expected: int | None) -> None:
    assert verdict(Sample(0, reply, "stop", 9)) == expected


@pytest.mark.parametrize(("reply", "expected"), CHOICES)
def test_choices(reply: str, expected: int | None) -> None:
    assert choice(reply, 3) == expected


@pytest.mark.parametrize(("reply", "expected"), PLANS)
def test_plans(reply: str, expected: list[str]) -> None:
    plan = read_plan(reply)
    assert not isinstance(plan, str), plan
    assert [step.text for step in plan.steps] == expected
