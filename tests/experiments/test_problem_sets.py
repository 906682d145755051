"""Files of problems: both forms, and lines that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from scale_core.experiments.problem_sets import Posed, chosen, read_problems
from scale_core.problem import Problem

TYPED = Path(__file__).parents[1] / "data" / "typed_problems.tsv"


def test_problems_are_read_from_json_lines() -> None:
    text = (
        '{"problem": " 1 + 1? ", "answer": 2, "steps": 1, "source": "mine"}\n\n'
        '{"question": "How many?", "answer": "so many\\n#### 42"}\r\n'
        '{"problem": "Which\u2028one?", "answer": "\\\\boxed{\\\\frac{1}{2}}", "id": 7}\n'
        '{"problem": "Open?", "steps": null}'
    )
    assert read_problems(text) == [
        Posed(0, Problem("1 + 1?", "2"), 1, "mine"),
        Posed(1, Problem("How many?", "42")),
        Posed(2, Problem("Which\u2028one?", r"\frac{1}{2}"), id="7"),
        Posed(3, Problem("Open?", None)),
    ]
    assert read_problems("") == []


@pytest.mark.parametrize(
    "line",
    [
        "{", "[]", "3", "null", '{"answer": 1}', '{"problem": 3}', '{"problem": " "}', '"x"',
        '{"problem": "x", "steps": "two"}', '{"problem": "x", "steps": true}', "[" * 50_000,
    ],
)  # fmt: skip
def test_a_line_without_a_problem_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 3"):
        read_problems(f'\n{{"problem": "x"}}\n{line}')


def test_problems_are_read_from_tab_separated_lines() -> None:
    assert read_problems("What is 1+1?\t2\nsums\tWhat is 2+2?\t4\n", tabs=True) == [
        Posed(0, Problem("What is 1+1?", "2")),
        Posed(1, Problem("What is 2+2?", "4"), source="sums"),
    ]
    typed = read_problems(TYPED.read_text(encoding="utf-8"), tabs=True)
    assert len(typed) == 50 and typed[0].source == "expressions"
    assert typed[0].problem == Problem("What is (37*48 + 125*16) mod 13?", "6")


@pytest.mark.parametrize("line", ["no tab", "a\tb\tc\td", "\t3", "x\t\t3"])
def test_a_tab_separated_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_problems(f"What is 1+1?\t2\n{line}", tabs=True)


def test_a_part_of_a_set_is_chosen() -> None:
    lines = [f'{{"problem": "p{i}", "steps": {1 + i % 2}}}' for i in range(10)]
    posed = read_problems("\n".join(lines))
    numbers = [p.number for p in chosen(posed, steps=2, offset=1, limit=3)]
    assert numbers == [3, 5, 7]
    assert chosen(posed) == posed and chosen(posed, offset=20) == []
