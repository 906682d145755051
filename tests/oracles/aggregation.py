"""Aggregation of step scores, pass@k, Beta stopping and openr's votes, as four lists of cases."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from scale_core.allocation.votes import (
    Aggregation,
    Rule,
    aggregate,
    beta_confidence,
    pass_at_k,
    vote,
)
from tests.oracles.report import Case, Malformed, Report, close, need, numbers, same, texts

NAME = "aggregation and votes"
WITHIN = 1e-12


def recognises(data: Any) -> bool:
    return isinstance(data, dict) and any(key in data for key in SECTIONS)


def check(data: Any, report: Report) -> None:
    for section, compare in SECTIONS.items():
        for number, case in enumerate(need(data, section, list) if section in data else ()):
            report.check(f"{section} {number}", partial(compare, case))


def _aggregate(case: Case) -> None:
    scores = numbers(case, "scores")
    kinds: tuple[Aggregation, ...] = ("min", "prod", "last")
    for how in kinds:
        close(how, [aggregate(scores, how)], [need(case, how, int, float)], WITHIN)


def _pass_at_k(case: Case) -> None:
    n, c, k = (need(case, key, int) for key in ("n", "c", "k"))
    close("value", [pass_at_k(n, c, k)], [need(case, "value", int, float)], WITHIN)


def _beta_stop(case: Case) -> None:
    ours = beta_confidence(need(case, "v1", int), need(case, "v2", int))
    close("p", [ours], [need(case, "p", int, float)], WITHIN)


OPENR: dict[str, tuple[Aggregation, Rule]] = {
    "prm_min_max": ("min", "best"),
    "prm_last_max": ("last", "best"),
    "prm_min_vote": ("min", "weighted"),
    "prm_last_vote": ("last", "weighted"),
    "majority": ("last", "majority"),
}


def _openr_vote(case: Case) -> None:
    answers = texts(case, "answers")
    steps = need(case, "prm", list)
    if len(steps) != len(answers):
        raise Malformed(f"'prm' must hold {len(answers)} lists, not {len(steps)}")
    scores = [numbers({"prm": row}, "prm") for row in steps]
    for key, (how, rule) in OPENR.items():
        values = [aggregate(row, how) for row in scores]
        choice = vote(answers, values, rule, published=True).choice
        assert choice is not None
        same(key, answers[choice], need(case, key, str))


SECTIONS: dict[str, Callable[[Case], None]] = {
    "aggregate": _aggregate,
    "pass_at_k": _pass_at_k,
    "beta_stop": _beta_stop,
    "openr_vote": _openr_vote,
}
