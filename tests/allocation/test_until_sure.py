"""Going on until sure: against every possible course, and against formulas where they apply."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.policies import UNREADABLE, Record, policy_value, until_sure

QUICK = settings(max_examples=25, deadline=None, derandomize=True)
MANY = 100_000
SAMPLE = st.tuples(st.integers(-1, 2), st.sampled_from([0.2, 0.5, 0.8, 0.95]), st.integers(1, 9))
RECORDS = st.lists(SAMPLE, min_size=1, max_size=4)


def record(samples: list[tuple[int, float, int]]) -> Record:
    values, confidences, tokens = zip(*samples, strict=True)
    return Record(np.array(values), np.array(confidences), np.array(tokens, float))


def followed(sequence: list[Record], right: int, sure: float) -> tuple[float, float]:
    """Success and cost as the mean over all courses, each drawn sample equally likely."""
    won = spent = 0.0
    courses = list(itertools.product(*(range(len(r.values)) for r in sequence)))
    for course in courses:
        doubts: dict[int, float] = {}
        result = None
        for which, drawn in zip(sequence, course, strict=True):
            spent += float(which.tokens[drawn])
            value = int(which.values[drawn])
            if value == UNREADABLE:
                continue
            doubts[value] = doubts.get(value, 1.0) * (1 - float(which.confidences[drawn]))
            if 1 - doubts[value] >= sure:
                result = value
                break
        if result is None and doubts:
            least = min(doubts.values())
            tied = sorted(value for value in doubts if doubts[value] == least)
            result = tied[0]
        won += result == right
    return won / len(courses), spent / len(courses)


@QUICK
@given(st.lists(RECORDS, min_size=1, max_size=4), st.sampled_from([0.5, 0.9, 0.99]))
def test_the_mean_over_all_courses(
    samples: list[list[tuple[int, float, int]]], sure: float
) -> None:
    sequence = [record(s) for s in samples]
    found = until_sure(sequence, 0, sure, draws=MANY)
    assert len(found) == len(sequence)
    for n, worth in enumerate(found, start=1):
        success, cost = followed(sequence[:n], 0, sure)
        assert worth.success == pytest.approx(success, abs=0.008)
        assert worth.cost == pytest.approx(cost, abs=0.06)


def test_what_one_draw_decides_is_exact() -> None:
    some = record([(0, 0.3, 10), (1, 0.2, 20), (2, 0.1, 30), (UNREADABLE, 0.9, 40)])
    (worth,) = until_sure([some], 0, 0.9, draws=400)
    assert (worth.success, worth.cost) == (0.25, 25.0)
    doubtful = record([(1, 0.0, 5)])
    assert until_sure([doubtful, some], 0, 0.9, draws=400)[1].success == 0.25


def test_sure_at_once_is_one_sample() -> None:
    only = record([(0, 1.0, 10), (1, 1.0, 30)])
    found = until_sure([only] * 3, 0, 0.9, draws=MANY)
    assert [w.success for w in found] == pytest.approx([0.5] * 3, abs=0.01)
    assert found[0] == found[1] == found[2]


def test_with_one_confidence_for_right_and_one_for_wrong_it_is_a_verifier() -> None:
    """Right samples are accepted at once, wrong ones never; the wrong ones all differ."""
    mixed = record([(0, 0.95, 10), *[(i, 0.0, 10) for i in range(1, 4)]])
    found = until_sure([mixed] * 4, 0, 0.9, draws=MANY)[-1]
    exact = policy_value([(0.25, 10)] * 4, 1.0, 0.0, 0.0)
    assert found.success == pytest.approx(exact.success, abs=0.01)
    assert found.cost == pytest.approx(exact.cost, rel=0.01)


def test_agreement_makes_sure() -> None:
    """No sample alone is believed, two that agree are."""
    steady = record([(0, 0.7, 10)])
    found = until_sure([steady] * 4, 0, 0.9)
    assert [w.cost for w in found] == [10, 20, 20, 20]
    assert {w.success for w in found} == {1.0}


def test_nothing_readable_is_wrong_and_a_longer_sequence_never_costs_less() -> None:
    blank = record([(UNREADABLE, 0.99, 5)])
    assert [(w.success, w.cost) for w in until_sure([blank] * 3, 0, 0.5)] == [
        (0, 5), (0, 10), (0, 15)
    ]  # fmt: skip
    some = record([(0, 0.6, 4), (1, 0.6, 7), (UNREADABLE, 0.1, 2)])
    costs = [w.cost for w in until_sure([some] * 6, 0, 0.8)]
    assert costs == sorted(costs)
    assert until_sure([some] * 6, 0, 0.8) == until_sure([some] * 6, 0, 0.8)


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        until_sure([], 0, 0.9)
    with pytest.raises(ValueError, match="record"):
        Record(np.array([0, 1]), np.array([0.5]), np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="record"):
        Record(np.array([], int), np.array([]), np.array([]))
