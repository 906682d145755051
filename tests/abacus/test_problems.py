"""The generated language: right outlines, disjoint splits, lessons without held-out pairs."""

from __future__ import annotations

import random
import re
from itertools import islice

import pytest
import sympy
from sympy.parsing.sympy_parser import parse_expr

from scale_core.abacus.grammar import apply, evaluate, in_range, parse_operation, parse_outline
from scale_core.abacus.lessons import lessons
from scale_core.abacus.problems import FAMILIES, make
from scale_core.abacus.split import class_size, held_out, text_part
from scale_core.abacus.tokenizer import train_tokenizer
from scale_core.abacus.words import SCENARIOS
from scale_core.dialects.abacus.dialect import GO, SPECIAL, plan_of
from scale_core.pipeline.calibration import BothModes, choose_tau


@pytest.mark.parametrize("family", FAMILIES)
def test_outlines_are_well_formed_exact_and_within_the_taught_sizes(family: str) -> None:
    rng = random.Random(family)
    for _ in range(400):
        problem = make(family, rng)
        lines = parse_outline(";".join(map(str, problem.outline)))
        assert lines == list(problem.outline)
        assert evaluate(lines) == list(problem.steps)
        assert all(in_range(op) for op, _ in problem.steps)
        assert len(plan_of(problem.outline).steps) == len(problem.steps)


def test_expressions_mean_what_python_means() -> None:
    rng = random.Random(4)
    for _ in range(400):
        problem = make("expressions", rng)
        found = re.search(r"[-\d(][-\d()+*/%^]*[\d)]", problem.text)
        assert found is not None
        text = found[0].replace("^", "**").replace("//", "|").replace("/", "//").replace("|", "//")
        assert eval(text, {"__builtins__": {}}) == problem.answer, problem.text


def test_equations_agree_with_sympy() -> None:
    rng = random.Random(5)
    for _ in range(150):
        problem = make("equations", rng)
        found = re.search(r"[^ ]*\d[^ ]*=[^ ?,.]+|[^ ]+=[^ ?,.]*\d", problem.text)
        assert found is not None
        sides = [re.sub(r"(\d|\))(?=[a-z(])", r"\1*", s) for s in found[0].rstrip(".?,").split("=")]
        left, right = (parse_expr(s) for s in sides)
        assert sympy.solve(left - right) == [problem.answer], problem.text


def test_word_problems_have_at_least_twelve_scenarios_and_hardly_repeat() -> None:
    assert len(SCENARIOS) >= 12
    rng = random.Random(6)
    texts = {make("word problems", rng).text for _ in range(500)}
    assert len(texts) > 490


def test_splits_are_disjoint_and_held_out_pairs_never_reach_a_lesson() -> None:
    stream = lessons(random.Random(7), lambda: 1.0)
    for lesson in islice(stream, 4000):
        role, _, body = lesson.prompt.removesuffix(GO).removeprefix("<|").partition("|>")
        if role in ("outline", "cot"):
            assert text_part(body) == "train"
        if role in ("s1", "s2"):
            op = parse_operation(body)
            assert op is not None
            assert not held_out(op)
        if role == "cot":
            for line in lesson.reply.split("\n"):
                op = parse_operation(line.split(":")[0])
                assert op is not None
                assert not held_out(op)


def test_small_classes_are_never_held_out() -> None:
    rng = random.Random(8)
    for _ in range(2000):
        op = rng.choice(make(rng.choice(FAMILIES), rng).steps)[0]
        if held_out(op):
            assert class_size(op) >= 10_000


def test_digits_signs_and_roles_are_single_tokens() -> None:
    texts = [lesson.text for lesson in islice(lessons(random.Random(9), lambda: 1.0), 3000)]
    tokenizer = train_tokenizer(texts, size=600)
    for piece in (*"0123456789+-*/%=;:,#()?", *SPECIAL):
        assert len(tokenizer.encode(piece).ids) == 1, piece
    text = "What is 1776+2000? \u00e9\U0001f600"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_the_threshold_is_the_cheapest_among_the_best() -> None:
    easy = BothModes(0.1, True, True, True, 10, 15, 50)
    hard = BothModes(0.9, False, False, True, 10, 20, 50)
    tau = choose_tau([easy] * 50 + [hard] * 50)
    assert 0.1 <= tau < 0.9
    # where System 1 never works, everything is worth System 2
    assert choose_tau([hard] * 10) < 0.9


def test_inexact_quotients_have_no_value() -> None:
    assert apply("/", 7, 2) is None
