"""Votes of DORA's code: weighted, majority and naive (best), fed with canonical answers."""

from __future__ import annotations

from functools import partial
from typing import Any

from scale_core.allocation.votes import Rule, vote
from tests.oracles.report import Case, Report, cases, need, numbers, same, texts

NAME = "votes"


def recognises(data: Any) -> bool:
    return any("canonical" in case for case in cases(data))


def check(data: Any, report: Report) -> None:
    for position, case in enumerate(cases(data)):
        report.check(f"vote {case.get('id', position)}", partial(_compare, case))


def _compare(case: Case) -> None:
    answers = texts(case, "answers")
    scores = numbers(case, "scores", len(answers))
    canonical = texts(case, "canonical", len(answers))

    def chosen(rule: Rule) -> str:
        choice = vote(canonical, scores, rule, published=True).choice
        assert choice is not None
        return answers[choice]

    same("weighted", chosen("weighted"), need(case, "weighted", str))
    same("majority", chosen("majority"), need(case, "majority", str))
    same("naive", f"\\boxed{{{chosen('best')}}}", need(case, "naive", str))
